# SPDX-License-Identifier: GPL-3.0-or-later
"""Train: text and pictures together by contrast (InfoNCE with true negatives only), then
speech against the two finished towers. Stops by wall clock, keeps an averaged copy."""

import copy
import math
import os
import time

import numpy as np
import torch
from torch.nn import functional as F

import model
from captions import Corpus, Sampler
from common import IMAGE_SIDE, N_MELS, SEED, WINDOW_FRAMES, log
from export import pad


class Average:
    """An exponential average of a module, batch-norm figures included."""

    def __init__(self, module, decay=0.997):
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


def contrast(a, b, scale, excused=None):
    """Symmetric InfoNCE of paired rows; excused[i, j]: b[j] is also true of a[i]."""
    logits = a @ b.t() * scale
    if excused is not None:
        excused = torch.from_numpy(excused)
        excused.fill_diagonal_(False)
        logits = logits.masked_fill(excused, -1e4)
    target = torch.arange(len(a))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.t(), target)) / 2


class Clock:
    """The schedule: by elapsed share of the minutes, or of the steps when given."""

    def __init__(self, minutes, steps, peak):
        self.budget, self.steps, self.peak = minutes * 60.0, steps, peak
        self.begin, self.before, self.step = time.time(), 0.0, 0
        self.cpu_begin, self.cpu_before = time.process_time(), 0.0

    def cpu(self):
        """Processor seconds of all threads: what remains true on a busy machine."""
        return self.cpu_before + time.process_time() - self.cpu_begin

    def elapsed(self):
        return self.before + time.time() - self.begin

    def summary(self):
        return {'steps': self.step, 'minutes': round(self.elapsed() / 60, 1),
                'cpu_minutes': round(self.cpu() / 60, 1)}

    def share(self):
        return self.step / self.steps if self.steps else self.elapsed() / self.budget

    def rate(self):
        warm = min(1.0, (self.step + 1) / 150)
        return self.peak * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi *
                                                                     min(1.0, self.share()))))


def optimiser(modules):
    heavy = [p for m in modules for p in m.parameters() if p.dim() > 1]
    light = [p for m in modules for p in m.parameters() if p.dim() <= 1]
    return torch.optim.AdamW([{'params': heavy, 'weight_decay': 0.03},
                              {'params': light, 'weight_decay': 0.0}], lr=1e-3,
                             betas=(0.9, 0.98))


# ---- pictures --------------------------------------------------------------------

def backgrounds(n, side, random):
    """White, plain colours, ramps and soft noise."""
    kind = torch.rand(n, generator=random)
    out = torch.ones(n, 3, side, side)
    colour = torch.rand(n, 3, 1, 1, generator=random)
    out = torch.where((kind > 0.45)[:, None, None, None], colour.expand_as(out), out)
    coarse = torch.rand(n, 3, 3, 3, generator=random)
    soft = F.interpolate(coarse, size=(side, side), mode='bilinear', align_corners=True)
    out = torch.where((kind > 0.72)[:, None, None, None], soft, out)
    fine = F.interpolate(torch.rand(n, 3, 12, 12, generator=random), size=(side, side))
    return torch.where((kind > 0.92)[:, None, None, None], 0.5 * soft + 0.5 * fine, out)


