# SPDX-License-Identifier: GPL-3.0-or-later
"""What the starter recipe says before it begins and when something is amiss: packages that are
missing or have changed, room on the disk, licences of each variant, options that make no sense."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STARTER = os.path.join(ROOT, 'tools', 'starter')
sys.path.insert(0, STARTER)
try:
    import packages
    import licences
    from common import save_array, save_json
except ImportError as problem:
    print('skipped: %s' % problem)
    sys.exit(77)

NEEDED = packages.PACKAGES + packages.FULL_PACKAGES


def check(cache, notes, versions, free=9 << 30, styles=None, variant='full'):
    """packages.check() on a machine with such packages and styles and so much room."""
    styles = dict((n, v) for n, v, _ in packages.NPM_PACKAGES) if styles is None else styles

    def style(path):
        return {'version': styles[os.path.relpath(os.path.dirname(path), packages.NPM)]}
    disk = shutil.disk_usage(cache)._replace(free=free)
    with mock.patch.object(packages, 'installed', lambda names: {
            n: v for n, v in versions.items() if n in names}), \
            mock.patch.object(packages, 'elsewhere', lambda _name: None), \
            mock.patch.object(packages, 'load_json', style), \
            mock.patch.object(packages.os.path, 'exists', lambda path: os.path.relpath(
                os.path.dirname(path), packages.NPM) in styles), \
            mock.patch.object(packages.shutil, 'disk_usage', lambda _path: disk), \
            mock.patch.object(packages, 'log', lambda *words: said.append(' '.join(words))):
        said.clear()
        packages.check(cache, variant, notes)


said = []


class Recipe(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.cache = self.folder.name
        self.versions = {name: '1.0-1' for name in NEEDED}

    def tearDown(self):
        self.folder.cleanup()

    def test_all_there(self):
        notes = {}
        check(self.cache, notes, self.versions)
        self.assertEqual(notes['variant'], 'full')
        self.assertEqual(len(notes['packages']), len(NEEDED) + len(packages.NPM_PACKAGES))
        self.assertEqual(said, [])

    def test_missing(self):
        del self.versions['edict'], self.versions['flite']
        with self.assertRaisesRegex(SystemExit, 'apt install flite edict'):
            check(self.cache, {}, self.versions)
        with self.assertRaisesRegex(SystemExit, 'apt install flite$'):
            check(self.cache, {}, self.versions, variant='core')

    def test_styles(self):
        styles = {'@iconify-json/fluent-emoji-flat': '1.2.5', '@twemoji/svg': '15.0.0'}
        with self.assertRaisesRegex(SystemExit, r'(?s)flat is 1\.2\.5 .*1\.2\.6.*emoji is absent.*5\.3'):
            check(self.cache, {}, self.versions, styles=styles)

    def test_small_disk(self):
        with self.assertRaisesRegex(SystemExit, 'has 0.50 GB free and the recipe needs 3 GB'):
            check(self.cache, {}, self.versions, free=1 << 29)

    def test_all_at_once(self):
        del self.versions['mecab']
        with self.assertRaisesRegex(SystemExit, '(?s)mecab.*GB free'):
            check(self.cache, {}, self.versions, free=0)

    def test_changed(self):
        """Said once, and kept for the card."""
        notes = {}
        check(self.cache, notes, self.versions)
        self.versions['espeak-ng'] = '2.0-1'
        check(self.cache, notes, self.versions)
        self.assertEqual(len(said), 1)
        self.assertIn('espeak-ng is 2.0-1 now and was 1.0-1', said[0])
        self.assertEqual(notes['packages']['espeak-ng'], '1.0-1, later 2.0-1')
        check(self.cache, notes, self.versions)
        self.assertEqual(said, [])

    def test_from_elsewhere(self):
        """A Python module need not be Debian's, but its version is told."""
        with open(os.path.join(self.cache, 'umk_fake_module.py'), 'w', encoding='utf-8'):
            pass
        info = os.path.join(self.cache, 'umk_fake-1.13.1.dist-info')
        os.mkdir(info)
        with open(os.path.join(info, 'METADATA'), 'w', encoding='utf-8') as file:
            file.write('Metadata-Version: 2.1\nName: umk-fake\nVersion: 1.13.1+cu117\n')
        names = {'python3-torch': ('umk_fake_module', 'umk-fake')}
        with mock.patch.object(packages, 'MODULES', names):
            self.assertIsNone(packages.elsewhere('python3-torch'))
            with mock.patch.object(sys, 'path', [self.cache] + sys.path):
                self.assertEqual(packages.elsewhere('python3-torch'), "1.13.1+cu117 (not Debian's)")

    def test_another_variant(self):
        notes = {}
        check(self.cache, notes, self.versions)
        with self.assertRaisesRegex(SystemExit, 'holds the variant "full", not "core"'):
            check(self.cache, notes, self.versions, variant='core')

    def test_whole_or_not_there(self):
        path = os.path.join(self.cache, 'a.json')
        save_json(path, {'a': 1})
        with mock.patch('common.os.replace', side_effect=OSError(28, 'No space left on device')):
            with self.assertRaisesRegex(SystemExit, 'a.json could not be written.*No space.*MB are free'):
                save_json(path, {'a': 2})
            with self.assertRaisesRegex(SystemExit, 'b.npy could not be written'):
                save_array(os.path.join(self.cache, 'b.npy'), [1, 2])
        self.assertEqual(os.listdir(self.cache), ['a.json'])
        with open(path, encoding='utf-8') as file:
            self.assertIn('"a": 1', file.read())

    def test_licences(self):
        """The page that is shipped is that of the variant full; core names none of its sources."""
        with open(os.path.join(ROOT, 'assets', 'starter', 'LICENSES.md'), encoding='utf-8') as file:
            self.assertEqual(licences.page('full'), file.read())
        core = licences.page('core')
        for part, source, package, _, licence in licences.sources():
            self.assertEqual(package in core, part == 'core', package)
            known = set(NEEDED if part == 'full' else packages.PACKAGES)
            known |= {name for name, _, least in packages.NPM_PACKAGES if least == part}
            for one in package.replace(' (npm)', '').split(', '):
                self.assertIn(one.split(' ')[0], known, source)
            if part == 'core':
                self.assertFalse('-SA-' in licence or licence.startswith('GPL'), source)
        named = ' '.join(row[2] for row in licences.sources())
        for name in packages.FULL_PACKAGES + [name for name, _, _ in packages.NPM_PACKAGES]:
            self.assertIn(name, named)

    def test_options(self):
        for options, said_of in ((['--device', 'gpu'], 'invalid choice'),
                                 (['--picture-steps', '9,3'], "'9,3'"),
                                 (['--look-every', '0'], "'0'"), (['--patience', '-1'], "'-1'"),
                                 (['nonsense'], 'no step is named "nonsense"')):
            done = subprocess.run([sys.executable, os.path.join(STARTER, 'make'), '--cache',
                                   self.cache] + options, capture_output=True, text=True)
            self.assertEqual(done.returncode, 2, options)
            self.assertIn(said_of, done.stderr)


if __name__ == '__main__':
    unittest.main()
