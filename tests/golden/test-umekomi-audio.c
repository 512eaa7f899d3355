/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built-in model's audio tower against the PyTorch program that trains it: the
 * log-mel it hears, the vectors, and the same bits in any batch and on any number of
 * threads. */
#include "golden-arrays.h"

#include <json-glib/json-glib.h>
#include <umekomi/umekomi.h>

/* The shipped model, or a folder of the same layout named by the developer. */
static char *
bundle_folder(void)
{
    const char *named = g_getenv("UMEKOMI_TEST_STARTER");
    const char *assets = g_getenv("UMEKOMI_ASSET_PATH");
    char *path = named    ? g_strdup(named)
                 : assets ? g_build_filename(assets, "starter", NULL)
                          : g_strdup("/nonexistent");
    g_autofree char *reference = g_build_filename(path, "reference", "clips.npy", NULL);

    if (g_file_test(reference, G_FILE_TEST_EXISTS))
        return path;
    g_free(path);
    g_test_skip("the built-in model has no reference vectors here");
    return NULL;
}

static UmkItems *
read_clips(const char *folder)
{
    g_autofree char *list = g_build_filename(folder, "reference.json", NULL);
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    UmkItems *items = umk_items_new();

    json_parser_load_from_file(parser, list, &error);
    g_assert_no_error(error);
    JsonArray *clips = json_object_get_array_member(
        json_node_get_object(json_parser_get_root(parser)), "clips");
    for (guint i = 0; i < json_array_get_length(clips); i++) {
        JsonObject *clip = json_array_get_object_element(clips, i);
        g_autofree char *path =
            g_build_filename(folder, json_object_get_string_member(clip, "file"), NULL);
        g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_AUDIO, path);

        umk_items_append(items, item);
    }
    return items;
}

static void
test_logmel(void)
{
    g_autofree char *bundle = bundle_folder();

    if (bundle == NULL)
        return;
    g_autofree char *folder = g_build_filename(bundle, "reference", NULL);
    g_autoptr(UmkItems) items = read_clips(folder);
    g_autoptr(GError) error = NULL;
    UmkRegistry *registry = umk_registry_get_default();
    gsize n_specs;
    const UmkParamSpec *specs = umk_features_get_params(registry, "logmel", &n_specs);

    g_assert_nonnull(specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    umk_params_parse(params, "normalize=none", &error);
    g_assert_no_error(error);
    g_autoptr(UmkMatrix) rows = umk_features_compute(
        registry, "logmel", "starter", umk_items_get(items, 0), params, NULL, &error);
    g_assert_no_error(error);
    GoldenArray want = golden_read(folder, "clip0-logmel.npy");
    double worst = 0;
    for (gsize t = 0; t < want.shape[0]; t++)
        worst = fmax(worst,
                     golden_max_difference(umk_matrix_get_row(rows, t, NULL),
                                           want.data + t * want.shape[1], want.shape[1]));
    g_test_message("largest difference %.2e", worst);
    g_assert_cmpfloat(worst, <=, 1e-4);
    golden_clear(&want);
}

static void
test_vectors(void)
{
    g_autofree char *bundle = bundle_folder();

    if (bundle == NULL)
        return;
    g_autofree char *folder = g_build_filename(bundle, "reference", NULL);
    g_autoptr(UmkItems) items = read_clips(folder);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), bundle, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(UmkMatrix) got = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    GoldenArray want = golden_read(folder, "clips.npy");
    g_assert_cmpuint(umk_matrix_get_n_rows(got), ==, want.shape[0]);
    g_assert_cmpuint(umk_matrix_get_n_cols(got), ==, want.shape[1]);
    double worst = 0;
    for (gsize i = 0; i < want.shape[0]; i++) {
        const float *row = umk_matrix_get_row(got, i, NULL);
        const float *wanted = want.data + i * want.shape[1];

        g_assert_cmpfloat(golden_cosine(row, wanted, want.shape[1]), >=, 0.9999);
        worst = fmax(worst, golden_max_difference(row, wanted, want.shape[1]));
    }
    g_test_message("largest difference %.2e", worst);
    g_assert_cmpfloat(worst, <=, 2e-4);
    golden_clear(&want);

    umk_set_n_threads(1);
    g_autoptr(UmkMatrix) again = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(g_bytes_equal(umk_matrix_get_bytes(got), umk_matrix_get_bytes(again)));
    for (gsize i = 0; i < umk_items_get_n_items(items); i++) {
        g_autoptr(UmkItems) one = umk_items_new();

        umk_items_append(one, umk_items_get(items, i));
        g_autoptr(UmkMatrix) alone =
            umk_model_embed(model, one, NULL, NULL, NULL, &error);
        g_assert_no_error(error);
        gsize n;
        const float *row = umk_matrix_get_row(got, i, &n);
        g_assert_cmpmem(umk_matrix_get_row(alone, 0, NULL), n * sizeof(float), row,
                        n * sizeof(float));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/umekomi-audio/logmel", test_logmel);
    g_test_add_func("/golden/umekomi-audio/vectors", test_vectors);
    return g_test_run();
}
