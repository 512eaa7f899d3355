# SPDX-License-Identifier: GPL-3.0-or-later
"""What the trainings share: how the rate goes, the average of a tower's weights, its optimiser,
and the state that is saved on the way, from which an interrupted one goes on."""

import copy
import io
import os
import time

import torch

from common import save_whole
from device import on_cpu, own_generator, restore_generator

SAVE_EVERY = 90            # seconds of processor time between two saved states


def rate_at(step, steps, peak):
    """Warm, level, then down over the last quarter: what was learnt on the level does not
    depend on how long the level will be."""
    return peak * min(1.0, (step + 1) / 100, max(0.02, (steps - step) / (0.25 * steps)))


def rate_in_cycles(step, cycles, peak):
    """The rate falls towards the end of each cycle and begins anew with the next (warm restarts,
    Loshchilov and Hutter 2017): after each there is a finished tower, and more steps can follow."""
    begin = 0
    for end in cycles:
        if step < end:
            return rate_at(step - begin, end - begin, peak)
        begin = end
    return 0.0


def save_tensors(path, value):
    """By way of memory: where a file cannot take it all, PyTorch 1.13 ends the whole process."""
    memory = io.BytesIO()
    torch.save(value, memory)
    save_whole(path, lambda file: file.write(memory.getbuffer()))


class Average:
    """An exponential average of a module, batch-norm figures included."""

    def __init__(self, module, decay=0.998):
        self.module, self.decay, self.steps = copy.deepcopy(module).eval(), decay, 0
        both = list(zip(self.module.state_dict().values(), module.state_dict().values()))
        self.numbers = [list(x) for x in zip(*(p for p in both if p[0].dtype.is_floating_point))]
        self.counts = [p for p in both if not p[0].dtype.is_floating_point]

    @torch.no_grad()
    def update(self):
        """All at once: on a GPU a tensor at a time would take longer than the step."""
        self.steps += 1
        keep = min(self.decay, self.steps / (self.steps + 10.0))
        torch._foreach_mul_(self.numbers[0], keep)
        torch._foreach_add_(*self.numbers, alpha=1 - keep)
        for mine, other in self.counts:
            mine.copy_(other)


class Learner:
    """A tower with its average and its optimiser: one step of learning from a loss."""

    def __init__(self, tower, rate):
        self.tower, self.average = tower, Average(tower)
        heavy = [p for p in tower.parameters() if p.dim() > 1]
        light = [p for p in tower.parameters() if p.dim() <= 1]
        self.adam = torch.optim.AdamW([{'params': heavy, 'weight_decay': 0.03},
                                       {'params': light, 'weight_decay': 0.0}], lr=rate,
                                      betas=(0.9, 0.98))

    def learn(self, loss, rate):
        for group in self.adam.param_groups:
            group['lr'] = rate
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.tower.parameters(), 2.0)
        self.adam.step()
        self.average.update()

    def state(self):
        return {'tower': self.tower.state_dict(), 'average': self.average.module.state_dict(),
                'adam': self.adam.state_dict(), 'dropout': self.generator().get_state()}

    def generator(self):
        return own_generator(next(self.tower.parameters()).device)

    def restore(self, kept):
        self.tower.load_state_dict(kept['tower'])
        self.average.module.load_state_dict(kept['average'])
        self.average.steps = kept['step']
        self.adam.load_state_dict(kept['adam'])
        restore_generator(self.generator(), kept['dropout'], kept['step'])


class Progress:
    """Steps and processor time of a training, kept in a file of the cache with its state."""

    def __init__(self, path, device='cpu', save_every=SAVE_EVERY):
        self.path, self.devices, self.save_every = path, {str(device)}, save_every
        self.step, self.before = 0, 0.0
        self.begin = self.saved = time.process_time()

    def load(self):
        """What was saved, or None. The tensors come to the processor first: whoever takes
        them over moves them to where they belong."""
        if not os.path.exists(self.path):
            return None
        kept = torch.load(self.path, map_location='cpu')
        self.step, self.before = kept['step'], kept['cpu']
        self.devices |= set(kept.get('devices', ['cpu']))
        return kept

    def minutes(self):
        return (self.before + time.process_time() - self.begin) / 60

    def save_when_due(self, state, last):
        if time.process_time() - self.saved <= self.save_every and not last:
            return
        self.saved = time.process_time()
        kept = dict(on_cpu(state()), step=self.step, cpu=60 * self.minutes(),
                    devices=sorted(self.devices))
        save_tensors(self.path, kept)
