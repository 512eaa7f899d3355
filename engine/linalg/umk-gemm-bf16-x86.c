/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bfloat16 tile for AVX512-BF16: 12 rows by the 32 outputs of a panel. */
#include "linalg/umk-gemm-bf16-kernels-private.h"

#if UMK_GEMM_X86

#ifndef UMK_GEMM_EMULATED
#include <immintrin.h>
#endif
#include <string.h>

#define TARGET_BF16 UMK_GEMM_TARGET("avx512f,avx512bf16")

/* 16 floats to the nearest bfloat16, as _umk_bf16_from_float(), and 8 pairs of them. */
TARGET_BF16 void
_umk_bf16_pack_avx512(const float *x, gsize k, guint32 *to)
{
    const __m512i one = _mm512_set1_epi32(1), half = _mm512_set1_epi32(0x7fff);
    const __m512i quiet = _mm512_set1_epi32(0x40);

    for (gsize i = 0; i < k; i += 16) {
        gsize left = MIN(k - i, 16);
        float here[16] = {0};
        guint32 pairs[16];
        __m512i bits, odd, rounded;
        __m512 v;

        memcpy(here, x + i, left * sizeof(float));
        v = _mm512_loadu_ps(here);
        bits = _mm512_castps_si512(v);
        odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), one);
        rounded =
            _mm512_srli_epi32(_mm512_add_epi32(bits, _mm512_add_epi32(half, odd)), 16);
        rounded =
            _mm512_mask_mov_epi32(rounded, _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q),
                                  _mm512_or_si512(_mm512_srli_epi32(bits, 16), quiet));
        /* the odd one of each pair goes above the even one */
        rounded = _mm512_or_si512(rounded, _mm512_srli_epi64(rounded, 16));
        _mm512_storeu_si512(pairs, rounded);
        for (gsize pair = 0; pair < (left + 1) / 2; pair++, to += UMK_GEMM_ROWS)
            *to = pairs[2 * pair];
    }
}

TARGET_BF16 static inline __attribute__((always_inline)) void
bf16_tile(const guint32 *a, const guint32 *w, gsize pairs, const gsize rows, float *sums)
{
    __m512 sum[UMK_GEMM_ROWS][2];

#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++)
        sum[r][0] = sum[r][1] = _mm512_setzero_ps();
    for (gsize i = 0; i < pairs; i++, a += UMK_GEMM_ROWS, w += UMK_GEMM_PANEL) {
        __m512bh w0 = (__m512bh) _mm512_loadu_si512(w);
        __m512bh w1 = (__m512bh) _mm512_loadu_si512(w + 16);

#pragma GCC unroll 12
        for (gsize r = 0; r < rows; r++) {
            __m512bh pair = (__m512bh) _mm512_set1_epi32((gint32) a[r]);

            sum[r][0] = _mm512_dpbf16_ps(sum[r][0], pair, w0);
            sum[r][1] = _mm512_dpbf16_ps(sum[r][1], pair, w1);
        }
    }
#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++) {
        _mm512_storeu_ps(sums + r * UMK_GEMM_PANEL, sum[r][0]);
        _mm512_storeu_ps(sums + r * UMK_GEMM_PANEL + 16, sum[r][1]);
    }
}

TARGET_BF16 void
_umk_bf16_tile_avx512(
    const guint32 *a, const guint32 *w, gsize pairs, gsize rows, float *sums)
{
    switch (rows) {
#define ROWS(n)                                                                          \
    case n:                                                                              \
        bf16_tile(a, w, pairs, n, sums);                                                 \
        break
        ROWS(1);
        ROWS(2);
        ROWS(3);
        ROWS(4);
        ROWS(5);
        ROWS(6);
        ROWS(7);
        ROWS(8);
        ROWS(9);
        ROWS(10);
        ROWS(11);
        ROWS(12);
#undef ROWS
    default:
        g_assert_not_reached();
    }
}

#else

typedef int UmkGemmBf16NoX86; /* a file may not be empty */

#endif
