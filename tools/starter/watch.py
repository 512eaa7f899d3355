# SPDX-License-Identifier: GPL-3.0-or-later
"""Early stopping: some of what could be trained on is kept back and looked at every so many
steps; the best averaged weights are kept, and after some looks without a better one a training
ends. It is off unless asked for, and never sees what the card measures with."""

import copy
import math

import torch
from torch.nn import functional as F

from common import log, share
from device import on_cpu

SHARE = 0.03               # of the material that is kept back
SCALE = 16.0               # fixed, or looks could not be compared


def watched(key):
    """Whether a name is kept back: by a hash of its own, so that no order of files enters."""
    return share(key.lower(), 'watched') < SHARE


def contrast_of(queries, answers):
    """(loss, recall at 10) of rows that belong together, looked for among all, both ways.
    Rows of nearly one place are no wrong answers for one another."""
    right = torch.arange(len(queries))
    other = (answers @ answers.t() > 0.9).fill_diagonal_(False)
    scores = (queries @ answers.t()).masked_fill(other, -1.0)
    back = (answers @ queries.t()).masked_fill(other, -1.0)
    loss = (F.cross_entropy(scores * SCALE, right) + F.cross_entropy(back * SCALE, right)) / 2
    found = (scores > scores.diagonal()[:, None]).sum(1) < 10
    return loss.item(), found.float().mean().item()


class Watch:
    """patience: looks without a better one before the end; 0: no watch at all."""

    def __init__(self, patience=0, every=200):
        self.patience, self.every = patience, every
        self.loss, self.step, self.waited, self.weights = math.inf, 0, 0, None

    def __bool__(self):
        return self.patience > 0

    def due(self, step):
        return bool(self) and step % self.every == 0

    def look(self, name, step, loss, recall, weights):
        """weights: tensors that are kept if this is the best look so far."""
        better = loss < self.loss
        if better:
            self.loss, self.step, self.waited = loss, step, 0
            self.weights = copy.deepcopy(on_cpu(weights))
        else:
            self.waited += 1
        log('%s %d, held out: loss %.4f, R@10 %.3f%s' % (
            name, step, loss, recall, ', the best' if better else
            ', %d of %d looks without a better one' % (self.waited, self.patience)))

    def over(self):
        return bool(self) and self.waited >= self.patience

    def state(self):
        return {'patience': self.patience, 'every': self.every, 'loss': self.loss,
                'step': self.step, 'waited': self.waited, 'weights': self.weights}

    def restore(self, kept, path):
        """Goes on where a training was. One that was begun otherwise had other material."""
        kept = kept or {'patience': 0}
        if bool(kept['patience']) != bool(self) or (self and kept['every'] != self.every):
            def told(patience, every):
                return '--patience %d --look-every %d' % (patience, every) if patience \
                    else '--patience 0'
            raise SystemExit('%s was begun with %s, not %s: give what it was begun with, or '
                             'remove the file to begin anew' % (
                                 path, told(kept['patience'], kept.get('every', 0)),
                                 told(self.patience, self.every)))
        if self:
            self.loss, self.step = kept['loss'], kept['step']
            self.waited, self.weights = kept['waited'], kept['weights']


def best_of(kept):
    """The averaged weights a saved training gives: those of its best look, if it was watched."""
    watch = kept.get('watch')
    return watch['weights'] if watch and watch['step'] else kept['average']


def figures_of(kept):
    """What the card says of a saved training."""
    out = {'steps': kept['step'], 'cpu_minutes': round(kept['cpu'] / 60, 1)}
    if 'batch' in kept:
        out['batch'] = kept['batch']
    if kept.get('devices', ['cpu']) != ['cpu']:
        out['devices'] = ', '.join(kept['devices'])
    watch = kept.get('watch')
    if watch and watch['step']:
        out.update(best_step=watch['step'], held_out_loss=round(watch['loss'], 4))
    return out
