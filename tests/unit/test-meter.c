/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The meter of what a model knows: distances and thresholds against NumPy, bytes there
 * and back, threads, and input that makes none. */
#include "space/umk-meter-private.h"

#include <umekomi/umekomi.h>

#include <math.h>
#include <string.h>

enum { N = 64, D = 3, N_HELD = 20 };

static UmkMatrix *
make_concepts(void)
{
    float data[N * D];

    for (int i = 0; i < N; i++)
        for (int j = 0; j < D; j++)
            data[i * D + j] = (float) ((i * 7 + j * 13 + i * i * (j + 1)) % 23 - 11) / 8 +
                              (j == 0 ? 1.5f : 0.0f);
    return umk_matrix_new_from_data(N, D, data, NULL);
}

static UmkMatrix *
make_held_out(void)
{
    float data[N_HELD * D];

    for (int i = 0; i < N_HELD; i++)
        for (int j = 0; j < D; j++)
            data[i * D + j] = (float) ((i * 5 + j * 11 + i * i * (j + 2)) % 19 - 9) / 6;
    return umk_matrix_new_from_data(N_HELD, D, data, NULL);
}

static UmkMeter *
build_with(guint n_axes)
{
    g_autoptr(UmkMatrix) concepts = make_concepts(), held_out = make_held_out();
    GError *error = NULL;
    UmkMeter *meter =
        _umk_meter_build(concepts, held_out, 4, n_axes, 0.2, 0.05, NULL, &error);

    g_assert_no_error(error);
    return meter;
}

/* More axes than there are: all of them. */
static UmkMeter *
build(void)
{
    return build_with(64);
}

/* NumPy 1.24: cosine distances after (x - mean) W with W the eigenvectors of cov (divisor
 * n - 1) over sqrt(variance + trace / 8d), mean of the four least; quantile by its
 * default. Eight bits a number leave errors of 1/254 of the largest, so of 0.004 in a
 * cosine. */
static void
test_numpy(void)
{
    static const float queries[] = {1.5f, 0, 0, 1.25f, -0.5f, 0.75f, -4, 3, -2.5f};
    static const double expected[] = {0.048942970619180626, 0.09858700274376236,
                                      0.06131315833470652};
    g_autoptr(UmkMeter) meter = build();
    g_autoptr(UmkMatrix) q = umk_matrix_new_from_data(3, D, queries, NULL);
    double distances[3];

    g_assert_true(_umk_meter_measure(meter, q, NULL, distances, NULL));
    for (gsize i = 0; i < 3; i++)
        g_assert_cmpfloat_with_epsilon(distances[i], expected[i], 0.004);
    g_assert_cmpfloat_with_epsilon((double) meter->edge, 0.11309353731050253, 0.004);
    g_assert_cmpfloat_with_epsilon((double) meter->outside, 0.16295393817194162, 0.004);
}

/* Two of three directions, by the same NumPy. */
static void
test_axes(void)
{
    static const float queries[] = {1.5f, 0, 0, 1.25f, -0.5f, 0.75f, -4, 3, -2.5f};
    static const double expected[] = {0.024522509673127746, 0.031448758619336936,
                                      0.031191028493859463};
    g_autoptr(UmkMeter) meter = build_with(2), all = build();
    g_autoptr(GBytes) bytes = _umk_meter_to_bytes(meter);
    g_autoptr(GBytes) more = _umk_meter_to_bytes(all);
    g_autoptr(UmkMatrix) q = umk_matrix_new_from_data(3, D, queries, NULL);
    double distances[3];

    g_assert_cmpuint(meter->n_axes, ==, 2);
    g_assert_cmpuint(all->n_axes, ==, D);
    g_assert_cmpuint(g_bytes_get_size(more) - g_bytes_get_size(bytes), ==,
                     N + D * sizeof(float));
    g_assert_true(_umk_meter_measure(meter, q, NULL, distances, NULL));
    for (gsize i = 0; i < 3; i++)
        g_assert_cmpfloat_with_epsilon(distances[i], expected[i], 0.004);
}

