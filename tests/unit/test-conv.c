/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolutions of every kind and poolings beside plain loops in double precision. */
#include "nn/umk-conv-private.h"

#include <umekomi/umekomi.h>

#include <math.h>
#include <string.h>

#include "core/umk-rng-private.h"

/* Random tensors under any name but "none": a name always gives the same numbers. */
typedef struct {
    GHashTable *tensors;
} Source;

static gboolean
source_has(gpointer source, const char *name)
{
    return strstr(name, "none") == NULL;
}

static const float *
source_get(
    gpointer data, const char *name, const gsize *shape, guint n_axes, GError **error)
{
    Source *source = data;
    float *values = g_hash_table_lookup(source->tensors, name);
    gboolean positive = g_str_has_suffix(name, "running_var");
    gsize n = 1;
    UmkRng rng;

    if (values != NULL)
        return values;
    for (guint i = 0; i < n_axes; i++)
        n *= shape[i];
    values = g_new(float, n);
    _umk_rng_init(&rng, g_str_hash(name), n);
    for (gsize i = 0; i < n; i++) {
        double value = n_axes > 1 ? _umk_rng_normal(&rng) / 4 : _umk_rng_normal(&rng);

        values[i] = (float) (positive ? fabs(value) : value);
    }
    g_hash_table_insert(source->tensors, g_strdup(name), values);
    return values;
}

static UmkTensors
tensors_of(Source *source)
{
    return (UmkTensors){
        .source = source, .prefix = "", .has = source_has, .get = source_get};
}

static float *
random_map(gsize n)
{
    float *x = g_new(float, n);
    UmkRng rng;

    _umk_rng_init(&rng, 5, n);
    for (gsize i = 0; i < n; i++)
        x[i] = (float) _umk_rng_normal(&rng);
    return x;
}

typedef struct {
    const char *name;
    UmkConv conv;
    gsize in, out, height, width;
    gsize before[2], after[2]; /* zeros that are expected around the map */
} Case;

static const Case cases[] = {
    {"plain", {{3, 3}, {1, 1}, {1, 1}}, 3, 8, 7, 9, {1, 1}, {1, 1}},
    {"stride", {{3, 3}, {2, 1}, {1, 1}}, 1, 5, 64, 25, {1, 1}, {1, 1}},
    {"patches", {{4, 4}, {4, 4}}, 3, 6, 16, 20, {0, 0}, {0, 0}},
    {"pointwise", {{1, 1}, {1, 1}}, 2, 33, 15, 30, {0, 0}, {0, 0}},
    {"pointwise-stride", {{1, 1}, {2, 2}}, 6, 7, 9, 8, {0, 0}, {0, 0}},
    {"narrow", {{5, 5}, {3, 3}, {2, 2}}, 4, 4, 31, 2, {2, 2}, {2, 2}},
    {"many-windows", {{3, 3}, {1, 1}, {1, 1}}, 40, 3, 20, 20, {1, 1}, {1, 1}},
    {"extra", {{3, 3}, {2, 2}, {0, 0}, {1, 1}}, 3, 4, 8, 6, {0, 0}, {1, 1}},
    {"same-even", {{3, 3}, {2, 2}, .same = TRUE}, 3, 4, 8, 7, {0, 1}, {1, 1}},
    {"same-wide", {{5, 4}, {1, 3}, .same = TRUE}, 2, 4, 6, 8, {2, 1}, {2, 1}},
    {"same-gap", {{1, 2}, {3, 5}, .same = TRUE}, 2, 4, 7, 9, {0, 0}, {0, 0}},
    {"groups", {{3, 3}, {1, 2}, {1, 0}, .groups = 4}, 12, 20, 6, 7, {1, 0}, {1, 0}},
    {"depthwise", {{3, 3}, {2, 2}, {1, 1}, .groups = 83}, 83, 83, 9, 8, {1, 1}, {1, 1}},
    {"depthwise-same",
     {{5, 5}, {2, 2}, .groups = 17, .same = TRUE},
     17,
     17,
     9,
     8,
     {2, 1},
     {2, 2}},
    {"depthwise-twice",
     {{3, 3}, {1, 1}, {1, 1}, .groups = 5},
     5,
     10,
     4,
     5,
     {1, 1},
     {1, 1}},
    {"dilated", {{3, 2}, {1, 1}, {2, 1}, .dilation = {2, 3}}, 3, 5, 8, 9, {2, 1}, {2, 1}},
    {"1d", {{1, 10}, {1, 5}, .is_1d = TRUE}, 1, 24, 1, 1700, {0, 0}, {0, 0}},
    {"1d-frames",
     {{1, 3}, {1, 2}, {0, 1}, .is_1d = TRUE},
     80,
     16,
     1,
     451,
     {0, 1},
     {0, 1}},
    {"1d-positions",
     {{1, 128}, {1, 1}, {0, 64}, .groups = 16, .is_1d = TRUE},
     48,
     48,
     1,
     299,
     {0, 64},
     {0, 64}},
    {"1d-dilated",
     {{1, 5}, {1, 1}, .dilation = {1, 3}, .is_1d = TRUE},
     6,
     7,
     1,
     30,
     {0, 0},
     {0, 0}},
    {"1d-depthwise",
     {{1, 31}, {1, 1}, {0, 15}, .groups = 20, .is_1d = TRUE},
     20,
     20,
     1,
     40,
     {0, 15},
     {0, 15}},
};

