/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which items of a collection a filter is true of, and which fields there are to ask
 * for. */
#include "store/umk-collection-private.h"

#include "core/umk-alloc-private.h"
#include "store/umk-filter-private.h"

#include <glib/gi18n-lib.h>

#define STEPS_BETWEEN_LOOKS 20000 /* of SQLite's machine; about a millisecond */
#define MAX_KEPT            8

/* ---- names ------------------------------------------------------------------------ */

static gboolean
find_name(UmkCollection *self, const char *field, gboolean *found, GError **error)
{
    g_autoptr(sqlite3_stmt) rows = NULL;
    GError *failure = NULL;

    rows = _umk_meta_prepare(self->db,
                             "SELECT 1 FROM items, json_each(items.fields) AS member"
                             " WHERE items.fields IS NOT NULL AND member.key = ? LIMIT 1",
                             error);
    if (rows == NULL)
        return FALSE;
    sqlite3_bind_text(rows, 1, field, -1, SQLITE_STATIC);
    *found = _umk_meta_next(rows, &failure);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

static gboolean
load_names(UmkCollection *self, GStrvBuilder *names, GError **error)
{
    g_autoptr(sqlite3_stmt) rows = NULL;
    GError *failure = NULL;

    rows = _umk_meta_prepare(
        self->db,
        "SELECT DISTINCT member.key FROM items, json_each(items.fields) AS member"
        " WHERE items.fields IS NOT NULL ORDER BY member.key",
        error);
    if (rows == NULL)
        return FALSE;
    while (_umk_meta_next(rows, &failure))
        g_strv_builder_add(names, _umk_meta_text(rows, 0));
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

static char **
list_fields(UmkCollection *self, GError **error)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();

    for (gsize i = 0; _umk_filter_fields[i] != NULL; i++)
        g_strv_builder_add(names, _umk_filter_fields[i]);
    return load_names(self, names, error) ? g_strv_builder_end(names) : NULL;
}

/**
 * umk_collection_list_fields:
 * @self: a collection
 * @error: return location for an error
 *
 * Looks at every item.
 *
 * Returns: (transfer full) (array zero-terminated=1): what a filter can ask for: the
 *   fields every item has a place for, then those that came with items, by name
 */
char **
umk_collection_list_fields(UmkCollection *self, GError **error)
{
    char **names;

    g_return_val_if_fail(self != NULL, NULL);
    g_mutex_lock(&self->lock);
    names = list_fields(self, error);
    g_mutex_unlock(&self->lock);
    return names;
}

static gboolean
unknown_field(UmkCollection *self, const UmkFilterNode *test, GError **error)
{
    g_auto(GStrv) names = list_fields(self, error);

    return names != NULL &&
           _umk_filter_no_field(test, (const char *const *) names, error);
}

static gboolean
check_fields(UmkCollection *self, const UmkFilterNode *node, GError **error)
{
    gboolean found = TRUE;

    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        if (!check_fields(self, node->children->pdata[i], error))
            return FALSE;
    if (node->field == NULL || g_strv_contains(_umk_filter_fields, node->field))
        return TRUE;
    if (!find_name(self, node->field, &found, error))
        return FALSE;
    return found || unknown_field(self, node, error);
}

/* ---- rows ------------------------------------------------------------------------- */

static int
look_up(gpointer cancellable)
{
    return g_cancellable_is_cancelled(cancellable);
}

static sqlite3_stmt *
prepare(UmkCollection *self, UmkFilter *filter, GPtrArray **values, GError **error)
{
    g_autofree char *condition = _umk_filter_to_sql(filter->root, values);
    g_autofree char *sql =
        g_strdup_printf("SELECT item FROM items WHERE %s ORDER BY item", condition);
    g_autoptr(sqlite3_stmt) rows = _umk_meta_prepare(self->db, sql, error);

    if (rows == NULL)
        return NULL;
    if (!_umk_filter_bind(rows, *values)) {
        _umk_meta_set_error(self->db, error);
        return NULL;
    }
    return g_steal_pointer(&rows);
}

static gboolean
mark_rows(UmkCollection *self, sqlite3_stmt *rows, guint8 *marks, GError **error)
{
    GError *failure = NULL;
    gsize row = 0, n = (gsize) self->n_items;

    /* Both run up by item: one walk. */
    while (_umk_meta_next(rows, &failure)) {
        gint64 item = sqlite3_column_int64(rows, 0);

        while (row < n && _umk_collection_item_at(self, row) < item)
            row++;
        if (row < n && _umk_collection_item_at(self, row) == item)
            marks[row] = 1;
    }
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

static gboolean
run_filter(UmkCollection *self,
           UmkFilter *filter,
           guint8 *marks,
           GCancellable *cancellable,
           GError **error)
{
    g_autoptr(sqlite3_stmt) rows = NULL;
    g_autoptr(GPtrArray) values = NULL;
    g_autoptr(GError) failure = NULL;
    gboolean done;

    if (!_umk_filter_add_functions(self->db))
        return _umk_meta_set_error(self->db, error);
    sqlite3_progress_handler(self->db, STEPS_BETWEEN_LOOKS, look_up, cancellable);
    done = _umk_collection_load_rows(self, &failure) &&
           check_fields(self, filter->root, &failure);
    if (done)
        rows = prepare(self, filter, &values, &failure);
    done = rows != NULL && mark_rows(self, rows, marks, &failure);
    sqlite3_progress_handler(self->db, 0, NULL, NULL);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return FALSE;
    if (!done)
        g_propagate_error(error, g_steal_pointer(&failure));
    return done;
}

static GBytes *
find_matches(UmkCollection *self,
             UmkFilter *filter,
             GCancellable *cancellable,
             GError **error)
{
    gsize n = (gsize) self->n_items;
    g_autofree guint8 *marks = _umk_alloc(n + 1, 1, _("The list of matches"), error);

    return marks != NULL && run_filter(self, filter, marks, cancellable, error)
               ? g_bytes_new_take(g_steal_pointer(&marks), n)
               : NULL;
}

/* The same condition is asked with one question after another. */
static void
keep_matches(UmkCollection *self, char *spelling, GBytes *matches)
{
    if (self->matches == NULL)
        self->matches = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                              (GDestroyNotify) g_bytes_unref);
    if (g_hash_table_size(self->matches) >= MAX_KEPT)
        g_hash_table_remove_all(self->matches);
    g_hash_table_insert(self->matches, spelling, g_bytes_ref(matches));
}

/**
 * umk_collection_match:
 * @self: a collection
 * @filter: a condition
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * A field that no item has is an error that names the nearest one there is. The answers
 * to the last few filters are kept until the collection changes.
 *
 * Returns: (transfer full): one byte a row, 1 where the filter is true
 */
GBytes *
umk_collection_match(UmkCollection *self,
                     UmkFilter *filter,
                     GCancellable *cancellable,
                     GError **error)
{
    g_autofree char *spelling = NULL;
    GBytes *matches;

    g_return_val_if_fail(self != NULL && filter != NULL, NULL);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return NULL;
    spelling = umk_filter_to_string(filter);
    g_mutex_lock(&self->lock);
    matches = self->matches != NULL ? g_hash_table_lookup(self->matches, spelling) : NULL;
    if (matches != NULL) {
        g_bytes_ref(matches);
    } else {
        matches = find_matches(self, filter, cancellable, error);
        if (matches != NULL)
            keep_matches(self, g_steal_pointer(&spelling), matches);
    }
    g_mutex_unlock(&self->lock);
    return matches;
}
