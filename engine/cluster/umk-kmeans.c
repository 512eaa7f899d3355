/* SPDX-License-Identifier: GPL-3.0-or-later */
/* k-means as a way of clustering: options, restarts, and what is told of the result. */
#include "cluster/umk-cluster-ops-private.h"
#include "cluster/umk-kmeans-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define SAMPLE 256 /* rows a centre that the start is chosen from */

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

gboolean
_umk_kmeans_init(UmkKmeans *self,
                 const float *rows,
                 gsize n,
                 gsize d,
                 gsize k,
                 UmkRun *run,
                 GError **error)
{
    g_autofree double *sums = g_new0(double, d + 1), *squares = g_new0(double, d + 1);

    *self = (UmkKmeans){.rows = rows,
                        .n = n,
                        .d = d,
                        .k = k,
                        .run = run,
                        .mean = g_new0(float, d + 1),
                        .max_iterations = 300};
    for (gsize row = 0; row < n; row++) {
        if (row % UMK_KMEANS_CHUNK == 0 && !umk_run_check(run, error))
            return FALSE;
        for (gsize j = 0; j < d; j++)
            sums[j] += (double) rows[row * d + j];
    }
    for (gsize j = 0; j < d; j++)
        self->mean[j] = (float) (sums[j] / (double) n);
    for (gsize row = 0; row < n; row++) {
        if (row % UMK_KMEANS_CHUNK == 0 && !umk_run_check(run, error))
            return FALSE;
        for (gsize j = 0; j < d; j++) {
            double difference = (double) rows[row * d + j] - sums[j] / (double) n;

            squares[j] += difference * difference;
        }
    }
    for (gsize j = 0; j < d; j++)
        self->variance += squares[j] / (double) n / (double) d;
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
