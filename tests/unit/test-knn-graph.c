/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph of neighbours against double-precision brute force: order, ties, lengths,
 * what is degenerate, threads, cancelling. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"
#include "index/umk-knn-codes-private.h"
#include "index/umk-knn-graph-private.h"

#include <math.h>
#include <string.h>

static UmkMatrix *
random_matrix(gsize n, gsize n_dims, guint64 seed)
{
    g_autofree float *values = g_new(float, n *n_dims + 1);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n * n_dims; i++)
        values[i] = (float) _umk_rng_normal(&rng);
    return umk_matrix_new_from_data(n, n_dims, values, NULL);
}

static double
distance_of(UmkMatrix *m, UmkMetric metric, gsize i, gsize j)
{
    gsize d;
    const float *a = umk_matrix_get_row(m, i, &d), *b = umk_matrix_get_row(m, j, NULL);
    double aa = 0, bb = 0, ab = 0, squared = 0;

    for (gsize t = 0; t < d; t++) {
        aa += (double) a[t] * (double) a[t];
        bb += (double) b[t] * (double) b[t];
        ab += (double) a[t] * (double) b[t];
        squared += ((double) a[t] - (double) b[t]) * ((double) a[t] - (double) b[t]);
    }
    if (metric == UMK_METRIC_EUCLIDEAN)
        return sqrt(squared);
    if (aa == 0 || bb == 0)
        return aa == bb ? 0 : 1;
    return 1 - ab / sqrt(aa * bb);
}

/* Every listed distance is right, the list is in order, and nothing left out is nearer
 * than its end. The tolerance is a few roundings of a float of the size of the result. */
static void
check_graph(UmkMatrix *m, UmkMetric metric, const UmkKnnGraph *graph)
{
    gsize n = umk_matrix_get_n_rows(m);
    g_autofree guint8 *listed = g_new(guint8, n + 1);

    g_assert_cmpuint(graph->n, ==, n);
    for (gsize i = 0; i < n; i++) {
        const guint32 *ids = graph->ids + i * graph->k;
        const float *distances = graph->distances + i * graph->k;

        memset(listed, 0, n);
        listed[i] = 1;
        for (guint r = 0; r < graph->k; r++) {
            g_assert_cmpuint(ids[r], <, n);
            g_assert_false(listed[ids[r]]);
            listed[ids[r]] = 1;
            g_assert_cmpfloat(
                fabs((double) distances[r] - distance_of(m, metric, i, ids[r])), <=,
                4e-6);
            if (r > 0)
                g_assert_true(distances[r - 1] < distances[r] ||
                              (distances[r - 1] == distances[r] && ids[r - 1] < ids[r]));
        }
        for (gsize j = 0; j < n && graph->k > 0; j++)
            if (!listed[j])
                g_assert_cmpfloat(distance_of(m, metric, i, j), >=,
                                  (double) distances[graph->k - 1] - 4e-6);
    }
}

static void
test_exact(void)
{
    static const gsize sizes[][3] = {{2, 1, 1},     {7, 5, 3},     {33, 1, 4},
                                     {100, 17, 99}, {203, 40, 15}, {65, 3, 200}};

    for (gsize s = 0; s < G_N_ELEMENTS(sizes); s++)
        for (int metric = 0; metric < 2; metric++) {
            UmkMetric kind = metric ? UMK_METRIC_EUCLIDEAN : UMK_METRIC_COSINE;
            g_autoptr(UmkMatrix) m = random_matrix(sizes[s][0], sizes[s][1], s);
            g_autoptr(GError) error = NULL;
            g_autoptr(UmkKnnGraph) graph =
                _umk_knn_graph_build(m, kind, (guint) sizes[s][2], 1, NULL, &error);

            g_assert_no_error(error);
            g_assert_cmpuint(graph->k, ==, MIN(sizes[s][2], sizes[s][0] - 1));
            check_graph(m, kind, graph);
        }
}

