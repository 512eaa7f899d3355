/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GGUF files: golden checkpoints (shared/golden_models) that a script beside this test
 * converts while it runs, against the vectors of the checkpoints themselves. F32 keeps
 * the tolerance of the case, 2e-5. The other types round the weights, so the vectors are
 * others; the bounds are those that a correct reader keeps with room to spare (measured
 * values stand in the log) and a wrong scale, sign or order does not.
 *
 * The blocks of 256 numbers do not fit the rows of such small checkpoints; they are
 * compared by themselves with what was packed (gguf/blocks.py). */
#include <umekomi/umekomi.h>

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include <math.h>

#include "golden-npy.h"

#include "io/umk-gguf-blocks-private.h"

typedef struct {
    const char *model, *type, *prefix;
    double most;   /* difference of a number of a normalised vector */
    double cosine; /* least */
} Case;

static const Case cases[] = {
    {"bert_mean", "F32", "", 2e-5, 0.99999},
    {"bert_mean", "F16", "", 2e-3, 0.9999},
    {"bert_mean", "BF16", "", 2e-2, 0.999},
    {"bert_mean", "Q8_0", "", 2e-2, 0.999},
    {"bert_mean", "Q5_1", "", 1.5e-1, 0.97},
    {"bert_mean", "Q5_0", "", 1.5e-1, 0.97},
    {"bert_mean", "Q4_1", "", 3e-1, 0.9},
    {"bert_mean", "Q4_0", "", 3e-1, 0.9},
    {"bert_cls", "F32", "", 2e-5, 0.99999},
    {"xlm-roberta", "F32", "", 2e-5, 0.99999},
    {"nomic-bert", "F32", "search_document: ", 2e-5, 0.99999},
};

/* FALSE, with the test marked as skipped, where there is no Python. */
static gboolean
run_script(const char *name, const char *a, const char *b, const char *c)
{
    g_autofree char *script =
        g_test_build_filename(G_TEST_DIST, "golden", "gguf", name, NULL);
    g_autofree char *said = NULL;
    const char *argv[] = {"python3", script, a, b, c, NULL};
    int status;

    if (!g_spawn_sync(NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                      &said, &status, NULL)) {
        g_test_skip("there is no python3 to write the file with");
        return FALSE;
    }
    g_assert_cmpstr(said, ==, "");
    g_assert_cmpint(status, ==, 0);
    return TRUE;
}

static char *
convert(const char *model, const char *type)
{
    g_autofree char *out = NULL;
    int fd = g_file_open_tmp("umekomi-XXXXXX.gguf", &out, NULL);

    g_close(fd, NULL);
    if (run_script("convert.py", model, out, type))
        return g_steal_pointer(&out);
    g_unlink(out);
    return NULL;
}

static UmkItems *
read_items(const char *folder, gsize n)
{
    g_autofree char *path = g_build_filename(folder, "texts.jsonl", NULL);
    g_autofree char *content = NULL;
    g_auto(GStrv) lines = NULL;
    UmkItems *items = umk_items_new();

    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    lines = g_strsplit(content, "\n", -1);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(JsonNode) node = json_from_string(lines[i], NULL);
        g_autoptr(UmkItem) item = umk_item_new_for_text(
            json_object_get_string_member(json_node_get_object(node), "text"));

        umk_items_append(items, item);
    }
    return items;
}

static double
cosine(const float *a, const float *b, gsize n)
{
    double sum = 0;

    for (gsize i = 0; i < n; i++)
        sum += (double) a[i] * (double) b[i];
    return sum;
}

static void
test_case(gconstpointer data)
{
    const Case *c = data;
    g_autofree char *folder = golden_case("golden_models/models", c->model);
    g_autofree char *source = folder ? g_build_filename(folder, "model", NULL) : NULL;
    g_autofree char *file = source != NULL ? convert(source, c->type) : NULL;
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkItems) items = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;
    GoldenArray expected;
    double most, least = 1;

    if (file == NULL)
        return;
    umk_params_set(params, "prefix", c->prefix, NULL);
    model = umk_model_load(umk_registry_get_default(), file, params, NULL, &error);
    g_assert_no_error(error);
    expected = golden_read(folder, "embedding_l2.npy");
    items = read_items(folder, expected.n_rows);
    matrix = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(umk_model_get_embedder(model, UMK_MODALITY_TEXT), ==, "gguf");
    g_assert_cmpuint(umk_matrix_get_n_cols(matrix), ==, expected.n_cols);
    most = golden_max_difference(umk_matrix_get_row(matrix, 0, NULL), expected.f,
                                 expected.n_rows * expected.n_cols);
    for (gsize i = 0; i < expected.n_rows; i++)
        least = MIN(least, cosine(umk_matrix_get_row(matrix, i, NULL),
                                  expected.f + i * expected.n_cols, expected.n_cols));
    g_test_message("%s %s: largest difference %.3g, least cosine %.6f", c->model, c->type,
                   most, least);
    g_assert_cmpfloat(most, <=, c->most);
    g_assert_cmpfloat(least, >=, c->cosine);
    golden_clear(&expected);
    g_unlink(file);
}

