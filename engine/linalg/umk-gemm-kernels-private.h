/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a matrix kernel must do, shared by umk-gemm.c and the processor-specific files. */
#pragma once

#include "linalg/umk-gemm-private.h"

#define UMK_GEMM_ROWS 12 /* rows of one tile */
/* Each number of rows that a tile can have: its sums are that many registers. */
#define UMK_GEMM_EACH_ROWS(ROWS)                                                         \
    ROWS(1)                                                                              \
    ROWS(2)                                                                              \
    ROWS(3)                                                                              \
    ROWS(4)                                                                              \
    ROWS(5)                                                                              \
    ROWS(6)                                                                              \
    ROWS(7)                                                                              \
    ROWS(8)                                                                              \
    ROWS(9)                                                                              \
    ROWS(10)                                                                             \
    ROWS(11)                                                                             \
    ROWS(12)
#define UMK_GEMM_AHEAD                                                                   \
    8 /* k after which a tile asks for one more k of what comes next                     \
       */

/* What a tile does with what out holds: nothing, start its sums from it, or add it to the
 * finished sums. */
typedef enum { UMK_GEMM_SET, UMK_GEMM_RESUME, UMK_GEMM_ADD } UmkGemmMode;

/* The left operand of a tile and the weights. The number at (row, i) of the left one is
 * a[row * a_stride + i]. w holds k groups of UMK_GEMM_COLUMNS floats; the next panel
 * begins at w + w_stride. */
typedef struct {
    const float *a;
    gsize a_stride;
    const float *w;
    gsize w_stride;
    gsize k;
    const float *next; /* as many weights to bring near meanwhile, or NULL; likewise */
} UmkGemmOperands;

/* One tile: rows by columns of
 * out; bias is added when it is given. */
typedef void (*UmkGemmTile)(const UmkGemmOperands *in,
                            gsize rows,
                            gsize columns,
                            const float *bias,
                            UmkGemmMode mode,
                            float *out,
                            gsize out_stride);

/* The product with weights that are stored in another form: widen writes k_here rows
 * (from an even k_from) of the panel that begins at column, as floats, and is asked for
 * each once for a block of rows. */
typedef void (*UmkGemmWiden)(
    gconstpointer data, gsize column, gsize k_from, gsize k_here, float *panel);
void _umk_gemm_widened(const float *a,
                       gsize a_stride,
                       gsize m,
                       UmkGemmWiden widen,
                       gconstpointer data,
                       gsize n,
                       gsize k,
                       const UmkGemmEnd *end,
                       float *out,
                       gsize out_stride);

void _umk_gemm_tile_plain(const UmkGemmOperands *in,
                          gsize rows,
                          gsize columns,
                          const float *bias,
                          UmkGemmMode mode,
                          float *out,
                          gsize out_stride);

#if defined(__x86_64__) && defined(__GNUC__)
#define UMK_GEMM_X86 1
/* A test compiles the kernels with every instruction done in plain C. */
#ifdef UMK_GEMM_EMULATED
#define UMK_GEMM_TARGET(features)
#else
#define UMK_GEMM_TARGET(features) __attribute__((target(features)))
#endif
void _umk_gemm_tile_avx2(const UmkGemmOperands *in,
                         gsize rows,
                         gsize columns,
                         const float *bias,
                         UmkGemmMode mode,
                         float *out,
                         gsize out_stride);
void _umk_gemm_tile_avx512(const UmkGemmOperands *in,
                           gsize rows,
                           gsize columns,
                           const float *bias,
                           UmkGemmMode mode,
                           float *out,
                           gsize out_stride);
#else
#define UMK_GEMM_X86 0
#endif