/* One over the length; edge and outside are quantiles of that. */
static void
test_norm(void)
{
    float lengths[100];
    static const float queries[] = {8, 2, 0};
    g_autoptr(UmkMatrix) q = umk_matrix_new_from_data(3, 1, queries, NULL);
    g_autoptr(UmkMatrix) held_out = NULL, few = NULL;
    g_autoptr(UmkMeter) meter = NULL, again = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;
    double distances[3];

    for (int i = 0; i < 100; i++)
        lengths[i] = 100.0f / (float) (1 + (i * 37) % 101); /* 1/x: 0.01 … 1.01 */
    held_out = umk_matrix_new_from_data(100, 1, lengths, NULL);
    meter = _umk_meter_build_norm(held_out, 0.2, 0.05, NULL, &error);
    g_assert_no_error(error);
    bytes = _umk_meter_to_bytes(meter);
    again =
        _umk_meter_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &error);
    g_assert_no_error(error);
    g_assert_true(_umk_meter_measure(again, q, NULL, distances, NULL));
    g_assert_cmpfloat(distances[0], ==, 0.125);
    g_assert_cmpfloat(distances[1], ==, 0.5);
    g_assert_cmpfloat(distances[2], >, 1e20);
    /* NumPy's quantiles of the hundred, as 32-bit floats */
    g_assert_cmpfloat_with_epsilon((double) again->edge, 0.8120000069046023, 1e-6);
    g_assert_cmpfloat_with_epsilon((double) again->outside, 0.9605000375074162, 1e-6);
    g_assert_cmpfloat(_umk_meter_score(again, distances[2]), ==, 1.0);
    g_assert_null(_umk_meter_parse(g_bytes_get_data(bytes, NULL),
                                   g_bytes_get_size(bytes) - 4, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    few = umk_matrix_new_from_data(3, 1, queries, NULL);
    g_assert_null(_umk_meter_build_norm(few, 0.2, 0.05, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
}

/* The first version of the file, which says nothing of axes. */
static void
test_first_version(void)
{
    g_autoptr(UmkMeter) meter = build(), again = NULL;
    g_autoptr(GBytes) bytes = _umk_meter_to_bytes(meter), more = NULL;
    g_autoptr(GByteArray) old = g_bytes_unref_to_array(g_bytes_ref(bytes));
    g_autoptr(GError) error = NULL;

    memcpy(old->data, "UMKMETR1", 8);
    g_byte_array_remove_range(old, 8 + 4 * sizeof(guint32), sizeof(guint32));
    again = _umk_meter_parse(old->data, old->len, &error);
    g_assert_no_error(error);
    more = _umk_meter_to_bytes(again);
    g_assert_true(g_bytes_equal(bytes, more));
    g_assert_null(_umk_meter_parse(old->data, old->len - 1, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
}

static void
test_score(void)
{
    g_autoptr(UmkMeter) meter = build();
    double before = 0.0;

    g_assert_cmpfloat(_umk_meter_score(meter, -1.0), ==, 0.0);
    g_assert_cmpfloat(_umk_meter_score(meter, 2.0), ==, 1.0);
    g_assert_cmpfloat(_umk_meter_score(meter, (double) NAN), ==, 0.0);
    g_assert_cmpfloat_with_epsilon(_umk_meter_score(meter, (double) meter->outside), 0.95,
                                   1e-4);
    g_assert_cmpfloat_with_epsilon(_umk_meter_score(meter, (double) meter->edge), 0.8,
                                   1e-4);
    for (double distance = 0.0; distance < 1.0; distance += 0.01) {
        double score = _umk_meter_score(meter, distance);

        g_assert_cmpfloat(score, >=, before);
        before = score;
    }
}

static void
test_bytes(void)
{
    g_autoptr(UmkMeter) meter = build(), again = NULL, other = NULL;
    g_autoptr(GBytes) bytes = _umk_meter_to_bytes(meter), more = NULL;
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autoptr(GError) error = NULL;

    again = _umk_meter_parse(data, size, &error);
    g_assert_no_error(error);
    more = _umk_meter_to_bytes(again);
    g_assert_true(g_bytes_equal(bytes, more));
    g_assert_null(_umk_meter_parse(data, size - 1, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_pointer(&more, g_bytes_unref);
    umk_set_n_threads(4);
    other = build();
    umk_set_n_threads(0);
    more = _umk_meter_to_bytes(other);
    g_assert_true(g_bytes_equal(bytes, more));
}

static void
test_bad_input(void)
{
    g_autoptr(UmkMatrix) concepts = make_concepts(), held_out = make_held_out();
    g_autofree float *same = g_new0(float, N *D);
    g_autoptr(UmkMatrix) flat = umk_matrix_new_from_data(N, D, same, NULL);
    g_autoptr(UmkMatrix) few = umk_matrix_new_from_data(4, D, same, NULL);
    g_autoptr(UmkMatrix) wide = umk_matrix_new_from_data(N / D, D * D, same, NULL);
    g_autoptr(UmkMeter) meter = build();
    g_autoptr(GError) error = NULL;
    double distance;

    g_assert_null(_umk_meter_build(few, held_out, 4, 64, 0.2, 0.05, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_null(_umk_meter_build(concepts, few, 4, 64, 0.2, 0.05, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_null(_umk_meter_build(flat, held_out, 4, 64, 0.2, 0.05, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_false(_umk_meter_measure(meter, wide, NULL, &distance, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/meter/numpy", test_numpy);
    g_test_add_func("/meter/axes", test_axes);
    g_test_add_func("/meter/norm", test_norm);
    g_test_add_func("/meter/first-version", test_first_version);
    g_test_add_func("/meter/score", test_score);
    g_test_add_func("/meter/bytes", test_bytes);
    g_test_add_func("/meter/bad-input", test_bad_input);
    return g_test_run();
}
