/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Symmetric InfoNCE (van den Oord et al. 2018, eq. 4; in both directions as Radford et
 * al. 2021) with as many positives as there are: the target distribution of row i is even
 * over the columns that are true of it (Khosla et al. 2020, eq. 2). With logits L = s /
 * temperature, R and C the softmax of L by rows and by columns, and P, Q the even
 * distributions over the positives of a row and of a column,
 *
 *   loss = -1/2n (sum P log R + sum Q log C)
 *   dloss/dL = 1/2n (R - P + C - Q)
 *
 * s is the cosine, the dot product, or -1/2 of the squared distance. */
#include "train/umk-contrast-private.h"

#include "core/umk-pool-private.h"
#include "linalg/umk-kernels-private.h"
#include "train/umk-product-private.h"

#include <gio/gio.h>

#include <math.h>
#include <string.h>

#define ROW_CHUNK 16

typedef struct {
    const UmkContrastBatch *batch;
    float *unit;    /* (n, n_dims) what is compared */
    double *norms;  /* (n) lengths of the guesses */
    float *rows;    /* (n, n) logits of guess i against target j, then their gradient */
    float *columns; /* (n, n) the same, turned */
    double *losses; /* (n) of a row, and then of a column */
    double *slopes; /* (n) sum over a row of gradient times logit */
    double *sums;   /* (n) sum over a row of the gradient */
    double *halves; /* (n) half the squared length of a target; for distances only */
    float *out;
} Work;

static inline gboolean
is_true(const UmkContrastBatch *b, gsize i, gsize j)
{
    return i == j || b->from[i] == b->from[j] || b->to[i] == b->to[j];
}

static void
prepare_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    const UmkContrastBatch *b = work->batch;

    for (gsize i = begin; i < end; i++) {
        const float *guess = b->guesses + i * b->n_dims;
        float *unit = work->unit + i * b->n_dims;

        memcpy(unit, guess, b->n_dims * sizeof(float));
        work->norms[i] = _umk_kernel_norm(guess, b->n_dims);
        if (b->metric == UMK_METRIC_COSINE)
            _umk_kernel_normalize(unit, b->n_dims);
        if (b->metric == UMK_METRIC_EUCLIDEAN) {
            double norm = _umk_kernel_norm(b->targets + i * b->n_dims, b->n_dims);

            work->halves[i] = 0.5 * norm * norm;
        }
    }
}

/* logits (n): from dot products to s / temperature, in both orders. */
static void
finish_logits(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    const UmkContrastBatch *b = work->batch;
    double scale = exp(b->log_scale);

    for (gsize i = begin; i < end; i++) {
        double own = b->metric == UMK_METRIC_EUCLIDEAN
                         ? 0.5 * work->norms[i] * work->norms[i]
                         : 0.0;

        for (gsize j = 0; j < b->n; j++) {
            double s = (double) work->rows[i * b->n + j];

            if (b->metric == UMK_METRIC_EUCLIDEAN)
                s -= own + work->halves[j];
            work->rows[i * b->n + j] = (float) (s * scale);
            work->columns[j * b->n + i] = work->rows[i * b->n + j];
        }
    }
}

/* One row of logits -> its loss, and softmax minus the even distribution over what is
 * true, divided by 2n. */
static double
contrast_row(const UmkContrastBatch *b, gsize i, float *logits)
{
    gsize n = b->n, n_true = 0;
    double loss = 0.0, most = -INFINITY, total, share;
    float inverse;

    for (gsize j = 0; j < n; j++) {
        n_true += is_true(b, i, j);
        most = MAX(most, (double) logits[j]);
    }
    share = 1.0 / (double) n_true;
    for (gsize j = 0; j < n; j++)
        if (is_true(b, i, j))
            loss += share * (most - (double) logits[j]);
    inverse = _umk_kernel_exp_parts(logits, n, 1.0f);
    total = 1.0 / (double) inverse;
    for (gsize j = 0; j < n; j++) {
        double p = (double) logits[j] * (double) inverse;

        logits[j] = (float) ((p - (is_true(b, i, j) ? share : 0.0)) / (2.0 * (double) n));
    }
    return loss + log(total);
}

static void
contrast_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    const UmkContrastBatch *b = work->batch;

    for (gsize i = begin; i < end; i++) {
        work->losses[i] = contrast_row(b, i, work->rows + i * b->n);
        work->losses[i] += contrast_row(b, i, work->columns + i * b->n);
    }
}

