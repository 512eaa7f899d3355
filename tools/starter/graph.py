# SPDX-License-Identifier: GPL-3.0-or-later
"""The graph tower: common WordNet senses as nodes, joined by hypernymy, derivation, likeness
and the emoji's keywords; node2vec by Umekomi itself, mapped into the text space by ridge
regression on anchors, plus each node's words smoothed over its neighbours (SGC, Wu et al.
2019: X' = S^2 X with S = D^-1/2 (A + I) D^-1/2)."""

import os
import subprocess

import numpy as np
from scipy import sparse

from common import REPOSITORY, load_json, log, save_array, save_json
from pairs import usable
from texts import read_wordnet, sense_counts
from train_text import load_text

RELATIONS = ('@', '@i', '+', '&', '^', '\\', '#p', '#m', '#s')
MOST = 16000
SHARES = {'words': 1.0, 'smooth': 1.2, 'walks': 0.9}


def choose_nodes(concepts):
    """The commonest senses, and the first noun sense of every English name and keyword."""
    synsets, common = read_wordnet(), sense_counts()
    first = {}
    for key, (lemmas, _, _, _) in synsets.items():
        for lemma in lemmas:
            word = lemma.lower()
            mine = (key[0] != 'noun', -common.get(key, 0), key)
            if word not in first or mine < first[word]:
                first[word] = mine
    words = {t.lower() for c in concepts for t in usable(c).get('en', [])}
    chosen = {first[w][2] for w in words if w in first}
    parts = {'noun': 3, 'verb': 1, 'adj': 1, 'adv': 0}
    rest = sorted((k for k in synsets if k not in chosen and common.get(k, 0) > 0),
                  key=lambda k: (-common[k] * parts[k[0]], k))
    chosen |= set(rest[:MOST - len(chosen)])
    return synsets, sorted(chosen), {w: v[2] for w, v in first.items()}


def nearest_above(key, synsets, place):
    """Kept hypernyms, past those that were not kept."""
    out, todo, seen = set(), [key], {key}
    while todo:
        for mark, target in synsets[todo.pop()][3]:
            if mark in ('@', '@i') and target not in seen:
                seen.add(target)
                if target in place:
                    out.add(target)
                else:
                    todo.append(target)
    return out


def make_edges(concepts, synsets, nodes, first):
    place = {k: i for i, k in enumerate(nodes)}
    edges, above = set(), {}

    def join(a, b):
        if a != b:
            edges.add((min(a, b), max(a, b)))
    for key, i in place.items():
        mine = nearest_above(key, synsets, place)
        above[i] = sorted(place[m] for m in mine)
        for j in above[i]:
            join(i, j)
        for mark, target in synsets[key][3]:
            if mark in RELATIONS and target in place:
                join(i, place[target])
    for c in concepts:
        texts = [t.lower() for t in usable(c).get('en', [])] if c['source'] == 'emoji' else []
        known = [place[first[t]] for t in texts if t in first and first[t] in place]
        for other in known[1:6]:
            join(known[0], other)
    return sorted(edges), above


def walk_vectors(cache, n, edges):
    """node2vec of the edges by `umekomi train node2vec`."""
    path = os.path.join(cache, 'wordnet.edgelist')
    with open(path, 'w') as file:
        file.writelines('%d\t%d\n' % e for e in edges)
    program = os.environ.get('UMEKOMI', os.path.join(REPOSITORY, 'tools', 'run'))
    out = os.path.join(cache, 'wordnet.npy')
    subprocess.run([program, 'train', 'node2vec', path, '--dims', '64', '--walk-length', '30', '--walks', '6',
                    '--window', '4', '--output', out,
                    '--threads', '1', '--quiet'], check=True)
    found = np.load(out)
    names = [int(x) for x in open(out + '.ids.txt').read().split()]
    vectors = np.zeros((n, found.shape[1]), np.float32)
    vectors[names] = found
    return vectors


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)


def smooth(edges, x, times=2):
    n = len(x)
    rows = np.array([a for a, _ in edges] + [b for _, b in edges] + list(range(n)))
    columns = np.array([b for _, b in edges] + [a for a, _ in edges] + list(range(n)))
    a = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), (n, n))
    d = sparse.diags(1 / np.sqrt(np.asarray(a.sum(1)).ravel()))
    for _ in range(times):
        x = d @ (a @ (d @ x))
    return np.asarray(x, np.float32)


def ridge(x, y, strength=1.0):
    return np.linalg.solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ y)


def train_graph(cache):
    concepts = load_json(os.path.join(cache, 'concepts.json'))
    synsets, nodes, first = choose_nodes(concepts)
    edges, above = make_edges(concepts, synsets, nodes, first)
    log('%d nodes, %d edges' % (len(nodes), len(edges)))
    tower = load_text(cache)
    lemmas = tower.embed([synsets[k][0][0] for k in nodes])
    mean = np.stack([tower.embed(synsets[k][0][:4]).mean(0) for k in nodes])
    gloss = tower.embed([synsets[k][1] for k in nodes])
    words = unit(lemmas + 0.5 * unit(mean) + 0.5 * gloss)
    spread = unit(smooth(edges, words))
    walks = unit(walk_vectors(cache, len(nodes), edges))
    named = {first[t.lower()] for c in concepts for t in usable(c).get('en', [])[:1]
             if t.lower() in first}
    anchors = [i for i, k in enumerate(nodes) if k in named]
    mapped = unit(walks @ ridge(walks[anchors], words[anchors]))
    vectors = unit(SHARES['words'] * words + SHARES['smooth'] * spread + SHARES['walks'] * mapped)
    save_array(os.path.join(cache, 'graph.npy'), vectors.astype(np.float32))
    save_json(os.path.join(cache, 'graph.json'),
              {'nodes': ['%s.%s.%s' % (synsets[k][0][0].replace(' ', '_'), k[0][0], k[1])
                         for k in nodes],
               'lemmas': [synsets[k][0] for k in nodes], 'above': {str(k): v for k, v in
                                                                   above.items()},
               'edges': edges, 'anchors': anchors}, None)
    return {'nodes': len(nodes), 'edges': len(edges), 'anchors': len(anchors)}


def kin_share(vectors, above, n_nearest=10, sample=4000):
    """Share of nodes with a hypernym or a sister among their nearest."""
    above = {int(k): set(v) for k, v in above.items() if v}
    rows = sorted(above)
    rows = rows[::max(1, len(rows) // sample)]
    hits = 0
    for begin in range(0, len(rows), 512):
        part = rows[begin:begin + 512]
        scores = vectors[part] @ vectors.T
        scores[np.arange(len(part)), part] = -2
        near = np.argpartition(-scores, n_nearest, axis=1)[:, :n_nearest]
        for i, found in zip(part, near):
            hits += any(j in above[i] or above[i] & above.get(int(j), set()) for j in found)
    return hits / len(rows), len(rows)
