/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention, relative biases and rotary positions beside plain loops in double precision,
 * and the bits of a query that must not depend on how many others there are. */
#include "nn/umk-attention-private.h"
#include "nn/umk-rotary-private.h"

#include <umekomi/umekomi.h>

#include <math.h>
#include <string.h>

#include "core/umk-rng-private.h"
#include "linalg/umk-gemm-bf16-private.h"

#define HEADS 4
#define WIDTH 24

typedef struct {
    const char *name;
    gsize n_queries, n_keys, n_kv_heads, window;
    gboolean causal, relative, gates, bias, mask;
} Case;

static const Case cases[] = {
    {"one", 1, 1, HEADS, 0, FALSE, FALSE, FALSE, FALSE, FALSE},
    {"plain", 37, 37, HEADS, 0, FALSE, FALSE, FALSE, FALSE, FALSE},
    {"several strips", 200, 200, HEADS, 0, FALSE, FALSE, FALSE, FALSE, FALSE},
    {"causal, shared keys", 130, 130, 2, 0, TRUE, FALSE, FALSE, FALSE, FALSE},
    {"window", 300, 300, HEADS, 20, FALSE, FALSE, FALSE, FALSE, FALSE},
    {"narrow window, causal", 211, 211, 1, 3, TRUE, FALSE, FALSE, FALSE, FALSE},
    {"relative", 150, 150, HEADS, 0, FALSE, TRUE, FALSE, FALSE, FALSE},
    {"relative, gates, window", 150, 150, HEADS, 40, FALSE, TRUE, TRUE, FALSE, FALSE},
    {"bias", 64, 64, HEADS, 0, FALSE, FALSE, FALSE, TRUE, FALSE},
    {"bias, mask", 64, 64, HEADS, 0, FALSE, FALSE, FALSE, TRUE, TRUE},
    {"mask, relative", 50, 50, HEADS, 0, FALSE, TRUE, FALSE, FALSE, TRUE},
    {"few queries", 3, 77, HEADS, 0, FALSE, FALSE, FALSE, FALSE, FALSE},
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

typedef struct {
    UmkAttention attention;
    UmkAttentionRows rows;
    float *queries, *keys, *values, *gates, *bias, *mask;
    UmkRelativeBias *relative;
} Fixture;

static void
fixture_init(Fixture *f, const Case *c)
{
    gsize shared = c->n_kv_heads * WIDTH;
    g_autofree float *buckets = random_floats(32 * HEADS, 6);

    memset(f, 0, sizeof *f);
    f->queries = random_floats(c->n_queries * HEADS * WIDTH, 1);
    f->keys = random_floats(c->n_keys * shared, 2);
    f->values = random_floats(c->n_keys * shared, 3);
    f->gates = random_floats(c->n_queries * HEADS, 4);
    f->bias = random_floats(HEADS * c->n_queries * c->n_keys, 5);
    f->mask = g_new0(float, c->n_queries * c->n_keys);
    for (gsize i = 0; i < c->n_queries * c->n_keys; i++)
        f->mask[i] = i % 3 == 1 ? -100.0f : 0.0f;
    f->relative = _umk_relative_bias_new_buckets(buckets, 32, HEADS, 128);
    f->attention = (UmkAttention){.n_heads = HEADS,
                                  .n_kv_heads = c->n_kv_heads,
                                  .head_dims = WIDTH,
                                  .scale = 0.2f,
                                  .causal = c->causal,
                                  .window = c->window,
                                  .relative = c->relative ? f->relative : NULL};
    f->rows = (UmkAttentionRows){.queries = f->queries,
                                 .keys = f->keys,
                                 .values = f->values,
                                 .query_stride = HEADS * WIDTH,
                                 .key_stride = shared,
                                 .value_stride = shared,
                                 .out_stride = HEADS * WIDTH,
                                 .n_queries = c->n_queries,
                                 .n_keys = c->n_keys,
                                 .gates = c->gates ? f->gates : NULL,
                                 .bias = c->bias ? f->bias : NULL,
                                 .mask = c->mask ? f->mask : NULL};
}

static void
fixture_clear(Fixture *f)
{
    g_free(f->queries);
    g_free(f->keys);
    g_free(f->values);
    g_free(f->gates);
    g_free(f->bias);
    g_free(f->mask);
    _umk_relative_bias_free(f->relative);
}

static double
reference_score(const Case *c, const Fixture *f, gsize head, gsize i, gsize j)
{
    gsize shared = head / (HEADS / c->n_kv_heads);
    gssize distance = (gssize) j - (gssize) i;
    double sum = 0;

    if ((c->causal && j > i) || (c->window > 0 && (gsize) ABS(distance) > c->window))
        return -INFINITY;
    for (gsize k = 0; k < WIDTH; k++)
        sum += (double) f->queries[(i * HEADS + head) * WIDTH + k] *
               (double) f->keys[(j * c->n_kv_heads + shared) * WIDTH + k];
    sum *= (double) f->attention.scale;
    if (c->relative)
        sum += (c->gates ? (double) f->gates[i * HEADS + head] : 1.0) *
               (double) f->relative
                   ->table[head * 257 + (gsize) (CLAMP(distance, -128, 128) + 128)];
    if (c->bias)
        sum += (double) f->bias[(head * c->n_queries + i) * c->n_keys + j];
    if (c->mask)
        sum += (double) f->mask[i * c->n_keys + j];
    return sum;
}

static void
reference_head(const Case *c, const Fixture *f, gsize head, gsize i, double out[WIDTH])
{
    g_autofree double *scores = g_new(double, c->n_keys);
    gsize shared = head / (HEADS / c->n_kv_heads);
    double most = -INFINITY, total = 0;

    for (gsize j = 0; j < c->n_keys; j++) {
        scores[j] = reference_score(c, f, head, i, j);
        most = MAX(most, scores[j]);
    }
    memset(out, 0, WIDTH * sizeof(double));
    for (gsize j = 0; j < c->n_keys; j++) {
        double share = exp(scores[j] - most);

        total += share;
        for (gsize k = 0; k < WIDTH; k++)
            out[k] +=
                share * (double) f->values[(j * c->n_kv_heads + shared) * WIDTH + k];
    }
    for (gsize k = 0; k < WIDTH; k++)
        out[k] /= total;
}

static float *
run(Fixture *f, gsize n_queries)
{
    float *out = g_new0(float, MAX(n_queries, 1) * HEADS * WIDTH);
    UmkArena arena = {0};
    float *scratch = _umk_arena_reserve(
        &arena, _umk_attention_scratch_size(&f->attention, f->rows.n_keys), NULL);

    f->rows.out = out;
    f->rows.n_queries = n_queries;
    _umk_attention_forward(&f->attention, &f->rows, scratch);
    _umk_arena_clear(&arena);
    return out;
}

static void
compare(const Case *c, Fixture *f, double tolerance)
{
    g_autofree float *out = run(f, c->n_queries);

    for (gsize i = 0; i < c->n_queries; i++) {
        for (gsize head = 0; head < HEADS; head++) {
            double expected[WIDTH];

            reference_head(c, f, head, i, expected);
            for (gsize k = 0; k < WIDTH; k++)
                g_assert_cmpfloat_with_epsilon(
                    (double) out[(i * HEADS + head) * WIDTH + k], expected[k], tolerance);
        }
    }
}

/* 4e-6: scores of size 10 carry errors of 1e-6 in single precision, and so do the shares
 * that come of them. */
static void
test_reference(gconstpointer data)
{
    Fixture f;

    fixture_init(&f, data);
    compare(data, &f, 4e-6);
    fixture_clear(&f);
}

static void
round_to_bf16(float *x, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        guint32 bits = (guint32) _umk_bf16_from_float(x[i]) << 16;

        memcpy(&x[i], &bits, sizeof bits);
    }
}

