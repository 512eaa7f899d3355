/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of a vector into one row. Every error names the column. */
#include "facade/umk-vector-text-private.h"

#include "core/umk-cursor-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-vectors.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_DEPTH  2u
#define MAX_DIGITS 40u /* characters of a number; double has 17 digits */

typedef struct {
    UmkCursor in;
    guint depth; /* brackets that are open */
    GArray *row; /* float */
} Parser;

static gboolean fail(Parser *self, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static gboolean
fail(Parser *self, GError **error, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    /* Translators: a place, then what is wrong there */
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM, _("The vector, column %u: %s"),
                self->in.column, what);
    return FALSE;
}

static gboolean
is_minus(gunichar c)
{
    return c == '-' || c == 0x2212;
}

static gboolean
ends_number(gunichar c)
{
    return c == 0 || c == ',' || c == ';' || c == '[' || c == ']' || g_unichar_isspace(c);
}

/* What stands where a number should, no longer than can be shown. */
static char *
dup_word(const Parser *self)
{
    const char *p = self->in.at;
    guint n = 0;

    for (; p < self->in.end && !ends_number(g_utf8_get_char(p)) && n < 16; n++)
        p = g_utf8_next_char(p);
    return g_strndup(self->in.at, (gsize) (MAX(p, self->in.at) - self->in.at));
}

/* Decimal digits only: strtod would take "inf", "nan" and hexadecimal as well. */
static gboolean
is_decimal(const char *text)
{
    gsize n = strspn(text + (*text == '-' || *text == '+'), "0123456789."), digits = 0;

    text += *text == '-' || *text == '+';
    for (gsize i = 0; i < n; i++)
        digits += g_ascii_isdigit(text[i]);
    if (digits == 0 || n - digits > 1)
        return FALSE;
    text += n;
    if (*text == 'e' || *text == 'E') {
        text += text[1] == '-' || text[1] == '+' ? 2 : 1;
        n = strspn(text, "0123456789");
        return n > 0 && text[n] == '\0';
    }
    return *text == '\0';
}

static gboolean
take_number(Parser *self, GError **error)
{
    char digits[MAX_DIGITS + 1];
    const Parser begin = *self;
    gunichar c;
    guint n = 0;
    float value;

    for (; !ends_number(c = _umk_cursor_peek(&self->in)) && n < MAX_DIGITS;
         _umk_cursor_step(&self->in))
        digits[n++] = is_minus(c) ? '-' : c < 0x80 ? (char) c : '?';
    digits[n] = '\0';
    if (!ends_number(_umk_cursor_peek(&self->in)) || !is_decimal(digits)) {
        g_autofree char *word = NULL;

        *self = begin;
        word = dup_word(self);
        return fail(self, error, _("“%s” is no number"), word);
    }
    value = (float) g_ascii_strtod(digits, NULL);
    if (!isfinite(value)) {
        *self = begin;
        return fail(self, error, _("the number %s is too large"), digits);
    }
    if (self->row->len == UMK_VECTOR_TEXT_MAX_DIMS) {
        *self = begin;
        return fail(self, error, _("a vector has at most %u numbers"),
                    UMK_VECTOR_TEXT_MAX_DIMS);
    }
    g_array_append_val(self->row, value);
    return TRUE;
}

/* Numbers and what stands between them, up to a bracket or the end. */
static gboolean
take_numbers(Parser *self, GError **error)
{
    gboolean wants_number = FALSE; /* after a comma */

    for (;;) {
        gunichar c;

        _umk_cursor_skip_blanks(&self->in);
        c = _umk_cursor_peek(&self->in);
        if (c == ',' || c == ';') {
            if (wants_number || self->row->len == 0)
                return fail(self, error, _("a number is missing here"));
            wants_number = TRUE;
            _umk_cursor_step(&self->in);
        } else if (c == 0 || c == '[' || c == ']') {
            break;
        } else {
            if (!take_number(self, error))
                return FALSE;
            wants_number = FALSE;
        }
    }
    if (self->row->len == 0)
        return fail(self, error, _("a number is missing here"));
    return TRUE;
}

static gboolean
take_vector(Parser *self, GError **error)
{
    for (_umk_cursor_skip_blanks(&self->in); _umk_cursor_peek(&self->in) == '[';
         _umk_cursor_skip_blanks(&self->in)) {
        if (self->depth == MAX_DEPTH)
            return fail(self, error, _("there is one bracket too many"));
        self->depth++;
        _umk_cursor_step(&self->in);
    }
    if (!take_numbers(self, error))
        return FALSE;
    for (_umk_cursor_skip_blanks(&self->in); self->depth > 0;
         _umk_cursor_skip_blanks(&self->in)) {
        if (_umk_cursor_peek(&self->in) == 0)
            return fail(self, error, _("a “]” is missing"));
        if (_umk_cursor_peek(&self->in) != ']')
            return fail(self, error, _("one vector at a time can be asked for"));
        self->depth--;
        _umk_cursor_step(&self->in);
    }
    if (_umk_cursor_peek(&self->in) == ']')
        return fail(self, error, _("there is one bracket too many"));
    return _umk_cursor_peek(&self->in) == 0 ||
           fail(self, error, _("one vector at a time can be asked for"));
}

UmkMatrix *
_umk_vector_text_parse(const char *data, gsize size, guint *column, GError **error)
{
    g_autoptr(GArray) row = g_array_new(FALSE, FALSE, sizeof(float));
    Parser self = {.in = _umk_cursor(data, size), .row = row};
    gboolean read;

    if (size > UMK_VECTOR_TEXT_MAX_BYTES)
        read = fail(&self, error, _("its text is longer than %u bytes"),
                    UMK_VECTOR_TEXT_MAX_BYTES);
    else if (!g_utf8_validate(data, (gssize) size, NULL))
        read = fail(&self, error, _("it is not valid UTF-8"));
    else
        read = take_vector(&self, error);
    if (column != NULL)
        *column = read ? 0 : self.in.column;
    return read ? umk_matrix_new_from_data(1, row->len, (const float *) row->data, error)
                : NULL;
}

/**
 * umk_vectors_parse:
 * @text: one vector, for example `[0.12, -0.3]`
 * @column: (out) (optional): where it goes wrong, in characters from 1; 0 if it does not
 * @error: return location for an error
 *
 * Numbers with commas, semicolons or blanks between them, in brackets or without, as
 * Python prints a list or an array. The decimal sign is a point in every language.
 *
 * An error names the column too.
 *
 * Returns: (transfer full): (1, d), all of it finite
 */
UmkMatrix *
umk_vectors_parse(const char *text, guint *column, GError **error)
{
    g_return_val_if_fail(text != NULL, NULL);
    return _umk_vector_text_parse(text, strlen(text), column, error);
}
