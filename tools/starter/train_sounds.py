# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound tower: it learns the places of the finished text table. Each step hears views of
some clips, whole, as they are embedded later: each must find its text among all texts, by
the table and by a list of its own that knows nothing of meanings."""

import glob
import math
import os
from collections import Counter

import numpy as np
import torch
from torch.nn import functional as F

import model
from common import N_DIMS, SEED, SHARED, garden_list, load_json, log
from device import Batches
from hearing import hearing_chances, hearings, stranger_chances, strangers, windows_in
from logmel import cut_windows, log_mel, normalise_clip
from noises import NOISES
from sounds import DIGITS, LOTS, hear, test_clips
from speech import load_clips, phones, speakable
from train_text import load_text
from training import SAVE_EVERY, Learner, Progress, rate_in_cycles, save_tensors
from watch import Watch, best_of, contrast_of, figures_of, watched

STATE, GLANCE_EVERY = 'sounds-state.pt', 500

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


class Clips:
    """All clips, what they mean, and the places of all texts."""

    def __init__(self, cache, watching=False):
        self.means, self.parts = [], []
        for name in LOTS:
            self.means += load_json(os.path.join(cache, name + '.json'))
            frames, offsets = load_clips(os.path.join(cache, name + '.npz'))
            self.parts += [frames[a:b] for a, b in zip(offsets, offsets[1:])]
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
        self.roams = np.array([m[3] in ('noise', 'effect') for m in self.means])
        self.text = load_text(cache)
        self.places = torch.from_numpy(self.text.embed(texts))
        self.unit_row, self.units = units_of(self.means)
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
        for name in ('places', 'units', 'unheard', 'hidden', 'group'):
            setattr(self, name, getattr(self, name).to(device))
        return self

    def draw(self, rng, n, phase):
        """phase: 0 a few words, 1 all, 2 recorded ones more often, 3 the garden's too."""
        edges = self.edges[phase - 1] if phase else self.few_edges
        return np.minimum(np.searchsorted(edges, rng.random(n)), len(self.parts) - 1)

    def alike(self, target):
        """Texts that are no wrong answer for another: of nearly one place, or of one noise."""
        group = self.group[target]
        same = (self.places[target] @ self.places.t() > 0.9) | (
            (group[:, None] == self.group) & (group[:, None] >= 0)) | self.hidden
        same[torch.arange(len(target), device=same.device), target] = False
        return same


def mean_by(x, of, n):
    """The means of the rows that belong together."""
    count = torch.zeros(n, 1, device=x.device).index_add(0, of, x.new_ones(len(x), 1))
    return torch.zeros(n, x.shape[1], device=x.device).index_add(0, of, x) / count


def found_by_text(clips, v, target, scale):
    """The texts of a batch among its clips: a clip that is near to every text, as those of one
    voice or one recorder become together, is paid for."""
    own = clips.places[target]
    other = (own @ own.t() > 0.9).fill_diagonal_(False)
    return F.cross_entropy((own @ v.t() * scale).masked_fill(other, -1e4),
                           torch.arange(len(target), device=v.device))


def losses_of(clips, tower, batch, size, phase):
    """By meaning at two widths, by name, by phones; the windows of no meaning (odd) shall be near
    to no text."""
    windows, odd, target = batch['windows'], batch['odd'], batch['target']
    n, same = len(target), clips.alike(target)
    if phase == 0:
        same = same | clips.unheard
    seen = tower.features(torch.cat([windows, odd]))
    each = F.normalize(tower.finish(seen), dim=1)
    seen, each, alien = seen[:len(windows)], each[:len(windows)], each[len(windows):]
    v = mean_by(each, batch['of'], n)
    scale, loss = tower.scale.clamp(max=math.log(32)).exp(), 0
    for width, share in ((N_DIMS, 1.0), (size, 0.25)):
        logits = F.normalize(v[:, :width], dim=1) @ F.normalize(
            clips.places[:, :width], dim=1).t() * scale
        loss = loss + share * F.cross_entropy(logits.masked_fill(same, -1e4), target)
    if len(odd):
        loss = loss - 0.05 * F.log_softmax(alien @ clips.places.t() * scale.detach(), dim=1).mean()
    if phase >= 2:
        loss = loss + 0.5 * found_by_text(clips, v, target, scale)
    whole = mean_by(seen, batch['of'], n)
    told = F.cross_entropy(tower.classes(whole).masked_fill(same, -1e4), target)
    right = clips.units[batch['said']]
    spelt = F.binary_cross_entropy_with_logits(tower.phones(whole[batch['words']]), right,
                                               reduction='sum') / right.sum().clamp(min=1.0)
    return loss + 0.5 * told + spelt, torch.stack([loss, told, spelt]).detach()


