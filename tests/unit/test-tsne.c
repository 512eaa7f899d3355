/* SPDX-License-Identifier: GPL-3.0-or-later */
/* t-SNE: affinities, divergence and gradient against scikit-learn, the gradient against
 * finite differences, the grid against exact sums, and what the projection promises.
 *
 * Golden numbers: scikit-learn 1.2.1 with NumPy 1.24.2 (Debian 12):
 * sklearn.manifold._t_sne._joint_probabilities_nn over NearestNeighbors(15) at perplexity
 * 5, _kl_divergence in double with those affinities as a dense matrix (a quarter of its
 * gradient). The vectors are x[i][j] = sin(0.7 i + 1.3 j² + 0.05 i j) (1 + j mod 5) +
 * 0.01 i (7 j mod 3), 60 × 6; the map is half of x0 and x1. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"
#include "projection/umk-projection-tsne-private.h"

#include <math.h>
#include <string.h>

static UmkMatrix *
golden_data(gsize n, gsize d)
{
    g_autofree float *x = g_new(float, n *d);

    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < d; j++) {
            double a = (double) i, b = (double) j;

            x[i * d + j] = (float) (sin(0.7 * a + 1.3 * b * b + 0.05 * a * b) *
                                        (1.0 + (double) (j % 5)) +
                                    0.01 * a * (double) (j * 7 % 3));
        }
    return umk_matrix_new_from_data(n, d, x, NULL);
}

/* Clusters of 50 rows about random centres. */
static UmkMatrix *
clusters(gsize n, gsize d, guint64 seed)
{
    g_autofree float *x = g_new(float, n *d + 1);

    for (gsize i = 0; i < n; i++) {
        UmkRng centre, own;

        _umk_rng_init(&centre, seed, i / 50);
        _umk_rng_init(&own, seed + 1, i);
        for (gsize j = 0; j < d; j++)
            x[i * d + j] = (float) (3 * _umk_rng_normal(&centre) + _umk_rng_normal(&own));
    }
    return umk_matrix_new_from_data(n, d, x, NULL);
}

static UmkTsneAffinity *
golden_affinity(UmkMatrix *x)
{
    g_autoptr(UmkKnnGraph) graph =
        _umk_knn_graph_build(x, UMK_METRIC_EUCLIDEAN, 15, 0, NULL, NULL);

    return _umk_tsne_affinity_new(graph, 5, NULL, NULL);
}

static double
look_up(const UmkTsneAffinity *a, gsize row, guint32 col)
{
    for (gsize j = a->offsets[row]; j < a->offsets[row + 1]; j++)
        if (a->cols[j] == col)
            return (double) a->p[j];
    return 0;
}

/* scikit-learn stops its search at the same tolerance of the entropy, 1e-5, from other
 * starts, and keeps float32 distances: four digits are common. */
static void
test_affinity(void)
{
    static const struct {
        gsize row;
        guint32 col;
        double p;
    } golden[] = {
        {59, 50, 6.62492658e-05}, {5, 6, 6.73922926e-06}, {0, 1, 0.000274816185},
        {0, 6, 0.00168400607},    {0, 7, 0.00697292598},  {1, 5, 0.00041173113},
        {2, 3, 0.000880474143},   {2, 9, 0.00122549467},  {0, 9, 0},
    };
    g_autoptr(UmkMatrix) x = golden_data(60, 6);
    g_autoptr(UmkTsneAffinity) a = golden_affinity(x);
    double sum = 0, squares = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(golden); i++) {
        double p = look_up(a, golden[i].row, golden[i].col);

        g_assert_cmpfloat_with_epsilon(p, golden[i].p, 2e-4 * golden[i].p + 1e-9);
        g_assert_cmpfloat(p, ==, look_up(a, golden[i].col, (guint32) golden[i].row));
    }
    for (gsize i = 0; i < a->offsets[60]; i++) {
        sum += (double) a->p[i];
        squares += (double) a->p[i] * (double) a->p[i];
    }
    g_assert_cmpfloat_with_epsilon(sum, 1, 1e-6);
    g_assert_cmpfloat_with_epsilon(squares, 0.00444582292, 1e-6);
}

static void
half_of_two(UmkMatrix *x, float *y)
{
    for (gsize i = 0; i < umk_matrix_get_n_rows(x); i++)
        for (gsize c = 0; c < 2; c++)
            y[2 * i + c] = 0.5f * umk_matrix_get_row(x, i, NULL)[c];
}

