/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernels for AVX-VNNI, AVX-512, its VNNI and its BF16 on processors that have none
 * of it: their source is compiled here with SIMDe (libsimde-dev), which does each
 * instruction in plain C, and compared with the plain kernels bit for bit (within
 * rounding where those do not fuse). What SIMDe lacks is written out below. */
#define SIMDE_ENABLE_NATIVE_ALIASES
#define SIMDE_NO_NATIVE
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wdouble-promotion"
#pragma GCC diagnostic ignored "-Wpsabi"
#include <simde/x86/avx512.h>
#include <simde/x86/fma.h>
#pragma GCC diagnostic pop

#include <math.h>

#include <glib.h>

#include "linalg/umk-gemm-bf16-private.h"

#pragma GCC diagnostic ignored "-Wpsabi"

typedef simde__mmask16 Mask;
#define __mmask16 Mask
#define __m512bh  simde__m512bh
/* The same instruction under its other encoding. */
#define _mm256_dpbusd_avx_epi32(sum, a, b) simde_mm256_dpbusd_epi32(sum, a, b)
#define _mm512_maskz_loadu_ps              maskz_load
#define _mm512_mask_storeu_ps              mask_store
#define _mm512_reduce_min_ps               reduce_min
#define _mm512_reduce_max_ps               reduce_max
#define _mm512_reduce_add_ps               reduce_add
#define _mm512_cvtps_epi32                 round_to_int
#define _mm512_cvtepi32_ps                 int_to_float
#define _mm512_cvtusepi32_epi8             narrow_saturated
#define _mm512_cvtneps_pbh                 to_bf16
#define _mm512_cvtepu16_epi32              widen_16

static __m512
maskz_load(Mask mask, const float *x)
{
    float lanes[16];

    for (guint i = 0; i < 16; i++)
        lanes[i] = mask >> i & 1 ? x[i] : 0;
    return simde_mm512_loadu_ps(lanes);
}

static void
mask_store(float *x, Mask mask, __m512 v)
{
    float lanes[16];

    simde_mm512_storeu_ps(lanes, v);
    for (guint i = 0; i < 16; i++)
        if (mask >> i & 1)
            x[i] = lanes[i];
}

#define REDUCE(name, expression)                                                         \
    static float name(__m512 v)                                                          \
    {                                                                                    \
        float lanes[16], all;                                                            \
                                                                                         \
        simde_mm512_storeu_ps(lanes, v);                                                 \
        all = lanes[0];                                                                  \
        for (guint i = 1; i < 16; i++)                                                   \
            all = (expression);                                                          \
        return all;                                                                      \
    }
REDUCE(reduce_min, MIN(all, lanes[i]))
REDUCE(reduce_max, MAX(all, lanes[i]))
REDUCE(reduce_add, all + lanes[i])

static __m512i
round_to_int(__m512 v)
{
    float lanes[16];
    gint32 whole[16];

    simde_mm512_storeu_ps(lanes, v);
    for (guint i = 0; i < 16; i++)
        whole[i] = isnan(lanes[i]) ? G_MININT32 : (gint32) rintf(lanes[i]);
    return simde_mm512_loadu_epi32(whole);
}

static __m512
int_to_float(__m512i v)
{
    gint32 whole[16];
    float lanes[16];

    simde_mm512_storeu_si512(whole, v);
    for (guint i = 0; i < 16; i++)
        lanes[i] = (float) whole[i];
    return simde_mm512_loadu_ps(lanes);
}

static __m128i
narrow_saturated(__m512i v)
{
    guint32 whole[16];
    guint8 bytes[16];

    simde_mm512_storeu_si512(whole, v);
    for (guint i = 0; i < 16; i++)
        bytes[i] = (guint8) MIN(whole[i], 255);
    return simde_mm_loadu_si128((const __m128i *) (gconstpointer) bytes);
}

