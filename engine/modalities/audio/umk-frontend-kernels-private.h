/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inner loops of the front end. Sixteen frames travel together, one to a lane, so every
 * sum over bins or bands runs in one fixed order for each frame. */
#pragma once

#include "umk-mel-private.h"

#define UMK_LANES 16

/* out[i] = in[i] * weight[i] */
void _umk_kernel_window(const float *in, const double *weight, gsize n, double *out);
/* The same after mean and pre-emphasis are taken off; the energy, if asked for, is that
 * of the frame without its mean, before pre-emphasis and window. */
void _umk_kernel_prepare(const float *in,
                         const double *weight,
                         gsize n,
                         gboolean remove_dc,
                         double preemphasis,
                         double *energy,
                         double *out);
/* power[k * UMK_LANES] = |spectrum[k]|^2 or its root */
void
_umk_kernel_power(const double *spectrum, gsize n_bins, gboolean magnitude, float *power);
/* bands (n_bands, lanes) = log of the weighted sums over power (n_bins, lanes) times
 * log_factor; with a factor of 0 the sums themselves */
void _umk_kernel_bands(const UmkMelBank *bank,
                       const float *power,
                       float floor,
                       gboolean add_floor,
                       float log_factor,
                       float *bands);
/* out (n_out, lanes) = matrix (n_out, n_in) . in (n_in, lanes) */
void _umk_kernel_transform(
    const float *matrix, gsize n_out, gsize n_in, const float *in, float *out);
