/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kernel of the quantised product must do, shared by umk-gemm-int8.c and the
 * processor-specific file. */
#pragma once

#include <math.h>

#include "linalg/umk-gemm-int8-private.h"
#include "linalg/umk-gemm-kernels-private.h"

struct _UmkPackedInt8 {
    gsize n;
    gsize k;
    gsize quads;          /* ceil(k / 4): four neighbouring k make a quad */
    UmkGemmInt8Kind kind; /* that it is packed for */
    gint8 *data;          /* (panels, quads, UMK_GEMM_COLUMNS, 4) */
    float *scales;        /* (n padded) */
    gint32 *sums;         /* (n padded) of each output's whole numbers */
    guint16 *order;   /* (panels, quads) which quad of the input belongs there, or NULL */
    guint16 *n_fours; /* (panels) so many of the first can be summed four by four */
    guint16 *n_paired; /* (panels) so many after them in pairs */
    guint8 *n_filled;  /* (panels) outputs so far */
};

/* Quads of a panel may be summed in 16 bits when no sum of their products can leave them:
 * input is 0 … 127, so neither the positive weights of the two neighbours in each nor the
 * negative ones may come to more than this. */
#define UMK_INT8_MAX_REACH 258

/* What a tile multiplies. a holds whole rows a_stride bytes apart. The panel after w
 * begins w_stride bytes on. */
typedef struct {
    const guint8 *a;
    gsize a_stride;
    const gint8 *w;
    gsize w_stride;
    const guint16 *order;
    gsize n_fours;
    gsize n_paired;
    gsize quads;
    const gint8 *next; /* weights to bring near meanwhile, laid out likewise, or NULL */
} UmkInt8Operands;

/* One tile: sums of whole numbers, rows sums_stride apart. */
typedef void (*UmkInt8Tile)(const UmkInt8Operands *in,
                            gsize rows,
                            gsize columns,
                            gint32 *sums,
                            gsize sums_stride);

/* One row; the last quad is filled up. */
typedef void (*UmkInt8Quantize)(
    const float *x, gsize k, guint8 *to, float *step, gint32 *zero);

/* How whole sums become floats; scales, weight_sums and bias have an entry a column. */
typedef struct {
    const float *steps;  /* a row */
    const gint32 *zeros; /* likewise */
    const float *scales;
    const gint32 *weight_sums;
    const float *bias; /* or NULL */
    gboolean add;
} UmkInt8End;

/* columns is a multiple of UMK_GEMM_COLUMNS */
typedef void (*UmkInt8Finish)(const gint32 *sums,
                              gsize sums_stride,
                              gsize rows,
                              gsize columns,
                              const UmkInt8End *end,
                              float *out,
                              gsize out_stride);

/* Tile and ending in one, while the sums are in registers; any number of columns up to
 * two panels, and out is written as far as they go. */
typedef void (*UmkInt8Product)(const UmkInt8Operands *in,
                               gsize rows,
                               gsize columns,
                               const UmkInt8End *end,
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

void _umk_int8_tile_plain(const UmkInt8Operands *in,
                          gsize rows,
                          gsize columns,
                          gint32 *sums,
                          gsize sums_stride);
#if UMK_GEMM_X86
void
_umk_int8_quantize_avx2(const float *x, gsize k, guint8 *to, float *step, gint32 *zero);
/* to 0 … 127 */
void _umk_int8_quantize_7_bits_avx2(
    const float *x, gsize k, guint8 *to, float *step, gint32 *zero);
void
_umk_int8_quantize_avx512(const float *x, gsize k, guint8 *to, float *step, gint32 *zero);
void _umk_int8_finish_avx2(const gint32 *sums,
                           gsize sums_stride,
                           gsize rows,
                           gsize columns,
                           const UmkInt8End *end,
                           float *out,
                           gsize out_stride);
/* for inputs of 0 … 127; the only one that takes an order */
void _umk_int8_tile_avx2(const UmkInt8Operands *in,
                         gsize rows,
                         gsize columns,
                         gint32 *sums,
                         gsize sums_stride);
void _umk_int8_tile_avx_vnni(const UmkInt8Operands *in,
                             gsize rows,
                             gsize columns,
                             gint32 *sums,
                             gsize sums_stride);
void _umk_int8_product_avx512_vnni(const UmkInt8Operands *in,
                                   gsize rows,
                                   gsize columns,
                                   const UmkInt8End *end,
                                   float *out,
                                   gsize out_stride);
#endif