static __m256i
to_bf16(__m512 v)
{
    float lanes[16];
    guint16 rounded[16];

    simde_mm512_storeu_ps(lanes, v);
    for (guint i = 0; i < 16; i++)
        rounded[i] = _umk_bf16_from_float(lanes[i]);
    return simde_mm256_loadu_si256((const __m256i *) (gconstpointer) rounded);
}

static __m512i
widen_16(__m256i v)
{
    guint16 lanes[16];
    gint32 whole[16];

    simde_mm256_storeu_si256((__m256i *) (gpointer) lanes, v);
    for (guint i = 0; i < 16; i++)
        whole[i] = lanes[i];
    return simde_mm512_loadu_epi32(whole);
}

/* Another name for each kernel beside the library's. */
#define UMK_GEMM_EMULATED              1
#define _umk_gemm_tile_avx2            emulated_tile_avx2
#define _umk_gemm_tile_avx512          emulated_tile_avx512
#define _umk_int8_tile_avx2            emulated_int8_tile_avx2
#define _umk_int8_tile_avx_vnni        emulated_int8_tile_avx_vnni
#define _umk_int8_product_avx512_vnni  emulated_int8_product_avx512_vnni
#define _umk_int8_quantize_avx2        emulated_quantize_avx2
#define _umk_int8_quantize_7_bits_avx2 emulated_quantize_7_bits_avx2
#define _umk_int8_quantize_avx512      emulated_quantize_avx512
#define _umk_int8_finish_avx2          emulated_finish_avx2
#define _umk_bf16_narrow_avx512        emulated_bf16_narrow
#define _umk_bf16_pack_columns_avx512  emulated_bf16_pack_columns
#define _umk_bf16_tile_avx512          emulated_bf16_tile
#include "linalg/umk-gemm-bf16-x86.c"
#undef INLINE
#undef OWN_REGISTER
#include "linalg/umk-gemm-int8-x86.c"
#undef TARGET_AVX512
#undef TARGET_AVX2
#undef INLINE
#undef OWN_REGISTER
#include "linalg/umk-gemm-x86.c"

#include "core/umk-rng-private.h"

#define MAX_K 400

static void
fill_random(float *x, gsize n, UmkRng *rng)
{
    for (gsize i = 0; i < n; i++)
        x[i] = (float) _umk_rng_normal(rng);
}

static void
fill_bytes(gpointer data, gsize n, UmkRng *rng)
{
    guint8 *bytes = data;

    for (gsize i = 0; i < n; i++)
        bytes[i] = (guint8) (_umk_rng_uniform(rng) * 256);
}

/* Both panels of a tile, one after the other. */
static void
run_int8_tile(UmkInt8Tile tile, const UmkInt8Operands *in, gsize rows, gint32 *sums)
{
    UmkInt8Operands here = *in;

    memset(sums, 1, rows * 2 * UMK_GEMM_COLUMNS * sizeof *sums);
    for (gsize column = 0; column < 2 * UMK_GEMM_COLUMNS; column += UMK_GEMM_COLUMNS) {
        tile(&here, rows, UMK_GEMM_COLUMNS, sums + column, 2 * UMK_GEMM_COLUMNS);
        here.w += here.w_stride;
    }
}

/* What becomes of the sums, with and without bias, alone and added. */
static void
test_product(const UmkInt8Operands *in, gsize rows, const gint32 *sums, UmkRng *rng)
{
    enum { COLUMNS = 2 * UMK_GEMM_COLUMNS, ROWS = 2 * UMK_GEMM_ROWS + 3 };
    static float start[ROWS * 40], expected[ROWS * 40], out[ROWS * 40], steps[ROWS];
    static gint32 zeros[ROWS];
    float scales[COLUMNS], bias[COLUMNS];
    gint32 weights[COLUMNS];

    for (gsize i = 0; i < COLUMNS; i++)
        weights[i] = (gint32) (_umk_rng_normal(rng) * 1e3);
    for (gsize i = 0; i < ROWS; i++)
        zeros[i] = (gint32) (_umk_rng_uniform(rng) * 256);
    fill_random(steps, ROWS, rng);
    fill_random(scales, COLUMNS, rng);
    fill_random(bias, COLUMNS, rng);
    fill_random(start, G_N_ELEMENTS(start), rng);
    for (gsize columns = 1; columns <= COLUMNS; columns += columns < 15 ? 7 : 1) {
        const UmkInt8End end = {
            steps, zeros, scales, weights, columns % 2 ? bias : NULL, columns % 3 == 0};

        memcpy(expected, start, sizeof start);
        memcpy(out, start, sizeof start);
        emulated_finish_avx2(sums, COLUMNS, rows, COLUMNS, &end, expected, 40);
        for (gsize row = 0; row < rows; row++)
            memcpy(expected + row * 40 + columns, start + row * 40 + columns,
                   (40 - columns) * sizeof *start);
        emulated_int8_product_avx512_vnni(in, rows, columns, &end, out, 40);
        g_assert_cmpmem(out, sizeof out, expected, sizeof expected);
    }
}

