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

/* Keeps the compiler from working out the address of every number from one pointer. */
#ifdef UMK_GEMM_EMULATED
#define OWN_REGISTER(pointer) ((void) 0)
#else
#define OWN_REGISTER(pointer) __asm__("" : "+r"(pointer))
#endif

/* Adds to a sum in place: left to itself gcc 12 gives old and new sum a register each,
 * has too few, and goes through the stack. */
#ifdef UMK_GEMM_EMULATED
#define ADD_TO(sum, x) ((sum) = _mm256_add_epi32(sum, x))
#else
#define ADD_TO(sum, x) __asm__("vpaddd %1, %0, %0" : "+x"(sum) : "x"(x))
#endif

/* AVX2: 4 rows by 16 outputs. vpmaddubsw sums two neighbouring products in 16 bits, which
 * hold 2 * 127 * 127 and so everything as long as the input stays below 128. Where the
 * weights are small enough for it, four quads or two are added before they are widened:
 * that makes 10 or 12 multiplications of 16. */
#define TARGET_AVX2 UMK_GEMM_TARGET("avx2")

TARGET_AVX2 INLINE __m256i
broadcast_quad(const guint8 *quad)
{
    gint32 four;

    memcpy(&four, quad, sizeof four);
    return _mm256_set1_epi32(four);
}

/* Four quads of a panel, of which order names the input, into the sums of all rows. */
#ifdef UMK_GEMM_EMULATED
INLINE void
add_fours(const guint8 *const row[4],
          const guint16 *order,
          const gint8 *w,
          const gsize rows,
          __m256i ones,
          __m256i sum[4][2])
{
    for (gsize r = 0; r < rows; r++)
        for (gsize half = 0; half < 2; half++) {
            __m256i all = _mm256_setzero_si256();

            for (gsize i = 0; i < 4; i++)
                all = _mm256_add_epi16(
                    all,
                    _mm256_maddubs_epi16(
                        broadcast_quad(row[r] + 4 * order[i]),
                        _mm256_load_si256((const __m256i *) (w + 64 * i + 32 * half))));
            sum[r][half] = _mm256_add_epi32(sum[r][half], _mm256_madd_epi16(all, ones));
        }
}
#else
/* Written out: three vectors of weights wait in registers and the others are read where
 * they are used, which costs no instruction. */
#define QUAD(row, i, left)                                                               \
    "vpbroadcastd (" row ",%[i" #i "],4), %%ymm8\n\t"                                    \
    "vpmaddubsw " left ", %%ymm8, %%ymm9\n\t"                                            \
    "vpmaddubsw 64*" #i "+32(%[w]), %%ymm8, %%ymm8\n\t"                                  \
    "vpaddw %%ymm9, %%ymm10, %%ymm10\n\t"                                                \
    "vpaddw %%ymm8, %%ymm11, %%ymm11\n\t"
#define ROW(row, left, right)                                                            \
    "vpbroadcastd (" row ",%[i0],4), %%ymm8\n\t"                                         \
    "vpmaddubsw %%ymm12, %%ymm8, %%ymm10\n\t"                                            \
    "vpmaddubsw %%ymm13, %%ymm8, %%ymm11\n\t" QUAD(row, 1, "%%ymm14")                    \
        QUAD(row, 2, "64*2(%[w])")                                                       \
            QUAD(row, 3, "64*3(%[w])") "vpmaddwd %[ones], %%ymm10, %%ymm10\n\t"          \
                                       "vpmaddwd %[ones], %%ymm11, %%ymm11\n\t"          \
                                       "vpaddd %%ymm10, " left ", " left "\n\t"          \
                                       "vpaddd %%ymm11, " right ", " right "\n\t"
#define WEIGHTS                                                                          \
    "vmovdqa (%[w]), %%ymm12\n\t"                                                        \
    "vmovdqa 32(%[w]), %%ymm13\n\t"                                                      \
    "vmovdqa 64(%[w]), %%ymm14\n\t"
