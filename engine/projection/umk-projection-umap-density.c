/* SPDX-License-Identifier: GPL-3.0-or-later */
/* densMAP (Narayan, Berger and Cho, "Assessing single-cell transcriptomic variability
 * through density-preserving data visualization", 2021): the local radius of a row is the
 * mean squared distance to its neighbours weighed by the edges (eq. 5), that of a point
 * on the map the same weighed by the curve (eq. 6); the layout also ascends the
 * correlation of their logarithms (eq. 8). As in the authors' program the variance is
 * shifted by 0.1 and sums over edges run over both directions. */
#include "projection/umk-projection-umap-density-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "projection/umk-projection-umap-math-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define SHIFT 0.1
#define TINY  1e-8
#define CHUNK 512

struct _UmkUmapDensities {
    UmkUmapRows *rows;
    double weight;
    double total;     /* of the weights of all edges */
    double *radii;    /* (n) logarithms, in the data */
    double *standard; /* (n) the same with mean 0 and deviation 1 */
    double *on_map;   /* (n) logarithms, on the map */
    double *phi;      /* (n) sums of the curve */
    float *vertices;  /* (n, 4) by place */
};

/* Of a pair of which one at least lists the other. */
static float
distance_between(const UmkKnnGraph *graph, guint32 one, guint32 other)
{
    for (int turn = 0; turn < 2; turn++) {
        gsize first = (gsize) (turn ? other : one) * graph->k;

        for (gsize r = first; r < first + graph->k; r++)
            if (graph->ids[r] == (turn ? one : other))
                return graph->distances[r];
    }
    return 0.0f;
}

static void
standardise(const double *values, gsize n, double *out)
{
    double sum = 0.0, squares = 0.0, mean, deviation;

    for (gsize i = 0; i < n; i++)
        sum += values[i];
    mean = sum / (double) n;
    for (gsize i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    deviation = sqrt(squares / (double) n);
    for (gsize i = 0; i < n; i++)
        out[i] = deviation > 0.0 ? (values[i] - mean) / deviation : 0.0;
}

static void
measure_data(UmkUmapDensities *self, const UmkKnnGraph *graph, UmkRun *run)
{
    const UmkUmapRows *rows = self->rows;

    for (gsize i = 0; i < rows->n; i++) {
        double sum = 0.0, weights = 0.0;

        if (i % CHUNK == 0 && !umk_run_check(run, NULL))
            return;
        for (gsize e = rows->offsets[i]; e < rows->offsets[i + 1]; e++) {
            double d = (double) distance_between(graph, (guint32) i, rows->ids[e]);

            sum += (double) rows->weights[e] * d * d;
            weights += (double) rows->weights[e];
        }
        self->radii[i] = _umk_umap_log(TINY + (weights > 0.0 ? sum / weights : 0.0));
        self->total += weights / 2.0;
    }
    standardise(self->radii, rows->n, self->standard);
}

static gboolean
allocate(UmkUmapDensities *self, gsize n, GError **error)
{
    double **arrays[] = {&self->radii, &self->standard, &self->on_map, &self->phi};

    for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++) {
        *arrays[i] = _umk_alloc(n + 1, sizeof(double), _("The densities"), error);
        if (*arrays[i] == NULL)
            return FALSE;
    }
    self->vertices = _umk_alloc_aligned(n * 4, sizeof(float), _("The densities"), error);
    return self->vertices != NULL;
}

UmkUmapDensities *
_umk_umap_densities_new(const UmkUmapEdges *edges,
                        const UmkKnnGraph *graph,
                        float least,
                        double weight,
                        UmkRun *run,
                        GError **error)
{
    g_autoptr(UmkUmapDensities) self = g_new0(UmkUmapDensities, 1);

    self->weight = weight;
    self->rows = _umk_umap_rows_new(edges, least, run, error);
    if (self->rows == NULL || !allocate(self, edges->n, error))
        return NULL;
    measure_data(self, graph, run);
    return umk_run_check(run, error) ? g_steal_pointer(&self) : NULL;
}

void
_umk_umap_densities_free(UmkUmapDensities *self)
{
    if (self == NULL)
        return;
    _umk_umap_rows_free(self->rows);
    g_free(self->radii);
    g_free(self->standard);
    g_free(self->on_map);
    g_free(self->phi);
    _umk_free_aligned(self->vertices);
    g_free(self);
}

const double *
_umk_umap_densities_get_radii(const UmkUmapDensities *self)
{
    return self->radii;
}

/* ---- the map ------------------------------------------------------------------------
 */

typedef struct {
    UmkUmapDensities *self;
    const float *coords;
    gsize n_dims;
    const guint32 *places;
    UmkUmapCurve curve;
    UmkRun *run;
} Measure;

static void
measure_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Measure *m = data;
    const UmkUmapRows *rows = m->self->rows;
    gsize stride = UMK_UMAP_STRIDE(m->n_dims);

    if (!umk_run_check(m->run, NULL))
        return;
    for (gsize i = begin; i < end; i++) {
        const float *here = m->coords + m->places[i] * stride;
        double sum = 0.0, phi_sum = 0.0;

        for (gsize e = rows->offsets[i]; e < rows->offsets[i + 1]; e++) {
            const float *there = m->coords + m->places[rows->ids[e]] * stride;
            double squared = 0.0, phi;

            for (gsize c = 0; c < m->n_dims; c++) {
                double difference = (double) here[c] - (double) there[c];

                squared += difference * difference;
            }
            phi = 1.0 / (1.0 + m->curve.a * _umk_umap_pow(squared, m->curve.b));
            sum += phi * squared;
            phi_sum += phi;
        }
        m->self->on_map[i] = _umk_umap_log(TINY + (phi_sum > 0.0 ? sum / phi_sum : 0.0));
        m->self->phi[i] = 2.0 * phi_sum;
    }
}

static void
write_vertices(UmkUmapDensities *self,
               const guint32 *places,
               double mean,
               double variance,
               double covariance)
{
    for (gsize i = 0; i < self->rows->n; i++) {
        float *vertex = self->vertices + (gsize) places[i] * 4;

        vertex[0] = (float) (self->standard[i] -
                             covariance * (self->on_map[i] - mean) / variance);
        vertex[1] = (float) _umk_umap_exp(-self->on_map[i]);
        vertex[2] = self->phi[i] > 0.0 ? (float) (1.0 / self->phi[i]) : 0.0f;
    }
}

gboolean
_umk_umap_densities_update(UmkUmapDensities *self,
                           const float *coords,
                           gsize n_dims,
                           const guint32 *places,
                           UmkUmapCurve curve,
                           UmkUmapDensity *density,
                           UmkRun *run)
{
    Measure measure = {.self = self,
                       .coords = coords,
                       .n_dims = n_dims,
                       .places = places,
                       .curve = curve,
                       .run = run};
    gsize n = self->rows->n;
    double sum = 0.0, mean, squares = 0.0, products = 0.0, variance;

    _umk_parallel_for(n, CHUNK, measure_rows, &measure);
    if (!umk_run_check(run, NULL))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        sum += self->on_map[i];
    mean = sum / (double) n;
    for (gsize i = 0; i < n; i++) {
        squares += (self->on_map[i] - mean) * (self->on_map[i] - mean);
        products += self->on_map[i] * self->standard[i];
    }
    variance = squares / (double) n + SHIFT;
    write_vertices(self, places, mean, variance, products / (double) MAX(n - 1, 1));
    density->vertices = self->vertices;
    density->scale =
        (float) (2.0 * self->weight * self->total / ((double) n * sqrt(variance)));
    return TRUE;
}
