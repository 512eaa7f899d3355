/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clustering against numbers from independent programs, the bounds of k-means against the
 * full computation, and defined behaviour on degenerate data.
 *
 * Golden numbers: SciPy 1.10.1 scipy.cluster.hierarchy.linkage in double (heights of the
 * merges 0, 9, 29, 49 and 55 to 58, sizes of the last), scikit-learn 1.2.1 KMeans (least
 * inertia of 200 and of 500 starts), hdbscan 0.8.43 (labels up to their order,
 * probabilities). The data are place[i mod 4] + spread[i mod 4] (u - 1/2), every 15th row
 * 20 (u - 1/2), with u = the fraction of 43758.5453 sin(12.9898 i + 78.233 j + 1/2). */
#include <umekomi/umekomi.h>

#include "cluster/umk-cluster-terms-private.h"
#include "cluster/umk-hdbscan-private.h"
#include "cluster/umk-hierarchical-private.h"
#include "cluster/umk-kmeans-private.h"
#include "core/umk-rng-private.h"
#include "facade/umk-name-words-private.h"

#include <math.h>
#include <string.h>

#define N 60
#define D 5

static double
fraction(gsize i, gsize j)
{
    double v = sin(12.9898 * (double) i + 78.233 * (double) j + 0.5) * 43758.5453;

    return v - floor(v);
}

static UmkMatrix *
golden_data(void)
{
    static const double place[4][D] = {
        {0, 0, 0, 0, 0}, {4, 0, 0, 1, 0}, {0, 5, 0, 0, -2}, {3, 3, 3, 3, 3}};
    static const double spread[4] = {1.0, 2.0, 0.6, 3.0};
    float x[N * D];

    for (gsize i = 0; i < N; i++)
        for (gsize j = 0; j < D; j++)
            x[i * D + j] =
                (float) (i % 15 == 14
                             ? 20 * (fraction(i, j) - 0.5)
                             : place[i % 4][j] + spread[i % 4] * (fraction(i, j) - 0.5));
    return umk_matrix_new_from_data(N, D, x, NULL);
}

/* n rows around k places; of length 1 if asked. */
static UmkMatrix *
blobs(gsize n, gsize d, gsize k, double spread, guint64 seed)
{
    g_autofree float *places = g_new(float, k *d), *x = g_new(float, n *d);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < k * d; i++)
        places[i] = (float) _umk_rng_normal(&rng);
    for (gsize i = 0; i < n; i++) {
        gsize place = _umk_rng_below(&rng, k);

        for (gsize j = 0; j < d; j++)
            x[i * d + j] =
                places[place * d + j] + (float) (spread * _umk_rng_normal(&rng));
    }
    return umk_matrix_new_from_data(n, d, x, NULL);
}

static UmkClusters *
try_fit(const char *method, UmkMatrix *vectors, const char *options, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_cluster_get_params(method, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) local = NULL;

    umk_params_parse(params, options, &local);
    g_assert_no_error(local);
    return umk_cluster_fit(method, vectors, params, 42, NULL, NULL, NULL, error);
}

static UmkClusters *
fit(const char *method, UmkMatrix *vectors, const char *options)
{
    g_autoptr(GError) error = NULL;
    UmkClusters *clusters = try_fit(method, vectors, options, &error);

    g_assert_no_error(error);
    return clusters;
}

/* ---- k-means ---------------------------------------------------------------------- */

/* Labels after every number of iterations: what the bounds skip changes nothing. */
static void
test_bounds(void)
{
    static const struct {
        gsize n, d, k, places;
        double spread, offset;
    } cases[] = {
        {3000, 24, 70, 40, 0.4, 0},   {3000, 24, 33, 300, 1.0, 0}, {500, 1, 7, 5, 0.1, 0},
        {2000, 40, 100, 100, 0.3, 9}, {1500, 3, 200, 10, 1.0, 0},
    };

    for (gsize c = 0; c < G_N_ELEMENTS(cases); c++) {
        g_autoptr(UmkMatrix) plain =
            blobs(cases[c].n, cases[c].d, cases[c].places, cases[c].spread, 7 + c);
        g_autofree float *x = g_memdup2(umk_matrix_get_row(plain, 0, NULL),
                                        cases[c].n * cases[c].d * sizeof(float));
        guint64 n_products[2] = {0};

        for (gsize i = 0; i < cases[c].n * cases[c].d; i++)
            x[i] += (float) cases[c].offset;
        for (guint iterations = 1; iterations < 30; iterations += 1 + iterations / 3) {
            g_autofree guint32 *labels = NULL;
            double inertia = 0;

            for (int all = 1; all >= 0; all--) {
                g_auto(UmkKmeans) problem = {0};
                g_auto(UmkKmeansFit) result = {0};
                g_auto(UmkRun) run = {0};
                UmkRng rng;

                _umk_run_init(&run, NULL, NULL, NULL);
                _umk_rng_init(&rng, 5, 0);
                g_assert_true(_umk_kmeans_init(&problem, x, cases[c].n, cases[c].d,
                                               cases[c].k, &run, NULL));
                problem.max_iterations = iterations;
                problem.try_all = all;
                g_assert_true(_umk_kmeans_choose(&problem, NULL, 0, &rng, &result, NULL));
                g_assert_true(_umk_kmeans_lloyd(&problem, &result, NULL));
                n_products[all] += result.n_products;
                if (all) {
                    labels = g_memdup2(result.labels, cases[c].n * sizeof *labels);
                    inertia = result.inertia;
                } else {
                    g_assert_cmpmem(labels, cases[c].n * sizeof *labels, result.labels,
                                    cases[c].n * sizeof *labels);
                    g_assert_cmpfloat(inertia, ==, result.inertia);
                }
            }
        }
        g_test_message("case %zu: %.2f of the products", c,
                       (double) n_products[0] / (double) n_products[1]);
        g_assert_cmpuint(n_products[0], <, n_products[1]);
    }
}

