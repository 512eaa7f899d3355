/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Near, mid-near and further pairs of PaCMAP (Wang and others 2021, section 4.1). Each
 * row draws from a generator of its own, so the pairs do not depend on the order of work.
 */
#include "projection/umk-projection-pacmap-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "index/umk-knn-graph-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define CHUNK      256
#define EXTRA_NEAR 50 /* nearest rows looked at beside those that are taken */
#define SCALE_FROM 3  /* the distances to the fourth to sixth nearest, from 0, … */
#define SCALE_TO   6  /* … give a row's scale */
#define MID_TRIES  6  /* rows of which the second nearest is taken */
#define NONE       G_MAXUINT32

typedef struct {
    UmkMatrix *vectors;
    const UmkKnnGraph *graph;
    guint n[UMK_PACMAP_N_KINDS];
    guint64 seed;
    float *scales;                    /* (n_rows) */
    guint32 *ids[UMK_PACMAP_N_KINDS]; /* (n_rows, n[kind]), NONE where there is none */
    UmkRun *run;
} Work;

/* ---- near ------------------------------------------------------------------------- */

static void
find_scales(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    guint k = work->graph->k, from = MIN(SCALE_FROM, k - 1), to = MIN(SCALE_TO, k);

    for (gsize row = begin; row < end; row++) {
        double sum = 0.0;

        for (guint j = from; j < to; j++)
            sum += (double) work->graph->distances[row * k + j];
        work->scales[row] = (float) MAX(sum / (double) (to - from), 1e-10);
    }
}

typedef struct {
    float distance;
    guint32 id;
} Candidate;

