/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a map against an independent computation, and their defined behaviour.
 *
 * Golden numbers: scikit-learn 1.2.1, SciPy 1.10.1, NumPy 1.24.2 (Debian 12), in double:
 * sklearn.manifold.trustworthiness (continuity: with the arguments exchanged; for cosine
 * after bringing rows to length 1), NearestNeighbors for preservation and a majority vote
 * over it for label accuracy, silhouette_score, scipy.spatial.procrustes, and all 13
 * million triplets counted with NumPy. The vectors are x[i][j] = sin(0.7 i + 1.3 j² +
 * 0.05 i j) (1 + j mod 5) + 0.01 i (7 j mod 3), 300 × 20; the map is (x0 + x7 / 2, x1 / 2
 * + x12), the other map (x3, x1). */
#include <umekomi/umekomi.h>

#include <math.h>
#include <string.h>

#define N 300
#define D 20

typedef struct {
    UmkMatrix *vectors, *map, *other;
    GBytes *labels;
} Fixture;

static void
set_up(Fixture *f, gconstpointer unused)
{
    g_autofree float *x = g_new(float, N *D), *map = g_new(float, N * 2),
                     *other = g_new(float, N * 2);
    gint32 *labels = g_new(gint32, N);

    for (gsize i = 0; i < N; i++) {
        float *row = x + i * D;

        for (gsize j = 0; j < D; j++) {
            double a = (double) i, b = (double) j;

            row[j] = (float) (sin(0.7 * a + 1.3 * b * b + 0.05 * a * b) *
                                  (1.0 + (double) (j % 5)) +
                              0.01 * a * (double) (j * 7 % 3));
        }
        map[2 * i] = row[0] + 0.5f * row[7];
        map[2 * i + 1] = row[1] * 0.5f + row[12];
        other[2 * i] = row[3];
        other[2 * i + 1] = row[1];
        labels[i] = (row[0] > 0) + 2 * (i * 7 % 4 == 0);
    }
    f->vectors = umk_matrix_new_from_data(N, D, x, NULL);
    f->map = umk_matrix_new_from_data(N, 2, map, NULL);
    f->other = umk_matrix_new_from_data(N, 2, other, NULL);
    f->labels = g_bytes_new_take(labels, N * sizeof *labels);
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
    umk_matrix_unref(f->vectors);
    umk_matrix_unref(f->map);
    umk_matrix_unref(f->other);
    g_bytes_unref(f->labels);
}

static const struct {
    guint k;
    UmkMetric metric;
    double trustworthiness, continuity, preservation, label_accuracy;
} golden[] = {
    {5, UMK_METRIC_EUCLIDEAN, 0.568011415525, 0.689251141553, 0.052, 0.503333333333},
    {5, UMK_METRIC_COSINE, 0.536744292237, 0.680748858447, 0.053333333333,
     0.503333333333},
    {15, UMK_METRIC_EUCLIDEAN, 0.558864821500, 0.628142799840, 0.081777777778,
     0.523333333333},
    {15, UMK_METRIC_COSINE, 0.544895306859, 0.616227035700, 0.080666666667,
     0.523333333333},
};

/* Figures that count are the same but for rounding in the last division; preservation is
 * a mean of floats. */
