/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The collection is opened anew for writing, for as long as that takes: the window's own
 * is open for reading. A layout of another state of the collection is not kept. */
#include "umk-app-stored.h"

#define NEWEST "explorer"

static char *
name_of(const char *method)
{
    return method != NULL ? g_strconcat(NEWEST, "-", method, NULL) : g_strdup(NEWEST);
}

UmkAppLayout *
umk_app_stored_load(UmkCollection *collection, const char *method)
{
    g_autofree char *name = name_of(method), *json = NULL;
    g_autoptr(UmkMatrix) places =
        umk_collection_load_layout(collection, name, &json, NULL);

    if (places == NULL ||
        umk_matrix_get_n_rows(places) != umk_collection_get_n_items(collection))
        return NULL;
    return umk_app_layout_new_from_json(json, places);
}

gboolean
umk_app_stored_save(const char *path, const UmkAppLayout *layout, GError **error)
{
    g_autofree char *json = umk_app_layout_to_json(layout);
    g_autofree char *own = name_of(layout->method);
    g_autoptr(UmkCollection) collection =
        umk_collection_open(path, UMK_OPEN_WRITE, error);
    g_autoptr(UmkMatrix) places = NULL;

    if (collection == NULL)
        return FALSE;
    if (umk_collection_get_n_items(collection) != layout->points->n_rows) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_FAILED,
                            "The collection has changed since");
        return FALSE;
    }
    places = umk_app_layout_dup_places(layout, layout->points->n_rows, error);
    return places != NULL &&
           umk_collection_save_layout(collection, own, places, json, error) &&
           umk_collection_save_layout(collection, NEWEST, places, json, error);
}
