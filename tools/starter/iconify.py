# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawing styles and icons that come as one file of SVG bodies by name (Iconify's form)."""

import os
import re
import unicodedata

from common import NPM, WORDNET, load_json

FOLDER = os.path.join(NPM, '@iconify-json')
# Styles of emoji by the names of their packages; the last two only in the variant full.
CORE_SETS = ['fluent-emoji', 'noto-v1', 'fxemoji']
FULL_SETS = ['openmoji', 'streamline-emojis']
ICONS = 'mdi'


def plain(text, joint):
    """A name as file names give it: lower case, no accents, words joined."""
    text = unicodedata.normalize('NFKD', text.lower().replace('&', 'and').replace('’', '').replace("'", ''))
    text = ''.join(c for c in text if not unicodedata.combining(c))
    return joint.join(re.findall('[a-z0-9]+', text))


def unicode_name(cp):
    return unicodedata.name(cp[0], '') if len(cp) == 1 else ''


class Iconify:
    """One package. A drawing is found by an emoji's code points where the package lists these,
    by its English name, or by its name in Unicode, whose words some packages do not part."""

    def __init__(self, package):
        saved = load_json(os.path.join(FOLDER, package, 'icons.json'))
        self.icons, self.size = saved['icons'], (saved.get('width', 16), saved.get('height', 16))
        self.parents = {k: v['parent'] for k, v in saved.get('aliases', {}).items() if len(v) == 1}
        path = os.path.join(FOLDER, package, 'chars.json')
        chars = load_json(path) if os.path.exists(path) else {}
        self.by_code = {code.replace('-fe0f', ''): name for code, name in chars.items()}

    def body(self, name):
        icon = self.icons.get(self.parents.get(name, name))
        return None if icon is None else (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            'viewBox="0 0 %d %d">%s</svg>' % (icon.get('width', self.size[0]),
                                              icon.get('height', self.size[1]), icon['body'])).encode()

    def find(self, concept):
        """The SVG of an emoji, or None."""
        cp, name = concept['cp'], concept['names']['en'][0]
        code = '-'.join('%x' % ord(c) for c in cp)
        tries = [self.by_code.get(code)] + [plain(text, joint) for text in (name, unicode_name(cp))
                                            for joint in ('-', '')]
        for found in tries:
            svg = self.body(found) if found else None
            if svg is not None:
                return svg
        return None


def noun_lemmas():
    with open(os.path.join(WORDNET, 'index.noun'), encoding='latin-1') as file:
        return {line.split()[0].replace('_', ' ') for line in file if not line.startswith('  ')}


def icon_concepts(taken):
    """Icons whose whole name is a noun of WordNet, so that brands and buttons stay away. `taken`:
    names that no icon may bear, those of held-out concepts."""
    nouns, out = noun_lemmas(), []
    for name in sorted(Iconify(ICONS).icons):
        text = re.sub('-variant$', '', name).replace('-', ' ')
        if len(text) > 2 and text in nouns and text not in taken:
            out.append({'source': 'icon', 'path': ICONS + ':' + name, 'names': {'en': [text]}, 'held': ''})
    return out
