/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Silhouette of labels on a map (Rousseeuw, "Silhouettes: a graphical aid to the
 * interpretation and validation of cluster analysis", 1987): (b - a) / max(a, b) with a
 * the mean distance to rows of the same label and b the least mean distance to another
 * label's, averaged over the labelled rows. A label's only row counts 0. */
#include "eval/umk-eval-map-private.h"

#include <umekomi/umk-eval.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_LABELS 65536

typedef struct {
    const float *rows; /* (n, n_dims) */
    gsize n, n_dims;
    const gint32 *labels;
    const gsize *sizes; /* (n_labels) */
    gsize n_labels;
    double *values; /* (n) */
    UmkRun *run;
} Work;

/* Eight sums side by side in an order of their own, which is the same everywhere. */
static double
distance(const float *a, const float *b, gsize n_dims)
{
    double sums[8] = {0.0}, sum = 0.0;
    gsize i = 0;

    for (; i + 8 <= n_dims; i += 8)
        for (gsize j = 0; j < 8; j++) {
            double d = (double) a[i + j] - (double) b[i + j];

            sums[j] += d * d;
        }
    for (gsize j = 0; j < 8; j++)
        sum += sums[j];
    for (; i < n_dims; i++) {
        double d = (double) a[i] - (double) b[i];

        sum += d * d;
    }
    return sqrt(sum);
}

static double
silhouette_of(const Work *work, gsize row, double *sums)
{
    gint32 own = work->labels[row];
    double a, b = INFINITY;

    if (work->sizes[own] < 2)
        return 0.0;
    memset(sums, 0, work->n_labels * sizeof *sums);
    for (gsize i = 0; i < work->n; i++)
        if (work->labels[i] >= 0)
            sums[work->labels[i]] +=
                distance(work->rows + row * work->n_dims, work->rows + i * work->n_dims,
                         work->n_dims);
    a = sums[own] / (double) (work->sizes[own] - 1);
    for (gsize label = 0; label < work->n_labels; label++)
        if ((gint32) label != own && work->sizes[label] > 0)
            b = MIN(b, sums[label] / (double) work->sizes[label]);
    return MAX(a, b) > 0.0 ? (b - a) / MAX(a, b) : 0.0;
}

static void
rate_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    g_autofree double *sums = g_new(double, work->n_labels);

    if (!umk_run_check(work->run, NULL))
        return;
    for (gsize row = begin; row < end; row++)
        if (work->labels[row] >= 0)
            work->values[row] = silhouette_of(work, row, sums);
}

/* values: (n), 0 where a row has no label. n_labelled 0: fewer than two labels occur. */
static gboolean
rate(UmkMatrix *coords,
     const gint32 *labels,
     double *values,
     gsize *n_labelled,
     UmkRun *run,
     GError **error)
{
    Work work = {.rows = umk_matrix_get_row(coords, 0, NULL),
                 .n = umk_matrix_get_n_rows(coords),
                 .n_dims = umk_matrix_get_n_cols(coords),
                 .labels = labels,
                 .values = values,
                 .run = run};
    g_autofree gsize *sizes = g_new0(gsize, MAX_LABELS);
    gsize n_used = 0;

    *n_labelled = 0;
    for (gsize i = 0; i < work.n; i++) {
        if (labels[i] < 0)
            continue;
        if (labels[i] >= MAX_LABELS) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                        _("There are more than %d labels"), MAX_LABELS);
            return FALSE;
        }
        work.n_labels = MAX(work.n_labels, (gsize) labels[i] + 1);
        n_used += sizes[labels[i]]++ == 0;
        (*n_labelled)++;
    }
    if (n_used < 2) {
        *n_labelled = 0;
        return TRUE;
    }
    work.sizes = sizes;
    _umk_parallel_for(work.n, 64, rate_rows, &work);
    return umk_run_check(run, error);
}