/* One output of a convolution, the slow way. */
static double
slow_conv(const Case *c,
          const float *weight,
          const float *x,
          gsize o,
          gsize oy,
          gsize ox,
          double *size)
{
    const UmkConv *conv = &c->conv;
    gsize groups = MAX(conv->groups, 1), n_in = c->in / groups;
    gsize first = o / (c->out / groups) * n_in;
    double sum = 0;

    for (gsize i = 0; i < n_in; i++) {
        for (gsize ky = 0; ky < conv->kernel[0]; ky++) {
            for (gsize kx = 0; kx < conv->kernel[1]; kx++) {
                gsize y =
                    oy * conv->stride[0] + ky * MAX(conv->dilation[0], 1) - c->before[0];
                gsize column =
                    ox * conv->stride[1] + kx * MAX(conv->dilation[1], 1) - c->before[1];
                double product;

                if (y >= c->height || column >= c->width) /* unsigned: also below 0 */
                    continue;
                product =
                    (double)
                        weight[((o * n_in + i) * conv->kernel[0] + ky) * conv->kernel[1] +
                               kx] *
                    (double) x[(y * c->width + column) * c->in + first + i];
                sum += product;
                *size += fabs(product);
            }
        }
    }
    return sum;
}

static gsize
slow_out_size(const Case *c, guint axis, gsize size)
{
    gsize span = (c->conv.kernel[axis] - 1) * MAX(c->conv.dilation[axis], 1) + 1;

    return (size + c->before[axis] + c->after[axis] - span) / c->conv.stride[axis] + 1;
}

/* factor and shift (out): what a batch norm does to each channel, or NULL. */
static void
compare(const Case *c,
        const UmkConv *conv,
        const float *weight,
        const double *factor,
        const double *shift)
{
    g_autofree float *x = random_map(c->in * c->height * c->width);
    gsize oh = slow_out_size(c, 0, c->height), ow = slow_out_size(c, 1, c->width);
    g_autofree float *scratch =
        g_new(float, _umk_conv_scratch_size(conv, c->height, c->width));
    g_autofree float *got = g_new(float, oh *ow * c->out);

    g_assert_cmpuint(_umk_conv_out_size(conv, 0, c->height), ==, oh);
    g_assert_cmpuint(_umk_conv_out_size(conv, 1, c->width), ==, ow);
    _umk_conv_forward(conv, x, c->height, c->width, UMK_ACTIVATION_RELU, scratch, got);
    for (gsize i = 0; i < oh * ow; i++) {
        for (gsize o = 0; o < c->out; o++) {
            double size = 1;
            double want = slow_conv(c, weight, x, o, i / ow, i % ow, &size);

            want = MAX(want * factor[o] + shift[o], 0);
            g_assert_cmpfloat(fabs((double) got[i * c->out + o] - want), <=,
                              2e-6 * size * MAX(fabs(factor[o]), 1));
        }
    }
}

