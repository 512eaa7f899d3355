/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PaCMAP and the small projections: classical scaling, random projection, semantic axes,
 * columns.
 *
 * Classical scaling of Euclidean distances with every row a landmark is PCA (Torgerson
 * 1952), whose numbers test-projection.c checks against NumPy. The bound of random
 * projection: scikit-learn 1.2.1, johnson_lindenstrauss_min_dim(1000, eps=0.3) = 767. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"

#include <math.h>
#include <string.h>

static const char *const methods[][2] = {
    {"mds", "landmarks=40"},
    {"mds", "metric=cosine,dims=3"},
    {"random", "dims=5"},
    {"random", "weights=sparse,dims=3"},
    {"pacmap", "iterations=30,neighbors=5"},
    {"columns", "x=2,y=0,z=1"},
    {"axes", "x=0-1,y=2"},
    {"axes", "x=1+2-0,y=0,z=2-1,value=dot"},
};

static UmkMatrix *
random_matrix(gsize n, gsize d, guint64 seed)
{
    g_autofree float *x = g_new(float, n *d + 1);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n * d; i++)
        x[i] = (float) (_umk_rng_normal(&rng) / (1.0 + (double) (i % d)));
    return umk_matrix_new_from_data(n, d, x, NULL);
}

static UmkProjection *
try_fit(const char *method, UmkMatrix *vectors, const char *options, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_projection_get_params(method, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    g_assert_nonnull(specs);
    umk_params_parse(params, options, error);
    g_assert_true(error == NULL || *error == NULL);
    return umk_projection_fit(method, vectors, params, NULL, NULL, NULL, error);
}

static UmkProjection *
fit(const char *method, UmkMatrix *vectors, const char *options)
{
    g_autoptr(GError) error = NULL;
    UmkProjection *map = try_fit(method, vectors, options, &error);

    g_assert_no_error(error);
    return map;
}

static double
at(UmkMatrix *matrix, gsize row, gsize col)
{
    return (double) umk_matrix_get_row(matrix, row, NULL)[col];
}

/* The same bytes on any number of threads, alone and in a batch. */
static void
test_promises(void)
{
    g_autoptr(UmkMatrix) x = random_matrix(900, 12, 1);

    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++) {
        g_autoptr(UmkProjection) one = NULL, four = NULL;
        g_autoptr(UmkMatrix) all = NULL, row = NULL, alone = NULL;
        guint64 number = 777;
        gsize size;

        umk_set_n_threads(1);
        one = fit(methods[i][0], x, methods[i][1]);
        umk_set_n_threads(4);
        four = fit(methods[i][0], x, methods[i][1]);
        umk_set_n_threads(0);
        all = umk_projection_transform(one, x, NULL);
        row = umk_matrix_select_rows(x, &number, 1, NULL);
        alone = umk_projection_transform(one, row, NULL);
        g_assert_true(
            g_bytes_equal(umk_matrix_get_bytes(umk_projection_get_coords(one)),
                          umk_matrix_get_bytes(umk_projection_get_coords(four))));
        /* What places by a formula places the old rows where they are. */
        if (!g_str_equal(methods[i][0], "pacmap"))
            g_assert_true(
                g_bytes_equal(umk_matrix_get_bytes(umk_projection_get_coords(one)),
                              umk_matrix_get_bytes(all)));
        size = umk_matrix_get_n_cols(all) * sizeof(float);
        g_assert_cmpmem(umk_matrix_get_row(alone, 0, NULL), size,
                        umk_matrix_get_row(all, 777, NULL), size);
    }
}

/* Groups are taken to one place before anything else: the layout is that of rows without
 * their means, on any number of threads; it is told, and takes new rows with their groups
 * only. */
