/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layouts kept beside the collection, so that a map opens again as it was left. */
#include "store/umk-collection-private.h"

#include "store/umk-derived-private.h"

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
    g_mutex_unlock(&self->lock);
    return done;
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
    g_autofree char *path = NULL, *data = NULL;
    g_autoptr(GBytes) bytes = NULL, floats = NULL, extra = NULL;
    UmkMatrix *coords;
    gsize size, n_rows, n_cols;
    guint64 sequence;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(name != NULL, NULL);
    path = layout_path(self, name);
    sequence = umk_collection_get_sequence(self);
    if (!g_file_get_contents(path, &data, &size, NULL)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, _("“%s” keeps no layout “%s”"),
                    self->path, name);
        return NULL;
    }
    bytes = g_bytes_new_take(g_steal_pointer(&data), size);
    if (!_umk_derived_parse(bytes, self->uuid_bytes, sequence, &n_rows, &n_cols, &floats,
                            &extra, error))
        return NULL;
    coords = umk_matrix_new_from_bytes(n_rows, n_cols, floats, error);
    if (coords != NULL && recipe_json != NULL)
        *recipe_json =
            g_strndup(g_bytes_get_size(extra) > 0 ? g_bytes_get_data(extra, NULL) : "",
                      g_bytes_get_size(extra));
    return coords;
}
