/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scan of many queries by the packed matrix product, which is the fastest way through
 * the numbers but sums them in another order than the scan. So it only chooses: a few
 * more than k rows are kept for each query, and those within twice the rounding error of
 * the k-th are scored again in the scan's order. A query where they do not all fit is
 * left to the scan, and all are where a row is so long or so short that the error is not
 * bounded. The answer is the scan's, bit for bit. */
#include "index/umk-index-ops-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-gemm-private.h"
#include "linalg/umk-topk-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define GROUP     1024 /* queries of one pass over the rows */
#define TILE_ROWS 256  /* packed at once: half a second-level cache of 384 floats */
#define TILE_ASKS 64
#define CHUNK     8192 /* rows of a task, at least */
#define TASKS     32   /* at most, in one pass */
#define EXTRA     16   /* kept beyond k */

typedef struct {
    const UmkIndexRows *rows;
    UmkMetric metric;
    const UmkIndexQuery *query;
    gsize first; /* query of this group */
    gsize n;     /* queries of it */
    gsize chunk;
    gsize n_tasks;
    guint keep;      /* rows kept for a query in a task */
    float *keys;     /* (n_tasks, GROUP, keep) */
    guint64 *found;  /* likewise */
    guint32 *counts; /* (n_tasks, GROUP) */
    float *longest;  /* (n_tasks) largest length of a row */
    UmkRun *run;
    gint cancelled;
    gint out_of_memory;
    gint unproved; /* a row has no bound */
} Batch;

typedef struct {
    float *packed;  /* (TILE_ROWS, n_dims) as the product wants it */
    float *product; /* (TILE_ASKS, TILE_ROWS) */
    float *weights; /* (TILE_ROWS) 1 / length, or squared length */
} Tile;

/* ---- keys ------------------------------------------------------------------------- */

/* Of a square that may have overflowed or vanished; few are asked for their numbers. */
static gboolean
can_prove(const float *x, gsize n_dims, float squared)
{
    if (squared > 0)
        return _umk_index_can_prove(sqrt((double) squared));
    for (gsize i = 0; i < n_dims; i++)
        if (x[i] != 0)
            return FALSE;
    return TRUE;
}

static float
weigh_rows(Batch *batch, const float *x, gsize n, float *weights)
{
    gsize n_dims = batch->rows->n_dims;
    float longest = 0;

    _umk_distance_self(_umk_distance_best_level(), x, n_dims, n, n_dims, weights);
    for (gsize i = 0; i < n; i++) {
        float squared = weights[i];

        if (!can_prove(x + i * n_dims, n_dims, squared))
            g_atomic_int_set(&batch->unproved, TRUE);
        longest = MAX(longest, squared);
        if (batch->metric == UMK_METRIC_COSINE)
            weights[i] = squared > 0 ? 1 / sqrtf(squared) : 0;
    }
    return sqrtf(longest);
}

/* Products become keys in the order of the scores; rows that may not be hit get none. */
static void
to_keys(const Batch *batch, const float *weights, gsize row, gsize n, float *keys)
{
    const guint8 *allowed = batch->query->allowed;

    if (batch->metric == UMK_METRIC_COSINE)
        for (gsize i = 0; i < n; i++)
            keys[i] *= weights[i];
    else if (batch->metric == UMK_METRIC_EUCLIDEAN)
        for (gsize i = 0; i < n; i++)
            keys[i] = 2 * keys[i] - weights[i];
    for (gsize i = 0; allowed != NULL && i < n; i++)
        if (!allowed[row + i])
            keys[i] = -INFINITY;
}

/* Most rows are below what is kept already: sixteen are tested at a time. */
static void
push_keys(UmkTopK *best, const float *keys, gsize n, guint64 row)
{
    gsize i = 0;

    for (; i + 16 <= n && best->n == best->k; i += 16) {
        float limit = best->scores[0];
        int any = 0;

        for (int lane = 0; lane < 16; lane++)
            any |= keys[i + (gsize) lane] >= limit;
        if (any)
            _umk_topk_push_run(best, keys + i, 16, row + i);
    }
    _umk_topk_push_run(best, keys + i, n - i, row + i);
}

