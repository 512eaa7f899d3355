/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many neighbours a change of the vectors exchanges: the share of each row's k
 * nearest before that are among its k nearest after. */
#include <umekomi/umk-eval.h>

#include <umekomi/umk-error.h>

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "eval/umk-eval-map-private.h"
#include "stats/umk-intervals-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define LEVEL      0.95
#define REPLICATES 1000

static gboolean
check(UmkMatrix *before, UmkMatrix *after, guint k, GError **error)
{
    gsize n = umk_matrix_get_n_rows(before);

    if (umk_matrix_get_n_rows(after) != n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("There are %zu vectors before and %zu after"), n,
                    umk_matrix_get_n_rows(after));
        return FALSE;
    }
    if (k < 1 || n < 2 || k > n - 1 || n > G_MAXUINT32) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("Neighbourhoods of %u need more than %u items, there are %zu"), k,
                    k, n);
        return FALSE;
    }
    return umk_matrix_check_finite(before, error) &&
           umk_matrix_check_finite(after, error);
}

static double
mean_of(const float *shares, gsize n)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++)
        sum += (double) shares[i];
    return sum / (double) n;
}

static double
mean_jaccard(const float *shares, gsize n)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++)
        sum += (double) shares[i] / (2.0 - (double) shares[i]);
    return sum / (double) n;
}

typedef struct {
    const float *shares;
    gsize n;
    guint64 seed;
    double *out;
} Draws;

static void
draw_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Draws *draws = data;

    for (gsize r = begin; r < end; r++) {
        double sum = 0.0;
        UmkRng rng;

        _umk_rng_init(&rng, draws->seed, r + 1);
        for (gsize i = 0; i < draws->n; i++)
            sum += (double) draws->shares[_umk_rng_below(&rng, draws->n)];
        draws->out[r] = sum / (double) draws->n;
    }
}

/**
 * umk_eval_churn:
 * @before: shape (n × d), finite
 * @after: shape (n × e), finite: the same items
 * @metric: what is near
 * @k: size of the neighbourhoods, less than n
 * @n_sample: look at so many rows drawn at random; 0: all of them
 * @seed: of the sample and of the interval
 * @result: (out caller-allocates): the figures
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Compares neighbourhoods before and after a change: a debias, another model, fewer bits.
 * Neighbours are looked for among all rows.
 *
 * Returns: %FALSE with %UMK_ERROR_DIMENSION when the vectors are not of the same items,
 *   with %UMK_ERROR_PARAM when there are too few for k, with %UMK_ERROR_INVALID_DATA when
 *   numbers are not finite
 */
gboolean
umk_eval_churn(UmkMatrix *before,
               UmkMatrix *after,
               UmkMetric metric,
               guint k,
               gsize n_sample,
               guint64 seed,
               UmkChurn *result,
               GCancellable *cancellable,
               UmkProgressFunc progress,
               gpointer progress_data,
               GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autofree guint64 *rows = NULL;
    g_autofree guint32 *old = NULL, *new = NULL;
    g_autofree float *shares = NULL;
    g_autofree double *out = g_new(double, REPLICATES);
    Draws draws = {.seed = seed, .out = out};
    UmkRange range;
    gsize n;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(before != NULL && after != NULL && result != NULL, FALSE);
    if (!check(before, after, k, error))
        return FALSE;
    n = umk_matrix_get_n_rows(before);
    n_sample = n_sample == 0 ? n : MIN(n, n_sample);
    rows = _umk_eval_sample(n, n_sample, seed);
    old = _umk_eval_neighbours(before, metric, rows, n_sample, k, &run, error);
    if (old == NULL)
        return FALSE;
    new = _umk_eval_neighbours(after, metric, rows, n_sample, k, &run, error);
    if (new == NULL)
        return FALSE;
    shares = g_new(float, n_sample + 1);
    _umk_eval_overlap(old, new, n_sample, k, shares);
    *result = (UmkChurn){.n_rows = n,
                         .n_sample = n_sample,
                         .k = k,
                         .kept = mean_of(shares, n_sample),
                         .jaccard = mean_jaccard(shares, n_sample)};
    draws.shares = shares;
    draws.n = n_sample;
    _umk_parallel_for(REPLICATES, 16, draw_rows, &draws);
    range = _umk_interval_of_draws(out, REPLICATES, LEVEL);
    result->low = range.low;
    result->high = range.high;
    return TRUE;
}
