# SPDX-License-Identifier: GPL-3.0-or-later
"""Meters, one a modality, by which the model says what it does not know: made from what was
taught. Held-out concepts set their thresholds; nonsense, made here, measures them."""

import json
import os
import random
import shutil
import subprocess
import tempfile

import numpy as np
import soundfile
from PIL import Image

import strange
from common import SAMPLE_RATE, SEED, load_json, share
from garden import garden_rows
from noises import NOISES
from sounds import TEST_LANGUAGE, recordings
from speech import EN_ACCENTS, VARIANTS, espeak, speakable, trim
from texts import STAMPS

LETTERS = 'abcdefghijklmnopqrstuvwxyz'
KANA = 'アイウエオカキクケコサシスセソタチツテトナニヌネノ'
LONGEST = 60
MEASURE = {'text': 'nearest', 'image': 'nearest', 'audio': 'norm'}
MOST = {'text': 16384, 'image': 1200, 'audio': 800}     # concepts kept: all of it is 20 MB
N_CAPTIONS = 200           # recorded ones that are held out
LEAST = 0.7                # of the area under the curve


# ---- texts -----------------------------------------------------------------------

def text_lists(concepts, _cache, _folder):
    """(taught, held out, {kind: strange}), none in two of them, in a fixed order."""
    taught, held, languages = set(), set(), ('en', 'ja')
    for concept in concepts:
        names = [concept['names'].get(language, []) for language in languages]
        if concept['source'] == 'stamp':
            continue
        if concept['held'] == 'concept':
            held.update(t for some in names for t in some[:1])
        else:
            taught.update(t for some in names for t in some if len(t) < LONGEST)
    rng = random.Random(1)
    nonsense = [''.join(rng.choice(LETTERS) for _ in range(rng.randint(4, 10)))
                for _ in range(300)]
    nonsense += [''.join(rng.choice(KANA) for _ in range(rng.randint(4, 8)))
                 for _ in range(100)]
    return sorted(taught), sorted(held - taught), {'letters': nonsense}


# ---- pictures --------------------------------------------------------------------

def straight(pixels):
    """Cached pictures have their colours times their cover."""
    cover = np.maximum(pixels[..., 3:].astype(np.float32), 1) / 255
    out = pixels.copy()
    out[..., :3] = np.clip(pixels[..., :3] / cover + 0.5, 0, 255)
    return Image.fromarray(out)


def picture_lists(concepts, cache, folder):
    """Emoji as Noto draws them, and stamps."""
    pictures = np.load(os.path.join(cache, 'pictures.npy'), mmap_mode='r')
    saved = load_json(os.path.join(cache, 'pictures.json'))
    taught, held, rng = [], [], np.random.default_rng(SEED)
    for i, (row, style) in enumerate(zip(saved['owner'], saved['style'])):
        if style in ('noto', 'stamp'):
            path = os.path.join(folder, '%05d.png' % i)
            straight(np.array(pictures[i])).save(path, compress_level=1)
            (held if concepts[row]['held'] == 'concept' else taught).append(path)
    kinds = {}
    for make in strange.PICTURES:
        kinds[make.__name__] = []
        for k in range(strange.EACH):
            seed = Image.open(taught[k * 20]).resize((strange.SIDE, strange.SIDE))
            white = Image.new('RGBA', seed.size, 'white')
            white.alpha_composite(seed.convert('RGBA'))
            drawn = make(np.asarray(white.convert('RGB')) / 255.0, rng)
            path = os.path.join(folder, '%s-%d.png' % (make.__name__, k))
            Image.fromarray(np.clip(drawn * 255 + 0.5, 0, 255).astype(np.uint8)).save(path)
            kinds[make.__name__].append(path)
    return taught, held, kinds


# ---- sounds ----------------------------------------------------------------------