static void
test_conv(gconstpointer data)
{
    const Case *c = data;
    Source source = {g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    UmkTensors tensors = tensors_of(&source);
    UmkConv conv = c->conv;
    g_autofree double *factor = g_new(double, c->out);
    g_autofree double *shift = g_new(double, c->out);
    g_autoptr(GError) error = NULL;
    const float *bias;

    _umk_conv_bind(&conv, &tensors, "conv", c->out, c->in, UMK_BIAS_REQUIRED, &error);
    g_assert_no_error(error);
    bias = g_hash_table_lookup(source.tensors, "conv.bias");
    for (gsize o = 0; o < c->out; o++) {
        factor[o] = 1;
        shift[o] = (double) bias[o];
    }
    compare(c, &conv, g_hash_table_lookup(source.tensors, "conv.weight"), factor, shift);
    _umk_conv_clear(&conv);
    g_hash_table_unref(source.tensors);
}

static void
test_normed(gconstpointer data)
{
    const Case *c = data;
    Source source = {g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    UmkTensors tensors = tensors_of(&source);
    UmkConv conv = c->conv;
    g_autofree double *factor = g_new(double, c->out);
    g_autofree double *shift = g_new(double, c->out);
    g_autoptr(GError) error = NULL;
    const float *gamma, *beta, *mean, *variance, *bias;

    _umk_conv_bind_normed(&conv, &tensors, "conv", "norm", c->out, c->in, 1e-3, &error);
    g_assert_no_error(error);
    bias = g_hash_table_lookup(source.tensors, "conv.bias");
    gamma = g_hash_table_lookup(source.tensors, "norm.weight");
    beta = g_hash_table_lookup(source.tensors, "norm.bias");
    mean = g_hash_table_lookup(source.tensors, "norm.running_mean");
    variance = g_hash_table_lookup(source.tensors, "norm.running_var");
    for (gsize o = 0; o < c->out; o++) {
        factor[o] = (double) gamma[o] / sqrt((double) variance[o] + 1e-3);
        shift[o] = ((double) bias[o] - (double) mean[o]) * factor[o] + (double) beta[o];
    }
    compare(c, &conv, g_hash_table_lookup(source.tensors, "conv.weight"), factor, shift);
    _umk_conv_clear(&conv);
    g_hash_table_unref(source.tensors);
}

/* A frame's bits may not depend on how many frames follow it. */
static void
test_company(void)
{
    Source source = {g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    UmkTensors tensors = tensors_of(&source);
    UmkConv conv = {.kernel = {1, 3}, .stride = {1, 1}, .groups = 2, .is_1d = TRUE};
    g_autofree float *x = random_map(1000 * 8);
    g_autofree float *all = g_new(float, 998 * 10);
    g_autofree float *few = g_new(float, 11 * 10);
    g_autofree float *scratch = NULL;

    g_assert_true(
        _umk_conv_bind(&conv, &tensors, "conv", 10, 8, UMK_BIAS_REQUIRED, NULL));
    scratch = g_new(float, _umk_conv_scratch_size(&conv, 1, 1000));
    _umk_conv_forward(&conv, x, 1, 1000, UMK_ACTIVATION_GELU, scratch, all);
    for (gsize at = 0; at < 998 - 11; at += 41) {
        _umk_conv_forward(&conv, x + at * 8, 1, 13, UMK_ACTIVATION_GELU, scratch, few);
        g_assert_cmpmem(few, 11 * 10 * sizeof(float), all + at * 10,
                        11 * 10 * sizeof(float));
    }
    _umk_conv_clear(&conv);
    g_hash_table_unref(source.tensors);
}

static void
test_refused(void)
{
    static const UmkConv bad[] = {
        {{0, 3}, {1, 1}},
        {{3, 3}, {0, 1}},
        {{3, 3}, {1, 1}, .groups = 3},
        {{3, 3}, {1, 1}, .is_1d = TRUE},
        {{3, 3}, {1, 1}, {G_MAXSIZE / 2, 0}},
        {{G_MAXSIZE / 2, 3}, {1, 1}},
    };
    Source source = {g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    UmkTensors tensors = tensors_of(&source);
    UmkConv large = {{9, 9}, {1, 1}};

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        UmkConv conv = bad[i];
        g_autoptr(GError) error = NULL;

        g_assert_false(
            _umk_conv_bind(&conv, &tensors, "conv", 8, 4, UMK_BIAS_NONE, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    }
    g_assert_cmpuint(_umk_conv_out_size(&large, 0, 8), ==, 0);
    g_assert_cmpuint(_umk_conv_scratch_size(&large, 8, 8), ==, 0);
    g_hash_table_unref(source.tensors);
}

typedef struct {
    UmkConvPool pool;
    gsize height, width, out_height, out_width;
} PoolCase;

static const PoolCase pool_cases[] = {
    {{{3, 3}, {2, 2}, {1, 1}, FALSE}, 9, 12, 5, 6},
    {{{2, 2}, {2, 2}, {0, 0}, FALSE}, 7, 6, 3, 3},
    {{{2, 2}, {2, 2}, {0, 0}, TRUE}, 7, 6, 4, 3},
    {{{3, 1}, {1, 1}, {0, 0}, FALSE}, 3, 1, 1, 1},
};

static void
test_pool(gconstpointer data)
{
    const PoolCase *c = data;
    const UmkConvPool *p = &c->pool;
    const gsize channels = 21;
    g_autofree float *x = random_map(c->height * c->width * channels);
    gsize n = c->out_height * c->out_width;
    g_autofree float *most = g_new(float, n *channels);
    g_autofree float *mean = g_new(float, n *channels);

    g_assert_cmpuint(_umk_conv_pool_out_size(p, 0, c->height), ==, c->out_height);
    g_assert_cmpuint(_umk_conv_pool_out_size(p, 1, c->width), ==, c->out_width);
    _umk_conv_pool_max(p, x, c->height, c->width, channels, most);
    _umk_conv_pool_mean(p, x, c->height, c->width, channels, mean);
    for (gsize i = 0; i < n * channels; i++) {
        gsize k = i % channels, ox = i / channels % c->out_width,
              oy = i / channels / c->out_width, count = 0;
        double sum = 0, largest = -INFINITY;

        for (gsize ky = 0; ky < p->kernel[0]; ky++) {
            for (gsize kx = 0; kx < p->kernel[1]; kx++) {
                gsize y = oy * p->stride[0] + ky - p->padding[0];
                gsize column = ox * p->stride[1] + kx - p->padding[1];

                if (y < c->height && column < c->width) {
                    double v = (double) x[(y * c->width + column) * channels + k];

                    largest = MAX(largest, v);
                    sum += v;
                    count++;
                }
            }
        }
        g_assert_cmpfloat((double) most[i], ==, largest);
        g_assert_cmpfloat(fabs((double) mean[i] - sum / (double) count), <=, 1e-6);
    }
}

static void
test_adaptive(void)
{
    g_autofree float *x = random_map(7 * 5 * 70);
    float all[70], parts[3 * 2 * 70];

    _umk_conv_pool_adaptive(x, 7, 5, 70, 1, 1, all);
    _umk_conv_pool_adaptive(x, 7, 5, 70, 3, 2, parts);
    for (gsize k = 0; k < 70; k++) {
        double sum = 0, corner = 0;

        for (gsize i = 0; i < 35; i++) {
            sum += (double) x[i * 70 + k];
            if (i / 5 >= 4 && i % 5 >= 2) /* rows 4 to 6, columns 2 to 4 */
                corner += (double) x[i * 70 + k];
        }
        g_assert_cmpfloat(fabs((double) all[k] - sum / 35), <=, 1e-6);
        g_assert_cmpfloat(fabs((double) parts[5 * 70 + k] - corner / 9), <=, 1e-6);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *plain = g_strconcat("/conv/plain/", cases[i].name, NULL);
        g_autofree char *normed = g_strconcat("/conv/normed/", cases[i].name, NULL);

        g_test_add_data_func(plain, &cases[i], test_conv);
        g_test_add_data_func(normed, &cases[i], test_normed);
    }
    g_test_add_func("/conv/company", test_company);
    g_test_add_func("/conv/refused", test_refused);
    for (gsize i = 0; i < G_N_ELEMENTS(pool_cases); i++) {
        g_autofree char *name = g_strdup_printf("/conv/pool/%d", (int) i);

        g_test_add_data_func(name, &pool_cases[i], test_pool);
    }
    g_test_add_func("/conv/adaptive", test_adaptive);
    return g_test_run();
}
