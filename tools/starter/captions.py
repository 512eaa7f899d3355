# SPDX-License-Identifier: GPL-3.0-or-later
"""Captions: which texts may be paired with which concept, which are held out, and the
vocabulary learnt from all that may be seen in training."""

import os
import re

import numpy as np
from scipy import sparse

from common import load_json, save_json
from model import TEXT
from wordpiece import Tokenizer, make_vocabulary

LONGEST = 32
FRAMES = ['a %s', 'the %s', 'a picture of a %s', 'picture of %s', '%s drawing', 'an image of a %s',
          'some %s']


class Corpus:
    """Everything gathered, with what training may see marked."""

    def __init__(self, cache):
        self.cache = cache
        self.concepts = load_json(os.path.join(cache, 'concepts.json'))
        pairs = load_json(os.path.join(cache, 'pairs.json'))
        self.pairs = [tuple(p) for p in pairs['wordnet']]
        self.locale = [tuple(p) for p in pairs['locale']]
        self.hypernyms = load_json(os.path.join(cache, 'hypernyms.json'))
        # A held concept lends neither its picture nor its CLDR texts, a held picture only its
        # texts. (WordNet and the keywords of other drawings may still use the same word.)
        self.pictured = [i for i, c in enumerate(self.concepts) if not c['held']]
        self.bilingual = [i for i, c in enumerate(self.concepts)
                          if c['held'] in ('', 'picture') and c['ja'] and c['source'] == 'emoji']

    def texts(self):
        """{text: weight} for the vocabulary."""
        out = {}
        for c in self.concepts:
            if c['held'] == 'concept':
                continue
            weight = 4 if c['source'] == 'emoji' else 2
            for text in c['en'] + c['ja'] + c['kana']:
                out[text] = out.get(text, 0) + weight
        for a, b in self.pairs + self.locale:
            out[a] = out.get(a, 0) + 1
            out[b] = out.get(b, 0) + 1
        return out

    def tokenizer(self):
        path = os.path.join(self.cache, 'vocabulary.json')
        if not os.path.exists(path):
            save_json(path, make_vocabulary(self.texts(), TEXT['vocab_size']), None)
        return Tokenizer(load_json(path), LONGEST)


class Sampler:
    """Draws captions for concepts and says which caption is true of which concept."""

    MIRROR = re.compile(r'left|right|arrow|letter|button|flag|clock|thirty|sign|symbol|keycap')

    def __init__(self, corpus, rng):
        self.corpus, self.rng, self.ids = corpus, rng, {}
        rows, columns = [], []
        for row, c in enumerate(corpus.concepts):
            for text in c['en'] + c['ja'] + c['kana']:
                rows.append(row)
                columns.append(self.ids.setdefault(text.lower(), len(self.ids)))
        shape = (len(corpus.concepts), len(self.ids) + 1)      # last column: true of none
        self.true = sparse.csr_matrix((np.ones(len(rows), np.bool_), (rows, columns)), shape)
        self.may_mirror = np.array([not self.MIRROR.search(' '.join(c['en']).lower())
                                    for c in corpus.concepts])
        weight = np.array([1.0 if corpus.concepts[i]['source'] == 'emoji' else 0.55
                           for i in corpus.pictured])
        weight *= [0.4 if 'flag' in corpus.concepts[i]['en'] else 1.0 for i in corpus.pictured]
        self.weight = weight / weight.sum()

    def concepts(self, n):
        return self.rng.choice(self.corpus.pictured, n, replace=False, p=self.weight)

    def pick(self, texts):
        return texts[self.rng.integers(len(texts))]

    def english(self, c):
        roll, texts = self.rng.random(), c['en']
        if roll < 0.5 or len(texts) == 1:
            text = texts[0]
        elif roll < 0.8:
            text = self.pick(texts[1:])
        elif roll < 0.92:
            joint = self.pick([' ', ', ', ' and ', ' with '])
            return self.pick(texts) + joint + self.pick(texts), -1
        else:
            text = self.pick(texts[:2])
            return self.pick(FRAMES) % text.lower(), self.ids[text.lower()]
        return text, self.ids[text.lower()]

    def japanese(self, c):
        roll, texts = self.rng.random(), c['ja']
        if roll < 0.5:
            text = texts[0]
        elif roll < 0.85 or not c['kana']:
            text = self.pick(texts)
        else:
            text = self.pick(c['kana'])
        return text, self.ids[text.lower()]

    def captions(self, rows):
        """Two captions a concept (the second Japanese where there is one), with their ids."""
        first, second = [], []
        for row in rows:
            c = self.corpus.concepts[row]
            first.append(self.english(c))
            second.append(self.japanese(c) if c['ja'] else self.english(c))
        return first, second

    def is_true(self, rows, captions):
        return self.true[rows][:, [i for _, i in captions]].toarray()

    def text_pairs(self, n):
        """Pairs of texts of like meaning: bilingual, WordNet, place and language names."""
        out, corpus = [], self.corpus
        for kind in self.rng.random(n):
            if kind < 0.45:
                c = corpus.concepts[self.pick(corpus.bilingual)]
                out.append((self.english(c)[0], self.japanese(c)[0]))
            elif kind < 0.93:
                out.append(self.pick(corpus.pairs))
            else:
                out.append(self.pick(corpus.locale))
        return out
