/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One field of all items at once: to colour a map by it, or to store what was computed.
 */
#include "store/umk-collection-private.h"
#include "store/umk-words-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

/* Columns of the table; everything else is a key of the JSON in "fields". */
static const struct {
    const char *name;
    const char *sql;
} own_columns[] = {
    {"id", "SELECT id FROM items ORDER BY item"},
    {"label", "SELECT label FROM items ORDER BY item"},
    {"caption", "SELECT caption FROM items ORDER BY item"},
    {"path", "SELECT path FROM items ORDER BY item"},
    {"text", "SELECT text FROM items ORDER BY item"},
    {"added", "SELECT added FROM items ORDER BY item"},
    {"model", "SELECT models.id FROM items JOIN models USING (model) ORDER BY item"},
};

static const char *
own_column(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(own_columns); i++)
        if (strcmp(own_columns[i].name, name) == 0)
            return own_columns[i].sql;
    return NULL;
}

/* All texts of a statement's first column, "" for what is not there. */
static char **
read_texts(sqlite3_stmt *statement, gboolean *any, GError **error)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    GError *failure = NULL;

    while (_umk_meta_next(statement, &failure)) {
        const char *text = _umk_meta_text_or_null(statement, 0);

        *any |= text != NULL;
        g_ptr_array_add(texts, g_strdup(text != NULL ? text : ""));
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return NULL;
    }
    g_ptr_array_add(texts, NULL);
    return (char **) g_ptr_array_free(g_steal_pointer(&texts), FALSE);
}

static char **
load_column(UmkCollection *self, const char *name, gboolean *any, GError **error)
{
    const char *sql = own_column(name);
    g_autoptr(sqlite3_stmt) statement = NULL;

    *any = FALSE;
    if (sql == NULL)
        sql = "SELECT (SELECT value FROM json_each(items.fields) WHERE key = ?1)"
              " FROM items ORDER BY item";
    statement = _umk_meta_prepare(self->db, sql, error);
    if (statement == NULL)
        return NULL;
    if (own_column(name) == NULL)
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    return read_texts(statement, any, error);
}

/**
 * umk_collection_dup_column:
 * @self: a collection
 * @name: id, label, caption, path, text, added, model, or the name of a further field
 * @error: return location for an error
 *
 * Fails with %UMK_ERROR_NOT_FOUND if no item has such a field.
 *
 * Returns: (transfer full) (array zero-terminated=1): the value of each row, in the order
 *   of rows; an empty text where an item has none
 */
char **
umk_collection_dup_column(UmkCollection *self, const char *name, GError **error)
{
    gboolean any, missing;
    char **values;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(name != NULL, NULL);
    g_mutex_lock(&self->lock);
    values = load_column(self, name, &any, error);
    missing = values != NULL && !any && self->n_items > 0;
    g_mutex_unlock(&self->lock);
    if (missing) {
        g_auto(GStrv) fields = umk_collection_list_fields(self, NULL);
        g_autofree char *known = fields != NULL ? g_strjoinv(", ", fields) : NULL;

        g_clear_pointer(&values, g_strfreev);
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("“%s” has no column “%s”; there are: %s"), self->path, name,
                    known != NULL ? known : "");
    }
    return values;
}

static gboolean
store_values(UmkCollection *self,
             const char *name,
             const char *const *values,
             gsize n_values,
             GError **error)
{
    gboolean is_label = strcmp(name, "label") == 0;
    const char *sql = is_label
                          ? "UPDATE items SET label = ?2 WHERE item = ?3"
                          : "UPDATE items SET fields = json_patch(coalesce(fields, '{}'),"
                            " json_object(?1, ?2)) WHERE item = ?3";
    g_autoptr(sqlite3_stmt) statement = _umk_meta_prepare(self->db, sql, error);

    if (statement == NULL || !_umk_collection_load_rows(self, error))
        return FALSE;
    for (gsize row = 0; row < n_values; row++) {
        if (!is_label)
            sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, values[row], -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 3, _umk_collection_item_at(self, row));
        if (!_umk_meta_run(statement, error))
            return FALSE;
    }
    return TRUE;
}

/**
 * umk_collection_set_column:
 * @self: a collection opened for writing
 * @name: "label", or the name of a further field
 * @values: (array length=n_values): the value of each row; %NULL takes the field away
 * @n_values: as many as there are items
 * @error: return location for an error
 *
 * Gives all items a field. It is kept with the next umk_collection_commit().
 *
 * Returns: %FALSE if it could not be stored
 */
gboolean
umk_collection_set_column(UmkCollection *self,
                          const char *name,
                          const char *const *values,
                          gsize n_values,
                          GError **error)
{
    gboolean done = FALSE;

    g_return_val_if_fail(self != NULL && name != NULL, FALSE);
    g_return_val_if_fail(values != NULL || n_values == 0, FALSE);
    if (*name == '\0' || (own_column(name) != NULL && strcmp(name, "label") != 0) ||
        strcmp(name, "modality") == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("A column cannot be called “%s”"), name);
        return FALSE;
    }
    g_mutex_lock(&self->lock);
    if (n_values != (gsize) self->n_items)
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("“%s” has %zu items, the column has %zu values"), self->path,
                    (gsize) self->n_items, n_values);
    else if (_umk_collection_begin(self, error)) {
        done = store_values(self, name, values, n_values, error);
        /* a note is searched by its words */
        g_clear_pointer(&self->words, _umk_words_unref);
    }
    g_mutex_unlock(&self->lock);
    return done;
}