static void
test_degenerate(void)
{
    static const float rows[] = {0, 0, 1, 0, 0, 0, 2, 0, 0, 3, -1, 0};
    g_autoptr(UmkMatrix) m = umk_matrix_new_from_data(6, 2, rows, NULL);
    g_autoptr(UmkMatrix) none = umk_matrix_new_from_data(0, 4, rows, NULL);
    g_autoptr(UmkMatrix) one = umk_matrix_new_from_data(1, 4, rows, NULL);
    g_autoptr(UmkKnnGraph) cosine = NULL, euclidean = NULL, empty = NULL, single = NULL;
    g_autoptr(GError) error = NULL;

    cosine = _umk_knn_graph_build(m, UMK_METRIC_COSINE, 5, 1, NULL, NULL);
    check_graph(m, UMK_METRIC_COSINE, cosine);
    g_assert_cmpuint(cosine->ids[0], ==, 2); /* the other zero vector */
    g_assert_true(cosine->distances[0] == 0 && cosine->distances[1] == 1);
    g_assert_true(cosine->distances[1 * 5] == 0); /* (1, 0) and (2, 0) */
    euclidean = _umk_knn_graph_build(m, UMK_METRIC_EUCLIDEAN, 3, 1, NULL, NULL);
    check_graph(m, UMK_METRIC_EUCLIDEAN, euclidean);
    empty = _umk_knn_graph_build(none, UMK_METRIC_COSINE, 5, 1, NULL, NULL);
    g_assert_true(empty->n == 0 && empty->k == 0);
    single = _umk_knn_graph_build(one, UMK_METRIC_COSINE, 5, 1, NULL, NULL);
    g_assert_true(single->n == 1 && single->k == 0);
    g_assert_null(_umk_knn_graph_build(m, UMK_METRIC_DOT, 3, 1, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
}

static void
test_threads(void)
{
    g_autoptr(UmkMatrix) m = random_matrix(500, 33, 5);
    g_autoptr(UmkKnnGraph) first = NULL;

    for (guint threads = 1; threads <= 8; threads *= 2) {
        g_autoptr(UmkKnnGraph) graph = NULL;

        umk_set_n_threads(threads);
        graph = _umk_knn_graph_build(m, UMK_METRIC_COSINE, 15, 1, NULL, NULL);
        if (first == NULL) {
            first = g_steal_pointer(&graph);
            continue;
        }
        g_assert_cmpmem(first->ids, 500 * 15 * 4, graph->ids, 500 * 15 * 4);
        g_assert_cmpmem(first->distances, 500 * 15 * 4, graph->distances, 500 * 15 * 4);
    }
    umk_set_n_threads(0);
}

/* ---- trees and neighbours of neighbours ---------------------------------------------
 */

static void
check_codes(gsize width, guint64 seed)
{
    const UmkKnnKernels *plain = _umk_knn_kernels(TRUE), *fast = _umk_knn_kernels(FALSE);
    g_autofree guint8 *codes = g_new(guint8, 5 * width);
    g_autofree gint8 *normal = g_new(gint8, width);
    const guint8 *others[4];
    guint32 expected[4], found[4];
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < 5 * width; i++)
        codes[i] = seed == 0 ? (i < width ? 127 : 0) : (guint8) _umk_rng_below(&rng, 128);
    for (gsize i = 0; i < width; i++)
        normal[i] = (gint8) ((gint32) codes[i] - (gint32) codes[width + i]);
    for (int i = 0; i < 4; i++)
        others[i] = codes + (gsize) (i + 1) * width;
    plain->distance_4(codes, others, width, expected);
    fast->distance_4(codes, others, width, found);
    g_assert_cmpmem(expected, sizeof expected, found, sizeof found);
    g_assert_cmpuint(expected[0], ==, fast->distance(codes, others[0], width));
    g_assert_cmpint(plain->project(codes, normal, width), ==,
                    fast->project(codes, normal, width));
}

/* Seed 0 is the farthest that codes can be apart. */
static void
test_codes(void)
{
    for (gsize width = 32; width <= 1024; width += 32)
        for (guint64 seed = 0; seed < 3; seed++)
            check_codes(width, seed);
    check_codes(UMK_KNN_MAX_DIMS, 0);
}

/* Clusters in a space of three dimensions, as data worth a map have few of their own. */
static UmkMatrix *
curved_matrix(gsize n, gsize n_dims, guint64 seed)
{
    g_autofree float *values = g_new(float, n *n_dims + 1);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n; i++) {
        double t[3] = {_umk_rng_normal(&rng), _umk_rng_normal(&rng), (double) (i % 9)};

        for (gsize j = 0; j < n_dims; j++)
            values[i * n_dims + j] =
                (float) (sin(t[0] + (double) j) + cos(t[1] * (double) (1 + j % 5)) +
                         sin(t[2] * (double) (j + 1)) + 0.05 * _umk_rng_normal(&rng));
    }
    return umk_matrix_new_from_data(n, n_dims, values, NULL);
}

