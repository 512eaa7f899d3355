/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PCA against numbers from an independent computation, and its defined behaviour on
 * degenerate data.
 *
 * Golden numbers: NumPy 1.24.2 (Debian python3-numpy), numpy.linalg.svd of the centred
 * float32 data in double, variance s²/(n-1), each right singular vector turned so that
 * its entry of largest magnitude is positive. The data are x[i][j] = sin(0.7 i + 1.3 j² +
 * 0.05 i j) (1 + j mod 5) + 0.01 i (7 j mod 3). */
#include <umekomi/umekomi.h>

#include "core/umk-run-private.h"
#include "linalg/umk-pca-parts-private.h"

#include "core/umk-rng-private.h"
#include "linalg/umk-pca-private.h"

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

static UmkMatrix *
random_matrix(gsize n_rows, gsize n_cols, guint64 seed)
{
    g_autofree float *values = g_new(float, n_rows *n_cols + 1);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n_rows * n_cols; i++)
        values[i] = (float) (_umk_rng_normal(&rng) / sqrt(1.0 + (double) (i % n_cols)));
    return umk_matrix_new_from_data(n_rows, n_cols, values, NULL);
}

static UmkProjection *
fit(UmkMatrix *vectors, const char *options)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_projection_get_params("pca", &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) error = NULL;
    UmkProjection *projection;

    umk_params_parse(params, options, &error);
    g_assert_no_error(error);
    projection = umk_projection_fit("pca", vectors, params, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return projection;
}

static const struct {
    gsize n, d;
    double variance[3], total, first[3], sixth[3], last[3];
} golden[] = {
    {40,
     6,
     {18.2032347096, 6.38713684697, 2.87177430354},
     28.7313356501,
     {5.44524966, -1.55448486, 2.98452791},
     {1.26037353, -0.381816174, -1.63702107},
     {-3.70507823, -1.70109087, 0.7348627}},
    {200,
     33,
     {24.9447521061, 13.3230568357, 13.2821972476},
     191.089422714,
     {-7.17979308, 0.388464079, -5.57565577},
     {-11.2283559, -0.238452981, 5.75090884},
     {5.86295324, 1.5438508, -5.90205677}},
    {12,
     50,
     {62.0653634224, 47.27294308, 44.9011156662},
     311.31288776,
     {-3.38994309, -13.6302337, 3.41464183},
     {8.64699084, -9.46370713, 2.79464422},
     {5.35453404, -1.15406359, 0.53861486}},
};

static void
test_golden(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(golden); i++) {
        g_autoptr(UmkMatrix) x = golden_data(golden[i].n, golden[i].d);
        g_autoptr(UmkProjection) pca = fit(x, "dims=3");
        UmkMatrix *coords = umk_projection_get_coords(pca);
        gsize n_components;
        const double *explained = umk_projection_get_explained(pca, &n_components);

        g_assert_cmpuint(n_components, ==, 3);
        for (gsize c = 0; c < 3; c++) {
            g_assert_cmpfloat_with_epsilon(explained[c],
                                           golden[i].variance[c] / golden[i].total, 1e-8);
            g_assert_cmpfloat_with_epsilon(
                (double) umk_matrix_get_row(coords, 0, NULL)[c], golden[i].first[c],
                2e-5);
            g_assert_cmpfloat_with_epsilon(
                (double) umk_matrix_get_row(coords, 5, NULL)[c], golden[i].sixth[c],
                2e-5);
            g_assert_cmpfloat_with_epsilon(
                (double) umk_matrix_get_row(coords, golden[i].n - 1, NULL)[c],
                golden[i].last[c], 2e-5);
        }
    }
}

