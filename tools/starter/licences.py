# SPDX-License-Identifier: GPL-3.0-or-later
"""The page that names every source of a model with its licence, by variant, from sources.tsv."""

import os

from common import HERE, save_whole

NAMES = {'full': '''They were trained on what follows (variant *full* of `tools/starter`; the variant *core* leaves
the lower part out and could be given under a permissive licence).''',
         'core': '''They were trained on what follows (variant *core* of `tools/starter`): nothing in it is under the
GPL or a share-alike licence, so they could be given under a permissive one.'''}
HEAD = '''# Where the built-in model comes from

The weights, configuration and vocabulary in this folder are given under GPL-3.0-or-later, as the rest of
Umekomi. %s

| source | package (Debian 12) | used for | licence |
| --- | --- | --- | --- |
'''
MARK = '| *only in variant full:* | | | |\n'
SHARED_ALIKE = '''
CC-BY-SA-3.0 lets an adaptation be given under version 4.0, and that under the GPL, version 3; CC-BY lets it be given under
other terms by whoever names its authors, as this page does. Whether weights are an
adaptation of what they were trained on is unsettled; they are given under terms that hold in either case.
'''
TESTS = {'full': '''
For testing only, never for training: EmojiOne pictures (ruby-gemojione, CC-BY-SA-4.0), fifty icons of the
Oxygen theme (oxygen-icon-theme, LGPL-3.0-or-later), Tux Paint's recordings in French by
one voice (other voices, of other packages, are trained on in French), and, fetched by the tester, STS-B, the Free Spoken Digit Dataset and ESC-10.
''', 'core': '''
For testing only, never for training: EmojiOne pictures (ruby-gemojione, CC-BY-SA-4.0), fifty icons of the
Oxygen theme (oxygen-icon-theme, LGPL-3.0-or-later) and, fetched by the tester, STS-B, the Free Spoken Digit
Dataset and ESC-10.
'''}
REFERENCE = '''
`reference/` holds two Noto glyphs (OFL 1.1), two drawn patterns, espeak-ng speech and a computed tone.
'''


def sources():
    """[(variant from which on, source, package, used for, licence)]"""
    with open(os.path.join(HERE, 'sources.tsv'), encoding='utf-8') as file:
        return [tuple(line.rstrip('\n').split('\t')) for line in file if not line.startswith('#')]


def page(variant):
    def table(part):
        return ''.join('| %s |\n' % ' | '.join(row[1:]) for row in sources() if row[0] == part)
    full = variant == 'full'
    return HEAD % NAMES[variant] + table('core') + (MARK + table('full') + SHARED_ALIKE if full else '') \
        + TESTS[variant] + REFERENCE


def write_licences(folder, variant):
    save_whole(os.path.join(folder, 'LICENSES.md'),
               lambda file: file.write(page(variant).encode()))
