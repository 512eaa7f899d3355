/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Silhouette of labels on a map (Rousseeuw, "Silhouettes: a graphical aid to the
 * interpretation and validation of cluster analysis", 1987): (b - a) / max(a, b) with a
 * the mean distance to rows of the same label and b the least mean distance to another
 * label's, averaged over the labelled rows. A label's only row counts 0. */
#include "eval/umk-eval-map-private.h"

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

static double
distance(const float *a, const float *b, gsize n_dims)
{
    double sum = 0.0;

    for (gsize i = 0; i < n_dims; i++) {
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

gboolean
_umk_eval_silhouette(UmkMatrix *coords,
                     const gint32 *labels,
                     double *silhouette,
                     UmkRun *run,
                     GError **error)
{
    Work work = {.rows = umk_matrix_get_row(coords, 0, NULL),
                 .n = umk_matrix_get_n_rows(coords),
                 .n_dims = umk_matrix_get_n_cols(coords),
                 .labels = labels,
                 .run = run};
    g_autofree gsize *sizes = g_new0(gsize, MAX_LABELS);
    g_autofree double *values = g_new0(double, work.n + 1);
    gsize n_used = 0, n_labelled = 0;
    double sum = 0.0;

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
        n_labelled++;
    }
    *silhouette = (double) NAN;
    if (n_used < 2)
        return TRUE;
    work.sizes = sizes;
    work.values = values;
    _umk_parallel_for(work.n, 64, rate_rows, &work);
    for (gsize i = 0; i < work.n; i++)
        sum += values[i];
    *silhouette = sum / (double) n_labelled;
    return umk_run_check(run, error);
}
