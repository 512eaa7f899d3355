# SPDX-License-Identifier: GPL-3.0-or-later
"""The card: measures the exported files and writes recall.json and README.md beside them."""

import hashlib
import os
import subprocess
import sys

import audit
import export
from common import HERE, log, save_json
from evaluate import KS, measure

# After the first line of a card that was written for another variant.
NOT_SHIPPED = '''

**Made by the variant *%s* of the recipe.** The tables, digests and packages below are this model's own; the text
between them was written for the shipped one (variant *full*), and what it says of Tux Paint, Twemoji, EDICT, the
Debian Reference and of figures does not hold here. `LICENSES.md` names what this one was made of.
'''
DIGEST_OF = ('text/model.safetensors', 'text/tokenizer.json', 'image/model.safetensors',
             'audio/model.safetensors', 'graph/model.safetensors')


def table_of(rows):
    out = ['| test | language | queries | candidates | R@1 | R@5 | R@10 | median rank '
           '| chance R@1 / 5 / 10 |', '| --- | --- | --: | --: | --: | --: | --: | --: | --- |']
    for row in rows:
        out.append('| %s | %s | %d | %d | %s | %d | %s |' % (
            row['test'], row['language'], row['queries'], row['candidates'],
            ' | '.join('%.1f' % (100 * row['recall_at_%d' % k]) for k in KS),
            row['median_rank'], ' / '.join('%.1f' % (100 * row['chance_at_%d' % k]) for k in KS)))
    return '\n'.join(out)


def gates_of(gates):
    out = ['| gate | wanted | measured | on | met, or missed by |',
           '| --- | --: | --: | --- | --- |']
    for g in gates:
        out.append('| %s | %.2f | **%.3f** | %s | %s |' % (
            g['gate'], g['bar'], g['value'], g['of'],
            'met' if g['met'] else 'missed by %.3f' % (g['bar'] - g['value'])))
    return '\n'.join(out)


def digests(folder):
    out = {}
    for name in DIGEST_OF:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, 'rb') as file:
                out[name] = hashlib.sha256(file.read()).hexdigest()
    return out


def size_of(folder):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder)
               for name in names if 'reference' not in at)


def write_plan(cache, folder):
    """In a process of its own, for it puts stand-ins in the place of what measures."""
    subprocess.run([sys.executable, os.path.join(HERE, 'plan.py'), cache, folder], check=True)


def evaluate(cache, folder, notes):
    bundle, table, _ = measure(cache, folder)
    found = audit.audit(bundle)
    # Once with what is to be measured, once with what was.
    save_json(os.path.join(folder, 'recall.json'), {'rows': table.rows})
    write_plan(cache, folder)
    table.take(bundle.measure_plan())
    record = {'model': export.SPACE, 'variant': notes.get('variant', 'full'),
              'training': {k: notes[k] for k in ('text', 'pictures', 'sounds', 'graph', 'drawings',
                                                 'noises', 'meters') if k in notes},
              'packages': notes.get('packages', {}), 'digests': digests(folder),
              'gates': table.gates, 'rows': table.rows, 'audit': found}
    save_json(os.path.join(folder, 'recall.json'), record)
    write_plan(cache, folder)
    write_card(folder, record)


def meters_of(meters):
    """How often each kind of nonsense is farther away than something untaught."""
    out = ['| asked with | nonsense farther than the untaught (AUC) | called outside | or at the edge '
           '| by kind |', '| --- | --: | --: | --: | --- |']
    for name, m in meters.items():
        out.append('| %s | %.2f | %.0f %% | %.0f %% | %s |' % (
            name if m['kept'] else name + ' (not kept)', m['auc'], 100 * m['strange_outside'], 100 * m['strange_edge_or_outside'],
            ', '.join('%s %.2f' % k for k in m.get('kinds', {}).items())))
    return '\n'.join(out)


def write_card(folder, record):
    with open(os.path.join(HERE, 'model-card.md'), encoding='utf-8') as file:
        card = file.read()
    figures = {'TABLE': table_of(record['rows']), 'GATES': gates_of(record['gates']),
               'METERS': meters_of(record['training'].get('meters', {})),
               'AUDIT': audit.markdown(record['audit']),
               'MEGABYTES': '%.1f' % (size_of(folder) / 1e6),
               'PACKAGES': ', '.join('%s %s' % p for p in sorted(record['packages'].items())),
               'DIGESTS': '\n'.join('- `%s` %s' % d for d in record['digests'].items())}
    for step, kept in record['training'].items():
        for key, value in kept.items():
            figures['%s_%s' % (step.upper(), key.upper())] = str(value)
    if record['variant'] != 'full':
        card = card.replace('\n', NOT_SHIPPED % record['variant'], 1)
    for key, value in figures.items():
        card = card.replace('{%s}' % key, value)
    with open(os.path.join(folder, 'README.md'), 'w', encoding='utf-8') as file:
        file.write(card)
    log('wrote', os.path.join(folder, 'README.md'))
