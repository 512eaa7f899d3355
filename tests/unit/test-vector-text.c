/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectors as people write and programs print them, and where the others go wrong. */
#include <umekomi/umekomi.h>

#include <string.h>

static void
test_read(void)
{
    static const char *const same[] = {
        "[0.5, -2, 3e-1]",          "0.5 -2 .3",          "0.5;-2;0.3",
        " [ [+.5 , −2\n 3E-1 ] ] ", "[ 0.5 -2.   0.30 ]", "0.5\t-2e0\t300e-3",
    };
    static const float expected[] = {0.5f, -2, 0.3f};

    for (guint i = 0; i < G_N_ELEMENTS(same); i++) {
        g_autoptr(GError) error = NULL;
        guint column = 99;
        g_autoptr(UmkMatrix) row = umk_vectors_parse(same[i], &column, &error);

        g_assert_no_error(error);
        g_assert_cmpuint(column, ==, 0);
        g_assert_cmpuint(umk_matrix_get_n_rows(row), ==, 1);
        g_assert_cmpuint(umk_matrix_get_n_cols(row), ==, 3);
        g_assert_cmpmem(umk_matrix_get_row(row, 0, NULL), sizeof expected, expected,
                        sizeof expected);
    }
}

static void
test_wrong(void)
{
    static const struct {
        const char *text;
        guint column;
        const char *said;
    } cases[] = {
        {"", 1, "missing"},
        {"[]", 2, "missing"},
        {"[1, , 2]", 5, "missing"},
        {"[, 1]", 2, "missing"},
        {"[1, 2", 6, "“]” is missing"},
        {"[1, two, 3]", 5, "“two”"},
        {"[1, 2two, 3]", 5, "“2two”"},
        {"[1, nan]", 5, "“nan”"},
        {"[1, inf]", 5, "“inf”"},
        {"[1, 0x10]", 5, "“0x10”"},
        {"[1, 1.2.3]", 5, "“1.2.3”"},
        {"[1, ...]", 5, "“...”"},
        {"[1, -]", 5, "“-”"},
        {"[1, 1e]", 5, "“1e”"},
        {"[1, 1e99]", 5, "too large"},
        {"梅 1", 1, "“梅”"},
        {"[1 梅]", 4, "“梅”"},
        {"[1, 2], [3]", 7, "one vector"},
        {"[[1, 2], [3, 4]]", 8, "one vector"},
        {"[1]]", 4, "bracket too many"},
        {"[[[1]]]", 3, "bracket too many"},
        {"[1, 00000000000000000000000000000000000000000000001]", 5, "is no number"},
        {"\xff", 1, "UTF-8"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        guint column = 99;
        g_autoptr(UmkMatrix) row = umk_vectors_parse(cases[i].text, &column, &error);

        g_autofree char *printable = g_utf8_make_valid(cases[i].text, -1);

        g_test_message("%s: %s", printable, error ? error->message : "read");
        g_assert_null(row);
        g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
        g_assert_cmpuint(column, ==, cases[i].column);
        g_assert_nonnull(strstr(error->message, cases[i].said));
    }
}

/* What prints with nine digits comes back to the bit. */
static void
test_exact(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);

    for (guint i = 0; i < 1000; i++) {
        float value = (float) g_rand_double_range(rand, -2, 2), read;
        char digits[G_ASCII_DTOSTR_BUF_SIZE];
        g_autoptr(UmkMatrix) row = umk_vectors_parse(
            g_ascii_formatd(digits, sizeof digits, "%.9g", (double) value), NULL, NULL);

        read = umk_matrix_get_row(row, 0, NULL)[0];
        g_assert_cmpmem(&read, sizeof read, &value, sizeof value);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vector-text/read", test_read);
    g_test_add_func("/vector-text/wrong", test_wrong);
    g_test_add_func("/vector-text/exact", test_exact);
    return g_test_run();
}
