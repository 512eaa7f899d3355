/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is read of single items of a collection: by row, by id, by what a person calls it.
 */
#include "store/umk-collection-private.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include <inttypes.h>
#include <string.h>

/* ---- one item --------------------------------------------------------------------- */

static gboolean
check_row(UmkCollection *self, gsize row, GError **error)
{
    if (row < (gsize) self->n_items)
        return _umk_collection_load_rows(self, error);
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                _("“%s” has %" PRId64 " items, there is no row %zu"), self->path,
                self->n_items, row);
    return FALSE;
}

/* The columns asked for of one row's item, or NULL with an error. */
static sqlite3_stmt *
select_row(UmkCollection *self, const char *sql, gsize row, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    GError *failure = NULL;

    if (!check_row(self, row, error))
        return NULL;
    statement = _umk_meta_prepare(self->db, sql, error);
    if (statement == NULL)
        return NULL;
    sqlite3_bind_int64(statement, 1, _umk_collection_item_at(self, row));
    if (_umk_meta_next(statement, &failure))
        return g_steal_pointer(&statement);
    if (failure != NULL)
        g_propagate_error(error, failure);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is damaged: row %zu has no item"), self->path, row);
    return NULL;
}

static void
fields_from_json(UmkItem *item, const char *json)
{
    g_autoptr(JsonNode) root = json != NULL ? json_from_string(json, NULL) : NULL;
    JsonObjectIter iter;
    const char *name;
    JsonNode *value;

    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root))
        return;
    json_object_iter_init_ordered(&iter, json_node_get_object(root));
    while (json_object_iter_next_ordered(&iter, &name, &value))
        if (JSON_NODE_HOLDS_VALUE(value) &&
            json_node_get_value_type(value) == G_TYPE_STRING)
            umk_item_set_field(item, name, json_node_get_string(value));
}

static UmkItem *
item_from_columns(sqlite3_stmt *row)
{
    int modality = sqlite3_column_int(row, 1);
    const char *path = _umk_meta_text_or_null(row, 4),
               *text = _umk_meta_text_or_null(row, 5);
    UmkItem *item;

    if (modality < 0 || modality >= UMK_N_MODALITIES)
        modality = UMK_MODALITY_TEXT;
    if (modality == UMK_MODALITY_GRAPH)
        item = umk_item_new_for_node(text != NULL ? text : "");
    else if (path != NULL || modality != UMK_MODALITY_TEXT)
        item = umk_item_new_for_file((UmkModality) modality, path != NULL ? path : "");
    else
        item = umk_item_new_for_text(text != NULL ? text : "");
    umk_item_set_id(item, _umk_meta_text_or_null(row, 0));
    umk_item_set_label(item, _umk_meta_text_or_null(row, 2));
    umk_item_set_caption(item, _umk_meta_text_or_null(row, 3));
    fields_from_json(item, _umk_meta_text_or_null(row, 6));
    return item;
}

/**
 * umk_collection_dup_item:
 * @self: a collection
 * @row: its row, counted from 0 in the order items were first appended
 * @error: return location for an error
 *
 * Rows shift when items are removed; ids do not.
 *
 * Returns: (transfer full): the item with its id, caption, label and fields
 */
UmkItem *
umk_collection_dup_item(UmkCollection *self, gsize row, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    UmkItem *item = NULL;

    g_return_val_if_fail(self != NULL, NULL);
    g_mutex_lock(&self->lock);
    statement = select_row(self,
                           "SELECT id, modality, label, caption, path, text, fields"
                           " FROM items WHERE item = ?",
                           row, error);
    if (statement != NULL)
        item = item_from_columns(statement);
    g_clear_pointer(&statement, sqlite3_finalize);
    g_mutex_unlock(&self->lock);
    return item;
}

static char *
dup_row_text(UmkCollection *self, const char *sql, gsize row)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    char *text = NULL;

    g_mutex_lock(&self->lock);
    statement = select_row(self, sql, row, NULL);
    if (statement != NULL)
        text = g_strdup(_umk_meta_text(statement, 0));
    g_clear_pointer(&statement, sqlite3_finalize);
    g_mutex_unlock(&self->lock);
    return text;
}