gboolean
_umk_eval_silhouette(UmkMatrix *coords,
                     const gint32 *labels,
                     double *silhouette,
                     UmkRun *run,
                     GError **error)
{
    gsize n = umk_matrix_get_n_rows(coords), n_labelled;
    g_autofree double *values = g_new0(double, n + 1);
    double sum = 0.0;

    *silhouette = (double) NAN;
    if (!rate(coords, labels, values, &n_labelled, run, error))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        sum += values[i];
    if (n_labelled > 0)
        *silhouette = sum / (double) n_labelled;
    return TRUE;
}

/* Rows with a label, ascending; at most so many of them, drawn evenly by the seed. */
static guint64 *
choose_rows(const gint32 *labels, gsize n, gsize n_most, guint64 seed, gsize *n_chosen)
{
    guint64 *rows = g_new(guint64, n + 1);
    gsize k = 0;

    for (gsize i = 0; i < n; i++)
        if (labels[i] >= 0)
            rows[k++] = i;
    *n_chosen = n_most > 0 ? MIN(k, n_most) : k;
    if (*n_chosen < k) {
        g_autofree guint64 *drawn = _umk_eval_sample(k, *n_chosen, seed);

        for (gsize i = 0; i < *n_chosen; i++)
            rows[i] = rows[drawn[i]];
    }
    return rows;
}

/**
 * umk_eval_silhouettes:
 * @vectors: one row an item, finite
 * @labels: one native gint32 a row, -1 for an item of no group
 * @metric: %UMK_METRIC_EUCLIDEAN, or %UMK_METRIC_COSINE for distances between directions
 * @n_most: rows that are looked at, at most; 0 for all of them
 * @seed: of the rows that are drawn where there are more
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * How well each row sits in its group (Rousseeuw 1987): near 1 far nearer to its own than
 * to any other, 0 on the border of two, below 0 nearer to another. The time grows with
 * the square of the rows that are looked at. The figures do not depend on the number of
 * threads.
 *
 * Returns: (transfer full): one figure a row, (n_rows, 1); NaN for a row without a group,
 *   for one that was not looked at, and for all where there are fewer than two groups
 */
UmkMatrix *
umk_eval_silhouettes(UmkMatrix *vectors,
                     GBytes *labels,
                     UmkMetric metric,
                     gsize n_most,
                     guint64 seed,
                     GCancellable *cancellable,
                     UmkProgressFunc progress,
                     gpointer progress_data,
                     GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autoptr(UmkMatrix) chosen = NULL;
    g_autofree guint64 *rows = NULL;
    g_autofree gint32 *of = NULL;
    g_autofree double *values = NULL;
    g_autofree float *figures = NULL;
    gsize n, n_chosen, n_labelled;

    g_return_val_if_fail(vectors != NULL && labels != NULL, NULL);
    _umk_run_init(&run, cancellable, progress, progress_data);
    n = umk_matrix_get_n_rows(vectors);
    if (g_bytes_get_size(labels) != n * sizeof(gint32)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("There are %zu labels for %zu vectors"),
                    g_bytes_get_size(labels) / sizeof(gint32), n);
        return NULL;
    }
    rows = choose_rows(g_bytes_get_data(labels, NULL), n, n_most, seed, &n_chosen);
    of = g_new(gint32, n_chosen + 1);
    values = g_new0(double, n_chosen + 1);
    figures = g_new(float, n + 1);
    for (gsize i = 0; i < n_chosen; i++)
        of[i] = ((const gint32 *) g_bytes_get_data(labels, NULL))[rows[i]];
    for (gsize i = 0; i < n; i++)
        figures[i] = (float) NAN;
    if (n_chosen > 0) {
        chosen =
            _umk_eval_pick(vectors, rows, n_chosen, metric == UMK_METRIC_COSINE, error);
        if (chosen == NULL || !rate(chosen, of, values, &n_labelled, &run, error))
            return NULL;
        for (gsize i = 0; n_labelled > 0 && i < n_chosen; i++)
            figures[rows[i]] = (float) values[i];
    }
    return umk_matrix_new_from_data(n, 1, figures, error);
}
