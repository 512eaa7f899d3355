/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiles of the quantised product for AVX2, AVX-VNNI and AVX512-VNNI, quantising of rows
 * and the way back to floats. Each function carries its own target. */
#include "linalg/umk-gemm-int8-kernels-private.h"

#if UMK_GEMM_X86

#ifndef UMK_GEMM_EMULATED
#include <immintrin.h>
#endif
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* Copies with a constant number of rows, so that all sums stay in registers. */
#define ROWS_1_TO_6(tile, ...)                                                           \
    switch (rows) {                                                                      \
    case 1:                                                                              \
        tile(1, __VA_ARGS__);                                                            \
        break;                                                                           \
    case 2:                                                                              \
        tile(2, __VA_ARGS__);                                                            \
        break;                                                                           \
    case 3:                                                                              \
        tile(3, __VA_ARGS__);                                                            \
        break;                                                                           \
    case 4:                                                                              \
        tile(4, __VA_ARGS__);                                                            \
        break;                                                                           \
    case 5:                                                                              \
        tile(5, __VA_ARGS__);                                                            \
        break;                                                                           \
    default:                                                                             \
        tile(6, __VA_ARGS__);                                                            \
    }

/* Says that a sum changes in place: without it gcc 12 gives old and new sum a register
 * each, has too few, and goes through the stack. */
#ifdef UMK_GEMM_EMULATED
#define KEEP(sum) ((void) 0)
#else
#define KEEP(sum) __asm__("" : "+x"(sum))
#endif

/* AVX2: 6 rows by 16 outputs. vpmaddubsw sums pairs of products in 16 bits, which hold
 * 2 * 127 * 127 and so everything as long as the input stays below 128. */
#define TARGET_AVX2 UMK_GEMM_TARGET("avx2")

TARGET_AVX2 INLINE void
int8_tile_avx2(
    const gsize rows, const guint8 *a, const gint8 *w, gsize quads, gint32 *sums)
{
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sum[6][2];

#pragma GCC unroll 6
    for (gsize r = 0; r < rows; r++)
        sum[r][0] = sum[r][1] = _mm256_setzero_si256();
    for (gsize i = 0; i < quads; i++, a += UMK_GEMM_ROWS * 4, w += UMK_GEMM_PANEL * 4) {
        __m256i w0 = _mm256_load_si256((const __m256i *) w);
        __m256i w1 = _mm256_load_si256((const __m256i *) (w + 32));

#pragma GCC unroll 6
        for (gsize r = 0; r < rows; r++) {
            __m256i four =
                _mm256_set1_epi32(*(const gint32 *) (gconstpointer) (a + r * 4));

            sum[r][0] = _mm256_add_epi32(
                sum[r][0], _mm256_madd_epi16(_mm256_maddubs_epi16(four, w0), ones));
            sum[r][1] = _mm256_add_epi32(
                sum[r][1], _mm256_madd_epi16(_mm256_maddubs_epi16(four, w1), ones));
        }
    }
#pragma GCC unroll 6
    for (gsize r = 0; r < rows; r++) {
        _mm256_storeu_si256((__m256i *) (sums + r * UMK_GEMM_PANEL), sum[r][0]);
        _mm256_storeu_si256((__m256i *) (sums + r * UMK_GEMM_PANEL + 8), sum[r][1]);
    }
}

TARGET_AVX2 static void
int8_tile_avx2_rows(
    gsize rows, const guint8 *a, const gint8 *w, gsize quads, gint32 *sums)
{
    ROWS_1_TO_6(int8_tile_avx2, a, w, quads, sums);
}

TARGET_AVX2 void
_umk_int8_tile_avx2(
    gconstpointer a, const gint8 *w, gsize quads, gsize rows, gsize columns, gint32 *sums)
{
    for (gsize column = 0; column < columns; column += 16)
        for (gsize row = 0; row < rows; row += 6)
            int8_tile_avx2_rows(MIN(rows - row, 6), (const guint8 *) a + row * 4,
                                w + column * 4, quads,
                                sums + row * UMK_GEMM_PANEL + column);
}

/* AVX-VNNI: 6 rows by 16 outputs. */
#define TARGET_AVX_VNNI UMK_GEMM_TARGET("avx2,avxvnni")

