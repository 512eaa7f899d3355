/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quantised and the bfloat16 product: every kernel beside the definition, bit for
 * bit; a row's bits independent of the rows around it; endings; numbers that are not
 * finite. */
#include "linalg/umk-gemm-bf16-private.h"
#include "linalg/umk-gemm-int8-private.h"

#include <math.h>
#include <string.h>

#include "core/umk-rng-private.h"

static const gsize sizes[][3] = {
    /* m, n, k */
    {1, 1, 1},     {1, 32, 1},   {3, 7, 5},      {12, 32, 64},   {13, 33, 17},
    {11, 31, 48},  {24, 64, 96}, {25, 15, 9},    {5, 16, 128},   {100, 65, 31},
    {193, 40, 33}, {2, 3, 4097}, {14, 35, 8200}, {0, 4, 4},      {4, 0, 4},
    {4, 4, 0},     {37, 17, 1},  {1, 384, 384},  {3, 33, 16384}, {7, 70, 1023},
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

/* What the header says, in the plainest way. */
static void
define_int8(const float *a,
            gsize m,
            const float *w,
            gsize n,
            gsize k,
            const float *bias,
            gboolean add,
            float *out,
            gsize stride)
{
    g_autofree guint8 *u = g_malloc(k + 4);
    g_autofree gint8 *q = g_malloc(n * k + 1);
    g_autofree float *scales = g_new(float, n + 1);

    for (gsize j = 0; j < n; j++)
        scales[j] = _umk_quantize_weights(w + j * k, k, q + j * k);
    for (gsize i = 0; i < m; i++) {
        float step;
        gint32 zero;

        _umk_quantize_row(a + i * k, k, _umk_gemm_int8_get_top(), u, &step, &zero);
        for (gsize j = 0; j < n; j++) {
            gint32 sum = 0;
            float value;

            for (gsize l = 0; l < k; l++)
                sum += ((gint32) u[l] - zero) * q[j * k + l];
            value = (float) sum * (scales[j] * step) + bias[j];
            out[i * stride + j] = add ? out[i * stride + j] + value : value;
        }
    }
}

static void
check_int8(gsize m, gsize n, gsize k, gboolean add)
{
    gsize stride = n + 3;
    g_autofree float *a = random_floats(m * k, 1);
    g_autofree float *w = random_floats(n * k, 2);
    g_autofree float *bias = random_floats(n, 3);
    g_autofree float *out = random_floats(m * stride, 4);
    g_autofree float *expected = g_memdup2(out, MAX(m * stride, 1) * sizeof(float));
    const UmkGemmEnd end = {.bias = bias, .add = add};
    UmkPackedInt8 *packed = _umk_packed_int8_new_empty(n, k);

    /* Both ends of the range, far from zero, and a row of one sign. */
    for (gsize i = 0; i < m * k; i += 7)
        a[i] *= 10;
    for (gsize i = 0; m > 2 && i < k; i++)
        a[2 * k + i] = fabsf(a[2 * k + i]) + 1;
    _umk_packed_int8_fill(packed, 0, w, n);
    define_int8(a, m, w, n, k, bias, add, expected, stride);
    _umk_gemm_int8(a, k, m, packed, &end, out, stride);
    g_assert_cmpmem(out, m * stride * sizeof(float), expected,
                    m * stride * sizeof(float));
    _umk_packed_int8_free(packed);
}

/* Runs check with the kernel kind chosen, or skips. */
static void
with_kind(UmkGemmInt8Kind kind, void (*check)(void))
{
    UmkGemmInt8Kind chosen = _umk_gemm_int8_get_kind();

    if (!_umk_gemm_int8_supports(kind)) {
        g_test_skip("this processor cannot run it");
        return;
    }
    _umk_gemm_int8_set_kind(kind);
    check();
    _umk_gemm_int8_set_kind(chosen);
}

static void
check_definition(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        check_int8(sizes[i][0], sizes[i][1], sizes[i][2], FALSE);
        check_int8(sizes[i][0], sizes[i][1], sizes[i][2], TRUE);
    }
}

/* All input at its top and weights of one sign in each output, some far larger than
 * others: where sums of 16 bits are used they must not overflow. */
