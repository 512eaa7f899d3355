/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walking the graph: the beam of one level (algorithm 2 of the paper, with one sorted
 * list in place of its two heaps) and the descent to a level. Numbers in links are a
 * file's, so they are compared with the number of nodes before they are followed; what
 * ends a list is too large as well. */
#include "index/umk-hnsw-private.h"

#include <string.h>

#define LOOKED_AT     0x80000000u
#define N_ASKED       8 /* nodes whose links are asked for ahead */
#define N_PEEKED      3 /* and, of the first of those, what they lead to */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

static void
begin(UmkHnswScratch *scratch, guint cap, guint ef)
{
    for (guint i = 0; i < scratch->n_marked; i++)
        scratch->seen[scratch->marked[i] / 64] = 0;
    scratch->n_marked = 0;
    if (scratch->pool_room < ef + 1) {
        scratch->pool_room = ef + 1;
        g_free(scratch->pool);
        scratch->pool = g_new(UmkHnswCandidate, scratch->pool_room);
    }
    if (scratch->ids_room < cap) {
        scratch->ids_room = cap;
        g_free(scratch->ids);
        g_free(scratch->rows);
        g_free(scratch->dots);
        scratch->ids = g_new(guint32, cap);
        scratch->rows = g_new(guint32, cap);
        scratch->dots = g_new(gint32, cap);
    }
    scratch->n_pool = 0;
}

static void
need_marks(UmkHnswScratch *scratch, guint more)
{
    if (scratch->n_marked + more <= scratch->marked_room)
        return;
    scratch->marked_room = 2 * (scratch->n_marked + more);
    scratch->marked = g_renew(guint32, scratch->marked, scratch->marked_room);
}

ALWAYS_INLINE gboolean
is_seen(const UmkHnswScratch *scratch, guint32 node)
{
    return scratch->seen[node / 64] >> (node % 64) & 1;
}

ALWAYS_INLINE void
mark(UmkHnswScratch *scratch, guint32 node)
{
    scratch->seen[node / 64] |= (guint64) 1 << (node % 64);
    scratch->marked[scratch->n_marked++] = node;
}

/* Keeps the pool sorted; returns the place, or ef where the newcomer is too far. */
static guint
pool_insert(UmkHnswScratch *scratch, guint ef, UmkHnswCandidate candidate)
{
    UmkHnswCandidate *pool = scratch->pool;
    guint low = 0, high = scratch->n_pool;

    while (low < high) {
        guint middle = (low + high) / 2;
        UmkHnswCandidate there = pool[middle];

        there.node &= ~LOOKED_AT;
        if (_umk_hnsw_nearer(there, candidate))
            low = middle + 1;
        else
            high = middle;
    }
    if (low >= ef)
        return ef;
    if (scratch->n_pool < ef)
        scratch->n_pool++;
    memmove(pool + low + 1, pool + low, (scratch->n_pool - 1 - low) * sizeof *pool);
    pool[low] = candidate;
    return low;
}

ALWAYS_INLINE void
ask_for_code(const UmkHnsw *self, guint32 row)
{
    _umk_ahead(self->ahead, _umk_hnsw_code(self, row), self->pitch);
    if (self->pitch == self->stride)
        _umk_ahead(self->ahead, _umk_hnsw_term(self, row), sizeof(UmkHnswTerm));
}

ALWAYS_INLINE void
prefetch_code(const UmkHnsw *self, guint32 row)
{
    const char *code = (const char *) _umk_hnsw_code(self, row);

    ask_for_code(self, row);
    __builtin_prefetch(_umk_hnsw_term(self, row));
    for (gsize at = 0; at < self->stride; at += 64)
        __builtin_prefetch(code + at);
}

/* A link may lead to a node that is not of this level, or lists may lie outside, where a
 * file is damaged. */
ALWAYS_INLINE gboolean
has_list(const UmkHnsw *self, guint level, guint32 node)
{
    return level == 0 ||
           (guint64) self->upper_at[node] + (guint64) level * self->m <= self->n_pool;
}

ALWAYS_INLINE void
prefetch_links(const UmkHnsw *self, guint level, guint32 node)
{
    const guint32 *links = _umk_hnsw_links(self, level, node);

    if (self->ahead != NULL && has_list(self, level, node))
        _umk_ahead(self->ahead, links, _umk_hnsw_cap(self, level) * sizeof *links);
    __builtin_prefetch(links);
    __builtin_prefetch(links + 16);
}

/* The neighbours of a node that were not seen yet, to scratch->ids and their rows. */
ALWAYS_INLINE guint
collect(
    const UmkHnsw *self, UmkHnswScratch *scratch, guint level, guint32 node, guint cap)
{
    const guint32 *links = _umk_hnsw_links(self, level, node);
    gsize n_nodes = _umk_hnsw_n_at(self, level);
    guint n = 0;

    if (!has_list(self, level, node))
        return 0;
    need_marks(scratch, cap);
    for (guint i = 0; i < cap && links[i] < n_nodes; i++) {
        guint32 other = links[i];
        guint32 row = _umk_hnsw_row(self, level, other);

        if (is_seen(scratch, other) || row >= self->n_nodes)
            continue;
        mark(scratch, other);
        prefetch_code(self, row);
        scratch->ids[n] = other;
        scratch->rows[n++] = row;
    }
    return n;
}

