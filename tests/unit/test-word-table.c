/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words looked up in files, and texts cut in words. */
#include "io/umk-word-table-private.h"

#include <umekomi/umekomi.h>

#include <glib/gstdio.h>

#include <math.h>
#include <string.h>

#include "io/umk-fasttext-private.h"
#include "io/umk-word-vectors-private.h"
#include "modalities/text/umk-word-cut-private.h"

static UmkWordTable *
make(const char *text, gsize size, GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, size);

    return _umk_word_table_new(bytes, error);
}

/* A table has what reading the whole file gives. */
static void
check_same(const char *text, gsize size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, size);
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) names = NULL;
    g_autoptr(UmkMatrix) matrix = _umk_word_vectors_parse(bytes, &names, problems, NULL);
    g_autoptr(UmkWordTable) table = _umk_word_table_new(bytes, &error);
    gsize n_dims = umk_matrix_get_n_cols(matrix);
    g_autofree float *row = g_new(float, n_dims);

    g_assert_no_error(error);
    g_assert_true(_umk_word_table_probe(text, size));
    g_assert_cmpuint(_umk_word_table_get_n_dims(table), ==, n_dims);
    for (gsize i = 0; names[i] != NULL; i++) {
        guint32 word = _umk_word_table_find(table, names[i], strlen(names[i]));

        g_assert_cmpuint(word, !=, UMK_WORD_NONE);
        g_assert_true(_umk_word_table_read(table, word, row, NULL));
        g_assert_cmpmem(row, n_dims * 4, umk_matrix_get_row(matrix, i, NULL), n_dims * 4);
    }
    g_assert_cmpuint(_umk_word_table_find(table, "absent", 6), ==, UMK_WORD_NONE);
}

static void
test_formats(void)
{
    static const char text[] = "3 3\ncat 1 2 3\ndog -4.5 1e-3 .25\nnew york 1 0 0\n";
    static const char glove[] = "cat 1 2 3\ndog\t4\t5\t6\r\n. . . 7 8 9";
    static const char binary[] =
        "2 2\ncat \0\0\x80\x3f\0\0\0\x40\ndog \0\0\0\0\0\0\x80\xbf\n";

    check_same(text, strlen(text));
    check_same(glove, strlen(glove));
    check_same(binary, sizeof binary - 1);
}

static void
test_many(void)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < 5000; i++)
        g_string_append_printf(text, "w%u %u %u.5\n", i * 7919, i, i);
    check_same(text->str, text->len);
}

static void
test_twice(void)
{
    static const char text[] = "a 1 2\nb 3 4\na 5 6\n";
    g_autoptr(UmkWordTable) table = make(text, strlen(text), NULL);
    float row[2];

    g_assert_cmpuint(_umk_word_table_find(table, "a", 1), ==, 0);
    g_assert_true(_umk_word_table_read(table, 0, row, NULL));
    g_assert_cmpfloat(row[0], ==, 1);
}

static void
test_refused(void)
{
    static const char *const texts[] = {"", "\n\n", "words only\nand more\n", "0 0\n",
                                        "2 70000\na 1\n"};
    static const char *const rows[] = {"a nan 1\nb 1 2\n", "2 2\na 1 2\nb x1 inf\n"};

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(make(texts[i], strlen(texts[i]), &error));
        g_assert_error(error, UMK_ERROR, error->code);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkWordTable) table = make(rows[i], strlen(rows[i]), &error);
        float row[2];

        g_assert_no_error(error);
        g_assert_false(_umk_word_table_read(table, (guint32) i, row, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    }
}

