/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a folder says of its own files: metadata.csv, metadata.tsv or metadata.jsonl with
 * a column "file_name", as image data sets are published. Its other columns give the
 * label, the caption and the fields of each file. One sidecar is remembered at a time: a
 * walk visits a folder's files together. */
#include "facade/umk-ingest-private.h"

#include "io/umk-table-private.h"

#include <umekomi/umk-item.h>

#define NAME_COLUMN "file_name"

struct _UmkSidecar {
    char *folder;
    UmkTable *table;  /* NULL where the folder has no sidecar */
    GHashTable *rows; /* file name -> row + 1 */
};

void
_umk_sidecar_free(UmkSidecar *sidecar)
{
    g_free(sidecar->folder);
    g_clear_pointer(&sidecar->table, _umk_table_free);
    g_clear_pointer(&sidecar->rows, g_hash_table_unref);
    g_free(sidecar);
}

/* Whether a table describes the files beside it rather than holding texts itself. */
gboolean
_umk_table_is_sidecar(const char *path, UmkTable *table)
{
    g_autofree char *name = g_path_get_basename(path);

    return g_str_has_prefix(name, "metadata.") &&
           _umk_table_find_column(table, NAME_COLUMN) >= 0;
}

static UmkTable *
read_table(const char *path, UmkTableKind kind)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    g_autoptr(UmkTable) table = NULL;

    if (file == NULL || g_mapped_file_get_length(file) == 0)
        return NULL;
    table = _umk_table_parse(g_mapped_file_get_contents(file),
                             g_mapped_file_get_length(file), kind, NULL);
    if (table == NULL || !_umk_table_is_sidecar(path, table))
        return NULL;
    return g_steal_pointer(&table);
}

static UmkSidecar *
sidecar_new(const char *folder)
{
    static const struct {
        const char *name;
        UmkTableKind kind;
    } kinds[] = {{"metadata.csv", UMK_TABLE_CSV},
                 {"metadata.tsv", UMK_TABLE_TSV},
                 {"metadata.jsonl", UMK_TABLE_JSONL}};
    UmkSidecar *sidecar = g_new0(UmkSidecar, 1);

    sidecar->folder = g_strdup(folder);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds) && sidecar->table == NULL; i++) {
        g_autofree char *path = g_build_filename(folder, kinds[i].name, NULL);

        sidecar->table = read_table(path, kinds[i].kind);
    }
    if (sidecar->table == NULL)
        return sidecar;
    sidecar->rows = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize row = 0; row < _umk_table_get_n_rows(sidecar->table); row++) {
        gssize column = _umk_table_find_column(sidecar->table, NAME_COLUMN);
        const char *name = _umk_table_get_cell(sidecar->table, row, (gsize) column);

        if (name != NULL)
            g_hash_table_insert(sidecar->rows, (gpointer) name,
                                GSIZE_TO_POINTER(row + 1));
    }
    return sidecar;
}

static void
set_cell(UmkItem *item, const char *column, const char *cell)
{
    static const char *const labels[] = {"label", "category", "class", NULL};
    static const char *const captions[] = {"caption", "text", "title", NULL};
    g_autofree char *lower = g_ascii_strdown(column, -1);

    if (g_strv_contains(labels, lower))
        umk_item_set_label(item, cell);
    else if (g_strv_contains(captions, lower))
        umk_item_set_caption(item, cell);
    else if (!g_str_equal(lower, NAME_COLUMN))
        umk_item_set_field(item, column, cell);
}

/* Adds to an item what the sidecar of its file's folder says of it, if there is one. */
void
_umk_ingest_describe(UmkIngest *ingest, UmkItem *item, const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    UmkTable *table;
    gsize row;

    if (ingest->sidecar == NULL || !g_str_equal(ingest->sidecar->folder, folder)) {
        g_clear_pointer(&ingest->sidecar, _umk_sidecar_free);
        ingest->sidecar = sidecar_new(folder);
    }
    table = ingest->sidecar->table;
    row = table ? GPOINTER_TO_SIZE(g_hash_table_lookup(ingest->sidecar->rows, name)) : 0;
    for (gsize c = 0; row > 0 && c < _umk_table_get_n_columns(table); c++) {
        const char *cell = _umk_table_get_cell(table, row - 1, c);

        if (cell != NULL && cell[0] != '\0')
            set_cell(item, _umk_table_get_column(table, c), cell);
    }
}
