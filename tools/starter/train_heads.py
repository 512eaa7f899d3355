# SPDX-License-Identifier: GPL-3.0-or-later
"""The last part of the picture and the sound tower: a residual MLP and the projection, trained
by contrast on features that the finished tower below gives once. A step costs a hundredth of
what a step through the whole tower does."""

import math
import os
import time

import numpy as np
import torch
from torch.nn import functional as F

import model
from common import N_DIMS, SEED, log
from train_pictures import Material, features_of, glance, losses_of, rate_at, trunk_of
from train_sounds import collect_features, version_1
from train_text import load_text

WIDTH, NOISE, DROP = 768, 0.25, 0.1


def new_head(d):
    head = model.Module(fc1=torch.nn.Linear(d, WIDTH), fc2=torch.nn.Linear(WIDTH, d),
                        projection=torch.nn.Linear(d, N_DIMS, bias=False))
    torch.nn.init.zeros_(head.fc2.weight)
    head.register_parameter('scale', torch.nn.Parameter(torch.tensor(math.log(16.0))))
    return head


def run_head(head, x):
    return head.projection(x + head.fc2(F.gelu(head.fc1(x))))


def unscaled(head, mean, deviation):
    """The same head for features as they come: it was trained on (x - mean) / deviation. The
    residual needs features of one size, so that deviation is one number."""
    out = {'head.fc1.weight': head.fc1.weight / deviation,
           'head.fc1.bias': head.fc1.bias - head.fc1.weight @ mean / deviation,
           'head.fc2.weight': head.fc2.weight * deviation,
           'head.fc2.bias': head.fc2.bias * deviation - mean,
           'projection.weight': head.projection.weight / deviation}
    return {k: v.detach().clone() for k, v in out.items()}


def train_head(features, groups, weight, bank_of, steps, peak=2e-3, n=192, look=None):
    """groups[k]: rows of the features of the k-th target; bank_of(rng): a text vector of each
    target, drawn anew. Returns the tensors of a tower's head."""
    torch.manual_seed(SEED + 4)
    rng = np.random.default_rng(SEED + 4)
    mean = features.mean(0)
    deviation = float((features - mean).pow(2).mean().sqrt())
    x = (features - mean) / deviation
    head = new_head(x.shape[1])
    adam = torch.optim.AdamW(head.parameters(), lr=peak, weight_decay=0.02)
    begin, recent = time.process_time(), []
    for step in range(steps):
        for group in adam.param_groups:
            group['lr'] = rate_at(step, steps, peak)
        chosen = rng.choice(len(groups), min(n, len(groups)), replace=False, p=weight)
        first = [groups[k][rng.integers(len(groups[k]))] for k in chosen]
        second = [groups[k][rng.integers(len(groups[k]))] for k in chosen]
        shown = x[first + second]
        shown = F.dropout(shown + NOISE * torch.randn_like(shown), DROP)
        loss = losses_of(run_head(head, shown), chosen, bank_of(rng),
                         head.scale.clamp(max=math.log(60)).exp(), (64, 128)[step % 2])
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        recent.append(loss.item())
        if step % 100 == 99:
            log('head %d/%d, %.1f cpu min, loss %.3f' % (
                step + 1, steps, (time.process_time() - begin) / 60, np.mean(recent[-100:])))
            if look is not None and (step % 300 == 299 or step + 1 == steps):
                log(look(unscaled(head, mean, deviation)))
    return unscaled(head, mean, deviation)


def with_head(tower, shape, tensors):
    """The tower with its head in place."""
    whole = model.StemTower(dict(shape, head_size=WIDTH), folded=tower.folded)
    kept = {k: v for k, v in tower.state_dict().items() if k in whole.state_dict()}
    whole.load_state_dict(dict(kept, **tensors))
    return whole.eval()


def finish_pictures(cache, steps):
    """The head of the picture tower."""
    material = Material(cache)
    material.name()
    tower, kept = trunk_of(cache)
    begin = time.process_time()
    x = features_of(tower, material.pictures)
    place, groups = {r: k for k, r in enumerate(material.trained)}, [[] for _ in material.trained]
    for i, row in enumerate(material.owner):
        if row in place:
            groups[place[row]].append(i)
    tensors = train_head(x, groups, material.weight, material.bank, steps, look=lambda t: glance(
        material, with_head(tower, model.IMAGE, t), cache))
    torch.save({'tower': with_head(tower, model.IMAGE, tensors).state_dict(),
                'shape': dict(model.IMAGE, head_size=WIDTH)},
               os.path.join(cache, 'pictures.pt'))
    return {'trunk_steps': kept['step'], 'trunk_cpu_minutes': round(kept['cpu'] / 60, 1),
            'steps': steps, 'cpu_minutes': round((time.process_time() - begin) / 60, 1)}


def finish_sounds(cache, steps, n_clips):
    """The head of the sound tower."""
    begin = time.process_time()
    tower, shape = version_1(os.path.join(cache, 'version-1'))
    texts, owner, weight = collect_features(cache, tower, n_clips)
    found = torch.load(os.path.join(cache, 'sounds-features.pt'))
    x, of = torch.cat([f for f, _ in found]), np.concatenate([o for _, o in found])
    groups = [[] for _ in texts]
    for i, clip in enumerate(of):
        groups[owner[clip]].append(i)
    keep = [k for k, g in enumerate(groups) if g]
    vectors = torch.from_numpy(load_text(cache).embed([texts[k] for k in keep]))
    share = np.array([weight[k] for k in keep])
    tensors = train_head(x, [groups[k] for k in keep], share / share.sum(), lambda rng: vectors,
                         steps)
    torch.save({'tower': with_head(tower, shape, tensors).state_dict(),
                'shape': dict(shape, head_size=WIDTH)}, os.path.join(cache, 'sounds.pt'))
    return {'clips': int(len(owner)), 'steps': steps,
            'cpu_minutes': round((time.process_time() - begin) / 60, 1)}
