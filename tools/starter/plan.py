# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan: writes evaluation.json, by which `umekomi eval starter` makes the recall table
again. The functions of evaluate.py run as they are, on stand-ins for what they embed: a
list of items for a list of vectors, so that the plan cannot differ from the table.

usage: plan.py CACHE MODEL-FOLDER"""

import json
import os
import sys

import numpy as np

SHORTEST = 12              # of a list that is told as rows of another
PACKAGES = (('/usr/share/rubygems-integration/all/gems/gemojione-3.3.0/assets/png', 'ruby-gemojione'),
            ('/usr/share/tuxpaint/stamps', 'tuxpaint-stamps-default'),
            ('/usr/share/openclipart', 'openclipart-svg'),
            ('/usr/share/icons/oxygen', 'oxygen-icon-theme'))


def file_item(path):
    for prefix, package in PACKAGES:
        if path.startswith(prefix):
            return {'file': path, 'package': package}
    return {'file': path}


class Items(np.ndarray):
    """Numbers of items; indexing works as on rows of vectors."""


class PlanBundle:
    def __init__(self):
        self.items, self.numbers = [], {}

    def add(self, items):
        out = []
        for item in items:
            key = json.dumps(item, ensure_ascii=False, sort_keys=True)
            if key not in self.numbers:
                self.numbers[key] = len(self.items)
                self.items.append(item)
            out.append(self.numbers[key])
        return np.array(out, np.int64).view(Items)

    embed_texts = embed_pictures = embed_clips = add


class PlanTable:
    """Collects tests; lists are shared by those that use the same items."""

    def __init__(self, bundle, published):
        self.bundle, self.lists, self.names, self.tests, self.rows = bundle, {}, {}, [], []
        self.published = {(r['test'], r['language']): r for r in published}

    def name(self, numbers):
        key = tuple(int(n) for n in numbers)
        if key not in self.names:
            self.names[key] = 'list-%d' % (len(self.names) + 1)
            self.lists[self.names[key]] = [self.bundle.items[n] for n in key]
        return self.names[key]

    def add(self, test, language, queries, candidates, right):
        row = {'recall_at_%d' % k: 0.0 for k in (1, 5, 10)}
        if len(queries) == 0:
            return None
        entry = {'test': test, 'language': language, 'queries': self.name(queries),
                 'candidates': self.name(candidates), 'right': [int(r) for r in right]}
        if entry['right'] == list(range(len(queries))):
            del entry['right']
        known = self.published.get((test, language))
        if known:
            entry['published'] = {k: known[k] for k in row}
        self.tests.append(entry)
        return row

    def gate(self, *_):
        pass

    gate_recall = gate

    def shorten(self):
        """Lists of texts and glyphs that are part of a longer one become rows of it."""
        keys = {name: key for key, name in self.names.items()}
        longest = sorted(keys, key=lambda name: -len(keys[name]))
        kept = []
        moved = {}
        for name in longest:
            host = next((k for k in kept if len(keys[name]) >= SHORTEST
                         and set(keys[name]) <= set(keys[k])), None)
            if host is None:
                kept.append(name)
                continue
            place = {n: i for i, n in reversed(list(enumerate(keys[host])))}
            moved[name] = host, [place[n] for n in keys[name]]
            del self.lists[name]
        for entry in self.tests:
            for side, rows in (('queries', 'query_rows'), ('candidates', 'candidate_rows')):
                if entry[side] in moved:
                    entry[side], entry[rows] = moved[entry[side]]
            if 'right' in entry and entry['right'] == entry.get('query_rows'):
                entry['right'] = 'query_rows'

    def write(self, folder):
        self.shorten()
        for entry in self.tests:
            for key in ('right', 'query_rows', 'candidate_rows'):
                if isinstance(entry.get(key), list):
                    entry[key] = runs_of(entry[key])
        lists = {name: several(items) for name, items in self.lists.items()}
        with open(os.path.join(folder, 'evaluation.json'), 'w', encoding='utf-8') as file:
            json.dump({'format': 'umekomi-evaluation/1', 'lists': lists,
                       'tests': self.tests}, file, ensure_ascii=False, separators=(',', ':'))


def runs_of(rows):
    """Rows with those that follow one another told as [first, count]."""
    out = []
    for row in rows:
        if out and out[-1][0] + out[-1][1] == row:
            out[-1][1] += 1
        else:
            out.append([row, 1])
    return [run if run[1] > 1 else run[0] for run in out]


def several(items):
    """Items with files of one folder, and glyphs, told together."""
    out = []
    for item in items:
        if isinstance(item, str) or ('file' in item and 'package' not in item):
            out.append(item)
        elif 'glyph' in item:
            if not out or not isinstance(out[-1], dict) or 'glyphs' not in out[-1]:
                out.append({'glyphs': []})
            out[-1]['glyphs'].append(item['glyph'])
        else:
            folder = next(prefix for prefix, _ in PACKAGES if item['file'].startswith(prefix))
            if not out or not isinstance(out[-1], dict) or out[-1].get('folder') != folder:
                out.append({'folder': folder, 'package': item['package'], 'files': []})
            out[-1]['files'].append(item['file'][len(folder) + 1:])
    return out


def stand_ins(evaluate):
    """Pictures and sounds become what the plan calls them."""
    import gather
    import pictures

    glyphs, emoji_one, stamps = gather.Glyphs(), pictures.EmojiOne(), pictures.STAMPS

    class Glyphs:
        def draw(self, cp):
            return {'glyph': cp} if glyphs.draw(cp) is not None else None

    class EmojiOne:
        def draw(self, concept):
            name = '-'.join('%04X' % ord(c) for c in concept['cp'] if c not in '\u200d\ufe0f')
            path = os.path.join(pictures.GEMOJIONE, name + '.png')
            return file_item(path) if emoji_one.draw(concept) is not None else None

    def stamp(path):
        if pictures.load_stamp(path) is None:
            return None
        stem = os.path.join(stamps, path)
        return file_item(stem + ('.svg' if os.path.exists(stem + '.svg') else '.png'))

    def clipart(path):
        full = os.path.join(pictures.CLIPART, path)
        return file_item(full) if pictures.load_clipart(path) is not None else None

    gather.Glyphs, evaluate.EmojiOne = Glyphs, EmojiOne
    evaluate.load_icon = lambda name: file_item(os.path.join(pictures.ICONS, name + '.png'))
    evaluate.load_stamp, evaluate.load_clipart, evaluate.hear = stamp, clipart, file_item


def write_plan(cache, folder, published):
    import evaluate
    from common import load_json
    stand_ins(evaluate)
    concepts = load_json(os.path.join(cache, 'concepts.json'))
    bundle = PlanBundle()
    table = PlanTable(bundle, published)
    emoji, pictures, _ = evaluate.measure_pictures(bundle, table, concepts, cache)
    evaluate.measure_stamps(bundle, table, concepts)
    evaluate.measure_drawings(bundle, table, concepts)
    evaluate.measure_icons(bundle, table)
    evaluate.measure_phrases(bundle, table, emoji, pictures)
    evaluate.measure_sounds(bundle, table, concepts)
    table.write(folder)


if __name__ == '__main__':
    with open(os.path.join(sys.argv[2], 'recall.json'), encoding='utf-8') as kept:
        write_plan(*sys.argv[1:3], json.load(kept)['rows'])
