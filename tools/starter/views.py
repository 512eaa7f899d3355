# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of drawings for training: turned, scaled, recoloured, on many grounds; and as
they are shown later."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from common import IMAGE_SIDE


def backgrounds(n, side, random):
    """White, plain colours, ramps and soft noise."""
    kind = torch.rand(n, generator=random)
    out = torch.ones(n, 3, side, side)
    colour = torch.rand(n, 3, 1, 1, generator=random)
    out = torch.where((kind > 0.5)[:, None, None, None], colour.expand_as(out), out)
    coarse = torch.rand(n, 3, 3, 3, generator=random)
    soft = F.interpolate(coarse, size=(side, side), mode='bilinear', align_corners=True)
    return torch.where((kind > 0.8)[:, None, None, None], soft, out)


def restyle(pictures, mirror, random):
    """Random views of premultiplied RGBA pictures (n, side, side, 4 uint8): turned, scaled,
    recoloured, grey, outlined, blurred, on many grounds."""
    n, side = len(pictures), IMAGE_SIDE
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255

    def uniform(low, high):
        return low + (high - low) * torch.rand(n, generator=random)

    turn = uniform(-0.22, 0.22) * (torch.rand(n, generator=random) < 0.6)
    size, aspect = uniform(0.85, 1.25), uniform(0.88, 1.14)
    flip = torch.where((torch.rand(n, generator=random) < 0.4) & torch.from_numpy(mirror), -1., 1.)
    cos, sin = torch.cos(turn) * size, torch.sin(turn) * size
    theta = torch.stack([torch.stack([cos * aspect * flip, -sin * flip, uniform(-.09, .09)], 1),
                         torch.stack([sin, cos / aspect, uniform(-.09, .09)], 1)], 1)
    grid = F.affine_grid(theta, (n, 4, side, side), align_corners=False)
    x = F.grid_sample(x, grid, align_corners=False)
    ink, alpha = x[:, :3], x[:, 3:]

    # Colours: turned about the grey axis, scaled, grey.
    angle = uniform(-0.3, 0.3)
    angle = torch.where(torch.rand(n, generator=random) < 0.12, uniform(-3.1, 3.1), angle)
    grey = torch.rand(n, generator=random) < 0.15
    strength = torch.where(grey, torch.zeros(n), uniform(0.6, 1.4))
    third = torch.full((3, 3), 1 / 3.0)
    cross = torch.tensor([[0., -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    turned = torch.cos(angle)[:, None, None] * (torch.eye(3) - third) \
        + torch.sin(angle)[:, None, None] * cross
    matrix = third + strength[:, None, None] * turned
    ink = torch.bmm(matrix, ink.flatten(2)).view_as(ink)
    gain, lift = uniform(0.75, 1.25)[:, None, None, None], uniform(-.12, .12)[:, None, None, None]
    ink = torch.minimum((ink * gain + lift * alpha).clamp_(min=0.0), alpha)
    x = ink + backgrounds(n, side, random) * (1 - alpha)

    line = torch.rand(n, generator=random) < 0.07
    if line.any():
        flat = (ink[line] + 1 - alpha[line]).mean(1, keepdim=True)
        dx = F.pad(flat[..., :, 2:] - flat[..., :, :-2], (1, 1))
        dy = F.pad(flat[..., 2:, :] - flat[..., :-2, :], (0, 0, 1, 1))
        x[line] = (1 - 2.0 * torch.sqrt(dx * dx + dy * dy + 1e-6)).clamp(0, 1).expand(-1, 3, -1, -1)
    soft = torch.rand(n, generator=random) < 0.1
    if soft.any():
        x[soft] = F.avg_pool2d(x[soft], 3, 1, 1)
    x = x + 0.02 * torch.randn(x.shape, generator=random)
    return (x.clamp_(0, 1) - 0.5) / 0.5


def plain(pictures):
    """Cached pictures on white, as the exported preprocessing would show them."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255
    x = x[:, :3] + 1 - x[:, 3:]
    x = F.interpolate(x, size=(IMAGE_SIDE, IMAGE_SIDE), mode='bicubic', antialias=True,
                      align_corners=False)
    return (x.clamp(0, 1) - 0.5) / 0.5
