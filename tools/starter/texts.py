# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts: the concepts with their names in all languages, the split into trained and
held-out ones, and pairs of texts of like meaning, all from installed packages."""

import glob
import gzip
import html
import os
import re
import unicodedata
import xml.etree.ElementTree as ET

from common import (CLDR, CLIPART, EDICT, REFERENCE_BOOK, STAMPS, WORDNET, log, save_json, share)
from gather import SKIN, clipart_words, hiragana, readings
from iconify import icon_concepts

# CLDR's codes. "no" is Bokmål there, "nb" elsewhere.
LANGUAGES = ['en', 'ja', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'sv', 'da', 'no', 'fi', 'is', 'pl', 'cs',
             'sk', 'sl', 'hr', 'hu', 'ro', 'bg', 'ru', 'uk', 'be', 'el', 'tr', 'ca', 'eu', 'gl', 'ga',
             'et', 'lv', 'lt', 'ar', 'he', 'fa', 'hi', 'th', 'vi', 'id', 'ko', 'zh']


HELD_EMOJI, HELD_JAPANESE, HELD_STAMPS, HELD_DRAWINGS = 185, 170, 95, 100


def hold_out(concepts, key, kind, n):
    """Mark the n concepts whose names hash lowest: no order of files enters."""
    free = [c for c in concepts if not c['held']]
    for c in sorted(free, key=lambda c: share(c[key], kind))[:n]:
        c['held'] = kind


# ---- emoji -----------------------------------------------------------------------

def annotations(language):
    """{code points: (name, [keywords])} of one CLDR language."""
    out = {}
    for folder in ('annotations', 'annotationsDerived'):
        path = os.path.join(CLDR, folder, language + '.xml')
        if not os.path.exists(path):
            continue
        for node in ET.parse(path).getroot().iter('annotation'):
            cp, text = node.get('cp').replace('\ufe0f', ''), (node.text or '').strip()
            if '↑' in text:
                continue
            name, words = out.get(cp, ('', []))
            if node.get('type') == 'tts':
                name = text
            else:
                words = [w.strip() for w in text.split('|') if w.strip()]
            out[cp] = (name, words)
    return out


def emoji_concepts(drawable):
    """Every emoji without a skin tone. A tenth is held out whole, of a tenth of the rest
    the Japanese."""
    tables = {language: annotations(language) for language in LANGUAGES}
    out = []
    for cp, (name, _) in tables['en'].items():
        if SKIN.search(cp) or not name or cp.isascii() or not drawable(cp):
            continue
        names = {}
        for language, table in tables.items():
            title, words = table.get(cp, ('', []))
            texts = [title] + [w for w in words if w != title] if title else list(words)
            if texts:
                names[language] = texts
        out.append({'source': 'emoji', 'cp': cp, 'held': '', 'names': names})
    hold_out(out, 'cp', 'concept', HELD_EMOJI)
    hold_out(out, 'cp', 'japanese', HELD_JAPANESE)
    reading = readings(sorted({w for c in out for w in c['names'].get('ja', [])}))
    for c in out:
        kana = []
        for w in c['names'].get('ja', []):
            r = hiragana(reading.get(w, ''))
            if r and r != w and not re.search('[a-zA-Z0-9一-鿿]', r):
                kana.append(r)
        if kana:
            c['names']['ja-kana'] = kana
    return out


# ---- Tux Paint -------------------------------------------------------------------

def tidy_caption(text):
    text = re.sub(r'\s+', ' ', unicodedata.normalize('NFC', text)).strip()
    return text.rstrip('.。।|!¡ ')


def stamp_concepts():
    """Stamps with a picture; a tenth held out whole."""
    out = []
    for path in sorted(glob.glob(os.path.join(STAMPS, '**', '*.txt'), recursive=True)):
        stem = path[:-4]
        if not (os.path.exists(stem + '.png') or os.path.exists(stem + '.svg')):
            continue
        lines = open(path, encoding='utf-8', errors='replace').read().splitlines()
        if not lines or not lines[0].strip():
            continue
        names = {'en': [tidy_caption(lines[0])]}
        for line in lines[1:]:
            code, _, text = line.partition('=')
            if text and code.endswith('.utf8'):
                code = {'nb': 'no', 'zh_cn': 'zh', 'pt_br': 'pt-br'}.get(code[:-5].lower(),
                                                                       code[:-5].lower())
                names.setdefault(code, []).append(tidy_caption(text))
        key = os.path.relpath(stem, STAMPS)
        names = {k: v for k, v in names.items() if k in LANGUAGES and v[0]}
        out.append({'source': 'stamp', 'path': key, 'names': names, 'held': ''})
    hold_out(out, 'path', 'concept', HELD_STAMPS)
    return out


def clipart_concepts(limit):
    paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(CLIPART)
                   for name in names if name.endswith('.svg'))
    paths = [p for p in paths if os.path.getsize(p) < 150000]
    paths.sort(key=lambda p: share(os.path.relpath(p, CLIPART), 'clipart'))
    out, seen = [], {}
    for path in paths:
        found = clipart_words(path)
        if not found:
            continue
        title, about, words = found
        seen[title] = seen.get(title, 0) + 1
        if seen[title] > 5:              # series of near-equal drawings would drown the rest
            continue
        key = os.path.relpath(path, CLIPART)
        texts = [title] + words + ([about] if about else [])
        out.append({'source': 'clipart', 'path': key, 'names': {'en': texts}, 'held': ''})
        if len(out) == limit:
            break
    hold_out(out, 'path', 'concept', HELD_DRAWINGS)
    return out


# ---- pairs -----------------------------------------------------------------------

def read_wordnet():
    """{(part, offset): (lemmas, gloss, examples, [(mark, (part, offset))])}"""
    out, parts = {}, {'n': 'noun', 'v': 'verb', 'a': 'adj', 's': 'adj', 'r': 'adv'}
    for part in ('noun', 'verb', 'adj', 'adv'):
        with open(os.path.join(WORDNET, 'data.' + part), encoding='latin-1') as file:
            for line in file:
                if line.startswith('  '):
                    continue
                head, _, text = line.partition('|')
                field = head.split()
                count = int(field[3], 16)
                lemmas = [field[4 + 2 * i].replace('_', ' ').split('(')[0]
                          for i in range(count)]
                at = 4 + 2 * count
                links = [(p[0], (parts[p[2]], p[1])) for p in
                         (field[at + 1 + 4 * i:at + 5 + 4 * i] for i in range(int(field[at])))]
                examples = re.findall(r'"([^"]{12,120})"', text)
                gloss = re.split(r'; "|"', text)[0].strip(' ;\n')
                out[part, field[0]] = (lemmas, gloss, examples, links)
    return out


def sense_counts():
    """{(part, offset): times tagged}: how common a sense is."""
    out = {}
    for part in ('noun', 'verb', 'adj', 'adv'):
        with open(os.path.join(WORDNET, 'index.' + part), encoding='latin-1') as file:
            for line in file:
                if line.startswith('  '):
                    continue
                field = line.split()
                n = int(field[2])
                for rank, offset in enumerate(field[-n:]):
                    tagged = int(field[-n - 1])
                    key = (part, offset)
                    out[key] = max(out.get(key, 0), max(0, tagged - rank) + (rank == 0))
    return out


def wordnet_pairs(synsets):
    glosses, near, examples = [], [], []
    common = sense_counts()
    for key, (lemmas, gloss, shown, links) in synsets.items():
        if common.get(key, 0) < 1:
            continue
        for lemma in lemmas[:3]:
            if 1 < len(gloss.split()) <= 24:
                glosses.append((lemma, gloss))
        for other in lemmas[1:3]:
            near.append((lemmas[0], other))
        for mark, target in links:
            if mark in ('@', '@i', '+', '\\', '&', '^') and target in synsets:
                if synsets[target][0][0].lower() != lemmas[0].lower():
                    near.append((lemmas[0], synsets[target][0][0]))
        examples += [(lemmas[0], e) for e in shown]
    return glosses, near, examples


def edict_pairs():
    """Japanese words and readings with their short English meanings, the common ones first."""
    out = []
    with open(EDICT, encoding='euc-jp', errors='replace') as file:
        for line in file:
            match = re.match(r'(\S+)(?: \[(\S+)\])? /(.*)/', line)
            if not match:
                continue
            word, kana, rest = match.groups()
            common = '(P)' in rest
            senses = [re.sub(r'\([^)]*\)|\{[^}]*\}', '', s).strip() for s in rest.split('/')]
            senses = [s for s in senses if s and s.isascii() and len(s.split()) <= 5
                      and not s.startswith('EntL')]
            senses = [re.sub(r'^to (?=\w+$)', '', s) for s in senses][:3]
            if not senses or (not common and len(word) > 4):
                continue
            for sense in senses if common else senses[:1]:
                out.append((word, sense, common))
            if kana and common:
                out.append((kana, senses[0], False))
                out.append((word, kana, False))
    return out


def locale_pairs():
    """Places and languages, English with each other language."""
    tables = {}
    for language in LANGUAGES:
        names, path = {}, os.path.join(CLDR, 'main', language + '.xml')
        if not os.path.exists(path):
            continue
        root = ET.parse(path).getroot()
        for tag in ('territory', 'language'):
            for node in root.iter(tag):
                if node.get('alt') is None and node.text and node.get('type') \
                        and '↑' not in node.text:
                    names[tag, node.get('type')] = node.text
        tables[language] = names
    english = tables['en']
    return [(english[key], names[key]) for language, names in tables.items() if language != 'en'
            for key in names if key in english and english[key] != names[key]]


def book_sentences():
    """Sentences of the Debian Reference in English and Japanese: how common its small words
    are is all that they teach."""
    out = {}
    for language in ('en', 'ja'):
        text = ''
        for path in sorted(glob.glob(REFERENCE_BOOK % language)):
            raw = gzip.open(path).read() if path.endswith('.gz') else open(path, 'rb').read()
            page = re.sub(r'(?s)<(script|style|pre|head).*?</\1>', ' ',
                          raw.decode('utf-8', 'replace'))
            text += html.unescape(re.sub(r'<[^>]+>', ' ', page)) + '\n'
        parts = re.split(r'(?<=[。.!?？！])\s+|\n\s*\n|(?<=。)', text)
        parts = [re.sub(r'\s+', ' ', p).strip() for p in parts]
        low, high = (20, 200) if language == 'en' else (8, 90)
        out[language] = sorted({p for p in parts if low <= len(p) <= high
                                and (language == 'en' or re.search('[ぁ-ん]', p))})
    return out


def gather_texts(cache, full=True, n_clipart=5000):
    from gather import Glyphs
    glyphs = Glyphs()
    concepts = emoji_concepts(lambda cp: glyphs.draw(cp) is not None)
    log(len(concepts), 'emoji')
    if full:
        concepts += stamp_concepts()
    concepts += clipart_concepts(n_clipart)
    concepts += icon_concepts({c['names']['en'][0].lower() for c in concepts
                               if c['held'] == 'concept'})
    save_json(os.path.join(cache, 'concepts.json'), concepts, None)
    glosses, near, examples = wordnet_pairs(read_wordnet())
    pairs = {'gloss': glosses, 'near': near, 'example': examples, 'locale': locale_pairs(),
             'edict': edict_pairs() if full else [],
             'book': book_sentences() if full else {'en': [], 'ja': []}}
    save_json(os.path.join(cache, 'pairs.json'), pairs, None)
    for source in ('emoji', 'stamp', 'clipart', 'icon'):
        mine = [c for c in concepts if c['source'] == source]
        log(source, len(mine), 'held', sum(c['held'] == 'concept' for c in mine))
    log({k: len(v) for k, v in pairs.items()}, {k: len(v) for k, v in pairs['book'].items()})
