/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Word vectors from bytes, all of them in one pass; the formats stand in the header. */
#include "io/umk-word-vectors-private.h"
#include "core/umk-alloc-private.h"
#include "io/umk-word-lines-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_DIMS     65536
#define MAX_PROBLEMS 1000
#define MAX_WORD     4096 /* bytes of a word in a binary file */

typedef struct {
    gsize n_rows, n_dims, capacity; /* capacity in rows */
    float *rows;
    GPtrArray *names;
    GPtrArray *problems; /* NULL: to the log */
    gsize n_problems;
} UmkVectorReader;

static void
add_problem(UmkVectorReader *self, const char *unit, gsize number, const char *why)
{
    if (self->n_problems++ >= MAX_PROBLEMS)
        return;
    if (self->problems != NULL)
        g_ptr_array_add(self->problems, g_strdup_printf("%s %zu: %s", unit, number, why));
    else
        g_message("%s %zu: %s", unit, number, why);
}

static gboolean
not_finite(const char *unit, gsize number, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("%s %zu holds a number that is not finite"), unit, number);
    return FALSE;
}

/* The place for one more row; it counts once accept is called. */
static float *
next_row(UmkVectorReader *self, GError **error)
{
    if (self->n_rows == self->capacity) {
        gsize capacity = MAX(self->capacity * 2, 64), bytes = 0;
        float *rows = NULL;

        if (_umk_size_mul(capacity, self->n_dims * sizeof(float), &bytes))
            rows = g_try_realloc(self->rows, bytes);
        if (rows == NULL) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                        _("%zu vectors of %zu numbers are more than memory holds"),
                        capacity, self->n_dims);
            return NULL;
        }
        self->rows = rows;
        self->capacity = capacity;
    }
    return self->rows + self->n_rows * self->n_dims;
}

static void
accept_row(UmkVectorReader *self, const char *word, gsize length)
{
    self->n_rows++;
    if (self->names != NULL)
        g_ptr_array_add(self->names, g_utf8_make_valid(word, (gssize) length));
}

static gboolean
check_dims(gsize n_dims, GError **error)
{
    if (n_dims > 0 && n_dims <= MAX_DIMS)
        return TRUE;
    g_set_error(error, UMK_ERROR, n_dims ? UMK_ERROR_TOO_LARGE : UMK_ERROR_INVALID_DATA,
                _("The vectors have %zu numbers, expected 1 to %d"), n_dims, MAX_DIMS);
    return FALSE;
}

static gboolean
all_finite(const float *row, gsize n)
{
    for (gsize j = 0; j < n; j++) {
        if (!isfinite(row[j]))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_lines(UmkVectorReader *self, UmkSlice rest, gsize line_number, GError **error)
{
    UmkSlice line;

    for (; _umk_word_next_line(&rest, &line); line_number++) {
        float *row;

        if (line.at == line.end)
            continue;
        row = next_row(self, error);
        if (row == NULL)
            return FALSE;
        if (!_umk_word_parse_line(&line, row, self->n_dims) || line.at == line.end) {
            add_problem(self, _("line"), line_number,
                        rest.at < rest.end ? _("not a word and its numbers")
                                           : _("the last line is cut off"));
            continue;
        }
        if (!all_finite(row, self->n_dims))
            return not_finite(_("Line"), line_number, error);
        accept_row(self, line.at, (gsize) (line.end - line.at));
    }
    return TRUE;
}

/* Binary */

static gboolean
read_binary(UmkVectorReader *self, UmkSlice rest, gsize n_rows, GError **error)
{
    gsize size = self->n_dims * sizeof(float);

    for (gsize i = 0; i < n_rows; i++) {
        const char *blank;
        float *row;

        while (rest.at < rest.end && *rest.at == '\n')
            rest.at++;
        blank = memchr(rest.at, ' ', MIN((gsize) (rest.end - rest.at), MAX_WORD));
        if (blank == NULL || (gsize) (rest.end - blank - 1) < size) {
            add_problem(self, _("vector"), i + 1,
                        _("the file ends in it, or has no word"));
            return TRUE;
        }
        row = next_row(self, error);
        if (row == NULL)
            return FALSE;
        for (gsize j = 0; j < self->n_dims; j++) {
            guint32 bits;

            memcpy(&bits, blank + 1 + j * sizeof bits, sizeof bits);
            bits = GUINT32_FROM_LE(bits);
            memcpy(&row[j], &bits, sizeof bits);
        }
        if (!all_finite(row, self->n_dims))
            return not_finite(_("Vector"), i + 1, error);
        accept_row(self, rest.at, (gsize) (blank - rest.at));
        rest.at = blank + 1 + size;
    }
    return TRUE;
}

static UmkMatrix *
finish(UmkVectorReader *self, GError **error)
{
    gsize size = self->n_rows * self->n_dims * sizeof(float);
    float *rows = g_steal_pointer(&self->rows);
    g_autoptr(GBytes) bytes = g_bytes_new_with_free_func(rows, size, g_free, rows);

    return umk_matrix_new_from_bytes(self->n_rows, self->n_dims, bytes, error);
}

static gboolean
read_all(UmkVectorReader *self, const char *data, gsize size, GError **error)
{
    UmkSlice all = {data, data + size}, rest, line;
    gsize n_rows = 0, n_dims = 0;
    gboolean has_header;

    if (size >= 4 && memcmp(data, "\xba\x16\x4f\x2f", 4) == 0) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
            _("A fastText model with its subwords is not read, its .vec file is"));
        return FALSE;
    }
    if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        all.at += 3;
    rest = all;
    has_header = _umk_word_next_line(&rest, &line) &&
                 _umk_word_parse_header(line, &n_rows, &n_dims);
    self->n_dims = has_header ? n_dims : _umk_word_sniff_dims(all);
    if (!check_dims(self->n_dims, error))
        return FALSE;
    if (!has_header)
        return read_lines(self, all, 1, error);
    if (!_umk_word_is_text(rest, n_dims) && n_rows > 0) {
        if (!read_binary(self, rest, n_rows, error))
            return FALSE;
    } else if (!read_lines(self, rest, 2, error)) {
        return FALSE;
    }
    if (self->n_rows + self->n_problems != n_rows) {
        g_autofree char *why = g_strdup_printf(
            _("the header says %zu vectors, there are %zu"), n_rows, self->n_rows);

        add_problem(self, _("line"), 1, why);
    }
    return TRUE;
}

