/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of a float query with rows of half precision on x86: a row's halves become
 * floats in the register they are loaded into. Row after row: they come from memory,
 * which is read fastest in one stream (four rows at a time took half as long again), and
 * the processor overlaps the sums of two by itself. */
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

TARGET_F16C void
_umk_half_dot_f16c(
    const float *query, const guint16 *rows, gsize stride, gsize n_rows, float *out)
{
    for (gsize row = 0; row < n_rows; row++, rows += stride) {
        __m256 low = _mm256_setzero_ps(), high = low;

        for (gsize i = 0; i < stride; i += UMK_HALF_LANES) {
            __m256 a = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) (rows + i)));
            __m256 b = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) (rows + i + 8)));

            low = _mm256_fmadd_ps(_mm256_loadu_ps(query + i), a, low);
            high = _mm256_fmadd_ps(_mm256_loadu_ps(query + i + 8), b, high);
        }
        out[row] = f16c_reduce(low, high);
    }
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

TARGET_AVX512 void
_umk_half_dot_avx512(
    const float *query, const guint16 *rows, gsize stride, gsize n_rows, float *out)
{
    for (gsize row = 0; row < n_rows; row++, rows += stride) {
        __m512 sum = _mm512_setzero_ps();

        for (gsize i = 0; i < stride; i += UMK_HALF_LANES) {
            __m512 x = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) (rows + i)));

            sum = _mm512_fmadd_ps(_mm512_loadu_ps(query + i), x, sum);
        }
        out[row] = avx512_reduce(sum);
    }
}

#else
typedef int UmkHalfDotNoX86; /* a file may not be empty */
#endif
