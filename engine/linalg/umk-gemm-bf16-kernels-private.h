/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel for processors with bfloat16 instructions, shared by umk-gemm-bf16.c and the
 * processor-specific file. */
#pragma once

#include "linalg/umk-gemm-bf16-private.h"
#include "linalg/umk-gemm-kernels-private.h"

#if UMK_GEMM_X86
/* What a tile multiplies: pairs of rows a_stride pairs apart, and panels of
 * UMK_GEMM_COLUMNS pairs of outputs; the next panel begins at w + w_stride. */
typedef struct {
    const guint32 *a;
    gsize a_stride;
    const guint32 *w;
    gsize w_stride;
    gsize pairs;
} UmkBf16Operands;

/* Rows of k as bfloat16, filled up with 0 to a multiple of 16. */
void _umk_bf16_narrow_avx512(
    const float *x, gsize x_stride, gsize m, gsize k, guint32 *to, gsize to_stride);
/* Panels (ceil(n / 16), ceil(k / 2), 16) of pairs from the n columns of k rows. */
void _umk_bf16_pack_columns_avx512(
    const float *src, gsize src_stride, gsize n, gsize k, guint32 *dst);
/* Any number of rows, one panel or two. */
void _umk_bf16_tile_avx512(
    const UmkBf16Operands *in, gsize rows, gsize columns, float *out, gsize out_stride);
#endif
