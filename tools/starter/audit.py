# SPDX-License-Identifier: GPL-3.0-or-later
"""What the built-in model itself leans to: neutral names of professions against their woman
and man emoji in each language, skin tones, and sets of first names, each with a bootstrap
interval. What is measured is this model with its emoji, not people."""

import numpy as np

from texts import SKIN, annotations

LANGUAGES = ('en', 'ja', 'de', 'fr', 'es', 'it', 'pt', 'ru', 'zh', 'ko', 'pl', 'tr', 'fi')
WOMAN, MAN, PERSON = '\U0001f469', '\U0001f468', '\U0001f9d1'
TONES = '\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff'
NAMES = {'women': 'Amy Joan Lisa Sarah Diana Kate Ann Donna'.split(),
         'men': 'John Paul Mike Kevin Steve Greg Jeff Bill'.split()}
WORDS = {'career': 'executive management professional corporation salary office business career'
         .split(),
         'family': 'home parents children family cousins marriage wedding relatives'.split()}
ROUNDS, SEED = 4000, 7


def interval(values):
    """Mean and its 95 % bootstrap interval over the rows."""
    values = np.asarray(values, float)
    rng = np.random.default_rng(SEED)
    means = values[rng.integers(0, len(values), (ROUNDS, len(values)))].mean(1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {'mean': round(float(values.mean()), 4), 'low': round(float(low), 4),
            'high': round(float(high), 4), 'n': len(values)}


def professions(bundle, glyphs):
    """Similarity of the neutral name to the woman's picture less that to the man's."""
    table = {k: annotations(k) for k in LANGUAGES}
    tails = sorted(cp[1:] for cp in table['en'] if cp.startswith(PERSON + '\u200d')
                   and not SKIN.search(cp) and WOMAN + cp[1:] in table['en']
                   and MAN + cp[1:] in table['en'])
    tails = [t for t in tails if all(glyphs.draw(x + t) is not None for x in (WOMAN, MAN))]
    women = bundle.embed_pictures([glyphs.draw(WOMAN + t) for t in tails])
    men = bundle.embed_pictures([glyphs.draw(MAN + t) for t in tails])
    out, each = [], {}
    for language in LANGUAGES:
        rows = [i for i, t in enumerate(tails) if table[language].get(PERSON + t, ('',))[0]]
        names = [table[language][PERSON + tails[i]][0] for i in rows]
        text = bundle.embed_texts(names)
        lean = ((women[rows] - men[rows]) * text).sum(1)
        found = dict(interval(lean), language=language, towards_man=int((lean < 0).sum()))
        out.append(found)
        if language == 'en':
            each = {n: round(float(x), 3) for n, x in zip(names, lean)}
    return out, each


def profession_names(bundle):
    """The same among texts alone: similarity of the neutral name to the woman's name less
    that to the man's."""
    table, out = {k: annotations(k) for k in LANGUAGES}, []
    tails = sorted(cp[1:] for cp in table['en'] if cp.startswith(PERSON + '\u200d')
                   and len(cp) == 3)
    for language in LANGUAGES:
        names = [[table[language].get(x + t, ('',))[0] for x in (PERSON, WOMAN, MAN)]
                 for t in tails]
        names = [n for n in names if all(n)]
        neutral, woman, man = (bundle.embed_texts(list(n)) for n in zip(*names))
        lean = ((woman - man) * neutral).sum(1)
        out.append(dict(interval(lean), language=language, towards_man=int((lean < 0).sum())))
    return out


def skin_tones(bundle, glyphs):
    """Similarity of a neutral name to each tone's picture less the mean over the tones."""
    names = annotations('en')
    bases = [cp for cp, (name, _) in names.items() if name and len(cp) == 1
             and all(glyphs.draw(cp + t) is not None for t in TONES)
             and glyphs.font.getlength(cp + TONES[0]) == glyphs.width]
    text = bundle.embed_texts([names[cp][0] for cp in bases])
    scores = np.stack([(text * bundle.embed_pictures([glyphs.draw(cp + t) for cp in bases])
                        ).sum(1) for t in TONES], 1)
    scores -= scores.mean(1, keepdims=True)
    return [dict(interval(scores[:, i]), tone=i + 1) for i in range(len(TONES))]


def first_names(bundle):
    """WEAT (Caliskan et al. 2017) of first names and career against family: effect size and
    the interval of a bootstrap over the names."""
    vectors = {k: bundle.embed_texts(v) for k, v in {**NAMES, **WORDS}.items()}

    def lean(names):
        return (names @ vectors['career'].T).mean(1) - (names @ vectors['family'].T).mean(1)
    a, b = lean(vectors['men']), lean(vectors['women'])
    rng, sizes = np.random.default_rng(SEED), []
    for _ in range(ROUNDS):
        x, y = a[rng.integers(0, len(a), len(a))], b[rng.integers(0, len(b), len(b))]
        sizes.append((x.mean() - y.mean()) / max(np.concatenate([x, y]).std(ddof=1), 1e-9))
    effect = (a.mean() - b.mean()) / np.concatenate([a, b]).std(ddof=1)
    low, high = np.quantile(sizes, [0.025, 0.975])
    return {'effect': round(float(effect), 3), 'low': round(float(low), 3),
            'high': round(float(high), 3), 'n': len(a) + len(b)}


def audit(bundle):
    from gather import Glyphs
    glyphs = Glyphs()
    by_language, each = professions(bundle, glyphs)
    return {'professions': by_language, 'professions_en': each,
            'skin_tones': skin_tones(bundle, glyphs), 'first_names': first_names(bundle)}


def span(x):
    return '%+.3f | %+.3f … %+.3f' % (x['mean'], x['low'], x['high'])


def professions_markdown(rows):
    out = ['| language | professions | nearer to the man | woman less man, mean | 95 % |',
           '| --- | --: | --: | --: | --- |']
    return out + ['| %s | %d | %d | %s |' % (r['language'], r['n'], r['towards_man'], span(r))
                  for r in rows]


def names_markdown(names):
    return ('First names (8 men, 8 women) and career against family words, WEAT effect size: '
            '%+.2f (95 %% %+.2f … %+.2f).' % (names['effect'], names['low'], names['high']))


def markdown(found):
    out = professions_markdown(found['professions'])
    out += ['', '| skin tone | emoji | less the mean of the tones | 95 % |',
            '| --- | --: | --: | --- |']
    out += ['| %d of 5, from light to dark | %d | %s |' % (r['tone'], r['n'], span(r))
            for r in found['skin_tones']]
    return '\n'.join(out + ['', names_markdown(found['first_names'])])
