/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loads the toy plugin as a stranger's module, and its broken variants, which must cost
 * one warning each and nothing else. */
#include <umekomi/umekomi.h>

#include <math.h>

static UmkRegistry *
load(const char *variant)
{
    g_autofree char *folder =
        g_test_build_filename(G_TEST_BUILT, "plugins", variant, NULL);
    UmkRegistry *registry = umk_registry_new();
    g_autoptr(GError) error = NULL;

    g_assert_true(umk_registry_add_directory(registry, folder, &error));
    g_assert_no_error(error);
    return registry;
}

static gboolean
has(UmkRegistry *registry, const char *id)
{
    g_auto(GStrv) ids = umk_registry_list_embedders(registry);

    return g_strv_contains((const char *const *) ids, id);
}

static void
test_works(void)
{
    g_autoptr(UmkRegistry) registry = load("good");
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GError) error = NULL;
    const char *const texts[] = {"abba", "ab", "zebra"};

    model = umk_model_load(registry, "toy-letters", NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(umk_model_get_n_dims(model), ==, 26);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_text(texts[i]);

        umk_items_append(items, item);
    }
    vectors = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat_with_epsilon(umk_matrix_get_row(vectors, 0, NULL)[0], sqrtf(0.5f),
                                   1e-6f);
    g_assert_cmpfloat(umk_matrix_get_row(vectors, 0, NULL)[1], ==,
                      umk_matrix_get_row(vectors, 1, NULL)[1]);
}

/* A bad item in a batch is named; the others keep their vectors. */
static void
test_bad_item(void)
{
    g_autoptr(UmkRegistry) registry = load("good");
    g_autoptr(UmkModel) model = umk_model_load(registry, "toy-letters", NULL, NULL, NULL);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < 100; i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_text(i == 57 ? "123" : "a");

        umk_items_append(items, item);
    }
    vectors = umk_model_embed_each(model, items, failures, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(failures->len, ==, 100);
    for (guint i = 0; i < 100; i++) {
        g_assert_cmpint(failures->pdata[i] != NULL, ==, i == 57);
        g_assert_cmpfloat(umk_matrix_get_row(vectors, i, NULL)[0], ==, i == 57 ? 0 : 1);
    }
    g_assert_null(umk_model_embed(model, items, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_assert_nonnull(strstr(error->message, "Item 58"));
}

static void
test_cancelled(void)
{
    g_autoptr(UmkRegistry) registry = load("good");
    g_autoptr(UmkModel) model = umk_model_load(registry, "toy-letters", NULL, NULL, NULL);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = umk_item_new_for_text("a");
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;

    umk_items_append(items, item);
    g_cancellable_cancel(cancellable);
    g_assert_null(umk_model_embed(model, items, cancellable, NULL, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A refused variant: the given warning, and the embedder is not there. */
static void
refused(const char *variant, const char *pattern)
{
    g_autoptr(UmkRegistry) registry = NULL;

    g_test_expect_message("Umekomi", G_LOG_LEVEL_WARNING, pattern);
    registry = load(variant);
    g_assert_false(has(registry, "toy-letters"));
    g_test_assert_expected_messages();
}

static void
test_wrong_abi(void)
{
    refused("wrong-abi", "*ABI*");
}

static void
test_short_struct(void)
{
    refused("short-struct", "*bytes was refused*");
}

static void
test_long_struct(void)
{
    refused("long-struct", "*bytes was refused*");
}

static void
test_null_slot(void)
{
    refused("null-slot", "*lacks a required slot*");
}

static void
test_missing_module(void)
{
    refused("missing-module", "*Cannot load the plugin*");
}

static void
test_not_a_plugin(void)
{
    refused("not-a-plugin", "*Cannot load the plugin*");
}

static void
test_broken_manifest(void)
{
    refused("broken-manifest", "*manifest*");
}

static void
test_duplicate(void)
{
    g_autoptr(UmkRegistry) registry = NULL;

    g_test_expect_message("Umekomi", G_LOG_LEVEL_WARNING, "*is there already*");
    registry = load("twice");
    g_assert_true(has(registry, "toy-letters"));
    g_test_assert_expected_messages();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plugins/works", test_works);
    g_test_add_func("/plugins/bad-item", test_bad_item);
    g_test_add_func("/plugins/cancelled", test_cancelled);
    g_test_add_func("/plugins/wrong-abi", test_wrong_abi);
    g_test_add_func("/plugins/short-struct", test_short_struct);
    g_test_add_func("/plugins/long-struct", test_long_struct);
    g_test_add_func("/plugins/null-slot", test_null_slot);
    g_test_add_func("/plugins/missing-module", test_missing_module);
    g_test_add_func("/plugins/not-a-plugin", test_not_a_plugin);
    g_test_add_func("/plugins/broken-manifest", test_broken_manifest);
    g_test_add_func("/plugins/duplicate", test_duplicate);
    return g_test_run();
}
