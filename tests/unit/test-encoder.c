/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoder blocks beside plain loops in double precision; a sequence's bits independent of
 * its neighbours; no allocation after the first batch. */
#include "nn/umk-encoder-private.h"

#include <umekomi/umekomi.h>

#include <math.h>
#include <string.h>

#include "core/umk-rng-private.h"

/* Random weights under any name: the same name always gives the same numbers. */
typedef struct {
    GHashTable *tensors;
    guint n_released;
} Source;

static gboolean
source_has(gpointer source, const char *name)
{
    return g_str_has_suffix(name, ".weight") || g_str_has_suffix(name, ".bias");
}

static const float *
source_get(
    gpointer data, const char *name, const gsize *shape, guint n_axes, GError **error)
{
    Source *source = data;
    float *values = g_hash_table_lookup(source->tensors, name);
    gsize n = 1, fan = n_axes > 1 ? shape[n_axes - 1] : 16;
    UmkRng rng;

    if (values != NULL)
        return values;
    for (guint i = 0; i < n_axes; i++)
        n *= shape[i];
    values = g_new(float, n);
    _umk_rng_init(&rng, g_str_hash(name), 0);
    for (gsize i = 0; i < n; i++)
        values[i] = (float) (_umk_rng_normal(&rng) / sqrt((double) fan));
    g_hash_table_insert(source->tensors, g_strdup(name), values);
    return values;
}

static void
source_release(gpointer data, const float *values)
{
    ((Source *) data)->n_released++;
}

static Source *
source_new(void)
{
    Source *source = g_new0(Source, 1);

    source->tensors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return source;
}

static void
source_free(Source *source)
{
    g_hash_table_unref(source->tensors);
    g_free(source);
}

static UmkTensors
tensors_of(Source *source)
{
    return (UmkTensors){source, "", source_has, source_get, source_release};
}

static float *
random_floats(gsize n, guint64 seed)
{
    float *x = g_new(float, n);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n; i++)
        x[i] = (float) _umk_rng_normal(&rng);
    return x;
}

static const UmkEncoderConfig configs[] = {
    {.n_layers = 2,
     .n_dims = 48,
     .n_heads = 4,
     .n_ffn = 80,
     .activation = UMK_ACTIVATION_GELU,
     .eps = 1e-12f,
     .bias = UMK_BIAS_REQUIRED},
    {.n_layers = 2,
     .n_dims = 40,
     .n_heads = 1,
     .n_ffn = 64,
     .activation = UMK_ACTIVATION_QUICK_GELU,
     .eps = 1e-5f,
     .pre_norm = TRUE,
     .causal = TRUE,
     .bias = UMK_BIAS_REQUIRED},
    {.n_layers = 1,
     .n_dims = 70,
     .n_heads = 2,
     .n_ffn = 33,
     .activation = UMK_ACTIVATION_RELU,
     .eps = 1e-6f,
     .pre_norm = TRUE,
     .bias = UMK_BIAS_NONE},
};

/* ---- the reference ---- */

static const float *
weight_of(Source *source, const char *pattern, gsize layer, const char *part)
{
    const char *mark = strchr(pattern, '#');
    g_autofree char *name = g_strdup_printf("%.*s%d%s%s", (int) (mark - pattern), pattern,
                                            (int) layer, mark + 1, part);

    return g_hash_table_lookup(source->tensors, name);
}

static double *
reference_linear(Source *source,
                 const char *pattern,
                 gsize layer,
                 const double *x,
                 gsize m,
                 gsize n_in,
                 gsize n_out)
{
    const float *w = weight_of(source, pattern, layer, ".weight");
    const float *bias = weight_of(source, pattern, layer, ".bias");
    double *out = g_new(double, m *n_out);

    for (gsize i = 0; i < m; i++) {
        for (gsize j = 0; j < n_out; j++) {
            double sum = bias != NULL ? (double) bias[j] : 0;

            for (gsize l = 0; l < n_in; l++)
                sum += x[i * n_in + l] * (double) w[j * n_in + l];
            out[i * n_out + j] = sum;
        }
    }
    return out;
}

