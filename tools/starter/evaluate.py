# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluate: recall of an exported bundle on what training never saw, beside chance and
beside the gates, with a Japanese column where there is one. Nothing but the exported files,
run by Umekomi itself, is measured."""

import csv
import glob
import os

import numpy as np

import texts
from common import HERE, SHARED, load_json, log
from engine import Engine
from pictures import EmojiOne, load_clipart, load_icon, load_stamp
from sounds import hear, test_clips

KS = (1, 5, 10)
ESC_NAMES = {'baby-cry': 'crying baby', 'chainsaw': 'chainsaw', 'clock-tick': 'clock tick',
             'dog-bark': 'dog bark', 'fire-crackling': 'crackling fire', 'helicopter': 'helicopter',
             'person-sneeze': 'person sneezing', 'rain': 'rain', 'rooster': 'rooster',
             'sea-waves': 'sea waves'}
DIGITS = 'zero one two three four five six seven eight nine'.split()
# Frames that no training text contains.
PHRASES = {'en': ['look at this %s here', 'there was a %s near the river',
                  'I want a %s for my birthday'],
           'ja': ['あそこに%sが見えた', '%sについて話す', 'きのう%sを買った']}


class Table:
    def __init__(self):
        self.rows, self.gates, self.recalls = [], [], {}

    def add(self, test, language, queries, candidates, right):
        """right[i]: the row among the candidates that answers query i. Equal scores count
        against the right one."""
        if len(queries) == 0:
            return None
        scores = queries @ candidates.T
        own = scores[np.arange(len(queries)), right]
        rank = (scores >= own[:, None]).sum(1) - 1
        row = {'test': test, 'language': language, 'queries': len(queries),
               'candidates': len(candidates), 'median_rank': int(np.median(rank)) + 1}
        for k in KS:
            row['recall_at_%d' % k] = round(float((rank < k).mean()), 4)
            row['chance_at_%d' % k] = round(min(1.0, k / len(candidates)), 4)
        self.rows.append(row)
        log('%-62s %-3s %5d %5d  %s' % (test, language, len(queries), len(candidates), ' '.join(
            '%.3f' % row['recall_at_%d' % k] for k in KS)))
        return row

    def gate_recall(self, name, row, k, bar, of):
        """A gate on a row's recall at k, which follows it when the engine's own figure is put
        in the row's place."""
        self.recalls[name] = row, 'recall_at_%d' % k
        self.gate(name, row['recall_at_%d' % k], bar, of)

    def take(self, measured):
        """The rows as `umekomi eval starter` has them, which draws glyphs and drawings, and
        opens files, as people's own are; and the gates on them."""
        found = {(m['test'], m['language']): m for m in measured if m.get('measured')}
        for row in self.rows:
            m = found.get((row['test'], row['language']))
            if m is not None:
                row.update({'recall_at_%d' % k: round(m['recall_at_%d' % k], 4) for k in KS},
                           median_rank=int(m['median_rank']))
        for gate in self.gates:
            if gate['gate'] in self.recalls:
                row, key = self.recalls[gate['gate']]
                gate.update(value=row[key], met=bool(row[key] >= gate['bar']))

    def gate(self, name, value, bar, of):
        self.gates.append({'gate': name, 'value': round(float(value), 4), 'bar': bar, 'of': of,
                           'met': bool(value >= bar)})
        log('gate %-58s %.3f of %.2f, %s' % (name, value, bar, of))


# ---- pictures and names ----------------------------------------------------------

def first(c, language):
    return c['names'].get(language, ['?'])[0]