TARGET_AVX_VNNI INLINE void
int8_avx_vnni(
    const gsize rows, const guint8 *a, const gint8 *w, gsize quads, gint32 *sums)
{
    __m256i sum[6][2];

#pragma GCC unroll 6
    for (gsize r = 0; r < rows; r++)
        sum[r][0] = sum[r][1] = _mm256_setzero_si256();
    for (gsize i = 0; i < quads; i++, a += UMK_GEMM_ROWS * 4, w += UMK_GEMM_PANEL * 4) {
        __m256i w0 = _mm256_load_si256((const __m256i *) w);
        __m256i w1 = _mm256_load_si256((const __m256i *) (w + 32));

#pragma GCC unroll 6
        for (gsize r = 0; r < rows; r++) {
            __m256i four =
                _mm256_set1_epi32(*(const gint32 *) (gconstpointer) (a + r * 4));

            sum[r][0] = _mm256_dpbusd_avx_epi32(sum[r][0], four, w0);
            sum[r][1] = _mm256_dpbusd_avx_epi32(sum[r][1], four, w1);
        }
    }
#pragma GCC unroll 6
    for (gsize r = 0; r < rows; r++) {
        _mm256_storeu_si256((__m256i *) (sums + r * UMK_GEMM_PANEL), sum[r][0]);
        _mm256_storeu_si256((__m256i *) (sums + r * UMK_GEMM_PANEL + 8), sum[r][1]);
    }
}

TARGET_AVX_VNNI static void
int8_avx_vnni_rows(gsize rows, const guint8 *a, const gint8 *w, gsize quads, gint32 *sums)
{
    ROWS_1_TO_6(int8_avx_vnni, a, w, quads, sums);
}

TARGET_AVX_VNNI void
_umk_int8_tile_avx_vnni(
    gconstpointer a, const gint8 *w, gsize quads, gsize rows, gsize columns, gint32 *sums)
{
    const gsize half = rows > 6 ? (rows + 1) / 2 : rows;

    for (gsize column = 0; column < columns; column += 16)
        for (gsize row = 0; row < rows; row += half)
            int8_avx_vnni_rows(MIN(rows - row, half), (const guint8 *) a + row * 4,
                               w + column * 4, quads,
                               sums + row * UMK_GEMM_PANEL + column);
}

/* AVX512-VNNI: 12 rows by all 32 outputs of a panel. */
#define TARGET_AVX512_VNNI UMK_GEMM_TARGET("avx512f,avx512vnni")

TARGET_AVX512_VNNI INLINE void
int8_avx512_vnni(
    const gsize rows, const guint8 *a, const gint8 *w, gsize quads, gint32 *sums)
{
    __m512i sum[UMK_GEMM_ROWS][2];

#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++)
        sum[r][0] = sum[r][1] = _mm512_setzero_si512();
    for (gsize i = 0; i < quads; i++, a += UMK_GEMM_ROWS * 4, w += UMK_GEMM_PANEL * 4) {
        __m512i w0 = _mm512_load_si512(w), w1 = _mm512_load_si512(w + 64);

#pragma GCC unroll 12
        for (gsize r = 0; r < rows; r++) {
            __m512i four =
                _mm512_set1_epi32(*(const gint32 *) (gconstpointer) (a + r * 4));

            sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], four, w0);
            sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], four, w1);
        }
    }
#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++) {
        _mm512_storeu_si512(sums + r * UMK_GEMM_PANEL, sum[r][0]);
        _mm512_storeu_si512(sums + r * UMK_GEMM_PANEL + 16, sum[r][1]);
    }
}

