/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a matrix kernel must do, shared by umk-gemm.c and the processor-specific files. */
#pragma once

#include "linalg/umk-gemm-private.h"

#define UMK_GEMM_ROWS 12 /* rows of one tile */

/* One tile: rows (<= UMK_GEMM_ROWS) by columns (<= UMK_GEMM_PANEL) of out.
 * a holds k groups of UMK_GEMM_ROWS floats, w holds k groups of UMK_GEMM_PANEL floats.
 * resume: start from what out holds; bias is added when it is given. */
typedef void (*UmkGemmTile)(const float *a,
                            const float *w,
                            gsize k,
                            gsize rows,
                            gsize columns,
                            const float *bias,
                            gboolean resume,
                            float *out,
                            gsize out_stride);

void _umk_gemm_tile_plain(const float *a,
                          const float *w,
                          gsize k,
                          gsize rows,
                          gsize columns,
                          const float *bias,
                          gboolean resume,
                          float *out,
                          gsize out_stride);

#if defined(__x86_64__) && defined(__GNUC__)
#define UMK_GEMM_X86 1
void _umk_gemm_tile_avx2(const float *a,
                         const float *w,
                         gsize k,
                         gsize rows,
                         gsize columns,
                         const float *bias,
                         gboolean resume,
                         float *out,
                         gsize out_stride);
void _umk_gemm_tile_avx512(const float *a,
                           const float *w,
                           gsize k,
                           gsize rows,
                           gsize columns,
                           const float *bias,
                           gboolean resume,
                           float *out,
                           gsize out_stride);
#else
#define UMK_GEMM_X86 0
#endif