static int
compare(gconstpointer a, gconstpointer b)
{
    const Candidate *x = a, *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void
find_near(Work *work, gsize row, Candidate *candidates)
{
    guint k = work->graph->k, n = work->n[UMK_PACMAP_NEAR];
    guint32 *out = work->ids[UMK_PACMAP_NEAR] + row * n;

    for (guint j = 0; j < k; j++) {
        guint32 id = work->graph->ids[row * k + j];
        float d = work->graph->distances[row * k + j];

        candidates[j] = (Candidate){d * d / (work->scales[row] * work->scales[id]), id};
    }
    qsort(candidates, k, sizeof *candidates, compare);
    for (guint j = 0; j < n; j++)
        out[j] = j < k ? candidates[j].id : NONE;
}

/* ---- random ones ------------------------------------------------------------------ */

static gboolean
is_in(guint32 id, const guint32 *list, guint n)
{
    for (guint i = 0; i < n; i++)
        if (list[i] == id)
            return TRUE;
    return FALSE;
}

/* A row that is neither row nor in the two lists; NONE when luck does not find one. */
static guint32
draw(UmkRng *rng,
     gsize n_rows,
     gsize row,
     const guint32 *a,
     guint n_a,
     const guint32 *b,
     guint n_b)
{
    for (guint turn = 0; turn < 64; turn++) {
        guint32 id = (guint32) _umk_rng_below(rng, n_rows);

        if (id != row && !is_in(id, a, n_a) && !is_in(id, b, n_b))
            return id;
    }
    return NONE;
}

static float
squared_distance(UmkMatrix *vectors, gsize a, gsize b)
{
    gsize d;
    const float *x = umk_matrix_get_row(vectors, a, &d);
    const float *y = umk_matrix_get_row(vectors, b, NULL);
    float sum = 0.0f;

    for (gsize j = 0; j < d; j++)
        sum += (x[j] - y[j]) * (x[j] - y[j]);
    return sum;
}

static guint32
second_nearest(
    const Work *work, UmkRng *rng, gsize row, const guint32 *taken, guint n_taken)
{
    guint32 tried[MID_TRIES];
    Candidate two[2] = {{INFINITY, NONE}, {INFINITY, NONE}};

    for (guint i = 0; i < MID_TRIES; i++) {
        Candidate now;

        tried[i] = draw(rng, umk_matrix_get_n_rows(work->vectors), row, taken, n_taken,
                        tried, i);
        if (tried[i] == NONE)
            continue;
        now = (Candidate){squared_distance(work->vectors, row, tried[i]), tried[i]};
        if (compare(&now, &two[0]) < 0) {
            two[1] = two[0];
            two[0] = now;
        } else if (compare(&now, &two[1]) < 0) {
            two[1] = now;
        }
    }
    return two[1].id;
}

static void
find_random(Work *work, gsize row)
{
    gsize n_rows = umk_matrix_get_n_rows(work->vectors);
    guint n_near = work->n[UMK_PACMAP_NEAR], n_mid = work->n[UMK_PACMAP_MID],
          n_far = work->n[UMK_PACMAP_FAR];
    const guint32 *near = work->ids[UMK_PACMAP_NEAR] + row * n_near;
    guint32 *mid = work->ids[UMK_PACMAP_MID] + row * n_mid;
    guint32 *far = work->ids[UMK_PACMAP_FAR] + row * n_far;
    UmkRng rng;

    _umk_rng_init(&rng, work->seed, row);
    for (guint j = 0; j < n_mid; j++)
        mid[j] = second_nearest(work, &rng, row, mid, j);
    for (guint j = 0; j < n_far; j++)
        far[j] = draw(&rng, n_rows, row, near, n_near, far, j);
}

static void
find_pairs(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    g_autofree Candidate *candidates = g_new(Candidate, work->graph->k + 1);

    if (!umk_run_check(work->run, NULL))
        return;
    for (gsize row = begin; row < end; row++) {
        find_near(work, row, candidates);
        find_random(work, row);
    }
}

/* ---- both ways -------------------------------------------------------------------- */

/* Counts, then fills, in ascending order of the rows that drew the pairs. */
static gboolean
list_pairs(const guint32 *ids, gsize n_rows, guint n, UmkPacmapList *list, GError **error)
{
    gsize count = n_rows * n;
    g_autofree gsize *at = NULL;

    list->offsets = g_new0(gsize, n_rows + 1);
    for (gsize i = 0; i < count; i++)
        if (ids[i] != NONE) {
            list->offsets[i / n + 1]++;
            list->offsets[(gsize) ids[i] + 1]++;
        }
    for (gsize i = 0; i < n_rows; i++)
        list->offsets[i + 1] += list->offsets[i];
    list->ids =
        _umk_alloc(list->offsets[n_rows] + 1, sizeof *list->ids, _("The pairs"), error);
    if (list->ids == NULL)
        return FALSE;
    at = g_memdup2(list->offsets, n_rows * sizeof *at);
    for (gsize i = 0; i < count; i++)
        if (ids[i] != NONE) {
            list->ids[at[i / n]++] = ids[i];
            list->ids[at[ids[i]]++] = (guint32) (i / n);
        }
    return TRUE;
}

UmkPacmapPairs *
_umk_pacmap_pairs_new(UmkMatrix *vectors,
                      guint n_near,
                      guint n_mid,
                      guint n_far,
                      guint64 seed,
                      UmkRun *run,
                      GError **error)
{
    gsize n_rows = umk_matrix_get_n_rows(vectors), n_all = n_near + n_mid + n_far;
    g_autoptr(UmkPacmapPairs) self = g_new0(UmkPacmapPairs, 1);
    g_autoptr(UmkKnnGraph) graph = _umk_knn_graph_build(
        vectors, UMK_METRIC_EUCLIDEAN, (guint) MIN(n_near + EXTRA_NEAR, n_rows - 1), seed,
        run, error);
    g_autofree float *scales = g_new(float, n_rows);
    g_autofree guint32 *ids =
        graph ? _umk_alloc(n_rows * n_all + 1, sizeof *ids, _("The pairs"), error) : NULL;
    Work work = {.vectors = vectors,
                 .graph = graph,
                 .n = {n_near, n_mid, n_far},
                 .seed = seed,
                 .scales = scales,
                 .ids = {ids, ids + n_rows * n_near, ids + n_rows * (n_near + n_mid)},
                 .run = run};

    if (ids == NULL)
        return NULL;
    self->n = n_rows;
    _umk_parallel_for(n_rows, CHUNK, find_scales, &work);
    _umk_parallel_for(n_rows, CHUNK, find_pairs, &work);
    if (!umk_run_check(run, error))
        return NULL;
    for (guint kind = 0; kind < UMK_PACMAP_N_KINDS; kind++)
        if (!list_pairs(work.ids[kind], n_rows, work.n[kind], &self->lists[kind], error))
            return NULL;
    return g_steal_pointer(&self);
}

void
_umk_pacmap_pairs_free(UmkPacmapPairs *self)
{
    if (self == NULL)
        return;
    for (guint kind = 0; kind < UMK_PACMAP_N_KINDS; kind++) {
        g_free(self->lists[kind].offsets);
        g_free(self->lists[kind].ids);
    }
    g_free(self);
}