#define ONE     WEIGHTS ROW("%[r0]", "%0", "%1")
#define TWO     ONE ROW("%[r1]", "%2", "%3")
#define THREE   TWO ROW("%[r2]", "%4", "%5")
#define ALL     THREE ROW("%[r3]", "%6", "%7")
#define SUMS(r) "+x"(sum[r][0]), "+x"(sum[r][1])
#define RUN(rows, ...)                                                                   \
    __asm__(rows:__VA_ARGS__                                                             \
            : [r0] "r"(row[0]), [r1] "r"(row[1]), [r2] "r"(row[2]), [r3] "r"(row[3]),    \
              [w] "r"(w), [i0] "r"(i0), [i1] "r"(i1), [i2] "r"(i2), [i3] "r"(i3),        \
              [ones] "x"(ones)                                                           \
            : "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "memory")

TARGET_AVX2 INLINE void
add_fours(const guint8 *const row[4],
          const guint16 *order,
          const gint8 *w,
          const gsize rows,
          __m256i ones,
          __m256i sum[4][2])
{
    gsize i0 = order[0], i1 = order[1], i2 = order[2], i3 = order[3];

    if (rows == 1)
        RUN(ONE, SUMS(0));
    else if (rows == 2)
        RUN(TWO, SUMS(0), SUMS(1));
    else if (rows == 3)
        RUN(THREE, SUMS(0), SUMS(1), SUMS(2));
    else
        RUN(ALL, SUMS(0), SUMS(1), SUMS(2), SUMS(3));
}
#undef QUAD
#undef ROW
#undef SUMS
#undef RUN
#endif

TARGET_AVX2 INLINE void
int8_tile_avx2(const UmkInt8Operands *in, const gsize rows, gint32 *sums, gsize stride)
{
    const __m256i ones = _mm256_set1_epi16(1);
    const gint8 *w = in->w;
    const guint8 *row[4];
    __m256i sum[4][2];
    gsize i = 0, n_fours = in->n_fours, n_grouped = n_fours + in->n_paired;
    gsize quads = in->quads;
    const guint16 *order = in->order;

#pragma GCC unroll 4
    for (gsize r = 0; r < 4; r++)
        row[r] = in->a + (r < rows ? r : 0) * in->a_stride;
#pragma GCC unroll 4
    for (gsize r = 0; r < rows; r++) {
        sum[r][0] = sum[r][1] = _mm256_setzero_si256();
        __asm__("" : "+r"(row[r]));
    }
    for (; i < n_fours; i += 4, w += 4 * UMK_GEMM_COLUMNS * 4)
        add_fours(row, order + i, w, rows, ones, sum);
    for (; i < n_grouped; i += 2, w += 2 * UMK_GEMM_COLUMNS * 4) {
        gsize a = order[i], b = order[i + 1];
        __m256i a0 = _mm256_load_si256((const __m256i *) w);
        __m256i a1 = _mm256_load_si256((const __m256i *) (w + 32));
        __m256i b0 = _mm256_load_si256((const __m256i *) (w + 64));
        __m256i b1 = _mm256_load_si256((const __m256i *) (w + 96));

#pragma GCC unroll 4
        for (gsize r = 0; r < rows; r++) {
            __m256i x = broadcast_quad(row[r] + 4 * a);
            __m256i y = broadcast_quad(row[r] + 4 * b);
            __m256i left = _mm256_add_epi16(_mm256_maddubs_epi16(x, a0),
                                            _mm256_maddubs_epi16(y, b0));
            __m256i right = _mm256_add_epi16(_mm256_maddubs_epi16(x, a1),
                                             _mm256_maddubs_epi16(y, b1));

            ADD_TO(sum[r][0], _mm256_madd_epi16(left, ones));
            ADD_TO(sum[r][1], _mm256_madd_epi16(right, ones));
        }
    }
    for (; i < quads; i++, w += UMK_GEMM_COLUMNS * 4) {
        gsize a = order != NULL ? order[i] : i;
        __m256i w0 = _mm256_load_si256((const __m256i *) w);
        __m256i w1 = _mm256_load_si256((const __m256i *) (w + 32));

#pragma GCC unroll 4
        for (gsize r = 0; r < rows; r++) {
            __m256i x = broadcast_quad(row[r] + 4 * a);

            ADD_TO(sum[r][0], _mm256_madd_epi16(_mm256_maddubs_epi16(x, w0), ones));
            ADD_TO(sum[r][1], _mm256_madd_epi16(_mm256_maddubs_epi16(x, w1), ones));
        }
    }
#pragma GCC unroll 4
    for (gsize r = 0; r < rows; r++) {
        _mm256_storeu_si256((__m256i *) (sums + r * stride), sum[r][0]);
        _mm256_storeu_si256((__m256i *) (sums + r * stride + 8), sum[r][1]);
    }
}

/* One function for each number of rows, so that all sums stay in registers. */
typedef void (*Int8Rows)(const UmkInt8Operands *in, gint32 *sums, gsize stride);

#define ROWS(tile, target, n)                                                            \
    target static __attribute__((noinline)) void tile##_##n(const UmkInt8Operands *in,   \
                                                            gint32 *sums, gsize stride)  \
    {                                                                                    \
        tile(in, n, sums, stride);                                                       \
    }
