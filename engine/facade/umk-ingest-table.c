/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of CSV, TSV and JSON lines become text items; the other columns become fields. */
#include "facade/umk-ingest-private.h"

#include "io/umk-table-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-item.h>
#include <umekomi/umk-params.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <inttypes.h>
#include <string.h>

#define MAX_TABLE_SIZE ((goffset) 2 << 30)
#define SAMPLE         100 /* rows looked at to find the text column */

/* A column the user named must exist; one of the usual names need not. */
static gboolean
choose(UmkIngest *ingest,
       UmkTable *table,
       const char *param,
       const char *const *usual,
       gssize *column,
       GError **error)
{
    const char *name = umk_params_get_string(ingest->params, param);

    *column = -1;
    if (name[0] != '\0') {
        *column = _umk_table_find_column(table, name);
        if (*column < 0) {
            g_autoptr(GString) all = g_string_new(NULL);

            for (gsize i = 0; i < _umk_table_get_n_columns(table); i++)
                g_string_append_printf(all, "%s%s", i ? ", " : "",
                                       _umk_table_get_column(table, i));
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                        _("There is no column “%s”; there are: %s"), name, all->str);
            return FALSE;
        }
        return TRUE;
    }
    for (gsize i = 0; usual[i] != NULL && *column < 0; i++)
        *column = _umk_table_find_column(table, usual[i]);
    return TRUE;
}

/* Without a name to go by: the column with the most letters a cell. */
static gssize
longest_column(UmkTable *table)
{
    gsize n_rows = MIN(_umk_table_get_n_rows(table), SAMPLE), best = 0;
    gssize found = -1;

    for (gsize c = 0; c < _umk_table_get_n_columns(table); c++) {
        gsize letters = 0;

        for (gsize r = 0; r < n_rows; r++) {
            const char *cell = _umk_table_get_cell(table, r, c);

            for (const char *p = cell; p != NULL && *p != '\0'; p = g_utf8_next_char(p))
                letters += g_unichar_isalpha(g_utf8_get_char(p));
        }
        if (letters > best) {
            best = letters;
            found = (gssize) c;
        }
    }
    return found;
}

static void
add_row(UmkIngest *ingest,
        UmkTable *table,
        gsize row,
        gssize text,
        gssize label,
        gssize id,
        const char *path,
        const char *table_id)
{
    const char *words = _umk_table_get_cell(table, row, (gsize) text);
    const char *name = id >= 0 ? _umk_table_get_cell(table, row, (gsize) id) : NULL;
    g_autoptr(UmkItem) item = NULL;
    g_autofree char *item_id = NULL;
    g_autofree char *caption = NULL;

    if (words == NULL || words[strspn(words, " \t\r\n")] == '\0') {
        g_autofree char *where =
            g_strdup_printf("%s:%" PRIu64, path, _umk_table_get_line(table, row));

        _umk_ingest_fail(ingest, where, _("The text is empty"));
        return;
    }
    item = umk_item_new_for_text(words);
    item_id = name && name[0] ? g_strdup_printf("%s#%s", table_id, name)
                              : g_strdup_printf("%s#%" PRIu64, table_id,
                                                _umk_table_get_line(table, row));
    caption = g_utf8_strlen(words, -1) > 120 ? g_utf8_substring(words, 0, 120)
                                             : g_strdup(words);
    umk_item_set_caption(item, g_strdelimit(caption, "\r\n\t", ' '));
    if (label >= 0)
        umk_item_set_label(item, _umk_table_get_cell(table, row, (gsize) label));
    for (gsize c = 0; c < _umk_table_get_n_columns(table); c++) {
        const char *cell = _umk_table_get_cell(table, row, c);

        if ((gssize) c != text && (gssize) c != label && (gssize) c != id && cell &&
            cell[0])
            umk_item_set_field(item, _umk_table_get_column(table, c), cell);
    }
    _umk_ingest_add(ingest, item, item_id, path);
}

static UmkTableKind
kind_of(const char *path)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);

    return g_str_has_suffix(lower, ".csv")   ? UMK_TABLE_CSV
           : g_str_has_suffix(lower, ".tsv") ? UMK_TABLE_TSV
                                             : UMK_TABLE_JSONL;
}

gboolean
_umk_ingest_table(UmkIngest *ingest,
                  const char *path,
                  const char *table_id,
                  GError **error)
{
    static const char *const texts[] = {"text",    "sentence", "caption", "title",
                                        "content", "word",     NULL};
    static const char *const labels[] = {"label", "category", "class", NULL};
    static const char *const ids[] = {"id", NULL};
    g_autoptr(GMappedFile) file = NULL;
    g_autoptr(UmkTable) table = NULL;
    const char *const *problems;
    gssize text, label, id;
    GStatBuf info;

    if (g_stat(path, &info) == 0 && info.st_size > MAX_TABLE_SIZE) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("It has %" PRId64 " bytes; a table has at most 2 GiB"),
                    (goffset) info.st_size);
        return FALSE;
    }
    file = g_mapped_file_new(path, FALSE, error);
    if (file == NULL)
        return FALSE;
    if (g_mapped_file_get_length(file) == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("The table is empty"));
        return FALSE;
    }
    table = _umk_table_parse(g_mapped_file_get_contents(file),
                             g_mapped_file_get_length(file), kind_of(path), error);
    if (table != NULL && _umk_table_is_sidecar(path, table))
        return TRUE; /* it describes the files beside it */
    if (table == NULL || !choose(ingest, table, "text-column", texts, &text, error) ||
        !choose(ingest, table, "label-column", labels, &label, error) ||
        !choose(ingest, table, "id-column", ids, &id, error))
        return FALSE;
    if (text < 0)
        text = longest_column(table);
    problems = _umk_table_get_problems(table);
    for (gsize i = 0; problems[i] != NULL; i++)
        _umk_ingest_fail(ingest, path, problems[i]);
    if (text < 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("No column holds words; name one with --text-column"));
        return FALSE;
    }
    for (gsize row = 0; row < _umk_table_get_n_rows(table); row++) {
        if (!umk_run_check(ingest->run, error))
            return FALSE;
        add_row(ingest, table, row, text, label, id, path, table_id);
        if (!_umk_ingest_flush_full(ingest, error))
            return FALSE;
    }
    return TRUE;
}
