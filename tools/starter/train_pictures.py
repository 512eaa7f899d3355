# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture tower: it learns the places of the finished text table. Each step shows two
views of each of some concepts, in two drawing styles where there are two: both must find
the concept's name among the names of all concepts, and each other among all views."""

import copy
import math
import os
import re
import time

import numpy as np
import torch
from torch.nn import functional as F

import model
from common import N_DIMS, SEED, load_json, log
from train_text import load_text, rate_in_cycles, usable
from views import plain, restyle

MIRROR = re.compile(r'left|right|arrow|letter|button|flag|clock|thirty|sign|symbol|keycap')


class Average:
    """An exponential average of a module, batch-norm figures included."""

    def __init__(self, module, decay=0.995):
        self.module, self.decay, self.steps = copy.deepcopy(module).eval(), decay, 0

    @torch.no_grad()
    def update(self, module):
        self.steps += 1
        keep = min(self.decay, self.steps / (self.steps + 10.0))
        for mine, other in zip(self.module.state_dict().values(), module.state_dict().values()):
            if mine.dtype.is_floating_point:
                mine.mul_(keep).add_(other, alpha=1 - keep)
            else:
                mine.copy_(other)


def optimiser(module, rate):
    heavy = [p for p in module.parameters() if p.dim() > 1]
    light = [p for p in module.parameters() if p.dim() <= 1]
    return torch.optim.AdamW([{'params': heavy, 'weight_decay': 0.03},
                              {'params': light, 'weight_decay': 0.0}], lr=rate,
                             betas=(0.9, 0.98))


@torch.no_grad()
def embed(tower, pictures):
    tower.eval()
    return torch.cat([tower(plain(pictures[i:i + 256])) for i in range(0, len(pictures), 256)])


# ---- what belongs to what --------------------------------------------------------

class Material:
    """Pictures by concept, and the places of all names."""

    def __init__(self, cache):
        self.concepts = load_json(os.path.join(cache, 'concepts.json'))
        self.pictures = np.load(os.path.join(cache, 'pictures.npy'))
        saved = load_json(os.path.join(cache, 'pictures.json'))
        self.owner, self.style = np.array(saved['owner']), np.array(saved['style'])
        self.cache = cache
        by_concept = [[] for _ in self.concepts]
        for i, row in enumerate(self.owner):
            by_concept[row].append(i)
        self.by_concept = by_concept
        self.trained = [r for r, c in enumerate(self.concepts)
                        if by_concept[r] and c['held'] != 'concept']
        self.mirror = np.array([not MIRROR.search(c['names']['en'][0].lower())
                                for c in self.concepts])
        weight = {'emoji': 1.0, 'stamp': 1.0, 'clipart': 0.5}
        w = np.array([weight[self.concepts[r]['source']]
                      * (0.4 if 'flag' in self.concepts[r]['names']['en'] else 1.0)
                      for r in self.trained])
        self.weight = w / w.sum()

    def name(self):
        """Place the names by the finished text table."""
        self.text = load_text(self.cache)
        texts, begin, count = [], [], []
        for r in self.trained:
            c, mine = self.concepts[r], []
            for language, words in usable(c).items():
                # The name counts for more than its keywords, English and Japanese for more.
                times = 3 if language in ('en', 'ja') else 1
                mine += words[:1] * times + words[1:3] * (times == 3)
            begin.append(len(texts))
            count.append(len(mine))
            texts += mine
        self.vectors = self.text.embed(texts)
        self.begin, self.n = np.array(begin), np.array(count)

    def bank(self, rng):
        """One name of every trained concept, drawn anew: English first names half the time."""
        at = self.begin + (rng.random(len(self.n)) * self.n).astype(int)
        at = np.where(rng.random(len(at)) < 0.4, self.begin, at)
        return torch.from_numpy(self.vectors[at])

    def draw(self, rng, n):
        """Places among the trained concepts and two pictures of each."""
        chosen = rng.choice(len(self.trained), n, replace=False, p=self.weight)
        first, second = [], []
        for k in chosen:
            mine = self.by_concept[self.trained[k]]
            i = rng.integers(len(mine))
            j = (i + 1 + rng.integers(len(mine) - 1)) % len(mine) if len(mine) > 1 else i
            first.append(mine[i])
            second.append(mine[j])
        return chosen, np.array(first + second)


