/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spaces, aligners and the least-squares fits under them. */
#include "core/umk-rng-private.h"
#include "linalg/umk-solve-private.h"
#include "space/umk-space-private.h"

#include <umekomi/umekomi.h>

#include <json-glib/json-glib.h>

#include <math.h>
#include <string.h>

static UmkMatrix *
random_matrix(gsize n, gsize d, guint64 seed)
{
    g_autofree float *data = g_new(float, n *d);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n * d; i++)
        data[i] = (float) _umk_rng_normal(&rng);
    return umk_matrix_new_from_data(n, d, data, NULL);
}

/* x W + noise, W random (d_in, d_out) */
static UmkMatrix *
through_map(UmkMatrix *x, gsize d_out, double noise, guint64 seed)
{
    gsize n = umk_matrix_get_n_rows(x), d = umk_matrix_get_n_cols(x);
    g_autofree float *data = g_new0(float, n *d_out);
    g_autoptr(UmkMatrix) w = random_matrix(d, d_out, seed);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 1);
    for (gsize i = 0; i < n; i++) {
        for (gsize j = 0; j < d_out; j++) {
            double sum = 3.0 + noise * _umk_rng_normal(&rng);

            for (gsize k = 0; k < d; k++)
                sum += (double) umk_matrix_get_row(x, i, NULL)[k] *
                       (double) umk_matrix_get_row(w, k, NULL)[j];
            data[i * d_out + j] = (float) sum;
        }
    }
    return umk_matrix_new_from_data(n, d_out, data, NULL);
}

static double
report_number(UmkSpace *space, const char *frame, const char *name)
{
    g_autofree char *text = umk_space_dup_report(space, frame);
    g_autoptr(JsonParser) parser = json_parser_new();

    g_assert_nonnull(text);
    g_assert_true(json_parser_load_from_data(parser, text, -1, NULL));
    return json_object_get_double_member(
        json_node_get_object(json_parser_get_root(parser)), name);
}

static UmkParams *
align_params(const char *assignments)
{
    gsize n;
    const UmkParamSpec *specs = umk_space_get_align_params(&n);
    UmkParams *params = umk_params_new(specs, n);
    GError *error = NULL;

    umk_params_parse(params, assignments, &error);
    g_assert_no_error(error);
    return params;
}

/* The normal equations must hold: Xc'(Yc - Xc W) = lambda W. */
static void
check_normal_equations(gsize n, gsize d, gsize k, double lambda)
{
    g_autoptr(UmkMatrix) x = random_matrix(n, d, n + d),
                         y = random_matrix(n, k, n + d + 7);
    const float *px = umk_matrix_get_row(x, 0, NULL),
                *py = umk_matrix_get_row(y, 0, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkRidge) ridge = _umk_ridge_new(px, py, n, d, k, &error);
    g_autofree float *w = g_new(float, d *k), *b = g_new(float, k);
    g_autofree double *residual = g_new(double, n *k);
    g_autofree double *mean = g_new0(double, d);

    g_assert_no_error(error);
    g_assert_true(_umk_ridge_solve(ridge, lambda, w, b, &error));
    for (gsize i = 0; i < n; i++) {
        for (gsize j = 0; j < d; j++)
            mean[j] += (double) px[i * d + j] / (double) n;
        for (gsize j = 0; j < k; j++) {
            double sum = (double) py[i * k + j] - (double) b[j];

            for (gsize l = 0; l < d; l++)
                sum -= (double) px[i * d + l] * (double) w[l * k + j];
            residual[i * k + j] = sum;
        }
    }
    for (gsize l = 0; l < d; l++) {
        for (gsize j = 0; j < k; j++) {
            double sum = -lambda * (double) w[l * k + j];

            for (gsize i = 0; i < n; i++)
                sum += ((double) px[i * d + l] - mean[l]) * residual[i * k + j];
            g_assert_cmpfloat(fabs(sum), <, 2e-3);
        }
    }
}

static void
test_ridge_equations(void)
{
    check_normal_equations(50, 8, 3, 0.5);  /* primal */
    check_normal_equations(7, 20, 5, 0.5);  /* dual */
    check_normal_equations(1100, 9, 2, 10); /* more than a block */
    check_normal_equations(1, 3, 2, 1);
    check_normal_equations(9, 9, 1, 0.01);
}

