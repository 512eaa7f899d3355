# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of sounds for training, made from log-mels: faster and slower, another vocal tract,
another room, recorder and line, noise beneath, silence around, parts left out."""

import math

import numpy as np
import torch

from common import N_MELS, WINDOW_FRAMES, WINDOW_HOP

FLOOR = -10.0              # log10 power of digital silence
MOST_FRAMES = 320
LN10 = math.log(10.0)


class Dice:
    """Random numbers of a batch, one a clip unless more are asked for."""

    def __init__(self, n, random):
        self.n, self.random = n, random

    def uniform(self, low, high, *more):
        return low + (high - low) * torch.rand(self.n, *more, generator=self.random)

    def normal(self, size, *more):
        return size * torch.randn(self.n, *more, generator=self.random)

    def hits(self, share):
        return torch.rand(self.n, generator=self.random) < share


def stack(mels):
    """(clips one below another, padded by their last frames; their lengths)"""
    lengths = np.array([len(m) for m in mels])
    out = np.zeros((len(mels), lengths.max() + 1, N_MELS), np.float32)
    for row, m in zip(out, mels):
        row[:len(m)] = m
        row[len(m):] = m[-1]
    return torch.from_numpy(out), torch.from_numpy(lengths)


def between(x, at, axis):
    """Rows of x at broken places along an axis, by linear interpolation."""
    at = at.clamp(0, x.shape[axis] - 1.001)
    low = at.floor()
    part, low = at - low, low.long()
    if axis == 1:
        part, low = part[:, :, None], low[:, :, None].expand(-1, -1, x.shape[2])
    else:
        part, low = part[:, None], low[:, None].expand(-1, x.shape[1], -1)
    a = x.gather(axis, low)
    return a + (x.gather(axis, low + 1) - a) * part


def curve(dice, size):
    """A smooth curve over the mel bands: a slope and some slow waves."""
    m = torch.linspace(-1, 1, N_MELS)
    out = dice.normal(size, 1) * m
    for k in range(1, 5):
        out = out + dice.normal(size * 0.6, 1) * torch.cos(
            k * math.pi * (m + 1) / 2 + dice.uniform(0, 6.3, 1))
    return out


def placed(x, lengths, dice, roam):
    """Speed, vocal tract, and silence before and after; where a clip is longer than is kept,
    a noise begins anywhere. Returns also the lengths and which frames sound."""
    speed, tract = dice.uniform(0.86, 1.16), dice.uniform(0.88, 1.14)
    n = (lengths / speed).round().clamp(min=4)
    before = (dice.uniform(0, 24) * dice.hits(0.6)).floor()
    after = (dice.uniform(0, 45) * dice.hits(0.5)).floor()
    spare = (n - WINDOW_FRAMES).clamp(min=0)
    begin = torch.where(roam, dice.uniform(0, 1) * spare, torch.zeros(dice.n)).floor()
    n = torch.where(roam, n - spare, n)
    before, after = (torch.where(roam & (n > 100), torch.zeros(dice.n), v)
                     for v in (before, after))
    total = (before + n + after).clamp(max=MOST_FRAMES).long()
    t = torch.arange(int(total.max()))[None].float()
    at = (t - before[:, None] + begin[:, None]) * speed[:, None]
    sounds = (t >= before[:, None]) & (t < (before + n)[:, None])
    x = between(x, at, 1)
    x = between(x, torch.arange(N_MELS)[None] * tract[:, None], 2)
    return torch.where(sounds[:, :, None], x, torch.tensor(FLOOR)), total


def recorded(x, dice):
    """Gain, the room's noise, the recorder's and the line's curve and band."""
    n, frames, bands = x.shape
    loud = x.amax((1, 2))
    level = loud - dice.uniform(1.5, 7.5)
    t = torch.arange(frames)[None] / 100.0
    swell = 0.4 * dice.hits(0.4)[:, None] * torch.sin(
        6.3 * dice.uniform(0.2, 4, 1) * t + dice.uniform(0, 6.3, 1))
    noise = (level[:, None] + curve(dice, 0.6))[:, None] + swell[:, :, None] \
        + 0.22 * torch.randn(x.shape, generator=dice.random)
    noise = torch.where(dice.hits(0.85)[:, None, None], noise, torch.tensor(FLOOR))
    x = torch.logaddexp(x * LN10, noise * LN10) / LN10
    x = x + (curve(dice, 0.25) + dice.uniform(-2.0, 0.5, 1))[:, None]
    band = torch.arange(bands)[None].float()
    high = torch.where(dice.hits(0.35), dice.uniform(44, 62), torch.full((n,), 99.0))
    low = torch.where(dice.hits(0.2), dice.uniform(2, 9), torch.zeros(n))
    cut = 4.0 * (band >= high[:, None]) + dice.uniform(0.5, 2, 1) * (band < low[:, None])
    bottom = torch.where(dice.hits(0.5), dice.uniform(FLOOR, -6.0), torch.full((n,), FLOOR))
    x = torch.where((band >= high[:, None])[:, None], torch.minimum(
        x - cut[:, None], bottom[:, None, None] + 0.1 * noise.sub(level[:, None, None])),
        x - cut[:, None])
    return x.clamp(min=FLOOR)


