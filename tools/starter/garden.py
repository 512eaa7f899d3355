# SPDX-License-Identifier: GPL-3.0-or-later
"""The garden: a thousand everyday concepts, each as English and Japanese word, picture, a
spoken clip and graph node, with a manifest that says what belongs together. The first 331
are chosen by hand (garden.tsv); the others are the further emoji that stand for one thing."""

import collections
import csv
import os
import re
import shutil

import numpy as np
import soundfile

from common import GARDEN, SAMPLE_RATE, garden_list, load_json, log, save_json, share
from gather import Glyphs
from speech import espeak, flite, speakable, trim
from texts import read_wordnet, sense_counts

WANTED = 1024
PLAIN = re.compile(r'flag|middle finger|button|keycap|o.clock|thirty|arrow|symbol|input|squared|'
                   r'mahjong|[“”"]')
# Of what is not a person, a flag or a sign the starter, version 1, was kept from a tenth.
PEOPLE = re.compile(r'\b(man|woman|men|women|person|people|boy|girl|face|hand|flag|hands|'
                    r'family|couple|kiss|button|o.clock|thirty|arrow|keycap)\b')
EMOJI_TEST = '/usr/share/unicode/emoji/emoji-test.txt'
# Unicode's subgroups, or how they begin, as labels; the others are objects.
LABELS = {'face': 'face', 'cat-face': 'face', 'monkey-face': 'face', 'heart': 'feeling',
          'emotion': 'feeling', 'hand': 'body', 'body': 'body', 'person': 'person',
          'family': 'person', 'animal': 'animal', 'plant': 'plant', 'food': 'food', 'drink': 'food',
          'place': 'place', 'transport': 'vehicle', 'sky': 'nature', 'sport': 'sport', 'game': 'sport',
          'award': 'sport', 'clothing': 'clothing', 'music': 'music', 'warning': 'sign',
          'religion': 'sign', 'zodiac': 'sign', 'other-symbol': 'sign', 'geometric': 'sign'}
# (voice, kept from training) by share of the concepts.
EN_VOICES = [(0.35, 'espeak:en-us', False), (0.55, 'espeak:en+f2', False),
             (0.75, 'flite:rms', False), (0.92, 'espeak:en-gb-scotland+f5', True),
             (1.01, 'flite:slt', True)]
JA_VOICES = [(0.35, 'espeak:ja', False), (0.70, 'espeak:ja+f2', False),
             (0.85, 'espeak:ja+f5', True), (1.01, 'espeak:ja+m7', True)]
VAGUE = set('''entity;physical entity;abstraction;whole;object;physical object;artifact;living thing;
thing;matter;substance;causal agent;psychological feature;attribute;unit;part;group;relation;event;
instrumentality;equipment;device;organism;structure;process;food;solid;implement;act;state;
abstract entity;natural object;body part;conveyance;food;foodstuff;plant;animal;vehicle;covering;
commodity;consumer goods;person;causal agency;transport;container;vertebrate;chordate;way;
measure;unit of measurement;definite quantity;material;article;construction;creation;fixture'''
            .replace('\n', '').split(';'))


