# SPDX-License-Identifier: GPL-3.0-or-later
"""Sounds: words spoken by espeak-ng and flite in many voices, Tux Paint's recorded captions
and effects, and noises computed from scratch, all as log-mels beside the text they mean.

The French recordings are never trained on: the voice that speaks them is the test's."""

import glob
import multiprocessing
import os
import re

import numpy as np
import soundfile

from common import SAMPLE_RATE, SEED, STAMPS, garden_list, load_json, log, log_mel, save_json, share
from speech import (EN_ACCENTS, FLITE_TRAINED, VARIANTS, espeak, flite, resample, save_clips,
                    speakable, trim, worn)
from train_text import usable

LONGEST = 320              # frames kept of a clip
TEST_LANGUAGE, N_TEST = 'fr', 150
DIGITS = {'en': 'zero one two three four five six seven eight nine'.split(),
          'fr': 'zéro un deux trois quatre cinq six sept huit neuf'.split(),
          'de': 'null eins zwei drei vier fünf sechs sieben acht neun'.split()}


# ---- recordings ------------------------------------------------------------------

def recordings(concepts):
    """(path, text, language, row, kind) of Tux Paint's captions and effects."""
    out = []
    for row, c in enumerate(concepts):
        if c['source'] != 'stamp':
            continue
        stem = os.path.join(STAMPS, c['path'])
        for path in sorted(glob.glob(glob.escape(stem) + '_desc*.ogg')):
            language = os.path.basename(path)[len(os.path.basename(stem)) + 5:-4].strip('_')
            language = language or 'en'
            if language in c['names']:
                out.append((path, c['names'][language][0], language, row, 'caption'))
        effect = stem + '.ogg'
        if os.path.exists(effect) and not re.match(r'.*/([0-9]|[A-Za-z]_|[aouAOU]_|ss_)', effect):
            out.append((effect, c['names']['en'][0], 'en', row, 'effect'))
    return out


def hear(path):
    samples, rate = soundfile.read(path, dtype='float32')
    if samples.ndim > 1:
        samples = samples.mean(1)
    return resample(samples, rate)


# ---- computed noises -------------------------------------------------------------

def coloured(n, rng, low, high, slope=1.0):
    """Noise between two frequencies, falling with frequency by a power."""
    f = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    shape = np.where((f >= low) & (f <= high), np.maximum(f, 30.0) ** (-slope), 0.0)
    return np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) * shape, n)


def bursts(n, rng, rate, length, low, high):
    """Short noises that die away, as drops, crackles and ticks do."""
    out = np.zeros(n)
    for at in rng.integers(0, n, max(1, rng.poisson(rate * n / SAMPLE_RATE))):
        m = min(int(length * SAMPLE_RATE * rng.uniform(0.4, 1.8)) + 24, n - at)
        if m > 16:
            out[at:at + m] += rng.exponential() * coloured(m, rng, low, high, 0) \
                * np.exp(-5 * np.arange(m) / m)
    return out / (np.abs(out).max() + 1e-9)


def harmonics(pitch, rng, n_partials, slope):
    phase, out = np.cumsum(2 * np.pi * pitch / SAMPLE_RATE), 0
    for k in range(1, n_partials + 1):
        out = out + k ** -slope * np.sin(k * phase + rng.uniform(0, 6)) * (k * pitch < 7500)
    return out


def unit(x):
    return x / (np.std(x) + 1e-9)


def rain(n, rng):
    return unit(coloured(n, rng, 200, 8000, rng.uniform(0, .6))) + rng.uniform(1, 6) * bursts(
        n, rng, rng.uniform(20, 200), 0.01, 1500, 8000)


def waves(n, rng):
    t = np.arange(n) / SAMPLE_RATE
    swell = (0.5 + 0.5 * np.sin(2 * np.pi * t / rng.uniform(3, 9) + rng.uniform(0, 6))) ** 2
    return unit(coloured(n, rng, 40, 6000, rng.uniform(0.3, 1))) * (0.15 + swell)


def wind(n, rng):
    t = np.arange(n) / SAMPLE_RATE
    return unit(coloured(n, rng, 60, 1500, rng.uniform(0.6, 1.4))) * (
        1 + 0.6 * np.sin(2 * np.pi * t * rng.uniform(.1, .6)))


def fire(n, rng):
    return 0.25 * unit(coloured(n, rng, 60, 3000, 0.8)) + rng.uniform(3, 12) * bursts(
        n, rng, rng.uniform(8, 40), 0.006, 800, 8000)


def clock(n, rng):
    out, at = np.zeros(n), rng.uniform(0, 0.4)
    step, low = rng.uniform(0.25, 1.1), rng.uniform(800, 3000)
    tick = [coloured(640, rng, low * f, 3 * low * f, 0) * np.exp(-np.arange(640) / rng.uniform(60, 160))
            for f in (1, rng.uniform(.7, 1.3))]
    k = 0
    while at * SAMPLE_RATE + 640 < n:
        begin = int(at * SAMPLE_RATE)
        out[begin:begin + 640] += tick[k % 2]
        at, k = at + step, k + 1
    return out / (np.abs(out).max() + 1e-9) + 0.004 * rng.standard_normal(n)


