# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the sound tower: spoken words learn the places that the finished text and picture
towers give to the same words and to what they name."""

import math
import os

import numpy as np
import torch
from torch.nn import functional as F

import model
from captions import Corpus
from common import N_MELS, SEED, WINDOW_FRAMES, load_json, log
from export import pad
from speech import load_clips
from train import Average, Clock, load_pictures, optimiser, plain

SCALE = 20.0


@torch.no_grad()
def targets(cache, corpus, texts):
    """Text vectors, picture vectors (zero where a text names nothing) and the concept named."""
    towers, tokenizer = load_pictures(cache), corpus.tokenizer()
    text = torch.cat([towers['text'](*pad([tokenizer.encode(t[0]) for t in texts[i:i + 256]]))
                      for i in range(0, len(texts), 256)])
    names, hints = {}, {}
    for row, c in enumerate(corpus.concepts):
        if c['source'] != 'emoji' or c['held']:
            continue
        for language in ('en', 'ja'):
            for place, word in enumerate(c[language]):
                (names if place == 0 else hints).setdefault((word.lower(), language), []).append(row)
    pictures = np.load(os.path.join(cache, 'pictures.npy'), mmap_mode='r')
    picture, owner = torch.zeros_like(text), torch.full((len(texts),), -1)
    for i, (word, _, language, _) in enumerate(texts):
        key = (word.lower(), language)
        rows = names.get(key) or hints.get(key, [])
        if 0 < len(rows) <= 4:
            picture[i] = F.normalize(towers['image'](plain(pictures[rows])).mean(0), dim=0)
            owner[i] = rows[0]
    return text, picture, owner


def vary(frames, offsets, chosen, rng):
    """A batch of windows: stretched, shifted, tilted, noisy, masked, then normalised."""
    out = np.zeros((len(chosen), 1, N_MELS, WINDOW_FRAMES), np.float32)
    band = np.linspace(-1, 1, N_MELS)
    for k, i in enumerate(chosen):
        mel = frames[offsets[i]:offsets[i + 1]].astype(np.float32)
        length = max(16, int(len(mel) * rng.uniform(0.82, 1.22)))
        at = np.linspace(0, len(mel) - 1, length)
        low = np.minimum(at.astype(int), len(mel) - 2)
        part = (at - low)[:, None].astype(np.float32)
        mel = mel[low] * (1 - part) + mel[low + 1] * part
        move = rng.uniform(-2.5, 2.5)                     # a longer or a shorter throat
        whole = math.floor(move)
        padded = np.pad(mel, ((0, 0), (4, 4)), 'edge')
        begin, rest = 4 - whole, move - whole
        mel = padded[:, begin:begin + N_MELS] * (1 - rest) \
            + padded[:, begin - 1:begin - 1 + N_MELS] * rest
        mel = mel + rng.uniform(-0.5, 0.5) * band + rng.uniform(-0.25, 0.25) \
            * np.cos(band * rng.uniform(2, 8) + rng.uniform(0, 6))
        if rng.random() < 0.85:
            floor = mel.max() - rng.uniform(1.5, 7.0) + rng.uniform(-0.8, 0.3) * band
            mel = np.logaddexp(mel * 2.3026, (floor + 0.15 * rng.standard_normal(mel.shape))
                               * 2.3026) / 2.3026
        mel = (mel - mel.mean()) / (mel.std() + 1e-5)
        if rng.random() < 0.5:
            b = rng.integers(0, N_MELS - 8)
            mel[:, b:b + rng.integers(1, 9)] = 0
        if rng.random() < 0.3:
            b = rng.integers(0, len(mel))
            mel[b:b + rng.integers(1, 9)] = 0
        begin = 0
        if len(mel) > WINDOW_FRAMES:
            begin = rng.integers(0, min(len(mel) - WINDOW_FRAMES, 80) + 1)
        mel = mel[begin:begin + WINDOW_FRAMES]
        out[k, 0, :, :len(mel)] = mel.T
    return torch.from_numpy(out)


def train_sounds(cache, minutes, steps=0, batch=128):
    torch.manual_seed(SEED + 2)
    rng = np.random.default_rng(SEED + 2)
    corpus = Corpus(cache)
    saved = load_json(os.path.join(cache, 'speech.json'))
    texts, clip_text = saved['texts'], torch.tensor(saved['owner'])
    frames, offsets = load_clips(os.path.join(cache, 'speech.npz'))
    text, picture, owner = targets(cache, corpus, texts)
    named = (owner >= 0).nonzero().flatten()
    column = torch.full((len(texts),), -1)
    column[named] = torch.arange(len(named))
    everyday = np.array([texts[o][3] for o in saved['owner']])

    def draw():
        """Few words in many voices first, then more of the rare ones."""
        weight = np.where(everyday, 12.0 if clock.share() < 0.5 else 4.0, 1.0)
        return rng.choice(len(clip_text), batch, p=weight / weight.sum())
    tower = model.StemTower(model.AUDIO)
    torch.nn.init.normal_(tower.position_embedding.weight, std=0.4)   # order is all in speech
    # A free classifier of the words, dropped at export: from the fixed places alone the
    # tower finds its way far more slowly.
    tower.words = torch.nn.Linear(model.AUDIO['hidden_size'], len(texts))
    average, adam, clock = Average(tower), optimiser([tower]), Clock(minutes, steps, 1.2e-3)
    path = os.path.join(cache, 'sounds.pt')
    if os.path.exists(path):
        kept = torch.load(path)
        tower.load_state_dict(kept['tower'])
        average.module.load_state_dict(kept['average'])
        average.steps = kept['steps']
        adam.load_state_dict(kept['adam'])
        clock.before, clock.cpu_before = kept['elapsed'], kept['cpu']
        clock.step = kept['steps']
        rng = np.random.default_rng(SEED + 2 + clock.step)
    log('sounds: %d clips of %d texts, %d with a picture' % (len(clip_text), len(texts), len(named)))

    def save():
        torch.save({'tower': tower.state_dict(), 'average': average.module.state_dict(),
                    'adam': adam.state_dict(), 'elapsed': clock.elapsed(), 'cpu': clock.cpu(),
                    'steps': clock.step},
                   path + '.part')
        os.replace(path + '.part', path)

    next_save, losses = clock.elapsed() + 240, []
    while clock.share() < 1.0:
        tower.train()
        for group in adam.param_groups:
            group['lr'] = clock.rate()
        chosen = draw()
        windows = vary(frames, offsets, chosen, rng)
        said = clip_text[torch.from_numpy(chosen)]
        with torch.autocast('cpu', torch.bfloat16):
            heard = tower.features(windows)
            a = F.normalize(tower.projection(heard).float(), dim=1)
            guess = tower.words(heard).float()
        aim = F.one_hot(said, len(texts)).float() * 0.6 \
            + 0.4 * torch.softmax(30.0 * text[said] @ text.t(), 1)
        word_loss = -(aim * torch.log_softmax(SCALE * a @ text.t(), 1)).sum(1).mean()
        free_loss = F.cross_entropy(guess, said)
        shown = owner[said] >= 0
        logits = SCALE * a[shown] @ picture[named].t()
        same = owner[said[shown]][:, None] == owner[named][None, :]
        logits = logits.masked_fill(same & (F.one_hot(column[said[shown]], len(named)) == 0), -1e4)
        picture_loss = F.cross_entropy(logits, column[said[shown]])
        near = 1 - (a * text[said]).sum(1).mean()
        loss = free_loss + word_loss + 0.5 * picture_loss + near
        adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tower.parameters(), 2.0)
        adam.step()
        average.update(tower)
        clock.step += 1
        losses.append((free_loss.item(), word_loss.item(), picture_loss.item(), near.item()))
        if clock.step % 50 == 0:
            log('step %d, %.1f min, free %.3f, word %.3f, picture %.3f, far %.3f' % (
                clock.step, clock.elapsed() / 60, *np.mean(losses[-50:], 0)))
        if clock.elapsed() > next_save:
            save()
            next_save = clock.elapsed() + 240
    save()
    return clock.summary()


def load_sounds(cache):
    """The averaged sound tower."""
    tower = model.StemTower(model.AUDIO)
    saved = torch.load(os.path.join(cache, 'sounds.pt'))['average']
    tower.load_state_dict({k: v for k, v in saved.items() if not k.startswith('words.')})
    return tower.eval()
