/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The collection is opened anew for writing, for as long as that takes: the window's own
 * is open for reading. A layout of another state of the collection is not kept; one that
 * was kept in an earlier state is carried over to the rows of now. */
#include "umk-app-stored.h"

#include <math.h>
#include <string.h>

#define NEWEST "explorer"

static char *
name_of(const char *method)
{
    return method != NULL ? g_strconcat(NEWEST, "-", method, NULL) : g_strdup(NEWEST);
}

/* The places of a layout by the rows of now; n_left: that have one. */
static UmkMatrix *
move_places(UmkMatrix *coords, GBytes *rows, gsize n_items, gsize *n_left)
{
    gsize d = umk_matrix_get_n_cols(coords), n = umk_matrix_get_n_rows(coords);
    g_autofree float *places = g_try_new(float, n_items *d + 1);
    const guint64 *of = g_bytes_get_data(rows, NULL);

    *n_left = 0;
    if (places == NULL)
        return NULL;
    for (gsize i = 0; i < n_items * d; i++)
        places[i] = NAN;
    for (gsize i = 0; i < n; i++) {
        const float *place = umk_matrix_get_row(coords, i, NULL);

        if (of[i] >= n_items || !isfinite(place[0]))
            continue;
        memcpy(places + of[i] * d, place, d * sizeof *places);
        (*n_left)++;
    }
    return umk_matrix_new_from_data(n_items, d, places, NULL);
}

static gsize
count_places(UmkMatrix *coords)
{
    gsize n = 0;

    for (gsize i = 0; i < umk_matrix_get_n_rows(coords); i++)
        n += isfinite(umk_matrix_get_row(coords, i, NULL)[0]) ? 1 : 0;
    return n;
}

/* Items that a map could show and that has none of them. */
static gsize
count_missing(UmkCollection *collection, const UmkAppLayout *layout)
{
    g_autoptr(GBytes) rows = NULL;
    g_autoptr(UmkMatrix) vectors = NULL;
    gsize size, n = 0;
    const guint64 *of;

    if (layout->points->n_points == umk_collection_get_n_items(collection))
        return 0;
    vectors = umk_collection_get_vectors(collection, &rows, NULL, NULL);
    if (vectors == NULL)
        return 0;
    of = g_bytes_get_data(rows, &size);
    for (gsize i = 0; i < size / sizeof *of; i++)
        n +=
            of[i] < layout->points->n_rows && layout->points->by_row[of[i]] == G_MAXUINT32
                ? 1
                : 0;
    return n;
}

/* whole: told whether all that it placed are there, unchanged. */
static UmkAppLayout *
load(UmkCollection *collection, const char *method, gboolean *whole)
{
    g_autofree char *name = name_of(method), *json = NULL;
    g_autoptr(GBytes) rows = NULL;
    g_autoptr(UmkMatrix) coords =
        umk_collection_load_earlier_layout(collection, name, &rows, &json, NULL);
    g_autoptr(UmkMatrix) places = NULL;
    UmkAppLayout *layout;
    gsize n_left;

    if (coords == NULL)
        return NULL;
    places = move_places(coords, rows, umk_collection_get_n_items(collection), &n_left);
    layout = places != NULL ? umk_app_layout_new_from_json(json, places) : NULL;
    if (layout == NULL)
        return NULL;
    layout->n_missing = count_missing(collection, layout);
    *whole = layout->n_missing == 0 && n_left == count_places(coords);
    return layout;
}

UmkAppLayout *
umk_app_stored_load(UmkCollection *collection, const char *method)
{
    gboolean whole;
    g_autoptr(UmkAppLayout) layout = load(collection, method, &whole);

    return layout != NULL && layout->n_missing <= layout->points->n_points
               ? g_steal_pointer(&layout)
               : NULL;
}

UmkAppLayout *
umk_app_stored_load_whole(UmkCollection *collection, const char *method)
{
    gboolean whole = FALSE;
    g_autoptr(UmkAppLayout) layout = load(collection, method, &whole);

    return whole ? g_steal_pointer(&layout) : NULL;
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
