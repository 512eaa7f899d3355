#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made the files of this folder with PyTorch 1.13 and the recipe's own modules: a tower of
random numbers with a residual MLP on its mean, one picture of the tower's own size (so that no
resampling enters) and its vector in 32-bit floats."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', '..', 'tools', 'starter'))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402

import export  # noqa: E402
import model  # noqa: E402

SHAPE = {'hidden_size': 16, 'num_hidden_layers': 1, 'num_attention_heads': 2,
         'intermediate_size': 24, 'layer_norm_eps': 1e-5, 'input': (3, 16, 16), 'head_size': 20,
         'stem': [{'out': 6, 'kernel': 5, 'stride': [3, 3], 'padding': 2},
                  {'out': 16, 'kernel': [4, 3], 'stride': [2, 2], 'padding': [0, 1]}]}

torch.manual_seed(11)
model.N_DIMS = export.N_DIMS = 12
export.IMAGE_SIDE = 16
tower = model.StemTower(SHAPE, folded=True)
for p in tower.parameters():
    if p.dim() == 1:
        torch.nn.init.normal_(p, std=0.3)
for m in tower.modules():
    if isinstance(m, torch.nn.LayerNorm):
        torch.nn.init.normal_(m.weight, mean=1.0, std=0.2)
tower.eval()
tower.shape = SHAPE
export.write_image(HERE, tower, exact=True)
ramp = np.zeros((16, 16, 3), np.uint8)
ramp[..., 0] = np.arange(16) * 16
ramp[..., 1] = np.arange(16)[:, None] * 12
ramp[4:10, 6:12] = (20, 40, 230)
Image.fromarray(ramp).save(os.path.join(HERE, 'ramp.png'))
x = (torch.from_numpy(ramp.astype(np.float32)).permute(2, 0, 1)[None] / 255 - 0.5) / 0.5
with torch.no_grad():
    np.save(os.path.join(HERE, 'pictures.npy'), tower(x).numpy())
