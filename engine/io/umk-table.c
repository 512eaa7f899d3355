/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads tables of text from bytes; see the header for the formats. */
#include "io/umk-table-private.h"
#include "io/umk-json-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include <inttypes.h>
#include <string.h>

#define MAX_COLUMNS  4096
#define MAX_NAME     64 /* bytes of a header cell that is not a usual name */
#define MAX_PROBLEMS 1000
#define BOM          "\xef\xbb\xbf"

typedef struct {
    GPtrArray *cells; /* char *, may be shorter than the header; NULL = absent */
    guint64 line;     /* where it starts, from 1 */
} Row;

struct _UmkTable {
    GPtrArray *columns; /* char * */
    GArray *rows;       /* Row */
    GPtrArray *problems;
};

static void
row_clear(gpointer data)
{
    g_ptr_array_unref(((Row *) data)->cells);
}

static UmkTable *
table_new(void)
{
    UmkTable *self = g_new0(UmkTable, 1);

    self->columns = g_ptr_array_new_with_free_func(g_free);
    self->rows = g_array_new(FALSE, FALSE, sizeof(Row));
    g_array_set_clear_func(self->rows, row_clear);
    self->problems = g_ptr_array_new_with_free_func(g_free);
    return self;
}

void
_umk_table_free(UmkTable *self)
{
    g_ptr_array_unref(self->columns);
    g_array_unref(self->rows);
    g_ptr_array_unref(self->problems);
    g_free(self);
}

static void
add_problem(UmkTable *self, guint64 line, const char *why)
{
    if (self->problems->len < MAX_PROBLEMS)
        g_ptr_array_add(self->problems,
                        g_strdup_printf(_("line %" PRIu64 ": %s"), line, why));
}

/* One field from p on; leaves p on the separator, the line break or the end. */
static char *
read_field(
    const char **p, const char *end, char separator, guint64 *line, gboolean *unclosed)
{
    g_autoptr(GString) field = g_string_new(NULL);
    const char *at = *p;
    gboolean quoted = at < end && *at == '"';

    for (at += quoted; at < end; at++) {
        if (quoted && *at == '"' && at + 1 < end && at[1] == '"') {
            g_string_append_c(field, '"');
            at++;
            continue;
        }
        if (quoted && *at == '"') {
            quoted = FALSE;
            continue;
        }
        if (!quoted && (*at == separator || *at == '\n' || *at == '\r'))
            break;
        if (*at == '\n')
            (*line)++;
        g_string_append_c(field, *at);
    }
    *unclosed = quoted;
    *p = at;
    return g_utf8_make_valid(field->str, (gssize) field->len);
}

static gboolean
read_row(const char **p,
         const char *end,
         char separator,
         guint64 *line,
         Row *row,
         GError **error)
{
    gboolean unclosed = FALSE;

    row->cells = g_ptr_array_new_with_free_func(g_free);
    row->line = *line;
    for (;;) {
        g_ptr_array_add(row->cells, read_field(p, end, separator, line, &unclosed));
        if (unclosed || row->cells->len > MAX_COLUMNS) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        unclosed ? _("Line %" PRIu64 ": a quoted field is not closed")
                                 : _("Line %" PRIu64 ": more than 4096 fields"),
                        row->line);
            return FALSE;
        }
        if (*p >= end || **p != separator)
            break;
        (*p)++;
    }
    if (*p < end && **p == '\r')
        (*p)++;
    if (*p < end && **p == '\n')
        (*p)++;
    (*line)++;
    return TRUE;
}

static gboolean
is_number(const char *text)
{
    char *end;

    g_ascii_strtod(text, &end);
    return end != text && *end == '\0';
}

static gboolean
looks_like_header(GPtrArray *cells)
{
    static const char *const usual[] = {"id",      "text",     "label",    "caption",
                                        "title",   "name",     "class",    "category",
                                        "content", "language", "sentence", "word",
                                        "url",     "path",     NULL};
    gboolean plausible = cells->len >= 2;

    for (guint i = 0; i < cells->len; i++) {
        const char *cell = cells->pdata[i];
        g_autofree char *lower = g_ascii_strdown(cell, -1);

        if (g_strv_contains(usual, lower))
            return TRUE;
        if (cell[0] == '\0' || strlen(cell) > MAX_NAME || is_number(cell))
            plausible = FALSE;
        for (guint j = 0; j < i; j++)
            if (g_str_equal(cells->pdata[j], cell))
                plausible = FALSE;
    }
    return plausible;
}

static void
name_columns(UmkTable *self)
{
    Row *first = &g_array_index(self->rows, Row, 0);

    if (looks_like_header(first->cells)) {
        for (guint i = 0; i < first->cells->len; i++)
            g_ptr_array_add(self->columns, g_strdup(first->cells->pdata[i]));
        g_array_remove_index(self->rows, 0);
        return;
    }
    for (guint i = 0; i < first->cells->len; i++)
        g_ptr_array_add(self->columns, g_strdup_printf("column-%u", i + 1));
}

/* Rows with more cells than there are columns are left out: nobody knows what they mean.
 */