static void
reference_norm(Source *source,
               const char *pattern,
               gsize layer,
               double *x,
               gsize m,
               gsize n,
               double eps)
{
    const float *w = weight_of(source, pattern, layer, ".weight");
    const float *bias = weight_of(source, pattern, layer, ".bias");

    for (gsize i = 0; i < m; i++, x += n) {
        double mean = 0, variance = 0;

        for (gsize j = 0; j < n; j++)
            mean += x[j] / (double) n;
        for (gsize j = 0; j < n; j++)
            variance += (x[j] - mean) * (x[j] - mean) / (double) n;
        for (gsize j = 0; j < n; j++)
            x[j] =
                (x[j] - mean) / sqrt(variance + eps) * (double) w[j] + (double) bias[j];
    }
}

static double
reference_activation(UmkActivation activation, double x)
{
    if (activation == UMK_ACTIVATION_GELU)
        return 0.5 * x * erfc(-x / sqrt(2.0));
    if (activation == UMK_ACTIVATION_QUICK_GELU)
        return x / (1 + exp(-1.702 * x));
    return x > 0 ? x : 0;
}

static double *
reference_attention(
    const UmkEncoderConfig *c, const double *q, const double *k, const double *v, gsize n)
{
    gsize d = c->n_dims, width = d / c->n_heads;
    double *out = g_new0(double, n *d);
    g_autofree double *weights = g_new(double, n);

    for (gsize h = 0; h < c->n_heads; h++) {
        for (gsize i = 0; i < n; i++) {
            gsize seen = c->causal ? i + 1 : n;
            double total = 0;

            for (gsize j = 0; j < seen; j++) {
                double dot = 0;

                for (gsize l = 0; l < width; l++)
                    dot += q[i * d + h * width + l] * k[j * d + h * width + l];
                total += weights[j] = exp(dot / sqrt((double) width));
            }
            for (gsize j = 0; j < seen; j++)
                for (gsize l = 0; l < width; l++)
                    out[i * d + h * width + l] +=
                        weights[j] / total * v[j * d + h * width + l];
        }
    }
    return out;
}

static void
reference_layer(const UmkEncoderConfig *c, Source *s, gsize layer, double *x, gsize n)
{
    const UmkEncoderNames *names = &_umk_encoder_names_clip;
    gsize d = c->n_dims;
    g_autofree double *input = g_memdup2(x, n * d * sizeof(double));
    g_autofree double *q = NULL, *k = NULL, *v = NULL, *mixed = NULL, *out = NULL;
    g_autofree double *second = NULL, *up = NULL, *down = NULL;

    if (c->pre_norm)
        reference_norm(s, names->norm_attention, layer, input, n, d, (double) c->eps);
    q = reference_linear(s, names->query, layer, input, n, d, d);
    k = reference_linear(s, names->key, layer, input, n, d, d);
    v = reference_linear(s, names->value, layer, input, n, d, d);
    mixed = reference_attention(c, q, k, v, n);
    out = reference_linear(s, names->out, layer, mixed, n, d, d);
    for (gsize i = 0; i < n * d; i++)
        x[i] += out[i];
    if (!c->pre_norm)
        reference_norm(s, names->norm_attention, layer, x, n, d, (double) c->eps);
    second = g_memdup2(x, n * d * sizeof(double));
    if (c->pre_norm)
        reference_norm(s, names->norm_ffn, layer, second, n, d, (double) c->eps);
    up = reference_linear(s, names->up, layer, second, n, d, c->n_ffn);
    for (gsize i = 0; i < n * c->n_ffn; i++)
        up[i] = reference_activation(c->activation, up[i]);
    down = reference_linear(s, names->down, layer, up, n, c->n_ffn, d);
    for (gsize i = 0; i < n * d; i++)
        x[i] += down[i];
    if (!c->pre_norm)
        reference_norm(s, names->norm_ffn, layer, x, n, d, (double) c->eps);
}

