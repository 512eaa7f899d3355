# SPDX-License-Identifier: GPL-3.0-or-later
"""What every step of the starter recipe shares: where things lie, the sizes of the model
contract, shares by name for the split, files that are whole, and the garden's list."""

import hashlib
import json
import os
import shutil
import sys
import time

import numpy as np

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
IMAGE_SIDE = 64
SAMPLE_RATE = 16000
N_FFT, HOP, N_MELS = 400, 160, 64
WINDOW_FRAMES, WINDOW_HOP = 160, 80
N_DIMS = 192


def log(*words):
    print(time.strftime('%H:%M:%S'), *words, file=sys.stderr, flush=True)


def share(key, salt=''):
    """A fixed number in [0, 1) for a name: splits never depend on file order."""
    digest = hashlib.sha256((salt + key).encode()).digest()
    return int.from_bytes(digest[:6], 'big') / float(1 << 48)


def load_json(path):
    with open(path, encoding='utf-8') as file:
        return json.load(file)


def save_whole(path, write):
    """A file that is whole or not there: write(file) fills it."""
    try:
        with open(path + '.part', 'wb') as file:
            write(file)
        os.replace(path + '.part', path)
    except (OSError, RuntimeError) as problem:
        if os.path.exists(path + '.part'):
            os.unlink(path + '.part')
        raise SystemExit('%s could not be written (%s); %.1f MB are free there. Make room and start '
                         'again: what is finished is not made again' % (
                             path, problem, shutil.disk_usage(os.path.dirname(path) or '.').free / 1e6))


def save_json(path, value, indent=1):
    text = json.dumps(value, ensure_ascii=False, indent=indent,
                      separators=(',', ':') if indent is None else None)
    save_whole(path, lambda file: file.write(text.encode() + b'\n'))


def save_array(path, values):
    save_whole(path, lambda file: np.save(file, values))


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
