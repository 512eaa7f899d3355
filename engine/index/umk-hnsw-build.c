/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Putting nodes into the graph, a batch at a time. Every node of a batch looks for its
 * neighbours in the graph as it stood before, and among the nodes before it in the batch;
 * it writes nothing but its own lists. Then each target takes in all that point to it, in
 * one step (as Dobson et al., "Scaling Graph-Based ANNS Algorithms to Billion-Size
 * Datasets", 2023, do for a like reason). Both halves run in parallel, and neither can
 * tell how many threads there are. */
#include "index/umk-hnsw-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BATCH        512
#define ENCODE_CHUNK 256
#define SCALE_EQUAL  1e-5f /* relative; codes alike within it are one node */

typedef struct {
    UmkHnsw *self;
    const guint32 *rows; /* (n) */
    guint32 *upper;      /* (n), UMK_HNSW_NONE for level 0 */
    guint32 *same_as;    /* (n), row of the graph with the same codes, or none */
    gsize n;
    UmkRun *run;
    gint cancelled;
} Batch;

/* ---- helpers ---------------------------------------------------------------------- */

static int
compare_candidates(const void *a, const void *b)
{
    const UmkHnswCandidate *x = a, *y = b;

    return _umk_hnsw_nearer(*x, *y) ? -1 : _umk_hnsw_nearer(*y, *x);
}

void
_umk_hnsw_sort(UmkHnswCandidate *candidates, gsize n)
{
    if (n > 1)
        qsort(candidates, n, sizeof *candidates, compare_candidates);
}

void
_umk_hnsw_write_links(
    UmkHnsw *self, guint level, guint32 node, const guint32 *links, guint n)
{
    guint32 *to = _umk_hnsw_links(self, level, node);
    guint cap = _umk_hnsw_cap(self, level);

    for (guint i = 0; i < cap; i++)
        to[i] = i < n ? links[i] : UMK_HNSW_NONE;
}

static UmkHnswCandidate *
need_more(UmkHnswScratch *scratch, gsize n)
{
    if (scratch->more_room < n) {
        scratch->more_room = (guint) n;
        scratch->more = g_renew(UmkHnswCandidate, scratch->more, n);
    }
    return scratch->more;
}

/* Whether a kept row is nearer to the candidate than the node is. */
static gboolean
is_shadowed(
    const UmkHnsw *self, guint32 row, float dist, const guint32 *kept_rows, guint n_kept)
{
    const gint8 *code = _umk_hnsw_code(self, row);
    UmkHnswTerm term = *_umk_hnsw_term(self, row);

    for (guint first = 0; first < n_kept; first += 4) {
        guint n = MIN(4, n_kept - first);
        gint32 dots[4];

        self->kernels->dot_some(code, self->codes, self->pitch, self->stride,
                                kept_rows + first, n, dots);
        for (guint i = 0; i < n; i++)
            if (_umk_hnsw_dist(term, *_umk_hnsw_term(self, kept_rows[first + i]),
                               dots[i]) < dist)
                return TRUE;
    }
    return FALSE;
}

guint
_umk_hnsw_select(const UmkHnsw *self,
                 UmkHnswScratch *scratch,
                 guint level,
                 const UmkHnswCandidate *candidates,
                 guint n,
                 guint n_fixed,
                 guint cap,
                 guint32 *kept)
{
    guint32 *rows = g_newa(guint32, cap);
    guint n_kept = 0;

    for (guint i = 0; i < n && n_kept < cap; i++) {
        guint32 row = _umk_hnsw_row(self, level, candidates[i].node);

        if (i >= n_fixed && is_shadowed(self, row, candidates[i].dist, rows, n_kept))
            continue;
        rows[n_kept] = row;
        kept[n_kept++] = candidates[i].node;
    }
    return n_kept;
}

/* ---- first half: each node finds its neighbours ----------------------------------- */

static gboolean
is_same(const UmkHnsw *self, guint32 a, guint32 b)
{
    float x = _umk_hnsw_term(self, a)->scale, y = _umk_hnsw_term(self, b)->scale;

    return fabsf(x - y) <= SCALE_EQUAL * MAX(x, y) &&
           self->levels[b] <= UMK_HNSW_MAX_LEVEL &&
           memcmp(_umk_hnsw_code(self, a), _umk_hnsw_code(self, b), self->stride) == 0;
}

/* The nodes of the batch before this one, as far as they are at the level, join what the
 * beam left; to scratch->more, nearest first, at most ef. */
static guint
join_batch(const Batch *batch, UmkHnswScratch *scratch, gsize item, guint level)
{
    const UmkHnsw *self = batch->self;
    guint32 own = batch->rows[item];
    UmkHnswTerm term = *_umk_hnsw_term(self, own);
    guint n = scratch->n_pool, ef = self->ef_construction;
    UmkHnswCandidate *all = need_more(scratch, n + item);
    guint32 rows[64];
    gint32 dots[64];
    gsize next = 0;

    memcpy(all, scratch->pool, n * sizeof *all);
    while (next < item) {
        guint32 nodes[64];
        guint found = 0;

        for (; next < item && found < G_N_ELEMENTS(rows); next++) {
            if (self->levels[batch->rows[next]] < level)
                continue;
            rows[found] = batch->rows[next];
            nodes[found++] = level == 0 ? batch->rows[next] : batch->upper[next];
        }
        self->kernels->dot_some(_umk_hnsw_code(self, own), self->codes, self->pitch,
                                self->stride, rows, found, dots);
        for (guint i = 0; i < found; i++) {
            float dist = _umk_hnsw_dist(term, *_umk_hnsw_term(self, rows[i]), dots[i]);

            if (scratch->n_pool < ef || dist < scratch->pool[ef - 1].dist)
                all[n++] = (UmkHnswCandidate){dist, nodes[i]};
        }
    }
    if (n > scratch->n_pool)
        _umk_hnsw_sort(all, n);
    return MIN(n, ef);
}

static void
find_links(Batch *batch, gsize item, UmkHnswScratch *scratch)
{
    UmkHnsw *self = batch->self;
    guint32 row = batch->rows[item], *kept = g_newa(guint32, self->m);
    const gint8 *code = _umk_hnsw_code(self, row);
    UmkHnswTerm term = *_umk_hnsw_term(self, row);
    guint top = MIN(self->levels[row], self->entry_level);
    guint32 start = UMK_HNSW_NONE;

    if (self->entry != UMK_HNSW_NONE)
        start = _umk_hnsw_descend(self, scratch, code, term, top);
    for (guint level = self->levels[row] + 1; level-- > 0;) {
        gboolean above = self->entry == UMK_HNSW_NONE || level > self->entry_level;
        guint n;

        _umk_hnsw_beam(self, scratch, code, term, level, above ? UMK_HNSW_NONE : start,
                       self->ef_construction, UMK_HNSW_NONE);
        if (!above && scratch->n_pool > 0)
            start = level == 1 ? _umk_hnsw_row(self, 1, scratch->pool[0].node)
                               : scratch->pool[0].node;
        if (level == 0 && scratch->n_pool > 0 &&
            is_same(self, row, scratch->pool[0].node))
            batch->same_as[item] = scratch->pool[0].node;
        n = join_batch(batch, scratch, item, level);
        n = _umk_hnsw_select(self, scratch, level, scratch->more, n, 0, self->m, kept);
        _umk_hnsw_write_links(self, level, level == 0 ? row : batch->upper[item], kept,
                              n);
    }
}

static void
find_all(gsize begin, gsize end, guint worker, gpointer data)
{
    Batch *batch = data;
    UmkHnswScratch *scratch = _umk_hnsw_take_scratch(batch->self);

    for (gsize item = begin; item < end; item++) {
        if (g_atomic_int_get(&batch->cancelled))
            break;
        if (!umk_run_check(batch->run, NULL)) {
            g_atomic_int_set(&batch->cancelled, TRUE);
            break;
        }
        find_links(batch, item, scratch);
    }
    _umk_hnsw_give_scratch(batch->self, scratch);
}

/* ---- second half: each target takes in who points to it --------------------------- */

typedef struct {
    UmkHnsw *self;
    guint level;
    const guint64 *pairs; /* target << 32 | source, ascending */
    const gsize *groups;  /* where each target's pairs begin, and the end */
} Linking;

static guint
add_candidates(const UmkHnsw *self,
               guint level,
               guint32 target,
               const guint32 *nodes,
               guint n,
               UmkHnswCandidate *candidates)
{
    guint32 row = _umk_hnsw_row(self, level, target);

    for (guint i = 0; i < n; i++) {
        guint32 other = _umk_hnsw_row(self, level, nodes[i]);
        gint32 dot;

        self->kernels->dot_some(_umk_hnsw_code(self, row), self->codes, self->pitch,
                                self->stride, &other, 1, &dot);
        candidates[i] = (UmkHnswCandidate){
            _umk_hnsw_dist(*_umk_hnsw_term(self, row), *_umk_hnsw_term(self, other), dot),
            nodes[i]};
    }
    return n;
}

static void
link_target(const Linking *linking, gsize group, UmkHnswScratch *scratch)
{
    UmkHnsw *self = linking->self;
    gsize begin = linking->groups[group], end = linking->groups[group + 1];
    guint32 target = (guint32) (linking->pairs[begin] >> 32);
    guint cap = _umk_hnsw_cap(self, linking->level), n = 0;
    guint32 *links = _umk_hnsw_links(self, linking->level, target);
    g_autofree guint32 *nodes = g_new(guint32, cap + (end - begin));
    UmkHnswCandidate *candidates;

    while (n < cap && links[n] != UMK_HNSW_NONE) {
        nodes[n] = links[n];
        n++;
    }
    for (gsize i = begin; i < end; i++)
        nodes[n++] = (guint32) linking->pairs[i];
    if (n > cap) {
        candidates = need_more(scratch, n);
        add_candidates(self, linking->level, target, nodes, n, candidates);
        _umk_hnsw_sort(candidates, n);
        n = _umk_hnsw_select(self, scratch, linking->level, candidates, n, 0, cap, nodes);
    }
    _umk_hnsw_write_links(self, linking->level, target, nodes, n);
}

static void
link_targets(gsize begin, gsize end, guint worker, gpointer data)
{
    Linking *linking = data;
    UmkHnswScratch *scratch = _umk_hnsw_take_scratch(linking->self);

    for (gsize group = begin; group < end; group++)
        link_target(linking, group, scratch);
    _umk_hnsw_give_scratch(linking->self, scratch);
}

static int
compare_pairs(const void *a, const void *b)
{
    guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

    return x < y ? -1 : x > y;
}

static void
link_level(Batch *batch, guint level)
{
    UmkHnsw *self = batch->self;
    g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(guint64));
    g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gsize));
    Linking linking = {.self = self, .level = level};
    const guint64 *data;

    for (gsize item = 0; item < batch->n; item++) {
        guint32 row = batch->rows[item];
        guint32 node = level == 0 ? row : batch->upper[item];
        const guint32 *links;

        if (self->levels[row] > UMK_HNSW_MAX_LEVEL || self->levels[row] < level)
            continue;
        links = _umk_hnsw_links(self, level, node);
        for (guint i = 0; i < self->m && links[i] != UMK_HNSW_NONE; i++) {
            guint64 pair = (guint64) links[i] << 32 | node;

            g_array_append_val(pairs, pair);
        }
    }
    if (pairs->len == 0)
        return;
    qsort(pairs->data, pairs->len, sizeof(guint64), compare_pairs);
    data = (const guint64 *) (gconstpointer) pairs->data;
    for (gsize i = 0; i < pairs->len; i++)
        if (i == 0 || data[i] >> 32 != data[i - 1] >> 32)
            g_array_append_val(groups, i);
    linking.pairs = data;
    g_array_append_vals(groups, &(gsize){pairs->len}, 1);
    linking.groups = (const gsize *) (gconstpointer) groups->data;
    _umk_parallel_for(groups->len - 1, 64, link_targets, &linking);
}

