/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix tiles for AVX2 with FMA and for AVX-512. Each function carries its own target,
 * so the library as a whole still runs on any x86-64. A tile keeps all its sums in
 * registers: 12 rows by 2 vectors of 16 for AVX-512, 6 rows by 2 vectors of 8 (four times
 * over) for AVX2. The number of rows is a constant in each copy the compiler makes. */
#include "linalg/umk-gemm-kernels-private.h"

#if UMK_GEMM_X86

#ifndef UMK_GEMM_EMULATED
#include <immintrin.h>
#endif

#define TARGET_AVX512 UMK_GEMM_TARGET("avx512f")
#define TARGET_AVX2   UMK_GEMM_TARGET("avx2,fma")
#define INLINE        static inline __attribute__((always_inline))

TARGET_AVX512 INLINE void
tile_avx512(const float *a,
            const float *w,
            gsize k,
            const gsize rows,
            gsize columns,
            const float *bias,
            UmkGemmMode mode,
            float *out,
            gsize out_stride)
{
    __m512 sum[UMK_GEMM_ROWS][2];
    __mmask16 left = columns >= 16 ? 0xffff : (__mmask16) ((1u << columns) - 1);
    __mmask16 right = columns >= 32   ? 0xffff
                      : columns <= 16 ? 0
                                      : (__mmask16) ((1u << (columns - 16)) - 1);

#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++) {
        const float *from = out + r * out_stride;

        sum[r][0] = mode == UMK_GEMM_RESUME ? _mm512_maskz_loadu_ps(left, from)
                                            : _mm512_setzero_ps();
        sum[r][1] = mode == UMK_GEMM_RESUME ? _mm512_maskz_loadu_ps(right, from + 16)
                                            : _mm512_setzero_ps();
    }
    for (gsize i = 0; i < k; i++, a += UMK_GEMM_ROWS, w += UMK_GEMM_PANEL) {
        __m512 w0 = _mm512_loadu_ps(w), w1 = _mm512_loadu_ps(w + 16);

#pragma GCC unroll 12
        for (gsize r = 0; r < rows; r++) {
            __m512 factor = _mm512_set1_ps(a[r]);

            sum[r][0] = _mm512_fmadd_ps(factor, w0, sum[r][0]);
            sum[r][1] = _mm512_fmadd_ps(factor, w1, sum[r][1]);
        }
    }
    if (bias != NULL) {
        __m512 b0 = _mm512_maskz_loadu_ps(left, bias);
        __m512 b1 = _mm512_maskz_loadu_ps(right, bias + 16);

#pragma GCC unroll 12
        for (gsize r = 0; r < rows; r++) {
            sum[r][0] = _mm512_add_ps(sum[r][0], b0);
            sum[r][1] = _mm512_add_ps(sum[r][1], b1);
        }
    }
#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++) {
        float *to = out + r * out_stride;

        if (mode == UMK_GEMM_ADD) {
            sum[r][0] = _mm512_add_ps(_mm512_maskz_loadu_ps(left, to), sum[r][0]);
            sum[r][1] = _mm512_add_ps(_mm512_maskz_loadu_ps(right, to + 16), sum[r][1]);
        }
        _mm512_mask_storeu_ps(to, left, sum[r][0]);
        _mm512_mask_storeu_ps(to + 16, right, sum[r][1]);
    }
}

TARGET_AVX512 void
_umk_gemm_tile_avx512(const float *a,
                      const float *w,
                      gsize k,
                      gsize rows,
                      gsize columns,
                      const float *bias,
                      UmkGemmMode mode,
                      float *out,
                      gsize out_stride)
{
#define ROWS(n)                                                                          \
    case n:                                                                              \
        tile_avx512(a, w, k, n, columns, bias, mode, out, out_stride);                   \
        break
    switch (rows) {
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
    default:
        g_assert_not_reached();
    }
#undef ROWS
}

