# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound tower: it learns the places of the finished text table. Each step hears views of
some clips, whole, as they are embedded later: each must find its text among all texts, by
the table and by a list of its own that knows nothing of meanings."""

import glob
import math
import os
import time
from collections import Counter

import numpy as np
import torch
from torch.nn import functional as F

import model
from common import N_DIMS, SEED, SHARED, cut_windows, garden_list, load_json, log, log_mel
from common import normalise_clip
from hearing import hearings, strangers
from noises import NOISES
from sounds import DIGITS, LOTS, hear, test_clips
from speech import load_clips, phones, speakable
from train_pictures import Average, optimiser
from train_text import load_text, rate_in_cycles

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

    def __init__(self, cache):
        self.means, self.parts = [], []
        for name in LOTS:
            self.means += load_json(os.path.join(cache, name + '.json'))
            frames, offsets = load_clips(os.path.join(cache, name + '.npz'))
            self.parts += [frames[a:b] for a, b in zip(offsets, offsets[1:])]
        concepts = load_json(os.path.join(cache, 'concepts.json'))
        groups = group_names(self.means, concepts)
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
        few = np.isin([m[3] for m in self.means], ('noise', 'speech')) & (groups != 'other')
        self.few_edges = np.cumsum(np.where(few, weight, 0))
        self.few_edges /= self.few_edges[-1]
        self.unheard = torch.ones(len(texts), dtype=torch.bool)
        self.unheard[np.unique(self.owner[few])] = False
        # Texts of one noise are right for one another.
        self.group = torch.full((len(texts),), -1)
        for k, (_, names) in enumerate(NOISES):
            self.group[[place[t] for t in names if t in place]] = k

    def draw(self, rng, n, phase):
        """phase: 0 a few words, 1 all, 2 recorded ones more often, 3 the garden's too."""
        edges = self.edges[phase - 1] if phase else self.few_edges
        return np.minimum(np.searchsorted(edges, rng.random(n)), len(self.parts) - 1)

    def alike(self, target):
        """Texts that are no wrong answer for another: of nearly one place, or of one noise."""
        group = self.group[target]
        same = (self.places[target] @ self.places.t() > 0.9) | (
            (group[:, None] == self.group) & (group[:, None] >= 0))
        same[torch.arange(len(target)), target] = False
        return same


def mean_by(x, of, n):
    """The means of the rows that belong together."""
    count = torch.bincount(of, minlength=n)[:, None]
    return torch.zeros(n, x.shape[1]).index_add(0, of, x) / count


def found_by_text(clips, v, target, scale):
    """The texts of a batch among its clips: a clip that is near to every text, as those of one
    voice or one recorder become together, is paid for."""
    own = clips.places[target]
    other = (own @ own.t() > 0.9).fill_diagonal_(False)
    return F.cross_entropy((own @ v.t() * scale).masked_fill(other, -1e4),
                           torch.arange(len(target)))


def losses_of(clips, tower, windows, of, chosen, size, phase, odd):
    """By meaning at two widths, by name, by phones; the windows of no meaning (odd) shall be near
    to no text."""
    target = torch.from_numpy(clips.owner[chosen])
    n, same = len(target), clips.alike(target)
    if phase == 0:
        same = same | clips.unheard
    seen = tower.features(torch.cat([windows, odd]))
    each = F.normalize(tower.finish(seen), dim=1)
    seen, each, alien = seen[:len(windows)], each[:len(windows)], each[len(windows):]
    v = mean_by(each, of, n)
    scale, loss = tower.scale.clamp(max=math.log(32)).exp(), 0
    for width, share in ((N_DIMS, 1.0), (size, 0.25)):
        logits = F.normalize(v[:, :width], dim=1) @ F.normalize(
            clips.places[:, :width], dim=1).t() * scale
        loss = loss + share * F.cross_entropy(logits.masked_fill(same, -1e4), target)
    if len(odd):
        loss = loss - 0.05 * F.log_softmax(alien @ clips.places.t() * scale.detach(), dim=1).mean()
    if phase >= 2:
        loss = loss + 0.5 * found_by_text(clips, v, target, scale)
    whole = mean_by(seen, of, n)
    told = F.cross_entropy(tower.classes(whole).masked_fill(same, -1e4), target)
    said = torch.from_numpy(clips.unit_row[chosen])
    words = said >= 0
    right = clips.units[said[words]]
    spelt = F.binary_cross_entropy_with_logits(tower.phones(whole[words]), right, reduction='sum') \
        / right.sum().clamp(min=1.0)
    return loss + 0.5 * told + spelt, loss.item(), told.item(), spelt.item()


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
        embed = clips.text.embed
        self.sets = [
            ('french', 10, [r[0] for r in test], embed([r[1] for r in test]),
             list(range(len(test)))),
            ('digits', 1, digits, embed(DIGITS['en']),
             [int(os.path.basename(p)[0]) for p in digits]),
            ('esc', 1, esc, embed([names.get(k, k.replace('-', ' ')) for k in kinds]) if esc
             else None, [kinds.index(os.path.basename(os.path.dirname(p))) for p in esc])]
        self.sets = [(name, k, [clip_windows(log_mel(hear(p))) for p in paths], places, right)
                     for name, k, paths, places, right in self.sets if paths]

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
    flat = torch.from_numpy(np.concatenate(windows))
    of = torch.from_numpy(np.repeat(np.arange(len(windows)), [len(w) for w in windows]))
    v = torch.cat([tower(flat[i:i + 128]) for i in range(0, len(flat), 128)])
    return F.normalize(mean_by(v, of, len(windows)), dim=1)