def with_gaps(x, total, dice):
    """Some bands and some frames of normalised clips left out."""
    band = torch.arange(N_MELS)[None].float()
    t = torch.arange(x.shape[1])[None].float()
    for share in (0.4, 0.25):
        at, width = dice.uniform(0, N_MELS, 1), dice.uniform(1, 9, 1) * dice.hits(share)[:, None]
        x = x.masked_fill(((band >= at) & (band < at + width))[:, None], 0.0)
        at, width = dice.uniform(0, 1, 1) * total[:, None], dice.uniform(2, 14, 1) \
            * dice.hits(share)[:, None]
        x = x.masked_fill(((t >= at) & (t < at + width))[:, :, None], 0.0)
    return x


def windows_of(x, total):
    """Windows of normalised clips as the exported preprocessing cuts them, the clip of each."""
    n = 1 + ((total - WINDOW_FRAMES).clamp(min=0) + WINDOW_HOP - 1) // WINDOW_HOP
    most = int(n.max())
    frames = WINDOW_FRAMES + (most - 1) * WINDOW_HOP
    whole = torch.zeros(len(x), frames, N_MELS)
    whole[:, :min(frames, x.shape[1])] = x[:, :frames]
    cut = whole.unfold(1, WINDOW_FRAMES, WINDOW_HOP)
    there = torch.arange(most)[None] < n[:, None]
    return cut[there][:, None].contiguous(), there.nonzero()[:, 0]


def stilled(x, total, dice, roam):
    """Some noises are short and digital silence follows, as in collections of noises whose
    clips are of one length."""
    short = roam & dice.hits(0.3)
    end = torch.where(short, torch.minimum(dice.uniform(25, 130).long(), total), total)
    total = torch.where(short, (end + dice.uniform(40, 190).long()).clamp(max=MOST_FRAMES), total)
    x = torch.nn.functional.pad(x, (0, 0, 0, max(0, int(total.max()) - x.shape[1])), value=FLOOR)
    after = torch.arange(x.shape[1])[None] >= end[:, None]
    return x.masked_fill(after[:, :, None], FLOOR), total


def hearings(mels, roam, random, silence):
    """Random views of log-mel clips: (windows, the clip of each). silence: whether it follows
    some noises."""
    dice, roam = Dice(len(mels), random), torch.from_numpy(roam)
    x, lengths = stack(mels)
    x, total = placed(x, lengths, dice, roam)
    x = recorded(x, dice)
    if silence:
        x, total = stilled(x, total, dice, roam)
    inside = (torch.arange(x.shape[1])[None] < total[:, None])[:, :, None]
    count = (total * N_MELS)[:, None, None]
    mean = (x * inside).sum((1, 2), keepdim=True) / count
    deviation = ((x - mean).square() * inside).sum((1, 2), keepdim=True).div(count).sqrt()
    x = with_gaps((x - mean) / (deviation + 1e-5), total, dice) * inside
    return windows_of(x, total)


def strangers(windows, n, random):
    """n windows that mean nothing, made of a batch's: upside down; its moments in another order;
    four at once; a noise of slow waves along both axes."""
    if n == 0:
        return windows[:0]
    pick = torch.randint(len(windows), (n, 4), generator=random)
    x = windows[pick[:, 0]].clone()
    for k in range(n):
        if k % 4 == 0:
            x[k] = x[k].flip(2)
        elif k % 4 == 1:
            pieces = list(x[k].split(7, dim=1))
            order = torch.randperm(len(pieces), generator=random).tolist()
            x[k] = torch.cat([pieces[i] for i in order], dim=1)
        elif k % 4 == 2:
            x[k] = torch.logsumexp(windows[pick[k]], dim=0)
        else:
            coarse = torch.randn(1, 1, 8, 6, generator=random)
            x[k] = torch.nn.functional.interpolate(coarse, size=x.shape[2:], mode='bilinear')[0] \
                + 0.5 * torch.randn(x.shape[1:], generator=random)
        x[k] = (x[k] - x[k].mean()) / (x[k].std() + 1e-5)
    return x