def helicopter(n, rng):
    t = np.arange(n) / SAMPLE_RATE
    beat = np.maximum(0, np.sin(2 * np.pi * rng.uniform(9, 24) * t)) ** rng.uniform(1, 4)
    return unit(coloured(n, rng, 40, 2500, 1)) * (0.25 + beat) + rng.uniform(0, .5) * unit(
        harmonics(np.full(n, rng.uniform(60, 140)), rng, 12, 1))


def chainsaw(n, rng):
    t = np.arange(n) / SAMPLE_RATE
    pitch = rng.uniform(80, 170) * (1 + 0.25 * np.clip(np.sin(2 * np.pi * t * rng.uniform(.1, .7)
                                                              + rng.uniform(0, 6)), -.5, 1))
    return unit(harmonics(pitch, rng, 40, rng.uniform(.3, .8))) + rng.uniform(.3, 1) * unit(
        coloured(n, rng, 500, 8000, 0.2))


def engine(n, rng):
    pitch = rng.uniform(25, 70) * np.linspace(1, rng.uniform(.7, 1.5), n)
    return unit(harmonics(pitch, rng, 30, 1.0)) + 0.5 * unit(coloured(n, rng, 40, 2000, 1))


def cry(n, rng):
    """A baby: wails of half a second to a second, many harmonics, falling at the end."""
    out, at = np.zeros(n), int(rng.uniform(0, 0.4) * SAMPLE_RATE)
    base = rng.uniform(330, 560)
    while at < n:
        m = min(int(rng.uniform(0.4, 1.1) * SAMPLE_RATE), n - at)
        if m < 800:
            break
        x = np.linspace(0, 1, m)
        pitch = base * (1 + 0.25 * np.sin(np.pi * x) + 0.02 * np.sin(2 * np.pi * 6 * x))
        wail = harmonics(pitch, rng, 14, rng.uniform(.4, .9)) * np.sin(np.pi * x) ** .5
        out[at:at + m] = wail + 0.15 * unit(coloured(m, rng, 800, 6000, 0)) * x
        at += m + int(rng.uniform(0.1, 0.5) * SAMPLE_RATE)
    return out


