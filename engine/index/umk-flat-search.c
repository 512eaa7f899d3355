/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One query by codes: every row is compared by its code, few are left, and those are
 * scored in float32 in the scan's order. */
#include "index/umk-flat-kind-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-topk-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define CHUNK      8192 /* rows of a task */
#define MOST_AGAIN 8    /* more than one row in this many left: scan */

static void
query_clear(UmkFlatQuery *query)
{
    _umk_free_aligned(query->code);
    g_free(query->keys);
    g_free(query->differ);
    g_free(query->best);
    g_free(query->best_rows);
    g_free(query->n_best);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkFlatQuery, query_clear)

static void
count_block(UmkFlatQuery *query, gsize row, gsize n)
{
    const guint8 *allowed = query->query->allowed;

    query->self->kind->compare(query, row, n, NULL);
    for (gsize i = row; allowed != NULL && i < row + n; i++)
        if (!allowed[i])
            query->differ[i] = G_MAXUINT16;
}

static void
compare_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    UmkFlatQuery *query = data;
    guint k = query->query->k;
    gsize chunk = begin / CHUNK;
    UmkTopK best;

    if (!umk_run_check(query->run, NULL)) {
        g_atomic_int_set(&query->cancelled, TRUE);
        return;
    }
    for (gsize row = begin; row < end; row += UMK_FLAT_BLOCK)
        (query->differ != NULL ? count_block : _umk_flat_estimate_block)(
            query, row, MIN(UMK_FLAT_BLOCK, end - row));
    if (query->best == NULL)
        return;
    _umk_topk_init(&best, query->best + chunk * k, query->best_rows + chunk * k, k);
    _umk_topk_push_run(&best, query->keys + begin, end - begin, begin);
    query->n_best[chunk] = best.n;
}

/* Rows that may not be hit count as one bit more than there are. */
static guint16
differ_limit(const guint16 *differ, gsize n_rows, gsize n_bits, gsize n)
{
    g_autofree guint32 *counts = g_new0(guint32, n_bits + 2);
    gsize found = 0, at = 0;

    for (gsize i = 0; i < n_rows; i++)
        counts[MIN(differ[i], n_bits + 1)]++;
    while (at < n_bits && (found += counts[at]) < n)
        at++;
    return (guint16) at;
}

static gsize
collect(const UmkFlatQuery *query, gsize n_chunks, guint32 *left, gsize room)
{
    const UmkFlatCodes *self = query->self;
    gsize n = 0, wanted = MAX(self->n_again, query->query->k);

    if (query->differ != NULL) {
        guint16 limit = differ_limit(query->differ, self->n_rows, self->n_coded, wanted);

        for (gsize row = 0; row < self->n_rows && n < room; row++)
            if (query->differ[row] <= limit)
                left[n++] = (guint32) row;
    } else {
        float limit = self->n_again > 0
                          ? _umk_flat_counted_limit(query->keys, self->n_rows, wanted)
                          : _umk_flat_proven_limit(query, n_chunks);

        for (gsize row = 0; row < self->n_rows && n < room; row++)
            if (query->keys[row] >= limit && query->keys[row] != -INFINITY)
                left[n++] = (guint32) row;
    }
    return n;
}

/* FALSE without an error: nothing can be proved of this query, or no memory is left for
 * more than a scan. */
static gboolean
prepare(UmkFlatQuery *query, gsize n_chunks, GError **error)
{
    const UmkFlatCodes *self = query->self;
    gsize n_dims = self->vectors->n_dims, k = query->query->k;
    g_autofree float *scratch = g_new0(float, n_dims + 1);

    query->code = _umk_alloc_aligned(self->stride + 1, self->kind->query_bytes,
                                     _("The query"), error);
    if (query->code == NULL)
        return FALSE;
    if (self->kind->counts) {
        if (n_dims > 0)
            memcpy(scratch, query->query->queries, n_dims * sizeof *scratch);
        self->kind->prepare(query, scratch);
        query->differ = g_try_new(guint16, self->n_rows + 1);
        return query->differ != NULL;
    }
    query->keys = g_try_new(float, self->n_rows + 1);
    if (query->keys == NULL || !_umk_flat_estimate_query(query, scratch))
        return FALSE;
    if (self->n_again == 0) {
        query->best = g_try_new(float, n_chunks *k + 1);
        query->best_rows = g_try_new(guint64, n_chunks * k + 1);
        query->n_best = g_new0(guint32, n_chunks + 1);
        return query->best != NULL && query->best_rows != NULL;
    }
    return TRUE;
}

static void
prefetch_row(const UmkFlatCodes *self, guint32 row)
{
    const char *x = (const char *) _umk_index_rows_get(self->vectors, row);

    for (gsize at = 0; at < MIN(self->vectors->n_dims * sizeof(float), 2048); at += 64)
        __builtin_prefetch(x + at);
}

static void
score_left(const UmkFlatCodes *self,
           const UmkIndexQuery *query,
           const guint32 *left,
           gsize n,
           UmkIndexAnswer *answer)
{
    UmkDistanceLevel level = _umk_distance_best_level();
    gsize n_dims = self->vectors->n_dims;
    double scale = _umk_index_query_scale(level, query->queries, n_dims);
    UmkTopK best;

    _umk_topk_init(&best, answer->scores, answer->rows, query->k);
    for (gsize i = 0; i < n; i++) {
        if (i + 2 < n)
            prefetch_row(self, left[i + 2]);
        _umk_topk_push(&best,
                       _umk_index_score_row(self->metric, level, query->queries, scale,
                                            _umk_index_rows_get(self->vectors, left[i]),
                                            n_dims),
                       left[i]);
    }
    _umk_topk_sort(&best);
    answer->counts[0] = best.n;
}

gboolean
_umk_flat_codes_search(const UmkFlatCodes *self,
                       const UmkIndexQuery *query,
                       UmkIndexAnswer *answer,
                       UmkRun *run,
                       GError **error)
{
    g_auto(UmkFlatQuery) one = {.self = self, .query = query, .run = run};
    gsize n_chunks = (self->n_rows + CHUNK - 1) / CHUNK;
    gsize room = MAX(self->n_rows / MOST_AGAIN, 2 * (gsize) self->n_again), n;
    g_autofree guint32 *left = g_try_new(guint32, room + 1);

    if (left == NULL || !prepare(&one, n_chunks, error))
        return FALSE;
    _umk_parallel_for(self->n_rows, CHUNK, compare_rows, &one);
    if (one.cancelled)
        return umk_run_check(run, error);
    n = collect(&one, n_chunks, left, room + 1);
    if (n > room || n < MIN((gsize) query->k, query->n_allowed))
        return FALSE;
    score_left(self, query, left, n, answer);
    answer->plan = g_strdup_printf("codes=%s rows=%zu rescored=%zu", self->name,
                                   self->vectors->n_live, n);
    return TRUE;
}
