/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moments of each channel over the rows of a map, gathered in pieces, and what is made of
 * them: a group norm with a group for each channel (Wu and He 2018), a batch norm at
 * inference, the statistics pooling of x-vectors (Snyder et al. 2018). Rows are added one
 * after another, so the pieces do not change the bits. */
#pragma once

#include <umekomi/umk-types.h>

/* sum and squares (n) grow by the rows x (n_rows, n). */
void _umk_channel_moments_add(
    const float *x, gsize n_rows, gsize n, double *sum, double *squares);
/* Mean and variance of n_rows values; divisor is n_rows, or n_rows - 1 where the sample's
 * own is meant. */
void _umk_channel_moments_finish(
    double *sum, double *squares, gsize n_rows, gsize n, gsize divisor);
/* scale and shift (n) so that x * scale + shift = (x - mean) / sqrt (variance + eps) *
 * weight + bias; weight and bias may be NULL. */
void _umk_channel_norm_make(const double *mean,
                            const double *variance,
                            const float *weight,
                            const float *bias,
                            double eps,
                            gsize n,
                            float *scale,
                            float *shift);
/* x (n_rows, n) is replaced. */
void _umk_channel_norm_apply(
    float *x, gsize n_rows, gsize n, const float *scale, const float *shift);
