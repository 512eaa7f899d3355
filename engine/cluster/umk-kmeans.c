/* SPDX-License-Identifier: GPL-3.0-or-later */
/* k-means as a way of clustering: options, restarts, and what is told of the result. */
#include "cluster/umk-cluster-ops-private.h"
#include "cluster/umk-kmeans-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define SAMPLE      256  /* rows a centre that the start is chosen from */
#define MOMENT_ROWS 4096 /* rows whose sums are one task's */

static const UmkParamSpec specs[] = {
    {.name = "clusters",
     .type = UMK_PARAM_INT,
     .title = N_("Clusters"),
     .help = N_("How many clusters"),
     .min = 1,
     .max = 65536,
     .def = 8},
    UMK_CLUSTER_PARAM_METRIC,
    {.name = "starts",
     .type = UMK_PARAM_INT,
     .title = N_("Starts"),
     .help = N_("Begin so many times and keep the tightest clusters"),
     .min = 1,
     .max = 1000,
     .def = 1},
    {.name = "iterations",
     .type = UMK_PARAM_INT,
     .title = N_("Iterations"),
     .help = N_("Stop after so many steps at the latest"),
     .min = 1,
     .max = 100000,
     .def = 300},
    {.name = "tolerance",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Tolerance"),
     .help = N_("Stop when all centers together move less, in units of the variance"),
     .min = 0,
     .max = 1,
     .def = 1e-4},
    {.name = "batch",
     .type = UMK_PARAM_INT,
     .title = N_("Batch"),
     .help = N_("Rows of a mini-batch; 0 uses all rows in every step"),
     .min = 0,
     .max = 1e6,
     .def = 0},
};

typedef struct {
    const UmkKmeans *problem;
    const double *mean; /* (d); NULL: sums are made, else squares around it */
    double *sums;       /* (n_chunks, d) */
} Moments;

static void
sum_moments(gsize begin, gsize end, guint worker, gpointer data)
{
    const Moments *self = data;
    gsize d = self->problem->d;
    double *sums = self->sums + begin / MOMENT_ROWS * d;

    if (!umk_run_check(self->problem->run, NULL))
        return;
    for (gsize row = begin; row < end; row++) {
        const float *values = self->problem->rows + row * d;

        if (self->mean == NULL) {
            for (gsize j = 0; j < d; j++)
                sums[j] += (double) values[j];
            continue;
        }
        for (gsize j = 0; j < d; j++) {
            double difference = (double) values[j] - self->mean[j];

            sums[j] += difference * difference;
        }
    }
}

/* (d), each divided by the number of rows; NULL: cancelled, or no memory */
static double *
find_moments(const UmkKmeans *problem, const double *mean, GError **error)
{
    gsize n_chunks = (problem->n + MOMENT_ROWS - 1) / MOMENT_ROWS, d = problem->d;
    g_autofree double *sums =
        _umk_alloc(n_chunks + 1, (d + 1) * sizeof *sums, _("k-means"), error);
    double *total;
    Moments work = {problem, mean, sums};

    if (sums == NULL)
        return NULL;
    memset(sums, 0, n_chunks * d * sizeof *sums);
    _umk_parallel_for(problem->n, MOMENT_ROWS, sum_moments, &work);
    if (!umk_run_check(problem->run, error))
        return NULL;
    total = g_new0(double, d + 1);
    for (gsize chunk = 0; chunk < n_chunks; chunk++)
        for (gsize j = 0; j < d; j++)
            total[j] += sums[chunk * d + j];
    for (gsize j = 0; j < d; j++)
        total[j] /= (double) problem->n;
    return total;
}

gboolean
_umk_kmeans_init(UmkKmeans *self,
                 const float *rows,
                 gsize n,
                 gsize d,
                 gsize k,
                 UmkRun *run,
                 GError **error)
{
    g_autofree double *mean = NULL, *squares = NULL;

    *self = (UmkKmeans){.rows = rows,
                        .n = n,
                        .d = d,
                        .k = k,
                        .run = run,
                        .mean = g_new0(float, d + 1),
                        .max_iterations = 300};
    mean = find_moments(self, NULL, error);
    squares = mean != NULL ? find_moments(self, mean, error) : NULL;
    if (squares == NULL)
        return FALSE;
    for (gsize j = 0; j < d; j++) {
        self->mean[j] = (float) mean[j];
        self->variance += squares[j] / (double) d;
    }
    return TRUE;
}

