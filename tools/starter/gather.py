# SPDX-License-Identifier: GPL-3.0-or-later
"""Gather: draw the emoji and clip art into one array of small pictures, read their
English and Japanese names and keywords, and collect text pairs from WordNet and CLDR."""

import collections
import io
import multiprocessing
import os
import re
import subprocess
import unicodedata
import xml.etree.ElementTree as ET

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from common import (CLDR, CLIPART, EMOJI_FONT, GEMOJIONE, PICTURE_SIDE, WORDNET, garden_list,
                    log, save_json, share)

SKIN = re.compile('[\U0001f3fb-\U0001f3ff]')
PEOPLE = re.compile(r'\b(man|woman|men|women|person|people|boy|girl|face|hand|flag|hands|'
                    r'family|couple|kiss|button|o.clock|thirty|arrow|keycap)\b')


# ---- names -----------------------------------------------------------------------

def annotations(language):
    """{code points: (name, [keywords])} of one CLDR language."""
    out = {}
    for folder in ('annotations', 'annotationsDerived'):
        path = os.path.join(CLDR, folder, language + '.xml')
        for node in ET.parse(path).getroot().iter('annotation'):
            cp, text = node.get('cp'), (node.text or '').strip()
            name, words = out.get(cp, ('', []))
            if node.get('type') == 'tts':
                name = text
            else:
                words = [w.strip() for w in text.split('|') if w.strip()]
            out[cp] = (name, words)
    return out


def readings(texts):
    """Katakana readings of Japanese texts, by MeCab."""
    shown = subprocess.run(['mecab', '-Oyomi'], input='\n'.join(texts) + '\n',
                           capture_output=True, text=True, check=True).stdout
    return dict(zip(texts, (line.strip() for line in shown.splitlines())))


def hiragana(text):
    return ''.join(chr(ord(c) - 0x60) if 'ァ' <= c <= 'ヶ' else c for c in text)


def with_kana(texts, reading):
    """The texts and, where they hold ideographs or katakana, their hiragana reading."""
    out = list(texts)
    for text in texts:
        kana = hiragana(reading.get(text, ''))
        if kana and kana != text and not re.search('[a-zA-Z0-9一-鿿]', kana):
            out.append(kana)
    return out


# ---- pictures --------------------------------------------------------------------

def square(image, side=PICTURE_SIDE):
    """A picture squeezed to a square, premultiplied RGBA, so that edges stay clean."""
    pixels = np.asarray(image.convert('RGBA'), np.float32)
    pixels[..., :3] *= pixels[..., 3:] / 255.0
    bands = [Image.fromarray(pixels[..., i]).resize((side, side), Image.BICUBIC)
             for i in range(4)]
    return np.clip(np.stack([np.asarray(b) for b in bands], -1) + 0.5, 0, 255).astype(np.uint8)


class Glyphs:
    """The bitmap strike of the colour emoji font, 136x128 a glyph."""

    def __init__(self):
        self.font = ImageFont.truetype(EMOJI_FONT, 109, layout_engine=ImageFont.Layout.RAQM)
        self.width = self.font.getlength('\U0001f436')

    def draw(self, text):
        for form in (text, text + '\ufe0f', text.replace('\u20e3', '\ufe0f\u20e3')):
            if self.font.getlength(form) == self.width:
                break
        else:
            return None
        image = Image.new('RGBA', (136, 128))
        ImageDraw.Draw(image).text((0, 0), form, font=self.font, embedded_color=True)
        box = image.getbbox()
        if box is None or box[2] - box[0] < 24:
            return None
        return image


def draw_svg(path):
    try:
        png = subprocess.run(['rsvg-convert', '-w', str(PICTURE_SIDE), '-h',
                              str(PICTURE_SIDE), path], capture_output=True, timeout=5).stdout
        pixels = square(Image.open(io.BytesIO(png)))
    except Exception:
        return None
    return pixels if pixels[..., 3].mean() > 8 else None


# ---- clip art captions -----------------------------------------------------------

DC = '{http://purl.org/dc/elements/1.1/}'
RDF_LI = '{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li'
DULL = {'clip art', 'clipart', 'unsorted', 'public domain', 'image', 'svg', 'media', 'png',
        'externalsource', 'contour', 'colour', 'color', 'icon', 'black and white', 'drawing',
        'cartoon', 'open clip art', 'line art', 'silhouette', 'lineart', 'outline', 'art', 'hash',
        'black', 'white', 'bw', 'special', 'redrawn', 'anonymous', 'remix', 'vector', 'other'}


