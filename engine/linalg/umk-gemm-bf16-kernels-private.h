/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel for processors with bfloat16 instructions, shared by umk-gemm-bf16.c and the
 * processor-specific file. */
#pragma once

#include "linalg/umk-gemm-bf16-private.h"
#include "linalg/umk-gemm-kernels-private.h"

#if UMK_GEMM_X86
/* One row (k) as bfloat16 into a tile: pairs lie UMK_GEMM_ROWS apart, the last one is
 * filled up with 0. */
void _umk_bf16_pack_avx512(const float *x, gsize k, guint32 *to);
/* sums (rows, UMK_GEMM_PANEL); a holds for each pair UMK_GEMM_ROWS pairs of rows, w
 * UMK_GEMM_PANEL pairs of outputs. */
void _umk_bf16_tile_avx512(
    const guint32 *a, const guint32 *w, gsize pairs, gsize rows, float *sums);
#endif