UmkMatrix *
_umk_word_vectors_parse(GBytes *bytes, char ***names, GPtrArray *problems, GError **error)
{
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    UmkVectorReader reader = {.names = found, .problems = problems};
    UmkMatrix *matrix = NULL;
    gboolean ok = read_all(&reader, data, size, error);

    if (ok && (reader.n_rows == 0 || reader.n_problems > reader.n_rows + 1)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Not a file of word vectors: %zu lines read, %zu not understood"),
                    reader.n_rows, reader.n_problems);
        ok = FALSE;
    }
    if (ok)
        matrix = finish(&reader, error);
    g_free(reader.rows);
    if (matrix != NULL && names != NULL) {
        g_ptr_array_add(found, NULL);
        *names = (char **) g_ptr_array_steal(found, NULL);
    }
    return matrix;
}

UmkMatrix *
_umk_fvecs_parse(GBytes *bytes, GError **error)
{
    gsize size, row_size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    UmkVectorReader reader = {0};
    guint32 n_dims = 0;

    if (size >= 4)
        memcpy(&n_dims, data, 4);
    n_dims = GUINT32_FROM_LE(n_dims);
    if (!check_dims(n_dims, error))
        return NULL;
    row_size = 4 + (gsize) n_dims * 4;
    if (size % row_size != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("%zu bytes are no whole number of vectors of %u"), size, n_dims);
        return NULL;
    }
    reader.n_dims = n_dims;
    reader.capacity = reader.n_rows = size / row_size;
    reader.rows = _umk_alloc(reader.n_rows, row_size - 4, _("The array"), error);
    if (reader.rows == NULL)
        return NULL;
    for (gsize i = 0; i < reader.n_rows; i++) {
        const guint8 *at = data + i * row_size;
        guint32 bits;

        memcpy(&bits, at, 4);
        if (GUINT32_FROM_LE(bits) != n_dims) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                        _("Vector %zu has %u numbers, the first has %u"), i,
                        GUINT32_FROM_LE(bits), n_dims);
            g_free(reader.rows);
            return NULL;
        }
        for (gsize j = 0; j < n_dims; j++) {
            memcpy(&bits, at + 4 + j * 4, 4);
            bits = GUINT32_FROM_LE(bits);
            memcpy(&reader.rows[i * n_dims + j], &bits, 4);
        }
        if (!all_finite(reader.rows + i * n_dims, n_dims)) {
            not_finite(_("Vector"), i, error);
            g_free(reader.rows);
            return NULL;
        }
    }
    return finish(&reader, error);
}
