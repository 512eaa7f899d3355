# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech: words spoken by espeak-ng and flite in many voices. Japanese is read from its kana,
which MeCab finds."""

import ctypes
import re
import subprocess
import tempfile

import numpy as np
import soundfile
from PIL import Image
from scipy.signal import fftconvolve, resample_poly

from common import N_MELS, SAMPLE_RATE, save_whole
from gather import readings

EN_ACCENTS = ['en', 'en-us', 'en-gb-x-rp', 'en-gb-x-gbcwmd', 'en-029', 'en-gb-x-gbclan']
VARIANTS = ['', '+f1', '+f2', '+f3', '+f4', '+m1', '+m2', '+m3', '+m4', '+m5', '+m6', '+Alex',
            '+Alicia', '+Andrea', '+Andy', '+Annie', '+Denis', '+Gene', '+Hugo', '+Jacky', '+Lee',
            '+Mario', '+Michael', '+Mike', '+adam', '+anika', '+antonio', '+aunty', '+belinda',
            '+benjamin', '+boris', '+caleb', '+david', '+ed', '+gustave', '+grandma', '+iven',
            '+john', '+klatt', '+klatt2', '+linda', '+marcelo', '+max', '+michel', '+miguel',
            '+pablo', '+pedro', '+quincy', '+robert', '+sandro', '+shelby', '+steph', '+travis']
FLITE_TRAINED = ['awb', 'rms', 'kal16']
# Never heard in training: the accents en-gb-scotland and en-us-nyc, the variants f5, m7, Diogo,
# victor and zac of every language, flite's slt. Some of the garden's clips are spoken by them.


def resample(samples, rate):
    if rate != SAMPLE_RATE:
        divisor = int(np.gcd(rate, SAMPLE_RATE))
        samples = resample_poly(samples, SAMPLE_RATE // divisor, rate // divisor)
    return samples.astype(np.float32)


class Espeak:
    """The library of espeak-ng: one process says thousands of words in a minute."""

    RATE, PITCH, SYNCHRONOUS, UTF8_END_PAUSE = 1, 3, 2, 0x1001
    CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int,
                                ctypes.c_void_p)

    def __init__(self):
        self.library = ctypes.CDLL('libespeak-ng.so.1')
        self.rate = self.library.espeak_Initialize(self.SYNCHRONOUS, 0, None, 0)
        self.heard = []
        self.callback = self.CALLBACK(self._hear)
        self.library.espeak_SetSynthCallback(self.callback)

    def _hear(self, samples, n, _events):
        if samples and n > 0:
            self.heard.append(np.ctypeslib.as_array(samples, (n,)).copy())
        return 0

    def say(self, text, voice, speed, pitch):
        if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError('espeak-ng has no voice "%s"' % voice)
        self.library.espeak_SetParameter(self.RATE, speed, 0)
        self.library.espeak_SetParameter(self.PITCH, pitch, 0)
        self.heard = []
        raw = text.encode() + b'\0'
        self.library.espeak_Synth(raw, ctypes.c_size_t(len(raw)), 0, 1, 0, self.UTF8_END_PAUSE, None, None)
        self.library.espeak_Synchronize()
        if not self.heard:
            raise ValueError('espeak-ng said nothing for "%s"' % text)
        return np.concatenate(self.heard).astype(np.float32) / 32768

    def phones(self, text, language):
        """The sounds of a text in the letters of the IPA, without stress and length."""
        if self.library.espeak_SetVoiceByName(language.encode()) != 0:
            raise ValueError('espeak-ng has no voice "%s"' % language)
        say = self.library.espeak_TextToPhonemes
        say.restype = ctypes.c_char_p
        at, out = ctypes.c_char_p(text.encode() + b'\0'), []
        while at.value:
            out += re.split('[_ ]+', (say(ctypes.byref(at), 1, 0x02 | ord('_') << 8) or b'').decode())
        plain = [re.sub('[ˈˌːˑ.-]|\\(.*?\\)', '', p) for p in out]
        return [p for p in plain if p]


_espeak = None


def phones(text, language):
    global _espeak
    if _espeak is None:
        _espeak = Espeak()
    return _espeak.phones(text, language)


def espeak(text, voice, speed=160, pitch=50):
    global _espeak
    if _espeak is None:
        _espeak = Espeak()
    return resample(_espeak.say(text, voice, speed, pitch), _espeak.rate)


def flite(text, voice):
    with tempfile.NamedTemporaryFile(suffix='.wav') as file:
        subprocess.run(['flite', '-voice', voice, '-t', text, '-o', file.name], check=True,
                       capture_output=True)
        samples, rate = soundfile.read(file.name, dtype='float32')
        return resample(samples, rate)


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
    long = np.concatenate([trim(espeak(w, 'en')) for w in ('elephant', 'bicycle', 'umbrella')])
    clips = [('dog.wav', trim(espeak('dog', 'en-us+f2'))),
             ('inu.wav', trim(espeak('イヌ', 'ja+m3'))),
             ('long.wav', long[:int(2.1 * SAMPLE_RATE)]),
             ('chirp.wav', 0.5 * np.sin(np.cumsum(np.linspace(0.05, 1.5, 6400))))]
    return pictures, clips


# ---- the spoken corpus -----------------------------------------------------------

def worn(samples, rng):
    """A clip as a room and a recorder might give it: silence around, echo, narrow band."""
    samples = trim(samples)
    before, after = (rng.random(2) * 0.25 * SAMPLE_RATE).astype(int)
    samples = np.pad(samples, (before, after))
    if rng.random() < 0.3:
        length = int(rng.uniform(0.05, 0.35) * SAMPLE_RATE)
        echo = rng.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
        wet = fftconvolve(samples, echo / np.linalg.norm(echo))[:len(samples)]
        samples = samples + rng.uniform(0.1, 0.7) * wet
    if rng.random() < 0.15:
        samples = np.convolve(samples, np.ones(3) / 3, 'same')
    return samples


# Log-mels are kept in bytes, a twentieth of a decade a step: a hundredth of the noise that is laid
# beneath them.
LOWEST, HIGHEST = -10.0, 3.0


def levels_of(mel):
    return np.rint((mel.clip(LOWEST, HIGHEST) - LOWEST) * (255 / (HIGHEST - LOWEST))).astype(np.uint8)


def mel_of(levels):
    """The log-mel that was kept, of an array or a tensor."""
    return levels * np.float32((HIGHEST - LOWEST) / 255) + np.float32(LOWEST)


def save_clips(path, mels):
    mels = [np.zeros((1, N_MELS), np.uint8) if m is None else m for m in mels]
    offsets = np.concatenate([[0], np.cumsum([len(m) for m in mels])])
    save_whole(path, lambda file: np.savez(file, frames=np.concatenate(mels), offsets=offsets))


def load_clips(path):
    saved = np.load(path)
    return saved['frames'], saved['offsets']