def tidy(text):
    text = unicodedata.normalize('NFC', text or '').replace('_', ' ')
    text = re.sub(r'\s+', ' ', text).strip(' .')
    return re.sub(r'\s*[#(]?\b\d+\)?$', '', text)


def clipart_words(path):
    try:
        text = open(path, encoding='utf-8', errors='replace').read(20000)
        begin, end = text.find('<metadata'), text.find('</metadata>')
        block = text[begin:end] if begin >= 0 and end > 0 else text
    except OSError:
        return None
    title = re.search(r'<dc:title>([^<]*)</dc:title>', block)
    about = re.search(r'<dc:description>([^<]*)</dc:description>', block)
    keywords = re.findall(r'<rdf:li>([^<]*)</rdf:li>', block)
    title = tidy(title.group(1)) if title else ''
    about = tidy(about.group(1)) if about else ''
    if 'http' in about or len(about) > 100:
        about = ''
    folders = [tidy(f) for f in os.path.relpath(path, CLIPART).split(os.sep)[:-1]]
    words = []
    for word in keywords + folders:
        word = tidy(word).lower()
        if 1 < len(word) < 40 and word not in DULL and word not in words \
                and not re.search(r'[<>&@]|author|\.svg|\d\d', word):
            words.append(word)
    title = '' if re.search(r'[&<>]|svg', title) or len(title) > 60 else title
    if not title or not words or not title.isascii():
        return None
    return title, about if about.isascii() else '', words


# ---- WordNet ---------------------------------------------------------------------

def wordnet_pairs(vocabulary):
    """(lemma, gloss | synonym | hypernym) of the first senses of known words."""
    lemmas, gloss, above = {}, {}, {}
    for part in ('noun', 'verb', 'adj'):
        with open(os.path.join(WORDNET, 'data.' + part), encoding='latin-1') as file:
            for line in file:
                if line.startswith('  '):
                    continue
                head, _, text = line.partition('|')
                field = head.split()
                key = (part, field[0])
                count = int(field[3], 16)
                lemmas[key] = [field[4 + 2 * i].replace('_', ' ').lower()
                               .split('(')[0] for i in range(count)]
                gloss[key] = re.split(r';|:', text)[0].strip(' ()\n')
                at = 4 + 2 * count
                n = int(field[at])
                pointers = [field[at + 1 + 4 * i:at + 5 + 4 * i] for i in range(n)]
                above[key] = [(part, p[1]) for p in pointers if p[0] in ('@', '@i')]
    pairs, graph = [], {}
    for part in ('noun', 'verb', 'adj'):
        with open(os.path.join(WORDNET, 'index.' + part), encoding='latin-1') as file:
            for line in file:
                if line.startswith('  '):
                    continue
                field = line.split()
                lemma = field[0].replace('_', ' ')
                if lemma not in vocabulary:
                    continue
                first = (part, field[-int(field[2])])
                if first not in lemmas:
                    continue
                chain, key = [], first
                while above.get(key) and len(chain) < 12:
                    key = above[key][0]
                    chain.append(lemmas[key][0])
                if part == 'noun':
                    graph[lemma] = chain
                if 2 <= len(gloss[first].split()) <= 18:
                    pairs.append((lemma, gloss[first]))
                for other in lemmas[first]:
                    if other != lemma:
                        pairs.append((lemma, other))
                if part == 'noun' and chain:
                    pairs.append((lemma, chain[0]))
    return pairs, graph


def locale_pairs():
    def names(language):
        out = {}
        root = ET.parse(os.path.join(CLDR, 'main', language + '.xml')).getroot()
        for tag in ('territory', 'language'):
            for node in root.iter(tag):
                if node.get('alt') is None and node.text and node.get('type'):
                    out[(tag, node.get('type'))] = node.text
        return out
    en, ja = names('en'), names('ja')
    return [(en[key], ja[key]) for key in en if key in ja and '↑' not in en[key] + ja[key]]


# ---- all -------------------------------------------------------------------------

