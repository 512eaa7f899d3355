# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sound tower learns from: all clips with what they mean, how often each is drawn, which
phones are heard in it, and batches of their views."""

import hashlib
import os
from collections import Counter

import numpy as np
import torch

from common import SEED, garden_list, load_json, save_whole
from device import restore_generator, seeded
from hearing import hearing_chances, hearings, stranger_chances, strangers
from noises import NOISES
from sounds import DIGITS, LOTS
from speech import load_clips, mel_of, phones, speakable
from train_text import load_text
from watch import watched

# What the clips are drawn from. A recorded caption's twins are spoken by a synthesiser.
SHARES = {'french': 0.30, 'caption': 0.17, 'twin': 0.12, 'digit': 0.11, 'noise': 0.13,
          'effect': 0.05, 'garden-en': 0.04, 'garden-ja': 0.04, 'other': 0.04}
LATER_STEPS = 1900
# … and once synthesised words are learnt: recorded ones, which are heard once a text, lag behind.
LATER = {'french': 0.25, 'caption': 0.34, 'twin': 0.07, 'digit': 0.10, 'noise': 0.10,
         'effect': 0.04, 'garden-en': 0.035, 'garden-ja': 0.035, 'other': 0.03}
# The second cycle hears the garden's words more often, in more voices.
WORDS = {'french': 0.15, 'caption': 0.22, 'twin': 0.05, 'digit': 0.10, 'noise': 0.11,
         'effect': 0.03, 'garden-en': 0.04, 'garden-ja': 0.04, 'word': 0.22, 'other': 0.04}
SPOKEN = ('speech', 'word', 'twin', 'caption')
N_STRANGERS = 4            # a batch in the second cycle


def group_of(mean, digits, garden, captions):
    text, language, _, kind = mean
    if text in digits:
        return 'digit'
    if kind != 'speech':
        return kind
    if language == 'fr' and text in captions:
        return 'french'
    if language in ('en', 'ja') and text in garden[language == 'ja']:
        return 'garden-' + language
    return 'other'


def group_names(means, concepts):
    digits = {w for words in DIGITS.values() for w in words}
    garden = {row[2] for row in garden_list()}, {row[3] for row in garden_list()}
    captions = {c['names']['fr'][0] for c in concepts if c['source'] == 'stamp'
                and 'fr' in c['names']}
    return np.array([group_of(m, digits, garden, captions) for m in means])


def weigh(means, groups, shares):
    """How often each clip is drawn: by its group, and within it each text alike."""
    texts = np.array([m[0] for m in means])
    weight = np.zeros(len(means))
    for group, share in shares.items():
        mine = groups == group
        if mine.any():
            _, of, n = np.unique(texts[mine], return_inverse=True, return_counts=True)
            each = 1.0 / n[of]
            weight[mine] = share * each / each.sum()
    return weight / weight.sum()


def units_of(means, least=25):
    """What is heard in each clip: (its row or -1 for a noise, one row of 0 and 1 for each text in
    a language: which phones and pairs of phones espeak-ng finds in it). Learning them takes
    a word apart, so that each word teaches something about all others."""
    wanted = sorted({(m[0], m[1]) for m in means if m[3] in SPOKEN}, key=lambda w: w[::-1])
    kana = speakable([t for t, language in wanted if language == 'ja'])
    sets = []
    for text, language in wanted:
        if language == 'ja' and text not in kana:
            sets.append(set())
            continue
        p = phones(kana[text] if language == 'ja' else text, language)
        sets.append(set(p) | {a + b for a, b in zip(['#'] + p, p + ['#'])})
    count = Counter(u for found in sets for u in found)
    place = {u: k for k, u in enumerate(sorted(u for u, n in count.items() if n >= least))}
    rows = torch.zeros(len(sets), len(place))
    for row, found in zip(rows, sets):
        row[[place[u] for u in found if u in place]] = 1.0
    at = {key: k for k, key in enumerate(wanted)}
    return np.array([at[m[0], m[1]] if m[3] in SPOKEN else -1 for m in means]), rows


def kept_units(cache, means):
    """units_of, made once: a machine that only trains needs neither espeak-ng nor MeCab."""
    path = os.path.join(cache, 'units.npz')
    digest = hashlib.sha256(repr(means).encode()).hexdigest()
    if not os.path.exists(path):
        rows, units = units_of(means)
        save_whole(path, lambda file: np.savez_compressed(file, rows=rows, units=units.numpy() > 0,
                                                          clips=digest))
    kept = np.load(path)
    if str(kept['clips']) != digest:
        raise SystemExit('%s is of other clips: remove it' % path)
    return kept['rows'], torch.from_numpy(kept['units'].astype(np.float32))


class Clips:
    """All clips, what they mean, and the places of all texts."""

    def __init__(self, cache, watching=False):
        self.means, frames, begin, n = [], [], [], 0
        for name in LOTS:
            self.means += load_json(os.path.join(cache, name + '.json'))
            some, offsets = load_clips(os.path.join(cache, name + '.npz'))
            frames.append(some)
            begin.append(offsets[:-1] + n)
            n += len(some)
        # All clips one after another, in the bytes they are kept in: where each begins, its length.
        self.frames = torch.from_numpy(np.concatenate(frames))
        self.begin = torch.from_numpy(np.concatenate(begin))
        self.lengths = torch.diff(self.begin, append=torch.tensor([n]))
        concepts = load_json(os.path.join(cache, 'concepts.json'))
        groups = group_names(self.means, concepts)
        # Texts kept back for early stopping are not drawn and are no wrong answers.
        back = np.array([watching and g not in ('digit', 'noise') and watched(m[0])
                         for m, g in zip(self.means, groups)])
        groups = np.where(back, '', groups)
        weight = weigh(self.means, groups, SHARES)
        self.edges = [np.cumsum(w) for w in (weight, weigh(self.means, groups, LATER),
                                             weigh(self.means, groups, WORDS))]
        texts = sorted({m[0] for m in self.means})
        place = {t: k for k, t in enumerate(texts)}
        self.owner = np.array([place[m[0]] for m in self.means])
        self.roams = torch.tensor([m[3] in ('noise', 'effect') for m in self.means])
        self.text = load_text(cache)
        self.places = torch.from_numpy(self.text.embed(texts))
        self.unit_row, self.units = kept_units(cache, self.means)
        # The first steps hear a few words often, the rest all.
        few = np.isin([m[3] for m in self.means], ('noise', 'speech')) & (groups != 'other') & ~back
        self.few_edges = np.cumsum(np.where(few, weight, 0))
        self.few_edges /= self.few_edges[-1]
        self.unheard = torch.ones(len(texts), dtype=torch.bool)
        self.unheard[np.unique(self.owner[few])] = False
        _, first = np.unique(self.owner[back], return_index=True)
        self.watched = np.flatnonzero(back)[first]          # a clip of each text
        self.hidden = torch.zeros(len(texts), dtype=torch.bool)
        self.hidden[self.owner[self.watched]] = True
        # Texts of one noise are right for one another.
        self.group = torch.full((len(texts),), -1)
        for k, (_, names) in enumerate(NOISES):
            self.group[[place[t] for t in names if t in place]] = k

    def to(self, device):
        """The tables that losses look up, on the device."""
        for name in ('frames', 'begin', 'lengths', 'roams', 'places', 'units', 'unheard', 'hidden', 'group'):
            setattr(self, name, getattr(self, name).to(device))
        return self

    def draw(self, rng, n, phase):
        """phase: 0 a few words, 1 all, 2 recorded ones more often, 3 the garden's too."""
        edges = self.edges[phase - 1] if phase else self.few_edges
        return np.minimum(np.searchsorted(edges, rng.random(n)), len(self.means) - 1)

    def mel(self, i):
        """The log-mel of one clip."""
        begin, n = int(self.begin[i]), int(self.lengths[i])
        return mel_of(self.frames[begin:begin + n].cpu().numpy())

    def stacked(self, chosen):
        """Clips one below another, padded by their last frames."""
        n = self.lengths[chosen]
        at = torch.arange(int(n.max()) + 1, device=n.device)[None].minimum(n[:, None] - 1)
        return mel_of(self.frames[self.begin[chosen][:, None] + at].float())

    def alike(self, target):
        """Texts that are no wrong answer for another: of nearly one place, or of one noise."""
        group = self.group[target]
        same = (self.places[target] @ self.places.t() > 0.9) | (
            (group[:, None] == self.group) & (group[:, None] >= 0)) | self.hidden
        same[torch.arange(len(target), device=same.device), target] = False
        return same