/* 16 columns, up to 6 rows */
TARGET_AVX2 INLINE void
tile_avx2(const float *a,
          const float *w,
          gsize k,
          const gsize rows,
          const float *bias,
          UmkGemmMode mode,
          float *out,
          gsize out_stride)
{
    __m256 sum[6][2];

#pragma GCC unroll 6
    for (gsize r = 0; r < rows; r++) {
        const float *from = out + r * out_stride;

        sum[r][0] = mode == UMK_GEMM_RESUME ? _mm256_loadu_ps(from) : _mm256_setzero_ps();
        sum[r][1] =
            mode == UMK_GEMM_RESUME ? _mm256_loadu_ps(from + 8) : _mm256_setzero_ps();
    }
#define STEP                                                                             \
    {                                                                                    \
        __m256 w0 = _mm256_loadu_ps(w), w1 = _mm256_loadu_ps(w + 8);                     \
                                                                                         \
        _Pragma("GCC unroll 6") for (gsize r = 0; r < rows; r++)                         \
        {                                                                                \
            __m256 factor = _mm256_broadcast_ss(a + r);                                  \
                                                                                         \
            sum[r][0] = _mm256_fmadd_ps(factor, w0, sum[r][0]);                          \
            sum[r][1] = _mm256_fmadd_ps(factor, w1, sum[r][1]);                          \
        }                                                                                \
        a += UMK_GEMM_ROWS;                                                              \
        w += UMK_GEMM_PANEL;                                                             \
    }
    gsize i = 0;

    for (; i + 4 <= k; i += 4) {
        /* Weights are read once in a straight line, but a short text outruns the memory.
         */
        _mm_prefetch((const char *) (w + 16 * UMK_GEMM_PANEL), _MM_HINT_T0);
        _mm_prefetch((const char *) (w + 17 * UMK_GEMM_PANEL), _MM_HINT_T0);
        _mm_prefetch((const char *) (w + 18 * UMK_GEMM_PANEL), _MM_HINT_T0);
        _mm_prefetch((const char *) (w + 19 * UMK_GEMM_PANEL), _MM_HINT_T0);
        STEP STEP STEP STEP
    }
    for (; i < k; i++)
        STEP
#undef STEP
#pragma GCC unroll 6
            for (gsize r = 0; r < rows; r++)
        {
            float *to = out + r * out_stride;

            if (bias != NULL) {
                sum[r][0] = _mm256_add_ps(sum[r][0], _mm256_loadu_ps(bias));
                sum[r][1] = _mm256_add_ps(sum[r][1], _mm256_loadu_ps(bias + 8));
            }
            if (mode == UMK_GEMM_ADD) {
                sum[r][0] = _mm256_add_ps(_mm256_loadu_ps(to), sum[r][0]);
                sum[r][1] = _mm256_add_ps(_mm256_loadu_ps(to + 8), sum[r][1]);
            }
            _mm256_storeu_ps(to, sum[r][0]);
            _mm256_storeu_ps(to + 8, sum[r][1]);
        }
}

TARGET_AVX2 static void
tile_avx2_rows(const float *a,
               const float *w,
               gsize k,
               gsize rows,
               const float *bias,
               UmkGemmMode mode,
               float *out,
               gsize out_stride)
{
#define ROWS(n)                                                                          \
    case n:                                                                              \
        tile_avx2(a, w, k, n, bias, mode, out, out_stride);                              \
        break
    switch (rows) {
        ROWS(1);
        ROWS(2);
        ROWS(3);
        ROWS(4);
        ROWS(5);
        ROWS(6);
    default:
        g_assert_not_reached();
    }
#undef ROWS
}

TARGET_AVX2 void
_umk_gemm_tile_avx2(const float *a,
                    const float *w,
                    gsize k,
                    gsize rows,
                    gsize columns,
                    const float *bias,
                    UmkGemmMode mode,
                    float *out,
                    gsize out_stride)
{
    const gsize half = rows > 6 ? (rows + 1) / 2 : rows; /* 8 rows run as 4 + 4 */

    for (gsize column = 0; column < columns; column += 16) {
        gsize width = MIN(columns - column, 16);

        for (gsize row = 0; row < rows; row += half) {
            gsize height = MIN(rows - row, half);
            float *to = out + row * out_stride + column;

            if (width == 16) {
                tile_avx2_rows(a + row, w + column, k, height,
                               bias != NULL ? bias + column : NULL, mode, to, out_stride);
            } else {
                float edge[6 * 16] = {0}, edge_bias[16] = {0};

                for (gsize j = 0; bias != NULL && j < width; j++)
                    edge_bias[j] = bias[column + j];
                for (gsize r = 0; mode != UMK_GEMM_SET && r < height; r++)
                    for (gsize j = 0; j < width; j++)
                        edge[r * 16 + j] = to[r * out_stride + j];
                tile_avx2_rows(a + row, w + column, k, height,
                               bias != NULL ? edge_bias : NULL, mode, edge, 16);
                for (gsize r = 0; r < height; r++)
                    for (gsize j = 0; j < width; j++)
                        to[r * out_stride + j] = edge[r * 16 + j];
            }
        }
    }
}

#else

typedef int UmkGemmNoX86; /* a file may not be empty */

#endif