@torch.no_grad()
def glance(material, tower, cache):
    """Recall at a few points of training, from the cached pictures."""
    m, out = material, []
    pictures = np.load(os.path.join(cache, 'unseen.npy'))
    noto = np.flatnonzero(m.style == 'noto')
    base = embed(tower, m.pictures[noto])
    place = {int(m.owner[p]): k for k, p in enumerate(noto)}
    of = torch.tensor([place[r] for r in load_json(os.path.join(cache, 'unseen.json'))])
    rank = ranks(embed(tower, pictures) @ base.t(), of)
    out.append('style %d/%d: %.3f' % (len(of), len(noto), (rank < 1).float().mean()))
    for source in ('emoji', 'stamp'):
        rows = [r for r, c in enumerate(m.concepts) if c['source'] == source
                and c['held'] == 'concept' and m.by_concept[r]]
        pics = embed(tower, m.pictures[[m.by_concept[r][0] for r in rows]])
        for language in ('en', 'ja'):
            names = torch.from_numpy(m.text.embed(
                [m.concepts[r]['names'].get(language, ['?'])[0] for r in rows]))
            rank = ranks(names @ pics.t(), torch.arange(len(rows)))
            out.append('%s/%s %d: %.2f %.2f' % (source, language, len(rows),
                                                (rank < 1).float().mean(),
                                                (rank < 10).float().mean()))
    rows = [r for r, c in enumerate(m.concepts) if c['held'] == 'japanese']
    names = torch.from_numpy(m.text.embed([m.concepts[r]['names']['ja'][0] for r in rows]))
    rank = ranks(names @ base.t(), torch.tensor([place[r] for r in rows]))
    out.append('ja name %d: %.2f' % (len(rows), (rank < 10).float().mean()))
    seen = [r for r in place if not m.concepts[r]['held']]
    names = torch.from_numpy(m.text.embed([m.concepts[r]['names']['en'][0] for r in seen]))
    rank = ranks(names @ base.t(), torch.tensor([place[r] for r in seen]))
    out.append('seen: %.2f' % (rank < 1).float().mean())
    return '; '.join(out)


def ranks(scores, right):
    own = scores.gather(1, right[:, None])
    return (scores > own).sum(1)


def contrast_views(a, scale):
    """Two views of a thing against all other views."""
    n = len(a) // 2
    views = (a @ a.t() * scale).fill_diagonal_(-1e4)
    twin = torch.cat([torch.arange(n, 2 * n), torch.arange(n)])
    return F.cross_entropy(views, twin)


def contrast_names(a, b, alike, target, scale):
    """Views against the names of all concepts, and the names shown against all views."""
    n = len(target)
    logits = (a @ b.t() * scale).masked_fill(alike.repeat(2, 1), -1e4)
    named = F.cross_entropy(logits, target.repeat(2), label_smoothing=0.05)
    back = (b[target] @ a.t() * scale).masked_fill(alike[:, target].repeat(1, 2), -1e4)
    log_p = back - torch.logsumexp(back, 1, keepdim=True)
    i = torch.arange(n)
    return named - 0.25 * (log_p[i, i] + log_p[i, n + i]).mean()


def losses_of(v, chosen, bank, scale, size):
    """The contrasts at full width and at one of the shorter ones (Matryoshka)."""
    n, target = len(chosen), torch.from_numpy(chosen)
    if bank is not None:
        alike = bank[target] @ bank.t() > 0.9
        alike[torch.arange(n), target] = False
    out = 0
    for width, share in ((N_DIMS, 1.0), (size, 0.35)):
        a = F.normalize(v[:, :width], dim=1)
        out = out + share * 0.7 * contrast_views(a, scale)
        if bank is not None:
            b = F.normalize(bank[:, :width], dim=1)
            out = out + share * contrast_names(a, b, alike, target, scale)
    return out


@torch.no_grad()
def settle(tower, material, strength=0.01):
    """The projection that takes the features of all trained pictures nearest to the mean of
    their names, by ridge regression: a start from which the contrast goes on, and an end."""
    tower.eval()
    place = {r: k for k, r in enumerate(material.trained)}
    rows = [i for i, r in enumerate(material.owner) if r in place]
    x = torch.cat([tower.features(plain(material.pictures[rows[i:i + 256]]))
                   for i in range(0, len(rows), 256)])
    means = torch.from_numpy(np.stack([material.vectors[b:b + n].mean(0) for b, n in
                                       zip(material.begin, material.n)]))
    y = F.normalize(means, dim=1)[[place[material.owner[i]] for i in rows]]
    a = x.t() @ x / len(x)
    w = torch.linalg.solve(a + strength * a.diagonal().mean() * torch.eye(len(a)),
                           x.t() @ y / len(x))
    size = (x @ tower.projection.weight.t()).norm(dim=1).mean() / (x @ w).norm(dim=1).mean()
    tower.projection.weight.copy_(w.t() * size)