static void
test_reference(gconstpointer data)
{
    const UmkEncoderConfig *c = data;
    Source *source = source_new();
    UmkTensors tensors = tensors_of(source);
    GError *error = NULL;
    UmkEncoder *encoder = _umk_encoder_new(c, &_umk_encoder_names_clip, &tensors, &error);
    const gsize lengths[] = {1, 2, 130};
    UmkArena arena = {0};

    g_assert_no_error(error);
    g_assert_cmpuint(source->n_released, >, 0);
    for (gsize l = 0; l < G_N_ELEMENTS(lengths); l++) {
        gsize n = lengths[l], count = n * c->n_dims;
        guint32 offsets[2] = {0, (guint32) n};
        g_autofree float *hidden = random_floats(count, l);
        g_autofree double *expected = g_new(double, count);

        for (gsize i = 0; i < count; i++)
            expected[i] = (double) hidden[i];
        for (gsize layer = 0; layer < c->n_layers; layer++)
            reference_layer(c, source, layer, expected, n);
        _umk_encoder_forward(
            encoder, hidden, offsets, 1,
            _umk_arena_reserve(&arena, _umk_encoder_scratch_size(encoder, n, n), NULL));
        for (gsize i = 0; i < count; i++)
            g_assert_cmpfloat(fabs((double) hidden[i] - expected[i]), <=, 2e-5);
    }
    _umk_arena_clear(&arena);
    _umk_encoder_free(encoder);
    source_free(source);
}

/* What the golden models hold to their references is here only to be packed in company.
 */
static const double frequencies[] = {1, 0.3, 0.1, 0.03, 0.01, 0.003};
static const UmkEncoderLayer layers[] = {{.norm_is_missing = TRUE},
                                         {.window = 9, .rotary = 1}};

static const UmkEncoderConfig variations[] = {
    {.n_layers = 2,
     .n_dims = 48,
     .n_heads = 4,
     .n_kv_heads = 2,
     .head_dims = 12,
     .n_ffn = 80,
     .activation = UMK_ACTIVATION_SILU,
     .eps = 1e-6f,
     .pre_norm = TRUE,
     .causal = TRUE,
     .norm = UMK_NORM_RMS,
     .gated = TRUE,
     .rotaries = {{.n_dims = 12, .frequencies = frequencies}}},
    {.n_layers = 2,
     .n_dims = 36,
     .n_heads = 3,
     .n_ffn = 50,
     .activation = UMK_ACTIVATION_GELU,
     .eps = 1e-5f,
     .pre_norm = TRUE,
     .norm = UMK_NORM_LAYER_UNBIASED,
     .gated = TRUE,
     .rotaries = {{.n_dims = 12, .frequencies = frequencies},
                  {.n_dims = 4, .interleaved = TRUE, .frequencies = frequencies}},
     .layers = layers},
};

static const UmkEncoderNames *
names_of(const UmkEncoderConfig *c)
{
    static UmkEncoderNames gated;

    if (!c->gated)
        return &_umk_encoder_names_clip;
    gated = _umk_encoder_names_clip;
    gated.gate = "encoder.layers.#.mlp.gate";
    gated.norm_query = "encoder.layers.#.norm_query";
    gated.norm_key = "encoder.layers.#.norm_key";
    return &gated;
}

