# SPDX-License-Identifier: GPL-3.0-or-later
"""What every step of the starter recipe shares: where things lie, the split into
trained and held-out material, the log-mel of the model contract and file helpers."""

import hashlib
import json
import os
import subprocess
import sys
import time

import numpy as np
from scipy import sparse

SEED = 20261123
HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
ASSETS = os.path.join(REPOSITORY, 'assets', 'starter')
GARDEN = os.path.join(REPOSITORY, 'assets', 'garden')

EMOJI_FONT = '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf'
CLDR = '/usr/share/unicode/cldr/common'
CLIPART = '/usr/share/openclipart/svg'
WORDNET = '/usr/share/wordnet'
GEMOJIONE = '/usr/share/rubygems-integration/all/gems/gemojione-3.3.0/assets/png'
ICONS = '/usr/share/icons/oxygen/base/128x128'

STAMPS = '/usr/share/tuxpaint/stamps'
SHARED = os.environ.get('UMEKOMI_SHARED', os.path.join(REPOSITORY, '..', 'shared', 'data'))
NPM = os.path.join(os.environ.get('XDG_CACHE_HOME', os.path.expanduser('~/.cache')),
                   'umekomi-starter', 'npm')
EDICT = '/usr/share/edict/edict'
REFERENCE_BOOK = '/usr/share/debian-reference/*.%s.html'

PICTURE_SIDE = 64          # side of a cached picture; the model sees IMAGE_SIDE
IMAGE_SIDE = 48
SAMPLE_RATE = 16000
N_FFT, HOP, N_MELS = 400, 160, 64
WINDOW_FRAMES, WINDOW_HOP = 160, 80
N_DIMS = 192

PACKAGES = ['python3-torch', 'python3-numpy', 'python3-scipy', 'python3-pil',
            'python3-soundfile', 'python3-gi-cairo', 'gir1.2-rsvg-2.0', 'libopenblas0-pthread',
            'fonts-noto-color-emoji', 'unicode-cldr-core', 'unicode-data', 'openclipart-svg',
            'wordnet-base', 'ruby-gemojione', 'oxygen-icon-theme',
            'espeak-ng', 'flite', 'mecab', 'mecab-ipadic-utf8']
FULL_PACKAGES = ['tuxpaint-stamps-default', 'edict', 'debian-reference-en', 'debian-reference-ja']
# Further drawing styles: (package, version, the variant that may use it).
NPM_PACKAGES = [('@iconify-json/fluent-emoji-flat', '1.2.6', 'core'),
                ('@fontsource/noto-emoji', '5.3.2', 'core'), ('@twemoji/svg', '15.0.0', 'full')]


def log(*words):
    print(time.strftime('%H:%M:%S'), *words, file=sys.stderr, flush=True)


def share(key, salt=''):
    """A fixed number in [0, 1) for a name: splits never depend on file order."""
    digest = hashlib.sha256((salt + key).encode()).digest()
    return int.from_bytes(digest[:6], 'big') / float(1 << 48)


def load_json(path):
    with open(path, encoding='utf-8') as file:
        return json.load(file)


def save_json(path, value, indent=1):
    with open(path + '.part', 'w', encoding='utf-8') as file:
        json.dump(value, file, ensure_ascii=False, indent=indent,
                  separators=(',', ':') if indent is None else None)
        file.write('\n')
    os.replace(path + '.part', path)


def check_packages(variant):
    """({package: version}, [missing packages]) of what a variant needs."""
    names = PACKAGES + (FULL_PACKAGES if variant == 'full' else [])
    shown = subprocess.run(['dpkg-query', '-W', '-f', '${Package} ${Version} ${db:Status-Status}\n']
                           + names, capture_output=True, text=True).stdout
    fields = [line.split() for line in shown.splitlines()]
    found = {f[0]: f[1] for f in fields if len(f) == 3 and f[2] == 'installed'}
    missing = [n for n in names if n not in found]
    for name, version, part in NPM_PACKAGES:
        if part == 'full' and variant != 'full':
            continue
        path = os.path.join(NPM, name, 'package.json')
        has = load_json(path)['version'] if os.path.exists(path) else 'absent'
        if has != version:
            raise SystemExit('%s is %s in %s, the recipe wants %s: tools/starter/styles fetches it'
                             % (name, has, NPM, version))
        found[name] = has
    return found, missing


# ---- garden list -----------------------------------------------------------------

def garden_list():
    """Rows of garden.tsv: (category, emoji, en, ja, held)."""
    rows = []
    with open(os.path.join(HERE, 'garden.tsv'), encoding='utf-8') as file:
        for line in file:
            line = line.rstrip('\n')
            if not line or line.startswith('#'):
                continue
            category, emoji, en, ja, held = (line.split('\t') + [''])[:5]
            rows.append((category, emoji.replace('\ufe0f', ''), en, ja, held == 'held'))
    return rows


# ---- sound features --------------------------------------------------------------

def _hz_to_mel(hz):
    hz = np.asarray(hz, np.float64)
    linear = hz / (200.0 / 3)
    return np.where(hz >= 1000.0,
                    15.0 + np.log(np.maximum(hz, 1e-9) / 1000.0) / (np.log(6.4) / 27.0),
                    linear)


def _mel_to_hz(mel):
    mel = np.asarray(mel, np.float64)
    return np.where(mel >= 15.0, 1000.0 * np.exp(np.log(6.4) / 27.0 * (mel - 15.0)),
                    mel * (200.0 / 3))


def mel_bank():
    """Slaney mel filters with Slaney area normalisation, (N_MELS, N_FFT / 2 + 1)."""
    bins = np.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1)
    edges = _mel_to_hz(np.linspace(_hz_to_mel(0.0), _hz_to_mel(8000.0), N_MELS + 2))
    width = np.diff(edges)
    ramps = edges[:, None] - bins[None, :]
    lower = -ramps[:-2] / width[:-1, None]
    upper = ramps[2:] / width[1:, None]
    bank = np.maximum(0, np.minimum(lower, upper))
    return bank * (2.0 / (edges[2:] - edges[:-2]))[:, None]


_BANK = sparse.csr_matrix(mel_bank())
_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)


def log_mel(samples):
    """log10 mel power of a whole clip, frames first: (n_frames, N_MELS) float32."""
    samples = np.asarray(samples, np.float64)
    if len(samples) <= N_FFT // 2:
        samples = np.pad(samples, (0, N_FFT - len(samples)))
    padded = np.pad(samples, N_FFT // 2, mode='reflect')
    n_frames = 1 + (len(padded) - N_FFT) // HOP
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP][:n_frames]
    power = np.abs(np.fft.rfft(frames * _HANN, axis=1)) ** 2
    return np.log10(np.maximum((_BANK @ power.T).T, 1e-10)).astype(np.float32)


def normalise_clip(mel):
    return (mel - mel.mean()) / (mel.std() + 1e-5)


def cut_windows(mel):
    """Windows of a normalised clip, (n, 1, N_MELS, WINDOW_FRAMES); the last one padded."""
    windows, begin = [], 0
    while True:
        part = mel[begin:begin + WINDOW_FRAMES]
        window = np.zeros((WINDOW_FRAMES, N_MELS), np.float32)
        window[:len(part)] = part
        windows.append(window.T)
        if begin + WINDOW_FRAMES >= len(mel):
            break
        begin += WINDOW_HOP
    return np.stack(windows)[:, None]
