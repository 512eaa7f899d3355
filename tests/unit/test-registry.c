/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <umekomi/umekomi.h>

static void
test_unknown_model(void)
{
    g_autoptr(UmkRegistry) registry = umk_registry_new();
    g_autoptr(GError) error = NULL;

    g_assert_null(umk_model_load(registry, "no-such-model", NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, "no-such-model"));
}

static void
test_folder_that_is_no_model(void)
{
    g_autoptr(UmkRegistry) registry = umk_registry_new();
    g_autoptr(GError) error = NULL;

    g_assert_null(umk_model_load(registry, g_get_tmp_dir(), NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
}

static void
test_unknown_feature(void)
{
    g_autoptr(UmkRegistry) registry = umk_registry_new();
    g_autoptr(UmkItem) item = umk_item_new_for_text("x");
    g_autoptr(GError) error = NULL;

    g_assert_null(
        umk_features_compute(registry, "no-such", NULL, item, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/registry/unknown-model", test_unknown_model);
    g_test_add_func("/registry/folder-that-is-no-model", test_folder_that_is_no_model);
    g_test_add_func("/registry/unknown-feature", test_unknown_feature);
    return g_test_run();
}
