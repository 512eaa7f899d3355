/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kernel of the quantised product must do, shared by umk-gemm-int8.c and the
 * processor-specific file. */
#pragma once

#include <math.h>

#include "linalg/umk-gemm-int8-private.h"
#include "linalg/umk-gemm-kernels-private.h"

/* One tile: sums (rows, UMK_GEMM_PANEL) of whole numbers. Four neighbouring k make a
 * quad; a holds for each quad UMK_GEMM_ROWS times 4 numbers (bytes, or 16-bit numbers
 * where the kernel says so), w for each quad UMK_GEMM_PANEL times 4 bytes. columns (<=
 * UMK_GEMM_PANEL) are asked for; those past them may be left out. */
typedef void (*UmkInt8Tile)(gconstpointer a,
                            const gint8 *w,
                            gsize quads,
                            gsize rows,
                            gsize columns,
                            gint32 *sums);

/* One row into a tile: quads lie pitch bytes apart, the last one is filled up. */
typedef void (*UmkInt8Quantize)(
    const float *x, gsize k, gsize pitch, guint8 *to, float *step, gint32 *zero);

/* A full panel of a tile's sums to floats; all but rows has UMK_GEMM_PANEL entries. */
typedef void (*UmkInt8Finish)(const gint32 *sums,
                              gsize rows,
                              const float *steps,
                              const gint32 *zeros,
                              const float *scales,
                              const gint32 *weight_sums,
                              const float *bias,
                              gboolean add,
                              float *out,
                              gsize out_stride);

/* Step and zero point for numbers from low <= 0 to high >= 0 that become 0 … top; check
 * is 0, or NaN if one of them is not finite. Returns by what a number is multiplied; 0
 * when all become 0. */
static inline float
_umk_int8_find_step(
    float low, float high, float check, gint32 top, float *step, gint32 *zero)
{
    float range = high - low + check;
    gboolean usable = range > 1e-30f && range < INFINITY;
    float inverse = usable ? (float) top / range : 0.0f;

    *step = usable ? range / (float) top : range * 0.0f;
    *zero = usable ? (gint32) rintf(-low * inverse) : 0;
    return inverse;
}

void _umk_int8_tile_plain(gconstpointer a,
                          const gint8 *w,
                          gsize quads,
                          gsize rows,
                          gsize columns,
                          gint32 *sums);
#if UMK_GEMM_X86
void _umk_int8_quantize_avx2(
    const float *x, gsize k, gsize pitch, guint8 *to, float *step, gint32 *zero);
/* to 0 … 127 */
void _umk_int8_quantize_7_bits_avx2(
    const float *x, gsize k, gsize pitch, guint8 *to, float *step, gint32 *zero);
void _umk_int8_quantize_avx512(
    const float *x, gsize k, gsize pitch, guint8 *to, float *step, gint32 *zero);
void _umk_int8_finish_avx2(const gint32 *sums,
                           gsize rows,
                           const float *steps,
                           const gint32 *zeros,
                           const float *scales,
                           const gint32 *weight_sums,
                           const float *bias,
                           gboolean add,
                           float *out,
                           gsize out_stride);
void _umk_int8_finish_avx512(const gint32 *sums,
                             gsize rows,
                             const float *steps,
                             const gint32 *zeros,
                             const float *scales,
                             const gint32 *weight_sums,
                             const float *bias,
                             gboolean add,
                             float *out,
                             gsize out_stride);
void _umk_int8_tile_avx2(gconstpointer a, /* 0 … 127 */
                         const gint8 *w,
                         gsize quads,
                         gsize rows,
                         gsize columns,
                         gint32 *sums);
void _umk_int8_tile_avx_vnni(gconstpointer a,
                             const gint8 *w,
                             gsize quads,
                             gsize rows,
                             gsize columns,
                             gint32 *sums);
void _umk_int8_tile_avx512_vnni(gconstpointer a,
                                const gint8 *w,
                                gsize quads,
                                gsize rows,
                                gsize columns,
                                gint32 *sums);
#endif