/* What goes in has no more digits than bfloat16, so only the shares are rounded, each by
 * 1/512 of itself, and no value is above 5. */
static void
test_bf16(gconstpointer data)
{
    const Case *c = data;
    Fixture f;

    if (!_umk_gemm_bf16_is_native()) {
        g_test_skip("no AVX512-BF16");
        return;
    }
    fixture_init(&f, c);
    f.attention.bf16 = TRUE;
    round_to_bf16(f.queries, c->n_queries * HEADS * WIDTH);
    round_to_bf16(f.keys, c->n_keys * c->n_kv_heads * WIDTH);
    round_to_bf16(f.values, c->n_keys * c->n_kv_heads * WIDTH);
    compare(c, &f, 5.0 / 512);
    fixture_clear(&f);
}

static void
test_queries_apart(gconstpointer bf16)
{
    const Case *c = &cases[2];
    Fixture f;
    g_autofree float *all = NULL;
    g_autofree float *some = NULL;

    fixture_init(&f, c);
    f.attention.bf16 = bf16 != NULL && _umk_gemm_bf16_is_native();
    all = run(&f, c->n_queries);
    some = run(&f, 5);
    g_assert_cmpmem(all, 5 * HEADS * WIDTH * sizeof(float), some,
                    5 * HEADS * WIDTH * sizeof(float));
    fixture_clear(&f);
}