# ---- a look on the way -----------------------------------------------------------

def clip_windows(mel):
    return cut_windows(normalise_clip(mel.astype(np.float32)))


class Glance:
    """Some of the gates' clips, for a look on the way: nothing is chosen by them."""

    def __init__(self, clips, cache):
        test = test_clips(load_json(os.path.join(cache, 'concepts.json')))
        digits = sorted(glob.glob(os.path.join(SHARED, 'audio', 'fsdd', '*_*_*.wav')))[::5]
        esc = sorted(glob.glob(os.path.join(SHARED, 'audio', 'esc10', '*', '*.ogg')))[::2]
        kinds = sorted({os.path.basename(os.path.dirname(p)) for p in esc})
        names = {'baby-cry': 'crying baby', 'fire-crackling': 'crackling fire',
                 'person-sneeze': 'person sneezing'}
        sets = [('french', 10, [r[0] for r in test], [r[1] for r in test], list(range(len(test)))),
                ('digits', 1, digits, DIGITS['en'], [int(os.path.basename(p)[0]) for p in digits]),
                ('esc', 1, esc, [names.get(k, k.replace('-', ' ')) for k in kinds],
                 [kinds.index(os.path.basename(os.path.dirname(p))) for p in esc])]
        self.sets = [(name, k, [clip_windows(log_mel(hear(p))) for p in paths],
                      clips.text.embed(texts), right)
                     for name, k, paths, texts, right in sets if paths]

    @torch.no_grad()
    def look(self, tower):
        out = []
        for name, k, windows, places, right in self.sets:
            v = embed_windows(tower, windows)
            scores = v @ torch.from_numpy(places).t()
            own = scores[torch.arange(len(right)), right]
            out.append('%s R@%d %.3f' % (name, k, ((scores > own[:, None]).sum(1) < k)
                                         .float().mean()))
        return ', '.join(out)


@torch.no_grad()
def embed_windows(tower, windows):
    tower.eval()
    device = tower.projection.weight.device
    flat = torch.from_numpy(np.concatenate(windows))
    of = torch.from_numpy(np.repeat(np.arange(len(windows)), [len(w) for w in windows]))
    v = torch.cat([tower(flat[i:i + 128].to(device)).cpu() for i in range(0, len(flat), 128)])
    return F.normalize(mean_by(v, of, len(windows)), dim=1)


# ---- training --------------------------------------------------------------------

class Hearings:
    """The batches: what is drawn of each in order, then the windows made of it."""

    def __init__(self, clips, phase_at, still_steps, n_clips):
        self.clips, self.phase_at, self.still_steps = clips, phase_at, still_steps
        self.n = n_clips
        self.random = torch.Generator().manual_seed(SEED)
        self.rng = np.random.default_rng(SEED)

    def draw(self, step):
        phase, clips = self.phase_at(step), self.clips
        chosen = clips.draw(self.rng, self.n, phase)
        heard = hearing_chances(np.array([len(clips.parts[i]) for i in chosen]),
                                clips.roams[chosen], self.random, step >= self.still_steps)
        return chosen, heard, stranger_chances(int(windows_in(heard.total).sum()),
                                               N_STRANGERS if phase == 3 else 0, self.random)

    def make(self, drawn):
        chosen, heard, strange = drawn
        windows, of = hearings([self.clips.parts[i] for i in chosen], heard)
        said = torch.from_numpy(self.clips.unit_row[chosen])
        return {'windows': windows, 'of': of, 'odd': strangers(windows, strange),
                'target': torch.from_numpy(self.clips.owner[chosen]),
                'words': (said >= 0).nonzero()[:, 0], 'said': said[said >= 0]}

    def states(self):
        return {'rng': self.rng.bit_generator.state, 'random': self.random.get_state()}

    def restore(self, kept):
        self.rng.bit_generator.state = kept['rng']
        self.random.set_state(kept['random'])