static void
check_cut(const char *text, const char *words, gsize n_unknown, const char *unknown)
{
    static const char vectors[] = "the 1 0\nThe 2 0\ncat 3 0\nwell-known 4 0\nwell 5 0\n"
                                  "猫 6 0\n犬 7 0\n子犬 8 0\nが 9 0\n, 1 1\nu.s. 2 2\n";
    g_autoptr(UmkWordTable) table = make(vectors, strlen(vectors), NULL);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GString) found = g_string_new(NULL);
    UmkWordCount count = {0};

    _umk_word_cut(table, text, strlen(text), ids, &count);
    for (guint i = 0; i < ids->len; i++) {
        gsize n;
        const char *word =
            _umk_word_table_get_word(table, g_array_index(ids, guint32, i), &n);

        g_string_append_len(g_string_append(found, i > 0 ? " " : ""), word, (gssize) n);
    }
    g_assert_cmpstr(found->str, ==, words);
    g_assert_cmpuint(count.n_unknown, ==, n_unknown);
    g_assert_cmpuint(count.n_words, ==, ids->len + n_unknown);
    if (unknown != NULL)
        g_assert_cmpmem(count.unknown, count.n_unknown_bytes, unknown, strlen(unknown));
}

static void
test_cut(void)
{
    check_cut("The cat", "The cat", 0, NULL);
    check_cut("  THE\tCat\n", "the cat", 0, NULL);
    check_cut("(cat), U.S.", "cat u.s.", 0, NULL);
    check_cut("a well-known well-cat the", "well-known well cat the", 1, "a");
    check_cut("The, cat's", "The cat", 1, "s");
    check_cut("子犬が猫", "子犬 が 猫", 0, NULL);
    check_cut("大きな子犬、猫。", "子犬 猫", 1, "大きな");
    check_cut("xyz \xff\xfe cat", "cat", 1, "xyz");
    check_cut(" . , ", ",", 0, NULL);
    check_cut("", "", 0, NULL);
}

static UmkMatrix *
embed(UmkModel *model, const char *text, GError **error)
{
    g_autoptr(UmkItem) item = umk_item_new_for_text(text);
    g_autoptr(UmkItems) items = umk_items_new();

    umk_items_append(items, item);
    return umk_model_embed(model, items, NULL, NULL, NULL, error);
}

/* A file as a model: the mean of unit vectors, unknown words told. */
static void
test_model(void)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkMatrix) both = NULL, some = NULL, none = NULL;
    int fd = g_file_open_tmp("umekomi-XXXXXX.vec", &path, NULL);

    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, "2 2\ncat 3 0\ndog 0 0.5\n", -1, NULL));
    model = umk_model_load(umk_registry_get_default(), path, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(umk_model_get_embedder(model, UMK_MODALITY_TEXT), ==, "word-vectors");
    both = embed(model, "cat dog", &error);
    g_assert_no_error(error);
    for (guint i = 0; i < 2; i++)
        g_assert_cmpfloat_with_epsilon(umk_matrix_get_row(both, 0, NULL)[i], sqrt(0.5),
                                       1e-6);
    g_test_expect_message("Umekomi", G_LOG_LEVEL_WARNING, "*1 of 2 words*bird*");
    some = embed(model, "cat bird", &error);
    g_test_assert_expected_messages();
    g_assert_no_error(error);
    g_assert_cmpfloat(umk_matrix_get_row(some, 0, NULL)[0], ==, 1);
    none = embed(model, "bird worm", &error);
    g_assert_null(none);
    g_assert_nonnull(strstr(error->message, "bird"));
    g_unlink(path);
}

/* Every cut of a good file is an error, never a crash. */
static void
test_broken_fasttext(void)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "fuzz", "seeds",
                                                  "fasttext", "skipgram.bin", NULL);
    g_autofree char *data = NULL;
    gsize size;

    g_assert_true(g_file_get_contents(path, &data, &size, NULL));
    for (gsize n = 0; n <= size; n++) {
        g_autoptr(GBytes) bytes = g_bytes_new(data, n);
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkFasttext) model = _umk_fasttext_new(bytes, &error);

        g_assert_true((model != NULL) == (n == size));
        g_assert_true((error != NULL) == (n < size));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/word-table/formats", test_formats);
    g_test_add_func("/word-table/many", test_many);
    g_test_add_func("/word-table/twice", test_twice);
    g_test_add_func("/word-table/refused", test_refused);
    g_test_add_func("/word-table/cut", test_cut);
    g_test_add_func("/word-table/model", test_model);
    g_test_add_func("/word-table/broken-fasttext", test_broken_fasttext);
    return g_test_run();
}