/* ---- rows with the same codes ----------------------------------------------------- */

/* The row goes into the chain of another, with all that hangs on it. */
static void
chain(UmkHnsw *self, guint32 row, guint32 to)
{
    guint32 last = row;

    while (self->same[last] != UMK_HNSW_NONE)
        last = self->same[last];
    self->levels[row] = UMK_HNSW_SAME;
    self->same[last] = self->same[to];
    self->same[to] = row;
}

/* Takes a node out of the batch before anything points to it but the batch itself. */
static gboolean
drop_same(Batch *batch, GError **error)
{
    UmkHnsw *self = batch->self;
    g_autoptr(GHashTable) gone = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) gone_above = g_hash_table_new(NULL, NULL);

    for (gsize item = 0; item < batch->n; item++) {
        guint32 row = batch->rows[item];

        if (batch->same_as[item] == UMK_HNSW_NONE)
            continue;
        if (!_umk_hnsw_need_same(self, error))
            return FALSE;
        g_hash_table_insert(gone, GUINT_TO_POINTER(row + 1),
                            GUINT_TO_POINTER(batch->same_as[item]));
        if (batch->upper[item] != UMK_HNSW_NONE) {
            g_hash_table_add(gone_above, GUINT_TO_POINTER(batch->upper[item] + 1));
            self->upper_rows[batch->upper[item]] = UMK_HNSW_NONE;
        }
        _umk_hnsw_write_links(self, 0, row, NULL, 0);
        chain(self, row, batch->same_as[item]);
        self->n_graph--;
    }
    if (g_hash_table_size(gone) == 0)
        return TRUE;
    for (gsize item = 0; item < batch->n; item++) {
        guint32 row = batch->rows[item];
        guint top = self->levels[row];

        for (guint level = 0; top <= UMK_HNSW_MAX_LEVEL && level <= top; level++) {
            guint32 node = level == 0 ? row : batch->upper[item];
            guint32 *links = _umk_hnsw_links(self, level, node);
            guint n = 0;

            for (guint i = 0; i < self->m && links[i] != UMK_HNSW_NONE; i++)
                if (!g_hash_table_contains(level == 0 ? gone : gone_above,
                                           GUINT_TO_POINTER(links[i] + 1)))
                    links[n++] = links[i];
            for (; n < _umk_hnsw_cap(self, level); n++)
                links[n] = UMK_HNSW_NONE;
        }
    }
    return TRUE;
}