ROWS(int8_tile_avx2, TARGET_AVX2, 1)
ROWS(int8_tile_avx2, TARGET_AVX2, 2)
ROWS(int8_tile_avx2, TARGET_AVX2, 3)
ROWS(int8_tile_avx2, TARGET_AVX2, 4)

/* Any number of rows, one panel. */
void
_umk_int8_tile_avx2(
    const UmkInt8Operands *in, gsize rows, gsize columns, gint32 *sums, gsize sums_stride)
{
    static const Int8Rows tiles[] = {NULL, int8_tile_avx2_1, int8_tile_avx2_2,
                                     int8_tile_avx2_3, int8_tile_avx2_4};
    UmkInt8Operands here = *in;

    g_assert(columns <= UMK_GEMM_COLUMNS);
    for (gsize row = 0; row < rows; row += 4) {
        here.a = in->a + row * in->a_stride;
        tiles[MIN(rows - row, 4)](&here, sums + row * sums_stride, sums_stride);
    }
}

/* AVX-VNNI: 6 rows by 16 outputs. */
#define TARGET_AVX_VNNI UMK_GEMM_TARGET("avx2,avxvnni")

TARGET_AVX_VNNI INLINE void
int8_avx_vnni(const UmkInt8Operands *in, const gsize rows, gint32 *sums, gsize stride)
{
    const guint8 *row[6];
    const gint8 *w = in->w;
    __m256i sum[6][2];

#pragma GCC unroll 6
    for (gsize r = 0; r < rows; r++) {
        row[r] = in->a + r * in->a_stride;
        OWN_REGISTER(row[r]);
        sum[r][0] = sum[r][1] = _mm256_setzero_si256();
    }
    for (gsize i = 0; i < in->quads; i++, w += UMK_GEMM_COLUMNS * 4) {
        __m256i w0 = _mm256_load_si256((const __m256i *) w);
        __m256i w1 = _mm256_load_si256((const __m256i *) (w + 32));

#pragma GCC unroll 6
        for (gsize r = 0; r < rows; r++) {
            __m256i four = broadcast_quad(row[r] + 4 * i);

            sum[r][0] = _mm256_dpbusd_avx_epi32(sum[r][0], four, w0);
            sum[r][1] = _mm256_dpbusd_avx_epi32(sum[r][1], four, w1);
        }
    }
#pragma GCC unroll 6
    for (gsize r = 0; r < rows; r++) {
        _mm256_storeu_si256((__m256i *) (sums + r * stride), sum[r][0]);
        _mm256_storeu_si256((__m256i *) (sums + r * stride + 8), sum[r][1]);
    }
}

ROWS(int8_avx_vnni, TARGET_AVX_VNNI, 1)
ROWS(int8_avx_vnni, TARGET_AVX_VNNI, 2)
ROWS(int8_avx_vnni, TARGET_AVX_VNNI, 3)
ROWS(int8_avx_vnni, TARGET_AVX_VNNI, 4)
ROWS(int8_avx_vnni, TARGET_AVX_VNNI, 5)
ROWS(int8_avx_vnni, TARGET_AVX_VNNI, 6)
#undef ROWS

/* Any number of rows, cut into even tiles (16 run as 6 + 5 + 5), one panel. */
void
_umk_int8_tile_avx_vnni(
    const UmkInt8Operands *in, gsize rows, gsize columns, gint32 *sums, gsize sums_stride)
{
    static const Int8Rows tiles[] = {NULL,
                                     int8_avx_vnni_1,
                                     int8_avx_vnni_2,
                                     int8_avx_vnni_3,
                                     int8_avx_vnni_4,
                                     int8_avx_vnni_5,
                                     int8_avx_vnni_6};
    UmkInt8Operands here = *in;

    g_assert(columns <= UMK_GEMM_COLUMNS);
    for (gsize row = 0, n; row < rows; row += n, here.a += n * in->a_stride) {
        const gsize left = rows - row, n_tiles = (left + 5) / 6;

        n = (left + n_tiles - 1) / n_tiles;
        tiles[n](&here, sums + row * sums_stride, sums_stride);
    }
}

