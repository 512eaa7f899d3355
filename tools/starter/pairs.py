# SPDX-License-Identifier: GPL-3.0-or-later
"""What the text tower learns from: which texts it may see, pairs of them drawn at random, batches
of pairs as pieces, and the pairs that early stopping keeps back."""

import numpy as np
import torch

from watch import watched

COMMON = ('de', 'fr', 'es', 'it', 'pt', 'nl', 'ru', 'zh', 'ko', 'pl', 'sv')
FRAMES = {'en': '''a {}|the {}|my {}|this {}|some {}|one {}|a photo of a {}|a picture of the {}
|a drawing of a {}|an old {}|a big {}|the small {}|little {}|cute {}|a beautiful {}|a very nice {}
|a new {}|a happy {}|good {}|where is the {}?|I like the {}|this is a {}|I see a {}|what a {}
|it is a {}|look, a {}!|the {} is here|{} for sale|how to draw a {}|we saw a {} by the road
|they have many {}|he was given a {}|she wants the {}|there is a {} in there|who took your {}?'''
          .replace('\n', '').split('|'),
          'ja': '''{}の絵|{}の写真|{}です|{}がいる|{}がある|かわいい{}|大きな{}|小さい{}|{}が好き|これは{}
|きれいな{}|新しい{}|古い{}|私の{}|{}を見る|{}のイラスト|たくさんの{}|この{}は何ですか|{}がほしい|{}の上
|{}を持つ|{}に行きました|{}と一緒|彼は{}を持っています|{}はどこ'''.replace('\n', '').split('|')}


def usable(concept):
    """The concept's texts that training may see, by language."""
    if concept['held'] == 'concept':
        return {}
    return {k: v for k, v in concept['names'].items()
            if not (concept['held'] == 'japanese' and k.startswith('ja'))}


def corpus_texts(concepts, pairs):
    """{text: weight} for the vocabulary."""
    out = {}

    def add(text, weight):
        out[text] = out.get(text, 0) + weight
    for c in concepts:
        for language, texts in usable(c).items():
            for text in texts:
                add(text, 6 if language in ('en', 'ja') else 2 if language in COMMON else 1)
    for a, b in pairs['gloss'] + pairs['near']:
        add(a, 1)
        add(b, 1)
    for a, b, common in pairs['edict']:
        add(a, 6 if common else 1)
    for _, b in pairs['locale']:
        add(b, 1)
    for text in pairs['book']['ja']:
        add(text, 2)
    return out


class Bank:
    """All texts as piece ids, once."""

    def __init__(self, tokenizer):
        self.tokenizer, self.of, self.ids = tokenizer, {}, []

    def add(self, text):
        at = self.of.get(text)
        if at is None:
            at = self.of[text] = len(self.ids)
            self.ids.append(self.tokenizer.encode(text) or [0])
        return at


def flat(lists):
    """Pieces of several texts for embedding_bag."""
    offsets = np.cumsum([0] + [len(x) for x in lists[:-1]])
    return (torch.from_numpy(np.concatenate([np.asarray(x, np.int64) for x in lists])),
            torch.from_numpy(offsets))


# What a batch is drawn from, as running sums of shares.
PLAN = [(0.40, 'names'), (0.50, 'gloss'), (0.60, 'near'), (0.62, 'example'), (0.65, 'locale'),
        (0.77, 'common'), (0.83, 'edict'), (0.92, 'glosses'), (1.00, 'books')]


