/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact search, one query at a time and in a batch, beside the machine's read bandwidth;
 * and PCA to two dimensions. Argument: number of vectors of 384 dimensions (100000). */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"

#include <stdlib.h>
#include <time.h>

#define N_DIMS 384
#define K      10

static UmkMatrix *
random_matrix(gsize n, gsize n_dims, guint64 seed)
{
    float *values = g_new(float, n *n_dims);
    g_autoptr(GBytes) bytes = g_bytes_new_take(values, n * n_dims * sizeof *values);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n * n_dims; i++)
        values[i] = (float) _umk_rng_uniform(&rng) - 0.5f;
    return umk_matrix_new_from_bytes(n, n_dims, bytes, NULL);
}

static double
read_bandwidth(UmkMatrix *vectors)
{
    gsize size;
    const guint64 *words = g_bytes_get_data(umk_matrix_get_bytes(vectors), &size);
    double best = 0;

    for (guint turn = 0; turn < 5; turn++) {
        gint64 start = g_get_monotonic_time();
        guint64 sums[8] = {0};
        volatile guint64 sink;

        for (gsize i = 0; i + 8 <= size / 8; i += 8)
            for (int lane = 0; lane < 8; lane++)
                sums[lane] ^= words[i + (gsize) lane];
        sink =
            sums[0] ^ sums[1] ^ sums[2] ^ sums[3] ^ sums[4] ^ sums[5] ^ sums[6] ^ sums[7];
        best = MAX(best, (double) size / (double) (g_get_monotonic_time() - start) / 1e3 +
                             0 * (double) (sink & 1));
    }
    return best;
}

/* Least wall time of three, and in *cpu the least processor time, which a busy machine
 * disturbs less. */
static double
search_seconds(UmkIndex *index, UmkMatrix *queries, double *cpu)
{
    double best = 1e9;

    *cpu = 1e9;

    for (guint turn = 0; turn < 3; turn++) {
        clock_t used = clock();
        gint64 start = g_get_monotonic_time();
        g_autoptr(UmkHits) hits = umk_index_search(index, queries, K, NULL, NULL, NULL);

        best = MIN(best, (double) (g_get_monotonic_time() - start) / 1e6);
        *cpu = MIN(*cpu, (double) (clock() - used) / CLOCKS_PER_SEC);
    }
    return best;
}

static void
bench_search(UmkMatrix *vectors, UmkMetric metric, guint n_threads)
{
    g_autoptr(UmkMatrix) one = random_matrix(1, N_DIMS, 2),
                         many = random_matrix(1000, N_DIMS, 3);
    g_autoptr(UmkIndex) index = NULL;
    double single, batch, single_cpu, batch_cpu,
        bytes = (double) g_bytes_get_size(umk_matrix_get_bytes(vectors));
    double flops = 2.0 * 1000 * bytes / sizeof(float);

    umk_set_n_threads(n_threads);
    index = umk_index_build("exact", vectors, metric, NULL, NULL, NULL, NULL, NULL);
    single = search_seconds(index, one, &single_cpu);
    batch = search_seconds(index, many, &batch_cpu);
    g_print(
        "{\"bench\":\"index-exact\",\"metric\":\"%s\",\"threads\":%u,\"items\":"
        "%" G_GSIZE_FORMAT
        ",\"dims\":%d,\"single_ms\":%.3f,\"single_gb_per_s\":%.1f,\"batch_qps\":%.0f,"
        "\"batch_gflops\":%.1f,\"single_cpu_ms\":%.3f,\"batch_gflop_per_cpu_s\":%.1f}\n",
        umk_metric_get_name(metric), n_threads, umk_matrix_get_n_rows(vectors), N_DIMS,
        single * 1e3, bytes / single / 1e9, 1000 / batch, flops / batch / 1e9,
        single_cpu * 1e3, flops / batch_cpu / 1e9);
}

static void
bench_pca(UmkMatrix *vectors, guint n_threads)
{
    clock_t cpu = clock();
    gint64 start;
    g_autoptr(UmkProjection) pca = NULL;

    umk_set_n_threads(n_threads);
    start = g_get_monotonic_time();
    pca = umk_projection_fit("pca", vectors, NULL, NULL, NULL, NULL, NULL);
    g_print("{\"bench\":\"pca\",\"threads\":%u,\"items\":%" G_GSIZE_FORMAT
            ",\"dims\":%d,\"seconds\":%.3f,\"cpu_s\":%.3f}\n",
            n_threads, umk_matrix_get_n_rows(vectors), N_DIMS,
            (double) (g_get_monotonic_time() - start) / 1e6,
            (double) (clock() - cpu) / CLOCKS_PER_SEC);
}

int
main(int argc, char **argv)
{
    g_autoptr(UmkMatrix) vectors =
        random_matrix(argc > 1 ? (gsize) atoi(argv[1]) : 100000, N_DIMS, 1);

    g_print("{\"bench\":\"read-bandwidth\",\"threads\":1,\"gb_per_s\":%.1f}\n",
            read_bandwidth(vectors));
    for (guint n_threads = 1; n_threads <= 2; n_threads++) {
        for (int metric = UMK_METRIC_COSINE; metric <= UMK_METRIC_EUCLIDEAN; metric++)
            bench_search(vectors, (UmkMetric) metric, n_threads);
        bench_pca(vectors, n_threads);
    }
    return 0;
}
