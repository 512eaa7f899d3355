# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound tower: version 1's features of sound; the head that takes spoken words, recorded
captions and noises to the places of the text table is trained by train_heads.py."""

import os
import subprocess

import numpy as np
import torch

import model
from common import (N_MELS, REPOSITORY, SEED, WINDOW_FRAMES, cut_windows, garden_list, load_json,
                    log, normalise_clip)
from sounds import DIGITS
from speech import load_clips
from weights import read_safetensors

VERSION_1 = 'ca5ceff61eca'      # the last commit with version 1's weights

# What the clips are drawn from.
SHARES = {'french': 0.42, 'digit': 0.12, 'noise': 0.10, 'effect': 0.08, 'garden-en': 0.08,
          'garden-ja': 0.08, 'caption': 0.12}


def weigh(means, concepts):
    """How often each clip is drawn: by its group, and within it each text alike."""
    digits = {w for words in DIGITS.values() for w in words}
    garden = {row[2] for row in garden_list()}, {row[3] for row in garden_list()}
    captions = {c['names']['fr'][0] for c in concepts if c['source'] == 'stamp'
                and 'fr' in c['names']}
    groups = []
    for text, language, _, kind in means:
        if kind != 'speech':
            groups.append(kind)
        elif text in digits:
            groups.append('digit')
        elif language == 'fr' and text in captions:
            groups.append('french')
        elif language in ('en', 'ja') and text in garden[language == 'ja']:
            groups.append('garden-' + language)
        else:
            groups.append('')
    groups, texts = np.array(groups), np.array([m[0] for m in means])
    weight = np.zeros(len(means))
    for group, share in SHARES.items():
        mine = groups == group
        if mine.any():
            _, of, n = np.unique(texts[mine], return_inverse=True, return_counts=True)
            each = 1.0 / n[of]
            weight[mine] = share * each / each.sum()
    return weight / weight.sum()


def version_1(folder):
    """The sound tower of version 1, which had heard some six thousand English and Japanese
    words for 21 processor minutes; taken from this repository's history."""
    os.makedirs(folder, exist_ok=True)
    for name in ('config.json', 'model.safetensors'):
        shown = subprocess.run(['git', '-C', REPOSITORY, 'show',
                                '%s:assets/starter/audio/%s' % (VERSION_1, name)],
                               capture_output=True, check=True)
        with open(os.path.join(folder, name), 'wb') as file:
            file.write(shown.stdout)
    config = load_json(os.path.join(folder, 'config.json'))
    shape = {k: config[k] for k in ('hidden_size', 'num_hidden_layers', 'num_attention_heads',
                                    'intermediate_size', 'layer_norm_eps', 'stem')}
    shape['input'] = (1, N_MELS, WINDOW_FRAMES)
    tower = model.StemTower(shape, folded=True)
    tensors = read_safetensors(os.path.join(folder, 'model.safetensors'))
    tensors['projection.weight'] = tower.projection.weight.detach().numpy()
    tower.load_state_dict({k: torch.from_numpy(v) for k, v in tensors.items()})
    return tower.eval(), shape


@torch.no_grad()
def mel_features(tower, mels):
    """(features of all windows of some clips before the head, the clip of each window)"""
    windows = [cut_windows(normalise_clip(m.astype(np.float32))) for m in mels]
    flat = torch.from_numpy(np.concatenate(windows))
    return (torch.cat([tower.features(flat[i:i + 128]) for i in range(0, len(flat), 128)]),
            np.repeat(np.arange(len(mels)), [len(w) for w in windows]))


def features_path(cache, n_clips):
    """Another number of clips is another choice, so it has a file of its own."""
    return os.path.join(cache, 'sounds-features-%d.pt' % n_clips)


def collect_features(cache, tower, n_clips, at_once=500):
    """Features of clips drawn by their groups' shares, into a file of that many, a part at
    a time. Returns the texts, the text of each clip, the parts."""
    rng = np.random.default_rng(SEED + 2)
    means = load_json(os.path.join(cache, 'sounds.json'))
    frames, offsets = load_clips(os.path.join(cache, 'sounds.npz'))
    weight = weigh(means, load_json(os.path.join(cache, 'concepts.json')))
    n_clips = min(n_clips, int((weight > 0).sum()))
    chosen = rng.choice(len(means), n_clips, replace=False, p=weight)
    path = features_path(cache, n_clips)
    found = torch.load(path) if os.path.exists(path) else []
    for at in range(at_once * len(found), n_clips, at_once):
        part = chosen[at:at + at_once]
        x, of = mel_features(tower, [frames[offsets[i]:offsets[i + 1]] for i in part])
        found.append((x, of + at))
        torch.save(found, path + '.part')
        os.replace(path + '.part', path)
        log('sounds: %d of %d clips' % (at + len(part), n_clips))
    texts = sorted({means[i][0] for i in chosen})
    place = {t: k for k, t in enumerate(texts)}
    owner = [place[means[i][0]] for i in chosen]
    return texts, owner, found


def load_sounds(cache):
    """The finished sound tower."""
    kept = torch.load(os.path.join(cache, 'sounds.pt'))
    tower = model.StemTower(kept['shape'], folded=True)
    tower.load_state_dict(kept['tower'])
    tower.shape = kept['shape']
    return tower.eval()