/* Affinities agree to four digits, so do what is made of them. */
static void
test_gradient(void)
{
    static const struct {
        gsize row;
        double x, y;
    } golden[] = {{0, 0.00134045214, 0.00148800458},
                  {7, 0.00095882546, 0.00193992672},
                  {59, 0.000901004554, -0.000386955377}};
    g_autoptr(UmkMatrix) x = golden_data(60, 6);
    g_autoptr(UmkTsneAffinity) a = golden_affinity(x);
    g_auto(UmkTsneDescent) descent = {0};
    float y[120], gradient[120];

    half_of_two(x, y);
    g_assert_true(_umk_tsne_descent_init(&descent, a, y, 2, NULL));
    g_assert_true(_umk_tsne_descent_gradient(&descent, 1, gradient, NULL, NULL));
    g_assert_cmpfloat_with_epsilon(descent.z, 1994.16287, 1e-3);
    g_assert_cmpfloat_with_epsilon(_umk_tsne_descent_divergence(&descent), 2.22391923,
                                   1e-4);
    for (gsize i = 0; i < G_N_ELEMENTS(golden); i++) {
        const float *at = gradient + 2 * golden[i].row;

        g_assert_cmpfloat_with_epsilon((double) at[0], golden[i].x, 1e-6);
        g_assert_cmpfloat_with_epsilon((double) at[1], golden[i].y, 1e-6);
    }
}

/* The fast loop gives the plain one's bits, for any number of neighbours. */
static void
test_kernel(void)
{
    guint32 cols[64];
    float p[64], y[128], fast[2], plain[2];
    gsize offsets[65];
    UmkTsneAffinity a = {64, offsets, cols, p};
    UmkRng rng;

    _umk_rng_init(&rng, 3, 3);
    for (guint i = 0; i < 64; i++) {
        cols[i] = (guint32) _umk_rng_below(&rng, 64);
        p[i] = (float) _umk_rng_uniform(&rng);
        y[2 * i] = (float) (9 * _umk_rng_normal(&rng));
        y[2 * i + 1] = (float) _umk_rng_normal(&rng);
    }
    for (gsize n = 0; n <= 64; n++) {
        for (gsize i = 0; i < 65; i++)
            offsets[i] = i < 6 ? 0 : n;
        _umk_tsne_attract_by(TRUE, &a, y, 2, 5, fast);
        _umk_tsne_attract_by(FALSE, &a, y, 2, 5, plain);
        g_assert_cmpmem(fast, sizeof fast, plain, sizeof plain);
    }
}

/* The divergence in double, written out from its definition. */
static double
divergence(const UmkTsneAffinity *a, const double *y, guint d)
{
    double z = 0, sum = 0;

    for (gsize i = 0; i < a->n; i++)
        for (gsize j = 0; j < a->n; j++) {
            double squared = 0, p = look_up(a, i, (guint32) j);

            for (guint c = 0; c < d; c++)
                squared += (y[i * d + c] - y[j * d + c]) * (y[i * d + c] - y[j * d + c]);
            if (i != j)
                z += 1 / (1 + squared);
            if (p > 0)
                sum += p * (log(p) + log(1 + squared));
        }
    return sum + log(z);
}

/* Central differences with a step of 1e-4 err by a few 1e-9; the gradient is in float. */
static void
test_finite_differences(void)
{
    for (guint d = 2; d <= 3; d++) {
        g_autoptr(UmkMatrix) x = golden_data(60, 6);
        g_autoptr(UmkTsneAffinity) a = golden_affinity(x);
        g_auto(UmkTsneDescent) descent = {0};
        float y[180], gradient[180];
        double exact[180];
        UmkRng rng;

        _umk_rng_init(&rng, 9, d);
        for (gsize i = 0; i < 60 * d; i++)
            exact[i] = (double) (y[i] = (float) _umk_rng_normal(&rng));
        g_assert_true(_umk_tsne_descent_init(&descent, a, y, d, NULL));
        g_assert_true(_umk_tsne_descent_gradient(&descent, 1, gradient, NULL, NULL));
        for (gsize i = 0; i < 60 * d; i += 7) {
            double at = exact[i], above, below;

            exact[i] = at + 1e-4;
            above = divergence(a, exact, d);
            exact[i] = at - 1e-4;
            below = divergence(a, exact, d);
            exact[i] = at;
            g_assert_cmpfloat_with_epsilon(4 * (double) gradient[i],
                                           (above - below) / 2e-4, 2e-7);
        }
    }
}

