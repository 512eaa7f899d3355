/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cross-encoders beside an independent forward pass in double precision
 * (tests/golden/cross-encoder/make.py, which also made the two checkpoints): both kinds
 * of head, both activations, pairs that are too long. Tolerance 5e-6 on scores of size 1.
 * And a score has the same bits whatever stands beside its text. */
#include <umekomi/umekomi.h>

#include <json-glib/json-glib.h>

#include <math.h>
#include <string.h>

#define TOLERANCE 5e-6

static UmkModel *
load(const char *name)
{
    g_autofree char *path =
        g_test_build_filename(G_TEST_DIST, "golden", "cross-encoder", name, NULL);
    g_autoptr(GError) error = NULL;
    UmkModel *model =
        umk_model_load(umk_registry_get_default(), path, NULL, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(umk_model_get_embedder(model, UMK_MODALITY_TEXT), ==,
                    "cross-encoder");
    return model;
}

static UmkItems *
make_items(JsonArray *texts, guint n_repeats)
{
    UmkItems *items = umk_items_new();

    for (guint i = 0; i < json_array_get_length(texts) * n_repeats; i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_text(
            json_array_get_string_element(texts, i % json_array_get_length(texts)));

        umk_items_append(items, item);
    }
    return items;
}

static void
check_query(UmkModel *model, JsonObject *query)
{
    JsonArray *texts = json_object_get_array_member(query, "texts");
    JsonArray *expected = json_object_get_array_member(query, "scores");
    guint n = json_array_get_length(texts);

    for (guint n_repeats = 1; n_repeats <= 16; n_repeats += 15) {
        g_autoptr(UmkItems) items = make_items(texts, n_repeats);
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkMatrix) scores =
            umk_model_rerank(model, json_object_get_string_member(query, "query"), items,
                             NULL, NULL, NULL, &error);

        g_assert_no_error(error);
        g_assert_cmpuint(umk_matrix_get_n_rows(scores), ==, n * n_repeats);
        g_assert_cmpuint(umk_matrix_get_n_cols(scores), ==, 1);
        for (guint i = 0; i < n * n_repeats; i++) {
            float score = umk_matrix_get_row(scores, i, NULL)[0];

            g_assert_cmpfloat(
                fabs((double) score - json_array_get_double_element(expected, i % n)), <=,
                TOLERANCE);
            g_assert_cmpfloat(score, ==, umk_matrix_get_row(scores, i % n, NULL)[0]);
        }
    }
}

static void
test_scores(gconstpointer data)
{
    g_autoptr(UmkModel) model = load(data);
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", "cross-encoder",
                                                  data, "expected.json", NULL);
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonArray *queries;

    g_assert_true(json_parser_load_from_file(parser, path, NULL));
    queries = json_node_get_array(json_parser_get_root(parser));
    g_assert_cmpuint(json_array_get_length(queries), ==, 4);
    for (guint i = 0; i < json_array_get_length(queries); i++)
        check_query(model, json_array_get_object_element(queries, i));
}

/* Nothing to rank, no vectors, no pictures. */
static void
test_refused(void)
{
    g_autoptr(UmkModel) model = load("bert");
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) text = umk_item_new_for_text("bamboo");
    g_autoptr(UmkItem) picture = umk_item_new_for_file(UMK_MODALITY_IMAGE, "a.png");
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) none =
        umk_model_rerank(model, "panda", items, NULL, NULL, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_rows(none), ==, 0);
    umk_items_append(items, text);
    g_assert_null(umk_model_embed(model, items, NULL, NULL, NULL, &error));
    g_assert_nonnull(strstr(error->message, "cross-encoder"));
    g_clear_error(&error);
    umk_items_append(items, picture);
    g_assert_null(umk_model_rerank(model, "panda", items, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
}

/* A model of vectors says what is needed instead. */
static void
test_vectors(void)
{
    g_autofree char *path =
        g_test_build_filename(G_TEST_DIST, "golden", "fasttext", "cbow.bin", NULL);
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), path, NULL, NULL, NULL);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(GError) error = NULL;

    g_assert_null(umk_model_rerank(model, "panda", items, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
    g_assert_nonnull(strstr(error->message, "cross-encoder"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/golden/cross-encoder/bert", "bert", test_scores);
    g_test_add_data_func("/golden/cross-encoder/roberta", "roberta", test_scores);
    g_test_add_func("/golden/cross-encoder/refused", test_refused);
    g_test_add_func("/golden/cross-encoder/vectors", test_vectors);
    return g_test_run();
}