TARGET_AVX512_VNNI void
_umk_int8_tile_avx512_vnni(
    gconstpointer a, const gint8 *w, gsize quads, gsize rows, gsize columns, gint32 *sums)
{
    switch (rows) {
#define ROWS(n)                                                                          \
    case n:                                                                              \
        int8_avx512_vnni(n, a, w, quads, sums);                                          \
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

/* Up to 8 neighbouring numbers, 0 where there are none. */
TARGET_AVX2 INLINE __m256
load_avx2(const float *x, gsize n)
{
    const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

    if (G_LIKELY(n >= 8))
        return _mm256_loadu_ps(x);
    return _mm256_maskload_ps(x,
                              _mm256_cmpgt_epi32(_mm256_set1_epi32((gint32) n), places));
}

TARGET_AVX2 INLINE float
find_step_avx2(const float *x, gsize k, gint32 top, float *step, gint32 *zero)
{
    __m256 least = _mm256_setzero_ps(), most = least, check = least, none = least;
    float lows[8], highs[8], checks[8];

    for (gsize i = 0; i < k; i += 8) {
        __m256 v = load_avx2(x + i, k - i);

        least = _mm256_min_ps(v, least);
        most = _mm256_max_ps(v, most);
        check = _mm256_add_ps(check, _mm256_mul_ps(v, none));
    }
    _mm256_storeu_ps(lows, least);
    _mm256_storeu_ps(highs, most);
    _mm256_storeu_ps(checks, check);
    for (guint i = 1; i < 8; i++) {
        lows[0] = lows[i] < lows[0] ? lows[i] : lows[0];
        highs[0] = highs[i] > highs[0] ? highs[i] : highs[0];
        checks[0] += checks[i];
    }
    return _umk_int8_find_step(lows[0], highs[0], checks[0], top, step, zero);
}

/* 16 numbers to 16 bits, the two halves interleaved by fours; not yet below 256. */
TARGET_AVX2 INLINE __m256i
quantize_16_avx2(const float *x, gsize n, __m256 factor, __m256i offset)
{
    __m256 low = load_avx2(x, n), high = load_avx2(x + 8, n > 8 ? n - 8 : 0);
    __m256i q0 = _mm256_cvtps_epi32(_mm256_mul_ps(low, factor));
    __m256i q1 = _mm256_cvtps_epi32(_mm256_mul_ps(high, factor));

    return _mm256_packs_epi32(_mm256_add_epi32(q0, offset), _mm256_add_epi32(q1, offset));
}

INLINE void
scatter_quads(const guint8 *quads, gsize n, gsize pitch, guint8 *to)
{
    for (gsize i = 0; i < n; i++)
        memcpy(to + i * pitch, quads + 4 * i, 4);
}

TARGET_AVX2 INLINE void
quantize_avx2(const float *x,
              gsize k,
              const gint32 top,
              gsize pitch,
              guint8 *to,
              float *step,
              gint32 *zero)
{
    __m256 factor = _mm256_set1_ps(find_step_avx2(x, k, top, step, zero));
    __m256i offset = _mm256_set1_epi32(*zero);
    const __m256i most = _mm256_set1_epi8((char) top);
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);

    for (gsize i = 0; i < k; i += 32, to += 8 * pitch) {
        gsize left = k - i;
        __m256i q0 = quantize_16_avx2(x + i, left, factor, offset);
        __m256i q1 =
            left > 16 ? quantize_16_avx2(x + i + 16, left - 16, factor, offset) : q0;
        guint8 quads[32];

        _mm256_storeu_si256(
            (__m256i *) quads,
            _mm256_permutevar8x32_epi32(
                _mm256_min_epu8(_mm256_packus_epi16(q0, q1), most), order));
        if (G_LIKELY(left >= 32))
            scatter_quads(quads, 8, pitch, to);
        else
            scatter_quads(quads, (left + 3) / 4, pitch, to);
    }
}

TARGET_AVX2 void
_umk_int8_quantize_avx2(
    const float *x, gsize k, gsize pitch, guint8 *to, float *step, gint32 *zero)
{
    quantize_avx2(x, k, 255, pitch, to, step, zero);
}

TARGET_AVX2 void
_umk_int8_quantize_7_bits_avx2(
    const float *x, gsize k, gsize pitch, guint8 *to, float *step, gint32 *zero)
{
    quantize_avx2(x, k, 127, pitch, to, step, zero);
}

TARGET_AVX2 void
_umk_int8_finish_avx2(const gint32 *sums,
                      gsize rows,
                      const float *steps,
                      const gint32 *zeros,
                      const float *scales,
                      const gint32 *weight_sums,
                      const float *bias,
                      gboolean add,
                      float *out,
                      gsize out_stride)
{
    for (gsize j = 0; j < UMK_GEMM_PANEL; j += 8) {
        __m256 scale = _mm256_loadu_ps(scales + j);
        __m256i weights = _mm256_loadu_si256((const __m256i *) (weight_sums + j));

        for (gsize row = 0; row < rows; row++) {
            const gint32 *from = sums + row * UMK_GEMM_PANEL + j;
            float *to = out + row * out_stride + j;
            __m256i moved = _mm256_mullo_epi32(weights, _mm256_set1_epi32(zeros[row]));
            __m256i sum =
                _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *) from), moved);
            __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(sum),
                                     _mm256_mul_ps(scale, _mm256_set1_ps(steps[row])));

            if (bias != NULL)
                v = _mm256_add_ps(v, _mm256_loadu_ps(bias + j));
            if (add)
                v = _mm256_add_ps(_mm256_loadu_ps(to), v);
            _mm256_storeu_ps(to, v);
        }
    }
}

