/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layouts kept beside the collection, so that a map opens again as it was left. */
#include "store/umk-collection-private.h"

#include "core/umk-alloc-private.h"
#include "store/umk-derived-private.h"
#include "store/umk-slots-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

static char *
layout_path(UmkCollection *self, const char *name)
{
    g_autofree char *escaped = g_uri_escape_string(name, NULL, FALSE);
    g_autofree char *file = g_strconcat("layout-", escaped, ".umd", NULL);

    return g_build_filename(self->path, "derived", file, NULL);
}

/**
 * umk_collection_save_layout:
 * @self: a collection open for writing, with nothing uncommitted
 * @name: under which to find it again, for example "pca-2"
 * @coords: coordinates, one row for each item or for each row of some matrix
 * @recipe_json: how they were made
 * @error: return location for an error
 *
 * Keeps a layout for umk_collection_load_layout(). It belongs to the present state of the
 * collection and is forgotten with the next commit.
 *
 * Returns: whether it was kept
 */
gboolean
umk_collection_save_layout(UmkCollection *self,
                           const char *name,
                           UmkMatrix *coords,
                           const char *recipe_json,
                           GError **error)
{
    g_autofree char *path = NULL;
    g_autoptr(GBytes) recipe = NULL;
    gboolean done = FALSE;

    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(name != NULL && coords != NULL && recipe_json != NULL, FALSE);
    recipe = g_bytes_new(recipe_json, strlen(recipe_json));
    path = layout_path(self, name);
    g_mutex_lock(&self->lock);
    if (self->mode != UMK_OPEN_WRITE)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_READ_ONLY,
                    _("“%s” was opened for reading"), self->path);
    else if (self->in_transaction)
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED,
                    _("A layout of “%s” can be kept once its changes are committed"),
                    self->path);
    else
        done = _umk_derived_write(self->ops, path, self->uuid_bytes,
                                  (guint64) self->sequence, umk_matrix_get_n_rows(coords),
                                  umk_matrix_get_n_cols(coords),
                                  umk_matrix_get_row(coords, 0, NULL), recipe, error);
    if (done && umk_matrix_get_n_rows(coords) == (gsize) self->n_items)
        _umk_collection_keep_traits(self);
    g_mutex_unlock(&self->lock);
    return done;
}

/* sequence: of the state it was made from. */
static UmkMatrix *
load(UmkCollection *self,
     const char *name,
     guint64 *sequence,
     char **recipe_json,
     GError **error)
{
    g_autofree char *path = layout_path(self, name), *data = NULL;
    g_autoptr(GBytes) bytes = NULL, floats = NULL, extra = NULL;
    UmkMatrix *coords;
    gsize size, n_rows, n_cols;

    if (!g_file_get_contents(path, &data, &size, NULL)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, _("“%s” keeps no layout “%s”"),
                    self->path, name);
        return NULL;
    }
    bytes = g_bytes_new_take(g_steal_pointer(&data), size);
    if (!_umk_derived_parse_any(bytes, self->uuid_bytes, sequence, &n_rows, &n_cols,
                                &floats, &extra, error))
        return NULL;
    coords = umk_matrix_new_from_bytes(n_rows, n_cols, floats, error);
    if (coords != NULL && recipe_json != NULL)
        *recipe_json =
            g_strndup(g_bytes_get_size(extra) > 0 ? g_bytes_get_data(extra, NULL) : "",
                      g_bytes_get_size(extra));
    return coords;
}

/**
 * umk_collection_load_layout:
 * @self: a collection
 * @name: name it was kept under
 * @recipe_json: (out) (optional) (transfer full): how it was made
 * @error: return location for an error
 *
 * Fails with %UMK_ERROR_NOT_FOUND if there is none, and with %UMK_ERROR_INVALID_DATA if
 * it was made from another state of the collection or is damaged; make it anew then.
 *
 * Returns: (transfer full): the coordinates
 */
UmkMatrix *
umk_collection_load_layout(UmkCollection *self,
                           const char *name,
                           char **recipe_json,
                           GError **error)
{
    g_autoptr(UmkMatrix) coords = NULL;
    guint64 sequence;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(name != NULL, NULL);
    coords = load(self, name, &sequence, recipe_json, error);
    if (coords == NULL || sequence == umk_collection_get_sequence(self))
        return g_steal_pointer(&coords);
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The layout “%s” was made from another state of “%s”"), name,
                self->path);
    if (recipe_json != NULL)
        g_clear_pointer(recipe_json, g_free);
    return NULL;
}