static void
check_top(void)
{
    enum { M = 5, N = 48, K = 400 };
    g_autofree float *a = g_new(float, M *K);
    g_autofree float *w = random_floats(N * K, 41);
    g_autofree float *out = g_new0(float, M *N);
    g_autofree float *expected = g_new0(float, M *N);
    const float bias[N] = {0};
    const UmkGemmEnd end = {.bias = bias};

    for (gsize i = 0; i < M * K; i++)
        a[i] = 1;
    for (gsize power = 0; power < 4; power++) {
        UmkPackedInt8 *packed = _umk_packed_int8_new_empty(N, K);

        for (gsize i = 0; i < N * K; i++)
            w[i] = (i / K % 2 ? -1 : 1) * powf(fabsf(w[i]), power == 0 ? 0.1f : 1.5f);
        _umk_packed_int8_fill(packed, 0, w, N);
        define_int8(a, M, w, N, K, bias, FALSE, expected, N);
        _umk_gemm_int8(a, K, M, packed, &end, out, N);
        g_assert_cmpmem(out, M * N * sizeof(float), expected, M * N * sizeof(float));
        _umk_packed_int8_free(packed);
    }
}

static void
test_top(gconstpointer data)
{
    with_kind(GPOINTER_TO_UINT(data), check_top);
}

static void
test_definition(gconstpointer data)
{
    with_kind(GPOINTER_TO_UINT(data), check_definition);
}

static void
check_rows_alone(void)
{
    const gsize m = 61, n = 100, k = 387;
    g_autofree float *a = random_floats(m * k, 8);
    g_autofree float *w = random_floats(n * k, 9);
    g_autofree float *all = g_new(float, m *n);
    g_autofree float *alone = g_new(float, n);
    const UmkGemmEnd end = {.activation = UMK_ACTIVATION_GELU};
    UmkPackedInt8 *packed = _umk_packed_int8_new_empty(n, k);

    _umk_packed_int8_fill(packed, 0, w, n);
    _umk_gemm_int8(a, k, m, packed, &end, all, n);
    for (gsize i = 0; i < m; i++) {
        _umk_gemm_int8(a + i * k, k, 1, packed, &end, alone, n);
        g_assert_cmpmem(alone, n * sizeof(float), all + i * n, n * sizeof(float));
    }
    _umk_packed_int8_free(packed);
}

static void
test_rows_alone(gconstpointer data)
{
    with_kind(GPOINTER_TO_UINT(data), check_rows_alone);
}

/* A row that is not finite gives NaN and leaves its neighbours alone; a row of zeros
 * gives the bias; so does a row of weights of zeros. */
static void
check_odd_numbers(void)
{
    const gsize m = 5, n = 3, k = 40;
    g_autofree float *a = random_floats(m * k, 11);
    g_autofree float *w = random_floats(n * k, 12);
    g_autofree float *out = g_new0(float, m *n);
    const float bias[] = {1, 2, 3};
    const UmkGemmEnd end = {.bias = bias};
    UmkPackedInt8 *packed = _umk_packed_int8_new_empty(n, k);

    a[0 * k + 39] = NAN;
    a[1 * k + 3] = INFINITY;
    a[2 * k + 17] = -INFINITY;
    memset(a + 3 * k, 0, k * sizeof(float));
    memset(w + 2 * k, 0, k * sizeof(float));
    _umk_packed_int8_fill(packed, 0, w, n);
    _umk_gemm_int8(a, k, m, packed, &end, out, n);
    for (gsize i = 0; i < 3 * n; i++)
        g_assert_true(isnan(out[i]));
    for (gsize j = 0; j < n; j++)
        g_assert_cmpfloat(out[3 * n + j], ==, bias[j]);
    g_assert_true(isfinite(out[4 * n]) && isfinite(out[4 * n + 1]));
    g_assert_cmpfloat(out[4 * n + 2], ==, bias[2]);
    _umk_packed_int8_free(packed);
}

static void
test_odd_numbers(gconstpointer data)
{
    with_kind(GPOINTER_TO_UINT(data), check_odd_numbers);
}

/* Whole numbers within reach are stored exactly, and quantising again changes nothing. */
static void
test_weights(void)
{
    gint8 q[255], again[255];
    float w[255], scale, scale_again;

    for (int i = 0; i < 255; i++)
        w[i] = (float) (i - 127) * 0.5f;
    scale = _umk_quantize_weights(w, 255, q);
    g_assert_cmpfloat(scale, ==, 0.5f);
    for (int i = 0; i < 255; i++) {
        g_assert_cmpint(q[i], ==, i - 127);
        w[i] = (float) q[i] * scale;
    }
    scale_again = _umk_quantize_weights(w, 255, again);
    g_assert_cmpmem(q, sizeof q, again, sizeof again);
    g_assert_cmpfloat(scale_again, ==, scale);
    w[7] = NAN;
    g_assert_true(isnan(_umk_quantize_weights(w, 255, q)));
}