/* AVX512-VNNI: 12 rows by the 32 outputs of two panels, and their ending. */
#define TARGET_AVX512_VNNI UMK_GEMM_TARGET("avx512f,avx512vnni")

/* One quad of a tile. The rows lie s bytes apart, the first, fourth, … begin at those of
 * at. */
TARGET_AVX512_VNNI INLINE void
step_avx512_vnni(const guint8 *const at[4],
                 gsize s,
                 gsize quad,
                 const gint8 *w,
                 const gint8 *w_right,
                 const gsize rows,
                 __m512i sum[UMK_GEMM_ROWS][2])
{
    __m512i w0 = _mm512_load_si512(w), w1 = _mm512_load_si512(w_right);

#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++) {
        gint32 four;

        memcpy(&four, at[r / 3] + r % 3 * s + 4 * quad, sizeof four);
        sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], _mm512_set1_epi32(four), w0);
        sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], _mm512_set1_epi32(four), w1);
    }
}

/* The finished numbers of one panel of a tile, from column on, of which mask is to be
 * written: in place of what out holds or added to it. */
TARGET_AVX512_VNNI INLINE void
finish_avx512(__m512i sum[UMK_GEMM_ROWS][2],
              const gsize side,
              const gsize rows,
              const gboolean add,
              gsize row,
              gsize column,
              __mmask16 mask,
              const UmkInt8End *end,
              float *out,
              gsize out_stride)
{
    const __m512 scale = _mm512_loadu_ps(end->scales + column);
    const __m512i weights = _mm512_loadu_si512(end->weight_sums + column);
    /* Adding -0 changes no number, not even the sign of 0. */
    const __m512 bias = end->bias != NULL
                            ? _mm512_maskz_loadu_ps(mask, end->bias + column)
                            : _mm512_set1_ps(-0.0f);
    const gint32 *zeros = end->zeros + row; /* kept: out might overlap end */
    const float *steps = end->steps + row;

    out += column;
#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++, out += out_stride) {
        __m512i zero = _mm512_set1_epi32(zeros[r]);
        __m512 step = _mm512_mul_ps(scale, _mm512_set1_ps(steps[r]));
        __m512i whole = _mm512_sub_epi32(sum[r][side], _mm512_mullo_epi32(weights, zero));
        __m512 v = _mm512_mul_ps(_mm512_cvtepi32_ps(whole), step);

        v = _mm512_add_ps(v, bias);
        if (add)
            v = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, out), v);
        _mm512_mask_storeu_ps(out, mask, v);
    }
}

/* Both panels of a tile. */
TARGET_AVX512_VNNI INLINE void
finish_both_avx512(__m512i sum[UMK_GEMM_ROWS][2],
                   const gsize rows,
                   const gboolean add,
                   gsize row,
                   gsize columns,
                   const UmkInt8End *end,
                   float *out,
                   gsize out_stride)
{
    const gsize right = columns > 16 ? columns - 16 : 0;

    finish_avx512(sum, 0, rows, add, row, 0, (__mmask16) ((1u << (columns - right)) - 1),
                  end, out, out_stride);
    if (right > 0)
        finish_avx512(sum, 1, rows, add, row, 16, (__mmask16) ((1u << right) - 1), end,
                      out, out_stride);
}

/* Weights to be brought near: so many quads every stretch, of two panels that lie apart.
 */
typedef struct {
    const gint8 *next;
    gsize n;
    gsize right;
} Int8Ahead;

