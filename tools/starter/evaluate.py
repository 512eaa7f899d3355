# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluate: recall of an exported bundle on what training never saw, beside chance, and
the model card made from those figures. Nothing but the exported files is measured."""

import os

import numpy as np
import soundfile
from PIL import Image

from captions import Corpus
from common import CLIPART, GARDEN, GEMOJIONE, HERE, SAMPLE_RATE, load_json, log, save_json
from export import Bundle
from gather import Glyphs
from speech import load_clips

KS = (1, 5, 10)
TRAINED = ('pictures', 'phrases', 'sounds')
# Frames that train_phrases.py does not use.
PHRASES = {'en': ['look at this %s here', 'there was a %s near the river', 'I want a %s for my birthday'],
           'ja': ['あそこに%sが見えた', '%sについて話す', 'きのう%sを買った']}


class Table:
    def __init__(self):
        self.rows = []

    def add(self, test, language, queries, candidates, right):
        """right[i]: the row among the candidates that answers query i."""
        if len(queries) == 0:
            return
        scores = queries @ candidates.T
        own = scores[np.arange(len(queries)), right]
        rank = (scores > own[:, None]).sum(1)
        row = {'test': test, 'language': language, 'queries': len(queries),
               'candidates': len(candidates)}
        for k in KS:
            row['recall_at_%d' % k] = round(float((rank < k).mean()), 4)
            row['chance_at_%d' % k] = round(min(1.0, k / len(candidates)), 4)
        self.rows.append(row)
        log('%-58s %-3s %5d %5d  %s' % (test, language, len(queries), len(candidates), ' '.join(
            '%.3f' % row['recall_at_%d' % k] for k in KS)))


def clipart_pictures(concepts):
    from gather import draw_svg
    out = []
    for c in concepts:
        pixels = draw_svg(os.path.join(CLIPART, c['path'])).astype(np.float32)
        alpha = np.maximum(pixels[..., 3:], 1) / 255
        pixels[..., :3] = np.minimum(255, pixels[..., :3] / alpha)
        out.append(Image.fromarray(pixels.astype(np.uint8), 'RGBA'))
    return out


def measure(cache, bundle, table):
    corpus, glyphs = Corpus(cache), Glyphs()
    emoji = [c for c in corpus.concepts if c['source'] == 'emoji']
    pictures = bundle.embed_pictures([glyphs.draw(c['cp']) for c in emoji])
    names = {'en': bundle.embed_texts([c['en'][0] for c in emoji]),
             'ja': bundle.embed_texts([(c['ja'] or ['?'])[0] for c in emoji])}
    rows = {held: np.array([i for i, c in enumerate(emoji) if c['held'] == held and c['ja']])
            for held in ('', 'picture', 'concept')}
    pictured_words = {t.lower() for i in corpus.pictured for t in corpus.concepts[i]['en']}
    strict = np.array([i for i in rows['concept'] if emoji[i]['en'][0].lower()
                       not in pictured_words])

    for language in ('en', 'ja'):
        text = names[language]
        table.add('trained emoji: name to picture, all emoji', language, text[rows['']], pictures,
                  rows[''])
        for held, what in (('picture', 'held-out pictures (names known as text)'),
                           ('concept', 'held-out concepts')):
            r = rows[held]
            n = np.arange(len(r))
            table.add(what + ': name to picture, among themselves', language, text[r],
                      pictures[r], n)
            table.add(what + ': picture to name, among themselves', language, pictures[r],
                      text[r], n)
            table.add(what + ': name to picture, all emoji', language, text[r], pictures, r)
    n = np.arange(len(strict))
    table.add('held-out concepts whose word no trained drawing bears: name to picture', 'en',
              names['en'][strict], pictures[strict], n)

    # Another artist's emoji.
    found = []
    for i, c in enumerate(emoji):
        codes = '-'.join('%04X' % ord(x) for x in c['cp'] if x not in '\u200d\ufe0f')
        path = os.path.join(GEMOJIONE, codes + '.png')
        if os.path.exists(path) and c['ja'] and c['held'] != 'concept':
            found.append((i, path))
    r = np.array([i for i, _ in found])
    other = bundle.embed_pictures([Image.open(path) for _, path in found])
    n = np.arange(len(r))
    table.add('unseen style (EmojiOne): picture to the Noto picture', '-', other, pictures[r], n)
    for language in ('en', 'ja'):
        table.add('unseen style (EmojiOne): name to picture', language, names[language][r],
                  other, n)
        table.add('unseen style (EmojiOne): picture to name', language, other,
                  names[language][r], n)
    held = [c for c in corpus.concepts if c['held'] == 'drawing']
    drawn = bundle.embed_pictures(clipart_pictures(held))
    table.add('held-out clip art: title to drawing', 'en',
              bundle.embed_texts([c['en'][0] for c in held]), drawn, np.arange(len(held)))

    # Speech: voices never heard, then words never heard.
    tests = load_json(os.path.join(cache, 'speech-test.json'))
    frames, offsets = load_clips(os.path.join(cache, 'speech-test.npz'))
    spoken = bundle.embed_mels([frames[a:b].astype(np.float32)
                                for a, b in zip(offsets, offsets[1:])])
    for kind, what in (('voice', 'held-out voices, trained words'),
                       ('word', 'held-out words, trained voices')):
        for language in ('en', 'ja'):
            for engine in ('espeak', 'flite'):
                chosen = [k for k, t in enumerate(tests) if t[0] == kind and t[2] == language
                          and t[4].startswith('flite') == (engine == 'flite')]
                if not chosen:
                    continue
                known = sorted({t[1] for t in tests if t[0] == kind})
                at = {row: i for i, row in enumerate(known)}
                right = np.array([at[tests[k][1]] for k in chosen])
                label = '%s (%s)' % (what, engine)
                table.add(label + ': spoken word to picture', language, spoken[chosen],
                          pictures[known], right)
                table.add(label + ': spoken word to written word', language, spoken[chosen],
                          names[language][known], right)


def measure_garden(bundle, table):
    concepts = load_json(os.path.join(GARDEN, 'garden.json'))['concepts']
    pictures = bundle.embed_pictures([Image.open(os.path.join(GARDEN, c['picture']))
                                      for c in concepts])
    n = np.arange(len(concepts))
    for language in ('en', 'ja'):
        words = bundle.embed_texts([c[language] for c in concepts])
        for frame in PHRASES[language]:
            table.add('garden: phrase "%s" to picture' % frame.replace('%s', '…'), language,
                      bundle.embed_texts([frame % c[language] for c in concepts]), pictures, n)
        clips = []
        for c in concepts:
            clip, rate = soundfile.read(os.path.join(GARDEN, c['sounds'][language]['file']),
                                        dtype='float32')
            assert rate == SAMPLE_RATE
            clips.append(clip)
        sounds = bundle.embed_clips(clips)
        table.add('garden: word to picture', language, words, pictures, n)
        table.add('garden: picture to word', language, pictures, words, n)
        table.add('garden: spoken word to picture', language, sounds, pictures, n)
        table.add('garden: spoken word to written word', language, sounds, words, n)
        table.add('garden: word to spoken word', language, words, sounds, n)
        new = np.array([i for i, c in enumerate(concepts)
                        if c['sounds'][language]['held_out_voice'] and not c['held_out']])
        table.add('garden: spoken word to picture, held-out voices', language, sounds[new],
                  pictures, new)
        new = np.array([i for i, c in enumerate(concepts) if c['held_out']])
        table.add('garden: word to picture, held-out concepts', language, words[new], pictures,
                  new)


def markdown(rows):
    out = ['| test | language | queries | candidates | R@1 | R@5 | R@10 | chance R@1 / 5 / 10 |',
           '| --- | --- | --: | --: | --: | --: | --: | --- |']
    for row in rows:
        out.append('| %s | %s | %d | %d | %s | %s |' % (
            row['test'], row['language'], row['queries'], row['candidates'],
            ' | '.join('%.1f' % (100 * row['recall_at_%d' % k]) for k in KS),
            ' / '.join('%.1f' % (100 * row['chance_at_%d' % k]) for k in KS)))
    return '\n'.join(out)


def evaluate(cache, folder, notes):
    bundle, table = Bundle(folder), Table()
    measure(cache, bundle, table)
    measure_garden(bundle, table)
    save_json(os.path.join(folder, 'recall.json'),
              {'model': 'umekomi-starter-1', 'training': {k: notes[k] for k in
                                                          TRAINED if k in notes},
               'packages': notes.get('packages', {}), 'rows': table.rows})
    with open(os.path.join(HERE, 'model-card.md'), encoding='utf-8') as file:
        card = file.read()
    figures = {'TABLE': markdown(table.rows)}
    for step in TRAINED:
        for key in ('steps', 'cpu_minutes'):
            figures['%s_%s' % (step.upper(), key.upper())] = str(notes.get(step, {}).get(key, '?'))
    for key, value in figures.items():
        card = card.replace('{%s}' % key, value)
    with open(os.path.join(folder, 'README.md'), 'w', encoding='utf-8') as file:
        file.write(card)
