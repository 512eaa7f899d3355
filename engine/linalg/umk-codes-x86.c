/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of compact codes on x86. The 8-bit ones go through the multiply that takes one
 * unsigned and one signed factor: with AVX2 the signs of the query are moved to the row
 * (|q| * sign(q) x; two products of at most 127 * 127 fit 16 bits), with VNNI 128 is
 * added to the row and 128 times the query's sum taken away at the end. Both are exact.
 */
#include "linalg/umk-codes-private.h"

#if defined(__x86_64__) && defined(__GNUC__)

#ifndef UMK_CODES_EMULATED
#include <immintrin.h>
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#ifdef UMK_CODES_EMULATED
#define TARGET_AVX2
#define TARGET_VNNI
#else
#define TARGET_AVX2 __attribute__((target("avx2,popcnt")))
#define TARGET_VNNI                                                                      \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx2,popcnt")))
#endif

#define TILE 4 /* rows whose sums are held in registers at once */

/* ---- AVX2 ------------------------------------------------------------------------- */

TARGET_AVX2 ALWAYS_INLINE gint32
avx2_sum(__m256i x)
{
    __m128i four =
        _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    __m128i two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));

    return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 1)));
}

/* The four sums of four registers, in order. */
TARGET_AVX2 ALWAYS_INLINE __m128i
avx2_sum4(__m256i a, __m256i b, __m256i c, __m256i d)
{
    __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));

    return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}

TARGET_AVX2 ALWAYS_INLINE void
avx2_tile(const gint8 *query, const gint8 *const *rows, int n, gsize stride, gint32 *out)
{
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sums[TILE];

#pragma GCC unroll 4
    for (int r = 0; r < n; r++)
        sums[r] = _mm256_setzero_si256();
    for (gsize i = 0; i < stride; i += 32) {
        __m256i q = _mm256_loadu_si256((const __m256i *) (query + i));
        __m256i size = _mm256_abs_epi8(q);

#pragma GCC unroll 4
        for (int r = 0; r < n; r++) {
            __m256i x = _mm256_loadu_si256((const __m256i *) (rows[r] + i));
            __m256i pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(x, q));

            sums[r] = _mm256_add_epi32(sums[r], _mm256_madd_epi16(pairs, ones));
        }
    }
    if (n == TILE) {
        _mm_storeu_si128((__m128i *) out, avx2_sum4(sums[0], sums[1], sums[2], sums[3]));
        return;
    }
    for (int r = 0; r < n; r++)
        out[r] = avx2_sum(sums[r]);
}

TARGET_AVX2 static void
avx2_dot_run(
    const gint8 *query, const gint8 *codes, gsize stride, gsize n_rows, gint32 *out)
{
    gsize i = 0;

    for (; i + TILE <= n_rows; i += TILE) {
        const gint8 *row = codes + i * stride;
        const gint8 *rows[TILE] = {row, row + stride, row + 2 * stride, row + 3 * stride};

        avx2_tile(query, rows, TILE, stride, out + i);
    }
    for (; i < n_rows; i++) {
        const gint8 *row = codes + i * stride;

        avx2_tile(query, &row, 1, stride, out + i);
    }
}

TARGET_AVX2 static void
avx2_dot_some(const gint8 *query,
              const gint8 *codes,
              gsize pitch,
              gsize stride,
              const guint32 *ids,
              gsize n_ids,
              gint32 *out)
{
    gsize i = 0;

    for (; i + TILE <= n_ids; i += TILE) {
        const gint8 *rows[TILE] = {
            codes + ids[i] * pitch,
            codes + ids[i + 1] * pitch,
            codes + ids[i + 2] * pitch,
            codes + ids[i + 3] * pitch,
        };

        avx2_tile(query, rows, TILE, stride, out + i);
    }
    for (; i < n_ids; i++) {
        const gint8 *row = codes + ids[i] * pitch;

        avx2_tile(query, &row, 1, stride, out + i);
    }
}

/* The scalar count of bits is as fast as the rows come. */
TARGET_AVX2 ALWAYS_INLINE void
differ_words(
    const guint64 *query, const guint64 *rows, gsize n_words, gsize n_rows, guint16 *out)
{
    for (gsize i = 0; i < n_rows; i++, rows += n_words) {
        guint64 n = 0;

#pragma GCC unroll 12
        for (gsize w = 0; w < n_words; w++)
            n += (guint64) _mm_popcnt_u64(query[w] ^ rows[w]);
        out[i] = (guint16) n;
    }
}