/* Extreme values among the random ones: 255 * -127 * 4 must not saturate anywhere, nor
 * may pairs at their limit. */
static void
test_int8_tiles(void)
{
    enum { COLUMNS = 2 * UMK_GEMM_COLUMNS, QUAD = UMK_GEMM_COLUMNS * 4 };
    enum { ROWS = 2 * UMK_GEMM_ROWS + 3 };
    static guint8 a[MAX_K * ROWS * 4] __attribute__((aligned(64)));
    static gint8 w[MAX_K * COLUMNS * 4] __attribute__((aligned(64)));
    gint32 expected[ROWS * COLUMNS], sums[ROWS * COLUMNS];
    const gsize lengths[] = {0, 1, 2, 7, 96};
    guint16 order[MAX_K];
    UmkInt8Operands in = {a, MAX_K * 4, w, MAX_K * QUAD, NULL, 0, 0, 0, w};
    UmkRng rng;

    _umk_rng_init(&rng, 1, 0);
    fill_bytes(a, sizeof a, &rng);
    fill_bytes(w, sizeof w, &rng);
    for (gsize i = 0; i < sizeof w; i++)
        w[i] = w[i] == -128 ? -127 : w[i];
    for (gsize row = 0; row < ROWS; row++)
        memset(a + row * MAX_K * 4, 255, 4 * 4);
    memset(w, -127, 2 * QUAD);
    memset(w + 2 * QUAD, 127, 2 * QUAD);
    for (gsize l = 0; l < G_N_ELEMENTS(lengths); l++) {
        in.quads = lengths[l];
        for (gsize rows = 1; rows <= ROWS; rows++) {
            gsize size = rows * COLUMNS * sizeof *sums;

            run_int8_tile(_umk_int8_tile_plain, &in, rows, expected);
            run_int8_tile(emulated_int8_tile_avx_vnni, &in, rows, sums);
            g_assert_cmpmem(sums, size, expected, size);
            test_product(&in, rows, expected, &rng);
        }
    }
    /* AVX2's input is below 128; quads 4 to 31 reach just so far that fours fit, from
     * there to 63 that pairs do. */
    for (gsize i = 0; i < sizeof a; i++)
        a[i] /= 2;
    memset(a, 127, MAX_K * 4);
    for (gsize panel = 0; panel < 2; panel++)
        for (gsize i = 4 * QUAD; i < 64 * QUAD; i++) {
            static const gint8 fours[] = {-127, -1, 0, -1};
            gint8 weight = i < 32 * QUAD ? fours[i / QUAD % 4] : i / QUAD % 2 ? -127 : -2;

            /* positive ones do not add to negative ones */
            w[panel * MAX_K * QUAD + i] = (gint8) (i / 8 % 2 ? weight : -weight);
        }
    for (gsize i = 0; i < MAX_K; i++)
        order[i] = (guint16) i;
    for (gsize i = 0; i < 60; i++)
        order[i] = (guint16) (i + 4);
    for (gsize i = 0; i < 4; i++)
        order[60 + i] = (guint16) i;
    for (guint ordered = 0; ordered < 2; ordered++) {
        in.order = ordered ? order : NULL;
        in.w = ordered ? w + 4 * QUAD : w;
        in.n_fours = ordered ? 28 : 0;
        in.n_paired = ordered ? 32 : 0;
        in.quads = 60 + 36 * (1 - ordered);
        for (gsize rows = 1; rows <= UMK_GEMM_ROWS; rows++) {
            gsize size = rows * COLUMNS * sizeof *sums;

            run_int8_tile(_umk_int8_tile_plain, &in, rows, expected);
            run_int8_tile(emulated_int8_tile_avx2, &in, rows, sums);
            g_assert_cmpmem(sums, size, expected, size);
        }
    }
}