def write_sidecar(folder, further, rows):
    """What `umekomi add` should know of the files of a folder, beside them."""
    with open(os.path.join(GARDEN, folder, 'metadata.csv'), 'w', encoding='utf-8',
              newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(['file_name', 'caption', 'label'] + further)
        for row in rows:
            writer.writerow([os.path.basename(row[0])] + row[1:])


def slug(text):
    return ''.join(c if c.isalnum() else '-' for c in text.lower())


def say(voice, text):
    engine, name = voice.split(':')
    samples = espeak(text, name, 150) if engine == 'espeak' else flite(text, name)
    samples = trim(samples, 0.08)
    return (0.7 * samples / np.abs(samples).max()).astype(np.float32)


def edges(rows, by_cp):
    """Undirected edges: to the category, to telling WordNet ancestors, by shared keywords."""
    names = {row[2] for row in rows}
    chains = chains_of(names)
    below = collections.defaultdict(set)
    for _, _, en, _ in rows:
        for above in chains.get(en, []):
            below[above].add(en)
    telling = {a for a, b in below.items() if 2 <= len(b) <= 30 and a not in VAGUE and len(a) < 20}
    out = set()

    def join(a, b):
        if a != b:
            out.add((min(a, b), max(a, b)))
    for category, _, en, _ in rows:
        join(en, category)
        last = en
        for above in chains.get(en, []):
            if above in telling or above in names:
                join(last, above)
                last = above
    keywords = collections.defaultdict(set)
    for _, cp, en, _ in rows:
        for word in by_cp[cp]['names']['en'][1:]:
            keywords[word.lower()].add(en)
    shared = collections.Counter()
    for word, group in keywords.items():
        if 2 <= len(group) <= 12:
            for a in group:
                for b in group:
                    if a < b:
                        shared[a, b] += 2 if len(group) <= 6 else 1
        for en in group:
            if word in names:
                join(en, word)
    for (a, b), n in shared.items():
        if n >= 2:
            join(a, b)
    categories = sorted({row[0] for row in rows})
    for a, b in zip(categories, categories[1:]):      # the whole garden hangs together
        if not connected(out, a, b):
            join(a, b)
    return sorted(out)


def unseen(concept, by_hand):
    """Whether the shipped starter (version 1) was kept from this emoji altogether."""
    if concept['cp'] in by_hand:
        return by_hand[concept['cp']]
    return not PEOPLE.search(concept['names']['en'][0].lower()) \
        and share(concept['cp'], 'held') < 0.10


def garden_rows(concepts):
    """(label, emoji, en, ja): those chosen by hand, then emoji of one character whose names are
    short, until there are enough."""
    emoji = {c['cp'] for c in concepts if c['source'] == 'emoji'}
    rows = [row[:4] for row in garden_list() if row[1] in emoji]
    labels = read_labels()
    known = {row[1] for row in rows}
    names, slugs = {row[2] for row in rows}, {slug(row[2]) for row in rows}
    for c in concepts:
        if len(rows) >= WANTED:
            break
        if c['source'] != 'emoji' or len(c['cp']) > 1 or c['cp'] in known \
                or not {'en', 'ja'} <= set(c['names']):
            continue
        en, ja = c['names']['en'][0].lower(), c['names']['ja'][0]
        if en in names or slug(en) in slugs or en.count(' ') > 3 or PLAIN.search(en):
            continue
        rows.append((labels.get(c['cp'], 'object'), c['cp'], en, ja))
        names.add(en)
        slugs.add(slug(en))
    return rows


def read_labels():
    """{emoji of one character: label}"""
    out, label = {}, 'object'
    with open(EMOJI_TEST, encoding='utf-8') as file:
        for line in file:
            if line.startswith('# subgroup:'):
                name = line.split(':', 1)[1].strip()
                label = next((LABELS[k] for k in LABELS if name.startswith(k)), 'object')
            elif line.strip() and line[0] != '#':
                points = [int(x, 16) for x in line.split(';')[0].split() if x != 'FE0F']
                if len(points) == 1:
                    out[chr(points[0])] = label
    return out


def chains_of(names):
    """{name: its first sense's hypernyms, from near to far}."""
    synsets, common, best = read_wordnet(), sense_counts(), {}
    for key, (lemmas, _, _, _) in synsets.items():
        for lemma in lemmas:
            word = lemma.lower()
            if key[0] == 'noun' and word in names and (
                    word not in best or common.get(key, 0) > common.get(best[word], 0)):
                best[word] = key
    out = {}
    for word, key in best.items():
        chain, seen = [], {key}
        while True:
            above = [t for m, t in synsets[key][3] if m in ('@', '@i') and t not in seen]
            if not above or len(chain) > 12:
                break
            key = above[0]
            seen.add(key)
            chain.append(synsets[key][0][0].lower())
        out[word] = chain
    return out


def connected(pairs, a, b):
    near = collections.defaultdict(set)
    for x, y in pairs:
        near[x].add(y)
        near[y].add(x)
    seen, todo = {a}, [a]
    while todo:
        for other in near[todo.pop()] - seen:
            seen.add(other)
            todo.append(other)
    return b in seen


def make_garden(cache):
    concepts = load_json(os.path.join(cache, 'concepts.json'))
    by_cp = {c['cp']: c for c in concepts if c['source'] == 'emoji'}
    rows, glyphs = garden_rows(concepts), Glyphs()
    for part in ('pictures', 'sounds'):
        shutil.rmtree(os.path.join(GARDEN, part), ignore_errors=True)
        os.makedirs(os.path.join(GARDEN, part))
    concepts, by_hand = [], {row[1]: row[4] for row in garden_list()}
    kana = speakable([row[3] for row in rows])
    links = edges(rows, by_cp)
    for number, (category, emoji, en, ja) in enumerate(rows):
        name, held = slug(en), unseen(by_cp[emoji], by_hand)
        spoken = ('en', 'ja') if number < len(by_hand) else ('en',) if number % 2 else ('ja',)
        glyphs.draw(emoji).save(os.path.join(GARDEN, 'pictures', name + '.png'), optimize=True)
        sounds = {}
        for language, text, voices in (('en', en, EN_VOICES), ('ja', kana.get(ja, ja), JA_VOICES)):
            if language not in spoken:
                continue
            part = share(en, 'voice-' + language)
            voice, kept = next((v, k) for edge, v, k in voices if part < edge)
            path = 'sounds/%s-%s.ogg' % (name, language)
            soundfile.write(os.path.join(GARDEN, path), say(voice, text), SAMPLE_RATE,
                            format='OGG', subtype='VORBIS')
            sounds[language] = {'file': path, 'voice': voice, 'held_out_voice': kept}
        concepts.append({'id': name, 'en': en, 'ja': ja, 'category': category, 'emoji': emoji,
                         'held_out': held, 'picture': 'pictures/%s.png' % name,
                         'words': {'en': name + '-en', 'ja': name + '-ja'}, 'sounds': sounds,
                         'node': en})
    with open(os.path.join(GARDEN, 'concepts.tsv'), 'w', encoding='utf-8') as file:
        file.write('id\ten\tja\tlabel\tpicture\tsound_en\tsound_ja\theld_out\n')
        for c in concepts:
            file.write('\t'.join([c['id'], c['en'], c['ja'], c['category'], c['picture'],
                                  *[c['sounds'][k]['file'] if k in c['sounds'] else '' for k in
                                    ('en', 'ja')],
                                  'yes' if c['held_out'] else 'no']) + '\n')
    write_sidecar('pictures', ['ja'], [[c['picture'], c['en'], c['category'], c['ja']]
                                       for c in concepts])
    write_sidecar('sounds', ['language'], [[c['sounds'][language]['file'], c[language],
                                            c['category'], language]
                                           for c in concepts for language in c['sounds']])
    with open(os.path.join(GARDEN, 'words.tsv'), 'w', encoding='utf-8') as file:
        file.write('id\ttext\tlanguage\tlabel\n')
        for language in ('en', 'ja'):
            for c in concepts:
                file.write('\t'.join([c['words'][language], c[language], language,
                                      c['category']]) + '\n')
    with open(os.path.join(GARDEN, 'graph.edgelist'), 'w', encoding='utf-8') as file:
        file.write('# The garden as an undirected graph, one edge a line, tab separated.\n')
        file.writelines('%s\t%s\n' % pair for pair in links)
    save_json(os.path.join(GARDEN, 'garden.json'),
              {'format': 'umekomi-garden/1', 'words': 'words.tsv', 'graph': 'graph.edgelist',
               'concepts': concepts})
    nodes = {x for pair in links for x in pair}
    log(len(concepts), 'concepts,', len(nodes), 'nodes,', len(links), 'edges,',
        sum(c['held_out'] for c in concepts), 'held out')
