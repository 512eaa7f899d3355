/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Best-first search along a graph of neighbours (as in Malkov and Yashunin 2018, with one
 * layer), entered through the leaves of some trees, over seven-bit codes; the best are
 * scored by the vectors themselves. Sets small enough are compared one by one. */
#include "index/umk-knn-search-private.h"

#include "core/umk-alloc-private.h"
#include "index/umk-knn-approximate-private.h"
#include "index/umk-knn-descent-private.h"
#include "linalg/umk-distance-private.h"
#include "linalg/umk-topk-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define N_TREES  3
#define LEAF     64
#define WIDTH    64   /* rows kept while searching, at least */
#define TABLE    8192 /* slots for rows already seen; a power of two */
#define MAX_SEEN (TABLE / 2)
#define MAX_K    500

struct _UmkKnnSearch {
    UmkMatrix *vectors;
    UmkKnnRows rows;
    gboolean approximate;
    UmkKnnCodes codes;
    UmkKnnForest *forest;
    const UmkKnnGraph *graph;
};

UmkKnnSearch *
_umk_knn_search_new(UmkMatrix *vectors,
                    UmkMetric metric,
                    const UmkKnnGraph *graph,
                    guint64 seed,
                    GError **error)
{
    g_autoptr(UmkKnnSearch) self = g_new0(UmkKnnSearch, 1);

    self->vectors = umk_matrix_ref(vectors);
    self->graph = graph;
    if (!_umk_knn_rows_init(&self->rows, vectors, metric, NULL, error))
        return NULL;
    self->approximate = graph->k > 0 && _umk_knn_approximate_suits(&self->rows, graph->k);
    if (!self->approximate)
        return g_steal_pointer(&self);
    if (!_umk_knn_codes_init(&self->codes, &self->rows, NULL, error))
        return NULL;
    self->forest = _umk_knn_forest_new(&self->codes, N_TREES, LEAF, seed, NULL, error);
    return self->forest != NULL ? g_steal_pointer(&self) : NULL;
}

void
_umk_knn_search_free(UmkKnnSearch *self)
{
    if (self == NULL)
        return;
    _umk_knn_rows_clear(&self->rows);
    _umk_knn_codes_clear(&self->codes);
    g_clear_pointer(&self->forest, _umk_knn_forest_free);
    umk_matrix_unref(self->vectors);
    g_free(self);
}

/* ---- along the graph ----------------------------------------------------------------
 */

typedef struct {
    guint32 table[TABLE]; /* row + 1, 0 where empty */
    guint n_seen;
    guint64 list[MAX_K + WIDTH]; /* marked as new: not followed yet */
    guint width;
} Walk;

static gboolean
mark_seen(Walk *walk, guint32 row)
{
    guint32 at = (row * 0x9e3779b1u) >> 19;

    if (walk->n_seen >= MAX_SEEN)
        return FALSE;
    while (walk->table[at] != 0) {
        if (walk->table[at] == row + 1)
            return FALSE;
        at = (at + 1) % TABLE;
    }
    walk->table[at] = row + 1;
    walk->n_seen++;
    return TRUE;
}

static void
visit(const UmkKnnSearch *self, Walk *walk, const guint8 *code, guint32 row)
{
    if (mark_seen(walk, row))
        _umk_knn_list_insert(
            walk->list, walk->width,
            _umk_knn_kernels(FALSE)->distance(code, _umk_knn_codes_get(&self->codes, row),
                                              self->codes.width),
            row);
}

static gboolean
follow_next(const UmkKnnSearch *self, Walk *walk, const guint8 *code)
{
    guint k = self->graph->k;

    for (guint i = 0; i < walk->width && walk->list[i] < UMK_KNN_EMPTY; i++) {
        const guint32 *ids;

        if (!(walk->list[i] & UMK_KNN_NEW))
            continue;
        walk->list[i] &= ~UMK_KNN_NEW;
        ids = self->graph->ids + (gsize) (guint32) walk->list[i] * k;
        for (guint r = 0; r < k; r++)
            visit(self, walk, code, ids[r]);
        return TRUE;
    }
    return FALSE;
}

static guint
walk_graph(const UmkKnnSearch *self, const float *row, Walk *walk)
{
    guint8 *code = _umk_alloc_aligned(self->codes.width, 1, "", NULL);
    guint n = 0;

    if (code == NULL)
        return 0;
    _umk_knn_codes_encode(&self->codes, row, code);
    for (guint tree = 0; tree < self->forest->n_trees; tree++) {
        gsize begin, end,
            leaf = _umk_knn_forest_find(self->forest, tree, &self->codes, code);

        _umk_knn_forest_leaf(self->forest, leaf, &begin, &end);
        for (gsize i = begin; i < end; i++)
            visit(self, walk, code, self->forest->trees[tree].order[i]);
    }
    while (follow_next(self, walk, code))
        ;
    while (n < walk->width && walk->list[n] < UMK_KNN_EMPTY)
        n++;
    _umk_free_aligned(code);
    return n;
}

/* ---- scores -------------------------------------------------------------------------
 */

static float
squared_to(const UmkKnnSearch *self, const float *row, gsize other)
{
    gsize d = self->rows.n_dims;
    float squared;

    _umk_distance_block(_umk_distance_best_level(), UMK_DISTANCE_SQUARED, row, d, 1,
                        self->rows.data + other * d, d, 1, d, &squared, 1);
    return squared;
}

static void
push_found(const UmkKnnSearch *self, const float *row, guint k, UmkTopK *best)
{
    g_autofree Walk *walk = g_new0(Walk, 1);
    guint n;

    walk->width = k + WIDTH;
    for (guint i = 0; i < walk->width; i++)
        walk->list[i] = UMK_KNN_EMPTY;
    n = walk_graph(self, row, walk);
    for (guint i = 0; i < MIN(n, k + k / 2 + 16); i++) {
        guint32 other = (guint32) (walk->list[i] & ~UMK_KNN_NEW);

        _umk_topk_push(best, -squared_to(self, row, other), other);
    }
}

guint
_umk_knn_search_find(const UmkKnnSearch *self,
                     const float *vector,
                     guint k,
                     guint32 *ids,
                     float *distances)
{
    float scores[MAX_K];
    guint64 rows[MAX_K];
    g_autofree float *row = g_new(float, self->rows.n_dims + 1);
    UmkTopK best;

    k = (guint) MIN((gsize) MIN(k, MAX_K), self->rows.n);
    _umk_knn_rows_prepare(&self->rows, vector, row);
    _umk_topk_init(&best, scores, rows, k);
    if (self->approximate)
        push_found(self, row, k, &best);
    else
        for (gsize i = 0; i < self->rows.n; i++)
            _umk_topk_push(&best, -squared_to(self, row, i), i);
    _umk_topk_sort(&best);
    for (guint i = 0; i < best.n; i++) {
        ids[i] = (guint32) rows[i];
        distances[i] = _umk_knn_rows_distance(&self->rows, -scores[i]);
    }
    return best.n;
}