#define TARGET_AVX512 UMK_GEMM_TARGET("avx512f")

TARGET_AVX512 void
_umk_int8_quantize_avx512(
    const float *x, gsize k, gsize pitch, guint8 *to, float *step, gint32 *zero)
{
    __m512 least = _mm512_setzero_ps(), most = least, check = least, none = least, factor;
    __m512i offset;
    float inverse;

    for (gsize i = 0; i < k; i += 16) {
        __mmask16 here = k - i >= 16 ? 0xffff : (__mmask16) ((1u << (k - i)) - 1);
        __m512 v = _mm512_maskz_loadu_ps(here, x + i);

        least = _mm512_min_ps(v, least);
        most = _mm512_max_ps(v, most);
        check = _mm512_add_ps(check, _mm512_mul_ps(v, none));
    }
    inverse = _umk_int8_find_step(_mm512_reduce_min_ps(least), _mm512_reduce_max_ps(most),
                                  _mm512_reduce_add_ps(check), 255, step, zero);
    factor = _mm512_set1_ps(inverse);
    offset = _mm512_set1_epi32(*zero);
    for (gsize i = 0; i < k; i += 16, to += 4 * pitch) {
        __mmask16 here = k - i >= 16 ? 0xffff : (__mmask16) ((1u << (k - i)) - 1);
        __m512 v = _mm512_maskz_loadu_ps(here, x + i);
        __m512i q =
            _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(v, factor)), offset);
        guint8 quads[16];

        q = _mm512_max_epi32(q, _mm512_setzero_si512());
        _mm_storeu_si128((__m128i *) quads, _mm512_cvtusepi32_epi8(q));
        if (G_LIKELY(k - i >= 16))
            scatter_quads(quads, 4, pitch, to);
        else
            scatter_quads(quads, (k - i + 3) / 4, pitch, to);
    }
}

TARGET_AVX512 void
_umk_int8_finish_avx512(const gint32 *sums,
                        gsize rows,
                        const float *steps,
                        const gint32 *zeros,
                        const float *scales,
                        const gint32 *weight_sums,
                        const float *bias,
                        gboolean add,
                        float *out,
                        gsize out_stride)
{
    for (gsize j = 0; j < UMK_GEMM_PANEL; j += 16) {
        __m512 scale = _mm512_loadu_ps(scales + j);
        __m512i weights = _mm512_loadu_si512(weight_sums + j);

        for (gsize row = 0; row < rows; row++) {
            float *to = out + row * out_stride + j;
            __m512i moved = _mm512_mullo_epi32(weights, _mm512_set1_epi32(zeros[row]));
            __m512i sum = _mm512_sub_epi32(
                _mm512_loadu_si512(sums + row * UMK_GEMM_PANEL + j), moved);
            __m512 v = _mm512_mul_ps(_mm512_cvtepi32_ps(sum),
                                     _mm512_mul_ps(scale, _mm512_set1_ps(steps[row])));

            if (bias != NULL)
                v = _mm512_add_ps(v, _mm512_loadu_ps(bias + j));
            if (add)
                v = _mm512_add_ps(_mm512_loadu_ps(to), v);
            _mm512_storeu_ps(to, v);
        }
    }
}

#else

typedef int UmkGemmInt8NoX86; /* a file may not be empty */

#endif
