# SPDX-License-Identifier: GPL-3.0-or-later
"""What several steps read: glyphs of the emoji font, readings of Japanese, the titles and
keywords of clip art."""

import os
import re
import subprocess
import unicodedata

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from common import CLIPART, EMOJI_FONT, PICTURE_SIDE

SKIN = re.compile('[\U0001f3fb-\U0001f3ff]')


# ---- names -----------------------------------------------------------------------

def readings(texts):
    """Katakana readings of Japanese texts, by MeCab."""
    shown = subprocess.run(['mecab', '-Oyomi'], input='\n'.join(texts) + '\n',
                           capture_output=True, text=True, check=True).stdout
    return dict(zip(texts, (line.strip() for line in shown.splitlines())))


def hiragana(text):
    return ''.join(chr(ord(c) - 0x60) if 'ァ' <= c <= 'ヶ' else c for c in text)


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