static void
test_procrustes_rotation(void)
{
    const gsize n = 60, d = 6;
    g_autoptr(UmkMatrix) x = random_matrix(n, d, 1), y = through_map(x, d, 0.0, 2);
    g_autofree float *w = g_new(float, d *d), *b = g_new(float, d);
    g_autoptr(GError) error = NULL;
    double scale = 0.0;

    g_assert_true(_umk_procrustes_solve(umk_matrix_get_row(x, 0, NULL),
                                        umk_matrix_get_row(y, 0, NULL), n, d, d, w, b,
                                        &error));
    for (gsize i = 0; i < d; i++)
        scale += (double) (w[i] * w[i]);
    for (gsize i = 0; i < d; i++) {
        for (gsize j = 0; j < d; j++) {
            double dot = 0.0;

            for (gsize k = 0; k < d; k++)
                dot += (double) w[i * d + k] * (double) w[j * d + k];
            g_assert_cmpfloat_with_epsilon(dot, i == j ? scale : 0.0, 1e-4 * scale);
        }
    }
}

static void
test_align_finds_map(void)
{
    g_autoptr(UmkSpace) space = umk_space_new("test", 8, UMK_METRIC_EUCLIDEAN);
    g_autoptr(UmkMatrix) from = random_matrix(200, 12, 3),
                         to = through_map(from, 8, 0.01, 4);
    g_autoptr(UmkParams) params = align_params("method=ridge normalize=no");
    g_autoptr(UmkMatrix) mapped = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(umk_space_align(space, "run", from, to, params, NULL, &error));
    g_assert_no_error(error);
    mapped = umk_space_map(space, "run", from, &error);
    g_assert_no_error(error);
    for (gsize i = 0; i < 200; i++)
        for (gsize j = 0; j < 8; j++)
            g_assert_cmpfloat_with_epsilon(
                (double) umk_matrix_get_row(mapped, i, NULL)[j],
                (double) umk_matrix_get_row(to, i, NULL)[j], 0.1);
    g_assert_cmpfloat(report_number(space, "run", "r2"), >, 0.99);
    g_assert_cmpfloat(report_number(space, "run", "recall_at_1"), >, 0.99);
    g_assert_cmpfloat_with_epsilon(report_number(space, "run", "chance_at_10"), 0.05,
                                   1e-9);
    g_assert_false(umk_space_is_identity(space, "run"));
}

/* Pairs that have nothing to do with one another must measure as such. */
static void
test_align_honest_on_noise(void)
{
    const char *const cases[] = {"method=ridge", "method=procrustes", "method=identity"};
    g_autoptr(UmkMatrix) from = random_matrix(300, 16, 5), to = random_matrix(300, 16, 6);

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(UmkSpace) space = umk_space_new("test", 16, UMK_METRIC_COSINE);
        g_autoptr(UmkParams) params = align_params(cases[i]);
        g_autoptr(GError) error = NULL;

        g_assert_true(umk_space_align(space, "run", from, to, params, NULL, &error));
        g_assert_no_error(error);
        g_assert_cmpfloat(report_number(space, "run", "r2"), <, 0.05);
        g_assert_cmpfloat(report_number(space, "run", "recall_at_10"), <, 0.10);
    }
}

