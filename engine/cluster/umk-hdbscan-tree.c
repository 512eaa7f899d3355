/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The minimum spanning tree of mutual reachability, max(core a, core b, distance), where
 * a core distance is that to the min_samples-th neighbour. Prim's algorithm (1957): every
 * step measures the rows that are still outside from the one that came in last; memory
 * for the rows once more, so that they stay together. */
#include "cluster/umk-hdbscan-private.h"

#include <umekomi/umk-index.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-distance-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define CHUNK 1024

typedef struct {
    const UmkClusterInput *input;
    UmkDistanceLevel level;
    const float *cores; /* (n) */
    float *outside;     /* (n_outside, d) rows that are not in the tree */
    guint32 *rows;      /* (n_outside) their numbers */
    float *nearest;     /* (n_outside) reachability of the tree */
    guint32 *from;      /* (n_outside) the row of the tree that it is reached from */
    gsize n_outside;
    gsize *chunk_best; /* (n_chunks) place of the nearest */
    guint32 last;      /* row that came in last */
} Prim;

static gboolean
comes_first(const Prim *self, gsize a, gsize b)
{
    if (self->nearest[a] != self->nearest[b])
        return self->nearest[a] < self->nearest[b];
    return self->rows[a] < self->rows[b];
}

static float
to_distance(const UmkClusterInput *input, float value)
{
    return input->metric == UMK_METRIC_COSINE ? fmaxf(0.0f, 1.0f - value) : sqrtf(value);
}

static void
measure_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    const Prim *self = data;
    const UmkClusterInput *input = self->input;
    float values[CHUNK], core = self->cores[self->last];
    gsize best = begin;

    _umk_distance_block(
        self->level,
        input->metric == UMK_METRIC_COSINE ? UMK_DISTANCE_DOT : UMK_DISTANCE_SQUARED,
        input->rows + self->last * input->d, input->d, 1,
        self->outside + begin * input->d, input->d, end - begin, input->d, values, CHUNK);
    for (gsize i = begin; i < end; i++) {
        float reach = fmaxf(to_distance(input, values[i - begin]),
                            fmaxf(core, self->cores[self->rows[i]]));

        if (reach < self->nearest[i] ||
            (reach == self->nearest[i] && self->last < self->from[i])) {
            self->nearest[i] = reach;
            self->from[i] = self->last;
        }
        if (comes_first(self, i, best))
            best = i;
    }
    self->chunk_best[begin / CHUNK] = best;
}

static gsize
find_next(Prim *self)
{
    gsize best = 0;

    _umk_parallel_for(self->n_outside, CHUNK, measure_chunk, self);
    for (gsize chunk = 0; chunk * CHUNK < self->n_outside; chunk++)
        if (chunk == 0 || comes_first(self, self->chunk_best[chunk], best))
            best = self->chunk_best[chunk];
    return best;
}

/* The last of those outside takes the place of the one that came in. */
static void
take_in(Prim *self, gsize place)
{
    gsize d = self->input->d, last = --self->n_outside;

    self->last = self->rows[place];
    if (place == last)
        return;
    memcpy(self->outside + place * d, self->outside + last * d, d * sizeof(float));
    self->rows[place] = self->rows[last];
    self->nearest[place] = self->nearest[last];
    self->from[place] = self->from[last];
}

static gboolean
grow(Prim *self, UmkMerge *merges, UmkRun *run, GError **error)
{
    gsize n = self->input->n;

    for (gsize i = 0; i + 1 < n; i++) {
        gsize next;

        if (!umk_run_check(run, error))
            return FALSE;
        umk_run_report(run, _("Growing the tree"), 0.2 + 0.8 * (double) i / (double) n);
        next = find_next(self);
        merges[i] = (UmkMerge){.a = self->from[next],
                               .b = self->rows[next],
                               .height = (double) self->nearest[next]};
        take_in(self, next);
    }
    return TRUE;
}

static void
prim_clear(Prim *self)
{
    _umk_free_aligned(self->outside);
    g_free(self->rows);
    g_free(self->nearest);
    g_free(self->from);
    g_free(self->chunk_best);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Prim, prim_clear)

static gboolean
prim_init(Prim *self, const UmkClusterInput *input, const float *cores, GError **error)
{
    gsize n = input->n;

    *self = (Prim){.input = input, .level = _umk_distance_best_level(), .cores = cores};
    self->outside =
        _umk_alloc_aligned(n, MAX(input->d, 1) * sizeof(float), _("The tree"), error);
    if (self->outside == NULL)
        return FALSE;
    memcpy(self->outside, input->rows, n * input->d * sizeof(float));
    self->rows = g_new(guint32, n);
    self->nearest = g_new(float, n);
    self->from = g_new(guint32, n);
    self->chunk_best = g_new0(gsize, n / CHUNK + 1);
    for (guint32 i = 0; i < n; i++) {
        self->rows[i] = i;
        self->nearest[i] = INFINITY;
        self->from[i] = G_MAXUINT32;
    }
    self->n_outside = n;
    take_in(self, 0);
    return TRUE;
}

/* (n) distances to the min_samples-th neighbour; a row is the nearest to itself and is
 * not counted. */
static float *
find_cores(const UmkClusterInput *input, guint min_samples, UmkRun *run, GError **error)
{
    g_autoptr(UmkIndex) index = NULL;
    g_autoptr(UmkHits) hits = NULL;
    g_autofree float *cores = NULL;
    UmkMetric metric =
        input->metric == UMK_METRIC_COSINE ? UMK_METRIC_DOT : UMK_METRIC_EUCLIDEAN;

    cores = _umk_alloc(input->n, sizeof(float), _("The core distances"), error);
    if (cores == NULL || min_samples == 0)
        return g_steal_pointer(&cores);
    umk_run_report(run, _("Finding neighbors"), 0);
    index = umk_index_build("exact", input->matrix, metric, NULL, run->cancellable, NULL,
                            NULL, error);
    if (index == NULL)
        return NULL;
    hits = umk_index_search(index, input->matrix, min_samples + 1, NULL, run->cancellable,
                            error);
    if (hits == NULL)
        return NULL;
    for (gsize i = 0; i < input->n; i++) {
        float score;

        umk_hits_get(hits, i, min_samples, &score);
        cores[i] = metric == UMK_METRIC_DOT ? fmaxf(0.0f, 1.0f - score) : -score;
    }
    return g_steal_pointer(&cores);
}

static UmkMerge *
exact_merges(const UmkClusterInput *input, guint min_samples, UmkRun *run, GError **error)
{
    g_autofree float *cores = find_cores(input, min_samples, run, error);
    g_autofree UmkMerge *merges = NULL;
    g_auto(Prim) prim = {0};

    if (cores == NULL || !prim_init(&prim, input, cores, error))
        return NULL;
    merges = g_new0(UmkMerge, input->n);
    return grow(&prim, merges, run, error) ? g_steal_pointer(&merges) : NULL;
}

UmkMerge *
_umk_hdbscan_merges(const UmkClusterInput *input,
                    guint min_samples,
                    UmkRun *run,
                    GError **error)
{
    guint n_neighbors = (guint) MIN((gsize) min_samples, input->n - 1);
    UmkMerge *merges;

    if (input->n > UMK_HDBSCAN_EXACT_LIMIT)
        return _umk_hdbscan_graph_merges(input, n_neighbors, run, error);
    merges = exact_merges(input, n_neighbors, run, error);
    if (merges != NULL)
        _umk_merges_number(merges, input->n);
    return merges;
}