/* Root mean square of the error of the force, relative to that of the force, and of q. */
static void
field_error(float radius, gsize n, double *force, double *q)
{
    g_autofree float *y = g_new(float, 2 * n);
    g_autoptr(UmkTsneField) field = _umk_tsne_field_new();
    double errors = 0, forces = 0, q_errors = 0, qs = 0;
    UmkRng rng;

    _umk_rng_init(&rng, 4, n);
    for (gsize i = 0; i < n; i++) {
        double r = (double) radius * sqrt(_umk_rng_uniform(&rng)),
               phi = 2 * G_PI * _umk_rng_uniform(&rng);

        y[2 * i] = (float) (r * cos(phi));
        y[2 * i + 1] = (float) (0.7 * r * sin(phi)) + 3.0f;
    }
    g_assert_true(_umk_tsne_field_update(field, y, n, NULL, NULL));
    for (gsize i = 0; i < n; i++) {
        double exact[3];
        float read[3];

        _umk_tsne_repel_exact(y, n, 2, y + 2 * i, exact);
        _umk_tsne_field_read(field, y + 2 * i, read);
        for (gsize c = 1; c < 3; c++) {
            errors += ((double) read[c] - exact[c]) * ((double) read[c] - exact[c]);
            forces += exact[c] * exact[c];
        }
        q_errors += ((double) read[0] - exact[0]) * ((double) read[0] - exact[0]);
        qs += exact[0] * exact[0];
    }
    *force = sqrt(errors / forces);
    *q = sqrt(q_errors / qs);
    g_test_message("radius %g: force %.2g, q %.2g", (double) radius, *force, *q);
}

/* From a map at its start, where the kernels are all but straight, to 3,000 points at
 * random over a disc so wide that each feels little but its nearest ones: there the force
 * is what the grid cannot resolve, and three percent in it are a percent of the
 * divergence (a spacing of 0.25 gave 1.013 for 1.022 on 5,000 rows, Barnes–Hut 1.018). */
static void
test_field(void)
{
    static const struct {
        float radius;
        double force, q;
    } cases[] = {{1e-4f, 1e-5, 1e-5},
                 {0.5f, 1e-5, 1e-5},
                 {8, 1e-3, 1e-4},
                 {40, 5e-2, 2e-3},
                 {150, 5e-2, 1e-2}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        double force, q;

        field_error(cases[i].radius, 3000, &force, &q);
        g_assert_cmpfloat(force, <, cases[i].force);
        g_assert_cmpfloat(q, <, cases[i].q);
    }
}

/* Points of a ball, a tenth of them in one place. */
static float *
make_ball(double radius, gsize n)
{
    float *y = g_new(float, 3 * n);
    UmkRng rng;

    _umk_rng_init(&rng, 5, n);
    for (gsize i = 0; i < n; i++) {
        double length = 0;

        for (gsize c = 0; c < 3; c++)
            y[3 * i + c] = (float) _umk_rng_normal(&rng);
        for (gsize c = 0; c < 3; c++)
            length += (double) y[3 * i + c] * (double) y[3 * i + c];
        length = radius * cbrt(_umk_rng_uniform(&rng)) / sqrt(length);
        for (gsize c = 0; c < 3; c++)
            y[3 * i + c] =
                i % 10 == 0 ? (float) radius : (float) (length * (double) y[3 * i + c]);
    }
    return y;
}

/* An opening of 0.5 loses about a percent of a force (van der Maaten 2014), less where
 * the map is so small that all forces are alike. Eight points are one leaf, whose sums
 * are exact to the last digits of a float. */