/* ---- batches ---------------------------------------------------------------------- */

static guint
draw_level(const UmkHnsw *self, guint32 row)
{
    double level;
    UmkRng rng;

    _umk_rng_init(&rng, self->seed, _umk_hnsw_row_at(self, row));
    level = -log(1.0 - _umk_rng_uniform(&rng)) / log((double) self->m);
    return (guint) MIN(level, UMK_HNSW_MAX_LEVEL);
}

static gboolean
begin_batch(Batch *batch, GError **error)
{
    UmkHnsw *self = batch->self;

    for (gsize item = 0; item < batch->n; item++) {
        guint32 row = batch->rows[item];

        self->levels[row] = (guint8) draw_level(self, row);
        batch->same_as[item] = batch->upper[item] = UMK_HNSW_NONE;
        _umk_hnsw_write_links(self, 0, row, NULL, 0);
        if (self->levels[row] > 0 && !_umk_hnsw_add_upper(self, row, self->levels[row],
                                                          &batch->upper[item], error))
            return FALSE;
    }
    self->n_graph += batch->n;
    return TRUE;
}

/* Nothing of the graph points to a node of the batch yet. */
static void
abandon_batch(Batch *batch)
{
    UmkHnsw *self = batch->self;

    for (gsize item = 0; item < batch->n; item++) {
        self->levels[batch->rows[item]] = UMK_HNSW_ABSENT;
        _umk_hnsw_write_links(self, 0, batch->rows[item], NULL, 0);
        if (batch->upper[item] != UMK_HNSW_NONE)
            self->upper_rows[batch->upper[item]] = UMK_HNSW_NONE;
    }
    self->n_graph -= batch->n;
}

