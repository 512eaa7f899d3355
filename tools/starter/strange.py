# SPDX-License-Identifier: GPL-3.0-or-later
"""Strange pictures and sounds, to measure the meters by: kinds that the towers' training never
was shown as strange."""

import numpy as np
from PIL import Image, ImageDraw

from common import SAMPLE_RATE
from speech import espeak, trim

SIDE = 96
EACH = 60


# ---- pictures: (side, side, 3) of 0 to 1 from a picture of that kind --------------

def phases(picture, rng):
    """The picture's spectrum with other phases: its colours and grain, none of its shapes."""
    turn = np.angle(np.fft.fft2(rng.standard_normal(picture.shape[:2])))
    bands = [np.fft.ifft2(np.abs(np.fft.fft2(picture[..., i])) * np.exp(1j * (
        turn + np.angle(np.fft.fft2(picture[..., i]))))).real for i in range(3)]
    return np.stack(bands, -1)


def writing(_picture, rng):
    """A page of lines of letters in no order."""
    page = Image.new('RGB', (SIDE, SIDE), 'white')
    draw = ImageDraw.Draw(page)
    for y in range(4, SIDE - 8, int(rng.integers(10, 16))):
        draw.text((4, y), ''.join(rng.choice(list('abcdefghijklmnopqrstuvwxyz    '), 40)),
                  fill=(0, 0, 0))
    return np.asarray(page) / 255.0


def board(_picture, rng):
    """Fields of two colours."""
    size = int(rng.integers(4, 25))
    cells = (np.indices((SIDE, SIDE)) // size).sum(0) % 2
    colours = rng.random((2, 3))
    return colours[cells]


def scribble(_picture, rng):
    """Strokes and boxes anywhere."""
    page = Image.new('RGB', (SIDE, SIDE), tuple(int(c) for c in rng.integers(0, 256, 3)))
    draw = ImageDraw.Draw(page)
    for _ in range(int(rng.integers(8, 40))):
        at = [int(c) for c in rng.integers(0, SIDE, 4)]
        draw.line(at, fill=tuple(int(c) for c in rng.integers(0, 256, 3)),
                  width=int(rng.integers(1, 9)))
    return np.asarray(page) / 255.0


def grain(_picture, rng):
    """Grey noise, each point by itself."""
    return np.repeat(rng.random((SIDE, SIDE, 1)), 3, axis=2)


PICTURES = [phases, writing, board, scribble, grain]


# ---- sounds ----------------------------------------------------------------------

def tone(pitch, seconds):
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 6)) * np.exp(-3 * t)


def music(_word, rng):
    """Chords, one after another."""
    return np.concatenate([sum(tone(110 * 2 ** (n / 12), 0.3) for n in rng.integers(0, 36, 3))
                           for _ in range(5)])


def backwards(word, _rng):
    """A word played from its end."""
    return trim(espeak(word, 'en'))[::-1]


def sweeps(_word, rng):
    """Whistles that climb and fall."""
    points = rng.uniform(200, 5000, 6)
    pitch = np.interp(np.arange(24000), np.linspace(0, 24000, 6), points)
    return np.sin(np.cumsum(2 * np.pi * pitch / SAMPLE_RATE))


def codes(_word, rng):
    """Dots and dashes."""
    beeps = [np.pad(tone(700, n * 0.06), (0, 960)) for n in rng.choice([1, 3], 10)]
    return np.concatenate(beeps)


SOUNDS = [music, backwards, sweeps, codes]
