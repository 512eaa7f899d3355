# SPDX-License-Identifier: GPL-3.0-or-later
"""Meter: the names of everything that was taught become the meter by which the model says
what it does not know. Held-out concepts set its thresholds; letters in random order, made
here, measure it.

usage: meter.py CONCEPTS.json MODEL-FOLDER [UMEKOMI]"""

import json
import os
import random
import subprocess
import sys
import tempfile

LETTERS = 'abcdefghijklmnopqrstuvwxyz'
KANA = 'アイウエオカキクケコサシスセソタチツテトナニヌネノ'
LONGEST = 60


def texts(concept, languages):
    return [t for language in languages for t in concept['names'].get(language, [])
            if len(t) < LONGEST]


def lists(concepts, languages):
    """(taught, held out, nonsense), none in two of them, in a fixed order."""
    taught, held = set(), set()
    for concept in concepts:
        if concept['held'] == 'concept':
            held.update(t for language in languages
                        for t in concept['names'].get(language, [])[:1])
        else:
            taught.update(texts(concept, languages))
    rng = random.Random(1)
    nonsense = [''.join(rng.choice(LETTERS) for _ in range(rng.randint(4, 10)))
                for _ in range(300)]
    nonsense += [''.join(rng.choice(KANA) for _ in range(rng.randint(4, 8)))
                 for _ in range(100)]
    return sorted(taught), sorted(held - taught), nonsense


def write_meter(path, model, program):
    """Its figures: how many concepts, how often something strange is farther away than an
    untaught concept (auc), how much of it is called so."""
    with open(path, encoding='utf-8') as file:
        concepts = json.load(file)
    concepts = [c for c in concepts if c['source'] in ('emoji', 'clipart')]
    languages = os.environ.get('LANGUAGES', 'en ja').split()
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, lines in zip(('taught', 'held', 'nonsense'), lists(concepts, languages)):
            paths.append(os.path.join(folder, name + '.txt'))
            with open(paths[-1], 'w', encoding='utf-8') as file:
                file.write('\n'.join(lines) + '\n')
        shown = subprocess.run([program, 'train', 'meter', model, '--concepts', paths[0],
                                '--held-out', paths[1], '--strange', paths[2], '--json'],
                               check=True, stdout=subprocess.PIPE, text=True).stdout
    return {k: round(v, 3) for k, v in json.loads(shown).items()}


if __name__ == '__main__':
    print(write_meter(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else 'umekomi'))
