# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the trainings compute, and batches that are made ahead of a device that would wait for
them. All that is random is drawn on the processor, in one order, whatever the device is."""

import collections
import concurrent.futures
import os

import torch

MOST_WORKERS = 8


def choose(name):
    """The device of "auto", "cpu" or "cuda". On CUDA the same results come again on the same
    GPU: 32-bit floats throughout, algorithms that sum in one order where there are such."""
    if name == 'auto':
        name = 'cuda' if torch.cuda.is_available() else 'cpu'
    if name == 'cuda':
        if not torch.cuda.is_available():
            raise SystemExit('--device cuda: PyTorch %s finds no CUDA GPU (Debian\'s python3-torch '
                             'is built without CUDA; see README.md)' % torch.__version__)
        os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.benchmark = False
        torch.use_deterministic_algorithms(True, warn_only=True)
    return torch.device(name)


def workers_for(device):
    """Threads that make batches ahead: none where they would compete with the training."""
    return 0 if device.type == 'cpu' else max(1, min(MOST_WORKERS, (os.cpu_count() or 2) - 1))


def pinned(batch, device):
    """A dictionary's tensors where a GPU can fetch them without the processor waiting for it."""
    if device.type != 'cuda':
        return batch
    return {k: v.pin_memory() if v.numel() else v for k, v in batch.items()}


def sent(batch, device):
    """A dictionary's tensors on the device."""
    if device.type == 'cpu':
        return batch
    return {k: v.to(device, non_blocking=True) for k, v in batch.items()}


def on_cpu(value):
    """A state with its tensors on the processor, so that any device can go on from it."""
    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    if isinstance(value, dict):
        return {k: on_cpu(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(on_cpu(v) for v in value)
    return value


class Batches:
    """The batches of a training from a step on. draw(step) is called in order, by one thread;
    make(what was drawn) depends on nothing else and may be called by several. `states` is
    what the generators were after the batch given last, however many are ready."""

    def __init__(self, draw, make, states, step, device, workers=None):
        self.draw, self.make, self.get_states = draw, make, states
        self.states, self.asked, self.device = states(), step, device
        self.workers = workers_for(device) if workers is None else workers
        if self.workers:
            self.drawer = concurrent.futures.ThreadPoolExecutor(1)
            self.makers = concurrent.futures.ThreadPoolExecutor(self.workers)
            self.ready = collections.deque(self._ask() for _ in range(2 * self.workers))

    def _next_draw(self):
        drawn = self.draw(self.asked)
        self.asked += 1
        return drawn, self.get_states()

    def _ask(self):
        drawn = self.drawer.submit(self._next_draw)

        def made():
            what, states = drawn.result()
            return pinned(self.make(what), self.device), states
        return self.makers.submit(made)

    def next(self):
        if self.workers:
            batch, self.states = self.ready.popleft().result()
            self.ready.append(self._ask())
        else:
            drawn, self.states = self._next_draw()
            batch = self.make(drawn)
        return sent(batch, self.device)

    def close(self):
        if self.workers:
            self.makers.shutdown(cancel_futures=True)
            self.drawer.shutdown(cancel_futures=True)
