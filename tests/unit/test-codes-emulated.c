/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The code products for AVX-512 on processors that have none of it, of 8 bits by VNNI and
 * of half precision: their source is compiled here with SIMDe, which does each
 * instruction in plain C, and compared with the plain products. */
#define SIMDE_ENABLE_NATIVE_ALIASES
#define SIMDE_NO_NATIVE
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wdouble-promotion"
#pragma GCC diagnostic ignored "-Wpsabi"
#include <simde/x86/avx512.h>
#include <simde/x86/f16c.h>
#pragma GCC diagnostic pop

#include <glib.h>
#include <math.h>
#include <string.h>

#include "core/umk-half-private.h"
#include "core/umk-rng-private.h"

#pragma GCC diagnostic ignored "-Wpsabi"

static gint32
reduce_add(__m512i v)
{
    gint32 lanes[16];
    guint32 sum = 0;

    memcpy(lanes, &v, sizeof lanes);
    for (guint i = 0; i < 16; i++)
        sum += (guint32) lanes[i];
    return (gint32) sum;
}

/* The lower half is all that the kernels leave out the rest of. */
static __m512i
load_half(guint64 mask, const void *from)
{
    guint8 bytes[64] = {0};
    __m512i v;

    g_assert_true(mask == 0xffffffffu);
    memcpy(bytes, from, 32);
    memcpy(&v, bytes, sizeof v);
    return v;
}

/* Not in SIMDe. */
static __m512
half_to_float(__m256i halves)
{
    float floats[16];
    __m512 v;

    _umk_half_to_floats(UMK_HALF_PLAIN, &halves, 16, floats);
    memcpy(&v, floats, sizeof v);
    return v;
}

/* SIMDe rounds the product by itself. */
static void
fuse(const void *a, const void *b, void *sum, gsize n)
{
    float x[16], y[16], z[16];

    memcpy(x, a, n * sizeof *x);
    memcpy(y, b, n * sizeof *y);
    memcpy(z, sum, n * sizeof *z);
    for (gsize i = 0; i < n; i++)
        z[i] = fmaf(x[i], y[i], z[i]);
    memcpy(sum, z, n * sizeof *z);
}

static __m256
fuse_8(__m256 a, __m256 b, __m256 sum)
{
    fuse(&a, &b, &sum, 8);
    return sum;
}

static __m512
fuse_16(__m512 a, __m512 b, __m512 sum)
{
    fuse(&a, &b, &sum, 16);
    return sum;
}

#define __mmask64               guint64
#define _mm512_reduce_add_epi32 reduce_add
#define _mm512_maskz_loadu_epi8 load_half
#define _mm_popcnt_u64(x)       ((gint64) __builtin_popcountll(x))

#define UMK_CODES_EMULATED
#define _umk_code_kernels_avx2 emulated_avx2
#define _umk_code_kernels_vnni emulated_vnni
#include "linalg/umk-codes-x86.c"

#undef _mm256_fmadd_ps
#undef _mm512_fmadd_ps
#define _mm256_fmadd_ps fuse_8
#define _mm512_fmadd_ps fuse_16
#define _mm512_cvtph_ps half_to_float

#define UMK_HALF_DOT_EMULATED
#define _umk_half_dot_f16c   emulated_half_f16c
#define _umk_half_dot_avx512 emulated_half_avx512
#include "linalg/umk-half-dot-x86.c"

static void
check(const UmkCodeKernels *fast, gsize d, gsize n)
{
    const UmkCodeKernels *plain = _umk_codes_kernels(UMK_CODES_PLAIN);
    gsize stride = _umk_code_stride(d);
    g_autofree gint8 *codes = g_new0(gint8, (n + 1) * stride);
    g_autofree guint32 *ids = g_new0(guint32, n + 1);
    gint32 a[20], b[20];
    UmkRng rng;

    _umk_rng_init(&rng, d, n);
    for (gsize row = 0; row <= n; row++)
        for (gsize i = 0; i < d; i++) {
            gint64 x = (gint64) _umk_rng_below(&rng, 255) - 127;

            codes[row * stride + i] = (gint8) (row % 3 == 0 ? (x < 0 ? -127 : 127) : x);
        }
    for (gsize i = 0; i < n; i++)
        ids[i] = (guint32) _umk_rng_below(&rng, n + 1);
    plain->dot_run(codes, codes + stride, stride, n, a);
    fast->dot_run(codes, codes + stride, stride, n, b);
    g_assert_cmpmem(a, n * sizeof *a, b, n * sizeof *b);
    plain->dot_some(codes, codes, stride, stride, ids, n, a);
    fast->dot_some(codes, codes, stride, stride, ids, n, b);
    g_assert_cmpmem(a, n * sizeof *a, b, n * sizeof *b);
}

static void
test_emulated(void)
{
    static const gsize dims[] = {1, 32, 33, 64, 96, 100, 384, 385};

    for (gsize i = 0; i < G_N_ELEMENTS(dims); i++)
        for (gsize n = 0; n < 12; n++) {
            check(&emulated_avx2, dims[i], n);
            check(&emulated_vnni, dims[i], n);
        }
}

static void
check_halves(UmkHalfDot fast, gsize d, gsize n)
{
    gsize stride = (d + UMK_HALF_LANES - 1) / UMK_HALF_LANES * UMK_HALF_LANES;
    g_autofree guint16 *rows = g_new0(guint16, (n + 1) * stride);
    g_autofree float *query = g_new0(float, stride);
    float a[20], b[20];
    UmkRng rng;

    _umk_rng_init(&rng, d, n);
    for (gsize i = 0; i < d; i++)
        query[i] = (float) _umk_rng_normal(&rng);
    for (gsize row = 0; row < n; row++)
        for (gsize i = 0; i < d; i++)
            rows[row * stride + i] = _umk_half_from_float((float) _umk_rng_normal(&rng));
    _umk_half_dot(UMK_HALF_DOT_PLAIN)(query, rows, stride, n, a);
    fast(query, rows, stride, n, b);
    g_assert_cmpmem(a, n * sizeof *a, b, n * sizeof *b);
}

static void
test_halves(void)
{
    static const gsize dims[] = {1, 16, 17, 100, 384};

    for (gsize i = 0; i < G_N_ELEMENTS(dims); i++)
        for (gsize n = 0; n < 12; n++) {
            check_halves(emulated_half_f16c, dims[i], n);
            check_halves(emulated_half_avx512, dims[i], n);
        }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/codes/emulated", test_emulated);
    g_test_add_func("/codes/emulated-halves", test_halves);
    return g_test_run();
}
