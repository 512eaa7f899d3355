# SPDX-License-Identifier: GPL-3.0-or-later
"""The text tower's tokenizer: BERT normalisation (lower case, accents kept, ideographs
apart), BERT's greedy WordPiece, and the making of its vocabulary by pair merging."""

import collections
import heapq
import unicodedata

SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
PAD, UNK, CLS, SEP = 0, 1, 2, 3

_IDEOGRAPHS = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
               (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]


def is_ideograph(c):
    return any(first <= ord(c) <= last for first, last in _IDEOGRAPHS)


def is_punctuation(c):
    code = ord(c)
    return (33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
            or unicodedata.category(c).startswith('P'))


def words(text):
    """BERT's normaliser and pre-tokenizer: the words of a text, in order."""
    out, word = [], ''
    for c in text:
        category = unicodedata.category(c)
        if c in '\t\n\r' or category == 'Zs':
            c = ' '
        elif ord(c) in (0, 0xFFFD) or category.startswith('C'):
            continue
        for low in c.lower():
            if low == ' ' or is_ideograph(low) or is_punctuation(low):
                if word:
                    out.append(word)
                word = ''
                if low != ' ':
                    out.append(low)
            else:
                word += low
    return out + [word] if word else out


def make_vocabulary(texts, size):
    """Pieces by merging the commonest neighbours; texts is {text: weight}."""
    counts = collections.Counter()
    for text, weight in texts.items():
        for word in words(text):
            counts[word] += weight
    items = [([w[0]] + ['##' + c for c in w[1:]], n) for w, n in sorted(counts.items())
             if len(w) <= 40]
    alphabet = collections.Counter()
    for pieces, n in items:
        for piece in pieces:
            alphabet[piece] += n
    base = set(alphabet)
    for code in list(range(33, 127)) + list(range(0x3041, 0x3097)) + list(range(0x30A1, 0x30FD)):
        for c in chr(code).lower():
            base.add(c)
            if not is_punctuation(c):
                base.add('##' + c)
    vocabulary = SPECIAL + sorted(base)
    known = set(vocabulary)
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for i, (pieces, n) in enumerate(items):
        for pair in zip(pieces, pieces[1:]):
            pairs[pair] += n
            where[pair].add(i)
    heap = [(-n, pair) for pair, n in pairs.items()]
    heapq.heapify(heap)
    while len(vocabulary) < size and heap:
        n, pair = heapq.heappop(heap)
        if -n != pairs[pair]:
            if pairs[pair] > 0:
                heapq.heappush(heap, (-pairs[pair], pair))
            continue
        if -n < 2:
            break
        merged = pair[0] + pair[1][2:]
        if merged not in known:
            known.add(merged)
            vocabulary.append(merged)
        changed = set()
        for i in where.pop(pair):
            pieces, weight = items[i]
            for old in zip(pieces, pieces[1:]):
                pairs[old] -= weight
            k, joined = 0, []
            while k < len(pieces):
                if k + 1 < len(pieces) and (pieces[k], pieces[k + 1]) == pair:
                    joined.append(merged)
                    k += 2
                else:
                    joined.append(pieces[k])
                    k += 1
            items[i] = (joined, weight)
            for new in zip(joined, joined[1:]):
                pairs[new] += weight
                where[new].add(i)
                changed.add(new)
        for new in changed:
            heapq.heappush(heap, (-pairs[new], new))
    return vocabulary


class Tokenizer:
    def __init__(self, vocabulary, longest):
        self.vocabulary = vocabulary
        self.ids = {piece: i for i, piece in enumerate(vocabulary)}
        self.longest = longest
        self.kept = {}

    def _word(self, word):
        if len(word) > 100:
            return [UNK]
        out, begin = [], 0
        while begin < len(word):
            for end in range(len(word), begin, -1):
                piece = ('##' if begin else '') + word[begin:end]
                if piece in self.ids:
                    break
            else:
                return [UNK]
            out.append(self.ids[piece])
            begin = end
        return out

    def encode(self, text):
        found = self.kept.get(text)
        if found is None:
            found = [i for word in words(text) for i in self._word(word)]
            found = [CLS] + found[:self.longest - 2] + [SEP]
            self.kept[text] = found
        return found

    def to_json(self):
        return {
            'version': '1.0', 'truncation': None, 'padding': None,
            'added_tokens': [{'id': i, 'content': t, 'single_word': False, 'lstrip': False,
                              'rstrip': False, 'normalized': False, 'special': True}
                             for i, t in enumerate(SPECIAL)],
            'normalizer': {'type': 'BertNormalizer', 'clean_text': True,
                           'handle_chinese_chars': True, 'strip_accents': False,
                           'lowercase': True},
            'pre_tokenizer': {'type': 'BertPreTokenizer'},
            'post_processor': {
                'type': 'TemplateProcessing',
                'single': [{'SpecialToken': {'id': '[CLS]', 'type_id': 0}},
                           {'Sequence': {'id': 'A', 'type_id': 0}},
                           {'SpecialToken': {'id': '[SEP]', 'type_id': 0}}],
                'pair': [{'SpecialToken': {'id': '[CLS]', 'type_id': 0}},
                         {'Sequence': {'id': 'A', 'type_id': 0}},
                         {'SpecialToken': {'id': '[SEP]', 'type_id': 0}},
                         {'Sequence': {'id': 'B', 'type_id': 1}},
                         {'SpecialToken': {'id': '[SEP]', 'type_id': 1}}],
                'special_tokens': {'[CLS]': {'id': '[CLS]', 'ids': [CLS], 'tokens': ['[CLS]']},
                                   '[SEP]': {'id': '[SEP]', 'ids': [SEP], 'tokens': ['[SEP]']}}},
            'decoder': {'type': 'WordPiece', 'prefix': '##', 'cleanup': True},
            'model': {'type': 'WordPiece', 'unk_token': '[UNK]',
                      'continuing_subword_prefix': '##', 'max_input_chars_per_word': 100,
                      'vocab': self.ids}}