/* |C v - variance v| / variance for the covariance C of the rows, in double. */
static double
eigen_error(const float *x, gsize n, gsize d, const UmkPca *pca, gsize component)
{
    const double *v = pca->basis + component * d;
    g_autofree double *image = g_new0(double, d);
    double sum = 0;

    for (gsize i = 0; i < n; i++) {
        double along = 0;

        for (gsize j = 0; j < d; j++)
            along += ((double) x[i * d + j] - pca->mean[j]) * v[j];
        for (gsize j = 0; j < d; j++)
            image[j] += ((double) x[i * d + j] - pca->mean[j]) * along;
    }
    for (gsize j = 0; j < d; j++) {
        double off = image[j] / (double) (n - 1) - pca->variance[component] * v[j];

        sum += off * off;
    }
    return sqrt(sum) / pca->variance[component];
}

/* 9,000 × 400 is above the size from which blocks are summed in float: an eigenvector is
 * then good to about six digits. The randomised way stops when a turn adds less than a
 * millionth to the variance held, which leaves a thousandth in a direction. */
static void
test_solvers(void)
{
    const gsize n = 9000, d = 400, k = 6;
    g_autofree float *x = g_new(float, n *d);
    g_autoptr(UmkPca) exact = NULL, randomised = NULL;
    UmkRng rng;

    _umk_rng_init(&rng, 5, 5);
    for (gsize i = 0; i < n * d; i++)
        x[i] = (float) (3 + _umk_rng_normal(&rng) * 4 / (1 + (double) (i % d) / 3));
    exact = _umk_pca_fit_by(UMK_PCA_EXACT, x, d, n, d, k, FALSE, NULL, NULL);
    randomised = _umk_pca_fit_by(UMK_PCA_RANDOMISED, x, d, n, d, k, FALSE, NULL, NULL);
    g_assert_true(randomised->randomised && !exact->randomised);
    g_assert_cmpfloat_with_epsilon(randomised->total / exact->total, 1, 1e-6);
    for (gsize c = 0; c < k; c++) {
        g_assert_cmpfloat(eigen_error(x, n, d, exact, c), <, 2e-6);
        g_assert_cmpfloat(eigen_error(x, n, d, randomised, c), <, 5e-3);
        g_assert_cmpfloat_with_epsilon(randomised->variance[c] / exact->variance[c], 1,
                                       1e-5);
    }
}

static UmkPca *
fit_on(guint n_threads, const float *x, gsize n, gsize d, gboolean unit_rows)
{
    UmkPca *pca;

    umk_set_n_threads(n_threads);
    pca = _umk_pca_fit_by(UMK_PCA_EXACT, x, d, n, d, 4, unit_rows, NULL, NULL);
    umk_set_n_threads(0);
    return pca;
}

/* Enough rows for sums in float, in numbers that no block, strip or panel divides; sorted
 * and far from the origin, so that a shift by anything but about the mean would cost the
 * last three digits. The last column is constant and has to stay without any variance. */
static void
test_covariance_of_much(void)
{
    const gsize n = 6501, d = 401;
    g_autofree float *x = g_new(float, n *d);
    UmkRng rng;

    _umk_rng_init(&rng, 7, 7);
    for (gsize i = 0; i < n * d; i++)
        x[i] = i % d == d - 1 ? 0.1f
                              : (float) (1000 + (i / d > n / 2) +
                                         _umk_rng_normal(&rng) / (1 + (double) (i % d)));
    for (gsize unit = 0; unit < 2; unit++) {
        g_autoptr(UmkPca) one = fit_on(1, x, n, d, unit == 1);

        for (guint n_threads = 2; n_threads <= 3; n_threads++) {
            g_autoptr(UmkPca) more = fit_on(n_threads, x, n, d, unit == 1);

            g_assert_cmpmem(more->mean, d * 8, one->mean, d * 8);
            g_assert_cmpmem(more->basis, 4 * d * 8, one->basis, 4 * d * 8);
            g_assert_cmpmem(more->variance, 4 * 8, one->variance, 4 * 8);
        }
        if (unit == 1)
            continue;
        for (gsize j = 0; j < d; j++) {
            double sum = 0;

            for (gsize i = 0; i < n; i++)
                sum += (double) x[i * d + j];
            /* a spread of 1 summed in float, sixteen rows at a time */
            g_assert_cmpfloat_with_epsilon(one->mean[j], sum / (double) n, 1e-7);
        }
        for (gsize c = 0; c < 4; c++) {
            /* of the largest, float loses what comes after the seventh digit */
            g_assert_cmpfloat(eigen_error(x, n, d, one, c) * one->variance[c], <,
                              1e-7 * one->variance[0]);
            g_assert_cmpfloat(fabs(one->basis[c * d + d - 1]), <, 1e-15);
        }
    }
}