# ---- training --------------------------------------------------------------------

def train_sounds(cache, cycles=(4200, 10000), few_steps=500, still_steps=1000,
                 later_steps=LATER_STEPS, n_clips=64, peak=2e-3, save_every=90):
    steps = cycles[-1]
    torch.manual_seed(SEED)
    random = torch.Generator().manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    clips = Clips(cache)
    tower = model.StemTower(model.SOUND)
    tower.register_parameter('scale', torch.nn.Parameter(torch.tensor(math.log(16.0))))
    tower.classes = torch.nn.Linear(model.SOUND['hidden_size'], len(clips.places))
    tower.phones = torch.nn.Linear(model.SOUND['hidden_size'], clips.units.shape[1])
    tower.phones.bias.data.copy_(torch.logit(clips.units.mean(0).clamp(0.001, 0.999)))
    average, adam = Average(tower), optimiser(tower, peak)
    path, step, cpu = os.path.join(cache, 'sounds-state.pt'), 0, 0.0
    if os.path.exists(path):
        kept = torch.load(path)
        tower.load_state_dict(kept['tower'])
        average.module.load_state_dict(kept['average'])
        adam.load_state_dict(kept['adam'])
        rng.bit_generator.state = kept['rng']
        random.set_state(kept['random'])
        average.steps = step = kept['step']
        cpu = kept['cpu']
    begin = saved = time.process_time()
    glance, recent = Glance(clips, cache), []
    log('sounds: %d clips of %d texts, resumed at step %d' % (
        len(clips.parts), len(clips.places), step))
    while step < steps:
        for group in adam.param_groups:
            group['lr'] = rate_in_cycles(step, cycles, peak)
        phase = sum(step >= first for first in (few_steps, later_steps, cycles[0]))
        chosen = clips.draw(rng, n_clips, phase)
        tower.train()
        windows, of = hearings([clips.parts[i] for i in chosen], clips.roams[chosen], random,
                               step >= still_steps)
        odd = strangers(windows, N_STRANGERS if phase == 3 else 0, random)
        loss, *shown = losses_of(clips, tower, windows, of, chosen, (64, 128)[step % 2], phase,
                                 odd)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tower.parameters(), 2.0)
        adam.step()
        average.update(tower)
        step += 1
        recent.append(shown)
        if step % 50 == 0:
            log('sounds %d/%d, %.1f cpu min, by meaning %.3f, name %.3f, phones %.3f, scale %.1f' % (
                step, steps, (cpu + time.process_time() - begin) / 60,
                *np.mean(recent[-50:], 0), tower.scale.exp().item()))
        if time.process_time() - saved > save_every or step == steps:
            saved = time.process_time()
            torch.save({'tower': tower.state_dict(), 'average': average.module.state_dict(),
                        'adam': adam.state_dict(), 'rng': rng.bit_generator.state,
                        'random': random.get_state(), 'step': step,
                        'cpu': cpu + saved - begin}, path + '.part')
            os.replace(path + '.part', path)
        if step % 500 == 0 or step == steps:
            log(glance.look(average.module))
    return {'steps': step, 'cpu_minutes': round((cpu + time.process_time() - begin) / 60, 1)}


def finish_sounds(cache):
    """The averaged tower as it is."""
    kept = torch.load(os.path.join(cache, 'sounds-state.pt'))
    tower = model.StemTower(model.SOUND)
    tower.load_state_dict({k: v for k, v in kept['average'].items()
                           if k != 'scale' and not k.startswith(('classes', 'phones'))})
    torch.save({'tower': tower.state_dict(), 'shape': model.SOUND},
               os.path.join(cache, 'sounds.pt'))
    return {'steps': kept['step'], 'cpu_minutes': round(kept['cpu'] / 60, 1)}


def load_sounds(cache):
    """The finished sound tower."""
    kept = torch.load(os.path.join(cache, 'sounds.pt'))
    tower = model.StemTower(kept['shape'], folded='stem.0.bias' in kept['tower'])
    tower.load_state_dict(kept['tower'])
    tower.shape = kept['shape']
    return tower.eval()