/* Of the nodes that will be next unless nearer ones are found. */
static void
ask_for_links(const UmkHnsw *self, const UmkHnswScratch *scratch, guint level, guint next)
{
    for (guint i = next; i < MIN(next + N_ASKED, scratch->n_pool); i++)
        if (!(scratch->pool[i].node & LOOKED_AT))
            prefetch_links(self, level, scratch->pool[i].node);
}

/* The codes that those nodes lead to. Their links were asked for a while ago. */
static void
ask_for_codes(const UmkHnsw *self, const UmkHnswScratch *scratch, guint level, guint next)
{
    guint cap = _umk_hnsw_cap(self, level), n_peeked = 0;
    gsize n_nodes = _umk_hnsw_n_at(self, level);

    for (guint i = next; i < scratch->n_pool && n_peeked < N_PEEKED; i++) {
        guint32 node = scratch->pool[i].node;
        const guint32 *links;

        if (node & LOOKED_AT)
            continue;
        n_peeked++;
        if (!has_list(self, level, node))
            continue;
        links = _umk_hnsw_links(self, level, node);
        for (guint j = 0; j < cap && links[j] < n_nodes; j++) {
            guint32 row = _umk_hnsw_row(self, level, links[j]);

            if (row < self->n_nodes)
                ask_for_code(self, row);
        }
    }
}

ALWAYS_INLINE void
beam_at(const UmkHnsw *self,
        UmkHnswScratch *scratch,
        const gint8 *code,
        UmkHnswTerm term,
        guint level,
        guint ef)
{
    guint next = 0, cap = _umk_hnsw_cap(self, level);
    guint n_asked = _umk_ahead_n_asked(self->ahead);

    while (next < scratch->n_pool) {
        UmkHnswCandidate *pool = scratch->pool;
        guint first = scratch->n_pool, n;

        if (pool[next].node & LOOKED_AT) {
            next++;
            continue;
        }
        n = collect(self, scratch, level, pool[next].node, cap);
        pool[next].node |= LOOKED_AT;
        if (_umk_ahead_is_busy(self->ahead))
            ask_for_codes(self, scratch, level, next + 1);
        if (next + 1 < scratch->n_pool)
            prefetch_links(self, level, pool[next + 1].node & ~LOOKED_AT);
        self->kernels->dot_some(code, self->codes, self->pitch, self->stride,
                                scratch->rows, n, scratch->dots);
        for (guint i = 0; i < n; i++) {
            UmkHnswCandidate found = {
                _umk_hnsw_dist(term, *_umk_hnsw_term(self, scratch->rows[i]),
                               scratch->dots[i]),
                scratch->ids[i]};
            guint at;

            if (scratch->n_pool == ef && !(found.dist <= pool[ef - 1].dist))
                continue;
            at = pool_insert(scratch, ef, found);
            if (at <= next + 1)
                prefetch_links(self, level, found.node);
            first = MIN(first, at);
        }
        next = MIN(next + 1, first);
        if (self->ahead != NULL)
            ask_for_links(self, scratch, level, next);
    }
    if (level == 0)
        _umk_ahead_settle(self->ahead, n_asked);
}

void
_umk_hnsw_beam(const UmkHnsw *self,
               UmkHnswScratch *scratch,
               const gint8 *code,
               UmkHnswTerm term,
               guint level,
               guint32 start,
               guint ef,
               guint32 skip)
{
    guint32 row;
    gint32 dot;

    begin(scratch, _umk_hnsw_cap(self, level), ef);
    if (start >= _umk_hnsw_n_at(self, level))
        return;
    row = _umk_hnsw_row(self, level, start);
    if (row >= self->n_nodes)
        return;
    self->kernels->dot_some(code, self->codes, self->pitch, self->stride, &row, 1, &dot);
    scratch->pool[0] =
        (UmkHnswCandidate){_umk_hnsw_dist(term, *_umk_hnsw_term(self, row), dot), start};
    scratch->n_pool = 1;
    need_marks(scratch, 2);
    mark(scratch, start);
    if (skip < self->n_nodes && level == 0)
        mark(scratch, skip);
    if (level == 0)
        beam_at(self, scratch, code, term, 0, ef);
    else
        beam_at(self, scratch, code, term, level, ef);
    for (guint i = 0; i < scratch->n_pool; i++)
        scratch->pool[i].node &= ~LOOKED_AT;
}

guint32
_umk_hnsw_descend(const UmkHnsw *self,
                  UmkHnswScratch *scratch,
                  const gint8 *code,
                  UmkHnswTerm term,
                  guint level)
{
    guint32 node = self->entry;

    for (guint at = self->entry_level; at > level; at--) {
        _umk_hnsw_beam(self, scratch, code, term, at, node, 1, UMK_HNSW_NONE);
        if (scratch->n_pool > 0)
            node = scratch->pool[0].node;
        if (at == 1)
            node = _umk_hnsw_row(self, 1, node);
    }
    return node;
}
