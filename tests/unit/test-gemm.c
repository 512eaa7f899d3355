/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The matrix product: every kernel beside double precision, the fused ones beside each
 * other bit for bit, and a row's bits independent of the rows around it. */
#include "linalg/umk-gemm-private.h"

#include <math.h>
#include <string.h>

#include "core/umk-rng-private.h"

static const gsize sizes[][3] = {
    /* m, n, k */
    {1, 1, 1},     {1, 32, 1},   {3, 7, 5},      {12, 32, 64}, {13, 33, 17},
    {11, 31, 48},  {24, 64, 96}, {25, 15, 9},    {5, 16, 128}, {100, 65, 31},
    {193, 40, 33}, {2, 3, 4097}, {14, 35, 8200}, {0, 4, 4},    {4, 0, 4},
    {4, 4, 0},     {37, 17, 1},  {1, 384, 384},
};

static float *
random_floats(gsize n, guint64 seed)
{
    float *x = g_new(float, MAX(n, 1));
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n; i++)
        x[i] = (float) _umk_rng_normal(&rng);
    return x;
}

static void
check_against_double(gsize m, gsize n, gsize k)
{
    g_autofree float *a = random_floats(m * k, 1);
    g_autofree float *w = random_floats(n * k, 2);
    g_autofree float *bias = random_floats(n, 3);
    gsize stride = n + 3;
    g_autofree float *out = random_floats(m * stride, 4);
    g_autofree float *before = g_memdup2(out, m * stride * sizeof(float));
    UmkPacked *packed = _umk_packed_new(w, n, k);

    _umk_gemm_packed(a, m, packed, bias, out, stride);
    for (gsize i = 0; i < m; i++) {
        for (gsize j = 0; j < n; j++) {
            double sum = (double) bias[j], size = fabs(sum);

            for (gsize l = 0; l < k; l++) {
                sum += (double) a[i * k + l] * (double) w[j * k + l];
                size += fabs((double) a[i * k + l] * (double) w[j * k + l]);
            }
            g_assert_cmpfloat(fabs((double) out[i * stride + j] - sum), <=,
                              3e-6 * size + 1e-12);
        }
        for (gsize j = n; j < stride; j++)
            g_assert_true(out[i * stride + j] == before[i * stride + j]);
    }
    _umk_packed_free(packed);
}

static void
test_double(gconstpointer data)
{
    UmkGemmKind kind = GPOINTER_TO_UINT(data), chosen = _umk_gemm_get_kind();

    if (!_umk_gemm_supports(kind)) {
        g_test_skip("this processor cannot run it");
        return;
    }
    _umk_gemm_set_kind(kind);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
        check_against_double(sizes[i][0], sizes[i][1], sizes[i][2]);
    _umk_gemm_set_kind(chosen);
}

static void
test_kernels_agree(void)
{
    UmkGemmKind chosen = _umk_gemm_get_kind();

    if (!_umk_gemm_supports(UMK_GEMM_AVX512) || !_umk_gemm_supports(UMK_GEMM_AVX2)) {
        g_test_skip("this processor has no AVX-512");
        return;
    }
    for (gsize s = 0; s < G_N_ELEMENTS(sizes); s++) {
        gsize m = sizes[s][0], n = sizes[s][1], k = sizes[s][2];
        g_autofree float *a = random_floats(m * k, 5);
        g_autofree float *w = random_floats(n * k, 6);
        g_autofree float *x = random_floats(m * n, 7);
        g_autofree float *y = random_floats(m * n, 7);
        UmkPacked *packed = _umk_packed_new(w, n, k);

        _umk_gemm_set_kind(UMK_GEMM_AVX512);
        _umk_gemm_packed(a, m, packed, NULL, x, n);
        _umk_gemm_set_kind(UMK_GEMM_AVX2);
        _umk_gemm_packed(a, m, packed, NULL, y, n);
        g_assert_true(memcmp(x, y, m * n * sizeof(float)) == 0);
        _umk_packed_free(packed);
    }
    _umk_gemm_set_kind(chosen);
}

/* Kernels that fuse make one chain of fused operations, as in any order of rows. */
static void
check_chain(gsize m, gsize n, gsize k)
{
    g_autofree float *a = random_floats(m * k, 12);
    g_autofree float *w = random_floats(n * k, 13);
    g_autofree float *out = g_new(float, m *n);
    UmkPacked *packed = _umk_packed_new(w, n, k);

    _umk_gemm_packed(a, m, packed, NULL, out, n);
    for (gsize i = 0; i < m; i++) {
        for (gsize j = 0; j < n; j++) {
            float sum = 0;

            for (gsize l = 0; l < k; l++)
                sum = fmaf(a[i * k + l], w[j * k + l], sum);
            g_assert_true(out[i * n + j] == sum);
        }
    }
    _umk_packed_free(packed);
}

static void
test_chain(void)
{
    UmkGemmKind chosen = _umk_gemm_get_kind();

    for (guint kind = UMK_GEMM_AVX2; kind <= UMK_GEMM_AVX512; kind++) {
        if (!_umk_gemm_supports(kind))
            continue;
        _umk_gemm_set_kind(kind);
        for (gsize m = 1; m < 20; m++) {
            check_chain(m, 19, 43);
            check_chain(m, 32, 16);
        }
        check_chain(8, 16, 1600);
    }
    _umk_gemm_set_kind(chosen);
}

