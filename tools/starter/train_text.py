# SPDX-License-Identifier: GPL-3.0-or-later
"""The text tower: a table of piece vectors whose mean is a text's vector, trained by contrast
of texts of like meaning: names of a thing across languages, words and their definitions,
neighbours in WordNet, dictionary entries, a text and itself with words left out.

A table rather than a transformer because it learns most in a minute of processor time, its
rows' lengths learn which words tell little, and means of rows rank sentences well."""

import math
import os

import numpy as np
import torch
from torch.nn import functional as F

from common import N_DIMS, SEED, load_json, log, save_array, save_json
from device import Batches
from training import SAVE_EVERY, Progress, rate_at
from unigram import Tokenizer, make_vocabulary
from watch import Watch, best_of, contrast_of, figures_of, watched

STATE = 'text-state.pt'

VOCABULARY = 54000
COMMON = ('de', 'fr', 'es', 'it', 'pt', 'nl', 'ru', 'zh', 'ko', 'pl', 'sv')
WIDTHS = (64, 128, N_DIMS)
FRAMES = {'en': '''a {}|the {}|my {}|this {}|some {}|one {}|a photo of a {}|a picture of the {}
|a drawing of a {}|an old {}|a big {}|the small {}|little {}|cute {}|a beautiful {}|a very nice {}
|a new {}|a happy {}|good {}|where is the {}?|I like the {}|this is a {}|I see a {}|what a {}
|it is a {}|look, a {}!|the {} is here|{} for sale|how to draw a {}|we saw a {} by the road
|they have many {}|he was given a {}|she wants the {}|there is a {} in there|who took your {}?'''
          .replace('\n', '').split('|'),
          'ja': '''{}の絵|{}の写真|{}です|{}がいる|{}がある|かわいい{}|大きな{}|小さい{}|{}が好き|これは{}
|きれいな{}|新しい{}|古い{}|私の{}|{}を見る|{}のイラスト|たくさんの{}|この{}は何ですか|{}がほしい|{}の上
|{}を持つ|{}に行きました|{}と一緒|彼は{}を持っています|{}はどこ'''.replace('\n', '').split('|')}


def planned(cache, name, step, steps):
    """The number of steps, which a file NAME-steps in the cache may change while the rate is
    still level: the result is that of a run with this number from the start."""
    path = os.path.join(cache, name + '-steps')
    if step % 20 == 0 and step < 0.7 * steps and os.path.exists(path):
        with open(path) as file:
            wanted = int(file.read().split()[0])
        return wanted if step <= 0.75 * wanted else steps
    return steps


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


def load_tokenizer(cache):
    return Tokenizer(load_json(os.path.join(cache, 'vocabulary.json')))


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


class LazyAdam:
    """Adam over the rows that a step touches; the others wait. Dense Adam would spend most of
    its time on rows that no text of the batch has."""

    def __init__(self, table, betas=(0.9, 0.98)):
        self.mean, self.square, self.betas = torch.zeros_like(table), torch.zeros_like(table), betas
        self.count = torch.zeros(len(table), 1, device=table.device)

    def state(self):
        return self.mean, self.square, self.count

    def restore(self, kept):
        for mine, saved in zip(self.state(), kept):
            mine.copy_(saved)

    @torch.no_grad()
    def step(self, table, rate):
        grad = table.grad.coalesce()
        rows, values = grad.indices()[0], grad.values()
        b, c = self.betas
        self.count[rows] += 1
        n = self.count[rows]
        mean = self.mean[rows].mul_(b).add_(values, alpha=1 - b)
        square = self.square[rows].mul_(c).addcmul_(values, values, value=1 - c)
        self.mean[rows], self.square[rows] = mean, square
        step = (mean / (1 - b ** n)) / ((square / (1 - c ** n)).sqrt() + 1e-8)
        table.data.index_add_(0, rows, step, alpha=-rate)
        table.grad = None


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


def contrast(a, b, scale, same):
    """Symmetric InfoNCE at each width of the Matryoshka; `same` marks pairs that are no
    negatives of one another."""
    loss = 0
    target = torch.arange(len(a), device=a.device)
    for width in WIDTHS:
        logits = F.normalize(a[:, :width], dim=1) @ F.normalize(b[:, :width], dim=1).t() * scale
        logits = logits.masked_fill(same, -1e4)
        loss = loss + (F.cross_entropy(logits, target, label_smoothing=0.02)
                       + F.cross_entropy(logits.t(), target, label_smoothing=0.02)) \
            * (1.0 if width == N_DIMS else 0.25)
    return loss


def same_texts(first, second, group):
    """same[i, j]: the pairs i and j share a text or are of one concept."""
    a = np.array([hash(tuple(x)) for x in first])
    b = np.array([hash(tuple(x)) for x in second])
    same = (a[:, None] == a) | (b[:, None] == b) | (a[:, None] == b) | (b[:, None] == a)
    same |= (group[:, None] == group) & (group[:, None] >= 0)
    np.fill_diagonal(same, False)
    return torch.from_numpy(same)


def rarity(bank, n_pieces):
    """Starting lengths of the rows: how little a piece tells by its count."""
    counts = np.ones(n_pieces)
    for ids in bank.ids:
        np.add.at(counts, np.asarray(ids), 1.0)
    p = counts / counts.sum()
    return torch.from_numpy((1e-3 / (1e-3 + p)).astype(np.float32))