static void
drop_long_rows(UmkTable *self)
{
    for (guint i = self->rows->len; i-- > 0;) {
        Row *row = &g_array_index(self->rows, Row, i);
        g_autofree char *why = NULL;

        if (row->cells->len <= self->columns->len)
            continue;
        why = g_strdup_printf(_("%u fields, but there are %u columns"), row->cells->len,
                              self->columns->len);
        add_problem(self, row->line, why);
        g_array_remove_index(self->rows, i);
    }
}

static gboolean
parse_separated(
    UmkTable *self, const char *data, gsize len, char separator, GError **error)
{
    const char *p = data, *end = data + len;
    guint64 line = 1;

    while (p < end) {
        Row row;
        gboolean ok;

        if (*p == '\n' || *p == '\r') { /* an empty line */
            line += *p == '\n';
            p++;
            continue;
        }
        ok = read_row(&p, end, separator, &line, &row, error);
        g_array_append_val(self->rows, row);
        if (!ok)
            return FALSE;
    }
    if (self->rows->len == 0)
        return TRUE;
    name_columns(self);
    drop_long_rows(self);
    return TRUE;
}

static void
set_cell(UmkTable *self, Row *row, const char *name, char *value)
{
    gssize column = _umk_table_find_column(self, name);

    if (column < 0 && self->columns->len >= MAX_COLUMNS) {
        g_free(value);
        return;
    }
    if (column < 0) {
        column = self->columns->len;
        g_ptr_array_add(self->columns, g_strdup(name));
    }
    if (row->cells->len <= (guint) column)
        g_ptr_array_set_size(row->cells, (int) column + 1);
    g_free(row->cells->pdata[column]);
    row->cells->pdata[column] = value;
}

static void
add_object(UmkTable *self, JsonObject *object, guint64 line)
{
    g_autoptr(GList) names = json_object_get_members(object);
    Row row = {g_ptr_array_new_with_free_func(g_free), line};

    for (GList *l = names; l != NULL; l = l->next) {
        JsonNode *node = json_object_get_member(object, l->data);

        if (JSON_NODE_HOLDS_NULL(node))
            continue;
        if (JSON_NODE_HOLDS_VALUE(node) &&
            json_node_get_value_type(node) == G_TYPE_STRING)
            set_cell(self, &row, l->data, g_strdup(json_node_get_string(node)));
        else
            set_cell(self, &row, l->data, json_to_string(node, FALSE));
    }
    g_array_append_val(self->rows, row);
}

static void
parse_json_lines(UmkTable *self, const char *data, gsize len)
{
    const char *p = data, *end = data + len;

    for (guint64 line = 1; p < end; line++) {
        const char *stop = memchr(p, '\n', (gsize) (end - p));
        gsize n = stop ? (gsize) (stop - p) : (gsize) (end - p);
        g_autoptr(JsonParser) parser = NULL;
        g_autoptr(GError) error = NULL;
        JsonObject *root;

        if (strspn(p, " \t\r") < n && n < G_MAXSSIZE) {
            g_autofree char *text = g_utf8_make_valid(p, (gssize) n);

            parser = _umk_json_parse(text, strlen(text), &root, &error);
            if (parser != NULL)
                add_object(self, root, line);
            else
                add_problem(self, line, error->message);
        }
        p += n + 1;
    }
}

/* Reads a whole table. Rows that make no sense are left out and listed as problems. */
UmkTable *
_umk_table_parse(const char *data, gsize len, UmkTableKind kind, GError **error)
{
    g_autoptr(UmkTable) self = table_new();
    g_autofree char *copy = NULL;

    if (memchr(data, '\0', len) != NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The table holds zero bytes and is not a text"));
        return NULL;
    }
    if (len >= 3 && memcmp(data, BOM, 3) == 0) {
        data += 3;
        len -= 3;
    }
    /* A final zero byte lets strspn stop at the end. */
    copy = g_strndup(data, len);
    if (kind == UMK_TABLE_JSONL)
        parse_json_lines(self, copy, len);
    else if (!parse_separated(self, copy, len, kind == UMK_TABLE_CSV ? ',' : '\t', error))
        return NULL;
    g_ptr_array_add(self->problems, NULL);
    return g_steal_pointer(&self);
}

gsize
_umk_table_get_n_rows(UmkTable *self)
{
    return self->rows->len;
}

gsize
_umk_table_get_n_columns(UmkTable *self)
{
    return self->columns->len;
}

const char *
_umk_table_get_column(UmkTable *self, gsize column)
{
    return self->columns->pdata[column];
}

/* By name, upper and lower case alike; -1 if there is none. */
gssize
_umk_table_find_column(UmkTable *self, const char *name)
{
    for (guint i = 0; i < self->columns->len; i++)
        if (g_ascii_strcasecmp(self->columns->pdata[i], name) == 0)
            return i;
    return -1;
}

const char *
_umk_table_get_cell(UmkTable *self, gsize row, gsize column)
{
    Row *r = &g_array_index(self->rows, Row, row);

    return column < r->cells->len ? r->cells->pdata[column] : NULL;
}

guint64
_umk_table_get_line(UmkTable *self, gsize row)
{
    return g_array_index(self->rows, Row, row).line;
}

const char *const *
_umk_table_get_problems(UmkTable *self)
{
    return (const char *const *) self->problems->pdata;
}