/* Labels against distances taken one by one; of equal centres the first has the row. As
 * many as fill a group, leave a few over, and are fewer than are compared at once. */
static void
test_labels(void)
{
    static const gsize counts[] = {1, 3, 4, 32, 37, 70};
    const gsize n = 600, d = 9;
    g_autoptr(UmkMatrix) vectors = blobs(n, d, 90, 0.3, 21);
    const float *x = umk_matrix_get_row(vectors, 0, NULL);

    for (gsize c = 0; c < G_N_ELEMENTS(counts); c++) {
        gsize k = counts[c];
        g_auto(UmkKmeans) problem = {0};
        g_auto(UmkKmeansFit) result = {.k = k, .centers = g_new(float, k *d)};
        g_auto(UmkRun) run = {0};

        _umk_run_init(&run, NULL, NULL, NULL);
        g_assert_true(_umk_kmeans_init(&problem, x, n, d, k, &run, NULL));
        problem.max_iterations = 0;
        for (gsize i = 0; i < k * d; i++)
            result.centers[i] = x[i % (30 * d)] - problem.mean[i % d];
        g_assert_true(_umk_kmeans_lloyd(&problem, &result, NULL));
        for (gsize row = 0; row < n; row++) {
            double least = INFINITY, own = INFINITY;

            g_assert_cmpuint(result.labels[row], <, k);
            for (gsize center = 0; center < k; center++) {
                const float *values = result.centers + center * d;
                double squared = 0;

                for (gsize j = 0; j < d; j++)
                    squared += pow((double) x[row * d + j] - (double) problem.mean[j] -
                                       (double) values[j],
                                   2);
                least = MIN(least, squared);
                if (center == result.labels[row])
                    own = squared;
                /* no equal one stands before it */
                if (center < result.labels[row])
                    g_assert_true(memcmp(values, result.centers + result.labels[row] * d,
                                         d * sizeof *values) != 0);
            }
            /* lengths of some 5, multiplied in float */
            g_assert_cmpfloat(own, <, least + 1e-4);
        }
    }
}

static double
fact(UmkClusters *clusters, const char *name)
{
    g_autofree char *json = umk_clusters_to_json(clusters);
    g_autofree char *key = g_strdup_printf("\"%s\":", name);
    const char *at = strstr(json, key);

    g_assert_nonnull(at);
    return g_ascii_strtod(at + strlen(key), NULL);
}

static void
test_kmeans_golden(void)
{
    g_autoptr(UmkMatrix) x = golden_data();
    g_autoptr(UmkClusters) four = fit("kmeans", x, "clusters=4,starts=50");
    g_autoptr(UmkClusters) seven = fit("kmeans", x, "clusters=7,starts=200");

    /* rows are float32, sums double: relative 1e-6 */
    g_assert_cmpfloat_with_epsilon(fact(four, "inertia"), 498.3551212991443, 5e-4);
    g_assert_cmpfloat_with_epsilon(fact(seven, "inertia"), 129.35055929341553, 2e-4);
    g_assert_cmpuint(umk_clusters_get_n_clusters(four), ==, 4);
}

static void
test_kmeans_batches(void)
{
    g_autoptr(UmkMatrix) x = blobs(4000, 8, 6, 0.1, 3);
    g_autoptr(UmkClusters) lloyd = fit("kmeans", x, "clusters=6,starts=5");
    g_autoptr(UmkClusters) batch = fit("kmeans", x, "clusters=6,starts=5,batch=256");

    g_assert_cmpuint(umk_clusters_get_n_clusters(batch), ==, 6);
    /* six tight groups: the same ones, so nearly the same sum of squares */
    g_assert_cmpfloat(fact(batch, "inertia"), <, 1.01 * fact(lloyd, "inertia"));
}