static void
test_quantize(void)
{
    UmkRng rng;

    _umk_rng_init(&rng, 2, 0);
    for (gsize k = 1; k < 70; k++) {
        float x[70], steps[3];
        gint32 zeros[3];
        guint8 plain[80] = {0}, wide[80] = {0}, narrow[80] = {0};

        fill_random(x, k, &rng);
        _umk_quantize_row(x, k, 255, plain, &steps[0], &zeros[0]);
        emulated_quantize_avx512(x, k, wide, &steps[1], &zeros[1]);
        emulated_quantize_avx2(x, k, narrow, &steps[2], &zeros[2]);
        g_assert_cmpmem(wide, sizeof wide, plain, sizeof plain);
        g_assert_cmpmem(narrow, sizeof narrow, plain, sizeof plain);
        g_assert_true(steps[0] == steps[1] && steps[0] == steps[2]);
        g_assert_true(zeros[0] == zeros[1] && zeros[0] == zeros[2]);
        _umk_quantize_row(x, k, 127, plain, &steps[0], &zeros[0]);
        emulated_quantize_7_bits_avx2(x, k, narrow, &steps[2], &zeros[2]);
        g_assert_cmpmem(narrow, sizeof narrow, plain, sizeof plain);
        x[k / 2] = k % 2 ? NAN : INFINITY;
        emulated_quantize_avx512(x, k, wide, &steps[1], &zeros[1]);
        g_assert_true(isnan(steps[1]));
    }
}

/* All columns as each kernel takes them: those that take less do it in parts. */
static void
run_tile(UmkGemmTile tile,
         gsize max_columns,
         const UmkGemmOperands *in,
         gsize rows,
         gsize columns,
         const float *bias,
         UmkGemmMode mode,
         float *out)
{
    for (gsize column = 0; column < columns; column += max_columns) {
        UmkGemmOperands part = *in;

        part.w += column / UMK_GEMM_COLUMNS * in->w_stride;
        tile(&part, rows, MIN(columns - column, max_columns), bias + column, mode,
             out + column, 40);
    }
}

/* Both fuse multiplication and addition, so they agree to the bit; the plain kernel, if
 * it does not, to rounding. */
static void
test_f32_tiles(void)
{
    enum { K = 97, ROWS = 2 * UMK_GEMM_ROWS + 3, COLUMNS = 2 * UMK_GEMM_COLUMNS };
    static float a[ROWS * K], w[COLUMNS * K], start[ROWS * 40];
    static float plain[ROWS * 40], narrow[ROWS * 40], wide[ROWS * 40];
    float bias[COLUMNS];
    const UmkGemmOperands in = {a, K, w, UMK_GEMM_COLUMNS * K, K, w};
    UmkRng rng;

    _umk_rng_init(&rng, 4, 0);
    fill_random(a, G_N_ELEMENTS(a), &rng);
    fill_random(w, G_N_ELEMENTS(w), &rng);
    fill_random(bias, G_N_ELEMENTS(bias), &rng);
    fill_random(start, G_N_ELEMENTS(start), &rng);
    for (gsize rows = 1; rows <= ROWS; rows++) {
        for (gsize columns = 1; columns <= COLUMNS; columns += 5) {
            for (UmkGemmMode mode = UMK_GEMM_SET; mode <= UMK_GEMM_ADD; mode++) {
                memcpy(plain, start, sizeof start);
                memcpy(narrow, start, sizeof start);
                memcpy(wide, start, sizeof start);
                run_tile(_umk_gemm_tile_plain, UMK_GEMM_COLUMNS, &in, rows, columns, bias,
                         mode, plain);
                run_tile(emulated_tile_avx2, UMK_GEMM_COLUMNS, &in, rows, columns, bias,
                         mode, narrow);
                run_tile(emulated_tile_avx512, COLUMNS, &in, rows, columns, bias, mode,
                         wide);
                g_assert_cmpmem(wide, sizeof wide, narrow, sizeof narrow);
                for (gsize i = 0; i < G_N_ELEMENTS(plain); i++)
                    g_assert_cmpfloat_with_epsilon(plain[i], wide[i], 1e-4);
            }
        }
    }
}