TARGET_AVX512_VNNI INLINE void
int8_avx512_vnni(const UmkInt8Operands *in,
                 const Int8Ahead *ahead,
                 const gsize rows,
                 gsize row,
                 gsize columns,
                 const UmkInt8End *end,
                 float *out,
                 gsize out_stride)
{
    enum { QUAD = UMK_GEMM_COLUMNS * 4 };
    const gsize quads = in->quads, s = in->a_stride;
    const gint8 *w = in->w, *w_right = columns > 16 ? w + in->w_stride : w;
    const gint8 *next = ahead->next;
    const guint8 *at[4];
    __m512i sum[UMK_GEMM_ROWS][2];
    gsize i = 0;

#pragma GCC unroll 4
    for (gsize r = 0; r < 4; r++) {
        at[r] = in->a + (row + (3 * r < rows ? 3 * r : 0)) * s;
        OWN_REGISTER(at[r]);
    }
    out += row * out_stride;
#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++) {
        if (end->add) { /* to be at hand when the sums are */
            __builtin_prefetch(out + r * out_stride);
            __builtin_prefetch(out + r * out_stride + 16);
        }
        sum[r][0] = sum[r][1] = _mm512_setzero_si512();
    }
    for (; i + UMK_GEMM_AHEAD <= quads; i += UMK_GEMM_AHEAD) {
        for (gsize j = 0; j < ahead->n; j++, next += QUAD) {
            _mm_prefetch((const char *) next, _MM_HINT_T1);
            _mm_prefetch((const char *) next + ahead->right, _MM_HINT_T1);
        }
#pragma GCC unroll 8
        for (gsize j = 0; j < UMK_GEMM_AHEAD; j++)
            step_avx512_vnni(at, s, j, w + j * QUAD, w_right + j * QUAD, rows, sum);
        w += UMK_GEMM_AHEAD * QUAD;
        w_right += UMK_GEMM_AHEAD * QUAD;
#pragma GCC unroll 4
        for (gsize r = 0; r < 4; r++)
            at[r] += UMK_GEMM_AHEAD * 4;
    }
    for (gsize j = 0; i < quads; i++, j++, w += QUAD, w_right += QUAD)
        step_avx512_vnni(at, s, j, w, w_right, rows, sum);
    if (end->add)
        finish_both_avx512(sum, rows, TRUE, row, columns, end, out, out_stride);
    else
        finish_both_avx512(sum, rows, FALSE, row, columns, end, out, out_stride);
}

typedef void (*Int8Rows512)(const UmkInt8Operands *in,
                            const Int8Ahead *ahead,
                            gsize row,
                            gsize columns,
                            const UmkInt8End *end,
                            float *out,
                            gsize out_stride);

#define ROWS(n)                                                                          \
    TARGET_AVX512_VNNI static __attribute__((noinline)) void int8_avx512_vnni_##n(       \
        const UmkInt8Operands *in, const Int8Ahead *ahead, gsize row, gsize columns,     \
        const UmkInt8End *end, float *out, gsize out_stride)                             \
    {                                                                                    \
        int8_avx512_vnni(in, ahead, n, row, columns, end, out, out_stride);              \
    }
UMK_GEMM_EACH_ROWS(ROWS)
#undef ROWS

/* Any number of rows, cut into even tiles (16 run as 8 + 8). Meanwhile the panels after
 * these come nearer, all of them by the last tile. */
void
_umk_int8_product_avx512_vnni(const UmkInt8Operands *in,
                              gsize rows,
                              gsize columns,
                              const UmkInt8End *end,
                              float *out,
                              gsize out_stride)
{
    static const Int8Rows512 tiles[] = {NULL,
                                        int8_avx512_vnni_1,
                                        int8_avx512_vnni_2,
                                        int8_avx512_vnni_3,
                                        int8_avx512_vnni_4,
                                        int8_avx512_vnni_5,
                                        int8_avx512_vnni_6,
                                        int8_avx512_vnni_7,
                                        int8_avx512_vnni_8,
                                        int8_avx512_vnni_9,
                                        int8_avx512_vnni_10,
                                        int8_avx512_vnni_11,
                                        int8_avx512_vnni_12};
    const gsize n_tiles = (rows + UMK_GEMM_ROWS - 1) / UMK_GEMM_ROWS;
    const gsize each = (rows + n_tiles - 1) / n_tiles;
    const gsize n_ahead = (UMK_GEMM_AHEAD + n_tiles - 1) / n_tiles;
    const gsize quads = in->quads / UMK_GEMM_AHEAD * n_ahead; /* brought near by a tile */
    Int8Ahead ahead = {.next = in->next, .right = in->w_stride};

    for (gsize row = 0, before = 0; row < rows; row += each, before += quads) {
        ahead.n = in->next != NULL && before < in->quads ? n_ahead : 0;
        tiles[MIN(rows - row, each)](in, &ahead, row, columns, end, out, out_stride);
        ahead.next += ahead.n > 0 ? quads * UMK_GEMM_COLUMNS * 4 : 0;
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

TARGET_AVX2 INLINE void
quantize_avx2(
    const float *x, gsize k, const gint32 top, guint8 *to, float *step, gint32 *zero)
{
    __m256 factor = _mm256_set1_ps(find_step_avx2(x, k, top, step, zero));
    __m256i offset = _mm256_set1_epi32(*zero);
    const __m256i most = _mm256_set1_epi8((char) top);
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);

    for (gsize i = 0; i < k; i += 32, to += 32) {
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
            memcpy(to, quads, 32);
        else
            memcpy(to, quads, (left + 3) / 4 * 4);
    }
}

TARGET_AVX2 void
_umk_int8_quantize_avx2(const float *x, gsize k, guint8 *to, float *step, gint32 *zero)
{
    quantize_avx2(x, k, 255, to, step, zero);
}

TARGET_AVX2 void
_umk_int8_quantize_7_bits_avx2(
    const float *x, gsize k, guint8 *to, float *step, gint32 *zero)
{
    quantize_avx2(x, k, 127, to, step, zero);
}

TARGET_AVX2 void
_umk_int8_finish_avx2(const gint32 *sums,
                      gsize sums_stride,
                      gsize rows,
                      gsize columns,
                      const UmkInt8End *end,
                      float *out,
                      gsize out_stride)
{
    for (gsize j = 0; j < columns; j += 8) {
        __m256 scale = _mm256_loadu_ps(end->scales + j);
        __m256i weights = _mm256_loadu_si256((const __m256i *) (end->weight_sums + j));

        for (gsize row = 0; row < rows; row++) {
            const gint32 *from = sums + row * sums_stride + j;
            float *to = out + row * out_stride + j;
            __m256i zero = _mm256_set1_epi32(end->zeros[row]);
            __m256i sum = _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *) from),
                                           _mm256_mullo_epi32(weights, zero));
            __m256 v =
                _mm256_mul_ps(_mm256_cvtepi32_ps(sum),
                              _mm256_mul_ps(scale, _mm256_set1_ps(end->steps[row])));

            if (end->bias != NULL)
                v = _mm256_add_ps(v, _mm256_loadu_ps(end->bias + j));
            if (end->add)
                v = _mm256_add_ps(_mm256_loadu_ps(to), v);
            _mm256_storeu_ps(to, v);
        }
    }
}