def restyle(pictures, mirror, random):
    """Random views of premultiplied RGBA pictures (n, side, side, 4 uint8)."""
    n, side = len(pictures), IMAGE_SIDE
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255

    def uniform(low, high):
        return low + (high - low) * torch.rand(n, generator=random)

    turn = uniform(-0.25, 0.25) * (torch.rand(n, generator=random) < 0.7)
    turn = torch.where(torch.rand(n, generator=random) < 0.08, turn * 4, turn)
    size, aspect = uniform(0.85, 1.35), uniform(0.85, 1.18)
    size = torch.where(torch.rand(n, generator=random) < 0.15, torch.ones(n), size)
    flip = torch.where((torch.rand(n, generator=random) < 0.5) & torch.from_numpy(mirror), -1., 1.)
    cos, sin = torch.cos(turn) * size, torch.sin(turn) * size
    theta = torch.stack([torch.stack([cos * aspect * flip, -sin * flip, uniform(-.12, .12)], 1),
                         torch.stack([sin, cos / aspect, uniform(-.12, .12)], 1)], 1)
    grid = F.affine_grid(theta, (n, 4, side, side), align_corners=False)
    x = F.grid_sample(x, grid, align_corners=False)
    ink, alpha = x[:, :3], x[:, 3:]

    # Colours: turned about the grey axis, scaled, grey, inverted.
    angle = uniform(-0.4, 0.4)
    angle = torch.where(torch.rand(n, generator=random) < 0.15, uniform(-3.1, 3.1), angle)
    grey = torch.rand(n, generator=random) < 0.2
    strength = torch.where(grey, torch.zeros(n), uniform(0.6, 1.4))
    third = torch.full((3, 3), 1 / 3.0)
    cross = torch.tensor([[0., -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    turned = torch.cos(angle)[:, None, None] * (torch.eye(3) - third) \
        + torch.sin(angle)[:, None, None] * cross
    matrix = third + strength[:, None, None] * turned
    ink = torch.einsum('nij,njhw->nihw', matrix, ink)
    gain, lift = uniform(0.7, 1.3)[:, None, None, None], uniform(-.15, .15)[:, None, None, None]
    ink = (ink * gain + lift * alpha).clamp(min=0.0)
    ink = torch.minimum(ink, alpha)

    ground = backgrounds(n, side, random)
    x = ink + ground * (1 - alpha)

    # Outlines only, on a light ground.
    line = torch.rand(n, generator=random) < 0.10
    if line.any():
        flat = (ink[line] + 1 - alpha[line]).mean(1, keepdim=True)
        dx = F.pad(flat[..., :, 2:] - flat[..., :, :-2], (1, 1))
        dy = F.pad(flat[..., 2:, :] - flat[..., :-2, :], (0, 0, 1, 1))
        x[line] = (1 - 2.0 * torch.sqrt(dx * dx + dy * dy + 1e-6)).clamp(0, 1).expand(-1, 3, -1, -1)
    soft = torch.rand(n, generator=random) < 0.1
    if soft.any():
        x[soft] = F.avg_pool2d(x[soft], 3, 1, 1)
    negative = torch.rand(n, generator=random) < 0.03
    x[negative] = 1 - x[negative]
    x = x + 0.03 * torch.randn(n, 1, 1, 1, generator=random).abs() * torch.randn(
        x.shape, generator=random)
    return (x.clamp(0, 1) - 0.5) / 0.5


def plain(pictures):
    """Cached pictures on white, as the exported preprocessing would show them."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255
    x = x[:, :3] + 1 - x[:, 3:]
    x = F.interpolate(x, size=(IMAGE_SIDE, IMAGE_SIDE), mode='bicubic', antialias=True,
                      align_corners=False)
    return (x.clamp(0, 1) - 0.5) / 0.5


@torch.no_grad()
def glance(corpus, text, image, pictures, tokenizer):
    """Recall at a few points of training, from the cached pictures."""
    def texts(items):
        return text(*pad([tokenizer.encode(t) for t in items]))
    out = []
    for held, language in (('concept', 'en'), ('picture', 'en'), ('picture', 'ja')):
        rows = [i for i, c in enumerate(corpus.concepts) if c['held'] == held]
        scores = texts([corpus.concepts[i][language][0] for i in rows]) \
            @ image(plain(pictures[rows])).t()
        rank = (scores > scores.diag()[:, None]).sum(1)
        out.append('%s/%s %d: %.2f %.2f' % (held, language, len(rows), (rank < 1).float().mean(),
                                            (rank < 10).float().mean()))
    return '; '.join(out)


def train_pictures(cache, minutes, steps=0, batch=256, n_pairs=128):
    torch.manual_seed(SEED)
    random = torch.Generator().manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    corpus = Corpus(cache)
    tokenizer = corpus.tokenizer()
    pictures = np.load(os.path.join(cache, 'pictures.npy'))
    sampler = Sampler(corpus, rng)
    towers = torch.nn.ModuleDict({'text': model.TextTower(), 'image': model.StemTower(model.IMAGE)})
    towers.register_parameter('scale', torch.nn.Parameter(torch.tensor(math.log(14.0))))
    average, adam, clock = Average(towers), optimiser([towers]), Clock(minutes, steps, 1.6e-3)
    path = os.path.join(cache, 'pictures.pt')
    if os.path.exists(path):
        saved = torch.load(path)
        towers.load_state_dict(saved['towers'])
        average.module.load_state_dict(saved['average'])
        average.steps = saved['steps']
        adam.load_state_dict(saved['adam'])
        clock.before, clock.cpu_before = saved['elapsed'], saved.get('cpu', 0.0)
        clock.step = saved['steps']
        sampler.rng = np.random.default_rng(SEED + clock.step)
        random.manual_seed(SEED + clock.step)
    log('pictures: %d trained, %d texts' % (len(corpus.pictured), len(sampler.ids)))

    def save():
        torch.save({'towers': towers.state_dict(), 'average': average.module.state_dict(),
                    'adam': adam.state_dict(), 'elapsed': clock.elapsed(), 'cpu': clock.cpu(),
                    'steps': clock.step},
                   path + '.part')
        os.replace(path + '.part', path)

    next_save, losses = clock.elapsed() + 240, []
    while clock.share() < 1.0:
        towers.train()
        for group in adam.param_groups:
            group['lr'] = clock.rate()
        rows = sampler.concepts(batch)
        first, second = sampler.captions(rows)
        pairs = sampler.text_pairs(n_pairs)
        views = restyle(pictures[rows], sampler.may_mirror[rows], random)
        short = [tokenizer.encode(t)[:14] for t, _ in first + second]
        loose = [tokenizer.encode(t)[:26] for pair in pairs for t in pair]
        with torch.autocast('cpu', torch.bfloat16):
            v = towers['image'](views)
            t = towers['text'](*pad(short), drop=0.1)
            p = towers['text'](*pad(loose), drop=0.1)
        a, b = t[:batch], t[batch:]
        true_a, true_b = sampler.is_true(rows, first), sampler.is_true(rows, second)
        scale = towers.scale.clamp(max=math.log(60.0)).exp()
        loss = (contrast(v, a, scale, true_a) + contrast(v, b, scale, true_b)
                + 0.4 * contrast(a, b, scale, true_b | true_a.T)
                + 0.4 * contrast(p[0::2], p[1::2], scale))
        adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(towers.parameters(), 2.0)
        adam.step()
        average.update(towers)
        clock.step += 1
        losses.append(loss.item())
        if clock.step % 50 == 0:
            log('step %d, %.1f min, loss %.3f, scale %.1f' % (
                clock.step, clock.elapsed() / 60, np.mean(losses[-50:]), scale.item()))
        if clock.elapsed() > next_save or clock.share() >= 1.0:
            save()
            next_save = clock.elapsed() + 240
            log(glance(corpus, average.module['text'], average.module['image'], pictures,
                       tokenizer))
    save()
    return clock.summary()


def load_pictures(cache):
    """The averaged text and picture towers."""
    saved = torch.load(os.path.join(cache, 'pictures.pt'))
    towers = torch.nn.ModuleDict({'text': model.TextTower(), 'image': model.StemTower(model.IMAGE)})
    towers.register_parameter('scale', torch.nn.Parameter(torch.tensor(0.0)))
    towers.load_state_dict(saved['average'])
    return towers.eval()