/* What the product's key of a row and the one of the scan's order can differ by: the
 * chain of n_dims sums of the one, the tree of the other, and the last steps of both. */
static float
key_error(const Batch *batch, float length, float longest)
{
    float relative = ((float) batch->rows->n_dims + 64) * 0x1p-23f;

    if (batch->metric == UMK_METRIC_COSINE)
        return relative * length;
    if (batch->metric == UMK_METRIC_DOT)
        return relative * length * longest;
    return 2 * relative * (length + longest) * (length + longest);
}

/* ---- tasks ------------------------------------------------------------------------ */

static void
run_tile(Batch *batch, gsize task, gsize row, gsize n_rows, Tile *tile)
{
    gsize d = batch->rows->n_dims;
    const float *x = batch->rows->base_data + row * d, *asks = batch->query->queries;
    float longest = weigh_rows(batch, x, n_rows, tile->weights);

    batch->longest[task] = MAX(batch->longest[task], longest);
    _umk_gemm_pack_rows(x, d, n_rows, d, tile->packed);
    for (gsize first = 0; first < batch->n; first += TILE_ASKS) {
        gsize n = MIN(TILE_ASKS, batch->n - first);

        _umk_gemm_raw(asks + (batch->first + first) * d, d, n, tile->packed, n_rows, d,
                      NULL, tile->product, TILE_ROWS);
        for (gsize q = 0; q < n; q++) {
            gsize slot = task * GROUP + first + q;
            UmkTopK best = {batch->keys + slot * batch->keep,
                            batch->found + slot * batch->keep, batch->keep,
                            batch->counts[slot]};
            float *keys = tile->product + q * TILE_ROWS;

            to_keys(batch, tile->weights, row, n_rows, keys);
            push_keys(&best, keys, n_rows, row);
            batch->counts[slot] = best.n;
        }
    }
}

static void
run_task(Batch *batch, gsize task, Tile *tile)
{
    gsize begin = task * batch->chunk;
    gsize end = MIN(batch->rows->n_rows, begin + batch->chunk);

    for (gsize row = begin; row < end; row += TILE_ROWS) {
        if (g_atomic_int_get(&batch->cancelled) || g_atomic_int_get(&batch->unproved))
            return;
        if (!umk_run_check(batch->run, NULL)) {
            g_atomic_int_set(&batch->cancelled, TRUE);
            return;
        }
        run_tile(batch, task, row, MIN(TILE_ROWS, end - row), tile);
    }
}

static void
run_tasks(gsize begin, gsize end, guint worker, gpointer data)
{
    Batch *batch = data;
    gsize n_packed = _umk_gemm_pack_size(TILE_ROWS, batch->rows->n_dims);
    Tile tile = {
        .packed = _umk_alloc_aligned(n_packed, sizeof(float), "rows", NULL),
        .product = _umk_alloc_aligned(TILE_ASKS * TILE_ROWS, sizeof(float), "keys", NULL),
        .weights = _umk_alloc_aligned(TILE_ROWS, sizeof(float), "lengths", NULL),
    };

    if (tile.packed != NULL && tile.product != NULL && tile.weights != NULL)
        for (gsize task = begin; task < end; task++)
            run_task(batch, task, &tile);
    else
        g_atomic_int_set(&batch->out_of_memory, TRUE);
    _umk_free_aligned(tile.packed);
    _umk_free_aligned(tile.product);
    _umk_free_aligned(tile.weights);
}

/* ---- one query's end -------------------------------------------------------------- */

typedef struct {
    float *keys;    /* (keep) */
    guint64 *found; /* (keep) */
} Merge;

static void
merge_tasks(const Batch *batch, gsize q, UmkTopK *best)
{
    for (gsize task = 0; task < batch->n_tasks; task++) {
        gsize slot = task * GROUP + q;

        for (guint i = 0; i < batch->counts[slot]; i++)
            _umk_topk_push(best, batch->keys[slot * batch->keep + i],
                           batch->found[slot * batch->keep + i]);
    }
    _umk_topk_sort(best);
}