static void
test_threads(void)
{
    static const char *const runs[][2] = {{"kmeans", "clusters=20,starts=2"},
                                          {"kmeans", "clusters=20,batch=500"},
                                          {"hierarchical", "clusters=9"},
                                          {"hdbscan", "min-cluster-size=8"}};
    g_autoptr(UmkMatrix) x = blobs(2500, 12, 15, 0.4, 9);

    for (gsize r = 0; r < G_N_ELEMENTS(runs); r++) {
        g_autoptr(UmkClusters) first = NULL;

        for (guint n_threads = 1; n_threads <= 8; n_threads *= 2) {
            g_autoptr(UmkClusters) now = NULL;
            gsize n;

            umk_set_n_threads(n_threads);
            now = fit(runs[r][0], x, runs[r][1]);
            if (first == NULL) {
                first = g_steal_pointer(&now);
                continue;
            }
            g_assert_cmpmem(umk_clusters_get_labels(first, &n), n * sizeof(gint32),
                            umk_clusters_get_labels(now, &n), n * sizeof(gint32));
            g_assert_cmpmem(umk_clusters_get_probabilities(first, &n), n * sizeof(float),
                            umk_clusters_get_probabilities(now, &n), n * sizeof(float));
            g_assert_true(
                g_bytes_equal(umk_matrix_get_bytes(umk_clusters_get_centers(first)),
                              umk_matrix_get_bytes(umk_clusters_get_centers(now))));
        }
    }
    umk_set_n_threads(0);
}

/* ---- hierarchical ----------------------------------------------------------------- */

static const struct {
    UmkLinkage linkage;
    UmkMetric metric;
    double heights[8];
    guint32 sizes[5];
} trees[] = {
    {UMK_LINKAGE_WARD,
     UMK_METRIC_EUCLIDEAN,
     {0.135884912, 0.415277509, 1.19589834, 4.04678975, 16.2237869, 23.7914151,
      26.3736936, 31.4123426},
     {7, 15, 30, 45, 60}},
    {UMK_LINKAGE_AVERAGE,
     UMK_METRIC_EUCLIDEAN,
     {0.135884912, 0.393127659, 0.974483399, 2.78907476, 10.1652941, 14.2120177,
      15.603937, 16.0762469},
     {11, 57, 58, 59, 60}},
    {UMK_LINKAGE_COMPLETE,
     UMK_METRIC_EUCLIDEAN,
     {0.135884912, 0.415277509, 1.04547142, 3.27797531, 12.3428927, 15.430367, 21.3316295,
      23.2226459},
     {4, 57, 2, 3, 60}},
    {UMK_LINKAGE_SINGLE,
     UMK_METRIC_EUCLIDEAN,
     {0.135884912, 0.352516521, 0.864623388, 2.01078959, 6.05822339, 11.5710566,
      12.208491, 13.5113067},
     {12, 57, 58, 59, 60}},
    {UMK_LINKAGE_AVERAGE,
     UMK_METRIC_COSINE,
     {0.000221059834, 0.00355658021, 0.0398006132, 0.409717671, 0.674410671, 0.913962737,
      1.01605319, 1.15228382},
     {0}},
};

static UmkMatrix *
to_unit(UmkMatrix *x)
{
    gsize n = umk_matrix_get_n_rows(x), d = umk_matrix_get_n_cols(x);
    g_autofree float *unit = g_new(float, n *d);

    for (gsize i = 0; i < n; i++) {
        const float *row = umk_matrix_get_row(x, i, NULL);
        double sum = 0;

        for (gsize j = 0; j < d; j++)
            sum += (double) row[j] * (double) row[j];
        for (gsize j = 0; j < d; j++)
            unit[i * d + j] = (float) ((double) row[j] / sqrt(sum));
    }
    return umk_matrix_new_from_data(n, d, unit, NULL);
}