#define TARGET_AVX512 UMK_GEMM_TARGET("avx512f")

/* A smaller and a greater one than before; check becomes NaN by what is not finite. */
TARGET_AVX512 INLINE void
look_at(__m512 v, __m512 *least, __m512 *most, __m512 *check)
{
    *least = _mm512_min_ps(v, *least);
    *most = _mm512_max_ps(v, *most);
    *check = _mm512_fmadd_ps(v, _mm512_setzero_ps(), *check);
}

TARGET_AVX512 void
_umk_int8_quantize_avx512(const float *x, gsize k, guint8 *to, float *step, gint32 *zero)
{
    __m512 least[4], most[4], check[4], factor;
    __m512i offset;
    float inverse;
    gsize i = 0;

    for (gsize part = 0; part < 4; part++)
        least[part] = most[part] = check[part] = _mm512_setzero_ps();
    for (; i + 64 <= k; i += 64)
#pragma GCC unroll 4
        for (gsize part = 0; part < 4; part++)
            look_at(_mm512_loadu_ps(x + i + 16 * part), &least[part], &most[part],
                    &check[part]);
    for (; i < k; i += 16) {
        __mmask16 here = k - i >= 16 ? 0xffff : (__mmask16) ((1u << (k - i)) - 1);

        look_at(_mm512_maskz_loadu_ps(here, x + i), &least[0], &most[0], &check[0]);
    }
    for (gsize part = 1; part < 4; part++) {
        least[0] = _mm512_min_ps(least[0], least[part]);
        most[0] = _mm512_max_ps(most[0], most[part]);
        check[0] = _mm512_add_ps(check[0], check[part]);
    }
    inverse =
        _umk_int8_find_step(_mm512_reduce_min_ps(least[0]), _mm512_reduce_max_ps(most[0]),
                            _mm512_reduce_add_ps(check[0]), 255, step, zero);
    factor = _mm512_set1_ps(inverse);
    offset = _mm512_set1_epi32(*zero);
    for (i = 0; i < k; i += 16, to += 16) {
        __mmask16 here = k - i >= 16 ? 0xffff : (__mmask16) ((1u << (k - i)) - 1);
        __m512 v = _mm512_maskz_loadu_ps(here, x + i);
        __m512i q =
            _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(v, factor)), offset);
        __m128i bytes =
            _mm512_cvtusepi32_epi8(_mm512_max_epi32(q, _mm512_setzero_si512()));

        if (G_LIKELY(k - i >= 16))
            _mm_storeu_si128((__m128i *) to, bytes);
        else
            memcpy(to, &bytes, (k - i + 3) / 4 * 4);
    }
}

#else

typedef int UmkGemmInt8NoX86; /* a file may not be empty */

#endif