/* Texts packed together, and the same texts one at a time, in any company. */
static void
test_company(gconstpointer data)
{
    const UmkEncoderConfig *c = data;
    Source *source = source_new();
    UmkTensors tensors = tensors_of(source);
    UmkEncoder *encoder = _umk_encoder_new(c, names_of(c), &tensors, NULL);
    const guint32 offsets[] = {0, 5, 6, 106, 119, 300};
    gsize d = c->n_dims, n_sequences = G_N_ELEMENTS(offsets) - 1, total = 300;
    g_autofree float *input = random_floats(total * d, 7);
    g_autofree float *packed = g_memdup2(input, total * d * sizeof(float));
    UmkArena arena = {0};

    _umk_encoder_forward(
        encoder, packed, offsets, n_sequences,
        _umk_arena_reserve(&arena, _umk_encoder_scratch_size(encoder, total, 181), NULL));
    for (gsize i = 0; i < n_sequences; i++) {
        gsize n = offsets[i + 1] - offsets[i];
        guint32 alone[2] = {0, (guint32) n};
        g_autofree float *hidden =
            g_memdup2(input + offsets[i] * d, n * d * sizeof(float));

        _umk_encoder_forward(encoder, hidden, alone, 1, arena.data);
        g_assert_cmpmem(hidden, n * d * sizeof(float), packed + offsets[i] * d,
                        n * d * sizeof(float));
    }
    g_assert_cmpuint(arena.n_grown, ==, 1);
    _umk_arena_clear(&arena);
    _umk_encoder_free(encoder);
    source_free(source);
}

/* Few rows asked for have the bits they have among all. */
static void
test_some(gconstpointer data)
{
    const UmkEncoderConfig *c = data;
    Source *source = source_new();
    UmkTensors tensors = tensors_of(source);
    UmkEncoder *encoder = _umk_encoder_new(c, names_of(c), &tensors, NULL);
    const guint32 offsets[] = {0, 5, 6, 106, 300};
    const guint32 wanted[] = {0, 4, 5, 6, 7, 105, 230, 299};
    gsize size = c->n_dims * sizeof(float), total = 300;
    g_autofree float *all = random_floats(total * c->n_dims, 7);
    g_autofree float *some = g_memdup2(all, total * size);
    UmkArena arena = {0};

    _umk_arena_reserve(&arena, _umk_encoder_scratch_size(encoder, total, 194), NULL);
    _umk_encoder_forward(encoder, all, offsets, 4, arena.data);
    _umk_encoder_forward_some(encoder, some, offsets, 4, wanted, G_N_ELEMENTS(wanted),
                              arena.data);
    for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
        g_assert_cmpmem(some + i * c->n_dims, size, all + wanted[i] * c->n_dims, size);
    _umk_arena_clear(&arena);
    _umk_encoder_free(encoder);
    source_free(source);
}

static void
test_config(void)
{
    UmkEncoderConfig bad = configs[0];
    GError *error = NULL;

    g_assert_true(_umk_encoder_config_check(&bad, &error));
    bad.n_heads = 5;
    g_assert_false(_umk_encoder_config_check(&bad, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    bad = configs[0];
    bad.n_layers = 1000000;
    g_assert_false(_umk_encoder_config_check(&bad, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE);
    g_clear_error(&error);
    bad = configs[0];
    bad.n_dims = 0;
    g_assert_false(_umk_encoder_config_check(&bad, &error));
    g_clear_error(&error);
    bad = configs[0];
    bad.eps = NAN;
    g_assert_false(_umk_encoder_config_check(&bad, &error));
    g_clear_error(&error);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(configs); i++) {
        g_autofree char *reference = g_strdup_printf("/encoder/reference/%d", (int) i);
        g_autofree char *company = g_strdup_printf("/encoder/company/%d", (int) i);

        g_test_add_data_func(reference, &configs[i], test_reference);
        g_test_add_data_func(company, &configs[i], test_company);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(variations); i++) {
        g_autofree char *company = g_strdup_printf("/encoder/variation/%d", (int) i);
        g_autofree char *some = g_strdup_printf("/encoder/some/%d", (int) i);

        g_test_add_data_func(company, &variations[i], test_company);
        g_test_add_data_func(some, &variations[i], test_some);
        some[strlen(some) - 1] = (char) ('a' + (int) i);
        g_test_add_data_func(some, &configs[i], test_some);
    }
    g_test_add_func("/encoder/config", test_config);
    return g_test_run();
}
