# SPDX-License-Identifier: GPL-3.0-or-later
"""The three towers: a small BERT for text, and one conv-stem transformer shape that
serves pictures and log-mel windows. Tensor names are those of the published folders."""

import torch
from torch import nn
from torch.nn import functional as F

from common import IMAGE_SIDE, N_DIMS, N_MELS, WINDOW_FRAMES

TEXT = {'hidden_size': 128, 'num_hidden_layers': 3, 'num_attention_heads': 4,
        'intermediate_size': 512, 'max_position_embeddings': 64, 'vocab_size': 10000}
IMAGE = {'hidden_size': 128, 'num_hidden_layers': 3, 'num_attention_heads': 4,
         'intermediate_size': 512, 'layer_norm_eps': 1e-5, 'input': (3, IMAGE_SIDE, IMAGE_SIDE),
         'stem': [{'out': 32, 'kernel': 3, 'stride': [2, 2], 'padding': 1},
                  {'out': 64, 'kernel': 3, 'stride': [2, 2], 'padding': 1},
                  {'out': 64, 'kernel': 3, 'stride': [1, 1], 'padding': 1},
                  {'out': 128, 'kernel': 3, 'stride': [2, 2], 'padding': 1},
                  {'out': 128, 'kernel': 3, 'stride': [1, 1], 'padding': 1}]}
AUDIO = {'hidden_size': 128, 'num_hidden_layers': 3, 'num_attention_heads': 4,
         'intermediate_size': 512, 'layer_norm_eps': 1e-5, 'input': (1, N_MELS, WINDOW_FRAMES),
         'stem': [{'out': 32, 'kernel': 3, 'stride': [2, 2], 'padding': 1},
                  {'out': 64, 'kernel': 3, 'stride': [2, 2], 'padding': 1},
                  {'out': 96, 'kernel': 3, 'stride': [2, 2], 'padding': 1},
                  {'out': 128, 'kernel': 3, 'stride': [2, 1], 'padding': 1},
                  {'out': 128, 'kernel': 3, 'stride': [2, 1], 'padding': 1}]}


def split_heads(x, heads):
    n, t, d = x.shape
    return x.view(n, t, heads, d // heads).transpose(1, 2)


def attend(q, k, v, heads, mask=None):
    q, k, v = (split_heads(x, heads) for x in (q, k, v))
    scores = q @ k.transpose(2, 3) * (q.shape[3] ** -0.5)
    if mask is not None:
        scores = scores + mask
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


class TextTower(nn.Module):
    def __init__(self, config=TEXT):
        super().__init__()
        d, m = config['hidden_size'], config['intermediate_size']
        self.heads = config['num_attention_heads']
        self.embeddings = Module(
            word_embeddings=nn.Embedding(config['vocab_size'], d),
            position_embeddings=nn.Embedding(config['max_position_embeddings'], d),
            token_type_embeddings=nn.Embedding(2, d),
            LayerNorm=nn.LayerNorm(d, 1e-12))

        def layer():
            return Module(
                attention=Module(
                    self=Module(query=nn.Linear(d, d), key=nn.Linear(d, d), value=nn.Linear(d, d)),
                    output=Module(dense=nn.Linear(d, d), LayerNorm=nn.LayerNorm(d, 1e-12))),
                intermediate=Module(dense=nn.Linear(d, m)),
                output=Module(dense=nn.Linear(m, d), LayerNorm=nn.LayerNorm(d, 1e-12)))
        self.encoder = Module(layer=nn.ModuleList(
            [layer() for _ in range(config['num_hidden_layers'])]))
        self.linear = nn.Linear(d, N_DIMS, bias=False)
        start(self)

    def forward(self, ids, mask, drop=0.0):
        e = self.embeddings
        x = (e.word_embeddings(ids) + e.position_embeddings.weight[:ids.shape[1]]
             + e.token_type_embeddings.weight[0])
        x = e.LayerNorm(x)
        if drop and self.training:
            x = F.dropout(x, drop)
        bias = (1.0 - mask[:, None, None, :]) * -1e4
        for layer in self.encoder.layer:
            s, o = layer.attention.self, layer.attention.output
            y = attend(s.query(x), s.key(x), s.value(x), self.heads, bias)
            x = o.LayerNorm(x + o.dense(y))
            x = layer.output.LayerNorm(x + layer.output.dense(F.gelu(layer.intermediate.dense(x))))
        x = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return F.normalize(self.linear(x).float(), dim=1)


class StemTower(nn.Module):
    """Convolutions, then a pre-norm transformer over the cells, mean, projection."""

    def __init__(self, config, folded=False):
        super().__init__()
        d, m = config['hidden_size'], config['intermediate_size']
        self.heads, self.folded = config['num_attention_heads'], folded
        self.stem, self.norms = nn.ModuleList(), nn.ModuleList()
        channels, h, w = config['input']
        for s in config['stem']:
            self.stem.append(nn.Conv2d(channels, s['out'], s['kernel'], s['stride'],
                                       s['padding'], bias=folded))
            if not folded:
                self.norms.append(nn.BatchNorm2d(s['out']))
            channels = s['out']
            h, w = (1 + (x + 2 * s['padding'] - s['kernel']) // k
                    for x, k in zip((h, w), s['stride']))
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
        self.projection = nn.Linear(d, N_DIMS, bias=False)
        start(self)

    def forward(self, x):
        return F.normalize(self.projection(self.features(x)).float(), dim=1)

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
            x = x + a.out_proj(attend(a.q_proj(y), a.k_proj(y), a.v_proj(y), self.heads))
            x = x + layer.mlp.fc2(F.gelu(layer.mlp.fc1(layer.layer_norm2(x))))
        return self.post_layernorm(x).mean(1)


def fold(tower):
    """Tensors of a stem tower with the batch norms folded into the convolutions."""
    out = {}
    for name, value in tower.state_dict().items():
        if not name.startswith(('stem.', 'norms.')):
            out[name] = value.clone()
    for i, (conv, norm) in enumerate(zip(tower.stem, tower.norms)):
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        out['stem.%d.weight' % i] = (conv.weight * scale[:, None, None, None]).detach()
        out['stem.%d.bias' % i] = (norm.bias - norm.running_mean * scale).detach()
    return out
