/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "io/umk-word-vectors-private.h"

#include <umekomi/umk-error.h>

#include <math.h>
#include <string.h>

static UmkMatrix *
parse(const char *text, gsize size, char ***names, GPtrArray *problems, GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, size);

    return _umk_word_vectors_parse(bytes, names, problems, error);
}

static void
check(const char *text,
      gsize n_rows,
      gsize n_dims,
      const char *const *words,
      const char *problem)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) names = NULL;
    g_autoptr(UmkMatrix) matrix = parse(text, strlen(text), &names, problems, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_rows(matrix), ==, n_rows);
    g_assert_cmpuint(umk_matrix_get_n_cols(matrix), ==, n_dims);
    g_assert_cmpuint(g_strv_length(names), ==, n_rows);
    for (gsize i = 0; words[i] != NULL; i++)
        g_assert_cmpstr(names[i], ==, words[i]);
    g_assert_cmpuint(problems->len, ==, problem != NULL);
    if (problem != NULL)
        g_assert_nonnull(strstr(problems->pdata[0], problem));
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
test_text(void)
{
    check("2 3\ncat 1 2 3\ndog -4.5 1e-3 .25\n", 2, 3, WORDS("cat", "dog"), NULL);
    check("2 3\r\ncat 1 2 3 \r\ndog\t4\t5\t6\r\n", 2, 3, WORDS("cat", "dog"), NULL);
    check("cat 1 2 3\ndog 4 5 6", 2, 3, WORDS("cat", "dog"), NULL);
    check("\xef\xbb\xbf"
          "cat 1 2\n7 4 5\n",
          2, 2, WORDS("cat", "7"), NULL);
}

static void
test_blanks_in_words(void)
{
    check(". . . 1 2 3\nnew york 4 5 6\na 7 8 9\n", 3, 3, WORDS(". . .", "new york", "a"),
          NULL);
    check("2 2\nat name@domain.com 1 2\n1 2 3 4\n", 2, 2,
          WORDS("at name@domain.com", "1 2"), NULL);
}

static void
test_not_utf8(void)
{
    check("2 2\nna\xefve 1 2\nok 3 4\n", 2, 2, WORDS("na\xef\xbf\xbdve", "ok"), NULL);
}

static void
test_broken_lines(void)
{
    check("a 1 2 3\nb 4 5 6\nc 7", 2, 3, WORDS("a", "b"),
          "line 3: the last line is cut off");
    check("3 2\na 1 2\nb x 4\nc 5 6\n", 2, 2, WORDS("a", "c"), "line 3: not a word");
    check("5 2\na 1 2\nb 3 4\n", 2, 2, WORDS("a", "b"),
          "header says 5 vectors, there are 2");
}

static void
test_refused(void)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "words only\nand more of them\n",
        "0 0\n",
        "2 70000\na 1\n",
        "99999999999999999 2\n",
        "a 1 nan\nb 2 3\n",
        "1 2\na inf 1\n",
        "\xba\x16\x4f\x2f\x0c\x00\x00\x00",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GError) error = NULL;

        g_assert_null(parse(texts[i], strlen(texts[i]), NULL, problems, &error));
        g_assert_nonnull(error);
        g_assert_cmpuint(error->domain, ==, UMK_ERROR);
    }
}

static void
append_float(GByteArray *out, float value)
{
    guint32 bits;

    memcpy(&bits, &value, sizeof bits);
    bits = GUINT32_TO_LE(bits);
    g_byte_array_append(out, (const guint8 *) &bits, sizeof bits);
}

static void
test_binary(gconstpointer newline)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) names = NULL, cut_names = NULL;
    g_autoptr(UmkMatrix) matrix = NULL, cut = NULL;

    g_byte_array_append(out, (const guint8 *) "2 3\n", 4);
    for (int i = 0; i < 2; i++) {
        g_byte_array_append(out, (const guint8 *) (i ? "dog " : "cat "), 4);
        for (int j = 0; j < 3; j++)
            append_float(out, (float) i - (float) j / 7);
        g_byte_array_append(out, newline, (guint) strlen(newline));
    }
    matrix = parse((const char *) out->data, out->len, &names, problems, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(problems->len, ==, 0);
    g_assert_cmpuint(umk_matrix_get_n_rows(matrix), ==, 2);
    g_assert_cmpstr(names[1], ==, "dog");
    g_assert_cmpfloat(umk_matrix_get_row(matrix, 1, NULL)[2], ==, 1.0f - 2.0f / 7);
    cut = parse((const char *) out->data, out->len - 4, &cut_names, problems, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_rows(cut), ==, 1);
    g_assert_cmpuint(problems->len, ==, 1);
}