static void
test_trees(void)
{
    static const gsize at[] = {0, 9, 29, 49, 55, 56, 57, 58};
    g_autoptr(UmkMatrix) x = golden_data(), unit = to_unit(x);

    for (gsize t = 0; t < G_N_ELEMENTS(trees); t++) {
        UmkMatrix *used = trees[t].metric == UMK_METRIC_COSINE ? unit : x;
        UmkClusterInput input = {.matrix = used,
                                 .rows = umk_matrix_get_row(used, 0, NULL),
                                 .n = N,
                                 .d = D,
                                 .metric = trees[t].metric};
        g_autofree UmkMerge *merges =
            _umk_hierarchical_merges(&input, trees[t].linkage, NULL, NULL);

        /* distances are kept as float32; 1 - cos loses what cos rounds, 1.2e-7 */
        for (gsize i = 0; i < G_N_ELEMENTS(at); i++)
            g_assert_cmpfloat_with_epsilon(merges[at[i]].height, trees[t].heights[i],
                                           3e-6 * trees[t].heights[i] + 2.4e-7);
        for (gsize i = 0; i < 5 && trees[t].sizes[0] > 0; i++)
            g_assert_cmpuint(merges[i == 0 ? 49 : 54 + i].size, ==, trees[t].sizes[i]);
    }
}

/* Each pair of rows is together in one labelling as it is in the other. */
static void
assert_same_groups(const gint32 *labels, const int *expected, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        g_assert_cmpint(labels[i] < 0, ==, expected[i] < 0);
        for (gsize j = 0; j < i; j++)
            g_assert_cmpint(labels[i] == labels[j], ==, expected[i] == expected[j]);
    }
}

static void
test_cut(void)
{
    static const int ward[N] = {3, 3, 1, 2, 3, 3, 1, 2, 3, 3, 1, 2, 3, 3, 4,
                                2, 3, 3, 1, 2, 3, 3, 1, 2, 3, 3, 1, 2, 3, 2,
                                1, 2, 3, 3, 1, 2, 3, 3, 1, 2, 3, 3, 1, 2, 1,
                                3, 1, 2, 3, 3, 1, 2, 3, 3, 1, 2, 3, 3, 1, 4};
    g_autoptr(UmkMatrix) x = golden_data();
    g_autoptr(UmkClusters) by_number = fit("hierarchical", x, "clusters=4");
    g_autoptr(UmkClusters) by_distance = fit("hierarchical", x, "distance=20");
    gsize n;

    assert_same_groups(umk_clusters_get_labels(by_number, &n), ward, N);
    assert_same_groups(umk_clusters_get_labels(by_distance, &n), ward, N);
}

/* ---- HDBSCAN ---------------------------------------------------------------------- */

/* Options under which no two merges that matter are equally far: among equals the
 * reference splits in the order its sort leaves them in, which means nothing. */

