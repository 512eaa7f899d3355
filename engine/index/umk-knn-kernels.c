/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distances and projections of seven-bit codes, plain and for AVX2. A difference of two
 * codes fits a signed byte and its square sixteen bits, so one instruction squares and
 * adds pairs without losing anything. Kernels only: nothing here allocates. */
#include "index/umk-knn-codes-private.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

static guint32
plain_distance(const guint8 *a, const guint8 *b, gsize width)
{
    guint32 sum = 0;

    for (gsize i = 0; i < width; i++) {
        gint32 difference = (gint32) a[i] - (gint32) b[i];

        sum += (guint32) (difference * difference);
    }
    return sum;
}

static void
plain_distance_4(const guint8 *a, const guint8 *const *b, gsize width, guint32 *out)
{
    for (int i = 0; i < 4; i++)
        out[i] = plain_distance(a, b[i], width);
}

static gint32
plain_project(const guint8 *code, const gint8 *normal, gsize width)
{
    gint32 sum = 0;

    for (gsize i = 0; i < width; i++)
        sum += (gint32) code[i] * (gint32) normal[i];
    return sum;
}

static const UmkKnnKernels plain_kernels = {
    .distance = plain_distance,
    .distance_4 = plain_distance_4,
    .project = plain_project,
};

#if defined(__x86_64__) && defined(__GNUC__)

#define TARGET __attribute__((target("avx2")))
#define BODY   static inline __attribute__((always_inline))

TARGET BODY gint32
sum_of(__m256i x)
{
    __m128i four =
        _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));

    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1)));
}

TARGET BODY __m256i
add_square(__m256i sum, __m256i a, const guint8 *b)
{
    __m256i difference =
        _mm256_abs_epi8(_mm256_sub_epi8(a, _mm256_loadu_si256((const __m256i *) b)));
    __m256i pairs = _mm256_maddubs_epi16(difference, difference);

    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

TARGET static guint32
avx2_distance(const guint8 *a, const guint8 *b, gsize width)
{
    __m256i sum = _mm256_setzero_si256(), other = _mm256_setzero_si256();
    gsize i = 0;

    for (; i + 64 <= width; i += 64) {
        sum = add_square(sum, _mm256_loadu_si256((const __m256i *) (a + i)), b + i);
        other = add_square(other, _mm256_loadu_si256((const __m256i *) (a + i + 32)),
                           b + i + 32);
    }
    if (i < width)
        sum = add_square(sum, _mm256_loadu_si256((const __m256i *) (a + i)), b + i);
    return (guint32) sum_of(_mm256_add_epi32(sum, other));
}

TARGET static void
avx2_distance_4(const guint8 *a, const guint8 *const *b, gsize width, guint32 *out)
{
    __m256i sums[4];

    for (int r = 0; r < 4; r++)
        sums[r] = _mm256_setzero_si256();
    for (gsize i = 0; i < width; i += 32) {
        __m256i x = _mm256_loadu_si256((const __m256i *) (a + i));

#pragma GCC unroll 4
        for (int r = 0; r < 4; r++)
            sums[r] = add_square(sums[r], x, b[r] + i);
    }
    for (int r = 0; r < 4; r++)
        out[r] = (guint32) sum_of(sums[r]);
}

TARGET static gint32
avx2_project(const guint8 *code, const gint8 *normal, gsize width)
{
    __m256i sum = _mm256_setzero_si256();

    for (gsize i = 0; i < width; i += 32) {
        __m256i pairs =
            _mm256_maddubs_epi16(_mm256_loadu_si256((const __m256i *) (code + i)),
                                 _mm256_loadu_si256((const __m256i *) (normal + i)));

        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
    return sum_of(sum);
}

static const UmkKnnKernels avx2_kernels = {
    .distance = avx2_distance,
    .distance_4 = avx2_distance_4,
    .project = avx2_project,
};

#endif

/* The best for this processor, or the plain ones to compare with. */
const UmkKnnKernels *
_umk_knn_kernels(gboolean plain)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (!plain && __builtin_cpu_supports("avx2"))
        return &avx2_kernels;
#endif
    return &plain_kernels;
}