def measure_pictures(bundle, table, concepts, cache):
    from gather import Glyphs
    glyphs = Glyphs()
    emoji = [c for c in concepts if c['source'] == 'emoji']
    pictures = bundle.embed_pictures([glyphs.draw(c['cp']) for c in emoji])
    names = {k: bundle.embed_texts([first(c, k) for c in emoji]) for k in ('en', 'ja', 'de', 'fr')}
    rows = {held: np.array([i for i, c in enumerate(emoji) if c['held'] == held
                            and 'ja' in c['names']]) for held in ('', 'concept', 'japanese')}
    known = {t.lower() for c in concepts if c['held'] != 'concept' for t in c['names']['en']}
    strict = np.array([i for i in rows['concept'] if first(emoji[i], 'en').lower() not in known])
    best = {}
    for language in ('en', 'ja', 'de', 'fr'):
        text = names[language]
        table.add('trained emoji: name to picture', language, text[rows['']], pictures, rows[''])
        if language in ('en', 'ja'):
            table.add('trained emoji: picture to name', language, pictures[rows['']], text, rows[''])
        r = rows['concept']
        n = np.arange(len(r))
        best[language] = table.add('unseen concepts: name to picture, among themselves', language,
                                   text[r], pictures[r], n)
        if language in ('en', 'ja'):
            table.add('unseen concepts: picture to name, among themselves', language,
                      pictures[r], text[r], n)
            table.add('unseen concepts: name to picture, among all emoji', language, text[r],
                      pictures, r)
    n = np.arange(len(strict))
    table.add('unseen concepts whose word no trained picture bears', 'en', names['en'][strict],
              pictures[strict], n)
    table.gate_recall('unseen concepts R@10 (en)', best['en'], 10, 0.65, '185')
    table.gate_recall('unseen concepts R@10 (ja)', best['ja'], 10, 0.65, '185')
    r = rows['japanese']
    row = table.add('Japanese name never trained for that emoji: name to picture', 'ja',
                    names['ja'][r], pictures, r)
    table.add('the same emoji by their trained English names', 'en', names['en'][r], pictures, r)
    table.gate_recall('Japanese names never trained R@10', row, 10, 0.35, '1,853')
    one = EmojiOne()
    found = [(i, one.draw(c)) for i, c in enumerate(emoji)]
    found = [(i, image) for i, image in found if image is not None]
    r = np.array([i for i, _ in found])
    other = bundle.embed_pictures([image for _, image in found])
    row = table.add('unseen style (EmojiOne): picture to the Noto picture', '-', other, pictures, r)
    table.gate_recall('unseen style R@1', row, 1, 0.60, '1,853')
    for language in ('en', 'ja'):
        table.add('unseen style (EmojiOne): name to picture', language, names[language][r],
                  other, np.arange(len(r)))
        table.add('unseen style (EmojiOne): picture to name', language, other, names[language], r)
    return emoji, pictures, names


def measure_stamps(bundle, table, concepts):
    held = [c for c in concepts if c['source'] == 'stamp' and c['held'] == 'concept']
    if not held:                         # the variant core has no stamps
        return
    pictures = bundle.embed_pictures([load_stamp(c['path']) for c in held])
    n = np.arange(len(held))
    for language in ('en', 'ja', 'fr', 'de'):
        names = bundle.embed_texts([first(c, language) for c in held])
        row = table.add('unseen stamps: caption to picture', language, names, pictures, n)
        if language in ('en', 'ja'):
            table.add('unseen stamps: picture to caption', language, pictures, names, n)
            table.gate_recall('unseen stamps R@10 (%s)' % language, row, 10, 0.65, '95')
        if language == 'en':
            photo = np.array([i for i, c in enumerate(held) if os.path.exists(
                os.path.join(texts.STAMPS, c['path'] + '.png'))])
            table.add('unseen stamps, photographs and paintings only', 'en', names[photo],
                      pictures[photo], np.arange(len(photo)))


def measure_drawings(bundle, table, concepts):
    held = [c for c in concepts if c['source'] == 'clipart' and c['held'] == 'concept']
    drawn = [(c, load_clipart(c['path'])) for c in held]
    drawn = [(c, image) for c, image in drawn if image is not None]
    table.add('unseen clip art: title to drawing', 'en',
              bundle.embed_texts([first(c, 'en') for c, _ in drawn]),
              bundle.embed_pictures([image for _, image in drawn]), np.arange(len(drawn)))


