/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree by chains of nearest neighbours (Murtagh 1983; Müllner, "Modern hierarchical,
 * agglomerative clustering algorithms", 2011, fig. 3): follow nearest neighbours until
 * two are each other's, join them, go on from what is left of the chain. Distances to
 * what was joined by the formula of Lance and Williams (1967). All four linkages are
 * reducible, so the chain finds the same tree as joining the two nearest clusters every
 * time. O(n²) time, and all distances at once in memory. Ward's distances are kept
 * squared. */
#include "cluster/umk-hierarchical-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-distance-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define QUERIES 16   /* rows of one task */
#define BLOCK   1024 /* rows they are compared with at once */

typedef struct {
    const UmkClusterInput *input;
    UmkLinkage linkage;
    UmkRun *run;
    float *distances; /* (n (n - 1) / 2), row after row of the upper triangle */
    guint32 *active;  /* clusters that are left, ascending */
    gsize n_active;
    guint32 *sizes; /* (n) */
} Tree;

/* Place of (i, i + 1). */
static gsize
row_start(gsize n, gsize i)
{
    return i * n - i * (i + 1) / 2;
}

static float *
distance_at(const Tree *self, gsize i, gsize j)
{
    gsize low = MIN(i, j), high = MAX(i, j);

    return self->distances + row_start(self->input->n, low) + (high - low - 1);
}

/* ---- all distances ---------------------------------------------------------------- */

static float
finish_distance(const Tree *self, float value)
{
    if (self->linkage == UMK_LINKAGE_WARD)
        return value;
    return self->input->metric == UMK_METRIC_COSINE ? fmaxf(0.0f, 1.0f - value)
                                                    : sqrtf(value);
}

static void
measure_block(const Tree *self, gsize begin, gsize n_queries, gsize first, gsize n_rows)
{
    const UmkClusterInput *input = self->input;
    float out[QUERIES * BLOCK];
    gboolean dot =
        input->metric == UMK_METRIC_COSINE && self->linkage != UMK_LINKAGE_WARD;

    _umk_distance_block(
        _umk_distance_best_level(), dot ? UMK_DISTANCE_DOT : UMK_DISTANCE_SQUARED,
        input->rows + begin * input->d, input->d, n_queries,
        input->rows + first * input->d, input->d, n_rows, input->d, out, BLOCK);
    for (gsize q = 0; q < n_queries; q++)
        for (gsize r = 0; r < n_rows; r++)
            if (first + r > begin + q)
                *distance_at(self, begin + q, first + r) =
                    finish_distance(self, out[q * BLOCK + r]);
}

static void
measure(gsize begin, gsize end, guint worker, gpointer data)
{
    const Tree *self = data;
    gsize n = self->input->n;

    for (gsize first = begin + 1; first < n; first += BLOCK) {
        if (!umk_run_check(self->run, NULL))
            return;
        measure_block(self, begin, end - begin, first, MIN(BLOCK, n - first));
    }
}

/* ---- joining ---------------------------------------------------------------------- */

/* The first of the nearest, but the one the chain came from where it is as near. */
static guint32
find_nearest(const Tree *self, guint32 x, guint32 from, float *least)
{
    guint32 nearest = from;

    *least = from != x ? *distance_at(self, x, from) : INFINITY;
    for (gsize i = 0; i < self->n_active; i++) {
        guint32 y = self->active[i];
        float distance;

        if (y == x)
            continue;
        distance = *distance_at(self, x, y);
        if (distance < *least) {
            *least = distance;
            nearest = y;
        }
    }
    return nearest;
}

static double
joined_distance(const Tree *self, guint32 x, guint32 y, guint32 z, double between)
{
    double xz = (double) *distance_at(self, x, z), yz = (double) *distance_at(self, y, z);
    double nx = self->sizes[x], ny = self->sizes[y], nz = self->sizes[z];

    switch (self->linkage) {
    case UMK_LINKAGE_WARD:
        return ((nx + nz) * xz + (ny + nz) * yz - nz * between) / (nx + ny + nz);
    case UMK_LINKAGE_AVERAGE:
        return (nx * xz + ny * yz) / (nx + ny);
    case UMK_LINKAGE_COMPLETE:
        return fmax(xz, yz);
    case UMK_LINKAGE_SINGLE:
    default:
        return fmin(xz, yz);
    }
}

/* What was joined goes on as y. */
static void
join(Tree *self, guint32 x, guint32 y, float between)
{
    gsize gone = 0;

    for (gsize i = 0; i < self->n_active; i++) {
        guint32 z = self->active[i];

        if (z == x)
            gone = i;
        if (z != x && z != y)
            *distance_at(self, y, z) =
                (float) fmax(0.0, joined_distance(self, x, y, z, (double) between));
    }
    self->sizes[y] += self->sizes[x];
    memmove(self->active + gone, self->active + gone + 1,
            (self->n_active - gone - 1) * sizeof *self->active);
    self->n_active--;
}

/* Merges in the order they were found; a and b are the rows the clusters go by. */
static gboolean
follow_chains(Tree *self, UmkMerge *merges, GError **error)
{
    gsize n = self->input->n, n_chain = 0;
    g_autofree guint32 *chain = g_new(guint32, n + 1);

    for (gsize n_merges = 0; n_merges + 1 < n;) {
        guint32 x, y;
        float least;

        if (!umk_run_check(self->run, error))
            return FALSE;
        umk_run_report(self->run, _("Joining clusters"), (double) n_merges / (double) n);
        if (n_chain == 0)
            chain[n_chain++] = self->active[0];
        x = chain[n_chain - 1];
        y = find_nearest(self, x, n_chain > 1 ? chain[n_chain - 2] : x, &least);
        if (n_chain < 2 || y != chain[n_chain - 2]) {
            chain[n_chain++] = y;
            continue;
        }
        n_chain -= 2;
        merges[n_merges++] = (UmkMerge){
            .a = x,
            .b = y,
            .height =
                self->linkage == UMK_LINKAGE_WARD ? sqrt((double) least) : (double) least,
        };
        join(self, MIN(x, y), MAX(x, y), least);
    }
    return TRUE;
}

UmkMerge *
_umk_hierarchical_merges(const UmkClusterInput *input,
                         UmkLinkage linkage,
                         UmkRun *run,
                         GError **error)
{
    Tree self = {.input = input, .linkage = linkage, .run = run};
    gsize n = input->n;
    g_autofree UmkMerge *merges = NULL;
    g_autofree float *distances = NULL;
    g_autofree guint32 *active = NULL, *sizes = NULL;

    if (n > UMK_HIERARCHICAL_LIMIT) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("Hierarchical clustering keeps all distances in memory: at most %d "
                      "items, not %zu; kmeans and hdbscan take more"),
                    UMK_HIERARCHICAL_LIMIT, n);
        return NULL;
    }
    merges = g_new0(UmkMerge, n);
    distances = _umk_alloc(n * (n - 1) / 2, sizeof(float), _("The distances"), error);
    if (distances == NULL)
        return NULL;
    self.distances = distances;
    self.active = active = g_new(guint32, n);
    self.sizes = sizes = g_new(guint32, n);
    self.n_active = n;
    for (guint32 i = 0; i < n; i++) {
        active[i] = i;
        sizes[i] = 1;
    }
    umk_run_report(run, _("Measuring distances"), 0);
    _umk_parallel_for(n, QUERIES, measure, &self);
    if (!umk_run_check(run, error) || !follow_chains(&self, merges, error))
        return NULL;
    _umk_merges_number(merges, n);
    return g_steal_pointer(&merges);
}
