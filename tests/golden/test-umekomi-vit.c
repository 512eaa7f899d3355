/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built-in model's image tower against the PyTorch program that trains it. */
#include "golden-images.h"

#include "umk-image-plugin-private.h"

#include <json-glib/json-glib.h>

/* The shipped model, or a folder of the same layout named by the developer. */
static char *
bundle_folder(void)
{
    const char *named = g_getenv("UMEKOMI_TEST_STARTER");
    const char *assets = g_getenv("UMEKOMI_ASSET_PATH");
    char *path = named    ? g_strdup(named)
                 : assets ? g_build_filename(assets, "starter", NULL)
                          : g_strdup("/nonexistent");
    g_autofree char *reference =
        g_build_filename(path, "reference", "pictures.npy", NULL);

    if (g_file_test(reference, G_FILE_TEST_EXISTS))
        return path;
    g_free(path);
    g_test_skip("the built-in model has no reference vectors here");
    return NULL;
}

static void
test_starter(void)
{
    g_autofree char *bundle = bundle_folder();
    g_autofree char *folder = NULL, *list = NULL;
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkMatrix) got = NULL;
    g_autoptr(GError) error = NULL;
    GoldenArray want;
    JsonArray *names;
    double worst = 0.0;

    if (!bundle)
        return;
    folder = g_build_filename(bundle, "reference", NULL);
    list = g_build_filename(folder, "reference.json", NULL);
    json_parser_load_from_file(parser, list, &error);
    g_assert_no_error(error);
    names = json_object_get_array_member(
        json_node_get_object(json_parser_get_root(parser)), "pictures");
    want = golden_read(folder, "pictures.npy");
    for (guint i = 0; i < json_array_get_length(names); i++) {
        g_autofree char *path =
            g_build_filename(folder, json_array_get_string_element(names, i), NULL);
        g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_IMAGE, path);

        umk_items_append(items, item);
    }
    model = umk_model_load(umk_registry_get_default(), bundle, NULL, NULL, &error);
    g_assert_no_error(error);
    got = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_cols(got), ==, want.shape[1]);
    for (gsize i = 0; i < want.shape[0]; i++) {
        const float *row = umk_matrix_get_row(got, i, NULL);
        const float *wanted = want.f + i * want.shape[1];

        g_assert_cmpfloat(golden_cosine(row, wanted, want.shape[1]), >=, 0.9999);
        worst = fmax(worst, golden_max_difference(row, wanted, want.shape[1]));
    }
    g_test_message("pictures.npy: largest difference %g", worst);
    g_assert_cmpfloat(worst, <=, 2e-4);
    golden_clear(&want);
}

/* A small tower of random numbers that ends in a residual MLP;
 * tests/golden/umekomi-vit-head holds the program that made it and its vector. */
static void
test_head(void)
{
    g_autofree char *folder =
        g_test_build_filename(G_TEST_DIST, "golden", "umekomi-vit-head", NULL);
    g_autofree char *path = g_build_filename(folder, "ramp.png", NULL);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_IMAGE, path);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), folder, NULL, NULL, &error);
    g_autoptr(UmkMatrix) got = NULL;
    GoldenArray want = golden_read(folder, "pictures.npy");
    double worst;

    g_assert_no_error(error);
    umk_items_append(items, item);
    got = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_cols(got), ==, want.shape[1]);
    worst =
        golden_max_difference(umk_matrix_get_row(got, 0, NULL), want.f, want.shape[1]);
    g_test_message("largest difference %g", worst);
    /* 1e-4 is what the model's contract allows for f32 weights; without the MLP the
     * vector differs by 0.08. */
    g_assert_cmpfloat(worst, <=, 1e-4);
    golden_clear(&want);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/umekomi-vit/starter", test_starter);
    g_test_add_func("/golden/umekomi-vit/head", test_head);
    return g_test_run();
}
