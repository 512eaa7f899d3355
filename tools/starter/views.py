# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of drawings for training: turned, scaled, recoloured, with parts left out, on many grounds; and
as they are shown later. What is random of a batch is drawn first, where the views are made."""

import math
from types import SimpleNamespace

import numpy as np
import torch
from torch.nn import functional as F

from common import IMAGE_SIDE


def view_chances(n, random):
    """All that is random of n views."""
    device = random.device

    def rand(*shape):
        return torch.rand(n, *shape, generator=random, device=device)

    def uniform(low, high):
        return low + (high - low) * rand()

    def hits(share):
        return rand() < share
    c = SimpleNamespace()
    c.turn = uniform(-0.25, 0.25) * hits(0.6)
    c.size, c.aspect = uniform(0.8, 1.3), uniform(0.85, 1.18)
    c.flip = hits(0.4)
    c.right, c.down = uniform(-.09, .09), uniform(-.09, .09)
    angle = uniform(-0.3, 0.3)
    c.angle = torch.where(hits(0.12), uniform(-3.1, 3.1), angle)
    c.grey, c.strength = hits(0.15), uniform(0.6, 1.4)
    c.gain, c.lift = uniform(0.75, 1.25), uniform(-.12, .12)
    c.ground, c.colour, c.coarse = rand(), rand(3, 1, 1), rand(3, 3, 3)
    c.line, c.soft = hits(0.07), hits(0.1)
    c.curve = torch.where(hits(0.3), uniform(-0.7, 0.7), torch.zeros(n, device=device)).exp()
    c.hole = torch.stack([uniform(-0.1, 0.9), uniform(-0.1, 0.9), uniform(0.1, 0.35), uniform(0.1, 0.35)]) \
        * hits(0.3)
    c.noise = torch.randn(n, 3, IMAGE_SIDE, IMAGE_SIDE, generator=random, device=device)
    return c


def backgrounds(c):
    """White, plain colours, ramps and soft noise."""
    out = torch.ones_like(c.noise)
    out = torch.where((c.ground > 0.5)[:, None, None, None], c.colour.expand_as(out), out)
    soft = F.interpolate(c.coarse, size=out.shape[2:], mode='bilinear', align_corners=True)
    return torch.where((c.ground > 0.8)[:, None, None, None], soft, out)


def recoloured(ink, alpha, c):
    """Colours turned about the grey axis, scaled, grey; lighter and darker, flatter and steeper."""
    strength = torch.where(c.grey, torch.zeros_like(c.strength), c.strength)
    third = torch.full((3, 3), 1 / 3.0, device=ink.device)
    cross = ink.new_tensor([[0., -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    turned = torch.cos(c.angle)[:, None, None] * (torch.eye(3, device=ink.device) - third) \
        + torch.sin(c.angle)[:, None, None] * cross
    matrix = third + strength[:, None, None] * turned
    ink = torch.bmm(matrix, ink.flatten(2)).view_as(ink)
    gain, lift = c.gain[:, None, None, None], c.lift[:, None, None, None]
    ink = torch.minimum((ink * gain + lift * alpha).clamp_(min=0.0), alpha)
    # The curve is of the colour itself, which premultiplied ink has times alpha.
    return alpha * (ink / alpha.clamp(min=1e-3)).clamp(1e-4, 1).pow(c.curve[:, None, None, None])


def without_parts(x, c):
    """A rectangle of some drawings is not there."""
    at = torch.linspace(0, 1, x.shape[2], device=x.device)
    left, top, wide, high = c.hole[:, :, None]
    rows, columns = ((at >= begin) & (at < begin + long)
                     for begin, long in ((top, high), (left, wide)))
    return x.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0.0)


def restyle(pictures, mirror, c):
    """Views of premultiplied RGBA pictures (n, side, side, 4 uint8) by drawn chances: turned,
    scaled, recoloured, grey, outlined, blurred, on many grounds. mirror: which may be."""
    n, side = len(pictures), IMAGE_SIDE
    x = pictures.permute(0, 3, 1, 2).float() / 255
    flip = 1.0 - 2.0 * (c.flip & mirror)
    cos, sin = torch.cos(c.turn) * c.size, torch.sin(c.turn) * c.size
    theta = torch.stack([torch.stack([cos * c.aspect * flip, -sin * flip, c.right], 1),
                         torch.stack([sin, cos / c.aspect, c.down], 1)], 1)
    grid = F.affine_grid(theta, (n, 4, side, side), align_corners=False)
    x = without_parts(F.grid_sample(x, grid, align_corners=False), c)
    alpha = x[:, 3:]
    ink = recoloured(x[:, :3], alpha, c)
    x = ink + backgrounds(c) * (1 - alpha)
    if c.line.any():
        flat = (ink[c.line] + 1 - alpha[c.line]).mean(1, keepdim=True)
        dx = F.pad(flat[..., :, 2:] - flat[..., :, :-2], (1, 1))
        dy = F.pad(flat[..., 2:, :] - flat[..., :-2, :], (0, 0, 1, 1))
        edges = 1 - 2.0 * torch.sqrt(dx * dx + dy * dy + 1e-6)
        x[c.line] = edges.clamp(0, 1).expand(-1, 3, -1, -1)
    if c.soft.any():
        x[c.soft] = F.avg_pool2d(x[c.soft], 3, 1, 1)
    x = x + 0.02 * c.noise
    return (x.clamp_(0, 1) - 0.5) / 0.5


def plain(pictures):
    """Cached pictures on white, as the exported preprocessing would show them."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255
    x = x[:, :3] + 1 - x[:, 3:]
    x = F.interpolate(x, size=(IMAGE_SIDE, IMAGE_SIDE), mode='bicubic', antialias=True,
                      align_corners=False)
    return (x.clamp(0, 1) - 0.5) / 0.5