/* Packing rounds as the definition does; sums are those of rounded numbers. */
static void
test_bf16(void)
{
    enum { K = 37, PAIRS = (K + 1) / 2, STRIDE = 24, N = 2 * UMK_GEMM_COLUMNS };
    enum { ROWS = 2 * UMK_GEMM_ROWS + 3 };
    static float x[ROWS][K + 1], y[K + 1][N], sums[ROWS * 40];
    guint32 a[ROWS * STRIDE] = {0}, w[PAIRS * N];
    const UmkBf16Operands in = {a, STRIDE, w, PAIRS * UMK_GEMM_COLUMNS, PAIRS};
    UmkRng rng;

    _umk_rng_init(&rng, 5, 0);
    for (gsize r = 0; r < ROWS; r++)
        fill_random(x[r], K, &rng);
    emulated_bf16_narrow(x[0], K + 1, ROWS, K, a, STRIDE);
    for (gsize r = 0; r < ROWS; r++) {
        for (gsize i = 0; i < K + 1; i++) {
            guint32 pair = a[r * STRIDE + i / 2];
            guint32 bits = (i % 2 ? pair >> 16 : pair & 0xffff);

            g_assert_cmphex(bits, ==, i < K ? _umk_bf16_from_float(x[r][i]) : 0);
            bits <<= 16;
            memcpy(&x[r][i], &bits, sizeof bits);
        }
    }
    fill_random(y[0], K * N, &rng);
    emulated_bf16_pack_columns(y[0], N, N, K, w);
    for (gsize j = 0; j < N; j++)
        for (gsize i = 0; i < K + 1; i++) {
            guint32 pair = w[j / 16 * in.w_stride + i / 2 * 16 + j % 16];
            guint32 bits = (i % 2 ? pair >> 16 : pair & 0xffff);

            g_assert_cmphex(bits, ==, i < K ? _umk_bf16_from_float(y[i][j]) : 0);
            bits <<= 16;
            memcpy(&y[i][j], &bits, sizeof bits);
        }
    for (gsize rows = 1; rows <= ROWS; rows++)
        for (gsize columns = 1; columns <= N; columns += 5) {
            for (gsize i = 0; i < G_N_ELEMENTS(sums); i++)
                sums[i] = 7;
            emulated_bf16_tile(&in, rows, columns, sums, 40);
            for (gsize r = 0; r < ROWS; r++)
                for (gsize j = 0; j < 40; j++) {
                    double sum = 0;

                    for (gsize i = 0; j < columns && i < K; i++)
                        sum += (double) x[r][i] * (double) y[i][j];
                    g_assert_cmpfloat_with_epsilon((double) sums[r * 40 + j],
                                                   r < rows && j < columns ? sum : 7,
                                                   1e-4);
                }
        }
    x[0][0] = NAN;
    emulated_bf16_narrow(x[0], 1, 1, 1, a, 8);
    g_assert_cmphex(a[0] & 0x7fff, >, 0x7f80);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gemm-emulated/int8-tiles", test_int8_tiles);
    g_test_add_func("/gemm-emulated/quantize", test_quantize);
    g_test_add_func("/gemm-emulated/f32-tiles", test_f32_tiles);
    g_test_add_func("/gemm-emulated/bf16", test_bf16);
    return g_test_run();
}
