/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of a float query with rows of half precision on x86: a row's halves become
 * floats in the register they are loaded into. Four rows at a time share the loads of the
 * query, and their chains of sums hide one another's latency. */
#include "linalg/umk-half-dot-private.h"

#if defined(__x86_64__) && defined(__GNUC__)

#ifndef UMK_HALF_DOT_EMULATED
#include <immintrin.h>
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#ifdef UMK_HALF_DOT_EMULATED
#define TARGET_F16C
#define TARGET_AVX512
#else
#define TARGET_F16C   __attribute__((target("avx2,fma,f16c")))
#define TARGET_AVX512 __attribute__((target("avx512f,avx2,fma")))
#endif

#define TILE 4 /* rows whose sums are held in registers at once */

/* ---- AVX2 with F16C: sixteen lanes are two registers ------------------------------- */

TARGET_F16C ALWAYS_INLINE float
f16c_reduce(__m256 low, __m256 high)
{
    __m256 eight = _mm256_add_ps(low, high);
    __m128 four =
        _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));

    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

TARGET_F16C ALWAYS_INLINE void
f16c_tile(const float *query, const guint16 *rows, gsize stride, int n, float *out)
{
    __m256 sums[TILE][2];

#pragma GCC unroll 4
    for (int r = 0; r < n; r++)
        sums[r][0] = sums[r][1] = _mm256_setzero_ps();
    for (gsize i = 0; i < stride; i += UMK_HALF_LANES) {
#pragma GCC unroll 2
        for (int side = 0; side < 2; side++) {
            gsize at = i + (gsize) side * 8;
            __m256 q = _mm256_loadu_ps(query + at);

#pragma GCC unroll 4
            for (int r = 0; r < n; r++) {
                const guint16 *from = rows + (gsize) r * stride + at;
                __m256 x = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) from));

                sums[r][side] = _mm256_fmadd_ps(q, x, sums[r][side]);
            }
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < n; r++)
        out[r] = f16c_reduce(sums[r][0], sums[r][1]);
}

TARGET_F16C void
_umk_half_dot_f16c(
    const float *query, const guint16 *rows, gsize stride, gsize n_rows, float *out)
{
    gsize i = 0;

    for (; i + TILE <= n_rows; i += TILE)
        f16c_tile(query, rows + i * stride, stride, TILE, out + i);
    for (; i < n_rows; i++)
        f16c_tile(query, rows + i * stride, stride, 1, out + i);
}

/* ---- AVX-512: sixteen lanes are one register --------------------------------------- */

TARGET_AVX512 ALWAYS_INLINE float
avx512_reduce(__m512 sum)
{
    __m256 low = _mm512_castps512_ps256(sum);
    __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(sum), 1));
    __m256 eight = _mm256_add_ps(low, high);
    __m128 four =
        _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));

    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

TARGET_AVX512 ALWAYS_INLINE void
avx512_tile(const float *query, const guint16 *rows, gsize stride, int n, float *out)
{
    __m512 sums[TILE];

#pragma GCC unroll 4
    for (int r = 0; r < n; r++)
        sums[r] = _mm512_setzero_ps();
    for (gsize i = 0; i < stride; i += UMK_HALF_LANES) {
        __m512 q = _mm512_loadu_ps(query + i);

#pragma GCC unroll 4
        for (int r = 0; r < n; r++) {
            const guint16 *from = rows + (gsize) r * stride + i;
            __m512 x = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) from));

            sums[r] = _mm512_fmadd_ps(q, x, sums[r]);
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < n; r++)
        out[r] = avx512_reduce(sums[r]);
}

TARGET_AVX512 void
_umk_half_dot_avx512(
    const float *query, const guint16 *rows, gsize stride, gsize n_rows, float *out)
{
    gsize i = 0;

    for (; i + TILE <= n_rows; i += TILE)
        avx512_tile(query, rows + i * stride, stride, TILE, out + i);
    for (; i < n_rows; i++)
        avx512_tile(query, rows + i * stride, stride, 1, out + i);
}

#else
typedef int UmkHalfDotNoX86; /* a file may not be empty */
#endif
