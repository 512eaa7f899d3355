/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Row and element kernels beside double precision, and the same for a value wherever in a
 * vector it stands. */
/* The kernels once more, each fused operation done in plain C. */
#define UMK_LANES       4
#define UMK_ROW_FUSED   1
#define UMK_ROW_KERNELS row_kernels_fused
#include "linalg/umk-row-kernels.c"

#include "linalg/umk-kernels-private.h"

#include "core/umk-rng-private.h"

static double
exact_gelu(double x)
{
    return 0.5 * x * erfc(-x / sqrt(2.0));
}

static double
exact_gelu_tanh(double x)
{
    return 0.5 * x * (1 + tanh(sqrt(2 / G_PI) * (x + 0.044715 * x * x * x)));
}

static double
exact_quick_gelu(double x)
{
    return x / (1 + exp(-1.702 * x));
}

static double
exact_relu(double x)
{
    return x > 0 ? x : 0;
}

static double
exact_silu(double x)
{
    return x / (1 + exp(-x));
}

static void
test_activations(void)
{
    static const struct {
        UmkActivation activation;
        double (*exact)(double x);
        double tolerance; /* times the larger of 1 and the result */
    } table[] = {
        {UMK_ACTIVATION_GELU, exact_gelu, 1.2e-7},
        {UMK_ACTIVATION_GELU_TANH, exact_gelu_tanh, 3e-7},
        {UMK_ACTIVATION_QUICK_GELU, exact_quick_gelu, 3e-7},
        {UMK_ACTIVATION_RELU, exact_relu, 0},
        {UMK_ACTIVATION_SILU, exact_silu, 3e-7},
        {UMK_ACTIVATION_TANH, tanh, 1e-7},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        double most = 0;

        for (double at = -30; at < 30; at += 0.0031) {
            float x = (float) at, y = x;
            double expected = table[i].exact((double) x);

            _umk_kernel_activate(table[i].activation, &y, 1);
            most = MAX(most, fabs((double) y - expected) / MAX(1, fabs(expected)));
        }
        g_test_message("activation %d: largest error %.3g", table[i].activation, most);
        g_assert_cmpfloat(most, <=, table[i].tolerance);
    }
}

static void
test_exp(void)
{
    double most = 0;

    for (double at = -86.9; at < 88; at += 0.0137) {
        float x = (float) at, y = x;

        _umk_kernel_exp(&y, 1);
        most = MAX(most, fabs((double) y / exp((double) x) - 1));
    }
    g_test_message("exp: largest relative error %.3g", most);
    g_assert_cmpfloat(most, <=, 1.2e-7);
    for (guint i = 0; i < 2; i++) {
        float y = i == 0 ? -INFINITY : -1000.0f;

        _umk_kernel_exp(&y, 1);
        g_assert_true(y == 0.0f);
    }
}

/* The result at a place must not depend on the length of the row or the place. */
static void
test_position(void)
{
    float row[67], copy[67];
    UmkRng rng;

    _umk_rng_init(&rng, 1, 0);
    for (guint i = 0; i < G_N_ELEMENTS(row); i++)
        row[i] = (float) _umk_rng_normal(&rng) * 3;
    for (int a = UMK_ACTIVATION_GELU; a <= UMK_ACTIVATION_TANH; a++) {
        memcpy(copy, row, sizeof row);
        _umk_kernel_activate((UmkActivation) a, copy, G_N_ELEMENTS(copy));
        for (guint i = 0; i < G_N_ELEMENTS(row); i++) {
            float alone = row[i];

            _umk_kernel_activate((UmkActivation) a, &alone, 1);
            g_assert_cmpmem(&alone, sizeof alone, &copy[i], sizeof copy[i]);
        }
    }
}

static void
test_softmax(void)
{
    for (gsize n = 1; n < 70; n++) {
        float x[70], y[70];
        double total = 0, sum = 0;
        UmkRng rng;

        _umk_rng_init(&rng, n, 0);
        for (gsize i = 0; i < n; i++) {
            x[i] = y[i] = (float) _umk_rng_normal(&rng) * 20;
            total += exp((double) x[i] * 0.25);
        }
        _umk_kernel_softmax(y, n, 0.25f);
        for (gsize i = 0; i < n; i++) {
            g_assert_cmpfloat(fabs((double) y[i] - exp((double) x[i] * 0.25) / total), <=,
                              4e-7);
            sum += (double) y[i];
        }
        g_assert_cmpfloat(fabs(sum - 1), <=, 1e-6);
    }
}

