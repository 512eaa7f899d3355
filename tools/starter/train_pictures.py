# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture tower: it learns the places of the finished text table. Each step shows two
views of each of some concepts, in two drawing styles where there are two: both must find
the concept's name among the names of all concepts, and each other among all views."""

import math
import os
import re

import numpy as np
import torch
from torch.nn import functional as F

import model
from common import N_DIMS, SEED, load_json, log
from device import restore_generator, seeded
from pairs import usable
from training import SAVE_EVERY, Learner, Progress, rate_in_cycles, save_tensors
from train_text import load_text
from views import plain, restyle, view_chances
from watch import Watch, best_of, contrast_of, figures_of, watched

STATE, GLANCE_EVERY = 'pictures-state.pt', 300
MIRROR = re.compile(r'left|right|arrow|letter|button|flag|clock|thirty|sign|symbol|keycap')


@torch.no_grad()
def in_parts(tower, run, pictures):
    """What the tower, not learning, makes of cached pictures, on its device."""
    tower.eval()
    device = tower.projection.weight.device
    return torch.cat([run(plain(pictures[i:i + 256]).to(device))
                      for i in range(0, len(pictures), 256)])


def embed(tower, pictures):
    return in_parts(tower, tower, pictures).cpu()


# ---- what belongs to what --------------------------------------------------------

class Material:
    """Pictures by concept, and the places of all names by the finished text table."""

    def __init__(self, cache, watching=False):
        self.concepts = load_json(os.path.join(cache, 'concepts.json'))
        self.pictures = np.load(os.path.join(cache, 'pictures.npy'))
        saved = load_json(os.path.join(cache, 'pictures.json'))
        self.owner, self.style = np.array(saved['owner']), np.array(saved['style'])
        by_concept = [[] for _ in self.concepts]
        for i, row in enumerate(self.owner):
            by_concept[row].append(i)
        self.by_concept = by_concept
        self.trained = [r for r, c in enumerate(self.concepts)
                        if by_concept[r] and c['held'] != 'concept']
        self.watched = [r for r in self.trained if watched(self.key_of(r))] if watching else []
        self.trained = [r for r in self.trained if r not in set(self.watched)]
        self.mirror = np.array([not MIRROR.search(c['names']['en'][0].lower())
                                for c in self.concepts])
        weight = {'emoji': 1.0, 'stamp': 1.0, 'clipart': 0.5, 'icon': 0.4}
        w = np.array([weight[self.concepts[r]['source']]
                      * (0.4 if 'flag' in self.concepts[r]['names']['en'] else 1.0)
                      for r in self.trained])
        self.weight = w / w.sum()
        self.text = load_text(cache)
        self._name()

    def key_of(self, row):
        return self.concepts[row].get('cp') or self.concepts[row]['path']

    def _name(self):
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
        """The row of one name of every trained concept, drawn anew: its first name, which is
        English, nearly half the time."""
        at = self.begin + (rng.random(len(self.n)) * self.n).astype(int)
        at = np.where(rng.random(len(at)) < 0.4, self.begin, at)
        return torch.from_numpy(at)

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
        if not rows:                     # the variant core has no stamps
            continue
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
    twin = torch.arange(2 * n, device=a.device).roll(n)
    return F.cross_entropy(views, twin)


def contrast_names(a, b, alike, target, scale):
    """Views against the names of all concepts, and the names shown against all views."""
    n = len(target)
    logits = (a @ b.t() * scale).masked_fill(alike.repeat(2, 1), -1e4)
    named = F.cross_entropy(logits, target.repeat(2), label_smoothing=0.05)
    back = (b[target] @ a.t() * scale).masked_fill(alike[:, target].repeat(1, 2), -1e4)
    log_p = back - torch.logsumexp(back, 1, keepdim=True)
    i = torch.arange(n, device=a.device)
    return named - 0.25 * (log_p[i, i] + log_p[i, n + i]).mean()


def losses_of(v, target, bank, scale, size):
    """The contrasts at full width and at one of the shorter ones (Matryoshka)."""
    if bank is not None:
        alike = bank[target] @ bank.t() > 0.9
        alike[torch.arange(len(target), device=v.device), target] = False
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
    place = {r: k for k, r in enumerate(material.trained)}
    rows = [i for i, r in enumerate(material.owner) if r in place]
    x = in_parts(tower, tower.features, material.pictures[rows])
    means = torch.from_numpy(np.stack([material.vectors[b:b + n].mean(0) for b, n in
                                       zip(material.begin, material.n)]))
    y = F.normalize(means, dim=1)[[place[material.owner[i]] for i in rows]].to(x.device)
    a = x.t() @ x / len(x)
    w = torch.linalg.solve(a + strength * a.diagonal().mean() * torch.eye(len(a), device=x.device),
                           x.t() @ y / len(x))
    size = (x @ tower.projection.weight.t()).norm(dim=1).mean() / (x @ w).norm(dim=1).mean()
    tower.projection.weight.copy_(w.t() * size)


