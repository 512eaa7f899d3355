/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix products and a MiniLM-L6-shaped encoder with random weights, in each precision,
 * as JSON lines: texts and tokens a second, GFLOP/s (GOP/s of whole numbers), and the
 * share of the peak that a loop of independent fused multiply-adds (of the kernel's own
 * dot products for int8) in registers reaches on one core of this machine in this very
 * run; bf16 is held against the peak of f32. Kernels are timed by the thread's own
 * clock. Arithmetic counted (multiply-add = 2): a token costs 2 layers (4 d^2 + 2
 * d ffn) plus 4 layers S d for attention in a text of S tokens. */
#include <umekomi/umekomi.h>

#include <math.h>
#include <string.h>
#include <time.h>

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-peak-private.h"
#include "nn/umk-encoder-private.h"

#define SECONDS 0.6 /* of each measurement */
#define GROUP   512 /* tokens one worker takes at a time */

/* Seconds this process computed: beside the wall clock it tells how busy the machine was.
 */
static double
cpu_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

/* Seconds this thread computed: other programs do not count. */
static double
thread_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

static double
now(void)
{
    return (double) g_get_monotonic_time() * 1e-6;
}

static void
fill_random(float *x, gsize n, double size)
{
    UmkRng rng;

    _umk_rng_init(&rng, n, 0);
    for (gsize i = 0; i < n; i++)
        x[i] = (float) ((_umk_rng_uniform(&rng) - 0.5) * size);
}

/* The peaks of this run, by precision: bfloat16 is held against that of f32. */
static double peaks[3];
static const char *const precisions[] = {"f32", "bf16", "int8"};

static const char *
kernel_name(UmkPrecision precision)
{
    if (precision == UMK_PRECISION_INT8)
        return _umk_gemm_int8_kind_name(_umk_gemm_int8_get_kind());
    if (precision == UMK_PRECISION_BF16 && _umk_gemm_bf16_is_native())
        return "avx512-bf16";
    return _umk_gemm_kind_name(_umk_gemm_get_kind());
}

static void
bench_gemm(gsize m, gsize n, gsize k, UmkPrecision precision)
{
    g_autofree float *a = g_new(float, m *k);
    g_autofree float *w = g_new(float, n *k);
    g_autofree float *out = g_new(float, m *n);
    UmkLinear linear;
    double best = INFINITY, until = now() + SECONDS / 2, rate, peak = peaks[precision];

    umk_set_n_threads(1); /* its clock hears of no other */
    fill_random(a, m * k, 1);
    fill_random(w, n * k, 1);
    if (!_umk_linear_allocate(&linear, n, k, precision, NULL))
        return;
    _umk_linear_fill(&linear, 0, w, n);
    while (now() < until) {
        guint times = 1 + (guint) (2e7 / (2.0 * (double) (m * n * k)));
        double from = thread_now();

        for (guint i = 0; i < times; i++)
            _umk_linear_forward(&linear, a, m, UMK_ACTIVATION_NONE, out);
        best = MIN(best, (thread_now() - from) / times);
    }
    rate = 2.0 * (double) (m * n * k) / best * 1e-9;
    g_print(
        "{\"bench\":\"gemm\",\"precision\":\"%s\",\"kernel\":\"%s\",\"m\":%d,\"n\":%d,"
        "\"k\":%d,\"gops\":%.1f,\"peak_share\":%.3f}\n",
        precisions[precision], kernel_name(precision), (int) m, (int) n, (int) k, rate,
        peak > 0 ? rate / peak : 0.0);
    _umk_linear_clear(&linear);
}

static gboolean
random_has(gpointer source, const char *name)
{
    return TRUE;
}

static const float *
random_get(
    gpointer source, const char *name, const gsize *shape, guint n_axes, GError **error)
{
    GPtrArray *owned = source;
    gsize n = 1;
    float *x;

    for (guint i = 0; i < n_axes; i++)
        n *= shape[i];
    x = g_new(float, n);
    fill_random(x, n, 0.07);
    g_ptr_array_add(owned, x);
    return x;
}

static void
random_release(gpointer source, const float *data)
{
    g_ptr_array_remove_fast(source, (gpointer) data);
}

typedef struct {
    const UmkEncoder *encoder;
    GArray *lengths; /* guint32 */
    GArray *groups;  /* guint32: first text of each group, and the end */
    UmkArena arenas[64];
    const float *input;
} Job;

static void
run_groups(gsize begin, gsize end, guint worker, gpointer data)
{
    Job *job = data;
    gsize d = _umk_encoder_get_config(job->encoder)->n_dims;

    for (gsize g = begin; g < end; g++) {
        guint32 first = g_array_index(job->groups, guint32, g), offsets[GROUP + 2] = {0};
        gsize n = g_array_index(job->groups, guint32, g + 1) - first, longest = 0;
        float *memory;

        for (gsize i = 0; i < n; i++) {
            guint32 length = g_array_index(job->lengths, guint32, first + i);

            offsets[i + 1] = offsets[i] + length;
            longest = MAX(longest, length);
        }
        memory = _umk_arena_reserve(
            &job->arenas[worker],
            offsets[n] * d + _umk_encoder_scratch_size(job->encoder, offsets[n], longest),
            NULL);
        memcpy(memory, job->input, offsets[n] * d * sizeof(float));
        _umk_encoder_forward(job->encoder, memory, offsets, n, memory + offsets[n] * d);
    }
}