void
_umk_kmeans_clear(UmkKmeans *self)
{
    g_clear_pointer(&self->mean, g_free);
}

void
_umk_kmeans_fit_clear(UmkKmeansFit *fit)
{
    g_clear_pointer(&fit->centers, g_free);
    g_clear_pointer(&fit->labels, g_free);
}

/* Enough rows to begin with, ascending; NULL: all of them. */
guint32 *
_umk_kmeans_draw(const UmkKmeans *problem, UmkRng *rng, gsize *n_sample)
{
    gsize wanted = SAMPLE * problem->k, n = problem->n;
    guint32 *sample;

    *n_sample = 0;
    if (wanted >= n)
        return NULL;
    sample = g_new(guint32, wanted);
    for (gsize row = 0; row < n && *n_sample < wanted; row++)
        if (_umk_rng_below(rng, n - row) < wanted - *n_sample) /* Knuth's algorithm S */
            sample[(*n_sample)++] = (guint32) row;
    return sample;
}

static gboolean
fit_once(const UmkKmeans *problem,
         gsize batch,
         guint64 seed,
         guint64 start,
         UmkKmeansFit *fit,
         GError **error)
{
    g_autofree guint32 *sample = NULL;
    gsize n_sample;
    UmkRng rng;

    _umk_rng_init(&rng, seed, start);
    sample = _umk_kmeans_draw(problem, &rng, &n_sample);
    if (!_umk_kmeans_choose(problem, sample, n_sample, &rng, fit, error))
        return FALSE;
    if (sample != NULL &&
        fit->k < problem->k) { /* the sample holds too few different rows */
        _umk_kmeans_fit_clear(fit);
        if (!_umk_kmeans_choose(problem, NULL, 0, &rng, fit, error))
            return FALSE;
    }
    return batch > 0 ? _umk_kmeans_batches(problem, batch, &rng, fit, error)
                     : _umk_kmeans_lloyd(problem, fit, error);
}

static gboolean
kmeans_fit(const UmkClusterInput *input,
           gint32 *labels,
           float *probabilities,
           JsonBuilder *facts,
           UmkRun *run,
           GError **error)
{
    gsize k = (gsize) umk_params_get_int(input->params, "clusters");
    gsize batch = (gsize) umk_params_get_int(input->params, "batch");
    guint n_starts = (guint) umk_params_get_int(input->params, "starts");
    g_auto(UmkKmeansFit) best = {0};
    g_auto(UmkKmeans) problem = {0};

    if (k > input->n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("%zu clusters cannot be made of %zu items"), k, input->n);
        return FALSE;
    }
    if (!_umk_kmeans_init(&problem, input->rows, input->n, input->d, k, run, error))
        return FALSE;
    problem.max_iterations = (guint) umk_params_get_int(input->params, "iterations");
    problem.tolerance = umk_params_get_double(input->params, "tolerance");
    for (guint start = 0; start < n_starts; start++) {
        g_auto(UmkKmeansFit) fit = {0};
        g_auto(UmkRun) stage = {0};

        _umk_run_init_stage(&stage, run, (double) start / n_starts,
                            (double) (start + 1) / n_starts);
        problem.run = &stage;
        if (!fit_once(&problem, batch, input->seed, start, &fit, error))
            return FALSE;
        if (best.labels == NULL || fit.inertia < best.inertia) {
            UmkKmeansFit worse = best;

            best = fit;
            fit = worse;
        }
    }
    memcpy(labels, best.labels, input->n * sizeof *labels);
    _umk_cluster_add_fact(facts, "inertia", best.inertia);
    _umk_cluster_add_fact(facts, "iterations", best.n_iterations);
    json_builder_set_member_name(facts, "converged");
    json_builder_add_boolean_value(facts, best.converged);
    return TRUE;
}

const UmkClusterOps _umk_cluster_kmeans = {
    .id = "kmeans",
    .title = N_("k-means"),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .fit = kmeans_fit,
};