def make_batch(drawn):
    first, second, group = drawn
    pieces, offsets = flat(first + second)
    return {'pieces': pieces, 'offsets': offsets, 'same': same_texts(first, second, group)}


def kept_back(concepts, pairs, most=400):
    """What early stopping keeps back: all pairs whose first text is a watched one, and the
    concepts named so. ([concepts], {pairs}, [(text, text)] to look at)."""
    def name(c):
        return usable(c).get('en', [''])[0]
    out, looked = {}, []
    for kind, some in pairs.items():
        out[kind] = some if kind == 'book' else [p for p in some if not watched(p[0])]
    for c in concepts:
        if watched(name(c)) and 'ja' in usable(c):
            looked.append((name(c), c['names']['ja'][0]))
    for kind in ('gloss', 'near', 'edict'):
        mine = [(p[0], p[1]) for p in pairs[kind] if watched(p[0])]
        looked += mine[::max(1, len(mine) // most)][:most]
    return [c for c in concepts if not watched(name(c))], out, looked


def load_material(cache, watching):
    """(tokenizer, bank of texts, batches, pairs for early stopping)"""
    concepts = load_json(os.path.join(cache, 'concepts.json'))
    pairs = load_json(os.path.join(cache, 'pairs.json'))
    path, looked = os.path.join(cache, 'vocabulary.json'), []
    if not os.path.exists(path):
        save_json(path, make_vocabulary(corpus_texts(concepts, pairs), VOCABULARY, log), None)
    if watching:
        concepts, pairs, looked = kept_back(concepts, pairs)
    tokenizer = load_tokenizer(cache)
    bank = Bank(tokenizer)
    return tokenizer, bank, Draw(concepts, pairs, bank, np.random.default_rng(SEED)), looked


def train_text(cache, steps=1600, device=torch.device('cpu'), watch=None, batch=768, peak=4e-3,
               save_every=SAVE_EVERY, workers=None):
    torch.manual_seed(SEED)
    watch = watch or Watch()
    tokenizer, bank, draw, looked = load_material(cache, bool(watch))
    n = len(tokenizer.vocabulary)
    table = torch.nn.Parameter((F.normalize(torch.randn(n, N_DIMS), dim=1)
                                * rarity(bank, n)[:, None]).to(device))
    scale = torch.nn.Parameter(torch.tensor(math.log(16.0), device=device))
    average = table.detach().clone()
    lazy, adam = LazyAdam(table.data), torch.optim.Adam([scale], lr=peak)
    progress = Progress(os.path.join(cache, STATE), device, save_every)
    kept = progress.load()
    if kept:
        watch.restore(kept.get('watch'), progress.path)
        for mine, name in ((table.data, 'table'), (scale.data, 'scale'), (average, 'average')):
            mine.copy_(kept[name])
        adam.load_state_dict(kept['adam'])
        lazy.restore(kept['lazy'])
        draw.rng.bit_generator.state = kept['rng']
    log('%d texts, %d concepts on %s, resumed at step %d' % (
        len(bank.ids), len(draw.named), device, progress.step))
    batches = Batches(lambda _: draw.batch(batch), make_batch, draw.states, progress.step, device,
                      workers)
    losses = []

    def state():
        return {'table': table.data, 'scale': scale.data, 'average': average,
                'adam': adam.state_dict(), 'lazy': lazy.state(), 'watch': watch.state(),
                **batches.states}
    while progress.step < steps and not watch.over():
        steps = planned(cache, 'text', progress.step, steps)
        rate = rate_at(progress.step, steps, peak)
        adam.param_groups[0]['lr'] = rate * 0.5
        some = batches.next()
        both = F.embedding_bag(some['pieces'], table, some['offsets'], mode='mean', sparse=True)
        loss = contrast(both[:batch], both[batch:], scale.clamp(max=math.log(50.0)).exp(),
                        some['same'])
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        lazy.step(table, rate)
        progress.step += 1
        if progress.step % 10 == 0:
            keep = min(0.98, progress.step / (progress.step + 50.0))
            average.mul_(keep).add_(table.detach(), alpha=1 - keep)
        losses.append(loss.detach())
        if progress.step % 100 == 0:
            log('text %d/%d, %.1f cpu min, loss %.3f, scale %.1f' % (
                progress.step, steps, progress.minutes(), torch.stack(losses).mean().item(),
                scale.exp().item()))
            losses = []
        if watch.due(progress.step):
            watch.look('text', progress.step, *look(tokenizer, average, looked),
                       average)
        progress.save_when_due(state, progress.step == steps or watch.over())
    batches.close()


def look(tokenizer, average, looked):
    """(loss, recall at 10) of the pairs that were kept back for early stopping."""
    tower = TextTower(tokenizer, average.cpu().numpy())
    return contrast_of(*(torch.from_numpy(tower.embed([p[k] for p in looked])) for k in (0, 1)))


def finish_text(cache):
    """The averaged table."""
    kept = Progress(os.path.join(cache, STATE)).load()
    save_array(os.path.join(cache, 'text.npy'), best_of(kept).numpy())
    return figures_of(kept)


class TextTower:
    """The finished table."""

    def __init__(self, tokenizer, table):
        self.tokenizer, self.table = tokenizer, np.asarray(table, np.float32)

    def embed(self, texts):
        out = np.stack([self.table[self.tokenizer.encode(t) or [0]].mean(0) for t in texts])
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def load_text(cache):
    return TextTower(load_tokenizer(cache), np.load(os.path.join(cache, 'text.npy')))
