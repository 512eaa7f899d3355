/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimates of scores by codes and how far they can be off, for every kind that
 * estimates; the proof stands in the header. */
#include "index/umk-flat-kind-private.h"

#include "linalg/umk-topk-private.h"

#include <math.h>
#include <string.h>

#define N_BINS 4096

/* What single-precision sums of n products of two vectors may be off by, the scan's and
 * the estimate's together, relative to the product of their lengths: twice what the order
 * of the sums allows. */
static float
rounding(gsize n_dims)
{
    return 2 * ((float) n_dims / 16 + 16) * 0x1p-23f;
}

static float
length_of(const float *x, gsize n)
{
    double sum = 0;

    for (gsize i = 0; i < n; i++)
        sum += (double) x[i] * (double) x[i];
    return (float) sqrt(sum);
}

void
_umk_flat_estimate_row(
    UmkFlatCodes *self, gsize row, const float *x, float *scratch, UmkFlatError *error)
{
    gsize n_dims = self->vectors->n_dims;
    float length = length_of(x, n_dims), slack = rounding(n_dims), coded, scale;

    self->scales[row] = self->biases[row] = 0;
    *error = (UmkFlatError){0, INFINITY, 0};
    if (!_umk_index_can_prove((double) length))
        return;
    if (n_dims > 0)
        memcpy(scratch, x, n_dims * sizeof *x);
    scale = self->kind->encode(self, scratch, self->codes + row * self->stride, &coded);
    self->scales[row] = scale;
    error->e1 = length_of(scratch, n_dims) + slack * length;
    error->e2 = coded;
    if (self->metric == UMK_METRIC_COSINE) {
        float inverse = length > 0 ? 1 / length : 0;

        self->scales[row] *= inverse;
        error->e1 *= inverse;
        error->e2 *= inverse;
    } else if (self->metric == UMK_METRIC_EUCLIDEAN) {
        self->scales[row] *= 2;
        self->biases[row] = length * length;
        error->e0 = 4 * slack * length * length;
        error->e1 *= 2;
        error->e2 *= 2;
    }
}

gboolean
_umk_flat_estimate_query(UmkFlatQuery *query, float *scratch)
{
    const UmkFlatCodes *self = query->self;
    gsize n_dims = self->vectors->n_dims;

    query->length = length_of(query->query->queries, n_dims);
    if (!_umk_index_can_prove((double) query->length) || isinf(self->largest.e1))
        return FALSE;
    if (n_dims > 0)
        memcpy(scratch, query->query->queries, n_dims * sizeof *scratch);
    self->kind->prepare(query, scratch);
    query->off = length_of(scratch, n_dims);
    return TRUE;
}

static void
to_keys(float scale,
        const float *dots,
        const float *scales,
        const float *biases,
        gsize n,
        float *keys)
{
    if (n == UMK_FLAT_BLOCK) {
        for (int i = 0; i < UMK_FLAT_BLOCK; i++)
            keys[i] = scale * scales[i] * dots[i] - biases[i];
        return;
    }
    for (gsize i = 0; i < n; i++)
        keys[i] = scale * scales[i] * dots[i] - biases[i];
}

void
_umk_flat_estimate_block(UmkFlatQuery *query, gsize row, gsize n)
{
    const UmkFlatCodes *self = query->self;
    const guint8 *allowed = query->query->allowed;
    float dots[UMK_FLAT_BLOCK];

    self->kind->compare(query, row, n, dots);
    to_keys(query->scale, dots, self->scales + row, self->biases + row, n,
            query->keys + row);
    for (gsize i = row; allowed != NULL && i < row + n; i++)
        if (!allowed[i])
            query->keys[i] = -INFINITY;
}

/* The k-th largest of all estimates, less what both it and a rival may be off by. */
float
_umk_flat_proven_limit(const UmkFlatQuery *query, gsize n_chunks)
{
    const UmkFlatCodes *self = query->self;
    guint k = query->query->k;
    g_autofree float *scores = g_new(float, k);
    g_autofree guint64 *rows = g_new(guint64, k);
    float off = self->largest.e0 + query->length * self->largest.e1 +
                query->off * self->largest.e2;
    UmkTopK best;

    if (self->metric == UMK_METRIC_EUCLIDEAN)
        off += 4 * rounding(self->vectors->n_dims) * query->length * query->length;
    _umk_topk_init(&best, scores, rows, k);
    for (gsize chunk = 0; chunk < n_chunks; chunk++)
        for (guint i = 0; i < query->n_best[chunk]; i++)
            _umk_topk_push(&best, query->best[chunk * k + i],
                           query->best_rows[chunk * k + i]);
    /* a little more, for the rounding of this very sum */
    return best.n < k ? -INFINITY : scores[0] - 2.001f * off;
}

/* The largest n keys or more: from a histogram of their range. */
float
_umk_flat_counted_limit(const float *keys, gsize n_rows, gsize n)
{
    g_autofree guint32 *counts = g_new0(guint32, N_BINS + 1);
    float low = INFINITY, high = -INFINITY, step;
    gsize found = 0, bin = N_BINS;

    for (gsize i = 0; i < n_rows; i++) {
        if (keys[i] == -INFINITY)
            continue;
        low = MIN(low, keys[i]);
        high = MAX(high, keys[i]);
    }
    step = high > low ? N_BINS / (high - low) : 0;
    if (!isfinite(step) || step <= 0)
        return low;
    for (gsize i = 0; i < n_rows; i++)
        if (keys[i] != -INFINITY)
            counts[MIN((gsize) ((keys[i] - low) * step), N_BINS)]++;
    for (;; bin--) {
        found += counts[bin];
        if (found >= n || bin == 0)
            break;
    }
    return bin > 0 ? low + (float) bin / step : low;
}
