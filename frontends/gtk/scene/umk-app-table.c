/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of RFC 4180 (quotes, doubled quotes, line breaks inside) and of JSON lines. A
 * broken row is an empty one: nothing is lost but itself. */
#include "umk-app-table.h"

#include "umk-app-table-guess.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <umekomi/umekomi.h>

#define HEAD        ((gsize) 256 << 10) /* bytes a preview is made of */
#define LARGEST     ((gsize) 2 << 30)
#define MAX_COLUMNS 512u

/* ---- one row -------------------------------------------------------------------------
 */

/* From *at to the end of the row; *at comes to stand behind it. */
static GPtrArray *
split_row(const char **at, const char *end, char separator)
{
    GPtrArray *cells = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) cell = g_string_new(NULL);
    gboolean quoted = FALSE, begun = FALSE;
    const char *p = *at;

    for (; p < end; p++) {
        if (quoted) {
            if (*p == '"' && p + 1 < end && p[1] == '"')
                g_string_append_c(cell, *p++);
            else if (*p == '"')
                quoted = FALSE;
            else
                g_string_append_c(cell, *p);
        } else if (*p == '"' && !begun) {
            quoted = begun = TRUE;
        } else if (*p == separator) {
            g_ptr_array_add(cells, g_strndup(cell->str, cell->len));
            g_string_truncate(cell, 0);
            begun = FALSE;
        } else if (*p == '\n') {
            p++;
            break;
        } else {
            begun = TRUE;
            g_string_append_c(cell, *p);
        }
    }
    if (cell->len > 0 && cell->str[cell->len - 1] == '\r')
        g_string_truncate(cell, cell->len - 1);
    g_ptr_array_add(cells, g_strndup(cell->str, cell->len));
    *at = p;
    return cells;
}

static char *
value_text(JsonNode *node)
{
    if (node == NULL || JSON_NODE_HOLDS_NULL(node))
        return g_strdup("");
    if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING)
        return g_strdup(json_node_get_string(node));
    return json_to_string(node, FALSE);
}

static JsonObject *
parse_object(JsonParser *parser, const char **at, const char *end)
{
    const char *stop = memchr(*at, '\n', (gsize) (end - *at));
    gsize n = (gsize) ((stop != NULL ? stop : end) - *at);
    gboolean ok = json_parser_load_from_data(parser, *at, (gssize) n, NULL);
    JsonNode *root = ok ? json_parser_get_root(parser) : NULL;

    *at = stop != NULL ? stop + 1 : end;
    return root != NULL && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root)
                                                        : NULL;
}

static char **
cells_of_object(const UmkAppTable *self, JsonObject *object)
{
    char **cells = g_new0(char *, self->n_columns + 1);

    for (guint c = 0; c < self->n_columns; c++)
        cells[c] = value_text(
            object != NULL ? json_object_get_member(object, self->columns[c]) : NULL);
    return cells;
}

static char **
cells_of_array(const UmkAppTable *self, GPtrArray *row)
{
    char **cells = g_new0(char *, self->n_columns + 1);

    for (guint c = 0; c < self->n_columns; c++)
        cells[c] = g_strdup(c < row->len ? row->pdata[c] : "");
    return cells;
}

static gboolean
is_blank(char **cells)
{
    for (guint c = 0; cells[c] != NULL; c++)
        if (*cells[c] != '\0')
            return FALSE;
    return TRUE;
}

