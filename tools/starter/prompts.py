# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded speech beside Tux Paint's: telephone prompts with their scripts, and the words of a
children's game. Each voice that training hears is one that a test's voice is less alone with."""

import glob
import gzip
import os
import re

PROMPTS = {'en': 'en_US_f_Allison', 'es': 'es_MX_f_Allison', 'fr': 'fr_CA_f_June',
           'it': 'it_IT_m_Carlo'}
SCRIPT = '/usr/share/doc/asterisk-core-sounds-%s/core-sounds-%s.txt.gz'
SOUNDS = '/usr/share/asterisk/sounds'
GAME = '/usr/share/ktuberling/sounds/fr'
LONGEST = 60               # letters
# The game's files are named by what is said, without accents.
ACCENTS = {'oeil': 'œil', 'noeud': 'nœud', 'coeur': 'cœur', 'noel': 'Noël', 'ane': 'âne', 'comete': 'comète',
           'cle': 'clé', 'fleche': 'flèche', 'fleches': 'flèches', 'fusee': 'fusée', 'planete': 'planète',
           'egypte': 'Égypte', 'extraterrestre': 'extra-terrestre', 'etoile': 'étoile', 'filante': 'filante',
           'garcon': 'garçon', 'charette': 'charrette', 'baton': 'bâton', 'tete': 'tête', 'echelle': 'échelle',
           'ecole': 'école', 'elephant': 'éléphant', 'fumee': 'fumée', 'pecheur': 'pêcheur',
           'mecanicien': 'mécanicien', 'cloture': 'clôture', 'barriere': 'barrière', 'depannage': 'dépannage',
           'allumees': 'allumées', 'sorciere': 'sorcière', 'frere': 'frère', 'sheriff': 'shérif',
           'idee': 'idée', 'fache': 'fâche'}


def game_words():
    """(path, text, language) of the game's French words; the part of a name before "_" is the
    playground's."""
    out = []
    for path in sorted(glob.glob(os.path.join(GAME, '*.wav'))):
        said = os.path.basename(path)[:-4].split('_', 1)[-1]
        words = ' '.join(ACCENTS.get(w, w) for w in said.split('-'))
        out.append((path, re.sub(r"\b([dlj]) (?=[aeiouyhéèœ])", r"\1'", words), 'fr'))
    return out


def script(language):
    """{name: text} of a language's prompts: the short ones that are plain speech."""
    out = {}
    with gzip.open(SCRIPT % (language, language), 'rt', encoding='utf-8', errors='replace') as file:
        for line in file:
            name, _, text = line.strip().partition(':')
            text = text.strip(' .!?…')
            if text and len(text) <= LONGEST and not re.search(r'[\[\]()<>;"]', line):
                out[name.strip()] = text
    return out


def recorded_prompts():
    """(path, text, language) of the prompts."""
    out = []
    for language, folder in PROMPTS.items():
        for name, text in sorted(script(language).items()):
            path = os.path.join(SOUNDS, folder, name + '.wav')
            if os.path.exists(path):
                out.append((path, text, language))
    return out


def recorded_elsewhere():
    """All of them, (path, text, language)."""
    return game_words() + recorded_prompts()
