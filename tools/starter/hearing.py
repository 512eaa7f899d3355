# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of sounds for training, made from log-mels: faster and slower, another vocal tract,
another room, recorder and line, noise beneath, silence around, parts left out. What is random
of a batch is drawn first, where the views are made."""

import math
from types import SimpleNamespace

import torch
from torch.nn import functional as F

from common import N_MELS, WINDOW_FRAMES, WINDOW_HOP

FLOOR = -10.0              # log10 power of digital silence
MOST_FRAMES = 320
LN10 = math.log(10.0)
PIECE = 7                  # bands that stay together where bands are shuffled


class Dice:
    """Random numbers of a batch, one a clip unless more are asked for."""

    def __init__(self, n, random):
        self.n, self.random, self.device = n, random, random.device

    def uniform(self, low, high, *more):
        return low + (high - low) * torch.rand(self.n, *more, generator=self.random, device=self.device)

    def normal(self, size, *more):
        return size * torch.randn(self.n, *more, generator=self.random, device=self.device)

    def hits(self, share):
        return self.uniform(0, 1) < share

    def all(self, value):
        return torch.full((self.n,), float(value), device=self.device)


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


# ---- what is random --------------------------------------------------------------

def curve(dice, size):
    """A smooth curve over the mel bands: a slope and some slow waves."""
    m = torch.linspace(-1, 1, N_MELS, device=dice.device)
    out = dice.normal(size, 1) * m
    for k in range(1, 5):
        out = out + dice.normal(size * 0.6, 1) * torch.cos(
            k * math.pi * (m + 1) / 2 + dice.uniform(0, 6.3, 1))
    return out


def place_chances(c, dice, lengths, roam):
    """Speed, vocal tract, and silence before and after; where a clip is longer than is kept,
    a noise begins anywhere."""
    c.speed, c.tract = dice.uniform(0.82, 1.22), dice.uniform(0.85, 1.17)
    n = (lengths / c.speed).round().clamp(min=4)
    before = (dice.uniform(0, 24) * dice.hits(0.6)).floor()
    after = (dice.uniform(0, 45) * dice.hits(0.5)).floor()
    spare = (n - WINDOW_FRAMES).clamp(min=0)
    c.begin = torch.where(roam, dice.uniform(0, 1) * spare, dice.all(0)).floor()
    c.n = torch.where(roam, n - spare, n)
    c.before, after = (torch.where(roam & (c.n > 100), dice.all(0), v)
                       for v in (before, after))
    c.total = (c.before + c.n + after).clamp(max=MOST_FRAMES).long()


def record_chances(c, dice):
    """Gain, the room's noise, the recorder's and the line's curve and band."""
    c.level = dice.uniform(1.5, 7.5)
    c.swell, c.rate, c.phase = dice.hits(0.4), dice.uniform(0.2, 4, 1), dice.uniform(0, 6.3, 1)
    c.room = curve(dice, 0.6)
    c.grain = dice.normal(1.0, int(c.total.max()), N_MELS)
    c.noisy = dice.hits(0.85)
    c.recorder, c.gain = curve(dice, 0.25), dice.uniform(-2.0, 0.5, 1)
    c.high = torch.where(dice.hits(0.35), dice.uniform(44, 62), dice.all(99))
    c.low = torch.where(dice.hits(0.2), dice.uniform(2, 9), dice.all(0))
    c.cut = dice.uniform(0.5, 2, 1)
    c.bottom = torch.where(dice.hits(0.5), dice.uniform(FLOOR, -6.0), dice.all(FLOOR))


def still_chances(c, dice, roam):
    """Some noises are short and digital silence follows, as in collections of noises whose
    clips are of one length."""
    short = roam & dice.hits(0.3)
    c.end = torch.where(short, torch.minimum(dice.uniform(25, 130).long(), c.total), c.total)
    c.total = torch.where(short, (c.end + dice.uniform(40, 190).long()).clamp(max=MOST_FRAMES),
                          c.total)


def gap_chances(c, dice):
    c.gaps = []
    for share in (0.4, 0.25):
        band, wide = dice.uniform(0, N_MELS, 1), dice.uniform(1, 9, 1) * dice.hits(share)[:, None]
        c.gaps.append((band, wide, dice.uniform(0, 1, 1) * c.total[:, None],
                       dice.uniform(2, 14, 1) * dice.hits(share)[:, None]))


def hearing_chances(lengths, roam, random, silence):
    """All that is random of the views of clips of some lengths. roam: which are noises;
    silence: whether it follows some of these."""
    c, dice = SimpleNamespace(end=None), Dice(len(lengths), random)
    place_chances(c, dice, lengths, roam)
    record_chances(c, dice)
    if silence:
        still_chances(c, dice, roam)
    gap_chances(c, dice)
    return c


# ---- views -----------------------------------------------------------------------

def placed(x, c):
    t = torch.arange(c.grain.shape[1], device=x.device)[None].float()
    at = (t - c.before[:, None] + c.begin[:, None]) * c.speed[:, None]
    sounds = (t >= c.before[:, None]) & (t < (c.before + c.n)[:, None])
    x = between(x, at, 1)
    x = between(x, torch.arange(N_MELS, device=x.device)[None] * c.tract[:, None], 2)
    return x.masked_fill(~sounds[:, :, None], FLOOR)