static void
test_tree(void)
{
    static const double radii[] = {1e-4, 0.5, 8, 40};
    static const gsize sizes[] = {1, 2, 8, 3000};

    for (gsize k = 0; k < G_N_ELEMENTS(radii) * G_N_ELEMENTS(sizes); k++) {
        gsize n = sizes[k / G_N_ELEMENTS(radii)];
        g_autofree float *y = make_ball(radii[k % G_N_ELEMENTS(radii)], n);
        g_autofree guint8 *seen = g_malloc0(n);
        g_autoptr(UmkTsneTree) tree = _umk_tsne_tree_new();
        double errors = 0, forces = 0, q_errors = 0, qs = 0, small = n < 10 ? 1e-4 : 1;

        g_assert_true(_umk_tsne_tree_update(tree, y, n, NULL, NULL));
        for (gsize i = 0; i < n; i++) {
            double exact[4];
            float read[4];

            g_assert_cmpuint(_umk_tsne_tree_row(tree, i), <, n);
            seen[_umk_tsne_tree_row(tree, i)]++;
            _umk_tsne_repel_exact(y, n, 3, y + 3 * i, exact);
            _umk_tsne_tree_read(tree, y + 3 * i, read);
            for (gsize c = 1; c < 4; c++) {
                errors += ((double) read[c] - exact[c]) * ((double) read[c] - exact[c]);
                forces += exact[c] * exact[c];
            }
            q_errors += ((double) read[0] - exact[0]) * ((double) read[0] - exact[0]);
            qs += exact[0] * exact[0];
        }
        for (gsize i = 0; i < n; i++)
            g_assert_cmpuint(seen[i], ==, 1);
        g_test_message("%zu points, force %.2g, q %.2g", n, sqrt(errors / forces),
                       sqrt(q_errors / qs));
        g_assert_cmpfloat(sqrt(errors), <=, 2e-2 * small * sqrt(forces));
        g_assert_cmpfloat(sqrt(q_errors), <=, 5e-3 * small * sqrt(qs));
    }
}

/* The gradient of a map, by the tree and summed exactly: it is what repulsion leaves of
 * attraction, so its error is that of the force beside a smaller number. */
static void
test_tree_gradient(void)
{
    g_autoptr(UmkMatrix) x = clusters(2000, 8, 1);
    g_autoptr(UmkKnnGraph) graph =
        _umk_knn_graph_build(x, UMK_METRIC_EUCLIDEAN, 30, 0, NULL, NULL);
    g_autoptr(UmkTsneAffinity) a = _umk_tsne_affinity_new(graph, 10, NULL, NULL);
    g_autoptr(UmkTsneTree) tree = _umk_tsne_tree_new();
    g_autofree float *y = make_ball(20, 2000);
    g_autofree float *exact = g_new(float, 6000), *fast = g_new(float, 6000);
    g_auto(UmkTsneDescent) descent = {0};
    double errors = 0, squares = 0;

    g_assert_true(_umk_tsne_descent_init(&descent, a, y, 3, NULL));
    g_assert_true(_umk_tsne_descent_gradient(&descent, 1, exact, NULL, NULL));
    descent.tree = tree;
    g_assert_true(_umk_tsne_descent_gradient(&descent, 1, fast, NULL, NULL));
    for (gsize i = 0; i < 6000; i++) {
        errors += (double) (fast[i] - exact[i]) * (double) (fast[i] - exact[i]);
        squares += (double) exact[i] * (double) exact[i];
    }
    g_test_message("gradient %.2g", sqrt(errors / squares));
    g_assert_cmpfloat(sqrt(errors), <, 2e-2 * sqrt(squares));
}

static UmkProjection *
fit(UmkMatrix *vectors, const char *options)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_projection_get_params("tsne", &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) error = NULL;
    UmkProjection *projection;

    umk_params_parse(params, options, &error);
    g_assert_no_error(error);
    projection = umk_projection_fit("tsne", vectors, params, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return projection;
}

static void
test_threads(void)
{
    static const char *const options[] = {
        "iterations=20,early-iterations=30,start=random",
        "dims=3,iterations=20,early-iterations=30,start=random",
    };
    g_autoptr(UmkMatrix) x = clusters(1200, 8, 1);

    for (guint turn = 0; turn < G_N_ELEMENTS(options); turn++) {
        g_autoptr(GBytes) first = NULL;

        for (guint n = 1; n <= 4; n *= 2) {
            g_autoptr(UmkProjection) map = NULL;
            GBytes *bytes;

            umk_set_n_threads(n);
            map = fit(x, options[turn]);
            bytes = umk_matrix_get_bytes(umk_projection_get_coords(map));
            if (first == NULL)
                first = g_bytes_ref(bytes);
            g_assert_true(g_bytes_equal(first, bytes));
        }
    }
    umk_set_n_threads(0);
}