static void
cut_groups(Job *job)
{
    guint32 zero = 0, tokens = 0;

    g_array_append_val(job->groups, zero);
    for (guint32 i = 0; i < job->lengths->len; i++) {
        guint32 next = i + 1;

        tokens += g_array_index(job->lengths, guint32, i);
        if (tokens >= GROUP || next == job->lengths->len) {
            g_array_append_val(job->groups, next);
            tokens = 0;
        }
    }
}

static void
bench_texts(const UmkEncoder *encoder,
            const char *name,
            guint n_threads,
            UmkPrecision precision)
{
    const UmkEncoderConfig *c = _umk_encoder_get_config(encoder);
    Job job = {.encoder = encoder};
    guint32 fixed = (guint32) g_ascii_strtoull(name, NULL, 10);
    double tokens = 0, operations = 0, best = INFINITY, best_cpu = INFINITY, until;
    g_autofree float *input = g_new(float, 2 * GROUP * c->n_dims);
    double peak = peaks[precision];
    UmkRng rng;

    umk_set_n_threads(n_threads);
    _umk_rng_init(&rng, 1, 0);
    fill_random(input, 2 * GROUP * c->n_dims, 1);
    job.input = input;
    job.lengths = g_array_new(FALSE, FALSE, sizeof(guint32));
    job.groups = g_array_new(FALSE, FALSE, sizeof(guint32));
    for (guint i = 0; i < (fixed > 0 ? 4096 / fixed : 128); i++) {
        guint32 length =
            fixed > 0 ? fixed : (guint32) (4.0 * pow(64.0, _umk_rng_uniform(&rng)));

        g_array_append_val(job.lengths, length);
        tokens += length;
        operations += length * (2.0 * (double) c->n_layers *
                                    (4.0 * (double) (c->n_dims * c->n_dims) +
                                     2.0 * (double) (c->n_dims * c->n_ffn)) +
                                4.0 * (double) (c->n_layers * length * c->n_dims));
    }
    cut_groups(&job);
    until = now() + 2 * SECONDS;
    while (now() < until || isinf(best)) {
        double from = now(), cpu_from = cpu_now();

        _umk_parallel_for(job.groups->len - 1, 1, run_groups, &job);
        best = MIN(best, now() - from);
        best_cpu = MIN(best_cpu, cpu_now() - cpu_from);
    }
    g_print("{\"bench\":\"encoder\",\"model\":\"minilm-l6 shape, random\","
            "\"precision\":\"%s\",\"length\":\"%s\",\"threads\":%u,\"texts_per_s\":%.1f,"
            "\"tokens_per_s\":%.0f,"
            "\"tokens_per_cpu_s\":%.0f,\"gflops\":%.1f,\"gflops_per_cpu_s\":%.1f,"
            "\"peak_share_of_cpu_s\":%.3f}\n",
            precisions[precision], name, n_threads, job.lengths->len / best,
            tokens / best, tokens / best_cpu, operations / best * 1e-9,
            operations / best_cpu * 1e-9,
            peak > 0 ? operations / best_cpu * 1e-9 / peak : 0.0);
    for (guint i = 0; i < G_N_ELEMENTS(job.arenas); i++)
        _umk_arena_clear(&job.arenas[i]);
    g_array_unref(job.lengths);
    g_array_unref(job.groups);
}

int
main(void)
{
    static const gsize shapes[][3] = {
        {1, 384, 384},    {16, 1152, 384},  {128, 384, 384},  {128, 1536, 384},
        {128, 384, 1536}, {512, 1536, 384}, {128, 3072, 768}, {128, 768, 3072},
        {128, 128, 32},   {512, 512, 32},   {512, 32, 512}};
    static const char *const lengths[] = {"16", "128", "512", "mixed 4-256"};
    UmkEncoderConfig config = {.n_layers = 6,
                               .n_dims = 384,
                               .n_heads = 12,
                               .n_ffn = 1536,
                               .activation = UMK_ACTIVATION_GELU,
                               .eps = 1e-12f,
                               .bias = UMK_BIAS_REQUIRED};
    guint n_threads = _umk_pool_n_threads();

    peaks[UMK_PRECISION_F32] = peaks[UMK_PRECISION_BF16] = _umk_peak_measure_f32() * 1e-9;
    peaks[UMK_PRECISION_INT8] = _umk_peak_measure_int8() * 1e-9;
    for (UmkPrecision p = UMK_PRECISION_F32; p <= UMK_PRECISION_INT8; p++) {
        g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
        UmkTensors tensors = {owned,         "", random_has, random_get, random_release,
                              .precision = p};
        UmkEncoder *encoder =
            _umk_encoder_new(&config, &_umk_encoder_names_bert, &tensors, NULL);

        g_print("{\"bench\":\"peak\",\"precision\":\"%s\",\"kernel\":\"%s\","
                "\"threads\":1,\"gops\":%.1f}\n",
                precisions[p], kernel_name(p), peaks[p]);
        for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++)
            bench_gemm(shapes[i][0], shapes[i][1], shapes[i][2], p);
        for (guint t = 1; t <= n_threads; t += MAX(n_threads - 1, 1))
            for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++)
                bench_texts(encoder, lengths[i], t, p);
        _umk_encoder_free(encoder);
    }
    return 0;
}