def recorded(x, c):
    loud = x.amax((1, 2))
    level = loud - c.level
    t = torch.arange(x.shape[1], device=x.device)[None] / 100.0
    swell = 0.4 * c.swell[:, None] * torch.sin(6.3 * c.rate * t + c.phase)
    noise = (level[:, None] + c.room)[:, None] + swell[:, :, None] + 0.22 * c.grain
    noise = noise.masked_fill(~c.noisy[:, None, None], FLOOR)
    x = torch.logaddexp(x * LN10, noise * LN10) / LN10
    x = x + (c.recorder + c.gain)[:, None]
    band = torch.arange(N_MELS, device=x.device)[None].float()
    cut = 4.0 * (band >= c.high[:, None]) + c.cut * (band < c.low[:, None])
    x = torch.where((band >= c.high[:, None])[:, None], torch.minimum(
        x - cut[:, None], c.bottom[:, None, None] + 0.1 * noise.sub(level[:, None, None])),
        x - cut[:, None])
    return x.clamp(min=FLOOR)


def stilled(x, c):
    x = F.pad(x, (0, 0, 0, max(0, int(c.total.max()) - x.shape[1])), value=FLOOR)
    after = torch.arange(x.shape[1], device=x.device)[None] >= c.end[:, None]
    return x.masked_fill(after[:, :, None], FLOOR)


def with_gaps(x, c):
    """Some bands and some frames of normalised clips left out."""
    bands = torch.arange(N_MELS, device=x.device)[None].float()
    t = torch.arange(x.shape[1], device=x.device)[None].float()
    for band, wide, at, long in c.gaps:
        x = x.masked_fill(((bands >= band) & (bands < band + wide))[:, None], 0.0)
        x = x.masked_fill(((t >= at) & (t < at + long))[:, :, None], 0.0)
    return x


def windows_in(total):
    """Windows of clips of so many frames."""
    return 1 + ((total - WINDOW_FRAMES).clamp(min=0) + WINDOW_HOP - 1) // WINDOW_HOP


def windows_of(x, total):
    """Windows of normalised clips as the exported preprocessing cuts them, the clip of each."""
    n = windows_in(total)
    most = int(n.max())
    frames = WINDOW_FRAMES + (most - 1) * WINDOW_HOP
    whole = x.new_zeros(len(x), frames, N_MELS)
    whole[:, :min(frames, x.shape[1])] = x[:, :frames]
    cut = whole.unfold(1, WINDOW_FRAMES, WINDOW_HOP)
    there = torch.arange(most, device=x.device)[None] < n[:, None]
    return cut[there][:, None].contiguous(), there.nonzero()[:, 0]


def hearings(x, c):
    """Views of stacked log-mels by drawn chances: (windows, the clip of each)."""
    x = recorded(placed(x, c), c)
    if c.end is not None:
        x = stilled(x, c)
    inside = (torch.arange(x.shape[1], device=x.device)[None] < c.total[:, None])[:, :, None]
    count = (c.total * N_MELS)[:, None, None]
    mean = (x * inside).sum((1, 2), keepdim=True) / count
    deviation = ((x - mean).square() * inside).sum((1, 2), keepdim=True).div(count).sqrt()
    x = with_gaps((x - mean) / (deviation + 1e-5), c) * inside
    return windows_of(x, c.total)


# ---- what means nothing ----------------------------------------------------------

def stranger_chances(n_windows, n, random):
    """All that is random of n windows that mean nothing, made of a batch's."""
    if n == 0:
        return []
    device = random.device
    pick = torch.randint(n_windows, (n, 4), generator=random, device=device)
    out = []
    for k in range(n):
        order = coarse = fine = None
        if k % 4 == 1:
            order = torch.randperm(-(-N_MELS // PIECE), generator=random, device=device).tolist()
        elif k % 4 == 3:
            coarse = torch.randn(1, 1, 8, 6, generator=random, device=device)
            fine = torch.randn(1, N_MELS, WINDOW_FRAMES, generator=random, device=device)
        out.append((pick[k], order, coarse, fine))
    return out


def strangers(windows, chances):
    """Windows that mean nothing, by drawn chances: backwards; their bands in another order;
    four at once; a noise of slow waves along both axes."""
    x = windows.new_zeros(len(chances), *windows.shape[1:])
    for k, (pick, order, coarse, fine) in enumerate(chances):
        one = windows[pick[0]]
        if order is not None:
            pieces = one.split(PIECE, dim=1)
            one = torch.cat([pieces[i] for i in order], dim=1)
        elif coarse is not None:
            one = F.interpolate(coarse, size=one.shape[1:], mode='bilinear')[0] + 0.5 * fine
        elif k % 4 == 0:
            one = one.flip(2)
        else:
            one = torch.logsumexp(windows[pick], dim=0)
        x[k] = (one - one.mean()) / (one.std() + 1e-5)
    return x