/**
 * umk_collection_dup_id:
 * @self: a collection
 * @row: a row
 *
 * Returns: (nullable) (transfer full): the item's id, or %NULL if there is no such row
 */
char *
umk_collection_dup_id(UmkCollection *self, gsize row)
{
    g_return_val_if_fail(self != NULL, NULL);
    return dup_row_text(self, "SELECT id FROM items WHERE item = ?", row);
}

/**
 * umk_collection_dup_item_model:
 * @self: a collection
 * @row: a row
 *
 * Returns: (nullable) (transfer full): id of the model the item's vector came from, or
 *   %NULL if there is no such row
 */
char *
umk_collection_dup_item_model(UmkCollection *self, gsize row)
{
    g_return_val_if_fail(self != NULL, NULL);
    return dup_row_text(self,
                        "SELECT models.id FROM items JOIN models USING (model)"
                        " WHERE item = ?",
                        row);
}

/**
 * umk_collection_dup_item_time:
 * @self: a collection
 * @row: a row
 *
 * Returns: (nullable) (transfer full): when the item's vector was added, ISO 8601 in UTC,
 * or %NULL if there is no such row
 */
char *
umk_collection_dup_item_time(UmkCollection *self, gsize row)
{
    g_return_val_if_fail(self != NULL, NULL);
    return dup_row_text(self, "SELECT added FROM items WHERE item = ?", row);
}

/**
 * umk_collection_find:
 * @self: a collection
 * @id: an id
 * @row: (out) (optional): where to put the item's row
 *
 * Returns: whether there is such an item
 */
gboolean
umk_collection_find(UmkCollection *self, const char *id, gsize *row)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    gboolean found = FALSE;
    gsize at = 0;

    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(id != NULL, FALSE);
    g_mutex_lock(&self->lock);
    if (_umk_collection_load_rows(self, NULL))
        statement =
            _umk_meta_prepare(self->db, "SELECT item FROM items WHERE id = ?", NULL);
    if (statement != NULL) {
        sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
        found = _umk_meta_next(statement, NULL) &&
                _umk_collection_row_of(self, sqlite3_column_int64(statement, 0), &at);
    }
    g_clear_pointer(&statement, sqlite3_finalize);
    g_mutex_unlock(&self->lock);
    if (found && row != NULL)
        *row = at;
    return found;
}

/* The first item of a query by one text; 0 if there is none. */
static gint64
find_first(UmkCollection *self, const char *sql, const char *text)
{
    g_autoptr(sqlite3_stmt) statement = _umk_meta_prepare(self->db, sql, NULL);

    if (statement == NULL)
        return 0;
    sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    return _umk_meta_next(statement, NULL) ? sqlite3_column_int64(statement, 0) : 0;
}

/**
 * umk_collection_find_named:
 * @self: a collection
 * @name: what a person calls an item
 * @row: (out) (optional): where to put the item's row
 *
 * The item with that id; else the first one whose text, else whose caption is @name.
 *
 * Returns: whether there is such an item
 */
gboolean
umk_collection_find_named(UmkCollection *self, const char *name, gsize *row)
{
    static const char *const queries[] = {
        "SELECT item FROM items WHERE id = ?",
        "SELECT item FROM items WHERE text = ? ORDER BY item LIMIT 1",
        "SELECT item FROM items WHERE caption = ? ORDER BY item LIMIT 1"};
    gint64 item = 0;
    gsize at = 0;
    gboolean found;

    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(name != NULL, FALSE);
    g_mutex_lock(&self->lock);
    for (gsize i = 0; i < G_N_ELEMENTS(queries) && item == 0; i++)
        item = find_first(self, queries[i], name);
    found = item > 0 && _umk_collection_load_rows(self, NULL) &&
            _umk_collection_row_of(self, item, &at);
    g_mutex_unlock(&self->lock);
    if (found && row != NULL)
        *row = at;
    return found;
}