def gather_emoji(cache):
    en, ja = annotations('en'), annotations('ja')
    garden = {row[1]: row for row in garden_list()}
    glyphs, concepts, pictures = Glyphs(), [], []
    other, other_of = [], []
    for cp, (name, words) in en.items():
        if SKIN.search(cp) or not name or cp.isascii():
            continue
        image = glyphs.draw(cp)
        if image is None:
            continue
        ja_name, ja_words = ja.get(cp, ('', []))
        held = ''
        if cp in garden:
            held = 'concept' if garden[cp][4] else ''
        elif not PEOPLE.search(name.lower()) and not SKIN.search(cp) \
                and not any('\U0001f1e6' <= c <= '\U0001f1ff' for c in cp):
            part = share(cp, 'held')
            held = 'concept' if part < 0.10 else 'picture' if part < 0.19 else ''
        concepts.append({'source': 'emoji', 'cp': cp, 'held': held, 'garden': cp in garden,
                         'en': [name] + [w for w in words if w != name],
                         'ja': [ja_name] + [w for w in ja_words if w != ja_name]
                         if ja_name else ja_words})
        if cp in garden:
            row = garden[cp]
            concepts[-1]['en'] = [row[2]] + [w for w in concepts[-1]['en'] if w != row[2]]
            concepts[-1]['ja'] = [row[3]] + [w for w in concepts[-1]['ja'] if w != row[3]]
        pictures.append(square(image))
        codes = '-'.join('%04X' % ord(c) for c in cp if c not in '\u200d\ufe0f')
        path = os.path.join(GEMOJIONE, codes + '.png')
        if os.path.exists(path):
            other.append(square(Image.open(path)))
            other_of.append(len(concepts) - 1)
    missing = [row for row in garden if row not in {c['cp'] for c in concepts}]
    if missing:
        raise SystemExit('garden emoji without a glyph: %s' % ' '.join(missing))
    reading = readings(sorted({w for c in concepts for w in c['ja']}))
    for concept in concepts:
        concept['kana'] = [w for w in with_kana(concept['ja'], reading)
                           if w not in concept['ja']]
    np.save(os.path.join(cache, 'style.npy'), np.stack(other))
    save_json(os.path.join(cache, 'style.json'), other_of)
    return concepts, pictures


def gather(cache, n_clipart=8000, jobs=2):
    log('emoji')
    concepts, pictures = gather_emoji(cache)
    log(len(concepts), 'emoji;', sum(c['held'] == 'concept' for c in concepts), 'held concepts,',
        sum(c['held'] == 'picture' for c in concepts), 'held pictures')

    into_ja = {}
    for concept in concepts:
        if concept['ja'] and concept['held'] != 'concept':
            into_ja.setdefault(concept['en'][0].lower(), concept['ja'][0])
    paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(CLIPART)
                   for name in names if name.endswith('.svg'))
    paths = [p for p in paths if os.path.getsize(p) < 400000]
    paths.sort(key=lambda p: share(p, 'clipart'))
    clip = []
    for path in paths[:n_clipart]:
        found = clipart_words(path)
        if found:
            clip.append((path, found))
    titles = collections.Counter(title for _, (title, _, _) in clip)
    seen, kept = collections.Counter(), []
    for path, (title, about, words) in clip:
        seen[title] += 1
        if seen[title] <= 6:     # series of near-equal drawings would drown the rest
            dull = titles[title] > 6 or re.search(r'part of|clip ?art|icon ?set', title, re.I)
            kept.append((path, (words[0] if dull else title, about, words)))
    clip = kept
    vocabulary = set()
    for concept in concepts:
        if concept['held'] != 'concept':
            for text in concept['en']:
                vocabulary.update([text.lower()] + text.lower().split())
    for _, (title, _, words) in clip:
        for text in [title] + words:
            vocabulary.update([text.lower()] + text.lower().split())
    pairs, graph = wordnet_pairs(vocabulary)
    save_json(os.path.join(cache, 'pairs.json'),
              {'wordnet': pairs,
               'locale': locale_pairs()}, None)
    save_json(os.path.join(cache, 'hypernyms.json'), graph, None)
    log(len(pairs), 'WordNet pairs')

    for path, (title, about, words) in clip:
        texts = [title] + words + ([about] if about else [])
        ja = [into_ja[t.lower()] for t in texts if t.lower() in into_ja]
        concepts.append({'source': 'clipart', 'path': os.path.relpath(path, CLIPART),
                         'held': 'drawing' if share(path, 'held') < 0.04 else '',
                         'garden': False, 'en': texts, 'ja': sorted(set(ja)), 'kana': []})
    save_json(os.path.join(cache, 'concepts-planned.json'), concepts, None)
    log(len(clip), 'drawings to draw')
    with multiprocessing.Pool(jobs) as pool:
        drawn = pool.map(draw_svg, [path for path, _ in clip], chunksize=16)
    n_emoji = len(concepts) - len(clip)
    keep = [c for c, d in zip(concepts[n_emoji:], drawn) if d is not None]
    pictures += [d for d in drawn if d is not None]
    np.save(os.path.join(cache, 'pictures.npy'), np.stack(pictures))
    save_json(os.path.join(cache, 'concepts.json'), concepts[:n_emoji] + keep, None)
    log(len(pictures), 'pictures in all')
