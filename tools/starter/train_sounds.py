# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound tower: it learns the places of the finished text table. Each step hears views of
some clips, whole, as they are embedded later: each must find its text among all texts, by
the table and by a list of its own that knows nothing of meanings."""

import glob
import math
import os

import numpy as np
import torch
from torch.nn import functional as F

import model
from clips import LATER_STEPS, Clips, Hearings
from common import N_DIMS, SEED, SHARED, load_json, log
from logmel import cut_windows, log_mel, normalise_clip
from sounds import DIGITS, hear, test_clips
from training import SAVE_EVERY, Learner, Progress, rate_in_cycles, save_tensors
from watch import Watch, best_of, contrast_of, figures_of

STATE, GLANCE_EVERY = 'sounds-state.pt', 500


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

def new_tower(clips):
    tower = model.StemTower(model.SOUND)
    tower.register_parameter('scale', torch.nn.Parameter(torch.tensor(math.log(16.0))))
    tower.classes = torch.nn.Linear(model.SOUND['hidden_size'], len(clips.places))
    tower.phones = torch.nn.Linear(model.SOUND['hidden_size'], clips.units.shape[1])
    tower.phones.bias.data.copy_(torch.logit(clips.units.mean(0).clamp(0.001, 0.999)))
    return tower


def look(clips, tower):
    """(loss, recall at 10) of the texts that were kept back for early stopping."""
    heard = embed_windows(tower, [clip_windows(clips.mel(i)) for i in clips.watched])
    return contrast_of(heard, clips.places[clips.owner[clips.watched]].cpu())


def train_sounds(cache, cycles=(4200, 10000), device=torch.device('cpu'), watch=None,
                 few_steps=500, still_steps=1000, later_steps=LATER_STEPS, n_clips=64, peak=2e-3,
                 save_every=SAVE_EVERY):
    torch.manual_seed(SEED)
    watch = watch or Watch()
    clips = Clips(cache, bool(watch))

    def phase_at(step):
        return sum(step >= first for first in (few_steps, later_steps, cycles[0]))
    heard = Hearings(clips.to(device), phase_at, still_steps, n_clips)
    learner = Learner(new_tower(clips).to(device), peak)
    tower, average = learner.tower, learner.average.module
    progress = Progress(os.path.join(cache, STATE), device, save_every)
    kept = progress.load()
    if kept:
        watch.restore(kept.get('watch'), progress.path)
        learner.restore(kept)
        heard.restore(kept)
    glance, recent, steps = Glance(clips, cache), [], cycles[-1]
    log('sounds: %d clips of %d texts on %s, resumed at step %d' % (
        len(clips.means), len(clips.places), device, progress.step))

    def state():
        return dict(learner.state(), watch=watch.state(), batch=n_clips, **heard.states())
    while progress.step < steps and not watch.over():
        tower.train()
        loss, shown = losses_of(clips, tower, heard.batch(progress.step), (64, 128)[progress.step % 2],
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