/* Every target four times: a fold must not learn from its twins. */
static void
test_align_twins_stay_together(void)
{
    g_autofree float *x = g_new(float, 200 * 64), *y = g_new(float, 200 * 8);
    g_autoptr(UmkMatrix) a = random_matrix(50, 64, 8), b = random_matrix(50, 8, 9);
    g_autoptr(UmkMatrix) from = NULL, to = NULL;
    g_autoptr(UmkSpace) space = umk_space_new("test", 8, UMK_METRIC_COSINE);
    g_autoptr(GError) error = NULL;

    for (gsize i = 0; i < 200; i++) {
        memcpy(x + i * 64, umk_matrix_get_row(a, i % 50, NULL), 64 * sizeof(float));
        memcpy(y + i * 8, umk_matrix_get_row(b, i % 50, NULL), 8 * sizeof(float));
    }
    from = umk_matrix_new_from_data(200, 64, x, NULL);
    to = umk_matrix_new_from_data(200, 8, y, NULL);
    g_assert_true(umk_space_align(space, "run", from, to, NULL, NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpfloat(report_number(space, "run", "recall_at_1"), <, 0.15);
    g_assert_cmpfloat(report_number(space, "run", "n_candidates"), ==, 50);
}

static void
test_not_joined(void)
{
    g_autoptr(UmkSpace) space = umk_space_new("garden", 4, UMK_METRIC_COSINE);
    g_autoptr(UmkMatrix) x = random_matrix(2, 4, 1), mapped = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_null(umk_space_map(space, "stranger", x, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_true(umk_space_join(space, "friend", 4, &error));
    g_assert_true(umk_space_join(space, "friend", 4, &error));
    g_assert_null(umk_space_map(space, "stranger", x, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, "friend"));
    g_assert_nonnull(strstr(error->message, "train align"));
    g_clear_error(&error);
    g_assert_false(umk_space_join(space, "other", 5, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    mapped = umk_space_map(space, "friend", x, &error);
    g_assert_true(mapped == x);
    g_assert_true(umk_space_is_identity(space, "friend"));
    g_assert_null(umk_space_dup_report(space, "friend"));
}

static void
test_align_refuses(void)
{
    g_autoptr(UmkSpace) space = umk_space_new("test", 4, UMK_METRIC_COSINE);
    g_autoptr(UmkMatrix) two = random_matrix(2, 4, 1), ten = random_matrix(10, 4, 2);
    g_autoptr(UmkMatrix) wide = random_matrix(10, 5, 2), broken = NULL;
    g_autoptr(UmkParams) bad = align_params("lambda=-3");
    float nan_row[40] = {[7] = NAN};
    g_autoptr(GError) error = NULL;

    broken = umk_matrix_new_from_data(10, 4, nan_row, NULL);
    g_assert_false(umk_space_align(space, "a", two, two, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_false(umk_space_align(space, "a", ten, two, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_false(umk_space_align(space, "a", ten, wide, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_false(umk_space_align(space, "a", broken, ten, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_false(umk_space_align(space, "a", ten, ten, bad, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_assert_false(umk_space_has_frame(space, "a"));
}

static UmkSpace *
sample_space(void)
{
    UmkSpace *space = umk_space_new("garden \"1\"", 8, UMK_METRIC_COSINE);
    g_autoptr(UmkMatrix) from = random_matrix(40, 12, 3),
                         to = through_map(from, 8, 0.1, 4);

    g_assert_true(umk_space_join(space, "starter", 8, NULL));
    g_assert_true(umk_space_align(space, "node2vec/友達", from, to, NULL, NULL, NULL));
    return space;
}

static void
test_bytes_round_trip(void)
{
    g_autoptr(UmkSpace) space = sample_space(), again = NULL;
    g_autoptr(GBytes) bytes = umk_space_to_bytes(space), bytes_again = NULL;
    g_autoptr(UmkMatrix) x = random_matrix(5, 12, 9), a = NULL, b = NULL;
    g_auto(GStrv) frames = NULL;
    g_autoptr(GError) error = NULL;

    again = umk_space_new_from_bytes(bytes, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(umk_space_get_name(again), ==, "garden \"1\"");
    g_assert_cmpuint(umk_space_get_n_dims(again), ==, 8);
    g_assert_cmpint(umk_space_get_metric(again), ==, UMK_METRIC_COSINE);
    frames = umk_space_list_frames(again);
    g_assert_cmpuint(g_strv_length(frames), ==, 2);
    g_assert_cmpstr(frames[1], ==, "node2vec/友達");
    bytes_again = umk_space_to_bytes(again);
    g_assert_true(g_bytes_equal(bytes, bytes_again));
    a = umk_space_map(space, frames[1], x, &error);
    b = umk_space_map(again, frames[1], x, &error);
    g_assert_no_error(error);
    g_assert_true(g_bytes_equal(umk_matrix_get_bytes(a), umk_matrix_get_bytes(b)));
}

/* Cut or changed anywhere, it is read or refused; never a crash. */
static void
test_bytes_damaged(void)
{
    g_autoptr(UmkSpace) space = sample_space();
    g_autoptr(GBytes) bytes = umk_space_to_bytes(space);
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    UmkRng rng;

    _umk_rng_init(&rng, 1, 1);
    for (gsize i = 0; i < 400; i++) {
        gsize length = i < 200 ? size * i / 200 : size;
        guint8 *copy = g_memdup2(data, MAX(length, 1));
        g_autoptr(GBytes) damaged = NULL;
        g_autoptr(UmkSpace) read = NULL;
        g_autoptr(GError) error = NULL;

        if (i >= 200)
            copy[_umk_rng_below(&rng, MIN(length, 1200))] =
                (guint8) _umk_rng_next_u64(&rng);
        damaged = g_bytes_new_take(copy, length);
        read = umk_space_new_from_bytes(damaged, &error);
        g_assert_true((read == NULL) == (error != NULL));
        g_assert_true(i >= 200 || read == NULL);
    }
}

static void
test_deep_json(void)
{
    const gsize length = 1 << 20;
    guint8 *data = g_malloc(8 + length);
    guint64 prefix = GUINT64_TO_LE((guint64) length);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;

    memcpy(data, &prefix, 8);
    memset(data + 8, '[', length);
    bytes = g_bytes_new_take(data, 8 + length);
    g_assert_null(umk_space_new_from_bytes(bytes, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
}

static GBytes *
make_head(const char *header, const float *numbers, gsize n)
{
    GByteArray *out = g_byte_array_new();
    guint64 prefix = GUINT64_TO_LE((guint64) strlen(header));

    g_byte_array_append(out, (const guint8 *) &prefix, 8);
    g_byte_array_append(out, (const guint8 *) header, (guint) strlen(header));
    g_byte_array_append(out, (const guint8 *) numbers, (guint) (n * sizeof(float)));
    return g_byte_array_free_to_bytes(out);
}

static void
test_head(void)
{
    /* (out 2, in 3) and a bias */
    const float numbers[] = {1, 2, 3, 4, 5, 6, 10, 20};
    g_autoptr(GBytes) head = make_head(
        "{\"weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
        "\"bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]}}",
        numbers, 8);
    g_autoptr(GBytes) lying = make_head(
        "{\"weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,48]}}",
        numbers, 8);
    g_autoptr(UmkSpace) space = umk_space_new("s", 2, UMK_METRIC_DOT);
    g_autoptr(UmkSpace) other = umk_space_new("o", 3, UMK_METRIC_DOT);
    const float x[] = {1, 0, -1};
    g_autoptr(UmkMatrix) in = umk_matrix_new_from_data(1, 3, x, NULL), out = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(umk_space_align_head(space, "head", head, &error));
    g_assert_no_error(error);
    out = umk_space_map(space, "head", in, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat((double) umk_matrix_get_row(out, 0, NULL)[0], ==, 8.0);
    g_assert_cmpfloat((double) umk_matrix_get_row(out, 0, NULL)[1], ==, 18.0);
    g_assert_false(umk_space_align_head(other, "head", head, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_false(umk_space_align_head(space, "x", lying, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/solve/ridge-equations", test_ridge_equations);
    g_test_add_func("/solve/procrustes-rotation", test_procrustes_rotation);
    g_test_add_func("/space/align-finds-map", test_align_finds_map);
    g_test_add_func("/space/align-honest-on-noise", test_align_honest_on_noise);
    g_test_add_func("/space/align-twins-stay-together", test_align_twins_stay_together);
    g_test_add_func("/space/not-joined", test_not_joined);
    g_test_add_func("/space/align-refuses", test_align_refuses);
    g_test_add_func("/space/bytes-round-trip", test_bytes_round_trip);
    g_test_add_func("/space/bytes-damaged", test_bytes_damaged);
    g_test_add_func("/space/deep-json", test_deep_json);
    g_test_add_func("/space/head", test_head);
    return g_test_run();
}