/* Every spelling gives what strtod gives. */
static void
test_numbers(void)
{
    static const char *const numbers[] = {
        "0",
        "-0",
        "1.5",
        "-.5",
        "5.",
        "1e10",
        "-2.5E-3",
        "0.1",
        "123456789.123456789",
        "9007199254740993",
        "0.000000000000000000123",
        "1234567890123456789012",
        "3.4e38",
        "1e-46",
        "0x10",
        "+7",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_autofree char *text = g_strdup_printf("1 1\nword %s\n", numbers[i]);
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkMatrix) matrix = parse(text, strlen(text), NULL, NULL, &error);

        g_assert_no_error(error);
        g_assert_cmpfloat(umk_matrix_get_row(matrix, 0, NULL)[0], ==,
                          (float) g_ascii_strtod(numbers[i], NULL));
    }
}

static void
test_fvecs(void)
{
    static const guint8 data[] = {2, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64,
                                  2, 0, 0, 0, 0, 0, 64,  64, 0, 0, 0, 0};
    static const guint8 mixed[] = {2, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64,
                                   1, 0, 0, 0, 0, 0, 64,  64, 0, 0, 0, 0};
    g_autoptr(GBytes) good = g_bytes_new_static(data, sizeof data);
    g_autoptr(GBytes) cut = g_bytes_new_static(data, sizeof data - 1);
    g_autoptr(GBytes) bad = g_bytes_new_static(mixed, sizeof mixed);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) matrix = _umk_fvecs_parse(good, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_rows(matrix), ==, 2);
    g_assert_cmpfloat(umk_matrix_get_row(matrix, 1, NULL)[0], ==, 3);
    g_assert_null(_umk_fvecs_parse(cut, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_null(_umk_fvecs_parse(bad, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
}

/* Real files, where they are. */
static void
test_real(void)
{
    static const struct {
        const char *path;
        gsize n_rows, n_dims, n_problems;
    } files[] = {
        {"glove-2k/glove.6B.50d.first2443.txt", 2446, 50, 0},
        {"glove-subset/glove_subset.100d.txt", 171, 100, 0},
        {"weat-word2vec/weat_w2v____old.txt", 347, 300, 0},
        {"loader-files/lee_fasttext.vec", 1762, 10, 0},
        {"loader-files/crime-and-punishment.vec", 291, 5, 0},
        {"loader-files/euclidean_vectors.bin", 0, 0, 0},
        {"loader-files/poincare_vectors.bin", 0, 0, 0},
        {"loader-files/pang_lee_polarity_fasttext.vec", 0, 0, 0},
        {"loader-files/test_glove.txt", 0, 0, 0},
        {"loader-files/EN.1-10.cbow1_wind5_hs0_neg10_size300_smpl1e-05.txt", 0, 0, 0},
    };
    const char *shared = g_getenv("UMEKOMI_SHARED");

    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path =
            g_build_filename(shared ? shared : "", "data/words", files[i].path, NULL);
        g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
        g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) bytes = NULL;
        g_autoptr(UmkMatrix) matrix = NULL;

        if (file == NULL) {
            g_test_skip("the shared data are absent");
            return;
        }
        bytes = g_mapped_file_get_bytes(file);
        matrix = _umk_word_vectors_parse(bytes, NULL, problems, &error);
        g_assert_no_error(error);
        g_test_message("%s: %zu × %zu, %u problems %s", files[i].path,
                       umk_matrix_get_n_rows(matrix), umk_matrix_get_n_cols(matrix),
                       problems->len, problems->len ? (char *) problems->pdata[0] : "");
        if (files[i].n_rows == 0)
            continue;
        g_assert_cmpuint(umk_matrix_get_n_rows(matrix), ==, files[i].n_rows);
        g_assert_cmpuint(umk_matrix_get_n_cols(matrix), ==, files[i].n_dims);
        g_assert_cmpuint(problems->len, ==, files[i].n_problems);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/word-vectors/text", test_text);
    g_test_add_func("/word-vectors/blanks-in-words", test_blanks_in_words);
    g_test_add_func("/word-vectors/not-utf8", test_not_utf8);
    g_test_add_func("/word-vectors/broken-lines", test_broken_lines);
    g_test_add_func("/word-vectors/refused", test_refused);
    g_test_add_data_func("/word-vectors/binary", "", test_binary);
    g_test_add_data_func("/word-vectors/binary-newline", "\n", test_binary);
    g_test_add_func("/word-vectors/numbers", test_numbers);
    g_test_add_func("/word-vectors/fvecs", test_fvecs);
    g_test_add_func("/word-vectors/real", test_real);
    return g_test_run();
}
