/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds and reads meters. Every sum is in double and in one order, so a distance is the
 * same on any machine and any number of threads. */
#include "space/umk-meter-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-pca-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_QUANTILES  101
#define MIN_CONCEPTS 32
#define MIN_HELD_OUT 16
#define CHUNK        8
/* Directions with less spread than this share of the mean are not blown up further. */
#define FLOOR 0.125

/* out (n_axes) = the whitened row at length 1; FALSE where nothing is left of it. */
static gboolean
whiten(const UmkMeter *self, const float *row, double *centred, double *out)
{
    gsize d = self->n_dims;
    double square = 0.0;

    for (gsize j = 0; j < d; j++)
        centred[j] = (double) row[j] - (double) self->mean[j];
    for (gsize i = 0; i < self->n_axes; i++) {
        const float *direction = self->whitening + i * d;
        double sum = 0.0;

        for (gsize j = 0; j < d; j++)
            sum += (double) direction[j] * centred[j];
        out[i] = sum;
        square += sum * sum;
    }
    if (!(square > 1e-20))
        return FALSE;
    square = 1.0 / sqrt(square);
    for (gsize i = 0; i < self->n_axes; i++)
        out[i] *= square;
    return TRUE;
}

/* ---- measuring --------------------------------------------------------------------- */

typedef struct {
    const UmkMeter *self;
    UmkMatrix *vectors;
    GCancellable *cancellable;
    double *distances;
} Job;

/* Keeps the n_nearest smallest, in order. */
static void
keep_nearest(double *nearest, guint n_nearest, double distance)
{
    guint at = n_nearest;

    if (distance >= nearest[n_nearest - 1])
        return;
    while (at > 1 && nearest[at - 2] > distance) {
        nearest[at - 1] = nearest[at - 2];
        at--;
    }
    nearest[at - 1] = distance;
}

/* No length at all is farther than any other. */
static void
measure_norms(UmkMatrix *norms, double *distances)
{
    for (gsize row = 0; row < umk_matrix_get_n_rows(norms); row++) {
        double norm = (double) umk_matrix_get_row(norms, row, NULL)[0];

        distances[row] = norm > 1e-30 ? 1.0 / norm : 1e30;
    }
}

static void
measure_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Job *job = data;
    const UmkMeter *self = job->self;
    gsize d = self->n_dims, n_axes = self->n_axes;
    guint n_nearest = MIN(self->n_nearest, self->n_concepts);
    g_autofree double *numbers = g_new(double, d + n_axes + n_nearest);
    double *unit = numbers + d, *nearest = unit + n_axes;

    for (gsize row = begin; row < end; row++) {
        const float *vector = umk_matrix_get_row(job->vectors, row, NULL);
        double sum = 0.0;

        job->distances[row] = 1.0;
        if (!whiten(self, vector, numbers, unit))
            continue;
        for (guint i = 0; i < n_nearest; i++)
            nearest[i] = 2.0;
        for (gsize c = 0; c < self->n_concepts; c++) {
            const gint8 *code = self->concepts + c * n_axes;
            double dot = 0.0;

            if (c % 4096 == 0 && g_cancellable_is_cancelled(job->cancellable))
                return;
            for (gsize j = 0; j < n_axes; j++)
                dot += unit[j] * (double) code[j];
            keep_nearest(nearest, n_nearest, 1.0 - dot * (double) self->scales[c]);
        }
        for (guint i = 0; i < n_nearest; i++)
            sum += nearest[i];
        job->distances[row] = sum / (double) n_nearest;
    }
}

gboolean
_umk_meter_measure(const UmkMeter *self,
                   UmkMatrix *vectors,
                   UmkRun *run,
                   double *distances,
                   GError **error)
{
    Job job = {self, vectors, run ? run->cancellable : NULL, distances};

    if (umk_matrix_get_n_cols(vectors) != self->n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The meter is for vectors of %u numbers; these have %zu"),
                    self->n_dims, umk_matrix_get_n_cols(vectors));
        return FALSE;
    }
    if (self->n_concepts == 0)
        measure_norms(vectors, distances);
    else
        _umk_parallel_for(umk_matrix_get_n_rows(vectors), CHUNK, measure_rows, &job);
    return umk_run_check(run, error);
}

double
_umk_meter_score(const UmkMeter *self, double distance)
{
    const float *q = self->quantiles;
    guint32 n = self->n_quantiles, low = 0, high = n - 1;
    double width;

    if (!(distance > (double) q[0]))
        return 0.0;
    if (distance >= (double) q[n - 1])
        return 1.0;
    while (high - low > 1) {
        guint32 middle = (low + high) / 2;

        if ((double) q[middle] <= distance)
            low = middle;
        else
            high = middle;
    }
    width = (double) q[high] - (double) q[low];
    return ((double) low + (width > 0.0 ? (distance - (double) q[low]) / width : 0.0)) /
           (double) (n - 1);
}

/* ---- building ---------------------------------------------------------------------- */

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

/* Linear interpolation between order statistics, as NumPy's default has it. */
static double
get_quantile(const double *sorted, gsize n, double share)
{
    double at = share * (double) (n - 1);
    gsize low = (gsize) at;

    if (low + 1 >= n)
        return sorted[n - 1];
    return sorted[low] + (at - (double) low) * (sorted[low + 1] - sorted[low]);
}

