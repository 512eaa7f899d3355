/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mini-batch k-means (Sculley, "Web-scale k-means clustering", 2010): each step draws a
 * batch, finds the nearest centre of every row and moves that centre towards the row by
 * one over the number of rows it has seen. It ends when the smoothed inertia of the
 * batches has not fallen for ten steps; one pass of Lloyd's assignment labels all rows.
 */
#include "cluster/umk-kmeans-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-gemm-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define TASK_ROWS 64
#define PATIENCE  10
#define EPOCHS    100

typedef struct {
    const UmkKmeans *problem;
    UmkKmeansFit *fit;
    gsize size;      /* rows of a batch */
    float *batch;    /* (size, d), minus the mean */
    float *scores;   /* (size, k) */
    float *squares;  /* (size) */
    guint32 *labels; /* (size) */
    float *packed;
    float *half;   /* (k) */
    gsize *counts; /* (k) rows seen */
} Batches;

static void
draw_batch(Batches *self, UmkRng *rng)
{
    gsize d = self->problem->d;

    for (gsize i = 0; i < self->size; i++) {
        gsize row = _umk_rng_below(rng, self->problem->n);
        const float *values = self->problem->rows + row * d;
        float square = 0.0f;

        for (gsize j = 0; j < d; j++) {
            float value = values[j] - self->problem->mean[j];

            self->batch[i * d + j] = value;
            square += value * value;
        }
        self->squares[i] = square;
    }
}

static void
pack(Batches *self)
{
    gsize d = self->problem->d, k = self->fit->k, n = _umk_gemm_pack_size(k, d);

    for (gsize c = 0; c < k; c++) {
        const float *center = self->fit->centers + c * d;
        double square = 0.0;

        for (gsize j = 0; j < d; j++)
            square += (double) center[j] * (double) center[j];
        self->half[c] = (float) (square / 2.0);
    }
    _umk_gemm_pack_rows(self->fit->centers, d, k, d, self->packed);
    for (gsize i = 0; i < n; i++)
        self->packed[i] = -self->packed[i];
}

static void
assign_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Batches *self = data;
    gsize d = self->problem->d, k = self->fit->k;

    if (!umk_run_check(self->problem->run, NULL))
        return;
    _umk_gemm_raw(self->batch + begin * d, d, end - begin, self->packed, k, d, self->half,
                  self->scores + begin * k, k);
    for (gsize i = begin; i < end; i++) {
        const float *scores = self->scores + i * k;
        guint32 best = 0;

        for (gsize c = 1; c < k; c++)
            if (scores[c] < scores[best])
                best = (guint32) c;
        self->labels[i] = best;
    }
}

/* Mean squared distance of the batch to the centres as they were. */
static double
step(Batches *self, UmkRng *rng)
{
    gsize d = self->problem->d, k = self->fit->k;
    double inertia = 0.0;

    draw_batch(self, rng);
    pack(self);
    _umk_parallel_for(self->size, TASK_ROWS, assign_rows, self);
    for (gsize i = 0; i < self->size; i++) {
        guint32 label = self->labels[i];
        float *center = self->fit->centers + label * d;
        float rate = 1.0f / (float) ++self->counts[label];

        inertia += fmax(0.0, (double) self->squares[i] +
                                 2.0 * (double) self->scores[i * k + label]);
        for (gsize j = 0; j < d; j++)
            center[j] += rate * (self->batch[i * d + j] - center[j]);
    }
    return inertia / (double) self->size;
}

static void
batches_clear(Batches *self)
{
    _umk_free_aligned(self->batch);
    _umk_free_aligned(self->scores);
    _umk_free_aligned(self->packed);
    g_free(self->squares);
    g_free(self->labels);
    g_free(self->half);
    g_free(self->counts);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Batches, batches_clear)

static gboolean
batches_alloc(Batches *self, GError **error)
{
    const char *what = _("A batch");
    gsize d = MAX(self->problem->d, 1), k = self->fit->k;

    self->batch = _umk_alloc_aligned(self->size, d * sizeof(float), what, error);
    if (self->batch == NULL)
        return FALSE;
    self->scores = _umk_alloc_aligned(self->size, k * sizeof(float), what, error);
    if (self->scores == NULL)
        return FALSE;
    self->packed =
        _umk_alloc_aligned(_umk_gemm_pack_size(k, d), sizeof(float), what, error);
    if (self->packed == NULL)
        return FALSE;
    self->squares = g_new(float, self->size);
    self->labels = g_new(guint32, self->size);
    self->half = g_new0(float, k);
    self->counts = g_new0(gsize, k);
    return TRUE;
}

static gboolean
descend(Batches *self, UmkRng *rng, GError **error)
{
    gsize n = self->problem->n, n_steps = EPOCHS * (n / self->size + 1);
    double smooth = INFINITY, best = INFINITY;
    double weight = fmin(1.0, 2.0 * (double) self->size / ((double) n + 1.0));
    guint idle = 0;

    for (gsize i = 0; i < n_steps && idle < PATIENCE; i++) {
        double inertia = step(self, rng);

        if (!umk_run_check(self->problem->run, error))
            return FALSE;
        umk_run_report(self->problem->run, _("Moving centers"),
                       (double) i / (double) n_steps);
        if (i == 0) /* before any centre has moved */
            continue;
        smooth = isfinite(smooth) ? smooth + weight * (inertia - smooth) : inertia;
        idle = smooth < best ? 0 : idle + 1;
        best = fmin(best, smooth);
    }
    return TRUE;
}

gboolean
_umk_kmeans_batches(
    const UmkKmeans *problem, gsize batch, UmkRng *rng, UmkKmeansFit *fit, GError **error)
{
    g_auto(Batches)
        self = {.problem = problem, .fit = fit, .size = MIN(batch, problem->n)};
    UmkKmeans last = *problem;

    if (!batches_alloc(&self, error) || !descend(&self, rng, error))
        return FALSE;
    /* "Any step is small enough" leaves Lloyd one step and its assignment. */
    last.tolerance = INFINITY;
    last.variance = 1.0;
    return _umk_kmeans_lloyd(&last, fit, error);
}
