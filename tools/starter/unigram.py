# SPDX-License-Identifier: GPL-3.0-or-later
"""The text tower's pieces: a Unigram vocabulary (Kudo 2018) over all languages with byte
fallback, made by counting substrings and a few rounds of hard EM, and its reading."""

import collections
import math
import unicodedata

UNKNOWN, MARK, LONGEST_PIECE = 0, '▁', 14
BYTES = ['<0x%02X>' % i for i in range(256)]
ALONE = [(0x0E00, 0x0EFF), (0x3005, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF),
         (0x20000, 0x3FFFF), (0xAC00, 0xD7A3)]     # scripts that write no spaces, and Hangul


def is_alone(c):
    return any(first <= ord(c) <= last for first, last in ALONE)


def is_punctuation(c):
    code = ord(c)
    return (33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
            or unicodedata.category(c).startswith('P'))


def words(text):
    """NFKC, lower case, cut at white space and around punctuation, a mark before each."""
    out, word = [], ''
    for c in unicodedata.normalize('NFKC', text).lower():
        if c.isspace() or is_punctuation(c):
            if word:
                out.append(MARK + word)
            word = ''
            if not c.isspace():
                out.append(MARK + c)
        else:
            word += c
    return out + [MARK + word] if word else out


def may_be_piece(piece):
    """A mark never joins a script without spaces, so that a word there is one piece whether
    it begins a text or not."""
    return not (len(piece) > 1 and piece[0] == MARK and is_alone(piece[1]))


def best_cut(word, scores, floor):
    """The likeliest cut of a word (Viterbi): its pieces, single characters where need be."""
    n = len(word)
    best, back = [0.0] + [-1e30] * n, [0] * (n + 1)
    for end in range(1, n + 1):
        for begin in range(max(0, end - LONGEST_PIECE), end):
            score = scores.get(word[begin:end])
            if score is None:
                if end - begin > 1:
                    continue
                score = floor
            score += best[begin]
            if score > best[end]:
                best[end], back[end] = score, begin
    out = []
    while n:
        out.append(word[back[n]:n])
        n = back[n]
    return out[::-1]


def make_vocabulary(texts, size, log=print):
    """[[piece, score]] of texts {text: weight}: unknown, the bytes, then pieces."""
    counts = collections.Counter()
    for text, weight in texts.items():
        for word in words(text):
            if len(word) <= 40:
                counts[word] += weight
    seeds, letters = collections.Counter(), collections.Counter()
    for word, n in counts.items():
        letters.update({c: n * word.count(c) for c in set(word)})
        for begin in range(len(word)):
            for end in range(begin + 2, min(len(word), begin + LONGEST_PIECE) + 1):
                seeds[word[begin:end]] += n
    room = size - 257
    alphabet = [c for c, _ in letters.most_common(room // 12)]
    gain = {p: n * len(p) for p, n in seeds.items() if n >= 6 and may_be_piece(p)}
    kept = sorted(gain, key=lambda p: (-gain[p], p))[:6 * room]
    del seeds
    weight = {p: float(gain[p] // len(p)) for p in kept}
    weight.update({c: float(letters[c]) for c in alphabet})
    log('%d words, %d seeds' % (len(counts), len(weight)))
    counts = {word: n for word, n in counts.items() if n >= 3}      # the rest costs most time
    for goal in (2 * room, room, room):
        total = math.log(sum(weight.values()))
        scores = {p: math.log(n) - total for p, n in weight.items()}
        floor = min(scores.values()) - 10
        used = collections.Counter()
        for word, n in counts.items():
            for piece in best_cut(word, scores, floor):
                used[piece] += n
        must = set(alphabet)
        # What is lost without a piece: about its count times the pieces that would stand for it.
        order = sorted((p for p in used if p not in must and p in weight),
                       key=lambda p: (-used[p] * (1 + 0.2 * len(p)), p))
        weight = {p: float(used[p]) for p in order[:goal - len(alphabet)]}
        weight.update({c: max(0.5, float(used.get(c, 0))) for c in alphabet})
        log('%d pieces' % len(weight))
    total = math.log(sum(weight.values()))
    pieces = sorted(weight, key=lambda p: (-weight[p], p))
    return ([['<unk>', 0.0]] + [[b, 0.0] for b in BYTES]
            + [[p, round(math.log(weight[p]) - total, 5)] for p in pieces])


class Tokenizer:
    def __init__(self, vocabulary, longest=64):
        self.vocabulary, self.longest, self.known = vocabulary, longest, {}
        self.ids = {piece: i for i, (piece, _) in enumerate(vocabulary)}
        self.scores = {p: s for p, s in vocabulary[257:]}
        self.floor = min(self.scores.values()) - 10

    def encode(self, text):
        out = []
        for word in words(text):
            found = self.known.get(word)
            if found is None:
                found = []
                for piece in best_cut(word, self.scores, self.floor):
                    if piece in self.scores:
                        found.append(self.ids[piece])
                    else:
                        found.extend(1 + b for b in piece.encode())
                self.known[word] = found
            out.extend(found)
        return out[:self.longest]

    def to_json(self):
        """tokenizer.json as the tokenizers library writes it."""
        return {'version': '1.0', 'truncation': None, 'padding': None,
                'added_tokens': [{'id': 0, 'content': '<unk>', 'single_word': False,
                                  'lstrip': False, 'rstrip': False, 'normalized': False,
                                  'special': True}],
                'normalizer': {'type': 'Sequence', 'normalizers': [{'type': 'NFKC'},
                                                                   {'type': 'Lowercase'}]},
                'pre_tokenizer': {'type': 'Sequence', 'pretokenizers': [
                    {'type': 'WhitespaceSplit'}, {'type': 'Punctuation', 'behavior': 'Isolated'},
                    {'type': 'Metaspace', 'replacement': MARK, 'prepend_scheme': 'always',
                     'split': False}]},
                'post_processor': None,
                'decoder': {'type': 'Metaspace', 'replacement': MARK,
                            'prepend_scheme': 'always', 'split': False},
                'model': {'type': 'Unigram', 'unk_id': 0, 'byte_fallback': True,
                          'vocab': self.vocabulary}}