def train_pictures(cache, cycles=(5000, 14000), free_steps=420, n_concepts=128, peak=1.5e-3,
                   save_every=90):
    """For the first steps there are no names, only concepts to be told apart: these need not
    wait for the text table."""
    steps = cycles[-1]
    torch.manual_seed(SEED)
    random = torch.Generator().manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    material = Material(cache)
    tower = model.StemTower(model.IMAGE)
    tower.register_parameter('scale', torch.nn.Parameter(torch.tensor(math.log(16.0))))
    tower.classes = torch.nn.Linear(model.IMAGE['hidden_size'], len(material.trained))
    average, adam = Average(tower), optimiser(tower, peak)
    path, step, cpu = os.path.join(cache, 'pictures-state.pt'), 0, 0.0
    if os.path.exists(path):
        kept = torch.load(path)
        tower.load_state_dict(kept['tower'])
        average.module.load_state_dict(kept['average'])
        adam.load_state_dict(kept['adam'])
        rng.bit_generator.state = kept['rng']
        random.set_state(kept['random'])
        average.steps = step = kept['step']
        cpu = kept['cpu']
    begin = saved = time.process_time()
    log('pictures: %d of %d concepts, resumed at step %d' % (
        len(material.pictures), len(material.trained), step))
    recent, looked = [], step
    while step < steps:
        if step >= free_steps and not hasattr(material, 'text'):
            while not os.path.exists(os.path.join(cache, 'text.npy')):
                time.sleep(5)
            material.name()
            if step == free_steps:
                settle(average.module, material)
                tower.projection.load_state_dict(average.module.projection.state_dict())
        for group in adam.param_groups:
            group['lr'] = rate_in_cycles(step, cycles, peak)
        chosen, which = material.draw(rng, n_concepts)
        rows = np.array(material.trained)[chosen]
        views = restyle(material.pictures[which], np.tile(material.mirror[rows], 2), random)
        tower.train()
        seen = tower.features(views)
        bank = material.bank(rng) if step >= free_steps else None
        loss = losses_of(tower.finish(seen), chosen, bank, tower.scale.clamp(
            max=math.log(60)).exp(), (64, 128)[step % 2])
        told = F.cross_entropy(tower.classes(seen), torch.from_numpy(chosen).repeat(2),
                               label_smoothing=0.1)
        loss = loss + (0.3 if step >= free_steps else 1.0) * told
        adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tower.parameters(), 2.0)
        adam.step()
        average.update(tower)
        step += 1
        recent.append(loss.item())
        if step % 50 == 0:
            log('pictures %d/%d, %.1f cpu min, loss %.3f, scale %.1f' % (
                step, steps, (cpu + time.process_time() - begin) / 60, np.mean(recent[-50:]),
                tower.scale.exp().item()))
        if time.process_time() - saved > save_every or step == steps:
            saved = time.process_time()
            torch.save({'tower': tower.state_dict(), 'average': average.module.state_dict(),
                        'adam': adam.state_dict(), 'rng': rng.bit_generator.state,
                        'random': random.get_state(), 'step': step,
                        'cpu': cpu + saved - begin}, path + '.part')
            os.replace(path + '.part', path)
        if step - looked >= 300 and hasattr(material, 'text'):
            looked = step
            log(glance(material, average.module, cache))
    log(glance(material, average.module, cache))
    return {'steps': step, 'cpu_minutes': round((cpu + time.process_time() - begin) / 60, 1)}


def trunk_of(cache):
    """(the averaged tower as trained so far, what was saved with it)"""
    kept = torch.load(os.path.join(cache, 'pictures-state.pt'))
    tower = model.StemTower(model.IMAGE)
    tower.load_state_dict({k: v for k, v in kept['average'].items()
                           if k != 'scale' and not k.startswith('classes')})
    return tower.eval(), kept


def finish_pictures(cache):
    """The averaged tower as it is: a fitted MLP behind it was tried with five
    strengths, and lost in strange styles and stamps what it won on Japanese names."""
    tower, kept = trunk_of(cache)
    torch.save({'tower': tower.state_dict(), 'shape': model.IMAGE},
               os.path.join(cache, 'pictures.pt'))
    return {'steps': kept['step'], 'cpu_minutes': round(kept['cpu'] / 60, 1)}


def load_pictures(cache):
    """The finished picture tower."""
    kept = torch.load(os.path.join(cache, 'pictures.pt'))
    tower = model.StemTower(kept['shape'])
    tower.load_state_dict(kept['tower'])
    tower.shape = kept['shape']
    return tower.eval()