def measure_icons(bundle, table):
    """Icons of a desktop theme, which training never saw, by their names."""
    with open(os.path.join(HERE, 'icons.tsv'), encoding='utf-8') as file:
        rows = [line.rstrip('\n').split('\t') for line in file if not line.startswith('#')]
    pictures = bundle.embed_pictures([load_icon(path) for path, _, _ in rows])
    for column, language in ((1, 'en'), (2, 'ja')):
        names = bundle.embed_texts([r[column] for r in rows])
        n = np.arange(len(rows))
        table.add('unseen style (Oxygen icons): name to icon', language, names, pictures, n)
        table.add('unseen style (Oxygen icons): icon to name', language, pictures, names, n)


def measure_phrases(bundle, table, emoji, pictures):
    rows = np.array([i for i, c in enumerate(emoji) if not c['held'] and 'ja' in c['names']
                     and first(c, 'en').count(' ') == 0][:300])
    for language, frames in PHRASES.items():
        for frame in frames:
            table.add('phrase "%s" to picture, among 300' % frame.replace('%s', '…'), language,
                      bundle.embed_texts([frame % first(emoji[i], language) for i in rows]),
                      pictures[rows], np.arange(len(rows)))


# ---- sounds ----------------------------------------------------------------------

def nearest(train, labels, queries):
    return labels[(queries @ train.T).argmax(1)]


def measure_sounds(bundle, table, concepts):
    test = test_clips(concepts)
    if not test:                         # the variant core has no recordings
        return
    spoken = bundle.embed_clips([hear(r[0]) for r in test])
    n = np.arange(len(test))
    names = bundle.embed_texts([r[1] for r in test])
    row = table.add('recorded French, an unheard voice: speech to caption', 'fr', spoken, names, n)
    table.add('recorded French: caption to speech', 'fr', names, spoken, n)
    pictures = bundle.embed_pictures([load_stamp(concepts[r[3]]['path']) for r in test])
    table.add('recorded French: speech to picture', 'fr', spoken, pictures, n)
    for language in ('en', 'ja'):
        other = bundle.embed_texts([first(concepts[r[3]], language) for r in test])
        table.add('recorded French: speech to caption in another language', language, spoken,
                  other, n)
    table.gate_recall('recorded French R@10', row, 10, 0.70, '150')


def measure_digits(bundle, table):
    paths = sorted(glob.glob(os.path.join(SHARED, 'audio', 'fsdd', '*_*_*.wav')))
    if not paths:
        return
    found = bundle.embed_clips([hear(p) for p in paths])
    fields = [os.path.basename(p).split('_') for p in paths]
    digit, speaker = np.array([int(f[0]) for f in fields]), np.array([f[1] for f in fields])
    right, near = [], []
    for one in sorted(set(speaker)):
        train, out = speaker != one, speaker == one
        x = np.concatenate([found, np.ones((len(found), 1))], 1)
        aim = np.eye(10)[digit[train]] - 0.1
        weights = np.linalg.solve(x[train].T @ x[train] + 0.3 * np.eye(x.shape[1]),
                                  x[train].T @ aim)
        right += list((x[out] @ weights).argmax(1) == digit[out])
        near += list(nearest(found[train], digit[train], found[out]) == digit[out])
    words = bundle.embed_texts(DIGITS)
    zero = ((found @ words.T).argmax(1) == digit).mean()
    table.gate('spoken digits, the speaker left out (ridge)', np.mean(right), 0.90,
               '%d clips of %d speakers' % (len(paths), len(set(speaker))))
    table.gate('spoken digits, the speaker left out (1-nearest-neighbour)', np.mean(near), 0.90,
               '%d clips' % len(paths))
    table.gate('spoken digits by their written names', zero, 0.90, '%d clips' % len(paths))


def measure_scenes(bundle, table):
    paths = sorted(glob.glob(os.path.join(SHARED, 'audio', 'esc10', '*', '*.ogg')))
    if not paths:
        return
    found = bundle.embed_clips([hear(p) for p in paths])
    kinds = sorted(ESC_NAMES)
    kind = np.array([kinds.index(os.path.basename(os.path.dirname(p))) for p in paths])
    fold = np.array([int(os.path.basename(p)[0]) for p in paths])
    words = bundle.embed_texts([ESC_NAMES[k] for k in kinds])
    guess = (found @ words.T).argmax(1)
    table.gate('ESC-10 by class name, zero-shot', (guess == kind).mean(), 0.45,
               '%d clips' % len(paths))
    hits = []
    for one in sorted(set(fold)):
        out = fold == one
        hits += list(nearest(found[~out], kind[~out], found[out]) == kind[out])
    table.gate('ESC-10 by 1-nearest-neighbour on the folds', np.mean(hits), 0.80,
               '%d clips' % len(paths))
    for k, name in enumerate(kinds):
        log('    %-16s zero-shot %.2f' % (name, (guess[kind == k] == k).mean()))


