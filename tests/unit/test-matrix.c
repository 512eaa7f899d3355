/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <umekomi/umekomi.h>

#include "core/umk-matrix-private.h"

#include <math.h>

static void
test_shape_must_match(void)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static("0123456789ab", 12);
    g_autoptr(GError) error = NULL;

    g_assert_null(umk_matrix_new_from_bytes(2, 2, bytes, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_null(umk_matrix_new_from_bytes(G_MAXSIZE / 2, 3, bytes, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
}

static void
test_rows(void)
{
    const float data[] = {1, 2, 3, 4, 5, 6};
    const guint64 order[] = {2, 0, 2}, beyond[] = {3};
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) m = umk_matrix_new_from_data(3, 2, data, &error);
    g_autoptr(UmkMatrix) s = umk_matrix_select_rows(m, order, 3, &error);
    gsize n_cols;

    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_rows(m), ==, 3);
    g_assert_cmpfloat(umk_matrix_get_row(m, 1, &n_cols)[1], ==, 4);
    g_assert_cmpuint(n_cols, ==, 2);
    g_assert_cmpfloat(umk_matrix_get_row(s, 0, NULL)[0], ==, 5);
    g_assert_cmpfloat(umk_matrix_get_row(s, 1, NULL)[0], ==, 1);
    g_assert_null(umk_matrix_select_rows(m, beyond, 1, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
}

static void
test_finite(void)
{
    const float data[] = {1, 2, NAN, 4};
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) m = umk_matrix_new_from_data(2, 2, data, NULL);

    g_assert_false(umk_matrix_check_finite(m, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_assert_nonnull(strstr(error->message, "Row 1, column 0"));
}

/* More than one task looks at; the first of all is told, whoever finds it. */
static void
test_finite_of_many(void)
{
    const gsize n = 3000, d = 1000;
    g_autofree float *data = g_new0(float, n *d);

    for (guint n_threads = 1; n_threads <= 3; n_threads++) {
        g_autoptr(UmkMatrix) m = umk_matrix_new_from_data(n, d, data, NULL);
        g_autoptr(UmkMatrix) bad = NULL;
        g_autoptr(GError) error = NULL;

        umk_set_n_threads(n_threads);
        g_assert_true(umk_matrix_check_finite(m, &error));
        data[1234 * d + 567] = -INFINITY;
        data[1234 * d + 568] = data[2999 * d + 999] = NAN;
        bad = umk_matrix_new_from_data(n, d, data, NULL);
        g_assert_false(umk_matrix_check_finite(bad, &error));
        g_assert_nonnull(strstr(error->message, "Row 1234, column 567"));
        data[1234 * d + 567] = data[1234 * d + 568] = 0;
        g_clear_error(&error);
        g_clear_pointer(&bad, umk_matrix_unref);
        bad = umk_matrix_new_from_data(n, d, data, NULL);
        g_assert_false(umk_matrix_check_finite(bad, &error));
        g_assert_nonnull(strstr(error->message, "Row 2999, column 999"));
        data[2999 * d + 999] = 0;
    }
    umk_set_n_threads(0);
}

/* The limit itself is refused, what is next to it not, wherever it stands in a block. */
static void
test_range(void)
{
    const gsize d = 100;
    float limit = 0x1p62f / 10, data[200] = {0};

    for (gsize at = 0; at < 200; at += 33)
        for (int sign = -1; sign <= 1; sign += 2) {
            g_autoptr(UmkMatrix) good = NULL, bad = NULL;
            g_autoptr(GError) error = NULL;
            g_autofree char *where =
                g_strdup_printf("Row %zu, column %zu is %g", at / d, at % d,
                                (double) sign * (double) limit);

            data[at] = (float) sign * nextafterf(limit, 0);
            good = umk_matrix_new_from_data(2, d, data, NULL);
            g_assert_true(_umk_matrix_check_range(good, &error));
            g_assert_no_error(error);
            data[at] = (float) sign * limit;
            bad = umk_matrix_new_from_data(2, d, data, NULL);
            g_assert_true(umk_matrix_check_finite(bad, NULL));
            g_assert_false(_umk_matrix_check_range(bad, &error));
            g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
            g_assert_nonnull(strstr(error->message, where));
            g_clear_error(&error);
            data[at] = NAN;
            g_clear_pointer(&bad, umk_matrix_unref);
            bad = umk_matrix_new_from_data(2, d, data, NULL);
            g_assert_false(_umk_matrix_check_range(bad, &error));
            g_assert_nonnull(strstr(error->message, "not a finite number"));
            data[at] = 0;
        }
}

static void
test_empty(void)
{
    g_autoptr(UmkMatrix) m = umk_matrix_new_from_data(0, 5, NULL, NULL);

    g_assert_nonnull(m);
    g_assert_cmpuint(umk_matrix_get_n_rows(m), ==, 0);
    g_assert_true(umk_matrix_check_finite(m, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/matrix/shape-must-match", test_shape_must_match);
    g_test_add_func("/matrix/rows", test_rows);
    g_test_add_func("/matrix/finite", test_finite);
    g_test_add_func("/matrix/finite-of-many", test_finite_of_many);
    g_test_add_func("/matrix/range", test_range);
    g_test_add_func("/matrix/empty", test_empty);
    return g_test_run();
}
