/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments in double precision: of a clip of minutes, single precision would lose the last
 * digits of its sums. */
#include "nn/umk-channel-norm-private.h"

#include <math.h>

void
_umk_channel_moments_add(
    const float *x, gsize n_rows, gsize n, double *sum, double *squares)
{
    for (gsize t = 0; t < n_rows; t++, x += n)
        for (gsize c = 0; c < n; c++) {
            double value = (double) x[c];

            sum[c] += value;
            squares[c] += value * value;
        }
}

void
_umk_channel_moments_finish(
    double *sum, double *squares, gsize n_rows, gsize n, gsize divisor)
{
    for (gsize c = 0; c < n; c++) {
        double mean = sum[c] / (double) n_rows;
        double rest = squares[c] - mean * sum[c];

        sum[c] = mean;
        squares[c] = MAX(rest, 0.0) / (double) MAX(divisor, 1);
    }
}

void
_umk_channel_norm_make(const double *mean,
                       const double *variance,
                       const float *weight,
                       const float *bias,
                       double eps,
                       gsize n,
                       float *scale,
                       float *shift)
{
    for (gsize c = 0; c < n; c++) {
        double factor = 1.0 / sqrt(variance[c] + eps);

        if (weight != NULL)
            factor *= (double) weight[c];
        scale[c] = (float) factor;
        shift[c] = (float) ((bias != NULL ? (double) bias[c] : 0.0) - mean[c] * factor);
    }
}

void
_umk_channel_norm_apply(
    float *x, gsize n_rows, gsize n, const float *scale, const float *shift)
{
    for (gsize t = 0; t < n_rows; t++, x += n)
        for (gsize c = 0; c < n; c++)
            x[c] = x[c] * scale[c] + shift[c];
}