static const struct {
    const char *options;
    int labels[N];
    float probabilities[N];
} densities[] = {
    {"min-cluster-size=5,min-samples=0,selection=eom",
     {2, 3, 0, 1, 2,  3, 0, 1, 2, 3,  0, 1, 2, 3, -1, 1, 2, 3, 0, 1,
      2, 3, 0, 1, 2,  3, 0, 1, 2, -1, 0, 1, 2, 3, 0,  1, 2, 3, 0, 1,
      2, 3, 0, 1, -1, 3, 0, 1, 2, 3,  0, 1, 2, 3, 0,  1, 2, 3, 0, -1},
     {0.634082f, 1,         0.809288f, 1,         1,         0.892113f, 1,
      0.791096f, 0.839954f, 0.689962f, 1,         1,         0.774823f, 0.823092f,
      0,         0.738713f, 1,         0.847085f, 0.670095f, 0.949606f, 0.827354f,
      1,         0.617183f, 1,         0.979606f, 0.843203f, 1,         0.849907f,
      0.949655f, 0,         0.809587f, 0.906064f, 1,         0.783169f, 1,
      1,         0.996363f, 0.847085f, 0.601111f, 0.929078f, 1,         0.667214f,
      0.927153f, 0.885927f, 0,         0.892113f, 0.507428f, 1,         0.794373f,
      1,         0.821069f, 0.949606f, 0.962482f, 1,         0.809272f, 0.847005f,
      1,         1,         1,         0}},
    {"min-cluster-size=4,min-samples=1,selection=leaf",
     {-1, 1,  0, 5, 4,  1, 0, -1, 4, 2,  0, 6,  4, 2, -1, -1, -1, 1, 0, 5,
      -1, 1,  0, 5, 3,  1, 0, 6,  4, -1, 0, -1, 3, 2, 0,  5,  3,  2, 0, 6,
      -1, -1, 0, 6, -1, 1, 0, 6,  3, 1,  0, 6,  4, 2, 0,  5,  4,  1, 0, -1},
     {0, 1,         1,         1,         1,         0.886015f, 1,         0,
      1, 0.987301f, 1,         1,         0.999135f, 1,         0,         0,
      0, 0.951145f, 0.688978f, 0.968034f, 0,         1,         0.688189f, 1,
      1, 1,         1,         0.795452f, 1,         0,         0.703819f, 0,
      1, 1,         1,         1,         1,         1,         0.468253f, 1,
      0, 0,         0.702605f, 0.791756f, 0,         0.928739f, 0.688189f, 1,
      1, 0.81289f,  0.703819f, 1,         1,         1,         0.81373f,  1,
      1, 1,         0.854713f, 0}},
    {"min-cluster-size=3,min-samples=1,selection=eom",
     {2, 3, 0, 1, 2,  3, 0, 1, 2, 3,  0, 1, 2, 3, -1, 1, 2, 3, 0, 1,
      2, 3, 0, 1, 2,  3, 0, 1, 2, -1, 0, 1, 2, 3, 0,  1, 2, 3, 0, 1,
      2, 3, 0, 1, -1, 3, 0, 1, 2, 3,  0, 1, 2, 3, 0,  1, 2, 3, 0, -1},
     {0.651734f, 1,         1,         1, 1, 1, 0.81195f,  0.950331f,
      1,         1,         1,         1, 1, 1, 0,         0.913376f,
      1,         1,         0.559415f, 1, 1, 1, 0.558775f, 1,
      1,         1,         0.81195f,  1, 1, 0, 0.571466f, 0.996014f,
      1,         1,         1,         1, 1, 1, 0.380198f, 1,
      1,         0.955055f, 0.57048f,  1, 0, 1, 0.558775f, 1,
      1,         1,         0.571466f, 1, 1, 1, 0.660708f, 1,
      1,         1,         0.693984f, 0}},
    {"min-cluster-size=5,min-samples=1,selection=leaf",
     {1, 2,  0, 4, 1,  2, 0, -1, 1, 3,  0, 5,  1, 3, -1, -1, 1, 2, 0, 4,
      1, 2,  0, 4, 1,  2, 0, 5,  1, -1, 0, -1, 1, 3, 0,  4,  1, 3, 0, 5,
      1, -1, 0, 5, -1, 2, 0, 5,  1, 2,  0, 5,  1, 3, 0,  4,  1, 2, 0, -1},
     {0.641512f, 1,         1,         1,         1,         0.931524f, 1,         0,
      1,         1,         1,         1,         0.999135f, 1,         0,         0,
      0.984317f, 1,         0.688978f, 1,         0.984317f, 1,         0.688189f, 1,
      0.995617f, 1,         1,         1,         1,         0,         0.703819f, 0,
      0.995617f, 1,         1,         1,         0.995617f, 1,         0.468253f, 1,
      0.984317f, 0,         0.702605f, 0.995354f, 0,         0.976443f, 0.688189f, 1,
      0.995617f, 0.854643f, 0.703819f, 1,         1,         1,         0.81373f,  1,
      1,         1,         0.854713f, 0}},
};

static void
test_hdbscan_golden(void)
{
    g_autoptr(UmkMatrix) x = golden_data();

    for (gsize c = 0; c < G_N_ELEMENTS(densities); c++) {
        g_autoptr(UmkClusters) clusters = fit("hdbscan", x, densities[c].options);
        gsize n;
        const float *probabilities = umk_clusters_get_probabilities(clusters, &n);

        assert_same_groups(umk_clusters_get_labels(clusters, &n), densities[c].labels, N);
        /* six digits are given, distances are float32 */
        for (gsize i = 0; i < N; i++)
            g_assert_cmpfloat_with_epsilon(probabilities[i],
                                           densities[c].probabilities[i], 2e-6);
    }
}

/* Far groups that the graph of neighbours leaves apart, and dense ones it does not: the
 * tree by the graph holds the same clusters as the exact one. */
static void
test_hdbscan_graph(void)
{
    g_autoptr(UmkMatrix) x = blobs(1500, 8, 12, 0.25, 31);
    UmkClusterInput input = {.matrix = x,
                             .rows = umk_matrix_get_row(x, 0, NULL),
                             .n = 1500,
                             .d = 8,
                             .metric = UMK_METRIC_EUCLIDEAN,
                             .seed = 3};
    UmkHdbscanChoice choice = {.min_cluster_size = 20};
    g_auto(UmkRun) run = {0};
    g_autofree UmkMerge *exact = NULL, *by_graph = NULL;
    gint32 labels[2][1500];
    float probabilities[2][1500];
    gsize n_same = 0;

    _umk_run_init(&run, NULL, NULL, NULL);
    exact = _umk_hdbscan_merges(&input, 5, &run, NULL);
    by_graph = _umk_hdbscan_graph_merges(&input, 5, &run, NULL);
    g_assert_nonnull(exact);
    g_assert_nonnull(by_graph);
    for (gsize i = 0; i + 1 < 1500; i++) {
        g_assert_cmpfloat(exact[i].height, <=, by_graph[i].height + 1e-6);
        n_same += fabs(exact[i].height - by_graph[i].height) < 1e-6;
    }
    g_assert_cmpuint(n_same, >, 1480); /* all but the links between 12 groups */
    g_assert_cmpuint(
        _umk_hdbscan_choose(exact, 1500, &choice, labels[0], probabilities[0]), ==,
        _umk_hdbscan_choose(by_graph, 1500, &choice, labels[1], probabilities[1]));
    assert_same_groups(labels[0], labels[1], 1500);
}