/* Blank rows are passed over; row counts those that are not. */
static gboolean
walk(const UmkAppTable *self,
     const char *text,
     gsize n,
     UmkAppTableFunc func,
     gpointer data,
     GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    const char *at = text, *end = text + n;
    gsize row = 0;

    if (self->format.header && self->format.separator != '\0')
        g_ptr_array_unref(split_row(&at, end, self->format.separator));
    while (at < end) {
        g_auto(GStrv) cells = NULL;

        if (self->format.separator == '\0') {
            cells = cells_of_object(self, parse_object(parser, &at, end));
        } else {
            g_autoptr(GPtrArray) split = split_row(&at, end, self->format.separator);

            cells = cells_of_array(self, split);
        }
        if (!is_blank(cells) &&
            !func(cells, row++, (double) (at - text) / (double) n, data, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- columns -------------------------------------------------------------------------
 */

static void
name_columns(UmkAppTable *self, const char *text, gsize n)
{
    const char *at = text;
    g_autoptr(GPtrArray) first = split_row(&at, text + n, self->format.separator);

    self->n_columns = MIN(first->len, MAX_COLUMNS);
    self->columns = g_new0(char *, self->n_columns + 1);
    for (guint c = 0; c < self->n_columns; c++) {
        const char *name = first->pdata[c];

        self->columns[c] = self->format.header && *name != '\0'
                               ? g_utf8_make_valid(name, -1)
                               : g_strdup_printf("column-%u", c + 1);
    }
}

/* Those of the first objects, in the order in which they come. */
static void
name_members(UmkAppTable *self, const char *text, gsize n)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *at = text, *end = text + n;

    for (guint row = 0; at < end && row < 20; row++) {
        JsonObject *object = parse_object(parser, &at, end);
        g_autoptr(GList) members = object ? json_object_get_members(object) : NULL;

        for (GList *link = members; link != NULL && names->len < MAX_COLUMNS;
             link = link->next)
            if (!g_ptr_array_find_with_equal_func(names, link->data, g_str_equal, NULL))
                g_ptr_array_add(names, g_strdup(link->data));
    }
    self->n_columns = names->len;
    g_ptr_array_add(names, NULL);
    self->columns = (char **) g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

/* ---- preview -------------------------------------------------------------------------
 */

typedef struct {
    UmkAppTable *table;
    gsize n_seen;
} Peek;

static gboolean
keep_row(char **cells, gsize row, double fraction, gpointer data, GError **error)
{
    Peek *peek = data;

    peek->n_seen++;
    if (row < UMK_APP_TABLE_ROWS) {
        char **copy = g_new0(char *, peek->table->n_columns + 1);

        for (guint c = 0; c < peek->table->n_columns; c++)
            copy[c] = g_utf8_make_valid(cells[c], -1);
        g_ptr_array_add(peek->table->rows, copy);
    }
    return TRUE;
}

static char *
to_utf8(const char *data,
        gsize size,
        const char *encoding,
        gboolean is_cut,
        gsize *n,
        GError **error)
{
    g_autoptr(GError) failure = NULL;
    gsize n_read = 0;
    char *text;

    if (g_str_equal(encoding, "UTF-8")) {
        gsize skip = size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

        *n = size - skip;
        return g_strndup(data + skip, *n);
    }
    text = g_convert(data, (gssize) size, "UTF-8", encoding, &n_read, n, &failure);
    if (text == NULL && is_cut && n_read > 0) /* a character was cut in two */
        text = g_convert(data, (gssize) n_read, "UTF-8", encoding, NULL, n, NULL);
    if (text == NULL)
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The table is not written in %s"), encoding);
    return text;
}

static GMappedFile *
map_file(const char *path, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);

    if (file == NULL)
        return NULL;
    if (g_mapped_file_get_length(file) == 0)
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("The table is empty"));
    else if (g_mapped_file_get_length(file) > LARGEST)
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                            _("The table has more than 2 GiB"));
    else
        return g_steal_pointer(&file);
    return NULL;
}

UmkAppTable *
umk_app_table_preview(const char *path, const UmkAppTableFormat *format, GError **error)
{
    g_autoptr(GMappedFile) file = map_file(path, error);
    g_autoptr(UmkAppTable) self = NULL;
    g_autofree char *text = NULL;
    const char *data;
    gsize size, head, n = 0;
    Peek peek;

    if (file == NULL)
        return NULL;
    data = g_mapped_file_get_contents(file);
    size = g_mapped_file_get_length(file);
    head = MIN(size, HEAD);
    self = g_new0(UmkAppTable, 1);
    self->path = g_strdup(path);
    self->rows = g_ptr_array_new_with_free_func((GDestroyNotify) g_strfreev);
    self->format.encoding =
        format != NULL ? format->encoding : umk_app_table_guess_encoding(data, head);
    text = to_utf8(data, head, self->format.encoding, head < size, &n, error);
    if (text == NULL)
        return NULL;
    if (head < size) /* the last row is cut */
        while (n > 0 && text[n - 1] != '\n')
            n--;
    self->format.separator =
        format != NULL ? format->separator : umk_app_table_guess_separator(path, text, n);
    self->format.header =
        format != NULL ? format->header
                       : umk_app_table_guess_header(text, n, self->format.separator);
    if (self->format.separator == '\0')
        name_members(self, text, n);
    else
        name_columns(self, text, n);
    peek = (Peek){self, 0};
    walk(self, text, n, keep_row, &peek, NULL);
    if (self->n_columns == 0 || self->rows->len == 0) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("The table has no rows"));
        return NULL;
    }
    self->n_rows = head < size
                       ? (gsize) ((double) peek.n_seen * ((double) size / (double) head))
                       : peek.n_seen;
    self->roles = umk_app_table_guess_roles(self);
    return g_steal_pointer(&self);
}

gboolean
umk_app_table_each(const UmkAppTable *self,
                   UmkAppTableFunc func,
                   gpointer data,
                   GError **error)
{
    g_autoptr(GMappedFile) file = map_file(self->path, error);
    g_autofree char *text = NULL;
    gsize n = 0;

    if (file == NULL)
        return FALSE;
    /* in order already: read where it lies */
    if (g_str_equal(self->format.encoding, "UTF-8")) {
        const char *at = g_mapped_file_get_contents(file);

        n = g_mapped_file_get_length(file);
        if (n >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
            return walk(self, at + 3, n - 3, func, data, error);
        return walk(self, at, n, func, data, error);
    }
    text = to_utf8(g_mapped_file_get_contents(file), g_mapped_file_get_length(file),
                   self->format.encoding, FALSE, &n, error);
    return text != NULL && walk(self, text, n, func, data, error);
}

void
umk_app_table_free(UmkAppTable *self)
{
    if (self == NULL)
        return;
    g_free(self->path);
    g_strfreev(self->columns);
    g_free(self->roles);
    g_ptr_array_unref(self->rows);
    g_free(self);
}
