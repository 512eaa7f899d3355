/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dot products of a float query with rows of half precision, as nearest-neighbour search
 * reads them. A half becomes a float without loss and the sum is taken in the order of
 * umk-distance-private.h, so every variant (plain, AVX2 with F16C, AVX-512) gives the
 * same bits, those of the float product with the rounded row. Kernels only: nothing here
 * allocates. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_HALF_LANES 16 /* rows and queries are padded with zeros to multiples */

typedef enum {
    UMK_HALF_DOT_PLAIN,
    UMK_HALF_DOT_F16C,
    UMK_HALF_DOT_AVX512,
} UmkHalfDotLevel;

/* out[i] = query . row i, of n_rows that lie stride halves apart; stride is a multiple of
 * UMK_HALF_LANES. */
typedef void (*UmkHalfDot)(
    const float *query, const guint16 *rows, gsize stride, gsize n_rows, float *out);

/* What this machine can run at most. */
UmkHalfDotLevel _umk_half_dot_best_level(void);
UmkHalfDot _umk_half_dot(UmkHalfDotLevel level);

void _umk_half_dot_f16c(
    const float *query, const guint16 *rows, gsize stride, gsize n_rows, float *out);
void _umk_half_dot_avx512(
    const float *query, const guint16 *rows, gsize stride, gsize n_rows, float *out);

G_END_DECLS