/* ---- degenerate data -------------------------------------------------------------- */

static void
test_degenerate(void)
{
    static const float equal[12] = {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
    static const float two[12] = {1, 2, 1, 2, 1, 2, 5, 6, 5, 6, 5, 6};
    static const float zero[8] = {0, 0, 1, 0, 0.9f, 0.1f, 0, 0};
    g_auto(GStrv) methods = umk_cluster_list_methods();

    for (gsize m = 0; methods[m] != NULL; m++) {
        gboolean counted = !g_str_equal(methods[m], "hdbscan");
        const char *options = counted ? "clusters=3" : "min-cluster-size=2";
        const char *cosine =
            counted ? "clusters=2,metric=cosine" : "min-cluster-size=2,metric=cosine";
        g_autoptr(UmkMatrix) none = umk_matrix_new_from_data(0, 2, equal, NULL);
        g_autoptr(UmkMatrix) one = umk_matrix_new_from_data(1, 2, equal, NULL);
        g_autoptr(UmkMatrix) same = umk_matrix_new_from_data(6, 2, equal, NULL);
        g_autoptr(UmkMatrix) pairs = umk_matrix_new_from_data(6, 2, two, NULL);
        g_autoptr(UmkMatrix) zeros = umk_matrix_new_from_data(4, 2, zero, NULL);
        g_autoptr(UmkMatrix) nan = NULL;
        g_autoptr(UmkClusters) a = fit(methods[m], none, options), b = NULL, c = NULL,
                               d = NULL, e = NULL, bad = NULL;
        g_autoptr(GError) error = NULL;
        float broken[2] = {1, NAN};
        gsize n;
        const gint32 *labels;

        g_assert_cmpuint(umk_clusters_get_n_clusters(a), ==, 0);
        b = try_fit(methods[m], one, options, &error);
        if (counted) {
            g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
            g_clear_error(&error);
        } else {
            g_assert_no_error(error);
            g_assert_cmpuint(umk_clusters_get_n_noise(b), ==, 1);
        }
        c = fit(methods[m], same, options);
        labels = umk_clusters_get_labels(c, &n);
        for (gsize i = 0; g_str_equal(methods[m], "kmeans") && i < n; i++)
            g_assert_cmpint(labels[i], ==, 0);
        d = fit(methods[m], pairs, counted ? "clusters=2" : "min-cluster-size=2");
        g_assert_cmpuint(umk_clusters_get_n_clusters(d), ==, 2);
        labels = umk_clusters_get_labels(d, &n);
        g_assert_cmpint(labels[0], ==, labels[2]);
        g_assert_cmpint(labels[3], ==, labels[5]);
        e = fit(methods[m], zeros, cosine);
        g_assert_nonnull(e);
        nan = umk_matrix_new_from_data(1, 2, broken, NULL);
        bad = nan != NULL ? try_fit(methods[m], nan, options, &error) : NULL;
        g_assert_null(bad);
    }
}

static void
test_empty_cluster(void)
{
    /* Two of the three centres begin at the same far place: one of them stays empty and
     * takes the row that lies worst. */
    static const float x[] = {0, 0.1f, 0.2f, 5, 5.1f, 9};
    g_auto(UmkKmeans) problem = {0};
    g_auto(UmkKmeansFit) result = {0};
    g_auto(UmkRun) run = {0};
    gsize counts[3] = {0};

    _umk_run_init(&run, NULL, NULL, NULL);
    g_assert_true(_umk_kmeans_init(&problem, x, 6, 1, 3, &run, NULL));
    result.k = 3;
    result.centers = g_new0(float, 3);
    result.centers[0] = 0 - problem.mean[0];
    result.centers[1] = result.centers[2] = 100 - problem.mean[0];
    g_assert_true(_umk_kmeans_lloyd(&problem, &result, NULL));
    for (gsize i = 0; i < 6; i++)
        counts[result.labels[i]]++;
    for (gsize c = 0; c < 3; c++)
        g_assert_cmpuint(counts[c], >, 0);
    /* the best of all: {0, .1, .2} {5, 5.1} {9}: 0.02 + 0.005 */
    g_assert_cmpfloat_with_epsilon(result.inertia, 0.025, 1e-5);
}

static void
test_order(void)
{
    g_autoptr(UmkMatrix) x = blobs(900, 6, 5, 0.2, 21);
    g_autoptr(UmkClusters) clusters = fit("kmeans", x, "clusters=5");
    guint n_clusters;
    gsize n;
    const guint64 *sizes = umk_clusters_get_sizes(clusters, &n_clusters);
    const guint64 *medoids = umk_clusters_get_medoids(clusters, &n_clusters);
    const gint32 *labels = umk_clusters_get_labels(clusters, &n);
    g_autofree gsize *counts = g_new0(gsize, n_clusters);

    for (gsize i = 0; i < n; i++)
        counts[labels[i]]++;
    for (guint c = 0; c < n_clusters; c++) {
        g_assert_cmpuint(counts[c], ==, sizes[c]);
        g_assert_cmpint(labels[medoids[c]], ==, c);
        if (c > 0)
            g_assert_cmpuint(sizes[c], <=, sizes[c - 1]);
    }
}

static void
cancel_at_once(const char *stage, double fraction, gpointer data)
{
    g_cancellable_cancel(data);
}

static void
test_cancel(void)
{
    g_autoptr(UmkMatrix) x = blobs(6000, 32, 50, 1.0, 4);
    g_auto(GStrv) methods = umk_cluster_list_methods();

    for (gsize m = 0; methods[m] != NULL; m++) {
        g_autoptr(GCancellable) cancellable = g_cancellable_new();
        g_autoptr(GError) error = NULL;

        g_assert_null(umk_cluster_fit(methods[m], x, NULL, 1, cancellable, cancel_at_once,
                                      cancellable, &error));
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
}

/* ---- names ------------------------------------------------------------------------ */

static void
test_terms(void)
{
    /* cluster 0: a a b; cluster 1: b c c c. mean 3.5 words; by hand from eq. 2:
     * a: 2/3 ln(1 + 3.5/2), b: 1/3 ln(1 + 3.5/2) and 1/4 of it, c: 3/4 ln(1 + 3.5/3) */
    UmkClusterToken tokens[] = {{1, 2}, {0, 0}, {0, 1}, {1, 2}, {0, 0}, {1, 1}, {1, 2}};
    g_autoptr(GArray) terms = _umk_cluster_terms_weigh(tokens, 7, 3, 2);
    const UmkClusterTerm *t = (const UmkClusterTerm *) (gpointer) terms->data;

    g_assert_cmpuint(terms->len, ==, 4);
    g_assert_cmpuint(t[0].term, ==, 0);
    g_assert_cmpfloat_with_epsilon(t[0].weight, 2.0 / 3 * log(2.75), 1e-12);
    g_assert_cmpuint(t[1].term, ==, 1);
    g_assert_cmpfloat_with_epsilon(t[1].weight, 1.0 / 3 * log(2.75), 1e-12);
    g_assert_cmpuint(t[2].cluster, ==, 1);
    g_assert_cmpuint(t[2].term, ==, 2);
    g_assert_cmpfloat_with_epsilon(t[2].weight, 0.75 * log(1 + 3.5 / 3), 1e-12);
}

static void
assert_words(UmkNameWords *cutter, const char *text, const char *expected)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *joined = NULL;

    _umk_name_words_cut(cutter, text, words);
    g_ptr_array_add(words, NULL);
    joined = g_strjoinv("|", (char **) words->pdata);
    g_assert_cmpstr(joined, ==, expected);
}

static void
test_words(void)
{
    g_autoptr(UmkNameWords) cutter = _umk_name_words_new();

    _umk_name_words_forget_mecab(cutter);
    assert_words(cutter, "The red CATS, and 3 of the dogs\x01", "red|cats|dogs");
    assert_words(cutter, "", "");
    assert_words(cutter, "a 12 b", "");
    assert_words(cutter, "ｶﾒﾗで写真をとる", "カメラ|写真");
    assert_words(cutter, "自然言語処理の研究", "自然|然言|言語|語処|処理|研究");
    assert_words(cutter, "りんご", "りんご");
    assert_words(cutter, "Zürich naïve", "zürich|naïve");
}

static void
test_names(void)
{
    static const float x[] = {0, 0.1f, 0.2f, 9, 9.1f};
    static const char *const texts[] = {"the red cat", "red cats", NULL, "blue dog",
                                        "the dog"};
    g_autoptr(UmkMatrix) matrix = umk_matrix_new_from_data(5, 1, x, NULL);
    g_autoptr(UmkClusters) clusters = fit("kmeans", matrix, "clusters=2");
    g_auto(GStrv) names = umk_clusters_dup_names(clusters, texts, 5, 2, NULL, NULL);
    g_auto(GStrv) none = umk_clusters_dup_names(clusters, NULL, 0, 2, NULL, NULL);
    g_autofree guint64 *members = NULL;
    gsize n;

    g_assert_cmpuint(g_strv_length(names), ==, 2);
    g_assert_cmpstr(names[0], ==, "red, cat");
    g_assert_cmpstr(names[1], ==, "dog, blue");
    g_assert_cmpstr(none[0], ==, "");
    members = umk_clusters_dup_members(clusters, 0, &n);
    g_assert_cmpuint(n, ==, 3);
    g_assert_cmpuint(members[0], ==, 1);
}

/* Words of each text once, by numbers that ascend. */
static void
test_cut_words(void)
{
    static const char *const texts[] = {"red cats and red dogs", NULL, "", "dogs"};
    g_autoptr(GBytes) offsets = NULL, numbers = NULL;
    g_auto(GStrv) words = NULL;
    const guint64 *from;
    const guint32 *of;

    numbers = umk_cluster_cut_words(texts, 4, &offsets, &words, NULL, NULL);
    g_assert_nonnull(numbers);
    g_assert_cmpuint(g_bytes_get_size(offsets), ==, 5 * sizeof *from);
    from = g_bytes_get_data(offsets, NULL);
    of = g_bytes_get_data(numbers, NULL);
    g_assert_cmpuint(g_strv_length(words), ==, 3);
    g_assert_cmpuint(from[1] - from[0], ==, 3);
    g_assert_cmpuint(from[3], ==, from[1]);
    g_assert_cmpuint(from[4] - from[3], ==, 1);
    g_assert_true(of[0] < of[1] && of[1] < of[2]);
    g_assert_cmpstr(words[of[from[3]]], ==, "dogs");
}

/* Two heaps of equal rows, joined one by one: clusters where something lies between them,
 * none where nothing does and only the order of the joining makes heaps of them. */
static void
test_heaps(void)
{
    UmkHdbscanChoice choice = {.min_cluster_size = 5};

    for (int apart = 0; apart < 2; apart++) {
        UmkMerge merges[19];
        gint32 labels[20];
        float probabilities[20];
        guint n = 0;

        for (guint32 i = 0; i < 20; i++)
            if (i % 10 != 0)
                merges[n++] = (UmkMerge){.a = i - 1, .b = i};
        merges[n++] = (UmkMerge){.a = 0, .b = 10, .height = apart};
        _umk_merges_number(merges, 20);
        g_assert_cmpuint(_umk_hdbscan_choose(merges, 20, &choice, labels, probabilities),
                         ==, apart ? 2 : 0);
        g_assert_cmpint(labels[3], ==, apart ? labels[9] : -1);
        g_assert_cmpint(labels[13], ==, apart ? 1 - labels[3] : -1);
    }
}

/* Rows that are infinitely far from one another would never be joined. */
static void
test_range(void)
{
    static const char *const methods[] = {"kmeans", "hierarchical", "hdbscan"};
    float data[20] = {1, 2, 3, 4, 5, 6, 7, 8, 1e30f};
    g_autoptr(UmkMatrix) vectors = umk_matrix_new_from_data(10, 2, data, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkClusters) clusters =
            umk_cluster_fit(methods[i], vectors, NULL, 1, NULL, NULL, NULL, &error);

        g_assert_null(clusters);
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
        g_assert_nonnull(strstr(error->message, "Row 4, column 0"));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cluster/kmeans/bounds", test_bounds);
    g_test_add_func("/cluster/kmeans/labels", test_labels);
    g_test_add_func("/cluster/kmeans/golden", test_kmeans_golden);
    g_test_add_func("/cluster/kmeans/batches", test_kmeans_batches);
    g_test_add_func("/cluster/kmeans/empty-cluster", test_empty_cluster);
    g_test_add_func("/cluster/hierarchical/trees", test_trees);
    g_test_add_func("/cluster/hierarchical/cut", test_cut);
    g_test_add_func("/cluster/hdbscan/golden", test_hdbscan_golden);
    g_test_add_func("/cluster/hdbscan/graph", test_hdbscan_graph);
    g_test_add_func("/cluster/threads", test_threads);
    g_test_add_func("/cluster/order", test_order);
    g_test_add_func("/cluster/degenerate", test_degenerate);
    g_test_add_func("/cluster/terms", test_terms);
    g_test_add_func("/cluster/words", test_words);
    g_test_add_func("/cluster/names", test_names);
    g_test_add_func("/cluster/cut-words", test_cut_words);
    g_test_add_func("/cluster/cancel", test_cancel);
    g_test_add_func("/cluster/hdbscan/heaps", test_heaps);
    g_test_add_func("/cluster/range", test_range);
    return g_test_run();
}