/* The published slopes of 8 heads, and of 12, which fill up from those of 16. */
static void
test_slopes(void)
{
    static const double exponents[12] = {1, 2, 3, 4, 5, 6, 7, 8, 0.5, 1.5, 2.5, 3.5};
    UmkRelativeBias *bias = _umk_relative_bias_new_slopes(12, 10);

    for (gsize head = 0; head < 12; head++) {
        float score = 1.0f;

        _umk_relative_bias_apply(bias, head, 7, 3, 1, 1.0f, 1.0f, &score);
        g_assert_cmpfloat_with_epsilon((double) score,
                                       1.0 - 4.0 * pow(2.0, -exponents[head]), 1e-6);
    }
    _umk_relative_bias_free(bias);
}

/* What turns keeps its length, and products depend on the distance alone. */
static void
test_rotary(gconstpointer data)
{
    gboolean interleaved = GPOINTER_TO_INT(data);
    g_autofree double *frequencies = _umk_rotary_frequencies_new(10000, 16);
    const UmkRotary rotary = {16, interleaved, frequencies};
    g_autofree float *table = g_new(float, _umk_rotary_table_size(&rotary, 1000));
    g_autofree float *x = random_floats(WIDTH, 1), *y = random_floats(WIDTH, 2);
    double products[2];

    _umk_rotary_fill(&rotary, 1000, table);
    for (guint i = 0; i < 2; i++) {
        float a[WIDTH], b[WIDTH];
        double dot = 0;

        memcpy(a, x, sizeof a);
        memcpy(b, y, sizeof b);
        _umk_rotary_apply(&rotary, table, i == 0 ? 3 : 903, 1, WIDTH, a);
        _umk_rotary_apply(&rotary, table, i == 0 ? 60 : 960, 1, WIDTH, b);
        g_assert_cmpmem(a + 16, 8 * sizeof(float), x + 16, 8 * sizeof(float));
        g_assert_cmpfloat_with_epsilon(_umk_kernel_norm(a, WIDTH),
                                       _umk_kernel_norm(x, WIDTH), 1e-6);
        for (gsize k = 0; k < WIDTH; k++)
            dot += (double) a[k] * (double) b[k];
        products[i] = dot;
    }
    g_assert_cmpfloat_with_epsilon(products[0], products[1], 1e-5);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = g_strdup_printf("/attention/%s", cases[i].name);
        g_autofree char *narrow = g_strdup_printf("/attention/bf16/%s", cases[i].name);

        g_test_add_data_func(name, &cases[i], test_reference);
        g_test_add_data_func(narrow, &cases[i], test_bf16);
    }
    g_test_add_data_func("/attention/queries-apart", NULL, test_queries_apart);
    g_test_add_data_func("/attention/bf16/queries-apart", "", test_queries_apart);
    g_test_add_func("/attention/slopes", test_slopes);
    g_test_add_data_func("/rotary/halves", GINT_TO_POINTER(FALSE), test_rotary);
    g_test_add_data_func("/rotary/pairs", GINT_TO_POINTER(TRUE), test_rotary);
    return g_test_run();
}