/* rows += turned columns; what the scale's gradient needs on the way. */
static void
join_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    const UmkContrastBatch *b = work->batch;
    double scale = exp(b->log_scale);

    for (gsize i = begin; i < end; i++) {
        double sum = 0.0;

        for (gsize j = 0; j < b->n; j++) {
            float *g = work->rows + i * b->n + j;

            *g += work->columns[j * b->n + i];
            sum += (double) *g;
            *g = (float) ((double) *g * scale);
        }
        work->sums[i] = sum * scale;
    }
}

/* The gradient of the compared vectors becomes that of the guesses. */
static void
finish_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    const UmkContrastBatch *b = work->batch;

    for (gsize i = begin; i < end; i++) {
        float *g = work->out + i * b->n_dims;
        const float *unit = work->unit + i * b->n_dims;
        double along = 0.0;

        for (gsize k = 0; k < b->n_dims; k++)
            along += (double) g[k] * (double) unit[k];
        work->slopes[i] = along;
        if (b->metric == UMK_METRIC_COSINE) {
            double inverse = work->norms[i] > 0.0 ? 1.0 / work->norms[i] : 0.0;

            for (gsize k = 0; k < b->n_dims; k++)
                g[k] = (float) (((double) g[k] - along * (double) unit[k]) * inverse);
        } else if (b->metric == UMK_METRIC_EUCLIDEAN) {
            for (gsize k = 0; k < b->n_dims; k++)
                g[k] = (float) ((double) g[k] - work->sums[i] * (double) unit[k]);
        }
    }
}

/* d loss / d log scale = sum of gradient times logit, which for a dot product is the sum
 * over rows of (gradient of the row) times (row); distances add their two squares. */
static double
sum_slopes(const Work *work)
{
    const UmkContrastBatch *b = work->batch;
    double sum = 0.0;

    for (gsize i = 0; i < b->n; i++) {
        sum += work->slopes[i];
        if (b->metric != UMK_METRIC_EUCLIDEAN)
            continue;
        sum -= work->sums[i] * 0.5 * work->norms[i] * work->norms[i];
        for (gsize j = 0; j < b->n; j++)
            sum -= (double) work->rows[i * b->n + j] * work->halves[j];
    }
    return sum;
}

double
_umk_contrast(const UmkContrastBatch *b,
              float *gradient,
              double *d_log_scale,
              GCancellable *cancellable)
{
    g_autofree float *unit = g_new(float, b->n * b->n_dims);
    g_autofree float *rows = g_new(float, b->n * b->n);
    g_autofree float *columns = g_new(float, b->n * b->n);
    g_autofree double *numbers = g_new0(double, 5 * b->n);
    Work work = {
        .batch = b,
        .unit = unit,
        .norms = numbers,
        .rows = rows,
        .columns = columns,
        .losses = numbers + b->n,
        .slopes = numbers + 2 * b->n,
        .sums = numbers + 3 * b->n,
        .halves = numbers + 4 * b->n,
        .out = gradient,
    };
    double loss = 0.0;

    _umk_parallel_for(b->n, ROW_CHUNK, prepare_rows, &work);
    _umk_product(UMK_PRODUCT_TRANSPOSED_RIGHT, unit, b->targets, b->n, b->n, b->n_dims,
                 NULL, rows, cancellable);
    if (g_cancellable_is_cancelled(cancellable))
        return 0.0;
    _umk_parallel_for(b->n, ROW_CHUNK, finish_logits, &work);
    _umk_parallel_for(b->n, ROW_CHUNK, contrast_rows, &work);
    for (gsize i = 0; i < b->n; i++)
        loss += work.losses[i];
    loss /= 2.0 * (double) b->n;
    if (gradient == NULL)
        return loss;
    _umk_parallel_for(b->n, ROW_CHUNK, join_rows, &work);
    _umk_product(UMK_PRODUCT_PLAIN, rows, b->targets, b->n, b->n_dims, b->n, NULL,
                 gradient, cancellable);
    if (g_cancellable_is_cancelled(cancellable))
        return 0.0;
    _umk_parallel_for(b->n, ROW_CHUNK, finish_rows, &work);
    *d_log_scale = sum_slopes(&work);
    return loss;
}