def sound_lists(concepts, _cache, folder):
    """The garden's words by trained voices, computed noises, and recorded ones where there are. Held
    out are words that were not taught, recorded captions and effects of stamps that were not, and
    noises computed anew."""
    rng = np.random.default_rng(SEED)
    taught, held, kinds = [], [], {}

    def keep(group, samples):
        path = os.path.join(folder, '%06d.wav' % rng.integers(10 ** 6))
        loud = np.abs(samples).max()
        soundfile.write(path, (0.7 / loud if loud > 0 else 0) * samples, SAMPLE_RATE, 'FLOAT')
        group.append(path)
    unseen = {c['cp'] for c in concepts if c['source'] == 'emoji' and c['held'] == 'concept'}
    rows = garden_rows(concepts)
    kana = speakable([row[3] for row in rows])
    for _, cp, en, ja in rows:
        for said, accents in ((en, EN_ACCENTS), (kana.get(ja), ['ja'])):
            if said and (cp in unseen or rng.random() < 0.4):
                voice = accents[rng.integers(len(accents))] + VARIANTS[rng.integers(len(VARIANTS))]
                keep(held if cp in unseen else taught, trim(espeak(said, voice)))
    for make, _ in NOISES:
        for _ in range(6):
            keep(taught, make(2 * SAMPLE_RATE, rng))
        for _ in range(12):
            keep(held, make(2 * SAMPLE_RATE, rng))
    if os.path.isdir(STAMPS):
        recorded = [r for r in recordings(concepts) if r[2] != TEST_LANGUAGE]
        taught += [r[0] for r in recorded if r[4] == 'effect' and concepts[r[3]]['held'] != 'concept']
        unseen = [r for r in recorded if concepts[r[3]]['held'] == 'concept']
        held += [r[0] for r in unseen if r[4] == 'effect']
        held += [r[0] for r in sorted(unseen, key=lambda r: share(os.path.relpath(r[0], STAMPS), 'meter'))
                 if r[4] == 'caption'][:N_CAPTIONS]
    for make in strange.SOUNDS:
        kinds[make.__name__] = []
        for k in range(strange.EACH):
            keep(kinds[make.__name__], make(rows[k][2], rng))
    return taught, held, kinds


# ---- all -------------------------------------------------------------------------

LISTS = {'text': text_lists, 'image': picture_lists, 'audio': sound_lists}


def write_meter(cache, model, program, modality):
    """Its figures: how many concepts, how often something strange is farther away than an
    untaught concept (auc), how much of it is called so; each kind's auc."""
    concepts = load_json(os.path.join(cache, 'concepts.json'))

    def run(folder, lists, *more):
        paths = []
        for name, lines in zip(('taught', 'held', 'strange'), lists):
            paths.append(os.path.join(folder, name + '.txt'))
            with open(paths[-1], 'w', encoding='utf-8') as file:
                file.write('\n'.join(lines) + '\n')
        shown = subprocess.run([program, 'train', 'meter', model, '--concepts', paths[0],
                                '--held-out', paths[1], '--strange', paths[2], '--json',
                                '--modality', modality, '--most', str(MOST[modality]),
                                '--measure', MEASURE[modality], *more],
                               check=True, stdout=subprocess.PIPE, text=True).stdout
        return {k: round(v, 3) for k, v in json.loads(shown).items()}
    with tempfile.TemporaryDirectory() as folder:
        taught, held, kinds = LISTS[modality](concepts, cache, folder)
        name = os.path.join(model, 'umekomi-meter-%s.bin' % modality)
        spare = os.path.join(folder, 'spare.bin')
        out = run(folder, (taught, held, sum(kinds.values(), [])), '--output', spare)
        out['kept'] = out['auc'] >= LEAST
        if out['kept']:
            shutil.copyfile(spare, name)
        elif os.path.exists(name):
            os.unlink(name)
        if len(kinds) > 1:
            out['kinds'] = {k: run(folder, (taught, held, some), '--output', spare)['auc']
                            for k, some in kinds.items()}
    return out