static void
check_rows_alone(gsize m, gsize n, gsize k)
{
    g_autofree float *a = random_floats(m * k, 8);
    g_autofree float *w = random_floats(n * k, 9);
    g_autofree float *all = g_new(float, m *n);
    g_autofree float *alone = g_new(float, n);
    UmkPacked *packed = _umk_packed_new(w, n, k);

    _umk_gemm_packed(a, m, packed, NULL, all, n);
    for (gsize i = 0; i < m; i++) {
        _umk_gemm_packed(a + i * k, 1, packed, NULL, alone, n);
        g_assert_true(memcmp(alone, all + i * n, n * sizeof(float)) == 0);
    }
    _umk_packed_free(packed);
}

static void
test_rows_alone(gconstpointer data)
{
    UmkGemmKind kind = GPOINTER_TO_UINT(data), chosen = _umk_gemm_get_kind();

    if (!_umk_gemm_supports(kind)) {
        g_test_skip("this processor cannot run it");
        return;
    }
    _umk_gemm_set_kind(kind);
    check_rows_alone(61, 100, 384);
    check_rows_alone(200, 33, 77);
    check_rows_alone(17, 40, 5000);
    _umk_gemm_set_kind(chosen);
}

/* A residual is added to the finished sum, an activation is that of the kernel alone; k
 * beyond one stretch goes another way and gives the same. */
static void
check_end(gsize m, gsize n, gsize k)
{
    g_autofree float *a = random_floats(m * k, 11);
    g_autofree float *w = random_floats(n * k, 12);
    g_autofree float *bias = random_floats(n, 13);
    g_autofree float *plain = g_new(float, m *n);
    g_autofree float *added = random_floats(m * n, 14);
    g_autofree float *expected = g_memdup2(added, m * n * sizeof(float));
    g_autofree float *active = g_new(float, m *n);
    const UmkGemmEnd add = {.bias = bias, .add = TRUE};
    const UmkGemmEnd gelu = {.bias = bias, .activation = UMK_ACTIVATION_GELU};
    UmkPacked *packed = _umk_packed_new(w, n, k);

    _umk_gemm_packed(a, m, packed, bias, plain, n);
    _umk_gemm_packed_end(a, k, m, packed, &add, added, n);
    _umk_gemm_packed_end(a, k, m, packed, &gelu, active, n);
    _umk_kernel_add(expected, plain, m * n);
    g_assert_cmpmem(added, m * n * sizeof(float), expected, m * n * sizeof(float));
    for (gsize i = 0; i < m; i++)
        _umk_kernel_activate(UMK_ACTIVATION_GELU, plain + i * n, n);
    g_assert_cmpmem(active, m * n * sizeof(float), plain, m * n * sizeof(float));
    _umk_packed_free(packed);
}

static void
test_ends(gconstpointer data)
{
    UmkGemmKind kind = GPOINTER_TO_UINT(data), chosen = _umk_gemm_get_kind();

    if (!_umk_gemm_supports(kind)) {
        g_test_skip("this processor cannot run it");
        return;
    }
    _umk_gemm_set_kind(kind);
    check_end(25, 70, 96);
    check_end(200, 33, 384);
    check_end(14, 700, 4100);
    _umk_gemm_set_kind(chosen);
}

static void
test_packing(void)
{
    const gsize n = 45, k = 21;
    g_autofree float *w = random_floats(n * k, 10);
    g_autofree float *turned = g_new(float, n *k);
    gsize size = _umk_gemm_pack_size(n, k);
    g_autofree float *rows = g_new(float, size);
    g_autofree float *columns = g_new(float, size);

    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < k; j++)
            turned[j * n + i] = w[i * k + j];
    _umk_gemm_pack_rows(w, k, n, k, rows);
    _umk_gemm_pack_columns(turned, n, n, k, columns);
    g_assert_cmpmem(rows, size * sizeof(float), columns, size * sizeof(float));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint kind = UMK_GEMM_PLAIN; kind <= UMK_GEMM_AVX512; kind++) {
        g_autofree char *exact =
            g_strconcat("/gemm/double/", _umk_gemm_kind_name(kind), NULL);
        g_autofree char *alone =
            g_strconcat("/gemm/rows-alone/", _umk_gemm_kind_name(kind), NULL);

        g_autofree char *ends =
            g_strconcat("/gemm/ends/", _umk_gemm_kind_name(kind), NULL);

        g_test_add_data_func(ends, GUINT_TO_POINTER(kind), test_ends);
        g_test_add_data_func(exact, GUINT_TO_POINTER(kind), test_double);
        g_test_add_data_func(alone, GUINT_TO_POINTER(kind), test_rows_alone);
    }
    g_test_add_func("/gemm/kernels-agree", test_kernels_agree);
    g_test_add_func("/gemm/chain", test_chain);
    g_test_add_func("/gemm/packing", test_packing);
    return g_test_run();
}