static void
test_whiten(void)
{
    g_autoptr(UmkMatrix) x = random_matrix(500, 20, 3);
    g_autoptr(UmkProjection) pca = fit(x, "dims=10,whiten=yes");
    g_autoptr(UmkMatrix) again = umk_projection_transform(pca, x, NULL);
    UmkMatrix *coords = umk_projection_get_coords(pca);

    g_assert_true(
        g_bytes_equal(umk_matrix_get_bytes(again), umk_matrix_get_bytes(coords)));
    for (gsize c = 0; c < 10; c++) {
        double sum = 0;

        for (gsize i = 0; i < 500; i++) {
            double at = (double) umk_matrix_get_row(coords, i, NULL)[c];

            sum += at * at;
        }
        g_assert_cmpfloat_with_epsilon(sum / 499, 1, 1e-5);
    }
}

/* Shapes that take the covariance, the Gram matrix and subspace iteration. */
static void
test_orthonormal(void)
{
    static const gsize shapes[][2] = {{500, 20}, {30, 90}, {5000, 70}, {2300, 2200}};

    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
        gsize n = shapes[i][0], d = shapes[i][1];
        g_autoptr(UmkMatrix) x = random_matrix(n, d, i);
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkPca) pca = NULL;

        if (d > 2000 && !g_test_slow())
            continue;
        pca =
            _umk_pca_fit(umk_matrix_get_row(x, 0, NULL), d, n, d, 5, FALSE, NULL, &error);
        g_assert_no_error(error);
        for (gsize a = 0; a < 5; a++) {
            g_assert_true(a == 0 || pca->variance[a] <= pca->variance[a - 1]);
            for (gsize b = 0; b <= a; b++) {
                double dot = 0;

                for (gsize j = 0; j < d; j++)
                    dot += pca->basis[a * d + j] * pca->basis[b * d + j];
                g_assert_cmpfloat_with_epsilon(dot, a == b ? 1.0 : 0.0, 1e-8);
            }
        }
    }
}

