/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way to a graph of neighbours for many rows: trees over codes, all pairs in their
 * leaves, passes over neighbours of neighbours, and last the vectors themselves, which
 * give the distances and the order of the lists. The settings are measured in
 * tests/bench/RESULTS.md. */
#include "index/umk-knn-approximate-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "index/umk-knn-descent-private.h"
#include "linalg/umk-distance-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define N_TREES   6
#define N_PASSES  3
#define LEAF      96  /* rows of a leaf at most, for lists of usual length */
#define MAX_K     120 /* longer lists are found pair by pair */
#define FEW_STEPS 3e9 /* numbers compared pair by pair in a fraction of a second */
#define CHUNK     128

gboolean
_umk_knn_approximate_suits(const UmkKnnRows *rows, guint k)
{
    double n = (double) rows->n;

    return n * n * (double) rows->n_dims > FEW_STEPS && k <= MAX_K && rows->n > 2048 &&
           rows->n < UMK_KNN_NEW - 1 && rows->n_dims <= UMK_KNN_MAX_DIMS;
}

typedef struct {
    const UmkKnnRows *rows;
    const UmkKnnLists *lists;
    UmkKnnGraph *graph;
    const guint32 *order;
    UmkDistanceLevel level;
    UmkRun *run;
} Work;

/* Squared distances are not negative, so their bits order as whole numbers do. */
static guint64
key_of(float squared, guint32 row)
{
    guint32 bits;

    memcpy(&bits, &squared, sizeof bits);
    return ((guint64) bits << 32) | row;
}

static void
score_row(const Work *work, gsize row)
{
    const UmkKnnRows *rows = work->rows;
    guint length = work->lists->length, k = work->graph->k;
    const guint64 *list = work->lists->entries + row * length;
    guint64 best[2 * MAX_K];

    for (guint r = 0; r < length; r++) {
        guint32 id = (guint32) (list[r] & ~UMK_KNN_NEW);
        guint64 key;
        float squared;
        guint at = r;

        _umk_distance_block(work->level, UMK_DISTANCE_SQUARED,
                            rows->data + row * rows->n_dims, rows->n_dims, 1,
                            rows->data + (gsize) id * rows->n_dims, rows->n_dims, 1,
                            rows->n_dims, &squared, 1);
        key = key_of(squared, id);
        for (; at > 0 && best[at - 1] > key; at--)
            best[at] = best[at - 1];
        best[at] = key;
    }
    for (guint r = 0; r < k; r++) {
        guint32 bits = (guint32) (best[r] >> 32);
        float squared;

        memcpy(&squared, &bits, sizeof squared);
        work->graph->ids[row * k + r] = (guint32) best[r];
        work->graph->distances[row * k + r] = _umk_knn_rows_distance(rows, squared);
    }
}

static void
score_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Work *work = data;

    if (!umk_run_check(work->run, NULL))
        return;
    for (gsize i = begin; i < end; i++)
        score_row(work, work->order[i]);
}

/* Reports of the stages; the shares are those of 70,000 rows of 784 dimensions. */
static gboolean
fill_lists(UmkKnnLists *lists,
           const UmkKnnCodes *codes,
           const UmkKnnForest *forest,
           UmkRun *run,
           GError **error)
{
    static const double shares[N_PASSES + 2] = {0.2, 0.4, 0.6, 0.75, 0.9};
    g_auto(UmkRun) leaves = {0};

    _umk_run_init_stage(&leaves, run, shares[0], shares[1]);
    if (!_umk_knn_lists_add_leaves(lists, codes, forest, &leaves, error))
        return FALSE;
    for (guint pass = 0; pass < N_PASSES; pass++) {
        g_auto(UmkRun) stage = {0};

        _umk_run_init_stage(&stage, run, shares[1 + pass], shares[2 + pass]);
        if (!_umk_knn_lists_improve(lists, codes, forest->trees[0].order, &stage, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
_umk_knn_approximate(
    const UmkKnnRows *rows, UmkKnnGraph *graph, guint64 seed, UmkRun *run, GError **error)
{
    g_auto(UmkKnnCodes) codes = {0};
    g_auto(UmkKnnLists) lists = {0};
    g_autoptr(UmkKnnForest) forest = NULL;
    g_auto(UmkRun) trees = {0};
    Work work = {.rows = rows,
                 .lists = &lists,
                 .graph = graph,
                 .level = _umk_distance_best_level(),
                 .run = run};
    guint length = graph->k + MAX(graph->k / 2, 8);

    _umk_run_init_stage(&trees, run, 0.05, 0.2);
    if (!_umk_knn_codes_init(&codes, rows, run, error))
        return FALSE;
    forest =
        _umk_knn_forest_new(&codes, N_TREES, MAX(LEAF, 3 * length), seed, &trees, error);
    if (forest == NULL || !_umk_knn_lists_init(&lists, rows->n, length, error) ||
        !fill_lists(&lists, &codes, forest, run, error))
        return FALSE;
    work.order = forest->trees[0].order;
    _umk_parallel_for(rows->n, CHUNK, score_rows, &work);
    return umk_run_check(run, error);
}