/* ---- of an earlier state ------------------------------------------------------------
 *
 * Rows are in the order of the items' numbers, which grow and are never given again until
 * the collection is compacted. So the items of then are the lowest numbers among those of
 * now and those that were buried since; one that was buried since has gone, or has
 * another vector. */

/* Of the layout's rows those that are left, by their present rows. */
static gboolean
find_present_rows(
    UmkCollection *self, guint64 since, guint64 *rows, gsize n_rows, GError **error)
{
    g_autoptr(sqlite3_stmt) items = _umk_meta_prepare(
        self->db,
        "SELECT item, max(here), max(buried) FROM ("
        " SELECT item, 1 AS here, 0 AS buried FROM items"
        " UNION ALL SELECT item, 0, 1 FROM tombstones WHERE sequence > ?"
        ") GROUP BY item ORDER BY item LIMIT ?",
        error);
    GError *failure = NULL;
    guint64 present = 0;
    gsize n = 0;

    if (items == NULL)
        return FALSE;
    sqlite3_bind_int64(items, 1, (gint64) since);
    sqlite3_bind_int64(items, 2, (gint64) n_rows);
    while (n < n_rows && _umk_meta_next(items, &failure)) {
        gboolean here = sqlite3_column_int(items, 1) != 0;
        gboolean buried = sqlite3_column_int(items, 2) != 0;

        rows[n++] = here && !buried ? present : UMK_NO_ROW;
        present += here ? 1 : 0;
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    if (n == n_rows)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("A layout of “%s” has %zu rows, there were %zu items"), self->path,
                n_rows, n);
    return FALSE;
}

/* *any: whether anything was buried since. */
static gboolean
ask_buried(UmkCollection *self, guint64 since, gboolean *any, GError **error)
{
    g_autoptr(sqlite3_stmt) buried = _umk_meta_prepare(
        self->db, "SELECT 1 FROM tombstones WHERE sequence > ? LIMIT 1", error);
    GError *failure = NULL;

    if (buried == NULL)
        return FALSE;
    sqlite3_bind_int64(buried, 1, (gint64) since);
    *any = _umk_meta_next(buried, &failure);
    if (failure == NULL)
        return TRUE;
    g_propagate_error(error, failure);
    return FALSE;
}

static gboolean
find_rows(UmkCollection *self, guint64 since, guint64 *rows, gsize n_rows, GError **error)
{
    gint64 compacted = 0;
    gboolean any;

    /* absent in collections that were never compacted */
    if (!_umk_meta_get_int(self->db, "compacted", &compacted, NULL))
        compacted = 0;
    if (since < (guint64) compacted || since > (guint64) self->sequence) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” was compacted since the layout was made"), self->path);
        return FALSE;
    }
    if (!ask_buried(self, since, &any, error))
        return FALSE;
    if (any || n_rows > (gsize) self->n_items)
        return find_present_rows(self, since, rows, n_rows, error);
    /* the items of then are the first of those of now */
    for (gsize i = 0; i < n_rows; i++)
        rows[i] = i;
    return TRUE;
}

/**
 * umk_collection_load_earlier_layout:
 * @self: a collection with nothing uncommitted
 * @name: name it was kept under
 * @rows: (out) (transfer full): for each row of the layout the present row of that item,
 *   as #guint64, or %G_MAXUINT64 where the item is gone or has another vector
 * @recipe_json: (out) (optional) (transfer full): how it was made
 * @error: return location for an error
 *
 * As umk_collection_load_layout() for a layout with one row an item, but of whatever
 * state of the collection it was made from; not across a compaction.
 *
 * Returns: (transfer full): the coordinates
 */
UmkMatrix *
umk_collection_load_earlier_layout(UmkCollection *self,
                                   const char *name,
                                   GBytes **rows,
                                   char **recipe_json,
                                   GError **error)
{
    g_autoptr(UmkMatrix) coords = NULL;
    g_autofree guint64 *present = NULL;
    g_autofree char *json = NULL;
    guint64 sequence;
    gboolean done;
    gsize n;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(name != NULL && rows != NULL, NULL);
    coords = load(self, name, &sequence, &json, error);
    if (coords == NULL)
        return NULL;
    n = umk_matrix_get_n_rows(coords);
    present = _umk_alloc(n + 1, sizeof *present, _("The list of rows"), error);
    if (present == NULL)
        return NULL;
    g_mutex_lock(&self->lock);
    done = find_rows(self, sequence, present, n, error);
    g_mutex_unlock(&self->lock);
    if (!done)
        return NULL;
    *rows = g_bytes_new_take(g_steal_pointer(&present), n * sizeof *present);
    if (recipe_json != NULL)
        *recipe_json = g_steal_pointer(&json);
    return g_steal_pointer(&coords);
}