static void
test_centered(void)
{
    const gsize n = 600, d = 8;
    g_autoptr(UmkMatrix) x = random_matrix(n, d, 3);
    g_autofree float *moved = g_new(float, n *d), *plain = g_new(float, n *d);
    g_autofree guint8 *groups = g_new(guint8, n);
    double means[3][8] = {{0}};
    g_autoptr(UmkMatrix) apart = NULL, centered = NULL;
    g_autoptr(GBytes) bytes = NULL, few = NULL;

    for (gsize i = 0; i < n; i++) {
        groups[i] = i == 17 ? 9 : (guint8) (i % 2); /* one is alone */
        for (gsize c = 0; c < d; c++) {
            moved[i * d + c] = (float) at(x, i, c) + (groups[i] == 1 ? 5.0f : 0);
            means[MIN(groups[i], 2)][c] += (double) moved[i * d + c];
        }
    }
    for (gsize i = 0; i < n; i++)
        for (gsize c = 0; c < d; c++)
            plain[i * d + c] = moved[i * d + c] - (float) (means[MIN(groups[i], 2)][c] /
                                                           (groups[i] == 0   ? 300
                                                            : groups[i] == 1 ? 299
                                                                             : 1));
    apart = umk_matrix_new_from_data(n, d, moved, NULL);
    centered = umk_matrix_new_from_data(n, d, plain, NULL);
    bytes = g_bytes_new(groups, n);
    few = g_bytes_new(groups, n - 1);
    for (guint m = 0; m < 3; m++) {
        static const char *const names[] = {"pca", "umap", "axes"};
        gsize n_specs;
        const UmkParamSpec *specs = umk_projection_get_params(names[m], &n_specs);
        g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
        g_autoptr(UmkProjection) expected = NULL, map = NULL, none = NULL;
        g_autoptr(UmkFitting) fitting = umk_fitting_new(), wrong = umk_fitting_new();
        g_autoptr(GError) error = NULL;
        g_autofree char *json = NULL;

        umk_fitting_set_groups(fitting, bytes);
        umk_fitting_set_groups(wrong, few);
        if (m == 2)
            g_assert_true(umk_params_parse(params, "x=0-1,y=2", NULL));
        map = umk_projection_fit_live(names[m], apart, params, fitting, NULL, NULL, NULL,
                                      &error);
        if (m == 2) { /* axes mean something of their own */
            g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
            continue;
        }
        g_assert_no_error(error);
        umk_set_n_threads(3);
        expected =
            umk_projection_fit(names[m], centered, params, NULL, NULL, NULL, &error);
        umk_set_n_threads(0);
        g_assert_no_error(error);
        g_assert_true(
            g_bytes_equal(umk_matrix_get_bytes(umk_projection_get_coords(map)),
                          umk_matrix_get_bytes(umk_projection_get_coords(expected))));
        json = umk_projection_to_json(map);
        g_assert_nonnull(strstr(json, "\"centered\":3"));
        g_assert_null(umk_projection_transform(map, apart, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
        g_clear_error(&error);
        none = umk_projection_fit_live(names[m], apart, params, wrong, NULL, NULL, NULL,
                                       &error);
        g_assert_null(none);
        g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    }
}

/* New rows of a centred map are placed as plain rows are on the map of rows that were
 * centred by hand, by the projection itself and by one made of what is kept of it; a
 * group that it never saw is refused. */
static void
test_centered_places(void)
{
    static const char *const names[] = {"pca", "umap"};
    g_autoptr(UmkMatrix) x = random_matrix(400, 8, 5), fresh = random_matrix(20, 8, 6);
    guint8 kinds[400], some[20], strange[20];
    g_autoptr(GBytes) of = NULL, of_some = NULL, of_strange = NULL;

    for (gsize i = 0; i < 400; i++)
        kinds[i] = i % 3 == 0 ? 4 : 1;
    for (gsize i = 0; i < 20; i++) {
        some[i] = i % 2 == 0 ? 4 : 1;
        strange[i] = i == 13 ? 2 : some[i];
    }
    of = g_bytes_new_static(kinds, sizeof kinds);
    of_some = g_bytes_new_static(some, sizeof some);
    of_strange = g_bytes_new_static(strange, sizeof strange);
    for (guint m = 0; m < G_N_ELEMENTS(names); m++) {
        g_autoptr(UmkFitting) fitting = umk_fitting_new();
        g_autoptr(UmkProjection) map = NULL, by_hand = NULL, restored = NULL;
        g_autoptr(UmkMatrix) centered = NULL, new = NULL, placed = NULL, expected = NULL,
                             again = NULL;
        g_autoptr(GError) error = NULL;
        GBytes *groups;
        UmkMatrix *means;

        umk_fitting_set_groups(fitting, of);
        map =
            umk_projection_fit_live(names[m], x, NULL, fitting, NULL, NULL, NULL, &error);
        g_assert_no_error(error);
        means = umk_projection_get_means(map, &groups);
        g_assert_cmpuint(umk_matrix_get_n_rows(means), ==, 2);
        g_assert_cmpmem(g_bytes_get_data(groups, NULL), g_bytes_get_size(groups), "\1\4",
                        2);
        centered = umk_projection_center(x, of, means, groups, &error);
        new = umk_projection_center(fresh, of_some, means, groups, &error);
        g_assert_no_error(error);
        by_hand = umk_projection_fit(names[m], centered, NULL, NULL, NULL, NULL, NULL);
        g_assert_null(umk_projection_get_means(by_hand, &groups));
        expected = umk_projection_transform(by_hand, new, NULL);
        placed = umk_projection_transform_grouped(map, fresh, of_some, &error);
        g_assert_no_error(error);
        g_assert_true(
            g_bytes_equal(umk_matrix_get_bytes(placed), umk_matrix_get_bytes(expected)));
        restored =
            umk_projection_restore(names[m], centered, umk_projection_get_coords(map),
                                   NULL, NULL, NULL, NULL, &error);
        g_assert_no_error(error);
        again = umk_projection_transform(restored, new, NULL);
        g_assert_true(
            g_bytes_equal(umk_matrix_get_bytes(again), umk_matrix_get_bytes(expected)));
        g_assert_null(umk_projection_transform_grouped(map, fresh, of_strange, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
        g_assert_nonnull(strstr(error->message, "group 2"));
        g_clear_error(&error);
        g_assert_null(umk_projection_transform_grouped(map, fresh, of, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    }
}

/* The largest way between two places of a row, in extents of the first. */
static double
apart(UmkMatrix *a, UmkMatrix *b)
{
    gsize n = umk_matrix_get_n_rows(a), d = umk_matrix_get_n_cols(a);
    double most = 0, low = INFINITY, high = -INFINITY;

    for (gsize i = 0; i < n; i++)
        for (gsize c = 0; c < d; c++) {
            most = MAX(most, fabs(at(a, i, c) - at(b, i, c)));
            low = MIN(low, at(a, i, c));
            high = MAX(high, at(a, i, c));
        }
    return most / (high - low);
}

/* A projection that was made of a layout that was kept places new rows as that which laid
 * it out; other vectors are not believed. */
static void
test_restored(void)
{
    static const char *const all[][2] = {
        {"pca", "unit-length=yes"},
        {"umap", "epochs=20,neighbors=7"},
        {"umap", "metric=cosine,dims=3"},
        {"tsne", "iterations=20,early-iterations=20"},
        {"pacmap", "iterations=30"},
        {"mds", "landmarks=40"},
        {"random", "dims=2"},
        {"axes", "x=0-1,y=2"},
        {"columns", "x=2,y=0"},
    };
    /* more rows than t-SNE sums exactly, so that its grid is needed */
    g_autoptr(UmkMatrix) x = random_matrix(1200, 12, 21);
    g_autoptr(UmkMatrix) fresh = random_matrix(50, 12, 22);
    g_autoptr(UmkMatrix) others = random_matrix(1200, 12, 23);

    for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
        gsize n_specs;
        const UmkParamSpec *specs = umk_projection_get_params(all[i][0], &n_specs);
        g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
        g_autoptr(UmkProjection) fitted = fit(all[i][0], x, all[i][1]);
        UmkMatrix *layout = umk_projection_get_coords(fitted);
        g_autoptr(UmkProjection) restored = NULL, wrong = NULL;
        g_autoptr(UmkMatrix) expected = umk_projection_transform(fitted, fresh, NULL);
        g_autoptr(UmkMatrix) placed = NULL;
        g_autoptr(GError) error = NULL;

        g_assert_true(umk_params_parse(params, all[i][1], NULL));
        restored = umk_projection_restore(all[i][0], x, layout, params, NULL, NULL, NULL,
                                          &error);
        g_assert_no_error(error);
        g_assert_true(umk_projection_get_coords(restored) == layout);
        placed = umk_projection_transform(restored, fresh, &error);
        g_assert_no_error(error);
        /* the grid of t-SNE has the size that the map had on its way */
        g_test_message("%s: %g", all[i][0], apart(expected, placed));
        g_assert_cmpfloat(apart(expected, placed), <=,
                          g_str_equal(all[i][0], "tsne") ? 0.001 : 0);
        g_assert_null(umk_projection_restore(all[i][0], fresh, layout, params, NULL, NULL,
                                             NULL, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
        g_clear_error(&error);
        wrong = umk_projection_restore(all[i][0], others, layout, params, NULL, NULL,
                                       NULL, &error);
        if (i == 0 || i > 4) { /* those that are fitted again */
            g_assert_null(wrong);
            g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
        }
    }
}

/* Squared distances are float: of 200 rows about six digits are common. */
static void
test_mds_is_pca(void)
{
    g_autoptr(UmkMatrix) x = random_matrix(200, 12, 3);
    g_autoptr(UmkProjection) mds = fit("mds", x, "dims=3"), pca = fit("pca", x, "dims=3");
    UmkMatrix *a = umk_projection_get_coords(mds), *b = umk_projection_get_coords(pca);

    for (gsize c = 0; c < 3; c++) {
        double sign = at(a, 0, c) * at(b, 0, c) > 0 ? 1 : -1;

        for (gsize i = 0; i < 200; i++)
            g_assert_cmpfloat_with_epsilon(at(a, i, c), sign * at(b, i, c), 1e-5);
    }
}

/* Landmarks that span the space place every other row exactly. */
static void
test_landmarks(void)
{
    g_autoptr(UmkMatrix) x = random_matrix(3000, 3, 4);
    g_autoptr(UmkProjection) mds = fit("mds", x, "dims=3,landmarks=60");
    UmkMatrix *map = umk_projection_get_coords(mds);

    for (gsize i = 0; i < 3000; i += 7) {
        gsize j = (i * 13 + 1) % 3000;
        double here = 0, there = 0;

        for (gsize c = 0; c < 3; c++) {
            here += pow(at(map, i, c) - at(map, j, c), 2);
            there += pow(at(x, i, c) - at(x, j, c), 2);
        }
        g_assert_cmpfloat_with_epsilon(sqrt(here), sqrt(there), 1e-4);
    }
}

/* Clusters of 50 rows, of more dimensions than PaCMAP compares. */
static UmkMatrix *
clusters(gsize n, gsize d)
{
    g_autofree float *x = g_new(float, n *d);

    for (gsize i = 0; i < n; i++) {
        UmkRng centre, own;

        _umk_rng_init(&centre, 1, i / 50);
        _umk_rng_init(&own, 2, i);
        for (gsize j = 0; j < d; j++)
            x[i * d + j] = (float) (2 * _umk_rng_normal(&centre) + _umk_rng_normal(&own));
    }
    return umk_matrix_new_from_data(n, d, x, NULL);
}

typedef struct {
    guint n_shown, last;
    GBytes *newest;
} Shown;

static void
show(UmkMatrix *layout, guint epoch, guint n_epochs, gpointer data)
{
    Shown *shown = data;

    g_assert_cmpuint(epoch, >=, shown->last);
    shown->n_shown++;
    shown->last = epoch;
    g_clear_pointer(&shown->newest, g_bytes_unref);
    shown->newest = g_bytes_ref(umk_matrix_get_bytes(layout));
}

/* Clusters are clusters, new rows land among their like, and the last layout that is
 * handed out is the map. */
static void
test_pacmap(void)
{
    g_autoptr(UmkMatrix) x = clusters(1000, 120);
    g_autoptr(UmkFitting) fitting = umk_fitting_new();
    g_autoptr(UmkProjection) map = NULL;
    g_autoptr(UmkMatrix) placed = NULL;
    gint32 *labels = g_new(gint32, 1000);
    g_autoptr(GBytes) bytes = NULL;
    UmkMatrix *coords;
    Shown shown = {0};
    guint n_near = 0;
    UmkMapQuality q;

    umk_fitting_set_layout_func(fitting, show, &shown, NULL);
    map = umk_projection_fit_live("pacmap", x, NULL, fitting, NULL, NULL, NULL, NULL);
    coords = umk_projection_get_coords(map);
    g_assert_cmpuint(shown.last, ==, 450);
    g_assert_true(g_bytes_equal(shown.newest, umk_matrix_get_bytes(coords)));
    for (gsize i = 0; i < 1000; i++)
        labels[i] = (gint32) i / 50;
    bytes = g_bytes_new_take(labels, 1000 * sizeof *labels);
    g_assert_true(umk_eval_map(x, coords, UMK_METRIC_EUCLIDEAN, 15, bytes, 1, &q, NULL,
                               NULL, NULL, NULL));
    g_test_message("trust %.3f silhouette %.3f", q.trustworthiness, q.silhouette);
    g_assert_cmpfloat(q.silhouette, >, 0.6);
    g_assert_cmpfloat(q.label_accuracy, >, 0.98);
    placed = umk_projection_transform(map, x, NULL);
    for (gsize i = 0; i < 1000; i++)
        n_near += hypot(at(placed, i, 0) - at(coords, i, 0),
                        at(placed, i, 1) - at(coords, i, 1)) < 3;
    g_test_message("%u of 1000 rows land where they are", n_near);
    g_assert_cmpuint(n_near, >, 950);
    g_bytes_unref(shown.newest);
}

static double
member(UmkProjection *map, const char *name)
{
    g_autofree char *json = umk_projection_to_json(map);
    const char *found = strstr(json, name);

    g_assert_nonnull(found);
    return g_ascii_strtod(found + strlen(name) + 2, NULL);
}

static void
test_random(void)
{
    static const char *const options[] = {"dims=767", "dims=767,weights=sparse"};
    g_autoptr(UmkMatrix) x = random_matrix(1000, 300, 5);

    for (gsize o = 0; o < 2; o++) {
        g_autoptr(UmkProjection) map = fit("random", x, options[o]);
        UmkMatrix *y = umk_projection_get_coords(map);
        double e = member(map, "\"distortion"), mean = 0;

        g_assert_cmpfloat_with_epsilon(e, 0.3, 5e-4);
        for (gsize i = 0; i < 999; i++) {
            double here = 0, there = 0;

            for (gsize c = 0; c < 767; c++)
                here += pow(at(y, i, c) - at(y, i + 1, c), 2);
            for (gsize c = 0; c < 300; c++)
                there += pow(at(x, i, c) - at(x, i + 1, c), 2);
            g_assert_cmpfloat(fabs(here / there - 1), <, e);
            mean += here / there / 999;
        }
        /* The first column dominates; two deviations of the sum of its 767 squared
         * weights, which all pairs share. */
        g_assert_cmpfloat_with_epsilon(mean, 1, 2 * sqrt(2.0 / 767));
    }
}

static void
test_axes(void)
{
    static const float rows[] = {3, 0, 0, 4, 1, 1, 0, 0, -1, 2};
    g_autoptr(UmkMatrix) x = umk_matrix_new_from_data(5, 2, rows, NULL);
    g_autoptr(UmkProjection) cosine = fit("axes", x, "x=0,y=0-1");
    g_autoptr(UmkProjection) dot = fit("axes", x, "x=1,y=-0+1+2,value=dot");
    UmkMatrix *a = umk_projection_get_coords(cosine), *b = umk_projection_get_coords(dot);
    g_autoptr(UmkProjection) sets = NULL;
    gsize n_specs;
    const UmkParamSpec *specs = umk_projection_get_params("axes", &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    g_assert_cmpfloat_with_epsilon(at(a, 2, 0), sqrt(0.5), 1e-7);
    g_assert_cmpfloat_with_epsilon(at(a, 2, 1), -0.1 * sqrt(2), 1e-7);
    g_assert_cmpfloat(at(a, 3, 0), ==, 0);
    g_assert_cmpfloat(at(b, 4, 0), ==, 2);
    g_assert_cmpfloat_with_epsilon(at(b, 4, 1), 12 / sqrt(29), 1e-6);
    /* (0, 1 | mean) - 4 = (2.5, 0): umk_params_parse() would cut at the comma. */
    umk_params_set(params, "x", " 0 , 1 - 4", NULL);
    umk_params_set(params, "y", "1", NULL);
    umk_params_set(params, "value", "dot", NULL);
    sets = umk_projection_fit("axes", x, params, NULL, NULL, NULL, NULL);
    g_assert_cmpfloat(at(umk_projection_get_coords(sets), 4, 0), ==, -1);
    /* 0.5 (0, 4) - 2 (1, 1) = (-2, 0); a weight is a number, a row is not */
    g_clear_pointer(&sets, umk_projection_unref);
    umk_params_set(params, "x", "0.5 * 1 - 2*2", NULL);
    sets = umk_projection_fit("axes", x, params, NULL, NULL, NULL, NULL);
    g_assert_cmpfloat(at(umk_projection_get_coords(sets), 4, 0), ==, 1);
    g_assert_cmpfloat(at(umk_projection_get_coords(sets), 0, 0), ==, -3);
}

static void
test_degenerate(void)
{
    static const gsize shapes[][2] = {{0, 3}, {1, 3}, {2, 3}, {60, 3}};

    for (gsize m = 0; m < 6; m++)
        for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
            gsize n = shapes[i][0];
            g_autofree float *same = g_new(float, n * 3 + 1);
            g_autoptr(UmkMatrix) x = NULL;
            g_autoptr(UmkProjection) map = NULL;

            for (gsize j = 0; j < n * 3; j++)
                same[j] = 0.5f;
            x = umk_matrix_new_from_data(n, 3, same, NULL);
            map = fit(methods[m][0], x, methods[m][1]);
            g_assert_cmpuint(umk_matrix_get_n_rows(umk_projection_get_coords(map)), ==,
                             n);
            g_assert_true(umk_matrix_check_finite(umk_projection_get_coords(map), NULL));
        }
}

static void
test_errors(void)
{
    static const char *const bad[][2] = {
        {"columns", "x=3"},    {"columns", "y=3"},
        {"axes", ""},          {"axes", "x=0"},
        {"axes", "x=0,y=0-0"}, {"axes", "x=0,y=5"},
        {"axes", "x=0,y=1-"},  {"axes", "x=0,y=1*"},
        {"axes", "x=0,y=cat"}, {"axes", "x=99999999999999999999999,y=1"},
        {"axes", "x=+-1,y=1"},
    };
    g_autoptr(UmkMatrix) x = random_matrix(5, 3, 1);

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(try_fit(bad[i][0], x, bad[i][1], &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++) {
        gsize n_specs;
        const UmkParamSpec *specs = umk_projection_get_params(methods[i][0], &n_specs);
        g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
        g_autoptr(GCancellable) cancelled = g_cancellable_new();
        g_autoptr(GError) error = NULL;

        umk_params_parse(params, methods[i][1], NULL);
        g_cancellable_cancel(cancelled);
        g_assert_null(
            umk_projection_fit(methods[i][0], x, params, cancelled, NULL, NULL, &error));
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/layouts/centered", test_centered);
    g_test_add_func("/layouts/centered-places", test_centered_places);
    g_test_add_func("/layouts/promises", test_promises);
    g_test_add_func("/layouts/restored", test_restored);
    g_test_add_func("/layouts/mds-is-pca", test_mds_is_pca);
    g_test_add_func("/layouts/landmarks", test_landmarks);
    g_test_add_func("/layouts/pacmap", test_pacmap);
    g_test_add_func("/layouts/random", test_random);
    g_test_add_func("/layouts/axes", test_axes);
    g_test_add_func("/layouts/degenerate", test_degenerate);
    g_test_add_func("/layouts/errors", test_errors);
    return g_test_run();
}