static double
recall(const UmkKnnGraph *truth, const UmkKnnGraph *graph)
{
    gsize n_hits = 0;

    for (gsize i = 0; i < graph->n; i++)
        for (guint r = 0; r < graph->k; r++)
            n_hits += graph->distances[i * graph->k + r] <=
                      truth->distances[(i + 1) * graph->k - 1];
    return (double) n_hits / ((double) graph->n * graph->k);
}

static void
check_approximate(UmkMatrix *m, UmkMetric metric, guint k)
{
    g_autoptr(UmkKnnGraph) truth = _umk_knn_graph_build_exact(m, metric, k, NULL, NULL);
    g_autoptr(UmkKnnGraph) first = NULL;
    gsize n = truth->n;

    for (guint threads = 1; threads <= 8; threads *= 2) {
        g_autoptr(UmkKnnGraph) graph = NULL;

        umk_set_n_threads(threads);
        graph = _umk_knn_graph_build(m, metric, k, 7, NULL, NULL);
        g_assert_false(graph->exact);
        if (first == NULL) {
            g_assert_cmpfloat(recall(truth, graph), >=, 0.97);
            first = g_steal_pointer(&graph);
            continue;
        }
        g_assert_cmpmem(first->ids, n * k * 4, graph->ids, n * k * 4);
        g_assert_cmpmem(first->distances, n * k * 4, graph->distances, n * k * 4);
    }
    umk_set_n_threads(0);
    for (gsize i = 0; i < n * k; i++) {
        gsize row = i / k;

        g_assert_cmpuint(first->ids[i], <, n);
        g_assert_cmpuint(first->ids[i], !=, row);
        g_assert_cmpfloat(fabs((double) first->distances[i] -
                               distance_of(m, metric, row, first->ids[i])),
                          <=, 1e-5 * MAX(1.0, (double) first->distances[i]));
        if (i % k > 0)
            g_assert_true(first->distances[i - 1] < first->distances[i] ||
                          (first->distances[i - 1] == first->distances[i] &&
                           first->ids[i - 1] < first->ids[i]));
    }
}

static void
test_approximate(void)
{
    g_autoptr(UmkMatrix) m = curved_matrix(4000, 200, 5);

    check_approximate(m, UMK_METRIC_EUCLIDEAN, 14);
    check_approximate(m, UMK_METRIC_COSINE, 40);
}

/* Rows that are all equal, or equal in hundreds, fill the lists with zeros. */
static void
test_duplicates(void)
{
    gsize n = 3000, d = 400;

    for (gsize kinds = 1; kinds <= 10; kinds += 9) {
        g_autofree float *values = g_new(float, n *d);
        g_autoptr(UmkMatrix) m = NULL;
        g_autoptr(UmkKnnGraph) graph = NULL;

        for (gsize i = 0; i < n * d; i++)
            values[i] = (float) (i / d % kinds);
        m = umk_matrix_new_from_data(n, d, values, NULL);
        graph = _umk_knn_graph_build(m, UMK_METRIC_EUCLIDEAN, 14, 1, NULL, NULL);
        g_assert_false(graph->exact);
        for (gsize i = 0; i < n * 14; i++) {
            g_assert_cmpuint(graph->ids[i], <, n);
            g_assert_cmpuint(graph->ids[i], !=, i / 14);
            g_assert_true(graph->distances[i] == 0);
        }
    }
}

static void
test_cancel(void)
{
    g_autoptr(UmkMatrix) m = random_matrix(64, 8, 5);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    g_auto(UmkRun) run = {0};

    _umk_run_init(&run, cancellable, NULL, NULL);
    g_cancellable_cancel(cancellable);
    g_assert_null(_umk_knn_graph_build(m, UMK_METRIC_COSINE, 5, 1, &run, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/knn-graph/exact", test_exact);
    g_test_add_func("/knn-graph/degenerate", test_degenerate);
    g_test_add_func("/knn-graph/threads", test_threads);
    g_test_add_func("/knn-graph/codes", test_codes);
    g_test_add_func("/knn-graph/approximate", test_approximate);
    g_test_add_func("/knn-graph/duplicates", test_duplicates);
    g_test_add_func("/knn-graph/cancel", test_cancel);
    return g_test_run();
}
