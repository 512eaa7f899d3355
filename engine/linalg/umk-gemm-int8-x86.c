/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiles of the quantised product for AVX2, AVX-VNNI and AVX512-VNNI. Each function
 * carries its own target. */
#include "linalg/umk-gemm-int8-kernels-private.h"

#if UMK_GEMM_X86

#include <immintrin.h>

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

/* AVX2: four weights of four outputs become 16 bits wide and are multiplied with the four
 * 16-bit numbers of a row; vpmaddwd sums pairs, so an output has two sums until the end.
 * Everything is exact: vpmaddubsw would saturate. 8 outputs at a time. */
#define TARGET_AVX2 __attribute__((target("avx2")))

TARGET_AVX2 INLINE void
tile_avx2(const gsize rows, const gint16 *a, const gint8 *w, gsize quads, gint32 *sums)
{
    __m256i sum[6][2];

#pragma GCC unroll 6
    for (gsize r = 0; r < rows; r++)
        sum[r][0] = sum[r][1] = _mm256_setzero_si256();
    for (gsize i = 0; i < quads; i++, a += UMK_GEMM_ROWS * 4, w += UMK_GEMM_PANEL * 4) {
        __m256i w0 = _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *) w));
        __m256i w1 = _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *) (w + 16)));

#pragma GCC unroll 6
        for (gsize r = 0; r < rows; r++) {
            __m256i four = _mm256_castpd_si256(
                _mm256_broadcast_sd((const double *) (gconstpointer) (a + r * 4)));

            sum[r][0] = _mm256_add_epi32(sum[r][0], _mm256_madd_epi16(four, w0));
            sum[r][1] = _mm256_add_epi32(sum[r][1], _mm256_madd_epi16(four, w1));
        }
    }
#pragma GCC unroll 6
    for (gsize r = 0; r < rows; r++) {
        /* 0 1 4 5 | 2 3 6 7 */
        __m256i all = _mm256_hadd_epi32(sum[r][0], sum[r][1]);

        _mm256_storeu_si256((__m256i *) (sums + r * UMK_GEMM_PANEL),
                            _mm256_permute4x64_epi64(all, 0xd8));
    }
}

TARGET_AVX2 static void
tile_avx2_rows(gsize rows, const gint16 *a, const gint8 *w, gsize quads, gint32 *sums)
{
    ROWS_1_TO_6(tile_avx2, a, w, quads, sums);
}

TARGET_AVX2 void
_umk_int8_tile_avx2(
    gconstpointer a, const gint8 *w, gsize quads, gsize rows, gsize columns, gint32 *sums)
{
    for (gsize column = 0; column < columns; column += 8)
        for (gsize row = 0; row < rows; row += 6)
            tile_avx2_rows(MIN(rows - row, 6), (const gint16 *) a + row * 4,
                           w + column * 4, quads, sums + row * UMK_GEMM_PANEL + column);
}

/* AVX-VNNI: 6 rows by 16 outputs. */
#define TARGET_AVX_VNNI __attribute__((target("avx2,avxvnni")))

TARGET_AVX_VNNI INLINE void
tile_avx_vnni(
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
tile_avx_vnni_rows(gsize rows, const guint8 *a, const gint8 *w, gsize quads, gint32 *sums)
{
    ROWS_1_TO_6(tile_avx_vnni, a, w, quads, sums);
}

TARGET_AVX_VNNI void
_umk_int8_tile_avx_vnni(
    gconstpointer a, const gint8 *w, gsize quads, gsize rows, gsize columns, gint32 *sums)
{
    for (gsize column = 0; column < columns; column += 16)
        for (gsize row = 0; row < rows; row += 6)
            tile_avx_vnni_rows(MIN(rows - row, 6), (const guint8 *) a + row * 4,
                               w + column * 4, quads,
                               sums + row * UMK_GEMM_PANEL + column);
}

/* AVX512-VNNI: 12 rows by all 32 outputs of a panel. */
#define TARGET_AVX512_VNNI __attribute__((target("avx512f,avx512vnni")))

TARGET_AVX512_VNNI INLINE void
tile_avx512_vnni(
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
        tile_avx512_vnni(n, a, w, quads, sums);                                          \
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

typedef int UmkGemmInt8NoX86; /* a file may not be empty */

#endif