static void
test_layer_norm(void)
{
    for (gsize n = 1; n < 80; n += 3) {
        float x[80], weight[80], bias[80], out[80];
        double mean = 0, variance = 0;
        UmkRng rng;

        _umk_rng_init(&rng, n, 0);
        for (gsize i = 0; i < n; i++) {
            x[i] = (float) (_umk_rng_normal(&rng) * 3 + 5);
            weight[i] = (float) _umk_rng_normal(&rng);
            bias[i] = (float) _umk_rng_normal(&rng);
            mean += (double) x[i] / (double) n;
        }
        for (gsize i = 0; i < n; i++)
            variance += ((double) x[i] - mean) * ((double) x[i] - mean) / (double) n;
        _umk_kernel_layer_norm(x, 1, n, weight, bias, 1e-5f, out);
        for (gsize i = 0; i < n; i++) {
            double expected =
                ((double) x[i] - mean) / sqrt(variance + 1e-5) * (double) weight[i] +
                (double) bias[i];

            g_assert_cmpfloat(fabs((double) out[i] - expected), <=, 1e-5);
        }
    }
}

static void
test_normalize(void)
{
    float x[3] = {3, 0, 4}, zero[2] = {0, 0}, tiny[2] = {3e-30f, 4e-30f};

    g_assert_true(_umk_kernel_normalize(x, 3));
    g_assert_cmpfloat(x[0], ==, 0.6f);
    g_assert_cmpfloat(x[2], ==, 0.8f);
    g_assert_true(_umk_kernel_normalize(tiny, 2));
    g_assert_cmpfloat(tiny[0], ==, 0.6f);
    g_assert_false(_umk_kernel_normalize(zero, 2));
    g_assert_cmpfloat(zero[0], ==, 0.0f);
}

static void
fill(float *x, gsize n, guint64 seed, double size)
{
    UmkRng rng;

    _umk_rng_init(&rng, seed, n);
    for (gsize i = 0; i < n; i++)
        x[i] = (float) (_umk_rng_normal(&rng) * size);
}

static void
test_rms_norm_and_gate(void)
{
    for (gsize n = 1; n < 80; n += 3) {
        float x[160], weight[80], out[80];
        double squares = 0;

        fill(x, 2 * n, 1, 3);
        fill(weight, n, 2, 1);
        for (gsize i = 0; i < n; i++)
            squares += (double) x[i] * (double) x[i] / (double) n;
        _umk_kernel_rms_norm(x, 1, n, weight, 1e-6f, out);
        for (gsize i = 0; i < n; i++)
            g_assert_cmpfloat_with_epsilon(
                (double) out[i],
                (double) x[i] / sqrt(squares + 1e-6) * (double) weight[i], 2e-6);
        memcpy(out, x, n * sizeof(float));
        _umk_kernel_gate(UMK_ACTIVATION_SILU, x, 1, n, x);
        for (gsize i = 0; i < n; i++) {
            double gate = (double) out[i] / (1 + exp(-(double) out[i]));

            /* x + n was not written over: it is what the gate was multiplied with */
            g_assert_cmpfloat_with_epsilon((double) x[i], gate * (double) x[n + i], 4e-6);
        }
    }
}

static void
compare_rows(const float *expected, const float *x, gsize n, double tolerance)
{
    for (gsize i = 0; i < n; i++)
        g_assert_cmpfloat(fabs((double) x[i] - (double) expected[i]), <=,
                          tolerance * MAX(1, fabs((double) expected[i])));
}

/* One row; the factor joins the first number, to be compared with the rest. */
static void
exp_one(const UmkRowKernels *k, float *x, gsize n)
{
    float inverse;

    k->exp_parts(x, n, 1, n, 0.3f, &inverse);
    x[0] += inverse;
}

/* Every copy that fuses gives the bits of the fused one; the plain copy, which rounds
 * twice a step, differs by a few roundings of 6e-8 each. */
