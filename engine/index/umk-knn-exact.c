/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every pair of rows is compared, a group of rows against a block that stays in cache.
 * Differences are squared, not expanded into products, so that near rows keep their
 * digits, and each is summed in the one order of umk-distance: the graph has the same
 * bits for any grouping and processor. */
#include "index/umk-knn-exact-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-distance-private.h"
#include "linalg/umk-topk-private.h"

#include <glib/gi18n-lib.h>

#define GROUP       32           /* rows that share a pass over all others */
#define BLOCK_BYTES (192 * 1024) /* others compared at once */

typedef struct {
    const UmkKnnRows *rows;
    UmkKnnGraph *graph;
    gsize block;
    UmkDistanceLevel level;
    UmkRun *run;
    gint n_done; /* groups */
    gint stop;
    gint out_of_memory;
} Exact;

typedef struct {
    float *scores; /* (GROUP, block): minus the squared distance */
    float *best;   /* (GROUP, k) */
    guint64 *ids;  /* (GROUP, k) */
} Scratch;

/* A row is no hit of its own. */
static void
push_others(UmkTopK *best, const float *scores, gsize first, gsize n, gsize self)
{
    if (self < first || self >= first + n) {
        _umk_topk_push_run(best, scores, n, first);
        return;
    }
    _umk_topk_push_run(best, scores, self - first, first);
    _umk_topk_push_run(best, scores + (self + 1 - first), first + n - self - 1, self + 1);
}

static void
compare_block(const Exact *exact,
              gsize begin,
              gsize n_group,
              gsize first,
              gsize n,
              const Scratch *scratch,
              UmkTopK *best)
{
    gsize n_dims = exact->rows->n_dims;

    _umk_distance_block(exact->level, UMK_DISTANCE_SQUARED,
                        exact->rows->data + begin * n_dims, n_dims, n_group,
                        exact->rows->data + first * n_dims, n_dims, n, n_dims,
                        scratch->scores, exact->block);
    for (gsize q = 0; q < n_group; q++) {
        float *scores = scratch->scores + q * exact->block;

        for (gsize i = 0; i < n; i++)
            scores[i] = -scores[i];
        push_others(best + q, scores, first, n, begin + q);
    }
}

static void
write_row(const Exact *exact, gsize row, UmkTopK *best)
{
    guint k = exact->graph->k;

    _umk_topk_sort(best);
    for (guint i = 0; i < k; i++) {
        exact->graph->ids[row * k + i] = (guint32) best->rows[i];
        exact->graph->distances[row * k + i] =
            _umk_knn_rows_distance(exact->rows, -best->scores[i]);
    }
}

static void
compare_group(Exact *exact, gsize begin, gsize end, const Scratch *scratch)
{
    UmkTopK best[GROUP];
    guint k = exact->graph->k;
    gsize n_groups = (exact->rows->n + GROUP - 1) / GROUP;

    for (gsize q = 0; q < end - begin; q++)
        _umk_topk_init(best + q, scratch->best + q * k, scratch->ids + q * k, k);
    for (gsize first = 0; first < exact->rows->n; first += exact->block) {
        if (g_atomic_int_get(&exact->stop) || !umk_run_check(exact->run, NULL)) {
            g_atomic_int_set(&exact->stop, TRUE);
            return;
        }
        compare_block(exact, begin, end - begin, first,
                      MIN(exact->block, exact->rows->n - first), scratch, best);
    }
    for (gsize q = 0; q < end - begin; q++)
        write_row(exact, begin + q, best + q);
    umk_run_report(exact->run, _("Comparing every pair"),
                   (double) (g_atomic_int_add(&exact->n_done, 1) + 1) /
                       (double) n_groups);
}

static void
compare_groups(gsize begin, gsize end, guint worker, gpointer data)
{
    Exact *exact = data;
    gsize k = exact->graph->k;
    Scratch scratch = {
        .scores = _umk_alloc_aligned(GROUP * exact->block, sizeof(float), "", NULL),
        .best = _umk_alloc_aligned(GROUP * k, sizeof(float), "", NULL),
        .ids = _umk_alloc_aligned(GROUP * k, sizeof(guint64), "", NULL),
    };

    if (scratch.scores != NULL && scratch.best != NULL && scratch.ids != NULL)
        compare_group(exact, begin, end, &scratch);
    else
        g_atomic_int_set(&exact->out_of_memory, TRUE);
    _umk_free_aligned(scratch.scores);
    _umk_free_aligned(scratch.best);
    _umk_free_aligned(scratch.ids);
}

gboolean
_umk_knn_exact(const UmkKnnRows *rows, UmkKnnGraph *graph, UmkRun *run, GError **error)
{
    Exact exact = {
        .rows = rows, .graph = graph, .level = _umk_distance_best_level(), .run = run};
    gsize row_bytes = MAX(rows->n_dims, 1) * sizeof(float);

    if (graph->k == 0)
        return umk_run_check(run, error);
    exact.block = CLAMP(BLOCK_BYTES / row_bytes, 16, 1024);
    _umk_parallel_for(rows->n, GROUP, compare_groups, &exact);
    if (exact.out_of_memory) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE, _("Out of memory"));
        return FALSE;
    }
    return umk_run_check(run, error);
}
