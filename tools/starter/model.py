# SPDX-License-Identifier: GPL-3.0-or-later
"""The tower of pictures and of sounds: convolutions, then a small transformer over the
cells that are left. Tensor names are those of the published folders."""

import torch
from torch import nn
from torch.nn import functional as F

from common import IMAGE_SIDE, N_DIMS, N_MELS, WINDOW_FRAMES

IMAGE = {'hidden_size': 192, 'num_hidden_layers': 3, 'num_attention_heads': 4,
         'intermediate_size': 576, 'layer_norm_eps': 1e-5, 'input': (3, IMAGE_SIDE, IMAGE_SIDE),
         'stem': [{'out': 48, 'kernel': 5, 'stride': [2, 2], 'padding': 2},
                  {'out': 96, 'kernel': 3, 'stride': [2, 2], 'padding': 1},
                  {'out': 192, 'kernel': 3, 'stride': [2, 2], 'padding': 1}]}
SOUND = {'hidden_size': 192, 'num_hidden_layers': 3, 'num_attention_heads': 4,
         'intermediate_size': 384, 'layer_norm_eps': 1e-5, 'head_size': 384,
         'input': (1, N_MELS, WINDOW_FRAMES),
         'stem': [{'out': 48, 'kernel': [6, 8], 'stride': [4, 4], 'padding': [1, 2]},
                  {'out': 96, 'kernel': 3, 'stride': [2, 1], 'padding': 1},
                  {'out': 192, 'kernel': [8, 3], 'stride': [1, 1], 'padding': [0, 1]},
                  {'out': 192, 'kernel': [1, 5], 'stride': [1, 1], 'padding': [0, 2]},
                  {'out': 192, 'kernel': [1, 5], 'stride': [1, 1], 'padding': [0, 2]}]}


def pair(x):
    return x if isinstance(x, (list, tuple)) else (x, x)


def split_heads(x, heads):
    n, t, d = x.shape
    return x.view(n, t, heads, d // heads).transpose(1, 2)


def attend(q, k, v, heads):
    q, k, v = (split_heads(x, heads) for x in (q, k, v))
    scores = q @ k.transpose(2, 3) * (q.shape[3] ** -0.5)
    out = torch.softmax(scores, -1) @ v
    return out.transpose(1, 2).flatten(2)


def start(module):
    for name, p in module.named_parameters():
        if p.dim() == 4:
            nn.init.kaiming_normal_(p, nonlinearity='relu')
        elif p.dim() == 2:
            nn.init.normal_(p, std=0.02 if 'embed' in name else (p.shape[1]) ** -0.5 * 0.8)
        elif name.endswith('bias'):
            nn.init.zeros_(p)


class Module(nn.Module):
    """A bag of named children, so that parameter names equal the published names."""

    def __init__(bag, /, **children):
        nn.Module.__init__(bag)
        for name, child in children.items():
            setattr(bag, name, child)


class Dense(torch.autograd.Function):
    """Nothing forwards; makes the gradient contiguous. PyTorch 1.13's GELU gradient on
    oneDNN reads a transposed gradient wrongly and returns garbage."""

    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return grad.contiguous()


class StemTower(nn.Module):
    """Convolutions, then a pre-norm transformer over the cells, mean, MLP, projection. While it
    learns, a tenth of what a layer adds is left out (dropout, Srivastava et al. 2014)."""

    LEFT_OUT = 0.1

    def __init__(self, config, folded=False):
        super().__init__()
        d, m = config['hidden_size'], config['intermediate_size']
        self.heads, self.folded = config['num_attention_heads'], folded
        self.stem, self.norms = nn.ModuleList(), nn.ModuleList()
        channels, h, w = config['input']
        for s in config['stem']:
            self.stem.append(nn.Conv2d(channels, s['out'], pair(s['kernel']), s['stride'],
                                       pair(s['padding']), bias=folded))
            if not folded:
                self.norms.append(nn.BatchNorm2d(s['out']))
            channels = s['out']
            h, w = (1 + (x + 2 * p - k) // step for x, p, k, step in zip(
                (h, w), pair(s['padding']), pair(s['kernel']), s['stride']))
        if channels != d:
            self.stem_proj = nn.Linear(channels, d)
        self.position_embedding = nn.Embedding(h * w, d)
        eps = config['layer_norm_eps']
        self.encoder = Module(layers=nn.ModuleList([Module(
            layer_norm1=nn.LayerNorm(d, eps), layer_norm2=nn.LayerNorm(d, eps),
            self_attn=Module(q_proj=nn.Linear(d, d), k_proj=nn.Linear(d, d),
                             v_proj=nn.Linear(d, d), out_proj=nn.Linear(d, d)),
            mlp=Module(fc1=nn.Linear(d, m), fc2=nn.Linear(m, d)))
            for _ in range(config['num_hidden_layers'])]))
        self.post_layernorm = nn.LayerNorm(d, eps)
        if config.get('head_size', 0):
            self.head = Module(fc1=nn.Linear(d, config['head_size']),
                               fc2=nn.Linear(config['head_size'], d))
        self.projection = nn.Linear(d, N_DIMS, bias=False)
        start(self)

    def forward(self, x):
        return F.normalize(self.finish(self.features(x)).float(), dim=1)

    def finish(self, x):
        """What comes after the mean of the cells: a residual MLP, a projection."""
        if hasattr(self, 'head'):
            x = x + self.head.fc2(F.gelu(self.head.fc1(x)))
        return self.projection(x)

    def thinned(self, x):
        return F.dropout(x, self.LEFT_OUT, self.training)

    def features(self, x):
        for i, conv in enumerate(self.stem):
            x = conv(x)
            x = F.gelu(x if self.folded else self.norms[i](x))
        x = Dense.apply(x).flatten(2).transpose(1, 2)
        if hasattr(self, 'stem_proj'):
            x = self.stem_proj(x)
        x = x + self.position_embedding.weight
        for layer in self.encoder.layers:
            y, a = layer.layer_norm1(x), layer.self_attn
            x = x + self.thinned(a.out_proj(attend(a.q_proj(y), a.k_proj(y), a.v_proj(y), self.heads)))
            x = x + self.thinned(layer.mlp.fc2(F.gelu(layer.mlp.fc1(layer.layer_norm2(x)))))
        return self.post_layernorm(x).mean(1)


def fold(tower):
    """Tensors of a stem tower with the batch norms folded into the convolutions."""
    out = {}
    if tower.folded:
        return tower.state_dict()
    for name, value in tower.state_dict().items():
        if not name.startswith(('stem.', 'norms.')):
            out[name] = value.clone()
    for i, (conv, norm) in enumerate(zip(tower.stem, tower.norms)):
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        out['stem.%d.weight' % i] = (conv.weight * scale[:, None, None, None]).detach()
        out['stem.%d.bias' % i] = (norm.bias - norm.running_mean * scale).detach()
    return out