static void
compare_copy(const UmkRowKernels *copy, double tolerance)
{
    const UmkRowKernels *fused_ones = &row_kernels_fused;
    const float factor = 0.7f;

    for (gsize n = 1; n < 150; n++) {
        float x[150], y[150], a[150], b[150];
        gsize size = n * sizeof(float);

        fill(x, n, 1, 6);
        fill(y, n, 2, 1);
#define BOTH(call)                                                                       \
    memcpy(a, x, size);                                                                  \
    memcpy(b, x, size);                                                                  \
    {                                                                                    \
        const UmkRowKernels *k = fused_ones;                                             \
        float *z = a;                                                                    \
                                                                                         \
        call;                                                                            \
        k = copy;                                                                        \
        z = b;                                                                           \
        call;                                                                            \
    }                                                                                    \
    compare_rows(a, b, n, tolerance)
        for (guint f = UMK_ACTIVATION_GELU; f <= UMK_ACTIVATION_SILU; f++) {
            BOTH(k->activate((UmkActivation) f, z, n, 1, n));
        }
        BOTH(k->exp(z, n));
        BOTH(exp_one(k, z, n));
        BOTH(k->layer_norm(z, 1, n, y, y, 1e-6f, z));
        BOTH(k->rms_norm(z, 1, n, y, 1e-6f, z));
        BOTH(k->multiply(z, y, n));
        BOTH(k->scale(z, n, 1, n, &factor));
        BOTH(k->scale_add(z, n, 0.7f, y, 1.1f));
        BOTH(k->add_scaled(z, y, y, n));
        BOTH(k->add_scaled(z, y, NULL, n));
#undef BOTH
    }
}

/* A row among others has the bits of one alone, in any number of rows; what lies between
 * rows stays. */
static void
compare_groups(const UmkRowKernels *k)
{
    enum { ROWS = 9, STRIDE = 75 };
    float x[ROWS * STRIDE], many[ROWS * STRIDE], one[ROWS * STRIDE], y[STRIDE];
    float factors[ROWS], inverse[ROWS], single[ROWS];

    fill(x, ROWS * STRIDE, 1, 6);
    fill(y, STRIDE, 2, 1);
    fill(factors, ROWS, 3, 1);
    for (gsize m = 1; m <= ROWS; m++)
        for (gsize n = 1; n <= STRIDE; n += 1 + n % 3) {
#define COMPARE(together, each)                                                          \
    memcpy(many, x, sizeof x);                                                           \
    memcpy(one, x, sizeof x);                                                            \
    together;                                                                            \
    for (gsize i = 0; i < m; i++)                                                        \
        each;                                                                            \
    g_assert_cmpmem(many, sizeof many, one, sizeof one)
            COMPARE(k->activate(UMK_ACTIVATION_GELU, many, STRIDE, m, n),
                    k->activate(UMK_ACTIVATION_GELU, one + i * STRIDE, n, 1, n));
            COMPARE(k->exp_parts(many, STRIDE, m, n, 0.3f, inverse),
                    k->exp_parts(one + i * STRIDE, n, 1, n, 0.3f, single + i));
            g_assert_cmpmem(inverse, m * sizeof *inverse, single, m * sizeof *single);
            COMPARE(k->scale(many, STRIDE, m, n, factors),
                    k->scale(one + i * STRIDE, n, 1, n, factors + i));
            COMPARE(k->layer_norm(many, m, n, y, y, 1e-6f, many),
                    k->layer_norm(one + i * n, 1, n, y, y, 1e-6f, one + i * n));
#undef COMPARE
        }
}

static void
test_groups(void)
{
    compare_groups(&_umk_row_kernels_plain);
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        compare_groups(&_umk_row_kernels_avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        compare_groups(&_umk_row_kernels_avx512);
#endif
}

static void
test_copies(void)
{
    guint n = 0;

    compare_copy(&_umk_row_kernels_plain, 1e-6);
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        compare_copy(&_umk_row_kernels_avx2, 0);
        n++;
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
        compare_copy(&_umk_row_kernels_avx512, 0);
        n++;
    }
#endif
    if (n == 0)
        g_test_skip("this processor runs the plain kernels alone");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernels/activations", test_activations);
    g_test_add_func("/kernels/exp", test_exp);
    g_test_add_func("/kernels/position", test_position);
    g_test_add_func("/kernels/softmax", test_softmax);
    g_test_add_func("/kernels/layer-norm", test_layer_norm);
    g_test_add_func("/kernels/normalize", test_normalize);
    g_test_add_func("/kernels/rms-norm-and-gate", test_rms_norm_and_gate);
    g_test_add_func("/kernels/groups", test_groups);
    g_test_add_func("/kernels/copies", test_copies);
    return g_test_run();
}
