# SPDX-License-Identifier: GPL-3.0-or-later
"""Teach the text tower phrases: a word keeps the place it has, and a phrase around it goes
to that place, drawn a little towards the other things it names. Pictures are not touched."""

import copy
import os

import numpy as np
import torch
from torch.nn import functional as F

from captions import Corpus, Sampler
from common import SEED, log
from export import pad
from train import Average, Clock, contrast, load_pictures, optimiser

# {} is the word; what stands in brackets is a second thing the phrase speaks of.
ENGLISH = '''a {}|the {}|my {}|this {}|some {}|one {}|two {}s|many {}s|{}s|a photo of a {}|photo of {}
|a picture of the {}|a drawing of a {}|an old {}|a big {}|the small {}|little {}|a large {}|cute {}
|a beautiful {}|a very nice {}|a new {}|fast {}|a slow {}|young {}|a happy {}|a funny {}|good {}
|a [red] {}|a [blue] {}|a [green] {}|[yellow] {}|a [black] {}|the [white] {}|[brown] {}|[pink] {}
|a {} on a [table]|a {} on the [grass]|{} in the [water]|a {} in the [sky]|a {} on the [beach]
|{} in the [snow]|a {} under a [tree]|the {} by the [sea]|{} in the [house]|{} in a [garden]
|a {} at [night]|{} on the [road]|a {} in the [city]|a {} in the [forest]|{} on a [mountain]
|a {} with a [ball]|{} with [flowers]|a [man] with a {}|a [woman] and a {}|a [child] with a {}
|where is the {}?|I like the {}|this is a {}|I see a {}|what a {}|it is a {}|look, a {}!
|the {} is here|{} for sale|how to draw a {}|a {} that is sleeping|a {} is running|{} flying
|a {} sitting on the floor|eating a {}|holding a {}|made of {}|full of {}|like a {}'''.replace(
    '\n', '').split('|')
JAPANESE = '''{}の絵|{}の写真|{}です|{}がいる|{}がある|かわいい{}|大きな{}|小さい{}|{}が好き|これは{}
|きれいな{}|新しい{}|古い{}|[赤]い{}|[白]い{}|[黒]い{}|[青]い{}|私の{}|{}と[花]|[海]の{}|[山]の{}|[空]と{}
|{}を見る|{}のイラスト|おいしい{}|たくさんの{}|この{}は何|{}がほしい|[家]の{}|[雪]と{}|{}の上|{}を持つ'''.replace(
    '\n', '').split('|')


class Phrases:
    """Draws phrases and what they should mean as weighted sums of known texts."""

    def __init__(self, corpus, rng):
        self.sampler, self.rng, self.corpus = Sampler(corpus, rng), rng, corpus
        self.glosses = [(a, b) for a, b in corpus.pairs if b.count(' ') >= 2
                        and a in self.sampler.ids]

    def word(self):
        c = self.corpus.concepts[self.sampler.concepts(1)[0]]
        if c['ja'] and self.rng.random() < 0.45:
            return c['ja'][0] if self.rng.random() < 0.6 else self.sampler.pick(c['ja'] + c['kana'])
        return c['en'][0] if self.rng.random() < 0.6 else self.sampler.pick(c['en'])

    def draw(self):
        """(phrase, [(text, weight)])"""
        roll, word = self.rng.random(), self.word()
        if roll < 0.35:
            return word, [(word, 1.0)]
        if roll < 0.47:
            lemma, gloss = self.sampler.pick(self.glosses)
            return gloss, [(lemma, 1.0)]
        if roll < 0.60:
            other = self.word()
            if word.isascii() != other.isascii():
                return word, [(word, 1.0)]
            joint = [' and ', ' with a ', ', ', ' ', ' on the ', ' in a '] if word.isascii() \
                else ['と', '、', 'の', ' ']
            return word + self.sampler.pick(joint) + other, [(word, 1.0), (other, 0.8)]
        frame = self.sampler.pick(ENGLISH if word.isascii() else JAPANESE)
        meaning = [(word, 1.0)]
        if '[' in frame:
            meaning.append((frame[frame.index('[') + 1:frame.index(']')], 0.3))
            frame = frame.replace('[', '').replace(']', '')
        return frame.format(word.lower()), meaning


def train_phrases(cache, minutes, steps=0, batch=256):
    torch.manual_seed(SEED + 3)
    rng = np.random.default_rng(SEED + 3)
    corpus = Corpus(cache)
    tokenizer, phrases = corpus.tokenizer(), Phrases(corpus, rng)
    teacher = load_pictures(cache)['text']
    tower = copy.deepcopy(teacher)
    average, adam, clock = Average(tower, 0.99), optimiser([tower]), Clock(minutes, steps, 6e-4)
    losses = []
    while clock.share() < 1.0:
        tower.train()
        for group in adam.param_groups:
            group['lr'] = clock.rate()
        drawn = [phrases.draw() for _ in range(batch)]
        parts = [t for _, meaning in drawn for t, _ in meaning]
        with torch.no_grad():
            known = teacher(*pad([tokenizer.encode(t) for t in parts]))
        weight = torch.tensor([w for _, meaning in drawn for _, w in meaning])
        row = torch.tensor([i for i, (_, meaning) in enumerate(drawn) for _ in meaning])
        aim = torch.zeros(batch, known.shape[1]).index_add_(0, row, known * weight[:, None])
        aim = F.normalize(aim, dim=1)
        with torch.autocast('cpu', torch.bfloat16):
            got = tower(*pad([tokenizer.encode(t) for t, _ in drawn]), drop=0.05)
        same = (aim @ aim.t() > 0.85).numpy()
        near = 1 - (got * aim).sum(1).mean()
        loss = 3 * near + 0.3 * contrast(got, aim, torch.tensor(20.0), same)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tower.parameters(), 1.0)
        adam.step()
        average.update(tower)
        clock.step += 1
        losses.append((loss.item(), near.item()))
        if clock.step % 100 == 0:
            log('step %d, %.1f min, loss %.3f, far %.4f' % (
                clock.step, clock.elapsed() / 60, *np.mean(losses[-100:], 0)))
    torch.save(average.module.state_dict(), os.path.join(cache, 'phrases.pt'))
    return clock.summary()


def load_phrases(cache):
    """The finished text tower."""
    from model import TextTower
    tower = TextTower()
    tower.load_state_dict(torch.load(os.path.join(cache, 'phrases.pt')))
    return tower.eval()
