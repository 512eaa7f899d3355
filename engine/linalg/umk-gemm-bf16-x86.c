/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bfloat16 tile for AVX512-BF16, 12 rows by the 32 outputs of two panels, and what
 * turns floats into its operands. The instruction rounds to the nearest, ties to even;
 * numbers below 1e-38 become 0. */
#include "linalg/umk-gemm-bf16-kernels-private.h"

#if UMK_GEMM_X86

#ifndef UMK_GEMM_EMULATED
#include <immintrin.h>
#endif
#include <string.h>

#define TARGET_BF16 UMK_GEMM_TARGET("avx512f,avx512bf16")
#define INLINE      static inline __attribute__((always_inline))

/* Keeps the compiler from working out the address of every number from one pointer. */
#ifdef UMK_GEMM_EMULATED
#define OWN_REGISTER(pointer) ((void) 0)
#else
#define OWN_REGISTER(pointer) __asm__("" : "+r"(pointer))
#endif

/* Up to 16 neighbouring floats as bfloat16, 0 where there are none. */
TARGET_BF16 INLINE __m256i
narrow(const float *x, gsize n)
{
    __mmask16 there = n >= 16 ? 0xffff : (__mmask16) ((1u << n) - 1);

    return (__m256i) _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(there, x));
}

TARGET_BF16 void
_umk_bf16_narrow_avx512(
    const float *x, gsize x_stride, gsize m, gsize k, guint32 *to, gsize to_stride)
{
    for (; m > 0; m--, x += x_stride, to += to_stride)
        for (gsize i = 0; i < k; i += 16)
            _mm256_storeu_si256((__m256i *) (to + i / 2), narrow(x + i, k - i));
}

TARGET_BF16 void
_umk_bf16_pack_columns_avx512(
    const float *src, gsize src_stride, gsize n, gsize k, guint32 *dst)
{
    for (gsize column = 0; column < n; column += UMK_GEMM_COLUMNS)
        for (gsize i = 0; i < k; i += 2, dst += UMK_GEMM_COLUMNS) {
            const float *even = src + i * src_stride + column;
            __m512i low = _mm512_cvtepu16_epi32(narrow(even, n - column)), high;

            high = i + 1 < k
                       ? _mm512_cvtepu16_epi32(narrow(even + src_stride, n - column))
                       : _mm512_setzero_si512();
            _mm512_storeu_si512(dst, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
        }
}

/* One pair of a tile. The rows lie s bytes apart, the first, fourth, … begin at those of
 * at. */
TARGET_BF16 INLINE void
step_bf16(const char *const at[4],
          gsize s,
          gsize pair,
          const guint32 *w,
          const guint32 *w_right,
          const gsize rows,
          __m512 sum[UMK_GEMM_ROWS][2])
{
    __m512bh w0 = (__m512bh) _mm512_loadu_si512(w);
    __m512bh w1 = (__m512bh) _mm512_loadu_si512(w_right);

#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++) {
        gint32 two;
        __m512bh factor;

        memcpy(&two, at[r / 3] + r % 3 * s + 4 * pair, sizeof two);
        factor = (__m512bh) _mm512_set1_epi32(two);
        sum[r][0] = _mm512_dpbf16_ps(sum[r][0], factor, w0);
        sum[r][1] = _mm512_dpbf16_ps(sum[r][1], factor, w1);
    }
}

TARGET_BF16 INLINE void
bf16_tile(const UmkBf16Operands *in,
          const gsize rows,
          gsize row,
          gsize columns,
          float *out,
          gsize out_stride)
{
    enum { STRETCH = 4 };
    const gsize pairs = in->pairs, s = in->a_stride * sizeof *in->a;
    const guint32 *w = in->w, *w_right = columns > 16 ? w + in->w_stride : w;
    const __mmask16 left = (__mmask16) ((1u << MIN(columns, 16)) - 1);
    const __mmask16 right =
        columns > 16 ? (__mmask16) ((1u << (columns - 16)) - 1) : (__mmask16) 0;
    const char *at[4];
    __m512 sum[UMK_GEMM_ROWS][2];
    gsize i = 0;

#pragma GCC unroll 4
    for (gsize r = 0; r < 4; r++) {
        at[r] = (const char *) in->a + (row + (3 * r < rows ? 3 * r : 0)) * s;
        OWN_REGISTER(at[r]);
    }
#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++)
        sum[r][0] = sum[r][1] = _mm512_setzero_ps();
    for (; i + STRETCH <= pairs; i += STRETCH) {
#pragma GCC unroll 4
        for (gsize j = 0; j < STRETCH; j++)
            step_bf16(at, s, j, w + j * UMK_GEMM_COLUMNS, w_right + j * UMK_GEMM_COLUMNS,
                      rows, sum);
        w += STRETCH * UMK_GEMM_COLUMNS;
        w_right += STRETCH * UMK_GEMM_COLUMNS;
#pragma GCC unroll 4
        for (gsize r = 0; r < 4; r++)
            at[r] += STRETCH * sizeof *in->a;
    }
    for (gsize j = 0; i < pairs;
         i++, j++, w += UMK_GEMM_COLUMNS, w_right += UMK_GEMM_COLUMNS)
        step_bf16(at, s, j, w, w_right, rows, sum);
    out += row * out_stride;
#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++, out += out_stride) {
        _mm512_mask_storeu_ps(out, left, sum[r][0]);
        _mm512_mask_storeu_ps(out + 16, right, sum[r][1]);
    }
}

/* One function for each number of rows, so that all sums stay in registers. */
typedef void (*Bf16Rows)(
    const UmkBf16Operands *in, gsize row, gsize columns, float *out, gsize out_stride);

#define ROWS(n)                                                                          \
    TARGET_BF16 static __attribute__((noinline)) void bf16_tile_##n(                     \
        const UmkBf16Operands *in, gsize row, gsize columns, float *out,                 \
        gsize out_stride)                                                                \
    {                                                                                    \
        bf16_tile(in, n, row, columns, out, out_stride);                                 \
    }
UMK_GEMM_EACH_ROWS(ROWS)
#undef ROWS

void
_umk_bf16_tile_avx512(
    const UmkBf16Operands *in, gsize rows, gsize columns, float *out, gsize out_stride)
{
    static const Bf16Rows tiles[] = {NULL,        bf16_tile_1, bf16_tile_2,  bf16_tile_3,
                                     bf16_tile_4, bf16_tile_5, bf16_tile_6,  bf16_tile_7,
                                     bf16_tile_8, bf16_tile_9, bf16_tile_10, bf16_tile_11,
                                     bf16_tile_12};
    const gsize n_tiles = (rows + UMK_GEMM_ROWS - 1) / UMK_GEMM_ROWS;
    const gsize each = (rows + n_tiles - 1) / MAX(n_tiles, 1);

    for (gsize row = 0; row < rows; row += each)
        tiles[MIN(rows - row, each)](in, row, columns, out, out_stride);
}

#else

typedef int UmkGemmBf16NoX86; /* a file may not be empty */

#endif
