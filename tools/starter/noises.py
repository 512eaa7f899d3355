# SPDX-License-Identifier: GPL-3.0-or-later
"""Noises computed from scratch: rain, waves, engines, a baby, a dog, a cock and others, each
drawn anew from a few random numbers."""

import numpy as np

from common import SAMPLE_RATE


def coloured(n, rng, low, high, slope=1.0):
    """Noise between two frequencies, falling with frequency by a power."""
    f = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    shape = np.where((f >= low) & (f <= high), np.maximum(f, 30.0) ** (-slope), 0.0)
    return np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) * shape, n)


def bursts(n, rng, rate, length, low, high):
    """Short noises that die away, as drops, crackles and ticks do."""
    out = np.zeros(n)
    for at in rng.integers(0, n, max(1, rng.poisson(rate * n / SAMPLE_RATE))):
        m = min(int(length * SAMPLE_RATE * rng.uniform(0.4, 1.8)) + 24, n - at)
        if m > 16:
            out[at:at + m] += rng.exponential() * coloured(m, rng, low, high, 0) \
                * np.exp(-5 * np.arange(m) / m)
    return out / (np.abs(out).max() + 1e-9)


def harmonics(pitch, rng, n_partials, slope):
    phase, out = np.cumsum(2 * np.pi * pitch / SAMPLE_RATE), 0
    for k in range(1, n_partials + 1):
        out = out + k ** -slope * np.sin(k * phase + rng.uniform(0, 6)) * (k * pitch < 7500)
    return out


def unit(x):
    return x / (np.std(x) + 1e-9)


def rain(n, rng):
    return unit(coloured(n, rng, 200, 8000, rng.uniform(0, .6))) + rng.uniform(1, 6) * bursts(
        n, rng, rng.uniform(20, 200), 0.01, 1500, 8000)


def waves(n, rng):
    t = np.arange(n) / SAMPLE_RATE
    swell = (0.5 + 0.5 * np.sin(2 * np.pi * t / rng.uniform(3, 9) + rng.uniform(0, 6))) ** 2
    return unit(coloured(n, rng, 40, 6000, rng.uniform(0.3, 1))) * (0.15 + swell)


def wind(n, rng):
    t = np.arange(n) / SAMPLE_RATE
    return unit(coloured(n, rng, 60, 1500, rng.uniform(0.6, 1.4))) * (
        1 + 0.6 * np.sin(2 * np.pi * t * rng.uniform(.1, .6)))


def fire(n, rng):
    return 0.25 * unit(coloured(n, rng, 60, 3000, 0.8)) + rng.uniform(3, 12) * bursts(
        n, rng, rng.uniform(8, 40), 0.006, 800, 8000)


def clock(n, rng):
    out, at = np.zeros(n), rng.uniform(0, 0.4)
    step, low = rng.uniform(0.25, 1.1), rng.uniform(800, 3000)
    tick = [coloured(640, rng, low * f, 3 * low * f, 0) * np.exp(-np.arange(640) / rng.uniform(60, 160))
            for f in (1, rng.uniform(.7, 1.3))]
    k = 0
    while at * SAMPLE_RATE + 640 < n:
        begin = int(at * SAMPLE_RATE)
        out[begin:begin + 640] += tick[k % 2]
        at, k = at + step, k + 1
    return out / (np.abs(out).max() + 1e-9) + 0.004 * rng.standard_normal(n)


def helicopter(n, rng):
    t = np.arange(n) / SAMPLE_RATE
    beat = np.maximum(0, np.sin(2 * np.pi * rng.uniform(9, 24) * t)) ** rng.uniform(1, 4)
    return unit(coloured(n, rng, 40, 2500, 1)) * (0.25 + beat) + rng.uniform(0, .5) * unit(
        harmonics(np.full(n, rng.uniform(60, 140)), rng, 12, 1))


def chainsaw(n, rng):
    t = np.arange(n) / SAMPLE_RATE
    pitch = rng.uniform(80, 170) * (1 + 0.25 * np.clip(np.sin(2 * np.pi * t * rng.uniform(.1, .7)
                                                              + rng.uniform(0, 6)), -.5, 1))
    return unit(harmonics(pitch, rng, 40, rng.uniform(.3, .8))) + rng.uniform(.3, 1) * unit(
        coloured(n, rng, 500, 8000, 0.2))


def engine(n, rng):
    pitch = rng.uniform(25, 70) * np.linspace(1, rng.uniform(.7, 1.5), n)
    return unit(harmonics(pitch, rng, 30, 1.0)) + 0.5 * unit(coloured(n, rng, 40, 2000, 1))


def cry(n, rng):
    """A baby: wails of half a second to a second, many harmonics, falling at the end."""
    out, at = np.zeros(n), int(rng.uniform(0, 0.4) * SAMPLE_RATE)
    base = rng.uniform(330, 560)
    while at < n:
        m = min(int(rng.uniform(0.4, 1.1) * SAMPLE_RATE), n - at)
        if m < 800:
            break
        x = np.linspace(0, 1, m)
        pitch = base * (1 + 0.25 * np.sin(np.pi * x) + 0.02 * np.sin(2 * np.pi * 6 * x))
        wail = harmonics(pitch, rng, 14, rng.uniform(.4, .9)) * np.sin(np.pi * x) ** .5
        out[at:at + m] = wail + 0.15 * unit(coloured(m, rng, 800, 6000, 0)) * x
        at += m + int(rng.uniform(0.1, 0.5) * SAMPLE_RATE)
    return out


