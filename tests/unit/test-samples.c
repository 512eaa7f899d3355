/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sample collections: each one-modality sample is just that part of the shipped
 * garden, with the same vectors, its own model only, and files that are there. */
#include "umk-app-samples.h"

#include <glib/gstdio.h>

static UmkCollection *
open_sample(const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = umk_app_sample_prepare(name, NULL, NULL, NULL, &error);
    UmkCollection *collection;

    g_assert_no_error(error);
    collection = umk_collection_open(path, UMK_OPEN_READ, &error);
    g_assert_no_error(error);
    return collection;
}

static void
test_parts(void)
{
    static const struct {
        const char *name;
        UmkModality modality;
    } parts[] = {{"pictures", UMK_MODALITY_IMAGE},
                 {"sounds", UMK_MODALITY_AUDIO},
                 {"graph", UMK_MODALITY_GRAPH}};
    g_autoptr(UmkCollection) garden = open_sample("garden");
    gsize n_texts = 0, n_parts = 0;

    for (gsize row = 0; row < umk_collection_get_n_items(garden); row++) {
        g_autoptr(UmkItem) item = umk_collection_dup_item(garden, row, NULL);

        n_texts += umk_item_get_modality(item) == UMK_MODALITY_TEXT;
    }
    for (gsize p = 0; p < G_N_ELEMENTS(parts); p++) {
        g_autoptr(UmkCollection) part = open_sample(parts[p].name);
        g_auto(GStrv) models = umk_collection_list_models(part);
        gsize n = umk_collection_get_n_items(part), at = 0;

        g_assert_cmpuint(n, >, 0);
        g_assert_cmpuint(g_strv_length(models), ==, 1);
        n_parts += n;
        for (gsize row = 0; row < umk_collection_get_n_items(garden); row++) {
            g_autoptr(UmkItem) old = umk_collection_dup_item(garden, row, NULL);
            g_autoptr(UmkItem) item = NULL;
            g_autoptr(UmkMatrix) a = NULL;
            g_autoptr(UmkMatrix) b = NULL;
            g_autofree char *frame_a = NULL;
            g_autofree char *frame_b = NULL;

            if (umk_item_get_modality(old) != parts[p].modality)
                continue;
            g_assert_cmpuint(at, <, n);
            item = umk_collection_dup_item(part, at, NULL);
            g_assert_cmpstr(umk_item_get_id(item), ==, umk_item_get_id(old));
            g_assert_cmpint(umk_item_get_modality(item), ==, parts[p].modality);
            if (umk_item_get_path(item) != NULL)
                g_assert_true(g_file_test(umk_item_get_path(item), G_FILE_TEST_EXISTS));
            a = umk_collection_dup_item_vector(garden, row, &frame_a, NULL);
            b = umk_collection_dup_item_vector(part, at++, &frame_b, NULL);
            g_assert_cmpstr(frame_a, ==, frame_b);
            g_assert_cmpmem(
                umk_matrix_get_row(a, 0, NULL), umk_matrix_get_n_cols(a) * sizeof(float),
                umk_matrix_get_row(b, 0, NULL), umk_matrix_get_n_cols(b) * sizeof(float));
        }
        g_assert_cmpuint(at, ==, n);
    }
    g_assert_cmpuint(n_texts + n_parts, ==, umk_collection_get_n_items(garden));
}

static void
test_unknown(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(umk_app_sample_prepare("nothing", NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
    g_test_add_func("/samples/parts", test_parts);
    g_test_add_func("/samples/unknown", test_unknown);
    return g_test_run();
}
