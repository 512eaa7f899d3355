# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the trainings compute, and the random numbers that are drawn there."""

import os

import torch

from common import SEED


def choose(name):
    """The device of "auto", "cpu" or "cuda". On CUDA products round their factors to TF32, and
    algorithms that sum in one order are taken where there are such."""
    if name == 'auto':
        name = 'cuda' if torch.cuda.is_available() else 'cpu'
    if name == 'cuda':
        if not torch.cuda.is_available():
            raise SystemExit('--device cuda: PyTorch %s finds no CUDA GPU (Debian\'s python3-torch '
                             'is built without CUDA; see README.md)' % torch.__version__)
        os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = False
        torch.use_deterministic_algorithms(True, warn_only=True)
    return torch.device(name)


def sent(batch, device):
    """A dictionary's tensors on the device."""
    return {k: v.to(device) for k, v in batch.items()}


def seeded(device):
    """A generator of the device: what is random of a batch is drawn where the batch is made."""
    return torch.Generator(device).manual_seed(SEED)


def own_generator(device):
    """The one that layers draw from."""
    return torch.default_generator if device.type == 'cpu' else \
        torch.cuda.default_generators[torch.cuda.current_device()]


def restore_generator(random, state, step):
    """Goes on with the state of a device of the same kind; those of other kinds cannot be
    read, so there a new row of numbers begins, which hangs on the step alone."""
    try:
        random.set_state(state)
    except (RuntimeError, TypeError):
        random.manual_seed(SEED + step)


def on_cpu(value):
    """A state with its tensors on the processor, so that any device can go on from it."""
    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    if isinstance(value, dict):
        return {k: on_cpu(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(on_cpu(v) for v in value)
    return value