def sneeze(n, rng):
    """A breath drawn in, then a burst."""
    inward = int(rng.uniform(0.2, 0.7) * SAMPLE_RATE)
    burst = int(rng.uniform(0.15, 0.45) * SAMPLE_RATE)
    a = 0.15 * unit(coloured(inward, rng, 500, 5000, .3)) * np.linspace(0.1, 1, inward)
    b = unit(coloured(burst, rng, 300, 8000, 0.1)) * np.exp(-3 * np.linspace(0, 1, burst))
    b[:burst // 2] += unit(harmonics(np.linspace(420, 180, burst // 2), rng, 14, .6))
    out = np.zeros(n)
    both = np.concatenate([a, b])[:n]
    at = rng.integers(0, n - len(both) + 1)
    out[at:at + len(both)] = both
    return out + 0.003 * rng.standard_normal(n)


def bell(n, rng):
    t, f = np.arange(n) / SAMPLE_RATE, rng.uniform(300, 1800)
    return sum(rng.uniform(.3, 1) * np.sin(2 * np.pi * f * r * t) * np.exp(-t * rng.uniform(1, 5))
               for r in (1, 2.0, 2.76, 5.4))


def siren(n, rng):
    t = np.arange(n) / SAMPLE_RATE
    pitch = rng.uniform(600, 900) * (1 + 0.3 * np.sin(2 * np.pi * t * rng.uniform(.3, 3)))
    return harmonics(pitch, rng, 6, 1.0)


def dog(n, rng):
    """Barks: a voice of a few hundred hertz that rises and falls in a sixth of a second, hoarse."""
    out, at = 0.003 * rng.standard_normal(n), int(rng.uniform(0, 0.4) * SAMPLE_RATE)
    base, breath, length = rng.uniform(160, 700), rng.uniform(0.3, 1.5), rng.uniform(0.09, 0.28)
    formants = np.sort(rng.uniform(400, 2600, 2))
    while at < n - 1200:
        m = min(int(length * rng.uniform(.8, 1.25) * SAMPLE_RATE), n - at)
        x = np.linspace(0, 1, m)
        pitch = base * rng.uniform(.9, 1.1) * (0.7 + 0.6 * np.sin(np.pi * x ** .7))
        voice = unit(harmonics(pitch, rng, 24, rng.uniform(.2, .8)))
        for f in formants:
            voice = voice + unit(coloured(m, rng, 0.8 * f, 1.25 * f, 0)) * breath
        out[at:at + m] += voice * np.sin(np.pi * x ** .6) ** 1.5
        at += m + int(rng.choice([rng.uniform(.05, .2), rng.uniform(.2, 1.2)]) * SAMPLE_RATE)
    return out


def cock(n, rng):
    """A crow: two short calls, a long one that climbs and breaks, a falling end."""
    out, at = 0.003 * rng.standard_normal(n), int(rng.uniform(0, 0.3) * SAMPLE_RATE)
    base, slope = rng.uniform(420, 950), rng.uniform(.1, .7)
    for length, begin, end in ((.16, .8, 1.0), (.2, 1.0, 1.15), (rng.uniform(.4, .9), 1.1, 1.35),
                               (rng.uniform(.3, .8), 1.3, rng.uniform(.6, .9))):
        m = min(int(length * rng.uniform(.8, 1.3) * SAMPLE_RATE), n - at)
        if m < 600:
            break
        x = np.linspace(0, 1, m)
        pitch = base * (begin + (end - begin) * x) * (1 + 0.015 * np.sin(40 * x * length))
        call = unit(harmonics(pitch, rng, 14, slope)) + rng.uniform(.05, .5) * unit(
            coloured(m, rng, 1200, 6000, .3))
        out[at:at + m] += call * np.sin(np.pi * x) ** .5
        at += m + int(rng.uniform(0.01, 0.1) * SAMPLE_RATE)
    return out


NOISES = [(rain, ['rain', '雨']), (waves, ['sea waves', 'ocean wave', '波']),
          (wind, ['wind', '風']), (fire, ['crackling fire', 'fire', '火']),
          (clock, ['clock tick', 'ticking clock', '時計']), (helicopter, ['helicopter', 'ヘリコプター']),
          (chainsaw, ['chainsaw', 'チェーンソー']), (engine, ['engine', 'エンジン']),
          (cry, ['crying baby', 'baby', '赤ちゃん']), (sneeze, ['person sneezing', 'sneeze', 'くしゃみ']),
          (bell, ['bell', '鐘']), (siren, ['siren', 'サイレン']),
          (dog, ['dog bark', 'dog', '犬']), (cock, ['rooster', '雄鶏'])]
N_FIRST = 12               # of the first lot of clips; the others came with the second
