/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps aligned to another. What is checked against is not the code under test: a turned
 * and moved copy of a map is laid back onto it exactly; two models of the same items, one
 * the other with noise and its axes mixed, end nearer with an anchor than without, by
 * umk_eval_map_difference(), which is tested by itself. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"

#include <math.h>
#include <string.h>

#define N 240
#define D 12

/* Six groups; the second model's axes are the first's in another order, with noise. */
static UmkMatrix *
make_model(guint which)
{
    float x[N * D];
    UmkRng rng;

    for (gsize i = 0; i < N; i++)
        for (gsize j = 0; j < D; j++) {
            gsize axis = which == 0 ? j : (j * 5 + 3) % D;

            _umk_rng_init(&rng, i % 6 * D + axis, 7);
            x[i * D + j] = (float) (2.0 * _umk_rng_normal(&rng));
            _umk_rng_init(&rng, i * D + axis, 8);
            x[i * D + j] += (float) _umk_rng_normal(&rng);
            _umk_rng_init(&rng, i * D + j, 9 + which);
            x[i * D + j] += (float) (0.3 * _umk_rng_normal(&rng));
        }
    return umk_matrix_new_from_data(N, D, x, NULL);
}

static UmkProjection *
fit(const char *method,
    UmkMatrix *vectors,
    UmkMatrix *anchor,
    const char *options,
    GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_projection_get_params(method, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(UmkFitting) fitting = umk_fitting_new();
    UmkProjection *map;

    g_assert_true(umk_params_parse(params, options, NULL));
    umk_fitting_set_anchor(fitting, anchor);
    map = umk_projection_fit_live(method, vectors, params, fitting, NULL, NULL, NULL,
                                  error);
    if (map != NULL) {
        g_autoptr(UmkMatrix) last = umk_fitting_dup_layout(fitting, NULL, NULL);

        g_assert_cmpmem(umk_matrix_get_row(last, 0, NULL), N * 2 * sizeof(float),
                        umk_matrix_get_row(umk_projection_get_coords(map), 0, NULL),
                        N * 2 * sizeof(float));
    }
    return map;
}

static double
mean_distance(UmkMatrix *a, UmkMatrix *b)
{
    double sum = 0.0;

    for (gsize i = 0; i < N; i++)
        sum += hypot((double) umk_matrix_get_row(a, i, NULL)[0] -
                         (double) umk_matrix_get_row(b, i, NULL)[0],
                     (double) umk_matrix_get_row(a, i, NULL)[1] -
                         (double) umk_matrix_get_row(b, i, NULL)[1]);
    return sum / N;
}

/* The same map, mirrored, turned and moved. */
static UmkMatrix *
move(UmkMatrix *map, double angle)
{
    float y[N * 2];

    for (gsize i = 0; i < N; i++) {
        const float *x = umk_matrix_get_row(map, i, NULL);

        y[2 * i] = (float) (cos(angle) * (double) x[0] + sin(angle) * (double) x[1] + 3);
        y[2 * i + 1] =
            (float) (sin(angle) * (double) x[0] - cos(angle) * (double) x[1] - 5);
    }
    return umk_matrix_new_from_data(N, 2, y, NULL);
}

static void
test_lays_back(void)
{
    static const char *const free_ones[] = {"mds", "random"};
    g_autoptr(UmkMatrix) vectors = make_model(0);

    for (guint m = 0; m < G_N_ELEMENTS(free_ones); m++) {
        g_autoptr(UmkProjection) plain = fit(free_ones[m], vectors, NULL, "", NULL);
        g_autoptr(UmkMatrix) moved = move(umk_projection_get_coords(plain), 0.7);
        g_autoptr(UmkProjection) back = fit(free_ones[m], vectors, moved, "", NULL);

        g_assert_cmpfloat(mean_distance(umk_projection_get_coords(back), moved), <, 1e-4);
        g_assert_cmpfloat(mean_distance(umk_projection_get_coords(plain), moved), >, 1);
    }
}

/* Axes of PCA keep their rank: each may change its sign and nothing else. */
static void
test_ranked_axes(void)
{
    g_autoptr(UmkMatrix) vectors = make_model(0);
    g_autoptr(UmkProjection) plain = fit("pca", vectors, NULL, "", NULL);
    g_autoptr(UmkMatrix) moved = move(umk_projection_get_coords(plain), 0.1);
    g_autoptr(UmkProjection) back = fit("pca", vectors, moved, "", NULL);

    for (gsize i = 0; i < N; i++) {
        const float *x = umk_matrix_get_row(umk_projection_get_coords(plain), i, NULL);
        const float *y = umk_matrix_get_row(umk_projection_get_coords(back), i, NULL);

        g_assert_cmpfloat(y[0], ==, x[0]);
        g_assert_cmpfloat(y[1], ==, -x[1]);
    }
}

static void
test_two_models(void)
{
    static const char *const methods[] = {"umap", "tsne", "pacmap"};
    /* PaCMAP starts from the plane of both models, which differ little here */
    static const double at_most[] = {0.7, 0.7, 1.0};
    g_autoptr(UmkMatrix) first = make_model(0);
    g_autoptr(UmkMatrix) second = make_model(1);

    for (guint m = 0; m < G_N_ELEMENTS(methods); m++) {
        g_autoptr(UmkProjection) map = fit(methods[m], first, NULL, "", NULL);
        UmkMatrix *anchor = umk_projection_get_coords(map);
        g_autoptr(UmkProjection) alone = fit(methods[m], second, NULL, "", NULL);
        g_autoptr(UmkProjection) aligned = fit(methods[m], second, anchor, "", NULL);
        double near = mean_distance(umk_projection_get_coords(aligned), anchor);
        double far = mean_distance(umk_projection_get_coords(alone), anchor);
        g_autofree char *json = umk_projection_to_json(aligned);

        g_test_message("%s: %g aligned, %g alone", methods[m], near, far);
        g_assert_cmpfloat(near, <, at_most[m] * far);
        g_assert_nonnull(strstr(json, "\"aligned\":{\"n_items\":240,\"difference\":"));
    }
}

/* Half of the items are new; the same bytes on one thread and several. */
static void
test_unknown_items(void)
{
    g_autoptr(UmkMatrix) first = make_model(0);
    g_autoptr(UmkMatrix) second = make_model(1);
    g_autoptr(UmkProjection) map = fit("umap", first, NULL, "", NULL);
    g_autoptr(UmkMatrix) half = NULL;
    g_autoptr(UmkMatrix) coords = NULL;
    float places[N * 2];

    memcpy(places, umk_matrix_get_row(umk_projection_get_coords(map), 0, NULL),
           sizeof places);
    for (gsize i = 1; i < N; i += 2)
        places[2 * i] = NAN;
    half = umk_matrix_new_from_data(N, 2, places, NULL);
    for (guint n = 1; n <= 3; n++) {
        g_autoptr(UmkProjection) aligned = NULL;

        umk_set_n_threads(n);
        aligned = fit("umap", second, half, "", NULL);
        if (coords != NULL)
            g_assert_cmpmem(
                umk_matrix_get_row(coords, 0, NULL), sizeof places,
                umk_matrix_get_row(umk_projection_get_coords(aligned), 0, NULL),
                sizeof places);
        else
            coords = umk_matrix_ref(umk_projection_get_coords(aligned));
    }
    umk_set_n_threads(0);
}

/* What was fitted and is placed anew lies where it lay, turned as the map is. */
static void
test_new_rows(void)
{
    g_autoptr(UmkMatrix) vectors = make_model(0);
    g_autoptr(UmkProjection) plain = fit("random", vectors, NULL, "", NULL);
    g_autoptr(UmkMatrix) moved = move(umk_projection_get_coords(plain), 1.3);
    g_autoptr(UmkProjection) back = fit("random", vectors, moved, "", NULL);
    g_autoptr(UmkMatrix) placed = umk_projection_transform(back, vectors, NULL);

    g_assert_cmpfloat(mean_distance(placed, umk_projection_get_coords(back)), <, 1e-4);
}

static void
expect(const char *method, UmkMatrix *anchor, const char *options, int code)
{
    g_autoptr(UmkMatrix) vectors = make_model(0);
    g_autoptr(GError) error = NULL;

    g_assert_null(fit(method, vectors, anchor, options, &error));
    g_assert_error(error, UMK_ERROR, code);
}

static void
test_bad_anchors(void)
{
    g_autoptr(UmkMatrix) vectors = make_model(0);
    g_autofree float *places = g_new(float, 2 * N);
    g_autoptr(UmkMatrix) unknown = NULL;
    g_autoptr(UmkMatrix) few = NULL;
    g_autoptr(UmkMatrix) one_place = NULL;
    g_autoptr(UmkProjection) there = NULL;
    g_autoptr(GError) error = NULL;

    for (gsize i = 0; i < 2 * N; i++)
        places[i] = NAN;
    unknown = umk_matrix_new_from_data(N, 2, places, NULL);
    memset(places, 0, 2 * N * sizeof *places);
    few = umk_matrix_new_from_data(5, 2, places, NULL);
    one_place = umk_matrix_new_from_data(N, 2, places, NULL);
    expect("umap", unknown, "", UMK_ERROR_NOT_FOUND);
    expect("umap", few, "", UMK_ERROR_DIMENSION);
    expect("umap", vectors, "", UMK_ERROR_DIMENSION);
    expect("umap", one_place, "dims=3", UMK_ERROR_DIMENSION);
    expect("columns", one_place, "x=0,y=1", UMK_ERROR_NOT_SUPPORTED);
    there = fit("mds", vectors, one_place, "", &error);
    g_assert_no_error(error);
    g_assert_nonnull(there);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/anchor/lays-back", test_lays_back);
    g_test_add_func("/anchor/ranked-axes", test_ranked_axes);
    g_test_add_func("/anchor/two-models", test_two_models);
    g_test_add_func("/anchor/unknown-items", test_unknown_items);
    g_test_add_func("/anchor/new-rows", test_new_rows);
    g_test_add_func("/anchor/bad-anchors", test_bad_anchors);
    return g_test_run();
}
