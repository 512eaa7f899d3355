# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures: each concept drawn in every style there is, small, once, into one array. The
EmojiOne drawings go into an array of their own that only the evaluation opens."""

import os

import gi
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from common import (CLIPART, GEMOJIONE, ICONS, NPM, PICTURE_SIDE, STAMPS, load_json, log,
                    save_array, save_json)
from gather import Glyphs, square
from iconify import CORE_SETS, FULL_SETS, ICONS as ICON_SET, Iconify

gi.require_version('Rsvg', '2.0')
import cairo  # noqa: E402
from gi.repository import Rsvg  # noqa: E402


def draw_svg(data, side=2 * PICTURE_SIDE):
    """An SVG's bytes as an RGBA picture, fitted into a square; None if it cannot be drawn."""
    try:
        handle = Rsvg.Handle.new_from_data(data)
        surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, side, side)
        box = Rsvg.Rectangle()
        box.x, box.y, box.width, box.height = 0, 0, side, side
        handle.render_document(cairo.Context(surface), box)
    except Exception:
        return None
    raw = np.frombuffer(bytes(surface.get_data()), np.uint8).reshape(side, side, 4)
    pixels = raw[..., [2, 1, 0, 3]].astype(np.float32)
    alpha = np.maximum(pixels[..., 3:], 1) / 255
    pixels[..., :3] = np.minimum(255, pixels[..., :3] / alpha)
    if pixels[..., 3].mean() < 6:
        return None
    return Image.fromarray(pixels.astype(np.uint8), 'RGBA')


def on_square(image):
    """Stamps and clip art have any shape; they are set in the middle of a square."""
    side = max(image.size)
    out = Image.new('RGBA', (side, side))
    out.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return out


# ---- styles of emoji -------------------------------------------------------------

def codes(cp, joint='-'):
    return joint.join('%x' % ord(c) for c in cp)


class Twemoji:
    folder = os.path.join(NPM, '@twemoji', 'svg')

    def draw(self, concept):
        cp = concept['cp']
        for form in (codes(cp), codes(cp.replace('\u20e3', '\ufe0f\u20e3')),
                     codes(cp.replace('\u200d', '\ufe0f\u200d')),
                     codes(cp.replace('\u200d\u2640', '\u200d\u2640\ufe0f')
                           .replace('\u200d\u2642', '\u200d\u2642\ufe0f')
                           .replace('\u200d\u2695', '\u200d\u2695\ufe0f')
                           .replace('\u200d\u2696', '\u200d\u2696\ufe0f')
                           .replace('\u200d\u2708', '\u200d\u2708\ufe0f'))):
            path = os.path.join(self.folder, form + '.svg')
            if os.path.exists(path):
                return draw_svg(open(path, 'rb').read())
        return None


class Noto:
    def __init__(self):
        self.glyphs = Glyphs()

    def draw(self, concept):
        return self.glyphs.draw(concept['cp'])


class Package:
    """A style that comes as one file of SVG bodies."""

    def __init__(self, name):
        self.drawings = Iconify(name)

    def draw(self, concept):
        svg = self.drawings.find(concept)
        return None if svg is None else draw_svg(svg)


class NotoLines:
    """The line drawings of Noto Emoji; they come as a font cut into parts."""
    folder = os.path.join(NPM, '@fontsource', 'noto-emoji')

    def __init__(self):
        self.parts = []
        ranges = load_json(os.path.join(self.folder, 'unicode.json'))
        for part, text in ranges.items():
            known = set()
            for one in text.replace('U+', '').split(','):
                low, _, high = one.partition('-')
                known.update(range(int(low, 16), int(high or low, 16) + 1))
            path = os.path.join(self.folder, 'files', 'noto-emoji-%s-400-normal.woff2'
                                % part.strip('[]'))
            self.parts.append((known, ImageFont.truetype(
                path, 96, layout_engine=ImageFont.Layout.RAQM)))
        self.missing = self.parts[0][1].getlength('\U000e0fff')

    def draw(self, concept):
        cp = concept['cp']
        need = {ord(c) for c in cp}
        for known, font in self.parts:
            if need <= known:
                box = font.getbbox(cp)
                if box[2] - box[0] > 180 or box[2] - box[0] < 30:
                    return None
                image = Image.new('RGBA', (max(box[2:]) + 4, max(box[2:]) + 4))
                ImageDraw.Draw(image).text((0, 0), cp, font=font, fill=(20, 20, 20, 255))
                found = image.getbbox()
                return on_square(image.crop(found)) if found else None
        return None


class EmojiOne:
    def draw(self, concept):
        name = '-'.join('%04X' % ord(c) for c in concept['cp'] if c not in '\u200d\ufe0f')
        path = os.path.join(GEMOJIONE, name + '.png')
        return Image.open(path).convert('RGBA') if os.path.exists(path) else None


def load_stamp(path):
    stem = os.path.join(STAMPS, path)
    if os.path.exists(stem + '.svg'):
        image = draw_svg(open(stem + '.svg', 'rb').read())
        if image is not None:
            return image
    if not os.path.exists(stem + '.png'):
        return None
    image = Image.open(stem + '.png').convert('RGBA')
    return on_square(image)


def load_icon(name):
    path = os.path.join(ICONS, name + '.png')
    return Image.open(path).convert('RGBA') if os.path.exists(path) else None


def load_clipart(path):
    return draw_svg(open(os.path.join(CLIPART, path), 'rb').read())


def gather_pictures(cache, full=True):
    concepts = load_json(os.path.join(cache, 'concepts.json'))
    styles = [('noto', Noto()), ('lines', NotoLines()), ('fluent', Package('fluent-emoji-flat'))]
    styles += [(name, Package(name)) for name in CORE_SETS + (FULL_SETS if full else [])]
    if full:
        styles.append(('twemoji', Twemoji()))
    icons = Iconify(ICON_SET)
    pictures, owner, style = [], [], []

    def keep(image, row, name):
        if image is not None:
            pictures.append(square(image))
            owner.append(row)
            style.append(name)
    for row, c in enumerate(concepts):
        if c['source'] == 'emoji':
            for name, source in styles:
                keep(source.draw(c), row, name)
        elif c['source'] == 'stamp':
            keep(load_stamp(c['path']), row, 'stamp')
        elif c['source'] == 'icon':
            keep(draw_svg(icons.body(c['path'].split(':')[1])), row, 'icon')
        else:
            keep(load_clipart(c['path']), row, 'clipart')
        if row % 1000 == 999:
            log(row + 1, 'concepts,', len(pictures), 'pictures')
    save_array(os.path.join(cache, 'pictures.npy'), np.stack(pictures))
    save_json(os.path.join(cache, 'pictures.json'), {'owner': owner, 'style': style}, None)
    other, other_of, one = [], [], EmojiOne()
    for row, c in enumerate(concepts):
        image = one.draw(c) if c['source'] == 'emoji' else None
        if image is not None:
            other.append(square(image))
            other_of.append(row)
    save_array(os.path.join(cache, 'unseen.npy'), np.stack(other))
    save_json(os.path.join(cache, 'unseen.json'), other_of, None)
    counts = {s: style.count(s) for s in sorted(set(style))}
    log(counts, len(other), 'of EmojiOne')
    return counts
