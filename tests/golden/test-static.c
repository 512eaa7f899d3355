/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models that are tables. model2vec: the vectors its authors keep beside their test
 * models (shared/data/models/model2vec; Python's and Rust's implementation agree on them
 * to a relative 1e-5). fastText: what the program of Debian 12 prints for the models in
 * tests/golden/fasttext (make.sh), five digits a number. */
#include <umekomi/umekomi.h>

#include <json-glib/json-glib.h>

#include <math.h>

#include "golden-npy.h"

#include "io/umk-fasttext-private.h"

static UmkMatrix *
embed(const char *path, GStrv texts, gboolean normalize)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkItems) items = umk_items_new();
    UmkMatrix *matrix;

    if (!normalize)
        umk_params_set(params, "normalize", "no", NULL);
    model = umk_model_load(umk_registry_get_default(), path, params, NULL, &error);
    g_assert_no_error(error);
    for (gsize i = 0; texts[i] != NULL; i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_text(texts[i]);

        umk_items_append(items, item);
    }
    matrix = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return matrix;
}

/* [[0.1, …]] */
static GArray *
read_expected(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(JsonParser) parser = json_parser_new();
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(double));
    JsonArray *row;

    g_assert_true(json_parser_load_from_file(parser, path, NULL));
    row = json_array_get_array_element(json_node_get_array(json_parser_get_root(parser)),
                                       0);
    for (guint i = 0; i < json_array_get_length(row); i++) {
        double number = json_array_get_double_element(row, i);

        g_array_append_val(numbers, number);
    }
    return numbers;
}

typedef struct {
    const char *model, *text, *expected;
    guint n_repeats;
    double tolerance; /* relative */
} Case;

/* The text of 1000 words is longer than the 512 tokens that count. F16 and I8 hold the
 * same table rounded; they are compared with what their own type allows. */
static const Case cases[] = {
    {"test-model-float32", "hello world", "embeddings_short.json", 1, 1e-5},
    {"test-model-float32", "hello", "embeddings_long.json", 1000, 1e-5},
    {"test-model-float16", "hello world", "embeddings_short.json", 1, 1e-3},
    {"test-model-int8", "hello world", "embeddings_short.json", 1, 2e-2},
    {"test-model-sentence-transformers", "hello world", "embeddings_short.json", 1, 1e-5},
    {"test-model-vocab-quantized", "hello", "embeddings_vocab_quantized.json", 1000,
     1e-5},
};

static void
test_model2vec(gconstpointer data)
{
    const Case *c = data;
    g_autofree char *folder = golden_case("data/models", "model2vec");
    g_autofree char *path = NULL;
    g_autoptr(GArray) expected = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(UmkMatrix) matrix = NULL;
    const float *row;

    if (folder == NULL)
        return;
    path = g_build_filename(folder, c->model, NULL);
    expected = read_expected(folder, c->expected);
    for (guint i = 0; i < c->n_repeats; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", c->text);
    matrix = embed(path, (char *[]){text->str, NULL}, TRUE);
    g_assert_cmpuint(umk_matrix_get_n_cols(matrix), ==, expected->len);
    row = umk_matrix_get_row(matrix, 0, NULL);
    for (guint i = 0; i < expected->len; i++) {
        double e = g_array_index(expected, double, i);

        g_assert_cmpfloat(fabs((double) row[i] - e), <=, c->tolerance * fabs(e));
    }
}

static char *
fasttext_file(const char *name)
{
    return g_test_build_filename(G_TEST_DIST, "golden", "fasttext", name, NULL);
}

static GStrv
read_lines(const char *name)
{
    g_autofree char *path = fasttext_file(name);
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_true(g_str_has_suffix(text, "\n"));
    text[strlen(text) - 1] = '\0';
    return g_strsplit(text, "\n", -1);
}

/* Five digits were printed: half a unit of the last one, and a little for sums. */
static void
check_row(const char *line, const float *row, gsize n)
{
    g_auto(GStrv) numbers = g_strsplit(line, " ", -1);

    g_assert_cmpuint(g_strv_length(numbers), ==, n);
    for (gsize i = 0; i < n; i++) {
        double e = g_ascii_strtod(numbers[i], NULL);
        double unit = e != 0 ? pow(10, floor(log10(fabs(e))) - 4) : 1e-9;

        g_assert_cmpfloat(fabs((double) row[i] - e), <=, 0.51 * unit);
    }
}

static void
test_fasttext(gconstpointer data)
{
    g_autofree char *stem = g_strndup(data, strcspn(data, "."));
    g_autofree char *expected_name = g_strconcat(stem, ".txt", NULL);
    g_autofree char *path = fasttext_file(data);
    g_auto(GStrv) texts = read_lines("texts.txt"), expected = read_lines(expected_name);
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    g_autoptr(GBytes) bytes = g_mapped_file_get_bytes(file);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkFasttext) model = _umk_fasttext_new(bytes, &error);
    float scratch[6], row[6];
    gsize n = 0;

    g_assert_no_error(error);
    g_assert_cmpuint(_umk_fasttext_get_n_dims(model), ==, 6);
    for (; texts[n] != NULL; n++) {
        UmkWordCount count;

        g_assert_nonnull(expected[n]);
        _umk_fasttext_get_text(model, texts[n], strlen(texts[n]), scratch, row, &count);
        g_test_message("%s", texts[n]);
        check_row(expected[n], row, 6);
    }
    g_assert_cmpuint(n, ==, 6);
}

static void
test_fasttext_words(void)
{
    g_autofree char *path = fasttext_file("skipgram.bin");
    g_auto(GStrv) words = read_lines("words.txt"),
                  expected = read_lines("skipgram-words.txt");
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    g_autoptr(GBytes) bytes = g_mapped_file_get_bytes(file);
    g_autoptr(UmkFasttext) model = _umk_fasttext_new(bytes, NULL);
    float row[6];

    for (gsize i = 0; words[i] != NULL; i++) {
        _umk_fasttext_get_word(model, words[i], strlen(words[i]), row);
        g_assert_true(g_str_has_prefix(expected[i], words[i]));
        check_row(expected[i] + strlen(words[i]) + 1, row, 6);
    }
}

/* Through the public calls. */
static void
test_fasttext_model(void)
{
    g_autofree char *path = fasttext_file("skipgram.bin");
    g_auto(GStrv) texts = read_lines("texts.txt"), expected = read_lines("skipgram.txt");
    g_autoptr(UmkMatrix) matrix = embed(path, texts, FALSE);

    for (gsize i = 0; texts[i] != NULL; i++)
        check_row(expected[i], umk_matrix_get_row(matrix, i, NULL), 6);
}

int
main(int argc, char **argv)
{
    static const char *const models[] = {"skipgram.bin", "cbow.bin", "supervised.bin",
                                         "plain.ftz", "norm.ftz"};

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/golden/model2vec/%s/%u", cases[i].model,
                                                cases[i].n_repeats);

        g_test_add_data_func(path, &cases[i], test_model2vec);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(models); i++) {
        g_autofree char *path = g_strconcat("/golden/fasttext/", models[i], NULL);

        g_test_add_data_func(path, models[i], test_fasttext);
    }
    g_test_add_func("/golden/fasttext/words", test_fasttext_words);
    g_test_add_func("/golden/fasttext/model", test_fasttext_model);
    return g_test_run();
}