class Views:
    """The batches. The pictures lie on the device, where their views are made."""

    def __init__(self, material, free_steps, n_concepts, device):
        self.material, self.free_steps, self.n = material, free_steps, n_concepts
        self.random, self.rng = seeded(device), np.random.default_rng(SEED)
        self.pictures = torch.from_numpy(material.pictures).to(device)
        self.mirror = torch.from_numpy(material.mirror[material.owner]).to(device)

    def batch(self, step):
        chosen, which = self.material.draw(self.rng, self.n)
        which = torch.from_numpy(which).to(self.pictures.device)
        out = {'views': restyle(self.pictures[which], self.mirror[which],
                                view_chances(len(which), self.random)),
               'target': torch.from_numpy(chosen).to(which.device)}
        if step >= self.free_steps:
            out['names'] = self.material.bank(self.rng).to(which.device)
        return out

    def states(self):
        return {'rng': self.rng.bit_generator.state, 'random': self.random.get_state()}

    def restore(self, kept):
        self.rng.bit_generator.state = kept['rng']
        restore_generator(self.random, kept['random'], kept['step'])


def new_tower(n_concepts):
    tower = model.StemTower(model.IMAGE)
    tower.register_parameter('scale', torch.nn.Parameter(torch.tensor(math.log(16.0))))
    tower.classes = torch.nn.Linear(model.IMAGE['hidden_size'], n_concepts)
    return tower


def loss_of(tower, batch, vectors, step):
    """Of one batch. Without names there are only concepts to be told apart."""
    tower.train()
    target, seen = batch['target'], tower.features(batch['views'])
    bank = vectors[batch['names']] if 'names' in batch else None
    scale = tower.scale.clamp(max=math.log(60)).exp()
    loss = losses_of(tower.finish(seen), target, bank, scale, (64, 128)[step % 2])
    told = F.cross_entropy(tower.classes(seen), target.repeat(2), label_smoothing=0.1)
    return loss + (1.0 if bank is None else 0.3) * told


def look(material, tower):
    """(loss, recall at 10) of the concepts that were kept back for early stopping."""
    names = material.text.embed([material.concepts[r]['names']['en'][0] for r in material.watched])
    pictures = material.pictures[[material.by_concept[r][0] for r in material.watched]]
    return contrast_of(torch.from_numpy(names), embed(tower, pictures))


def train_pictures(cache, cycles=(1500, 4000), device=torch.device('cpu'), watch=None,
                   free_steps=420, n_concepts=128, peak=1.5e-3, save_every=SAVE_EVERY):
    """The first steps know no names: only concepts to be told apart."""
    torch.manual_seed(SEED)
    watch = watch or Watch()
    material = Material(cache, bool(watch))
    views = Views(material, free_steps, n_concepts, device)
    learner = Learner(new_tower(len(material.trained)).to(device), peak)
    tower, average = learner.tower, learner.average.module
    progress = Progress(os.path.join(cache, STATE), device, save_every)
    kept = progress.load()
    if kept:
        watch.restore(kept.get('watch'), progress.path)
        learner.restore(kept)
        views.restore(kept)
    vectors = torch.from_numpy(material.vectors).to(device)
    log('pictures: %d of %d concepts on %s, resumed at step %d' % (
        len(material.pictures), len(material.trained), device, progress.step))
    recent, steps = [], cycles[-1]

    def state():
        return dict(learner.state(), watch=watch.state(), batch=n_concepts, **views.states())
    while progress.step < steps and not watch.over():
        if progress.step == free_steps:
            settle(average, material)
            tower.projection.load_state_dict(average.projection.state_dict())
        loss = loss_of(tower, views.batch(progress.step), vectors, progress.step)
        learner.learn(loss, rate_in_cycles(progress.step, cycles, peak))
        progress.step += 1
        recent.append(loss.detach())
        if progress.step % 50 == 0:
            log('pictures %d/%d, %.1f cpu min, loss %.3f, scale %.1f' % (
                progress.step, steps, progress.minutes(), torch.stack(recent).mean().item(),
                tower.scale.exp().item()))
            recent = []
        if watch.due(progress.step):
            watch.look('pictures', progress.step, *look(material, average), average.state_dict())
        progress.save_when_due(state, progress.step == steps or watch.over())
        if progress.step % GLANCE_EVERY == 0:
            log(glance(material, average, cache))
    log(glance(material, average, cache))


def finish_pictures(cache):
    """The averaged tower as it is: a fitted MLP behind it was tried with five
    strengths, and lost in strange styles and stamps what it won on Japanese names."""
    kept = Progress(os.path.join(cache, STATE)).load()
    tower = model.StemTower(model.IMAGE)
    tower.load_state_dict({k: v for k, v in best_of(kept).items()
                           if k != 'scale' and not k.startswith('classes')})
    save_tensors(os.path.join(cache, 'pictures.pt'),
                 {'tower': tower.state_dict(), 'shape': model.IMAGE})
    return figures_of(kept)


def load_pictures(cache):
    """The finished picture tower."""
    kept = torch.load(os.path.join(cache, 'pictures.pt'))
    tower = model.StemTower(kept['shape'])
    tower.load_state_dict(kept['tower'])
    tower.shape = kept['shape']
    return tower.eval()
