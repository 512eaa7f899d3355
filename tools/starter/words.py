# SPDX-License-Identifier: GPL-3.0-or-later
"""The model "words": the text table and the graph of senses in a bundle of their own, which
needs neither pictures nor sounds, with the figures that concern them."""

import hashlib
import os
import shutil

import numpy as np

import audit
from common import HERE, REPOSITORY, load_json, log, save_json
from engine import Engine
from evaluate import Table, first, measure_graph, measure_similarity
from export import REFERENCE_TEXTS, write_graph, write_text
from train_text import TextTower, load_text
from weights import read_safetensors

WORDS = os.path.join(REPOSITORY, 'assets', 'words')


def export_words(cache, folder=WORDS):
    for part in ('text', 'graph', 'reference'):
        shutil.rmtree(os.path.join(folder, part), ignore_errors=True)
    tower = load_text(cache)
    write_text(os.path.join(folder, 'text'), tower)
    write_graph(os.path.join(folder, 'graph'), cache)
    save_json(os.path.join(folder, 'umekomi-model.json'),
              {'format': 'umekomi-bundle/1', 'name': 'words', 'version': '2',
               'space': 'umekomi-words-2', 'n_dims': tower.table.shape[1],
               'license': 'GPL-3.0-or-later', 'towers': {'text': 'text'}})
    os.makedirs(os.path.join(folder, 'reference'))
    stored = stored_tower(folder, tower.tokenizer)
    np.save(os.path.join(folder, 'reference', 'texts.npy'), stored.embed(REFERENCE_TEXTS))
    save_json(os.path.join(folder, 'reference', 'reference.json'),
              {'texts': [{'text': t, 'ids': tower.tokenizer.encode(t)} for t in REFERENCE_TEXTS]})


def stored_tower(folder, tokenizer):
    """The table as it was written, 8 bits and all."""
    saved = read_safetensors(os.path.join(folder, 'text', 'model.safetensors'))
    return TextTower(tokenizer, saved['embeddings'] * saved['weights'][:, None])


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def measure_names(engine, table, concepts):
    """From an emoji's name in one language to its name in another."""
    emoji = [c for c in concepts if c['source'] == 'emoji' and 'ja' in c['names']]
    english = engine.embed_texts([first(c, 'en') for c in emoji])
    for held, what in (('', 'trained'), ('japanese', 'Japanese never trained'),
                       ('concept', 'no name in any language trained')):
        rows = np.array([i for i, c in enumerate(emoji) if c['held'] == held])
        names = engine.embed_texts([first(emoji[i], 'ja') for i in rows])
        table.add('emoji, %s: Japanese to English name' % what, 'ja', names, english, rows)
    for language in ('de', 'fr', 'es', 'ru', 'zh', 'ko', 'ar', 'hi', 'tr'):
        rows = np.array([i for i, c in enumerate(emoji) if c['held'] == 'concept'
                         and language in c['names']])
        names = engine.embed_texts([first(emoji[i], language) for i in rows])
        table.add('emoji, no name in any language trained: to English name', language, names,
                  english, rows)


def evaluate_words(cache, notes, folder=WORDS):
    from card import gates_of, table_of
    engine, table = Engine(folder), Table()
    concepts = load_json(os.path.join(cache, 'concepts.json'))
    measure_similarity(engine.embed_texts, table)
    for width in (64, 128):
        narrow = Table()
        measure_similarity(lambda texts: unit(engine.embed_texts(texts)[:, :width]), narrow)
        for gate in narrow.gates:
            table.gates.append(dict(gate, gate='%s, first %d numbers' % (gate['gate'], width)))
    leanings = {'profession_names': audit.profession_names(engine),
                'first_names': audit.first_names(engine)}
    measure_names(engine, table, concepts)
    measure_graph(engine, table, concepts, folder)
    digests = {}
    for name in ('text/model.safetensors', 'text/tokenizer.json', 'graph/model.safetensors'):
        with open(os.path.join(folder, name), 'rb') as file:
            digests[name] = hashlib.sha256(file.read()).hexdigest()
    save_json(os.path.join(folder, 'recall.json'),
              {'model': 'umekomi-words-2', 'training': {k: notes[k] for k in ('text', 'graph')
                                                        if k in notes},
               'packages': notes.get('packages', {}), 'digests': digests, 'gates': table.gates,
               'rows': table.rows, 'audit': leanings})
    with open(os.path.join(HERE, 'words-card.md'), encoding='utf-8') as file:
        card = file.read()
    size = sum(os.path.getsize(os.path.join(at, n)) for at, _, names in os.walk(folder)
               for n in names if 'reference' not in at)
    leaning = '\n'.join(audit.professions_markdown(leanings['profession_names'])
                        + ['', audit.names_markdown(leanings['first_names'])])
    for key, value in {'AUDIT': leaning, 'GATES': gates_of(table.gates), 'TABLE': table_of(table.rows),
                       'MEGABYTES': '%.1f' % (size / 1e6),
                       'STEPS': str(notes.get('text', {}).get('steps', '?')),
                       'MINUTES': str(notes.get('text', {}).get('cpu_minutes', '?')),
                       'NODES': str(notes.get('graph', {}).get('nodes', '?')),
                       'DIGESTS': '\n'.join('- `%s` %s' % d for d in digests.items()),
                       'PACKAGES': ', '.join('%s %s' % p for p in sorted(
                           notes.get('packages', {}).items()))}.items():
        card = card.replace('{%s}' % key, value)
    with open(os.path.join(folder, 'README.md'), 'w', encoding='utf-8') as file:
        file.write(card)
    log('wrote', folder)