/* Clusters of 50 stay together, and the vectors' neighbours are the map's. */
static void
check_map(gsize n, const char *options, double preservation)
{
    g_autoptr(UmkMatrix) x = clusters(n, 10, 3);
    g_autoptr(UmkProjection) map = fit(x, options);
    gint32 *labels = g_new(gint32, n);
    g_autoptr(GBytes) bytes = NULL;
    UmkMapQuality q;

    for (gsize i = 0; i < n; i++)
        labels[i] = (gint32) i / 50;
    bytes = g_bytes_new_take(labels, n * sizeof *labels);
    g_assert_true(umk_eval_map(x, umk_projection_get_coords(map), UMK_METRIC_EUCLIDEAN,
                               15, bytes, 1, &q, NULL, NULL, NULL, NULL));
    g_test_message("%s: trust %.3f kept %.3f silhouette %.3f", options, q.trustworthiness,
                   q.preservation, q.silhouette);
    g_assert_cmpfloat(q.preservation, >, preservation);
    g_assert_cmpfloat(q.silhouette, >, 0.5);
    g_assert_cmpfloat(q.label_accuracy, >, 0.97);
}

typedef struct {
    guint n_shown, last;
    GBytes *newest;
} Shown;

static void
show(UmkMatrix *layout, guint epoch, guint n_epochs, gpointer data)
{
    Shown *shown = data;

    g_assert_cmpuint(epoch, >, shown->last);
    shown->n_shown++;
    shown->last = epoch;
    g_clear_pointer(&shown->newest, g_bytes_unref);
    shown->newest = g_bytes_ref(umk_matrix_get_bytes(layout));
}

/* Layouts are handed out on the way, the last one is the map; a map as start is welcome,
 * one that is half done is not. */