static UmkMatrix *
embed_text(const char *path, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), path, NULL, NULL, &error);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = umk_item_new_for_text(text);
    UmkMatrix *matrix;

    g_assert_no_error(error);
    umk_items_append(items, item);
    matrix = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return matrix;
}

/* The folder and its conversion have the same bits. */
static void
test_jina(void)
{
    static const char text[] = "The red houses: a cat in the house and unknown dogs";
    g_autofree char *folder = g_dir_make_tmp("umekomi-jina-XXXXXX", NULL);
    g_autofree char *file = NULL;
    g_autoptr(UmkMatrix) own = NULL, converted = NULL;
    static const char *const names[] = {"config.json", "model.safetensors",
                                        "tokenizer.json"};

    if (run_script("jina.py", folder, NULL, NULL))
        file = convert(folder, "F32");
    if (file != NULL) {
        own = embed_text(folder, text);
        converted = embed_text(file, text);
        g_assert_cmpmem(umk_matrix_get_row(own, 0, NULL), 16 * sizeof(float),
                        umk_matrix_get_row(converted, 0, NULL), 16 * sizeof(float));
        g_unlink(file);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
}

static guint8 *
read_hex(const char *text, gsize *n)
{
    guint8 *data;

    *n = strlen(text) / 2;
    data = g_malloc(*n);
    for (gsize i = 0; i < *n; i++)
        data[i] = (guint8) (g_ascii_xdigit_value(text[2 * i]) * 16 +
                            g_ascii_xdigit_value(text[2 * i + 1]));
    return data;
}

static void
test_blocks(void)
{
    g_autofree char *path =
        g_test_build_filename(G_TEST_DIST, "golden", "gguf", "blocks.json", NULL);
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonArray *list;

    g_assert_true(json_parser_load_from_file(parser, path, NULL));
    list = json_node_get_array(json_parser_get_root(parser));
    g_assert_cmpuint(json_array_get_length(list), ==, 3);
    for (guint i = 0; i < 3; i++) {
        JsonObject *c = json_array_get_object_element(list, i);
        JsonArray *numbers = json_object_get_array_member(c, "numbers");
        gsize size, n = json_array_get_length(numbers);
        g_autofree guint8 *data =
            read_hex(json_object_get_string_member(c, "data"), &size);
        g_autofree float *row = g_new(float, n);

        g_assert_true(_umk_gguf_blocks_to_float(
            (guint32) json_object_get_int_member(c, "type"), data, n, row));
        for (guint j = 0; j < n; j++)
            g_assert_cmpfloat(
                fabs((double) row[j] - json_array_get_double_element(numbers, j)), <=,
                2e-6);
    }
}

/* What the file lacks or says wrongly is named. */
static void
test_refused(void)
{
    static const char empty[] = "GGUF\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = umk_item_new_for_text("x");
    int fd = g_file_open_tmp("umekomi-XXXXXX.gguf", &path, NULL);

    g_close(fd, NULL);
    umk_items_append(items, item);
    g_assert_true(g_file_set_contents(path, empty, sizeof empty - 1, NULL));
    model = umk_model_load(umk_registry_get_default(), path, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_null(umk_model_embed(model, items, NULL, NULL, NULL, &error));
    g_assert_nonnull(strstr(error->message, "bert, nomic-bert, jina-bert-v2"));
    g_unlink(path);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path =
            g_strconcat("/golden/gguf/", cases[i].model, "/", cases[i].type, NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/golden/gguf/jina", test_jina);
    g_test_add_func("/golden/gguf/blocks", test_blocks);
    g_test_add_func("/golden/gguf/refused", test_refused);
    return g_test_run();
}