static void
raise_entry(Batch *batch)
{
    UmkHnsw *self = batch->self;

    for (gsize item = 0; item < batch->n; item++) {
        guint level = self->levels[batch->rows[item]];

        if (level > UMK_HNSW_MAX_LEVEL ||
            (self->entry != UMK_HNSW_NONE && level <= self->entry_level))
            continue;
        self->entry = level == 0 ? batch->rows[item] : batch->upper[item];
        self->entry_level = level;
    }
}

static gboolean
insert_batch(Batch *batch, GError **error)
{
    if (!begin_batch(batch, error)) {
        abandon_batch(batch);
        return FALSE;
    }
    _umk_parallel_for(batch->n, 4, find_all, batch);
    if (batch->cancelled) {
        abandon_batch(batch);
        return umk_run_check(batch->run, error);
    }
    if (!drop_same(batch, error)) {
        abandon_batch(batch);
        return FALSE;
    }
    for (guint level = 0; level <= UMK_HNSW_MAX_LEVEL; level++)
        link_level(batch, level);
    raise_entry(batch);
    return TRUE;
}

/* ---- all of it -------------------------------------------------------------------- */

typedef struct {
    UmkHnsw *self;
    const guint32 *rows;
    UmkRun *run;
} Encoding;

static void
encode_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Encoding *encoding = data;
    UmkHnsw *self = encoding->self;
    g_autofree float *work = g_new(float, self->n_work + 1);

    if (!umk_run_check(encoding->run, NULL))
        return;
    for (gsize i = begin; i < end; i++) {
        guint32 row = encoding->rows[i];

        _umk_hnsw_encode(
            self, _umk_index_rows_get(self->vectors, _umk_hnsw_row_at(self, row)), FALSE,
            work, _umk_hnsw_code(self, row), _umk_hnsw_term(self, row));
        self->levels[row] = UMK_HNSW_ABSENT;
    }
}

