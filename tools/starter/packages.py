# SPDX-License-Identifier: GPL-3.0-or-later
"""What the recipe needs of the machine: packages, each with the version that was there, and room
on the disk. The versions go into the card, a change of one along the way with them."""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess

from common import NPM, load_json, log

NEEDED_BYTES = 3 << 30
PACKAGES = ['python3-torch', 'python3-numpy', 'python3-scipy', 'python3-pil',
            'python3-soundfile', 'python3-gi-cairo', 'gir1.2-rsvg-2.0', 'libopenblas0-pthread',
            'fonts-noto-color-emoji', 'unicode-cldr-core', 'unicode-data', 'openclipart-svg',
            'wordnet-base', 'ruby-gemojione', 'oxygen-icon-theme',
            'espeak-ng', 'flite', 'mecab', 'mecab-ipadic-utf8']
FULL_PACKAGES = ['tuxpaint-stamps-default', 'edict', 'debian-reference-en', 'debian-reference-ja',
                 'ktuberling-data'] + ['asterisk-core-sounds-%s%s' % (language, part)
                                       for language in ('en', 'es', 'fr', 'it') for part in ('', '-wav')]
# Further drawing styles: (package, version, the variant that may use it).
NPM_PACKAGES = [('@iconify-json/fluent-emoji-flat', '1.2.6', 'core'),
                ('@iconify-json/fluent-emoji', '1.2.7', 'core'),
                ('@iconify-json/noto-v1', '1.2.5', 'core'), ('@iconify-json/fxemoji', '1.2.2', 'core'),
                ('@iconify-json/mdi', '1.2.3', 'core'),
                ('@fontsource/noto-emoji', '5.3.2', 'core'), ('@twemoji/svg', '15.0.0', 'full'),
                ('@iconify-json/openmoji', '1.2.29', 'full'),
                ('@iconify-json/streamline-emojis', '1.2.4', 'full')]
# Python modules that may come from elsewhere, as PyTorch with CUDA does: (module, its name there).
MODULES = {'python3-torch': ('torch', 'torch'), 'python3-numpy': ('numpy', 'numpy'),
           'python3-scipy': ('scipy', 'scipy'), 'python3-pil': ('PIL', 'pillow'),
           'python3-soundfile': ('soundfile', 'soundfile')}
LATER = ', later '


def installed(names):
    """{Debian package: version} of those that are installed."""
    try:
        shown = subprocess.run(['dpkg-query', '-W', '-f',
                                '${Package} ${Version} ${db:Status-Status}\n'] + names,
                               capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise SystemExit('There is no dpkg-query: the recipe reads its material from Debian packages')
    fields = [line.split() for line in shown.splitlines()]
    return {f[0]: f[1] for f in fields if len(f) == 3 and f[2] == 'installed'}


def elsewhere(package):
    """The version of a Python module that is imported from somewhere else than Debian's."""
    module, name = MODULES[package]
    spec = importlib.util.find_spec(module)
    if spec is None or (spec.origin or '').startswith('/usr/lib/python3/'):
        return None
    try:
        return importlib.metadata.version(name) + ' (not Debian\'s)'
    except importlib.metadata.PackageNotFoundError:
        return 'of %s' % spec.origin


def find_packages(variant):
    """({package: version}, [what is missing or of another version, with what to do])"""
    names = PACKAGES + (FULL_PACKAGES if variant == 'full' else [])
    found, wrong = installed(names), []
    found.update({name: version for name in MODULES for version in [elsewhere(name)] if version})
    missing = [n for n in names if n not in found]
    if missing:
        wrong.append('missing packages: apt install ' + ' '.join(missing))
    for name, version, part in NPM_PACKAGES:
        if part == 'core' or variant == 'full':
            path = os.path.join(NPM, name, 'package.json')
            found[name] = load_json(path)['version'] if os.path.exists(path) else 'absent'
            if found[name] != version:
                wrong.append('%s is %s in %s and %s is wanted: run tools/starter/styles'
                             % (name, found[name], NPM, version))
    return found, wrong


def note_versions(kept, found):
    """Enters the versions of now into those kept in the cache; says and keeps what changed."""
    for name, version in sorted(found.items()):
        before = kept.setdefault(name, version)
        if before.split(LATER)[-1] != version:
            log('%s is %s now and was %s when this cache was made so far: the result will differ '
                'from both; the card will name them' % (name, version, before))
            kept[name] = before + LATER + version


def check(cache, variant, notes):
    """Ends the program where something is missing, before hours go by."""
    if notes.get('variant', variant) != variant:
        raise SystemExit('%s holds the variant "%s", not "%s"; give another --cache'
                         % (cache, notes['variant'], variant))
    found, wrong = find_packages(variant)
    free = shutil.disk_usage(cache).free
    if free < NEEDED_BYTES and not notes.get('packages'):
        wrong.append('%s has %.2f GB free and the recipe needs %.0f GB'
                     % (cache, free / 2**30, NEEDED_BYTES / 2**30))
    if wrong:
        raise SystemExit('The recipe cannot begin:\n  ' + '\n  '.join(wrong))
    notes['variant'] = variant
    note_versions(notes.setdefault('packages', {}), found)
