# SPDX-License-Identifier: GPL-3.0-or-later
"""A cache of the starter recipe in small: some dozens of made-up concepts with names, drawings
and clips, so that each training runs in a second without the packages it learns from."""

import os

import numpy as np

SYLLABLES = 'ka ru mi to se no ha li be du'.split()
KANA = 'かるみとせのはりべづ'
N_EMOJI, N_STAMPS = 60, 12


def words(n, letters, rng):
    out = []
    while len(out) < n:
        word = ''.join(letters[i] for i in rng.integers(0, len(letters), 4))
        if word not in out:
            out.append(word)
    return out


def make_concepts(rng):
    n = N_EMOJI + N_STAMPS
    english, japanese = words(n, SYLLABLES, rng), words(n, KANA, rng)
    out = []
    for k in range(n):
        names = {'en': [english[k], english[k] + ' ' + english[k - 1]], 'ja': [japanese[k]],
                 'fr': [english[k] + 'e']}
        held = 'concept' if k % 10 == 9 else 'japanese' if k % 10 == 8 and k < N_EMOJI else ''
        c = {'source': 'emoji', 'cp': chr(0x1f400 + k)} if k < N_EMOJI else \
            {'source': 'stamp', 'path': 'nowhere/%d' % k}
        out.append(dict(c, names=names, held=held))
    return out


def make_pairs(concepts):
    names = [c['names']['en'][0] for c in concepts]
    japanese = [c['names']['ja'][0] for c in concepts]
    glosses = [(a, 'a small %s beside a %s' % (b, c))
               for a, b, c in zip(names, names[1:], names[2:])]
    return {'gloss': glosses, 'near': list(zip(names, names[3:])),
            'example': [(a, 'we saw a %s here' % a) for a in names],
            'locale': [(a, a + 'o') for a in names],
            'edict': [(b, a, k % 2 == 0) for k, (a, b) in enumerate(zip(names, japanese))],
            'book': {'en': ['this is how a %s is used' % a for a in names],
                     'ja': ['これは%sです' % b for b in japanese]}}


def make_pictures(cache, concepts, rng, save_json):
    pictures, owner, style = [], [], []
    for row, c in enumerate(concepts):
        for name in ('noto', 'fluent') if c['source'] == 'emoji' else ('stamp',):
            picture = np.zeros((64, 64, 4), np.uint8)
            picture[8:56, 8:56] = rng.integers(0, 255, (1, 1, 4))
            picture[..., :3] = np.minimum(picture[..., :3], picture[..., 3:])
            pictures.append(picture)
            owner.append(row)
            style.append(name)
    np.save(os.path.join(cache, 'pictures.npy'), np.stack(pictures))
    save_json(os.path.join(cache, 'pictures.json'), {'owner': owner, 'style': style})
    np.save(os.path.join(cache, 'unseen.npy'), np.stack(pictures[:2 * N_EMOJI:2]))
    save_json(os.path.join(cache, 'unseen.json'), list(range(N_EMOJI)))


def make_clips(cache, concepts, rng, lots):
    from common import save_json
    from speech import levels_of, save_clips
    spoken = [(c['names']['en'][0], 'en', -1, 'speech') for c in concepts]
    for lot in lots:
        means = spoken + [('one', 'en', -1, 'speech'), ('two', 'en', -1, 'speech'),
                          ('rain', 'en', -1, 'noise'), ('helicopter', 'en', -1, 'noise')]
        means += [(c['names']['en'][0], 'en', k, 'caption') for k, c in enumerate(concepts)
                  if c['source'] == 'stamp']
        save_clips(os.path.join(cache, lot + '.npz'),
                   [levels_of(rng.normal(-4, 2, (int(rng.integers(20, 320)), 64)))
                    for _ in means])
        save_json(os.path.join(cache, lot + '.json'), means)


def make_cache(cache):
    """What the steps before the trainings would have written."""
    from common import save_json
    from sounds import LOTS
    rng = np.random.default_rng(1)
    concepts = make_concepts(rng)
    save_json(os.path.join(cache, 'concepts.json'), concepts)
    save_json(os.path.join(cache, 'pairs.json'), make_pairs(concepts))
    make_pictures(cache, concepts, rng, save_json)
    make_clips(cache, concepts, rng, LOTS)
