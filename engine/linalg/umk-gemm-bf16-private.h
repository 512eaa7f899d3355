/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix product with weights rounded to bfloat16 (nearest, ties to even), in half the
 * memory. Where the processor has no bfloat16 arithmetic the weights become float again,
 * a panel at a time, and all else is as in umk-gemm-private.h: the result has the bits of
 * the f32 product with rounded weights. With AVX512-BF16 the input is rounded too and
 * pairs of products are summed by one instruction, so the bits differ from other
 * processors', by an error of the same size. Either way a row does not depend on its
 * batch. */
#pragma once

#include "linalg/umk-gemm-private.h"

typedef struct _UmkPackedBf16 UmkPackedBf16;

UmkPackedBf16 *_umk_packed_bf16_new_empty(gsize n, gsize k);
void
_umk_packed_bf16_fill(UmkPackedBf16 *self, gsize first, const float *w, gsize n_rows);
void _umk_packed_bf16_free(UmkPackedBf16 *self);

void _umk_gemm_bf16(const float *a,
                    gsize a_stride,
                    gsize m,
                    const UmkPackedBf16 *w,
                    const UmkGemmEnd *end,
                    float *out,
                    gsize out_stride);

/* Nearest bfloat16, ties to even; NaN stays NaN. */
guint16 _umk_bf16_from_float(float x);

/* Whether the processor has bfloat16 instructions, which all below needs. */
gboolean _umk_gemm_bf16_is_native(void);

/* Both sides narrowed on the way. Pairs (as many as half of k, rounded up) of each of m
 * rows of k numbers; rows have room for a multiple of 16 numbers and may be where those
 * of x are. */
void _umk_bf16_narrow(
    const float *x, gsize x_stride, gsize m, gsize k, guint32 *to, gsize to_stride);
/* n rows of pairs, as _umk_bf16_narrow() makes them, to panels of 16 of them. */
void _umk_bf16_pack_rows(
    const guint32 *src, gsize src_stride, gsize n, gsize pairs, guint32 *dst);
/* The n columns of k rows to such panels. */
void _umk_bf16_pack_columns(
    const float *src, gsize src_stride, gsize n, gsize k, guint32 *dst);
/* out (m, n) of rows of pairs and such panels, which lie w_stride pairs apart. */
void _umk_gemm_bf16_pairs(const guint32 *a,
                          gsize a_stride,
                          gsize m,
                          const guint32 *w,
                          gsize w_stride,
                          gsize n,
                          gsize pairs,
                          float *out,
                          gsize out_stride);
