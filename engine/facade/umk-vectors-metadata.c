/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of the rows of a file of vectors: a table beside it, one row a vector, in
 * the same order (the Embedding Projector's pair of vectors.tsv and metadata.tsv). */
#include <umekomi/umk-error.h>
#include <umekomi/umk-item.h>
#include <umekomi/umk-vectors.h>

#include "io/umk-table-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

static const struct {
    const char *suffix;
    UmkTableKind kind;
} kinds[] = {
    {".csv", UMK_TABLE_CSV}, {".tsv", UMK_TABLE_TSV}, {".jsonl", UMK_TABLE_JSONL}};

static UmkTable *
read_table(const char *path, GError **error)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);

    if (file == NULL)
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        UmkTable *table;

        if (!g_str_has_suffix(lower, kinds[i].suffix))
            continue;
        table = _umk_table_parse(g_mapped_file_get_contents(file),
                                 g_mapped_file_get_length(file), kinds[i].kind, error);
        if (table == NULL)
            g_prefix_error(error, "%s: ", path);
        return table;
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("%s: metadata are read from .csv, .tsv and .jsonl"), path);
    return NULL;
}

static UmkItem *
make_item(UmkTable *table, gsize row)
{
    static const char *const names[] = {"text", "word", "name", "caption", "title", "id"};
    const char *text = NULL;
    UmkItem *item;

    for (gsize i = 0; i < G_N_ELEMENTS(names) && text == NULL; i++) {
        gssize column = _umk_table_find_column(table, names[i]);

        if (column >= 0)
            text = _umk_table_get_cell(table, row, (gsize) column);
    }
    item = umk_item_new_for_text(text != NULL ? text : "");
    umk_item_set_caption(item, text);
    for (gsize c = 0; c < _umk_table_get_n_columns(table); c++) {
        const char *name = _umk_table_get_column(table, c);
        const char *cell = _umk_table_get_cell(table, row, c);

        if (cell == NULL || cell[0] == '\0')
            continue;
        if (g_ascii_strcasecmp(name, "id") == 0)
            umk_item_set_id(item, cell);
        else if (g_ascii_strcasecmp(name, "label") == 0)
            umk_item_set_label(item, cell);
        else
            umk_item_set_field(item, name, cell);
    }
    return item;
}

/**
 * umk_vectors_read_metadata:
 * @path: (type filename): a table with suffix .csv, .tsv or .jsonl
 * @n_rows: rows of the file of vectors it belongs to
 * @error: return location for an error
 *
 * Row by row what is known of the vectors of a file. Columns "id" and "label" are those
 * of an item, "text", "word", "name", "caption" or "title" its text as well; every column
 * is a field.
 *
 * Returns: (transfer full): @n_rows items
 */
UmkItems *
umk_vectors_read_metadata(const char *path, gsize n_rows, GError **error)
{
    g_autoptr(UmkTable) table = NULL;
    UmkItems *items;

    g_return_val_if_fail(path != NULL, NULL);
    table = read_table(path, error);
    if (table == NULL)
        return NULL;
    if (_umk_table_get_n_rows(table) != n_rows) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("%s has %zu rows, the file of vectors %zu"), path,
                    _umk_table_get_n_rows(table), n_rows);
        return NULL;
    }
    items = umk_items_new();
    for (gsize i = 0; i < n_rows; i++) {
        g_autoptr(UmkItem) item = make_item(table, i);

        umk_items_append(items, item);
    }
    return items;
}