static void
test_transform(void)
{
    g_autoptr(UmkMatrix) x = random_matrix(700, 40, 9);
    g_autoptr(UmkProjection) pca = fit(x, "dims=2");
    g_autoptr(UmkMatrix) all = umk_projection_transform(pca, x, NULL);
    guint64 row = 321;
    g_autoptr(UmkMatrix) one = umk_matrix_select_rows(x, &row, 1, NULL);
    g_autoptr(UmkMatrix) alone = umk_projection_transform(pca, one, NULL);
    g_autoptr(UmkMatrix) wide = random_matrix(2, 41, 1);
    g_autoptr(GError) error = NULL;
    UmkMatrix *coords = umk_projection_get_coords(pca);

    g_assert_true(g_bytes_equal(umk_matrix_get_bytes(all), umk_matrix_get_bytes(coords)));
    g_assert_cmpmem(umk_matrix_get_row(alone, 0, NULL), 8,
                    umk_matrix_get_row(coords, 321, NULL), 8);
    g_assert_null(umk_projection_transform(pca, wide, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
}

static void
test_threads(void)
{
    g_autoptr(UmkMatrix) x = random_matrix(9000, 150, 12);
    g_autoptr(UmkProjection) one = NULL, two = NULL;

    umk_set_n_threads(1);
    one = fit(x, "dims=3");
    umk_set_n_threads(2);
    two = fit(x, "dims=3");
    umk_set_n_threads(0);
    g_assert_true(g_bytes_equal(umk_matrix_get_bytes(umk_projection_get_coords(one)),
                                umk_matrix_get_bytes(umk_projection_get_coords(two))));
}

static void
test_unit_length(void)
{
    g_autoptr(UmkMatrix) x = random_matrix(60, 12, 2);
    g_autofree float *scaled = g_memdup2(umk_matrix_get_row(x, 0, NULL), 60 * 12 * 4);
    g_autoptr(UmkMatrix) y = NULL;
    g_autoptr(UmkProjection) a = NULL, b = NULL;

    for (gsize i = 0; i < 60 * 12; i++)
        scaled[i] *= (float) (1 + i / 12);
    y = umk_matrix_new_from_data(60, 12, scaled, NULL);
    a = fit(x, "unit-length=true");
    b = fit(y, "unit-length=true");
    for (gsize i = 0; i < 60; i++)
        for (gsize c = 0; c < 2; c++)
            g_assert_cmpfloat_with_epsilon(
                (double) umk_matrix_get_row(umk_projection_get_coords(a), i, NULL)[c],
                (double) umk_matrix_get_row(umk_projection_get_coords(b), i, NULL)[c],
                1e-5);
}

/* No rows, one row, equal rows and one-dimensional rows all have a layout. */
static void
test_degenerate(void)
{
    static const gsize shapes[][2] = {{0, 4}, {1, 4}, {2, 4}, {5, 1}, {50, 4}, {3, 300}};

    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
        gsize n = shapes[i][0], d = shapes[i][1], n_components;
        g_autofree float *same = g_new(float, n *d + 1);
        g_autoptr(UmkMatrix) x = NULL;
        g_autoptr(UmkProjection) pca = NULL;
        g_autofree char *json = NULL;
        const float *coords;

        for (gsize j = 0; j < n * d; j++)
            same[j] = 0.1f * (float) (1 + j % d);
        x = umk_matrix_new_from_data(n, d, same, NULL);
        pca = fit(x, "dims=3");
        coords = umk_matrix_get_row(umk_projection_get_coords(pca), 0, NULL);
        g_assert_cmpuint(umk_matrix_get_n_rows(umk_projection_get_coords(pca)), ==, n);
        g_assert_cmpuint(umk_matrix_get_n_cols(umk_projection_get_coords(pca)), ==, 3);
        for (gsize j = 0; j < n * 3; j++)
            g_assert_cmpfloat_with_epsilon((double) coords[j], 0, 1e-6);
        for (gsize c = 0; c < 3; c++)
            g_assert_cmpfloat(umk_projection_get_explained(pca, &n_components)[c], ==, 0);
        json = umk_projection_to_json(pca);
        g_assert_nonnull(strstr(json, "\"method\":\"pca\""));
    }
}

static void
test_two_rows(void)
{
    g_autoptr(UmkMatrix) x = umk_matrix_new_from_data(2, 2, (float[4]){0, 0, 3, 4}, NULL);
    g_autoptr(UmkProjection) pca = fit(x, "dims=2");
    UmkMatrix *coords = umk_projection_get_coords(pca);
    gsize n;

    g_assert_cmpfloat_with_epsilon((double) umk_matrix_get_row(coords, 0, NULL)[0], -2.5,
                                   1e-6);
    g_assert_cmpfloat_with_epsilon((double) umk_matrix_get_row(coords, 1, NULL)[0], 2.5,
                                   1e-6);
    g_assert_cmpfloat((double) umk_matrix_get_row(coords, 1, NULL)[1], ==, 0);
    g_assert_cmpfloat_with_epsilon(umk_projection_get_explained(pca, &n)[0], 1, 1e-12);
}

/* Numbers whose squares overflow are refused by what takes distances, and those that just
 * do not are mapped: every place is a number. */
static void
test_range(void)
{
    static const char *const methods[] = {"umap", "tsne", "pacmap", "mds"};
    float data[40 * 4], limit = 0x1p61f; /* 2^62 / sqrt(4) */
    g_autoptr(UmkMatrix) good = NULL, bad = NULL;
    UmkRng rng;

    _umk_rng_init(&rng, 71, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(data); i++)
        data[i] = 0.999f * limit * (_umk_rng_below(&rng, 2) ? -1 : 1) *
                  (float) (1 - 0.1 * _umk_rng_uniform(&rng));
    good = umk_matrix_new_from_data(40, 4, data, NULL);
    data[7] = 2 * limit;
    bad = umk_matrix_new_from_data(40, 4, data, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkProjection) map =
            umk_projection_fit(methods[i], good, NULL, NULL, NULL, NULL, &error);

        g_assert_no_error(error);
        g_assert_true(umk_matrix_check_finite(umk_projection_get_coords(map), NULL));
        g_assert_null(
            umk_projection_fit(methods[i], bad, NULL, NULL, NULL, NULL, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
        g_assert_nonnull(strstr(error->message, "Row 1, column 3"));
    }
}

static void
test_errors(void)
{
    g_autoptr(UmkMatrix) nan = umk_matrix_new_from_data(2, 1, (float[2]){1, NAN}, NULL);
    g_autoptr(UmkMatrix) x = random_matrix(100, 5, 1);
    g_autoptr(GCancellable) cancelled = g_cancellable_new();
    g_autoptr(GError) error = NULL;

    g_assert_null(umk_projection_fit("pca", nan, NULL, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_null(umk_projection_fit("no-such", x, NULL, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_cancellable_cancel(cancelled);
    g_assert_null(umk_projection_fit("pca", x, NULL, cancelled, NULL, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Nobody waits for LAPACK, which cannot be told to stop. */
static void
test_cancel_eigen(void)
{
    gsize size = 800;
    g_autofree double *square = g_new(double, size *size);
    gsize k = UMK_PCA_KRYLOV_MOST + 1;
    g_autofree double *values = g_new(double, k);
    g_autofree double *vectors = g_new(double, k *size);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    g_auto(UmkRun) run = {0};

    for (gsize i = 0; i < size; i++)
        for (gsize j = 0; j < size; j++)
            square[i * size + j] = (double) ((i + j) * 7919 % 1000) / 1000.0;
    _umk_run_init(&run, cancellable, NULL, NULL);
    g_cancellable_cancel(cancellable);
    for (; k > 0; k -= MIN(k, 3)) {
        g_assert_false(_umk_pca_eigen(square, size, k, values, vectors, &run, &error));
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
        g_clear_error(&error);
    }
}

/* ---- few eigenvectors of many ------------------------------------------------------ */

#define KRYLOV_SIZE 600

/* Sum of value · v · vᵀ; v are columns of cosines, which are orthonormal. */
static void
make_symmetric(const double *values, gsize n_values, double *square)
{
    gsize size = KRYLOV_SIZE;
    g_autofree double *v = g_new(double, size);

    memset(square, 0, size * size * sizeof *square);
    for (gsize c = 0; c < n_values; c++) {
        for (gsize i = 0; i < size; i++)
            v[i] = sqrt((c == 0 ? 1.0 : 2.0) / (double) size) *
                   cos(G_PI * (double) c * ((double) i + 0.5) / (double) size);
        for (gsize i = 0; i < size; i++)
            for (gsize j = 0; j < size; j++)
                square[i * size + j] += values[c] * v[i] * v[j];
    }
}

/* |A·x − value·x| for a vector of length 1; what LAPACK leaves is size · 1e-16 · |A|. */
static double
residual(const double *square, double value, const double *x)
{
    double squared = 0.0;

    for (gsize i = 0; i < KRYLOV_SIZE; i++) {
        double sum = -value * x[i];

        for (gsize j = 0; j < KRYLOV_SIZE; j++)
            sum += square[i * KRYLOV_SIZE + j] * x[j];
        squared += sum * sum;
    }
    return sqrt(squared);
}

static void
check_krylov(const double *square, gsize k, const double *wanted)
{
    double values[UMK_PCA_KRYLOV_MOST];
    g_autofree double *vectors = g_new(double, k *KRYLOV_SIZE);
    gboolean settled = FALSE;

    g_assert_true(
        _umk_pca_krylov(square, KRYLOV_SIZE, k, values, vectors, &settled, NULL, NULL));
    g_assert_true(settled);
    for (gsize i = 0; i < k; i++) {
        const double *x = vectors + i * KRYLOV_SIZE;

        g_assert_cmpfloat(fabs(values[i] - wanted[i]), <, 1e-12 * wanted[0]);
        g_assert_cmpfloat(residual(square, values[i], x), <, 1e-12 * wanted[0]);
        for (gsize j = 0; j <= i; j++) {
            double sum = 0.0;

            for (gsize at = 0; at < KRYLOV_SIZE; at++)
                sum += x[at] * vectors[j * KRYLOV_SIZE + at];
            g_assert_cmpfloat(fabs(sum - (i == j)), <, 1e-12);
        }
    }
}

static void
test_krylov(void)
{
    g_autofree double *square = g_new(double, KRYLOV_SIZE *KRYLOV_SIZE);
    double values[KRYLOV_SIZE];

    /* As of embeddings: a few large ones, then a slope. */
    for (gsize i = 0; i < KRYLOV_SIZE; i++)
        values[i] = 10.0 * pow(0.97, (double) i) + 1.0 / (1.0 + (double) i);
    make_symmetric(values, KRYLOV_SIZE, square);
    for (gsize k = 1; k <= UMK_PCA_KRYLOV_MOST; k++)
        check_krylov(square, k, values);
    /* Two equal ones at the top, and two nearly equal ones where the border is. */
    values[1] = values[0];
    values[3] = values[2] * (1.0 - 1e-4);
    make_symmetric(values, KRYLOV_SIZE, square);
    for (gsize k = 2; k <= UMK_PCA_KRYLOV_MOST; k++)
        check_krylov(square, k, values);
}

/* What it cannot do it leaves to LAPACK: nothing at all, fewer directions than steps, a
 * slope so flat that a few dozen steps do not tell its top. */
static void
test_krylov_gives_up(void)
{
    g_autofree double *square = g_new(double, KRYLOV_SIZE *KRYLOV_SIZE);
    g_autofree double *vectors = g_new(double, 2 * KRYLOV_SIZE);
    double values[KRYLOV_SIZE], found[2];

    for (guint turn = 0; turn < 3; turn++) {
        gboolean settled = TRUE;

        for (gsize i = 0; i < KRYLOV_SIZE; i++)
            values[i] = turn == 0   ? 0.0
                        : turn == 1 ? (i < 3 ? 3.0 - (double) i : 0.0)
                                    : 2.0 - 1e-7 * (double) i;
        make_symmetric(values, KRYLOV_SIZE, square);
        g_assert_true(_umk_pca_krylov(square, KRYLOV_SIZE, 2, found, vectors, &settled,
                                      NULL, NULL));
        g_assert_false(settled);
        g_assert_true(_umk_pca_eigen(square, KRYLOV_SIZE, 2, found, vectors, NULL, NULL));
        for (gsize i = 0; i < 2; i++) {
            g_assert_cmpfloat(fabs(found[i] - values[i]), <, 1e-12);
            g_assert_cmpfloat(residual(square, found[i], vectors + i * KRYLOV_SIZE), <,
                              1e-12);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/projection/golden", test_golden);
    g_test_add_func("/projection/orthonormal", test_orthonormal);
    g_test_add_func("/projection/solvers", test_solvers);
    g_test_add_func("/projection/covariance-of-much", test_covariance_of_much);
    g_test_add_func("/projection/whiten", test_whiten);
    g_test_add_func("/projection/transform", test_transform);
    g_test_add_func("/projection/threads", test_threads);
    g_test_add_func("/projection/unit-length", test_unit_length);
    g_test_add_func("/projection/degenerate", test_degenerate);
    g_test_add_func("/projection/two-rows", test_two_rows);
    g_test_add_func("/projection/range", test_range);
    g_test_add_func("/projection/errors", test_errors);
    g_test_add_func("/projection/cancel-eigen", test_cancel_eigen);
    g_test_add_func("/projection/krylov", test_krylov);
    g_test_add_func("/projection/krylov-gives-up", test_krylov_gives_up);
    return g_test_run();
}