TARGET_AVX2 static void
avx2_differ_run(
    const guint64 *query, const guint64 *rows, gsize n_words, gsize n_rows, guint16 *out)
{
    switch (n_words) {
    case 6: /* 384 dimensions; a constant lets the loop be unrolled */
        differ_words(query, rows, 6, n_rows, out);
        break;
    case 8:
        differ_words(query, rows, 8, n_rows, out);
        break;
    case 12:
        differ_words(query, rows, 12, n_rows, out);
        break;
    default:
        differ_words(query, rows, n_words, n_rows, out);
    }
}

const UmkCodeKernels _umk_code_kernels_avx2 = {
    .dot_run = avx2_dot_run,
    .dot_some = avx2_dot_some,
    .differ_run = avx2_differ_run,
};

/* ---- AVX-512 with VNNI ------------------------------------------------------------ */

TARGET_VNNI ALWAYS_INLINE __m512i
vnni_load(const gint8 *from, gsize n_left)
{
    return n_left >= 64 ? _mm512_loadu_si512(from)
                        : _mm512_maskz_loadu_epi8((__mmask64) 0xffffffffu, from);
}

TARGET_VNNI ALWAYS_INLINE void
vnni_tile(const gint8 *query, const gint8 *const *rows, int n, gsize stride, gint32 *out)
{
    const __m512i offset = _mm512_set1_epi8((char) 0x80), ones = _mm512_set1_epi8(1);
    __m512i sums[TILE], sum_q = _mm512_setzero_si512();
    guint32 bias; /* wraps as the sums do; the difference is right again */

#pragma GCC unroll 4
    for (int r = 0; r < n; r++)
        sums[r] = _mm512_setzero_si512();
    for (gsize i = 0; i < stride; i += 64) {
        __m512i q = vnni_load(query + i, stride - i);

        sum_q = _mm512_dpbusd_epi32(sum_q, ones, q);
#pragma GCC unroll 4
        for (int r = 0; r < n; r++) {
            __m512i x = vnni_load(rows[r] + i, stride - i);

            sums[r] = _mm512_dpbusd_epi32(sums[r], _mm512_xor_si512(x, offset), q);
        }
    }
    bias = 128 * (guint32) _mm512_reduce_add_epi32(sum_q);
#pragma GCC unroll 4
    for (int r = 0; r < n; r++)
        out[r] = (gint32) ((guint32) _mm512_reduce_add_epi32(sums[r]) - bias);
}

TARGET_VNNI static void
vnni_dot_run(
    const gint8 *query, const gint8 *codes, gsize stride, gsize n_rows, gint32 *out)
{
    gsize i = 0;

    for (; i + TILE <= n_rows; i += TILE) {
        const gint8 *row = codes + i * stride;
        const gint8 *rows[TILE] = {row, row + stride, row + 2 * stride, row + 3 * stride};

        vnni_tile(query, rows, TILE, stride, out + i);
    }
    for (; i < n_rows; i++) {
        const gint8 *row = codes + i * stride;

        vnni_tile(query, &row, 1, stride, out + i);
    }
}

TARGET_VNNI static void
vnni_dot_some(const gint8 *query,
              const gint8 *codes,
              gsize pitch,
              gsize stride,
              const guint32 *ids,
              gsize n_ids,
              gint32 *out)
{
    gsize i = 0;

    for (; i + TILE <= n_ids; i += TILE) {
        const gint8 *rows[TILE] = {
            codes + ids[i] * pitch,
            codes + ids[i + 1] * pitch,
            codes + ids[i + 2] * pitch,
            codes + ids[i + 3] * pitch,
        };

        vnni_tile(query, rows, TILE, stride, out + i);
    }
    for (; i < n_ids; i++) {
        const gint8 *row = codes + ids[i] * pitch;

        vnni_tile(query, &row, 1, stride, out + i);
    }
}

const UmkCodeKernels _umk_code_kernels_vnni = {
    .dot_run = vnni_dot_run,
    .dot_some = vnni_dot_some,
    .differ_run = avx2_differ_run,
};

#endif
