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
from device import sent
from pairs import Bank, Draw, corpus_texts, kept_back, make_batch
from training import SAVE_EVERY, Progress, rate_at
from unigram import Tokenizer, make_vocabulary
from watch import Watch, best_of, contrast_of, figures_of
from weights import rows_of_int8

STATE = 'text-state.pt'
VOCABULARY = 49000
WIDTHS = (64, 128, N_DIMS)


def planned(cache, name, step, steps):
    """The number of steps, which a file NAME-steps in the cache may change while the rate is
    still level: the result is that of a run with this number from the start."""
    path = os.path.join(cache, name + '-steps')
    if step % 20 == 0 and step < 0.7 * steps and os.path.exists(path):
        with open(path) as file:
            wanted = int(file.read().split()[0])
        return wanted if step <= 0.75 * wanted else steps
    return steps


def load_tokenizer(cache):
    return Tokenizer(load_json(os.path.join(cache, 'vocabulary.json')))


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


def rarity(bank, n_pieces):
    """Starting lengths of the rows: how little a piece tells by its count."""
    counts = np.ones(n_pieces)
    for ids in bank.ids:
        np.add.at(counts, np.asarray(ids), 1.0)
    p = counts / counts.sum()
    return torch.from_numpy((1e-3 / (1e-3 + p)).astype(np.float32))


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
               save_every=SAVE_EVERY):
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
    losses = []

    def state():
        return {'table': table.data, 'scale': scale.data, 'average': average,
                'adam': adam.state_dict(), 'lazy': lazy.state(), 'watch': watch.state(),
                **draw.states()}
    while progress.step < steps and not watch.over():
        steps = planned(cache, 'text', progress.step, steps)
        rate = rate_at(progress.step, steps, peak)
        adam.param_groups[0]['lr'] = rate * 0.5
        some = sent(make_batch(draw.batch(batch)), device)
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


def look(tokenizer, average, looked):
    """(loss, recall at 10) of the pairs that were kept back for early stopping."""
    tower = TextTower(tokenizer, average.cpu().numpy())
    return contrast_of(*(torch.from_numpy(tower.embed([p[k] for p in looked])) for k in (0, 1)))


def finish_text(cache):
    """The averaged table, rounded as it will be stored: the towers learn the places it gives then."""
    kept = Progress(os.path.join(cache, STATE)).load()
    rows, scale = rows_of_int8(best_of(kept).numpy())
    save_array(os.path.join(cache, 'text.npy'), rows * scale[:, None].astype(np.float32))
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