static gboolean
set_whitening(UmkMeter *self, UmkMatrix *concepts, UmkRun *run, GError **error)
{
    gsize d = self->n_dims;
    g_autoptr(UmkPca) pca =
        _umk_pca_fit(umk_matrix_get_row(concepts, 0, NULL), d,
                     umk_matrix_get_n_rows(concepts), d, d, FALSE, run, error);

    if (pca == NULL)
        return FALSE;
    if (!(pca->total > 0.0)) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("The concepts all have the same vector"));
        return FALSE;
    }
    for (gsize j = 0; j < d; j++)
        self->mean[j] = (float) pca->mean[j];
    for (gsize i = 0; i < self->n_axes; i++) {
        double factor = 1.0 / sqrt(pca->variance[i] + FLOOR * pca->total / (double) d);

        for (gsize j = 0; j < d; j++)
            self->whitening[i * d + j] = (float) (factor * pca->basis[i * d + j]);
    }
    return TRUE;
}

/* An unknown direction gets codes of zero, which are at distance 1 of everything. */
static void
set_concept(UmkMeter *self, gsize row, const double *unit)
{
    gint8 *code = self->concepts + row * self->n_axes;
    double most = 0.0;

    for (gsize j = 0; j < self->n_axes; j++)
        most = MAX(most, fabs(unit[j]));
    self->scales[row] = (float) (most / 127.0);
    for (gsize j = 0; j < self->n_axes; j++)
        code[j] = (gint8) lrint(unit[j] / most * 127.0);
}

static gboolean
set_quantiles(UmkMeter *self,
              UmkMatrix *held_out,
              double edge_share,
              double outside_share,
              UmkRun *run,
              GError **error)
{
    gsize n = umk_matrix_get_n_rows(held_out);
    g_autofree double *distances = g_new(double, n);

    if (!_umk_meter_measure(self, held_out, run, distances, error))
        return FALSE;
    qsort(distances, n, sizeof *distances, compare_doubles);
    for (guint32 i = 0; i < self->n_quantiles; i++)
        self->quantiles[i] = (float) get_quantile(
            distances, n, (double) i / (double) (self->n_quantiles - 1));
    self->edge = (float) get_quantile(distances, n, 1.0 - edge_share);
    self->outside = (float) get_quantile(distances, n, 1.0 - outside_share);
    return TRUE;
}

static gboolean
check(UmkMatrix *concepts, UmkMatrix *held_out, GError **error)
{
    gsize n = umk_matrix_get_n_rows(concepts), d = umk_matrix_get_n_cols(concepts);

    if (n < MIN_CONCEPTS || n > UMK_METER_MAX_CONCEPTS ||
        umk_matrix_get_n_rows(held_out) < MIN_HELD_OUT) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
            _("A meter takes %d to %u concepts and at least %d held out; there are "
              "%zu and %zu"),
            MIN_CONCEPTS, UMK_METER_MAX_CONCEPTS, MIN_HELD_OUT, n,
            umk_matrix_get_n_rows(held_out));
        return FALSE;
    }
    if (d == 0 || d > UMK_METER_MAX_DIMS || umk_matrix_get_n_cols(held_out) != d) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("Vectors of %zu and %zu numbers make no meter"), d,
                    umk_matrix_get_n_cols(held_out));
        return FALSE;
    }
    return umk_matrix_check_finite(concepts, error) &&
           umk_matrix_check_finite(held_out, error);
}

UmkMeter *
_umk_meter_build(UmkMatrix *concepts,
                 UmkMatrix *held_out,
                 guint n_nearest,
                 guint n_axes,
                 double edge_share,
                 double outside_share,
                 UmkRun *run,
                 GError **error)
{
    g_autoptr(UmkMeter) self = g_new0(UmkMeter, 1);
    g_autofree double *numbers = NULL;
    gsize n, d;

    if (!check(concepts, held_out, error))
        return NULL;
    n = umk_matrix_get_n_rows(concepts);
    d = umk_matrix_get_n_cols(concepts);
    self->n_dims = (guint32) d;
    self->n_axes = MIN(n_axes, self->n_dims);
    self->n_concepts = (guint32) n;
    self->n_nearest = n_nearest;
    self->n_quantiles = N_QUANTILES;
    self->quantiles = g_new0(float, N_QUANTILES);
    self->mean = g_new0(float, d);
    self->scales = g_new0(float, n);
    if (!(self->whitening =
              _umk_alloc(self->n_axes, d * sizeof(float), _("A meter"), error)) ||
        !(self->concepts = _umk_alloc(n, self->n_axes, _("A meter"), error)) ||
        !set_whitening(self, concepts, run, error))
        return NULL;
    numbers = g_new(double, 2 * d);
    for (gsize i = 0; i < n; i++) {
        if (i % 256 == 0 && !umk_run_check(run, error))
            return NULL;
        if (whiten(self, umk_matrix_get_row(concepts, i, NULL), numbers, numbers + d))
            set_concept(self, i, numbers + d);
    }
    return set_quantiles(self, held_out, edge_share, outside_share, run, error)
               ? g_steal_pointer(&self)
               : NULL;
}

UmkMeter *
_umk_meter_build_norm(UmkMatrix *held_out,
                      double edge_share,
                      double outside_share,
                      UmkRun *run,
                      GError **error)
{
    g_autoptr(UmkMeter) self = g_new0(UmkMeter, 1);

    if (umk_matrix_get_n_rows(held_out) < MIN_HELD_OUT) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("A meter by norm takes at least %d items held out; there are %zu"),
                    MIN_HELD_OUT, umk_matrix_get_n_rows(held_out));
        return NULL;
    }
    if (!umk_matrix_check_finite(held_out, error))
        return NULL;
    self->n_dims = self->n_nearest = 1;
    self->n_quantiles = N_QUANTILES;
    self->quantiles = g_new0(float, N_QUANTILES);
    return set_quantiles(self, held_out, edge_share, outside_share, run, error)
               ? g_steal_pointer(&self)
               : NULL;
}