static void
test_golden(Fixture *f, gconstpointer unused)
{
    for (gsize i = 0; i < G_N_ELEMENTS(golden); i++) {
        g_autoptr(GError) error = NULL;
        UmkMapQuality q;

        g_assert_true(umk_eval_map(f->vectors, f->map, golden[i].metric, golden[i].k,
                                   f->labels, 7, &q, NULL, NULL, NULL, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(q.n_rows, ==, N);
        g_assert_cmpuint(q.n_sample, ==, N);
        g_assert_cmpfloat_with_epsilon(q.trustworthiness, golden[i].trustworthiness,
                                       1e-11);
        g_assert_cmpfloat_with_epsilon(q.continuity, golden[i].continuity, 1e-11);
        g_assert_cmpfloat_with_epsilon(q.preservation, golden[i].preservation, 1e-7);
        g_assert_cmpfloat_with_epsilon(q.label_accuracy, golden[i].label_accuracy, 1e-11);
        g_assert_cmpfloat_with_epsilon(q.silhouette, -0.044950222070, 1e-11);
    }
}

/* 200,000 of the triplets at random: four standard deviations of the share are 0.0045. */
static void
test_triplets(Fixture *f, gconstpointer unused)
{
    UmkMapQuality q, again, perfect;

    g_assert_true(umk_eval_map(f->vectors, f->map, UMK_METRIC_EUCLIDEAN, 5, NULL, 1, &q,
                               NULL, NULL, NULL, NULL));
    g_assert_cmpfloat_with_epsilon(q.triplets, 0.543992, 0.0045);
    g_assert_true(umk_eval_map(f->vectors, f->map, UMK_METRIC_EUCLIDEAN, 5, NULL, 1,
                               &again, NULL, NULL, NULL, NULL));
    g_assert_cmpfloat(q.triplets, ==, again.triplets);
    g_assert_true(isnan(q.silhouette) && isnan(q.label_accuracy));
    g_assert_true(umk_eval_map(f->vectors, f->vectors, UMK_METRIC_EUCLIDEAN, 15, NULL, 1,
                               &perfect, NULL, NULL, NULL, NULL));
    g_assert_cmpfloat(perfect.trustworthiness, ==, 1);
    g_assert_cmpfloat(perfect.continuity, ==, 1);
    g_assert_cmpfloat(perfect.preservation, ==, 1);
    g_assert_cmpfloat(perfect.triplets, ==, 1);
}

/* Row by row the mean is the golden one; by hand where it is easy; a sample is of the
 * seed, and rows outside say nothing. */
static void
test_silhouettes(Fixture *f, gconstpointer unused)
{
    /* on a line: 0 and 2, 10 and 12, and one of no group; a = 2, b = 11 for the first */
    static const float places[] = {0, 2, 10, 12, 5};
    static const gint32 groups[] = {0, 0, 3, 3, -1}, one[] = {0, 0, 0, -1, -1};
    g_autoptr(UmkMatrix) line = umk_matrix_new_from_data(5, 1, places, NULL);
    g_autoptr(GBytes) labels = g_bytes_new_static(groups, sizeof groups);
    g_autoptr(GBytes) alone = g_bytes_new_static(one, sizeof one);
    g_autoptr(UmkMatrix) all = umk_eval_silhouettes(
        f->map, f->labels, UMK_METRIC_EUCLIDEAN, 0, 1, NULL, NULL, NULL, NULL);
    g_autoptr(UmkMatrix) hand = umk_eval_silhouettes(line, labels, UMK_METRIC_EUCLIDEAN,
                                                     0, 1, NULL, NULL, NULL, NULL);
    g_autoptr(UmkMatrix) none = umk_eval_silhouettes(line, alone, UMK_METRIC_EUCLIDEAN, 0,
                                                     1, NULL, NULL, NULL, NULL);
    g_autoptr(UmkMatrix) few = umk_eval_silhouettes(
        f->map, f->labels, UMK_METRIC_EUCLIDEAN, 50, 1, NULL, NULL, NULL, NULL);
    g_autoptr(UmkMatrix) same = umk_eval_silhouettes(
        f->map, f->labels, UMK_METRIC_EUCLIDEAN, 50, 1, NULL, NULL, NULL, NULL);
    g_autoptr(UmkMatrix) other = umk_eval_silhouettes(
        f->map, f->labels, UMK_METRIC_EUCLIDEAN, 50, 2, NULL, NULL, NULL, NULL);
    g_autoptr(GCancellable) stopped = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    double sum = 0;
    gsize n = 0, n_few = 0, n_moved = 0;

    for (gsize i = 0; i < N; i++) {
        double figure = (double) umk_matrix_get_row(all, i, NULL)[0];
        float a = umk_matrix_get_row(few, i, NULL)[0];
        float b = umk_matrix_get_row(same, i, NULL)[0];

        if (!isnan(figure)) {
            sum += figure;
            n++;
        }
        n_few += !isnan(a);
        g_assert_true(a == b || (isnan(a) && isnan(b)));
        n_moved += isnan(a) != isnan(umk_matrix_get_row(other, i, NULL)[0]);
    }
    /* figures are floats: 1e-7 of at most 1 each */
    g_assert_cmpfloat_with_epsilon(sum / (double) n, -0.044950222070, 1e-7);
    g_assert_cmpuint(n_few, ==, 50);
    g_assert_cmpuint(n_moved, >, 0);
    g_assert_cmpfloat_with_epsilon(umk_matrix_get_row(hand, 0, NULL)[0], 9.0f / 11,
                                   1e-6f);
    g_assert_cmpfloat_with_epsilon(umk_matrix_get_row(hand, 1, NULL)[0], 7.0f / 9, 1e-6f);
    g_assert_true(isnan(umk_matrix_get_row(hand, 4, NULL)[0]));
    g_assert_true(isnan(umk_matrix_get_row(none, 0, NULL)[0]));
    g_assert_null(umk_eval_silhouettes(f->map, alone, UMK_METRIC_EUCLIDEAN, 0, 1, NULL,
                                       NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_cancellable_cancel(stopped);
    g_assert_null(umk_eval_silhouettes(f->map, f->labels, UMK_METRIC_EUCLIDEAN, 0, 1,
                                       stopped, NULL, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_points(Fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) points = umk_eval_map_points(
        f->vectors, f->map, UMK_METRIC_COSINE, 15, NULL, NULL, NULL, &error);
    double sum = 0;

    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_rows(points), ==, N);
    for (gsize i = 0; i < N; i++)
        sum += (double) umk_matrix_get_row(points, i, NULL)[0];
    g_assert_cmpfloat_with_epsilon(sum / N, 0.080666666667, 1e-7);
    g_assert_cmpfloat_with_epsilon((double) umk_matrix_get_row(points, 0, NULL)[0],
                                   1.0 / 15, 1e-7);
    g_assert_cmpfloat_with_epsilon((double) umk_matrix_get_row(points, 7, NULL)[0],
                                   2.0 / 15, 1e-7);
}

/* The best turn is kept in float32: a millionth of the scatter is rounding. */
static void
test_difference(Fixture *f, gconstpointer unused)
{
    g_autofree float *turned = g_new(float, N * 2);
    g_autofree float *same = g_new0(float, N * 2);
    g_autoptr(UmkMatrix) moved = NULL, flat = NULL;
    g_autoptr(GError) error = NULL;

    for (gsize i = 0; i < N; i++) {
        const float *at = umk_matrix_get_row(f->map, i, NULL);

        turned[2 * i] = -3 * at[1] + 5;
        turned[2 * i + 1] = 3 * at[0] - 1;
    }
    moved = umk_matrix_new_from_data(N, 2, turned, NULL);
    flat = umk_matrix_new_from_data(N, 2, same, NULL);
    g_assert_cmpfloat_with_epsilon(umk_eval_map_difference(f->map, f->other, NULL),
                                   0.971309698881, 1e-6);
    g_assert_cmpfloat(umk_eval_map_difference(f->map, moved, NULL), <, 1e-6);
    g_assert_cmpfloat(umk_eval_map_difference(f->map, flat, NULL), ==, 1);
    g_assert_cmpfloat(umk_eval_map_difference(flat, flat, NULL), ==, 0);
    g_assert_cmpfloat(umk_eval_map_difference(f->map, f->vectors, &error), ==, -1);
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
}

static void
test_threads(Fixture *f, gconstpointer unused)
{
    UmkMapQuality one, two;

    memset(&one, 0, sizeof one);
    memset(&two, 0, sizeof two);
    umk_set_n_threads(1);
    g_assert_true(umk_eval_map(f->vectors, f->map, UMK_METRIC_COSINE, 10, f->labels, 3,
                               &one, NULL, NULL, NULL, NULL));
    umk_set_n_threads(2);
    g_assert_true(umk_eval_map(f->vectors, f->map, UMK_METRIC_COSINE, 10, f->labels, 3,
                               &two, NULL, NULL, NULL, NULL));
    umk_set_n_threads(0);
    g_assert_cmpmem(&one, sizeof one, &two, sizeof two);
}

/* Equal rows rank by their number, a label that stands alone counts 0 (so does
 * scikit-learn), one label has no silhouette. */
static void
test_degenerate(void)
{
    static const float same[20] = {0};
    gint32 labels[20] = {1};
    g_autoptr(UmkMatrix) x = umk_matrix_new_from_data(20, 1, same, NULL);
    g_autoptr(GBytes) two = g_bytes_new(labels, sizeof labels);
    g_autoptr(GBytes) one = NULL;
    UmkMapQuality q;

    g_assert_true(
        umk_eval_map(x, x, UMK_METRIC_COSINE, 3, two, 1, &q, NULL, NULL, NULL, NULL));
    g_assert_cmpfloat(q.trustworthiness, ==, 1);
    g_assert_cmpfloat(q.preservation, ==, 1);
    g_assert_cmpfloat(q.silhouette, ==, 0);
    labels[0] = 0;
    one = g_bytes_new(labels, sizeof labels);
    g_assert_true(
        umk_eval_map(x, x, UMK_METRIC_COSINE, 3, one, 1, &q, NULL, NULL, NULL, NULL));
    g_assert_true(isnan(q.silhouette));
    g_assert_cmpfloat(q.label_accuracy, ==, 1);
}

static void
expect(Fixture *f, UmkMatrix *map, UmkMetric metric, guint k, int code)
{
    g_autoptr(GError) error = NULL;
    UmkMapQuality q;

    g_assert_false(
        umk_eval_map(f->vectors, map, metric, k, NULL, 1, &q, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, code);
}

static void
test_errors(Fixture *f, gconstpointer unused)
{
    static const float bad[2 * N] = {NAN};
    g_autoptr(UmkMatrix) nan = umk_matrix_new_from_data(N, 2, bad, NULL);
    g_autoptr(UmkMatrix) empty = umk_matrix_new_from_data(0, 2, bad, NULL);
    g_autoptr(GCancellable) cancelled = g_cancellable_new();
    g_autoptr(GBytes) few = g_bytes_new(bad, 8);
    g_autoptr(GError) error = NULL;
    UmkMapQuality q;

    expect(f, nan, UMK_METRIC_COSINE, 15, UMK_ERROR_INVALID_DATA);
    expect(f, empty, UMK_METRIC_COSINE, 15, UMK_ERROR_DIMENSION);
    expect(f, f->map, UMK_METRIC_DOT, 15, UMK_ERROR_NOT_SUPPORTED);
    expect(f, f->map, UMK_METRIC_COSINE, N / 2, UMK_ERROR_PARAM);
    expect(f, f->map, UMK_METRIC_COSINE, 0, UMK_ERROR_PARAM);
    g_assert_false(umk_eval_map(empty, empty, UMK_METRIC_COSINE, 1, NULL, 1, &q, NULL,
                                NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_clear_error(&error);
    g_assert_false(umk_eval_map(f->vectors, f->map, UMK_METRIC_COSINE, 5, few, 1, &q,
                                NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_cancellable_cancel(cancelled);
    g_assert_false(umk_eval_map(f->vectors, f->map, UMK_METRIC_COSINE, 5, NULL, 1, &q,
                                cancelled, NULL, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/eval/golden", Fixture, NULL, set_up, test_golden, tear_down);
    g_test_add("/eval/triplets", Fixture, NULL, set_up, test_triplets, tear_down);
    g_test_add("/eval/silhouettes", Fixture, NULL, set_up, test_silhouettes, tear_down);
    g_test_add("/eval/points", Fixture, NULL, set_up, test_points, tear_down);
    g_test_add("/eval/difference", Fixture, NULL, set_up, test_difference, tear_down);
    g_test_add("/eval/threads", Fixture, NULL, set_up, test_threads, tear_down);
    g_test_add_func("/eval/degenerate", test_degenerate);
    g_test_add("/eval/errors", Fixture, NULL, set_up, test_errors, tear_down);
    return g_test_run();
}
