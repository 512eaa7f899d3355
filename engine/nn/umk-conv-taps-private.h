/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One output position of a convolution without mixing of channels, or of a pooling: the
 * pixels under the window, channel by channel. The bits are the same on every
 * processor. */
#pragma once

#include <glib.h>

#define UMK_CONV_MAX_TAPS 256

/* out = bias + sum of taps[i] * pixels[i]; a pixel that is NULL is zero. bias may be
 * NULL. All (channels), taps (n, channels). */
void _umk_conv_taps_sum(const float *const *pixels,
                        gsize n,
                        const float *taps,
                        const float *bias,
                        gsize channels,
                        float *out);
/* The largest and the mean of n >= 1 pixels, none of them NULL. */
void _umk_conv_taps_max(const float *const *pixels, gsize n, gsize channels, float *out);
void _umk_conv_taps_mean(const float *const *pixels, gsize n, gsize channels, float *out);