static guint64
hash_code(const UmkHnsw *self, guint32 row)
{
    const gint8 *code = _umk_hnsw_code(self, row);
    guint64 hash = 0xcbf29ce484222325u, word;

    for (gsize i = 0; i + sizeof word <= self->stride; i += sizeof word) {
        memcpy(&word, code + i, sizeof word);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return hash;
}

/* Finds among the rows those with the codes of an earlier one: to distinct go the first
 * of each kind, to first the place of that one for every row. */
static gsize
find_distinct(const UmkHnsw *self,
              const guint32 *rows,
              gsize n,
              guint32 *distinct,
              guint32 *first,
              UmkRun *run)
{
    gsize room = 16, n_distinct = 0;
    g_autofree guint32 *table = NULL;

    while (room < 2 * n)
        room *= 2;
    table = g_new(guint32, room);
    memset(table, 0xff, room * sizeof *table);
    for (gsize i = 0; i < n; i++) {
        gsize at = hash_code(self, rows[i]) & (room - 1);

        if (i % ENCODE_CHUNK == 0 && !umk_run_check(run, NULL))
            break;
        while (table[at] != UMK_HNSW_NONE) {
            guint32 other = rows[table[at]];
            float x = _umk_hnsw_term(self, other)->scale,
                  y = _umk_hnsw_term(self, rows[i])->scale;

            if (fabsf(x - y) <= SCALE_EQUAL * MAX(x, y) &&
                memcmp(_umk_hnsw_code(self, other), _umk_hnsw_code(self, rows[i]),
                       self->stride) == 0)
                break;
            at = (at + 1) & (room - 1);
        }
        if (table[at] == UMK_HNSW_NONE) {
            table[at] = (guint32) i;
            distinct[n_distinct++] = rows[i];
        }
        first[i] = rows[table[at]];
    }
    return n_distinct;
}

/* The node of a row that may itself have become part of a chain. */
static void
chain_rest(UmkHnsw *self, const guint32 *rows, gsize n, const guint32 *first)
{
    for (gsize i = n; i-- > 0;)
        if (first[i] != rows[i])
            chain(self, rows[i], first[i]);
}

/* What was put in before it failed. */
static void
take_back(UmkHnsw *self, const guint32 *places, gsize n)
{
    g_autofree guint32 *rows = g_new(guint32, n + 1);

    for (gsize i = 0; i < n; i++)
        rows[i] = _umk_hnsw_row_at(self, places[i]);
    _umk_hnsw_remove(self, rows, n);
}

static gboolean
insert_batches(UmkHnsw *self, const guint32 *rows, gsize n, UmkRun *run, GError **error)
{
    guint32 upper[BATCH], same_as[BATCH];

    for (gsize done = 0; done < n;) {
        Batch batch = {.self = self,
                       .rows = rows + done,
                       .upper = upper,
                       .same_as = same_as,
                       .n = MIN(n - done, CLAMP(self->n_graph, 1, BATCH)),
                       .run = run};

        if (!insert_batch(&batch, error)) {
            take_back(self, rows, done);
            return FALSE;
        }
        done += batch.n;
        umk_run_report(run, _("Building the graph"), (double) done / (double) n);
    }
    return TRUE;
}

/* Room for all rows there are; those not in the graph yet lie behind. */
static gboolean
make_room(UmkHnsw *self, gsize n_nodes, GError **error)
{
    if (!_umk_hnsw_reserve(self, n_nodes, error))
        return FALSE;
    for (gsize row = self->n_nodes; row < n_nodes; row++) {
        self->levels[row] = UMK_HNSW_ABSENT;
        if (self->same != NULL)
            self->same[row] = UMK_HNSW_NONE;
        if (self->order != NULL)
            self->order[row] = (guint32) row;
        _umk_hnsw_write_links(self, 0, (guint32) row, NULL, 0);
    }
    return TRUE;
}

gboolean
_umk_hnsw_insert(UmkHnsw *self, const guint32 *rows, gsize n, UmkRun *run, GError **error)
{
    g_autofree guint32 *places = _umk_alloc(n, sizeof *places, _("The graph"), error);
    g_autofree guint32 *distinct = NULL, *first = NULL;
    Encoding encoding = {.self = self, .rows = places, .run = run};
    gsize n_nodes = self->vectors->n_rows, n_before = self->n_nodes, n_distinct;

    if (places == NULL)
        return FALSE;
    distinct = _umk_alloc(n, sizeof *distinct, _("The graph"), error);
    if (distinct == NULL)
        return FALSE;
    first = _umk_alloc(n, sizeof *first, _("The graph"), error);
    if (first == NULL || !make_room(self, n_nodes, error))
        return FALSE;
    if (!_umk_hnsw_find_places(self, rows, n, places)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("There is no memory for a graph of %zu nodes"), n_nodes);
        return FALSE;
    }
    self->n_nodes = n_nodes;
    _umk_parallel_for(n, ENCODE_CHUNK, encode_rows, &encoding);
    n_distinct = find_distinct(self, places, n, distinct, first, run);
    if (!umk_run_check(run, error) ||
        (n_distinct < n && !_umk_hnsw_need_same(self, error)) ||
        !insert_batches(self, distinct, n_distinct, run, error)) {
        self->n_nodes = n_before;
        return FALSE;
    }
    chain_rest(self, places, n, first);
    self->n_unchecked += n_distinct;
    _umk_hnsw_reach_all(self, self->n_graph <= n_distinct);
    return TRUE;
}

/* Codes and chains are in place. Nothing can stop it and nothing new is needed, but for
 * numbers of higher levels; nodes for which those fail stay out of the graph and searches
 * fall back upon a scan. */
void
_umk_hnsw_relink(UmkHnsw *self, const guint32 *places, gsize n)
{
    insert_batches(self, places, n, NULL, NULL);
    _umk_hnsw_reach_all(self, TRUE);
}
