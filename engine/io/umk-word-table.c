/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of a file of word vectors, found by an open-addressing hash table over places in
 * the file. */
#include "io/umk-word-table-private.h"
#include "core/umk-alloc-private.h"
#include "io/umk-word-index-private.h"
#include "io/umk-word-lines-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_DIMS 65536
#define MAX_WORD 4096 /* bytes */

struct _UmkWordTable {
    GBytes *bytes;
    const char *data, *end;
    gsize n_dims;
    gboolean binary;
    UmkWordIndex index;
    gsize longest;
    gsize n_broken;
};

static gboolean
add_word(UmkWordTable *self, const char *word, gsize length, GError **error)
{
    self->longest = MAX(self->longest, length);
    return _umk_word_index_add(&self->index, word, length, error);
}

/* What is left of a line without its last n fields. */
static gboolean
drop_numbers(UmkSlice *line, gsize n)
{
    while (n-- > 0) {
        if (line->at == line->end)
            return FALSE;
        _umk_word_take_last(line);
    }
    return line->at < line->end && (gsize) (line->end - line->at) <= MAX_WORD;
}

static gboolean
index_lines(UmkWordTable *self, UmkSlice rest, GError **error)
{
    UmkSlice line;

    while (_umk_word_next_line(&rest, &line)) {
        if (line.at == line.end)
            continue;
        if (!drop_numbers(&line, self->n_dims))
            self->n_broken++;
        else if (!add_word(self, line.at, (gsize) (line.end - line.at), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
index_binary(UmkWordTable *self, UmkSlice rest, gsize n_rows, GError **error)
{
    gsize size = self->n_dims * sizeof(float);

    for (gsize i = 0; i < n_rows; i++) {
        const char *blank;

        while (rest.at < rest.end && *rest.at == '\n')
            rest.at++;
        blank = memchr(rest.at, ' ', MIN((gsize) (rest.end - rest.at), MAX_WORD));
        if (blank == NULL || (gsize) (rest.end - blank - 1) < size) {
            self->n_broken += n_rows - i;
            return TRUE;
        }
        if (!add_word(self, rest.at, (gsize) (blank - rest.at), error))
            return FALSE;
        rest.at = blank + 1 + size;
    }
    return TRUE;
}

/* What stands before the first row, and how it goes on. */
typedef struct {
    UmkSlice rows;
    gsize n_rows, n_dims;
    gboolean binary;
} Layout;

static Layout
find_layout(const char *data, gsize size)
{
    Layout layout = {.rows = {data, data + size}};
    UmkSlice rest, line;

    if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        layout.rows.at += 3;
    rest = layout.rows;
    if (_umk_word_next_line(&rest, &line) &&
        _umk_word_parse_header(line, &layout.n_rows, &layout.n_dims)) {
        layout.rows = rest;
        layout.binary = layout.n_rows > 0 && layout.n_dims > 0 &&
                        layout.n_dims <= MAX_DIMS &&
                        !_umk_word_is_text(rest, layout.n_dims);
    } else {
        layout.n_dims = _umk_word_sniff_dims(layout.rows);
    }
    return layout;
}

gboolean
_umk_word_table_probe(const char *head, gsize length)
{
    const char *last = length > 0 ? g_strrstr_len(head, (gssize) length, "\n") : NULL;
    Layout layout = find_layout(head, length);
    const char *blank;

    if (layout.n_dims == 0 || layout.n_dims > MAX_DIMS)
        return FALSE;
    if (layout.binary) {
        blank = memchr(layout.rows.at, ' ',
                       MIN((gsize) (layout.rows.end - layout.rows.at), MAX_WORD));
        return blank != NULL;
    }
    /* Whole lines only: the head may end within one. A table of numbers is no vocabulary
     * of one column. */
    return layout.n_rows > 0 || (layout.n_dims > 1 && last != NULL);
}

static gboolean
check(UmkWordTable *self, GError **error)
{
    if (self->index.n > 0 && self->n_broken <= self->index.n + 1)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Not a file of word vectors: %u words read, %zu lines not understood"),
                self->index.n, self->n_broken);
    return FALSE;
}

UmkWordTable *
_umk_word_table_new(GBytes *bytes, GError **error)
{
    g_autoptr(UmkWordTable) self = g_new0(UmkWordTable, 1);
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);
    Layout layout = find_layout(data, size);
    gboolean ok;

    self->bytes = g_bytes_ref(bytes);
    self->data = data;
    self->end = data != NULL ? data + size : NULL;
    self->n_dims = layout.n_dims;
    self->binary = layout.binary;
    if (layout.n_dims == 0 || layout.n_dims > MAX_DIMS) {
        g_set_error(error, UMK_ERROR,
                    layout.n_dims ? UMK_ERROR_TOO_LARGE : UMK_ERROR_INVALID_DATA,
                    _("The vectors have %zu numbers, expected 1 to %d"), layout.n_dims,
                    MAX_DIMS);
        return NULL;
    }
    _umk_word_index_init(&self->index, data);
    ok = layout.binary ? index_binary(self, layout.rows, layout.n_rows, error)
                       : index_lines(self, layout.rows, error);
    if (!ok || !check(self, error))
        return NULL;
    if (self->n_broken > 0)
        g_message("%zu lines of %zu are no words with %zu numbers", self->n_broken,
                  self->n_broken + self->index.n, self->n_dims);
    return g_steal_pointer(&self);
}

void
_umk_word_table_free(UmkWordTable *self)
{
    if (self == NULL)
        return;
    _umk_word_index_clear(&self->index);
    g_bytes_unref(self->bytes);
    g_free(self);
}

guint32
_umk_word_table_get_n_words(const UmkWordTable *self)
{
    return self->index.n;
}

gsize
_umk_word_table_get_n_dims(const UmkWordTable *self)
{
    return self->n_dims;
}

gsize
_umk_word_table_get_longest(const UmkWordTable *self)
{
    return self->longest;
}

guint32
_umk_word_table_find(const UmkWordTable *self, const char *word, gsize length)
{
    return _umk_word_index_find(&self->index, word, length);
}

const char *
_umk_word_table_get_word(const UmkWordTable *self, guint32 word, gsize *length)
{
    return _umk_word_index_get(&self->index, word, length);
}

static gboolean
all_finite(const float *row, gsize n)
{
    for (gsize j = 0; j < n; j++)
        if (!isfinite(row[j]))
            return FALSE;
    return TRUE;
}

/* The numbers behind a word in the file. */
static gboolean
read_row(const UmkWordTable *self, const char *behind, float *row)
{
    UmkSlice rest = {behind, self->end}, line;

    if (!self->binary)
        return _umk_word_next_line(&rest, &line) &&
               _umk_word_parse_line(&line, row, self->n_dims);
    for (gsize j = 0; j < self->n_dims; j++) {
        guint32 bits;

        memcpy(&bits, behind + 1 + j * sizeof bits, sizeof bits);
        bits = GUINT32_FROM_LE(bits);
        memcpy(&row[j], &bits, sizeof bits);
    }
    return TRUE;
}

gboolean
_umk_word_table_read(const UmkWordTable *self, guint32 word, float *row, GError **error)
{
    gsize length;
    const char *at = _umk_word_index_get(&self->index, word, &length);
    g_autofree char *name = NULL;

    if (read_row(self, at + length, row) && all_finite(row, self->n_dims))
        return TRUE;
    name = g_utf8_make_valid(at, (gssize) length);
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The vector of “%.60s”, at byte %zu, holds something that is no finite "
                  "number"),
                name, (gsize) (at - self->data));
    return FALSE;
}
