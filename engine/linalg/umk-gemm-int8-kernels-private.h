/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kernel of the quantised product must do, shared by umk-gemm-int8.c and the
 * processor-specific file. */
#pragma once

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

void _umk_int8_tile_plain(gconstpointer a,
                          const gint8 *w,
                          gsize quads,
                          gsize rows,
                          gsize columns,
                          gint32 *sums);
#if UMK_GEMM_X86
void _umk_int8_tile_avx2(gconstpointer a, /* 16-bit numbers */
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