# ---- texts -----------------------------------------------------------------------

def spearman(a, b):
    def order(x):
        x = np.asarray(x)
        _, back, count = np.unique(x, return_inverse=True, return_counts=True)
        last = np.cumsum(count)
        return (last - (count - 1) / 2)[back]
    return np.corrcoef(order(a), order(b))[0, 1]


def measure_similarity(embed, table):
    for language, bar in (('en', 0.60), ('ja', 0.50)):
        path = os.path.join(SHARED, 'similarity', 'sts', 'stsb-%s-dev.csv' % language)
        if not os.path.exists(path):
            continue
        with open(path, encoding='utf-8', newline='') as file:
            rows = [r for r in csv.reader(file) if len(r) == 3]
        a, b = embed([r[0] for r in rows]), embed([r[1] for r in rows])
        table.gate('STS-B dev, Spearman (%s)' % language,
                   spearman((a * b).sum(1), [float(r[2]) for r in rows]), bar,
                   '%d pairs' % len(rows))


# ---- graph -----------------------------------------------------------------------

def measure_graph(bundle, table, concepts, folder):
    """The graph tower: kin among the nearest, words and pictures to nodes and back."""
    from gather import Glyphs
    from graph import kin_share
    path = os.path.join(folder, 'graph', 'above.json')
    if not os.path.exists(path):
        return
    vectors = bundle.graph
    share, n = kin_share(vectors, {str(i): a for i, a in enumerate(load_json(path))})
    table.gate('WordNet: hypernym or sister among the 10 nearest', share, 0.80, '%d nodes' % n)
    of, tokens = {}, load_json(os.path.join(folder, 'graph', 'tokenizer.json'))['model']['vocab']
    for name, i in sorted(tokens.items(), key=lambda t: ('.n.' not in t[0], t[1])):
        of.setdefault(name.split('.')[0].replace('_', ' ').lower(), i)
    glyphs, rows = Glyphs(), []
    for c in concepts:
        if c['source'] == 'emoji' and first(c, 'en').lower() in of and 'ja' in c['names']:
            rows.append(c)
    right = np.array([of[first(c, 'en').lower()] for c in rows])
    for language in ('en', 'ja'):
        table.add('word to graph node', language,
                  bundle.embed_texts([first(c, language) for c in rows]), vectors, right)
    if bundle.has_pictures():
        pictures = bundle.embed_pictures([glyphs.draw(c['cp']) for c in rows])
        table.add('picture to graph node', '-', pictures, vectors, right)
        table.add('graph node to picture', '-', vectors[right], pictures, np.arange(len(rows)))
        held = np.array([i for i, c in enumerate(rows) if c['held'] == 'concept'])
        if len(held):
            table.add('graph node to picture, unseen concepts', '-', vectors[right[held]],
                      pictures[held], np.arange(len(held)))


# ---- all -------------------------------------------------------------------------

def measure(cache, folder):
    bundle, table = Engine(folder), Table()
    concepts = load_json(os.path.join(cache, 'concepts.json'))
    emoji, pictures, _ = measure_pictures(bundle, table, concepts, cache)
    measure_stamps(bundle, table, concepts)
    measure_drawings(bundle, table, concepts)
    measure_icons(bundle, table)
    measure_phrases(bundle, table, emoji, pictures)
    measure_sounds(bundle, table, concepts)
    measure_digits(bundle, table)
    measure_scenes(bundle, table)
    measure_similarity(bundle.embed_texts, table)
    measure_graph(bundle, table, concepts, folder)
    return bundle, table, concepts