def new_tower(clips):
    tower = model.StemTower(model.SOUND)
    tower.register_parameter('scale', torch.nn.Parameter(torch.tensor(math.log(16.0))))
    tower.classes = torch.nn.Linear(model.SOUND['hidden_size'], len(clips.places))
    tower.phones = torch.nn.Linear(model.SOUND['hidden_size'], clips.units.shape[1])
    tower.phones.bias.data.copy_(torch.logit(clips.units.mean(0).clamp(0.001, 0.999)))
    return tower


def look(clips, tower):
    """(loss, recall at 10) of the texts that were kept back for early stopping."""
    heard = embed_windows(tower, [clip_windows(clips.parts[i]) for i in clips.watched])
    return contrast_of(heard, clips.places[clips.owner[clips.watched]].cpu())


def train_sounds(cache, cycles=(4200, 10000), device=torch.device('cpu'), watch=None,
                 few_steps=500, still_steps=1000, later_steps=LATER_STEPS, n_clips=64, peak=2e-3,
                 save_every=SAVE_EVERY, workers=None):
    torch.manual_seed(SEED)
    watch = watch or Watch()
    clips = Clips(cache, bool(watch))

    def phase_at(step):
        return sum(step >= first for first in (few_steps, later_steps, cycles[0]))
    heard = Hearings(clips, phase_at, still_steps, n_clips)
    learner = Learner(new_tower(clips).to(device), peak)
    clips.to(device)
    tower, average = learner.tower, learner.average.module
    progress = Progress(os.path.join(cache, STATE), device, save_every)
    kept = progress.load()
    if kept:
        watch.restore(kept.get('watch'), progress.path)
        learner.restore(kept)
        heard.restore(kept)
    glance, recent, steps = Glance(clips, cache), [], cycles[-1]
    log('sounds: %d clips of %d texts on %s, resumed at step %d' % (
        len(clips.parts), len(clips.places), device, progress.step))
    batches = Batches(heard.draw, heard.make, heard.states, progress.step, device, workers)

    def state():
        return dict(learner.state(), watch=watch.state(), **batches.states)
    while progress.step < steps and not watch.over():
        tower.train()
        loss, shown = losses_of(clips, tower, batches.next(), (64, 128)[progress.step % 2],
                                phase_at(progress.step))
        learner.learn(loss, rate_in_cycles(progress.step, cycles, peak))
        progress.step += 1
        recent.append(shown)
        if progress.step % 50 == 0:
            log('sounds %d/%d, %.1f cpu min, by meaning %.3f, name %.3f, phones %.3f, scale %.1f' % (
                progress.step, steps, progress.minutes(), *torch.stack(recent).mean(0).tolist(),
                tower.scale.exp().item()))
            recent = []
        if watch.due(progress.step):
            watch.look('sounds', progress.step, *look(clips, average), average.state_dict())
        last = progress.step == steps or watch.over()
        progress.save_when_due(state, last)
        if progress.step % GLANCE_EVERY == 0 or last:
            log(glance.look(average))
    batches.close()


def finish_sounds(cache):
    """The averaged tower as it is."""
    kept = Progress(os.path.join(cache, STATE)).load()
    tower = model.StemTower(model.SOUND)
    tower.load_state_dict({k: v for k, v in best_of(kept).items()
                           if k != 'scale' and not k.startswith(('classes', 'phones'))})
    save_tensors(os.path.join(cache, 'sounds.pt'),
                 {'tower': tower.state_dict(), 'shape': model.SOUND})
    return figures_of(kept)


def load_sounds(cache):
    """The finished sound tower."""
    kept = torch.load(os.path.join(cache, 'sounds.pt'))
    tower = model.StemTower(kept['shape'], folded='stem.0.bias' in kept['tower'])
    tower.load_state_dict(kept['tower'])
    tower.shape = kept['shape']
    return tower.eval()