class Draw:
    """Pairs of texts and a group of each pair: pairs of one group are no negatives."""

    def __init__(self, concepts, pairs, bank, rng):
        self.rng, self.bank = rng, bank
        self.named, weight = [], []
        for c in concepts:
            texts = usable(c)
            tables = {k: [bank.add(t) for t in v] for k, v in texts.items()}
            if sum(len(v) for v in tables.values()) >= 2:
                self.named.append(tables)
                weight.append({'emoji': 1.0, 'stamp': 0.8, 'clipart': 0.15}[c['source']])
        self.weight = np.cumsum(weight) / np.sum(weight)
        self.sets = {k: [(bank.add(a), bank.add(b)) for a, b in pairs[k]]
                     for k in ('gloss', 'near', 'example', 'locale')}
        edict = [(bank.add(a), bank.add(b), c) for a, b, c in pairs['edict']]
        self.sets['edict'] = [(a, b) for a, b, _ in edict]
        self.sets['common'] = [(a, b) for a, b, c in edict if c]
        self.single = [bank.add(b) for _, b in pairs['gloss'][::2]] \
            + [bank.add(b) for _, b in pairs['example']]
        self.japanese = [bank.add(t) for t in pairs['book']['ja']]
        self.english = [bank.add(t) for t in pairs['book']['en']]
        self.plan = [(edge, name) for edge, name in PLAN
                     if name not in self.sets or self.sets[name]]
        if not self.japanese:
            self.plan = [(edge, name) for edge, name in self.plan if name != 'books']
        self.frames = {k: [[bank.tokenizer.encode(p) for p in f.split('{}')] for f in v]
                       for k, v in FRAMES.items()}

    def one(self, table):
        return table[self.rng.integers(len(table))]

    def names(self):
        """Two names of a concept, mostly in two languages, as pieces."""
        group = int(np.searchsorted(self.weight, self.rng.random()))
        tables = self.named[group]
        languages = list(tables)
        rng = self.rng

        def language():
            roll = rng.random()
            if roll < 0.3 and 'en' in tables:
                return 'en'
            if roll < 0.5 and 'ja' in tables:
                return 'ja' if roll < 0.45 or 'ja-kana' not in tables else 'ja-kana'
            return languages[rng.integers(len(languages))]
        first, second = language(), language()

        def text(chosen):
            texts = tables[chosen]
            return texts[0] if rng.random() < 0.6 and chosen != 'ja-kana' else self.one(texts)
        a, b = text(first), text(second)
        if a == b:
            b = self.one(tables[languages[rng.integers(len(languages))]])
        pieces = self.bank.ids[b]
        if second in self.frames and rng.random() < 0.15:
            frame = self.one(self.frames[second])
            pieces = frame[0] + pieces + (frame[1] if len(frame) > 1 else [])
        return self.bank.ids[a], pieces, group

    def thinned(self, ids, share):
        kept = [i for i in ids if self.rng.random() > share]
        return kept or list(ids[:1])

    def itself(self, table):
        ids = self.bank.ids[self.one(table)]
        return self.thinned(ids, 0.35), self.thinned(ids, 0.35), -1

    def pair(self):
        roll = self.rng.random()
        for edge, name in self.plan:
            if roll < edge:
                return self.of_set(name) if name in self.sets else getattr(self, name)()
        return self.names()

    def glosses(self):
        return self.itself(self.single)

    def books(self):
        return self.itself(self.japanese if self.rng.random() < 0.6 else self.english)

    def of_set(self, name):
        a, b = self.one(self.sets[name])
        return self.bank.ids[a], self.bank.ids[b], -1

    def batch(self, n):
        drawn = [self.pair() for _ in range(n)]
        return ([a for a, _, _ in drawn], [b for _, b, _ in drawn],
                np.array([g for _, _, g in drawn]))

    def states(self):
        return {'rng': self.rng.bit_generator.state}


def same_texts(first, second, group):
    """same[i, j]: the pairs i and j share a text or are of one concept."""
    a = np.array([hash(tuple(x)) for x in first])
    b = np.array([hash(tuple(x)) for x in second])
    same = (a[:, None] == a) | (b[:, None] == b) | (a[:, None] == b) | (b[:, None] == a)
    same |= (group[:, None] == group) & (group[:, None] >= 0)
    np.fill_diagonal(same, False)
    return torch.from_numpy(same)


def make_batch(drawn):
    first, second, group = drawn
    pieces, offsets = flat(first + second)
    return {'pieces': pieces, 'offsets': offsets, 'same': same_texts(first, second, group)}


def kept_back(concepts, pairs, most=400):
    """What early stopping leaves to learn from, without pairs that have a watched text and
    concepts named so, and what it looks at: ([concepts], {pairs}, [(text, text)])"""
    def name(c):
        return usable(c).get('en', [''])[0]
    out, looked = {}, []
    for kind, some in pairs.items():
        out[kind] = some if kind == 'book' else [p for p in some if not watched(p[0])
                                                 and not watched(p[1])]
    for c in concepts:
        if watched(name(c)) and 'ja' in usable(c):
            looked.append((name(c), c['names']['ja'][0]))
    for kind in ('gloss', 'near', 'edict'):
        mine = [(p[0], p[1]) for p in pairs[kind] if watched(p[0])]
        looked += mine[::max(1, len(mine) // most)][:most]
    return [c for c in concepts if not watched(name(c))], out, looked
