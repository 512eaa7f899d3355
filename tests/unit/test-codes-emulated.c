/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The code products for AVX-512 with VNNI on processors that have none of it: their
 * source is compiled here with SIMDe, which does each instruction in plain C, and
 * compared with the plain products. */
#define SIMDE_ENABLE_NATIVE_ALIASES
#define SIMDE_NO_NATIVE
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wdouble-promotion"
#pragma GCC diagnostic ignored "-Wpsabi"
#include <simde/x86/avx512.h>
#pragma GCC diagnostic pop

#include <glib.h>
#include <string.h>

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

#define __mmask64               guint64
#define _mm512_reduce_add_epi32 reduce_add
#define _mm512_maskz_loadu_epi8 load_half
#define _mm_popcnt_u64(x)       ((gint64) __builtin_popcountll(x))

#define UMK_CODES_EMULATED
#define _umk_code_kernels_avx2 emulated_avx2
#define _umk_code_kernels_vnni emulated_vnni
#include "linalg/umk-codes-x86.c"

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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/codes/emulated", test_emulated);
    return g_test_run();
}
