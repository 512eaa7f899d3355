# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech: words spoken by espeak-ng and flite in many voices, and their log-mels.
Japanese is read from its kana, which MeCab finds."""

import io
import subprocess
import tempfile

import numpy as np
import soundfile
from PIL import Image
from scipy.signal import resample_poly

from common import SAMPLE_RATE
from gather import readings

EN_ACCENTS = ['en-gb', 'en-us', 'en-gb-x-rp', 'en-gb-x-gbcwmd', 'en-029', 'en-gb-x-gbclan']
VARIANTS = ['', '+f1', '+f2', '+f3', '+f4', '+m1', '+m2', '+m3', '+m4', '+m5', '+m6', '+Alex',
            '+Alicia', '+Andrea', '+Andy', '+Annie', '+Denis', '+Gene', '+Hugo', '+Jacky', '+Lee',
            '+Mario', '+Michael', '+Mike', '+adam', '+anika', '+antonio', '+aunty', '+belinda',
            '+benjamin', '+boris', '+caleb', '+david', '+ed', '+gustave', '+grandma', '+iven',
            '+john', '+klatt', '+klatt2', '+linda', '+marcelo', '+max', '+michel', '+miguel',
            '+pablo', '+pedro', '+quincy', '+robert', '+sandro', '+shelby', '+steph', '+travis']
FLITE_TRAINED = ['awb', 'rms', 'kal16']
# Never heard in training: two accents, five variants of every language, one flite voice.
HELD_ACCENTS = ['en-gb-scotland', 'en-us-nyc']
HELD_VARIANTS = ['+f5', '+m7', '+Diogo', '+victor', '+zac']
HELD_FLITE = 'slt'


def _read(wav):
    samples, rate = soundfile.read(io.BytesIO(wav), dtype='float32')
    if rate != SAMPLE_RATE:
        divisor = np.gcd(rate, SAMPLE_RATE)
        samples = resample_poly(samples, SAMPLE_RATE // divisor, rate // divisor)
    return samples.astype(np.float32)


def espeak(text, voice, speed=160, pitch=50):
    done = subprocess.run(['espeak-ng', '-v', voice, '-s', str(speed), '-p', str(pitch),
                           '--stdout', text], capture_output=True, check=True)
    wav = bytearray(done.stdout)
    size = len(wav)                       # a stream's header carries no true lengths
    wav[4:8] = (size - 8).to_bytes(4, 'little')
    wav[40:44] = (size - 44).to_bytes(4, 'little')
    return _read(bytes(wav))


def flite(text, voice):
    with tempfile.NamedTemporaryFile(suffix='.wav') as file:
        subprocess.run(['flite', '-voice', voice, '-t', text, '-o', file.name], check=True,
                       capture_output=True)
        file.seek(0)
        return _read(file.read())


def trim(samples, keep=0.05):
    """Without the silence at both ends, but for `keep` seconds."""
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max() + 1e-6)
    if len(loud) == 0:
        return samples
    spare = int(keep * SAMPLE_RATE)
    return samples[max(0, loud[0] - spare):loud[-1] + spare]


# Where the commonest reading is not the one meant.
READINGS = {'白鳥': 'ハクチョウ', '日本酒': 'ニホンシュ', '的': 'マト', '運動靴': 'ウンドウグツ'}


def speakable(texts):
    """{Japanese text: katakana} of the texts whose reading is pure kana."""
    found = {t: READINGS.get(t, r).replace('・', '') for t, r in readings(texts).items()}
    return {t: r for t, r in found.items() if r and all('ァ' <= c <= 'ー' for c in r)}


def reference_material(glyphs):
    """Four small pictures and four short clips for checking another implementation."""
    ramp = np.zeros((40, 100, 3), np.uint8)
    ramp[..., 0] = np.arange(100) * 2
    ramp[..., 1] = np.arange(40)[:, None] * 6
    ramp[10:30, 40:60] = (20, 40, 230)
    grey = Image.fromarray((np.indices((150, 90)).sum(0) // 9 % 2 * 200).astype(np.uint8))
    pictures = [('dog.png', glyphs.draw('\U0001f415')), ('apple.png', glyphs.draw('\U0001f34e')),
                ('ramp.png', Image.fromarray(ramp)), ('stripes.png', grey)]
    long = np.concatenate([trim(espeak(w, 'en-gb')) for w in ('elephant', 'bicycle', 'umbrella')])
    clips = [('dog.wav', trim(espeak('dog', 'en-us+f2'))),
             ('inu.wav', trim(espeak('イヌ', 'ja+m3'))),
             ('long.wav', long[:int(2.1 * SAMPLE_RATE)]),
             ('chirp.wav', 0.5 * np.sin(np.cumsum(np.linspace(0.05, 1.5, 6400))))]
    return pictures, clips
