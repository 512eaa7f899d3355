# SPDX-License-Identifier: GPL-3.0-or-later
"""Sounds: words spoken by espeak-ng and flite in many voices, Tux Paint's recorded captions
and effects, and computed noises, all as log-mels beside the text they mean, in three lots.

The French recordings are never trained on: the voice that speaks them is the test's."""

import glob
import multiprocessing
import os
import re

import numpy as np
import soundfile

from common import SAMPLE_RATE, SEED, STAMPS, garden_list, load_json, log, save_json, share
from garden import garden_rows
from logmel import log_mel
from noises import N_FIRST, NOISES
from pairs import usable
from prompts import recorded_elsewhere
from speech import (EN_ACCENTS, FLITE_TRAINED, VARIANTS, espeak, flite, levels_of, resample, save_clips,
                    speakable, trim, worn)

LONGEST = 320              # frames kept of a clip
LONGEST_CAPTION = 60       # letters
LOTS = ('sounds', 'sounds-more', 'sounds-garden')
FRENCH = ['fr', 'fr-be', 'fr-ch']
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
            return levels_of(log_mel(NOISES[int(said)][0](n, rng) * 0.1)[:LONGEST])
        if kind == 'file':
            samples = trim(hear(said), 0.08)[:int(3.2 * SAMPLE_RATE)]
        elif voice.startswith('flite:'):
            samples = worn(flite(said, voice[6:]), rng)
        else:
            samples = worn(espeak(said, voice, speed, pitch), rng)
        return levels_of(log_mel(samples)[:LONGEST]) if len(samples) > 800 else None
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
    for number, (_, texts) in enumerate(NOISES[:N_FIRST]):
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


def further_clips(concepts, rng, full):
    """The second lot, as plan_clips gives the first. Each recorded caption gets twins by a
    synthesiser, so that a word's place does not hang on how it was made; the words of the
    gates' kinds get more voices."""
    jobs, means = [], []

    def speak(text, base, language, times, kind='speech', flites=0.0):
        for _ in range(times):
            voice = base[rng.integers(len(base))] + VARIANTS[rng.integers(len(VARIANTS))]
            if rng.random() < flites:
                voice = 'flite:' + FLITE_TRAINED[rng.integers(len(FLITE_TRAINED))]
            jobs.append(('speech', text, voice, int(rng.integers(105, 210)),
                         int(rng.integers(15, 86)), 2 * 10 ** 7 + len(jobs)))
            means.append((text, language, -1, kind))
    french = sorted({c['names']['fr'][0] for c in concepts if c['source'] == 'stamp'
                     and c['held'] != 'concept' and 'fr' in c['names']})
    for text in french:
        if len(text) <= LONGEST_CAPTION:
            speak(text, FRENCH, 'fr', 12)
    for language, base in (('en', EN_ACCENTS), ('fr', FRENCH), ('de', ['de'])):
        for word in DIGITS[language]:
            speak(word, base, language, 90 if language == 'en' else 10,
                  flites=0.25 * (language == 'en'))
    for number, (_, texts) in enumerate(NOISES):
        for i in range(110 if number < N_FIRST else 180):
            jobs.append(('noise', str(number), '', 0, 0, 3 * 10 ** 7 + 1000 * number + i))
            means.append((texts[i % len(texts)], 'en', -1, 'noise'))
    if full:
        for path, text, language, row, kind in recordings(concepts):
            if kind == 'caption' and concepts[row]['held'] != 'concept' \
                    and language not in (TEST_LANGUAGE, 'en') and len(text) <= LONGEST_CAPTION:
                speak(text, [language], language, 2, 'twin')
        for path, word, language in recorded_digits() + recorded_elsewhere():
            jobs.append(('file', path, '', 0, 0, len(jobs)))
            means.append((word, language, -1, 'caption'))
    return jobs, means


def garden_clips(concepts, rng, _full):
    """The third lot, as plan_clips gives the first: the garden's words, which a newcomer tries
    first, in eight more voices each."""
    jobs, means = [], []
    rows = garden_rows(concepts)
    garden = {(row[2], 'en') for row in rows} | {(row[3], 'ja') for row in rows}
    for text, said, language in spoken(concepts):
        for _ in range(8 if (text, language) in garden else 0):
            base = 'ja' if language == 'ja' else EN_ACCENTS[rng.integers(len(EN_ACCENTS))]
            voice = base + VARIANTS[rng.integers(len(VARIANTS))]
            if language == 'en' and rng.random() < 0.2:
                voice = 'flite:' + FLITE_TRAINED[rng.integers(len(FLITE_TRAINED))]
            jobs.append(('speech', said, voice, int(rng.integers(115, 200)),
                         int(rng.integers(25, 76)), 4 * 10 ** 7 + len(jobs)))
            means.append((text, language, -1, 'word'))
    return jobs, means


def recorded_digits():
    """(path, word, language) of the digits that Tux Paint's volunteers say, but for French."""
    out = []
    for ending, language in (('', 'en'), ('_en_GB', 'en'), ('_de', 'de')):
        for digit, word in enumerate(DIGITS[language]):
            path = os.path.join(STAMPS, 'symbols', 'math', '%d%s.ogg' % (digit, ending))
            if os.path.exists(path):
                out.append((path, word, language))
    return out


def test_clips(concepts):
    """150 recorded French captions, drawn by their names."""
    found = [r for r in recordings(concepts) if r[2] == TEST_LANGUAGE and r[4] == 'caption']
    seen, out = set(), []
    for r in sorted(found, key=lambda r: share(os.path.relpath(r[0], STAMPS), 'spoken')):
        if r[1] not in seen:             # one text once: equal captions have no right order
            seen.add(r[1])
            out.append(r)
    return out[:N_TEST]


def make_lot(cache, name, plan, means, rng, jobs):
    order = rng.permutation(len(plan))
    log('%s: %d clips' % (name, len(plan)))
    with multiprocessing.Pool(jobs) as pool:
        heard = []
        for mel in pool.imap(make_clip, [plan[i] for i in order], 32):
            heard.append(mel)
            if len(heard) % 2000 == 0:
                log('%d clips made' % len(heard))
    keep = [k for k, mel in enumerate(heard) if mel is not None]
    save_clips(os.path.join(cache, name + '.npz'), [heard[k] for k in keep])
    save_json(os.path.join(cache, name + '.json'), [means[order[k]] for k in keep], None)
    log('%d clips' % len(keep))


def gather_sounds(cache, full=True, jobs=1):
    """All lots; one that is there already is not made again."""
    concepts = load_json(os.path.join(cache, 'concepts.json'))
    found = []
    for k, (name, plan) in enumerate(zip(LOTS, (plan_clips, further_clips, garden_clips))):
        path = os.path.join(cache, name + '.json')
        if not os.path.exists(path):
            rng = np.random.default_rng(SEED + (1, 11, 21)[k])
            make_lot(cache, name, *plan(concepts, rng, full), rng, jobs)
        found += [m[3] for m in load_json(path)]
    return {kind: found.count(kind) for kind in ('speech', 'word', 'twin', 'noise', 'caption', 'effect')}