/* FALSE where more rows may belong to the answer than were kept. */
static gboolean
finish_query(const Batch *batch, gsize q, const Merge *merge, UmkIndexAnswer *answer)
{
    const UmkIndexQuery *query = batch->query;
    gsize at = batch->first + q, d = batch->rows->n_dims;
    UmkDistanceLevel level = _umk_distance_best_level();
    const float *ask = query->queries + at * d;
    double scale = _umk_index_query_scale(level, ask, d);
    float squared, longest = 0, limit = -INFINITY;
    guint n = 0;
    UmkTopK kept, best;

    _umk_topk_init(&kept, merge->keys, merge->found, batch->keep);
    merge_tasks(batch, q, &kept);
    while (kept.n > 0 && kept.scores[kept.n - 1] == -INFINITY)
        kept.n--;
    for (gsize task = 0; task < batch->n_tasks; task++)
        longest = MAX(longest, batch->longest[task]);
    _umk_distance_self(level, ask, d, 1, d, &squared);
    if (!can_prove(ask, d, squared))
        return FALSE;
    if (kept.n > query->k)
        limit = kept.scores[query->k - 1] -
                2.001f * key_error(batch, sqrtf(squared), longest);
    if (kept.n == batch->keep && !(kept.scores[kept.n - 1] < limit))
        return FALSE;
    _umk_topk_init(&best, answer->scores + at * query->k, answer->rows + at * query->k,
                   query->k);
    for (; n < kept.n && kept.scores[n] >= limit; n++)
        _umk_topk_push(
            &best,
            _umk_index_score_row(batch->metric, level, ask, scale,
                                 _umk_index_rows_get(batch->rows, kept.rows[n]), d),
            kept.rows[n]);
    _umk_topk_sort(&best);
    answer->counts[at] = best.n;
    return TRUE;
}

static gboolean
run_group(Batch *batch, UmkIndexAnswer *answer, guint8 *left_over, GError **error)
{
    g_autofree float *keys = g_new(float, batch->keep);
    g_autofree guint64 *found = g_new(guint64, batch->keep);
    Merge merge = {keys, found};

    memset(batch->counts, 0, batch->n_tasks * GROUP * sizeof *batch->counts);
    memset(batch->longest, 0, batch->n_tasks * sizeof *batch->longest);
    _umk_parallel_for(batch->n_tasks, 1, run_tasks, batch);
    if (batch->out_of_memory) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE, _("Out of memory"));
        return FALSE;
    }
    if (batch->cancelled)
        return umk_run_check(batch->run, error);
    for (gsize q = 0; q < batch->n; q++)
        left_over[batch->first + q] =
            batch->unproved || !finish_query(batch, q, &merge, answer);
    return TRUE;
}

static void
batch_clear(Batch *batch)
{
    g_free(batch->keys);
    g_free(batch->found);
    g_free(batch->counts);
    g_free(batch->longest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Batch, batch_clear)

gboolean
_umk_index_scan_batch(UmkIndexRows *rows,
                      UmkMetric metric,
                      const UmkIndexQuery *query,
                      UmkIndexAnswer *answer,
                      guint8 *left_over,
                      UmkRun *run,
                      GError **error)
{
    g_auto(Batch) batch = {
        .rows = rows, .metric = metric, .query = query, .keep = query->k + EXTRA};
    gsize n_tiles = (rows->n_rows / TASKS + TILE_ROWS) / TILE_ROWS, n_slots;

    batch.run = run;
    batch.chunk = MAX(CHUNK, n_tiles * TILE_ROWS);
    batch.n_tasks = (rows->n_rows + batch.chunk - 1) / batch.chunk;
    n_slots = batch.n_tasks * GROUP;
    batch.keys = _umk_alloc(n_slots, batch.keep * sizeof(float), _("The hits"), error);
    if (batch.keys == NULL)
        return FALSE;
    batch.found = _umk_alloc(n_slots, batch.keep * sizeof(guint64), _("The hits"), error);
    if (batch.found == NULL)
        return FALSE;
    batch.counts = g_new(guint32, n_slots);
    batch.longest = g_new(float, batch.n_tasks);
    for (; batch.first < query->n_queries; batch.first += GROUP) {
        batch.n = MIN(GROUP, query->n_queries - batch.first);
        if (!run_group(&batch, answer, left_over, error))
            return FALSE;
    }
    return TRUE;
}
