/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix product of quantised numbers. Weights are quantised once, symmetrically, each
 * output with a scale of its own:
 *     w[n][k] ~ scale[n] * q[n][k],  q = -127 … 127,  scale = max |w| / 127;
 * each row of the input when it is met, with a scale and a zero point of its own:
 *     a[m][k] ~ step[m] * (u[m][k] - zero[m]),  u = 0 … top,
 * the range of a row being that of its numbers and of 0. Sums of u q are whole and exact
 * in 32 bits in every kernel, and what follows is done in one order,
 *     out = float (sum - zero * sum of q) * (step * scale) + bias,
 * activation, residual: so a row has the same bits in any batch, and on any processor
 * with the same top. That is 255, but 127 where AVX2 is the best there is: its one
 * instruction for bytes would saturate above, and without it int8 is hardly faster than
 * float. A row that is not finite gives a row of NaN. */
#pragma once

#include "linalg/umk-gemm-private.h"

#define UMK_GEMM_INT8_MAX_K 16384 /* 255 * 127 * k fits into 31 bits by far */

typedef struct _UmkPackedInt8 UmkPackedInt8;

/* NULL when the memory is not there; k <= UMK_GEMM_INT8_MAX_K. */
UmkPackedInt8 *_umk_packed_int8_new_empty(gsize n, gsize k);
/* w (n_rows, k), float, becomes rows first … first + n_rows - 1. */
void
_umk_packed_int8_fill(UmkPackedInt8 *self, gsize first, const float *w, gsize n_rows);
void _umk_packed_int8_free(UmkPackedInt8 *self);

/* out (m, n) = a (m, k) * w^T with the ending given */
void _umk_gemm_int8(const float *a,
                    gsize a_stride,
                    gsize m,
                    const UmkPackedInt8 *w,
                    const UmkGemmEnd *end,
                    float *out,
                    gsize out_stride);

/* The same for the outputs first … first + n - 1 only, as _umk_gemm_packed_part(). */
void _umk_gemm_int8_part(const float *a,
                         gsize a_stride,
                         gsize m,
                         const UmkPackedInt8 *w,
                         gsize first,
                         gsize n,
                         const UmkGemmEnd *end,
                         float *out,
                         gsize out_stride);

/* One row (k) to 0 … top with its step and zero point, the one definition that every
 * kernel follows, for tests; q has room for k rounded up to a multiple of 4. */
void _umk_quantize_row(
    const float *x, gsize k, gint32 top, guint8 *q, float *step, gint32 *zero);
/* Weights of one output to -127 … 127; returns the scale. */
float _umk_quantize_weights(const float *w, gsize k, gint8 *q);

typedef enum {
    UMK_GEMM_INT8_PLAIN,
    UMK_GEMM_INT8_AVX2,
    UMK_GEMM_INT8_AVX_VNNI,
    UMK_GEMM_INT8_AVX512_VNNI
} UmkGemmInt8Kind;

/* As for UmkGemmKind: for tests and benchmarks. */
gboolean _umk_gemm_int8_supports(UmkGemmInt8Kind kind);
UmkGemmInt8Kind _umk_gemm_int8_get_kind(void);
void _umk_gemm_int8_set_kind(UmkGemmInt8Kind kind);
gint32 _umk_gemm_int8_get_top(void); /* of the kind chosen */
const char *_umk_gemm_int8_kind_name(UmkGemmInt8Kind kind);