class Hearings:
    """The batches, made where the clips lie."""

    def __init__(self, clips, phase_at, still_steps, n_clips):
        self.clips, self.phase_at, self.still_steps = clips, phase_at, still_steps
        self.n = n_clips
        self.random, self.rng = seeded(clips.frames.device), np.random.default_rng(SEED)

    def batch(self, step):
        phase, clips = self.phase_at(step), self.clips
        drawn = clips.draw(self.rng, self.n, phase)
        chosen = torch.from_numpy(drawn).to(clips.frames.device)
        heard = hearing_chances(clips.lengths[chosen], clips.roams[chosen], self.random,
                                step >= self.still_steps)
        windows, of = hearings(clips.stacked(chosen), heard)
        odd = stranger_chances(len(windows), N_STRANGERS if phase == 3 else 0, self.random)
        said = torch.from_numpy(clips.unit_row[drawn]).to(chosen.device)
        return {'windows': windows, 'of': of, 'odd': strangers(windows, odd),
                'target': torch.from_numpy(clips.owner[drawn]).to(chosen.device),
                'words': (said >= 0).nonzero()[:, 0], 'said': said[said >= 0]}

    def states(self):
        return {'rng': self.rng.bit_generator.state, 'random': self.random.get_state()}

    def restore(self, kept):
        self.rng.bit_generator.state = kept['rng']
        restore_generator(self.random, kept['random'], kept['step'])