static void
test_live(void)
{
    g_autoptr(UmkMatrix) x = clusters(400, 8, 1);
    g_autoptr(UmkFitting) fitting = umk_fitting_new(), again = umk_fitting_new();
    g_autoptr(UmkProjection) map = NULL, second = NULL;
    g_autoptr(GError) error = NULL;
    UmkMatrix *coords;
    Shown shown = {0};

    umk_fitting_set_layout_func(fitting, show, &shown, NULL);
    map = umk_projection_fit_live("tsne", x, NULL, fitting, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    coords = umk_projection_get_coords(map);
    g_assert_cmpuint(shown.last, ==, 750);
    g_assert_cmpuint(shown.n_shown, >, 1);
    g_assert_true(g_bytes_equal(shown.newest, umk_matrix_get_bytes(coords)));
    umk_fitting_set_start(again, coords, 0);
    second = umk_projection_fit_live("tsne", x, NULL, again, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    umk_fitting_set_start(again, coords, 100);
    g_assert_null(
        umk_projection_fit_live("tsne", x, NULL, again, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
    g_bytes_unref(shown.newest);
}

/* New rows go beside their like, the same alone as in a batch. */
static void
test_transform(void)
{
    g_autoptr(UmkMatrix) x = clusters(1100, 10, 5);
    g_autoptr(UmkProjection) map = fit(x, "iterations=150,perplexity=15");
    g_autoptr(UmkMatrix) all = umk_projection_transform(map, x, NULL);
    UmkMatrix *coords = umk_projection_get_coords(map);
    guint n_near = 0;

    for (guint64 row = 0; row < 1100; row++) {
        const float *at = umk_matrix_get_row(coords, row, NULL);
        const float *placed = umk_matrix_get_row(all, row, NULL);

        n_near += hypotf(at[0] - placed[0], at[1] - placed[1]) < 4.0f;
        if (row % 250 == 3) {
            g_autoptr(UmkMatrix) one = umk_matrix_select_rows(x, &row, 1, NULL);
            g_autoptr(UmkMatrix) alone = umk_projection_transform(map, one, NULL);

            g_assert_cmpmem(umk_matrix_get_row(alone, 0, NULL), 8, placed, 8);
        }
    }
    g_test_message("%u of 1100 rows land where they are", n_near);
    g_assert_cmpuint(n_near, >, 1045);
}

static void
test_quality(void)
{
    check_map(600, "perplexity=15,iterations=250", 0.55);
    check_map(600, "perplexity=15,metric=cosine,iterations=250", 0.5);
    check_map(600, "perplexity=15,dims=3,iterations=150", 0.6);
    check_map(1500, "perplexity=15,dims=3,iterations=150", 0.6);
}

/* No rows, one row, fewer rows than neighbours, equal rows, one dimension. */
static void
test_degenerate(void)
{
    static const gsize shapes[][2] = {{0, 4}, {1, 4}, {2, 4}, {3, 1}, {7, 2}, {300, 3}};

    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++)
        for (guint same = 0; same < 2; same++) {
            gsize n = shapes[i][0], d = shapes[i][1];
            g_autofree float *values = g_new(float, n *d + 1);
            g_autoptr(UmkMatrix) x = NULL, again = NULL;
            g_autoptr(UmkProjection) map = NULL;
            UmkMatrix *coords;

            for (gsize j = 0; j < n * d; j++)
                values[j] = same ? 1.0f : (float) (j % 17);
            x = umk_matrix_new_from_data(n, d, values, NULL);
            map = fit(x, "iterations=20,early-iterations=20");
            coords = umk_projection_get_coords(map);
            g_assert_cmpuint(umk_matrix_get_n_rows(coords), ==, n);
            g_assert_true(umk_matrix_check_finite(coords, NULL));
            for (gsize j = 0; same && j < 2 * n; j++)
                g_assert_cmpfloat((double) umk_matrix_get_row(coords, 0, NULL)[j], ==, 0);
            again = umk_projection_transform(map, x, NULL);
            g_assert_true(umk_matrix_check_finite(again, NULL));
        }
}

/* More rows than sums of all pairs could be waited for, and new ones among them; equal
 * ones, which no cell tells apart. */
static void
test_many_in_three(void)
{
    g_autoptr(UmkMatrix) x = clusters(12000, 3, 1);
    g_autofree float *values = g_new(float, 3 * 12000);
    g_autoptr(UmkMatrix) same = NULL;

    for (gsize i = 0; i < 3 * 12000; i++)
        values[i] = 1.0f;
    same = umk_matrix_new_from_data(12000, 3, values, NULL);
    for (guint turn = 0; turn < 2; turn++) {
        g_autoptr(UmkProjection) map =
            fit(turn == 0 ? x : same, "dims=3,iterations=4,early-iterations=4");
        g_autofree char *told = umk_projection_to_json(map);
        g_autoptr(UmkMatrix) some = umk_matrix_new_from_data(5, 3, values, NULL);
        g_autoptr(UmkMatrix) placed = umk_projection_transform(map, some, NULL);

        g_assert_nonnull(strstr(told, "\"tree\""));
        g_assert_true(umk_matrix_check_finite(umk_projection_get_coords(map), NULL));
        g_assert_true(umk_matrix_check_finite(placed, NULL));
    }
}

static void
test_errors(void)
{
    g_autoptr(UmkMatrix) x = clusters(1200, 4, 1);
    gsize n_specs;
    const UmkParamSpec *specs = umk_projection_get_params("tsne", &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GCancellable) cancelled = g_cancellable_new();
    g_autoptr(GError) error = NULL;

    g_cancellable_cancel(cancelled);
    g_assert_null(umk_projection_fit("tsne", x, NULL, cancelled, NULL, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error(&error);
    for (guint d = 2; d <= 3; d++) {
        g_autofree char *options =
            g_strdup_printf("dims=%u,learning-rate=1000000,exaggeration=100", d);

        umk_params_parse(params, options, NULL);
        g_assert_null(umk_projection_fit("tsne", x, params, NULL, NULL, NULL, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED);
        g_clear_error(&error);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tsne/affinity", test_affinity);
    g_test_add_func("/tsne/gradient", test_gradient);
    g_test_add_func("/tsne/kernel", test_kernel);
    g_test_add_func("/tsne/finite-differences", test_finite_differences);
    g_test_add_func("/tsne/field", test_field);
    g_test_add_func("/tsne/tree", test_tree);
    g_test_add_func("/tsne/tree-gradient", test_tree_gradient);
    g_test_add_func("/tsne/threads", test_threads);
    g_test_add_func("/tsne/quality", test_quality);
    g_test_add_func("/tsne/live", test_live);
    g_test_add_func("/tsne/transform", test_transform);
    g_test_add_func("/tsne/degenerate", test_degenerate);
    g_test_add_func("/tsne/many-in-three", test_many_in_three);
    g_test_add_func("/tsne/errors", test_errors);
    return g_test_run();
}
