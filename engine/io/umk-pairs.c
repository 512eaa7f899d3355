/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads pairs line by line; a bad line costs itself and says why. */
#include "io/umk-pairs-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <inttypes.h>
#include <string.h>

#define MAX_PAIRS ((guint) 10000000)

typedef struct {
    UmkPairs *pairs;
    GHashTable *seen; /* "from\tto" -> line */
    guint n_columns;
    guint from, to; /* columns */
    guint64 line;
} Reader;

void
_umk_pairs_free(UmkPairs *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->from);
    g_ptr_array_unref(self->to);
    g_array_unref(self->lines);
    g_ptr_array_unref(self->problems);
    g_free(self);
}

static void G_GNUC_PRINTF(2, 3) add_problem(Reader *self, const char *format, ...)
{
    g_autofree char *why = NULL;
    va_list args;

    va_start(args, format);
    why = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(self->pairs->problems,
                    g_strdup_printf(_("line %" PRIu64 ": %s"), self->line, why));
}

/* Whether the line names the columns. */
static gboolean
read_header(Reader *self, char **cells)
{
    gint from = -1, to = -1;

    for (guint i = 0; cells[i] != NULL; i++) {
        if (from < 0 && g_ascii_strcasecmp(cells[i], "from") == 0)
            from = (gint) i;
        else if (to < 0 && g_ascii_strcasecmp(cells[i], "to") == 0)
            to = (gint) i;
    }
    if (from < 0 || to < 0)
        return FALSE;
    self->n_columns = g_strv_length(cells);
    self->from = (guint) from;
    self->to = (guint) to;
    return TRUE;
}

static void
read_row(Reader *self, char **cells)
{
    guint n = g_strv_length(cells);
    const char *from, *to;
    g_autofree char *key = NULL;
    guint64 *before;

    if (n <= MAX(self->from, self->to) || n > self->n_columns) {
        if (n == 1)
            add_problem(self, _("it has one side only; a tab parts the two"));
        else
            add_problem(self, _("it has %u columns where %u are expected"), n,
                        self->n_columns);
        return;
    }
    from = cells[self->from];
    to = cells[self->to];
    if (*from == '\0' || *to == '\0') {
        add_problem(self, *from == '\0' ? _("the left side is empty")
                                        : _("the right side is empty"));
        return;
    }
    key = g_strconcat(from, "\t", to, NULL);
    before = g_hash_table_lookup(self->seen, key);
    if (before != NULL) {
        add_problem(self, _("the same pair stands in line %" PRIu64), *before);
        return;
    }
    g_hash_table_insert(self->seen, g_steal_pointer(&key),
                        g_memdup2(&self->line, sizeof self->line));
    g_ptr_array_add(self->pairs->from, g_strdup(from));
    g_ptr_array_add(self->pairs->to, g_strdup(to));
    g_array_append_val(self->pairs->lines, self->line);
}

static void
read_line(Reader *self, const char *start, gsize length)
{
    g_autofree char *line = NULL;
    g_auto(GStrv) cells = NULL;

    if (length > 0 && start[length - 1] == '\r')
        length--;
    if (length == 0)
        return;
    if (!g_utf8_validate(start, (gssize) length, NULL)) {
        add_problem(self, _("it is not UTF-8"));
        return;
    }
    line = g_strndup(start, length);
    cells = g_strsplit(line, "\t", -1);
    for (guint i = 0; cells[i] != NULL; i++)
        g_strstrip(cells[i]);
    if (self->line > 1 || !read_header(self, cells))
        read_row(self, cells);
}

UmkPairs *
_umk_pairs_parse(const char *data, gsize length, GError **error)
{
    g_autoptr(UmkPairs) pairs = g_new0(UmkPairs, 1);
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    Reader self = {pairs, seen, 2, 0, 1, 0};
    const char *end = data + length;

    pairs->from = g_ptr_array_new_with_free_func(g_free);
    pairs->to = g_ptr_array_new_with_free_func(g_free);
    pairs->lines = g_array_new(FALSE, FALSE, sizeof(guint64));
    pairs->problems = g_ptr_array_new_with_free_func(g_free);
    if (length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        data += 3;
    while (data < end && pairs->from->len < MAX_PAIRS) {
        const char *stop = memchr(data, '\n', (gsize) (end - data));

        if (stop == NULL)
            stop = end;
        self.line++;
        read_line(&self, data, (gsize) (stop - data));
        data = stop < end ? stop + 1 : end;
    }
    if (pairs->from->len > 0)
        return g_steal_pointer(&pairs);
    if (pairs->problems->len > 0)
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("There is no pair in it; %s"),
                    (const char *) pairs->problems->pdata[0]);
    else
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("There is no pair in it"));
    return NULL;
}