static void
test_bf16_rounding(void)
{
    g_assert_cmphex(_umk_bf16_from_float(1.0f), ==, 0x3f80);
    g_assert_cmphex(_umk_bf16_from_float(-2.0f), ==, 0xc000);
    /* halfway goes to even, above halfway goes up */
    g_assert_cmphex(_umk_bf16_from_float(1.00390625f), ==, 0x3f80);
    g_assert_cmphex(_umk_bf16_from_float(1.01171875f), ==, 0x3f82);
    g_assert_cmphex(_umk_bf16_from_float(1.0039063692f), ==, 0x3f81);
    g_assert_cmphex(_umk_bf16_from_float(INFINITY), ==, 0x7f80);
    g_assert_cmphex(_umk_bf16_from_float(3.4e38f), ==, 0x7f80);
    g_assert_cmphex(_umk_bf16_from_float(NAN) & 0x7fff, >, 0x7f80);
}

static void
check_bf16(gsize m, gsize n, gsize k)
{
    gsize stride = n + 1;
    g_autofree float *a = random_floats(m * k, 21);
    g_autofree float *w = random_floats(n * k, 22);
    g_autofree float *bias = random_floats(n, 23);
    g_autofree float *out = random_floats(m * stride, 24);
    const UmkGemmEnd end = {.bias = bias};
    UmkPackedBf16 *packed = _umk_packed_bf16_new_empty(n, k);
    /* Products of bfloat16 with rounded input err by 2^-8 a factor. */
    double unit = _umk_gemm_bf16_is_native() ? 0x1p-8 : 3e-6;

    _umk_packed_bf16_fill(packed, 0, w, n);
    _umk_gemm_bf16(a, k, m, packed, &end, out, stride);
    for (gsize i = 0; i < m; i++) {
        for (gsize j = 0; j < n; j++) {
            double sum = (double) bias[j], size = fabs(sum);

            for (gsize l = 0; l < k; l++) {
                guint32 bits = (guint32) _umk_bf16_from_float(w[j * k + l]) << 16;
                float rounded;

                memcpy(&rounded, &bits, sizeof bits);
                sum += (double) a[i * k + l] * (double) rounded;
                size += fabs((double) a[i * k + l] * (double) rounded);
            }
            g_assert_cmpfloat(fabs((double) out[i * stride + j] - sum), <=,
                              unit * size + 1e-12);
        }
    }
    _umk_packed_bf16_free(packed);
}

static void
test_bf16(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
        check_bf16(sizes[i][0], sizes[i][1], sizes[i][2]);
}

static void
test_bf16_rows_alone(void)
{
    const gsize m = 61, n = 100, k = 1501;
    g_autofree float *a = random_floats(m * k, 31);
    g_autofree float *w = random_floats(n * k, 32);
    g_autofree float *all = random_floats(m * n, 33);
    g_autofree float *alone = g_memdup2(all, m * n * sizeof(float));
    const UmkGemmEnd end = {.add = TRUE};
    UmkPackedBf16 *packed = _umk_packed_bf16_new_empty(n, k);

    _umk_packed_bf16_fill(packed, 0, w, n);
    _umk_gemm_bf16(a, k, m, packed, &end, all, n);
    for (gsize i = 0; i < m; i++)
        _umk_gemm_bf16(a + i * k, k, 1, packed, &end, alone + i * n, n);
    g_assert_cmpmem(alone, m * n * sizeof(float), all, m * n * sizeof(float));
    _umk_packed_bf16_free(packed);
}

static void
add_test(const char *name, UmkGemmInt8Kind kind, GTestDataFunc func)
{
    g_autofree char *path =
        g_strdup_printf("/gemm-int8/%s/%s", name, _umk_gemm_int8_kind_name(kind));

    g_test_add_data_func(path, GUINT_TO_POINTER(kind), func);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint kind = UMK_GEMM_INT8_PLAIN; kind <= UMK_GEMM_INT8_AVX512_VNNI; kind++) {
        add_test("definition", kind, test_definition);
        add_test("top", kind, test_top);
        add_test("rows-alone", kind, test_rows_alone);
        add_test("odd-numbers", kind, test_odd_numbers);
    }
    g_test_add_func("/gemm-int8/weights", test_weights);
    g_test_add_func("/gemm-bf16/rounding", test_bf16_rounding);
    g_test_add_func("/gemm-bf16/double", test_bf16);
    g_test_add_func("/gemm-bf16/rows-alone", test_bf16_rows_alone);
    return g_test_run();
}
