/* SPDX-License-Identifier: GPL-3.0-or-later */
/* With M (n_texts, n_tokens) the sparse matrix of means, E0 the table and Z the targets,
 * E = E0 + D where D minimises |M D - (Z - M E0)|^2 + l |D|^2, that is
 *
 *   (M'M + l) D = M'(Z - M E0)
 *
 * by conjugate gradients (Hestenes and Stiefel 1952), each column by itself: a column's
 * sums have one order, so threads share out columns. */
#include "train/umk-distill-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define COLUMNS 4 /* of one chunk */

typedef struct {
    const UmkTokenTexts *texts;
    const float *targets;
    gsize n_dims;
    double penalty;
    guint n_steps;
    GCancellable *cancellable;
    float *table;
} Job;

void
_umk_distill_mean(
    const UmkTokenTexts *texts, gsize text, const float *table, gsize n_dims, double *out)
{
    gsize from = texts->offsets[text], to = texts->offsets[text + 1];

    memset(out, 0, n_dims * sizeof *out);
    for (gsize k = from; k < to; k++)
        for (gsize j = 0; j < n_dims; j++)
            out[j] += (double) table[texts->ids[k] * n_dims + j];
    for (gsize j = 0; to > from && j < n_dims; j++)
        out[j] /= (double) (to - from);
}

/* out (n_texts) = M x */
static void
apply(const UmkTokenTexts *texts, const double *x, double *out)
{
    for (gsize i = 0; i < texts->n_texts; i++) {
        gsize from = texts->offsets[i], to = texts->offsets[i + 1];
        double sum = 0.0;

        for (gsize k = from; k < to; k++)
            sum += x[texts->ids[k]];
        out[i] = to > from ? sum / (double) (to - from) : 0.0;
    }
}

/* out (n_tokens) = M' y */
static void
apply_turned(const UmkTokenTexts *texts, const double *y, double *out)
{
    memset(out, 0, texts->n_tokens * sizeof *out);
    for (gsize i = 0; i < texts->n_texts; i++) {
        gsize from = texts->offsets[i], to = texts->offsets[i + 1];
        double share = to > from ? y[i] / (double) (to - from) : 0.0;

        for (gsize k = from; k < to; k++)
            out[texts->ids[k]] += share;
    }
}

static double
dot(const double *a, const double *b, gsize n)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* One column of the table. Room: 4 n_tokens + n_texts. */
static void
refine_column(const Job *job, gsize column, double *room)
{
    const UmkTokenTexts *texts = job->texts;
    gsize n = texts->n_tokens, d = job->n_dims;
    double *x = room, *r = room + n, *p = room + 2 * n, *q = room + 3 * n;
    double *y = room + 4 * n, square, first;

    for (gsize t = 0; t < n; t++)
        x[t] = (double) job->table[t * d + column];
    apply(texts, x, y);
    for (gsize i = 0; i < texts->n_texts; i++)
        y[i] = (double) job->targets[i * d + column] - y[i];
    apply_turned(texts, y, r);
    memcpy(p, r, n * sizeof *p);
    memset(x, 0, n * sizeof *x);
    first = square = dot(r, r, n);
    for (guint step = 0; step < job->n_steps && square > 1e-12 * first; step++) {
        double along, before = square;

        if (g_cancellable_is_cancelled(job->cancellable))
            return;
        apply(texts, p, y);
        apply_turned(texts, y, q);
        for (gsize t = 0; t < n; t++)
            q[t] += job->penalty * p[t];
        along = square / dot(p, q, n);
        for (gsize t = 0; t < n; t++) {
            x[t] += along * p[t];
            r[t] -= along * q[t];
        }
        square = dot(r, r, n);
        for (gsize t = 0; t < n; t++)
            p[t] = r[t] + square / before * p[t];
    }
    for (gsize t = 0; t < n; t++)
        job->table[t * d + column] = (float) ((double) job->table[t * d + column] + x[t]);
}

static void
refine_columns(gsize begin, gsize end, guint worker, gpointer data)
{
    const Job *job = data;
    g_autofree double *room =
        g_new(double, 4 * job->texts->n_tokens + job->texts->n_texts);

    for (gsize j = begin; j < end; j++)
        refine_column(job, j, room);
}

/* Mean over used tokens of the diagonal of M'M. */
static double
mean_weight(const UmkTokenTexts *texts)
{
    g_autofree double *diagonal = g_new0(double, texts->n_tokens);
    g_autofree double *counts = g_new0(double, texts->n_tokens);
    double sum = 0.0;
    gsize n = 0;

    for (gsize i = 0; i < texts->n_texts; i++) {
        gsize from = texts->offsets[i], to = texts->offsets[i + 1];
        double share = to > from ? 1.0 / (double) (to - from) : 0.0;

        for (gsize k = from; k < to; k++)
            counts[texts->ids[k]] += share;
        for (gsize k = from; k < to; k++) {
            diagonal[texts->ids[k]] += counts[texts->ids[k]] * counts[texts->ids[k]];
            counts[texts->ids[k]] = 0.0;
        }
    }
    for (gsize t = 0; t < texts->n_tokens; t++) {
        sum += diagonal[t];
        n += diagonal[t] > 0.0;
    }
    return n > 0 ? sum / (double) n : 1.0;
}

gboolean
_umk_distill_refine(const UmkTokenTexts *texts,
                    const float *targets,
                    gsize n_dims,
                    double pull,
                    guint n_steps,
                    UmkRun *run,
                    float *table,
                    GError **error)
{
    Job job = {texts,   targets,
               n_dims,  pull * mean_weight(texts),
               n_steps, run ? run->cancellable : NULL,
               table};

    _umk_parallel_for(n_dims, COLUMNS, refine_columns, &job);
    return umk_run_check(run, error);
}
