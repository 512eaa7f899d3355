# SPDX-License-Identifier: GPL-3.0-or-later
"""The last part of the sound tower: a residual MLP and the projection, fitted in one step to
features that the tower below gives once. The MLP's first layer is drawn at random and kept,
the rest is the ridge regression of the names' places on the features and the hidden units (an
extreme learning machine, Huang et al. 2006): of all ways to join a frozen tower to the text
table it costs least, some seconds."""

import math
import os
import time

import numpy as np
import torch
from torch.nn import functional as F

import model
from common import SEED
from train_sounds import collect_features, version_1
from train_text import load_text

UNITS, GAIN, SPREAD, LINEAR = 1152, 1.5, 0.5, 10.0


@torch.no_grad()
def fit_head(features, places, weight, strength):
    """The tensors of a tower's head: features (n, d) to places (n, N_DIMS), rows weighted.

    The tower computes P (x + B gelu(A x + a) + b). P is the first d principal axes of the
    places; besides the random units A has one a feature that GELU leaves linear, for its
    bias is large, so that B can also undo the x that is passed by."""
    random = torch.Generator().manual_seed(SEED + 4)
    d = features.shape[1]
    mean = features.mean(0)
    deviation = float((features - mean).pow(2).mean().sqrt())
    x = (features - mean) / deviation
    rows = torch.randn(UNITS, d, generator=random) * GAIN / math.sqrt(d)
    bias = torch.randn(UNITS, generator=random) * SPREAD
    z = torch.cat([x, F.gelu(x @ rows.t() + bias), torch.ones(len(x), 1)], 1)
    zw = z * weight[:, None]
    _, axes = torch.linalg.eigh(places.t() @ (places * weight[:, None]))
    axes = axes.flip(1)[:, :d]
    gram = (zw.t() @ z).double()
    shrink = torch.full((len(gram),), strength * float(weight.mean())).double()
    shrink[-1] = 1e-6
    w = torch.linalg.solve(gram + torch.diag(shrink), (zw.t() @ (places @ axes)).double()).float()
    linear, hidden, constant = w[:d].t(), w[d:-1].t(), w[-1]
    a = torch.cat([rows, torch.eye(d)]) / deviation
    b = torch.cat([hidden, linear - torch.eye(d)], 1)
    # With x = (f - mean) / deviation: f / deviation passes by, the rest is in B and b.
    return {'head.fc1.weight': a,
            'head.fc1.bias': torch.cat([bias, torch.full((d,), LINEAR)]) - a @ mean,
            'head.fc2.weight': b * deviation,
            'head.fc2.bias': (constant - LINEAR * b[:, UNITS:].sum(1)) * deviation - mean,
            'projection.weight': axes / deviation}


def with_head(tower, shape, tensors):
    """The tower with its head in place."""
    width = len(tensors['head.fc1.bias'])
    whole = model.StemTower(dict(shape, head_size=width), folded=tower.folded)
    kept = {k: v for k, v in tower.state_dict().items() if k in whole.state_dict()}
    whole.load_state_dict(dict(kept, **tensors))
    return whole.eval()


def finish_sounds(cache, n_clips, strength=10.0):
    """The head of the sound tower."""
    begin = time.process_time()
    tower, shape = version_1(os.path.join(cache, 'version-1'))
    texts, owner, found = collect_features(cache, tower, n_clips)
    x, of = torch.cat([f for f, _ in found]), np.concatenate([o for _, o in found])
    y = torch.from_numpy(load_text(cache).embed(texts))[[owner[k] for k in of]]
    whole = with_head(tower, shape, fit_head(x, y, torch.ones(len(x)), strength))
    torch.save({'tower': whole.state_dict(),
                'shape': dict(shape, head_size=len(whole.head.fc1.bias))},
               os.path.join(cache, 'sounds.pt'))
    return {'clips': len(owner), 'cpu_minutes': round((time.process_time() - begin) / 60, 1)}