def sneeze(n, rng):
    """A breath drawn in, then a burst."""
    inward = int(rng.uniform(0.2, 0.7) * SAMPLE_RATE)
    burst = int(rng.uniform(0.15, 0.45) * SAMPLE_RATE)
    a = 0.15 * unit(coloured(inward, rng, 500, 5000, .3)) * np.linspace(0.1, 1, inward)
    b = unit(coloured(burst, rng, 300, 8000, 0.1)) * np.exp(-3 * np.linspace(0, 1, burst))
    b[:burst // 2] += unit(harmonics(np.linspace(420, 180, burst // 2), rng, 14, .6))
    out = np.zeros(n)
    both = np.concatenate([a, b])[:n]
    at = rng.integers(0, n - len(both) + 1)
    out[at:at + len(both)] = both
    return out + 0.003 * rng.standard_normal(n)


def bell(n, rng):
    t, f = np.arange(n) / SAMPLE_RATE, rng.uniform(300, 1800)
    return sum(rng.uniform(.3, 1) * np.sin(2 * np.pi * f * r * t) * np.exp(-t * rng.uniform(1, 5))
               for r in (1, 2.0, 2.76, 5.4))


def siren(n, rng):
    t = np.arange(n) / SAMPLE_RATE
    pitch = rng.uniform(600, 900) * (1 + 0.3 * np.sin(2 * np.pi * t * rng.uniform(.3, 3)))
    return harmonics(pitch, rng, 6, 1.0)


NOISES = [(rain, ['rain', '雨']), (waves, ['sea waves', 'ocean wave', '波']),
          (wind, ['wind', '風']), (fire, ['crackling fire', 'fire', '火']),
          (clock, ['clock tick', 'ticking clock', '時計']), (helicopter, ['helicopter', 'ヘリコプター']),
          (chainsaw, ['chainsaw', 'チェーンソー']), (engine, ['engine', 'エンジン']),
          (cry, ['crying baby', 'baby', '赤ちゃん']), (sneeze, ['person sneezing', 'sneeze', 'くしゃみ']),
          (bell, ['bell', '鐘']), (siren, ['siren', 'サイレン'])]


# ---- what is said ----------------------------------------------------------------

def spoken(concepts):
    """[(text, what to say, language)] of what training may speak."""
    found = {}

    def add(text, language, said=None):
        if len(text) <= 28 and text.count(' ') <= 4:
            found.setdefault((text, language), said or text)
    garden = {row[1] for row in garden_list()}
    for c in concepts:
        names = usable(c)
        if c['source'] == 'emoji' and 'flag' not in names.get('en', []):
            for language in ('en', 'ja', 'fr'):
                for text in names.get(language, [])[:1 + (c['cp'] in garden)]:
                    if text.count(' ') <= 1:
                        add(text, language)
        elif c['source'] == 'stamp':
            for language in ('fr', 'en'):
                for text in names.get(language, [])[:1]:
                    add(text, language)
    for _, cp, en, ja, _ in garden_list():
        add(en, 'en')
        add(ja, 'ja')
    held = {(c['names'][k][0].lower(), k) for c in concepts if c['held'] == 'concept'
            for k in ('en', 'ja', 'fr') if k in c['names']}
    for language, words in DIGITS.items():
        for word in words:
            add(word, language)
    kana = speakable(sorted(text for text, language in found if language == 'ja'))
    out = []
    for (text, language), said in sorted(found.items()):
        if (text.lower(), language) in held:
            continue
        if language == 'ja':
            if text not in kana or len(kana[text]) > 12:
                continue
            said = kana[text]
        out.append((text, said, language))
    return out


def make_clip(job):
    kind, said, voice, speed, pitch, seed = job
    rng = np.random.default_rng(seed)
    try:
        if kind == 'noise':
            n = int(rng.uniform(1.2, 3.0) * SAMPLE_RATE)
            return log_mel(NOISES[int(said)][0](n, rng) * 0.1)[:LONGEST].astype(np.float16)
        if kind == 'file':
            samples = trim(hear(said), 0.08)[:int(3.2 * SAMPLE_RATE)]
        elif voice.startswith('flite:'):
            samples = worn(flite(said, voice[6:]), rng)
        else:
            samples = worn(espeak(said, voice, speed, pitch), rng)
        return log_mel(samples)[:LONGEST].astype(np.float16) if len(samples) > 800 else None
    except Exception:
        return None


def plan_clips(concepts, rng, full):
    """Jobs and what each means: (text, language, row or -1, kind)."""
    jobs, means = [], []
    digits = {w for words in DIGITS.values() for w in words}
    times = {'fr': 4, 'en': 3, 'ja': 3, 'de': 3}
    for text, said, language in spoken(concepts):
        for _ in range(40 if text in digits and language == 'en' else times[language]):
            base = {'en': EN_ACCENTS[rng.integers(len(EN_ACCENTS))], 'ja': 'ja', 'de': 'de',
                    'fr': ('fr-fr', 'fr-be', 'fr-ch')[rng.integers(3)]}[language]
            voice = base + VARIANTS[rng.integers(len(VARIANTS))]
            if language == 'en' and rng.random() < 0.12:
                voice = 'flite:' + FLITE_TRAINED[rng.integers(len(FLITE_TRAINED))]
            jobs.append(('speech', said, voice, int(rng.integers(115, 200)),
                         int(rng.integers(25, 76)), len(jobs)))
            means.append((text, language, -1, 'speech'))
    for number, (_, texts) in enumerate(NOISES):
        for i in range(70):
            jobs.append(('noise', str(number), '', 0, 0, 10 ** 7 + 1000 * number + i))
            means.append((texts[i % len(texts)], 'en', -1, 'noise'))
    if full:
        for path, text, language, row, kind in recordings(concepts):
            if concepts[row]['held'] == 'concept' or language == TEST_LANGUAGE:
                continue
            jobs.append(('file', path, '', 0, 0, len(jobs)))
            means.append((text, language, row, kind))
    return jobs, means


def test_clips(concepts):
    """150 recorded French captions, drawn by their names."""
    found = [r for r in recordings(concepts) if r[2] == TEST_LANGUAGE and r[4] == 'caption']
    seen, out = set(), []
    for r in sorted(found, key=lambda r: share(os.path.relpath(r[0], STAMPS), 'spoken')):
        if r[1] not in seen:             # one text once: equal captions have no right order
            seen.add(r[1])
            out.append(r)
    return out[:N_TEST]


def gather_sounds(cache, full=True, jobs=1):
    concepts = load_json(os.path.join(cache, 'concepts.json'))
    rng = np.random.default_rng(SEED + 1)
    plan, means = plan_clips(concepts, rng, full)
    order = rng.permutation(len(plan))
    log('%d clips' % len(plan))
    with multiprocessing.Pool(jobs) as pool:
        heard = []
        for mel in pool.imap((make_clip), [plan[i] for i in order], 32):
            heard.append(mel)
            if len(heard) % 2000 == 0:
                log('%d clips made' % len(heard))
    keep = [k for k, mel in enumerate(heard) if mel is not None]
    save_clips(os.path.join(cache, 'sounds.npz'), [heard[k] for k in keep])
    save_json(os.path.join(cache, 'sounds.json'), [means[order[k]] for k in keep], None)
    log('%d clips' % len(keep))
    return {kind: sum(means[order[k]][3] == kind for k in keep)
            for kind in ('speech', 'noise', 'caption', 'effect')}
