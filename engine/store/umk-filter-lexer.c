/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of a filter into tokens. Knows no keyword: what they mean is the parser's. */
#include "store/umk-filter-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

typedef struct {
    const char *at, *end;
    guint column;
    GArray *tokens;
} Lexer;

static void
token_clear(gpointer data)
{
    g_free(((UmkFilterToken *) data)->text);
}

gboolean
_umk_filter_fail(GError **error, guint column, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM, _("The condition, column %u: %s"),
                column, what);
    return FALSE;
}

static void
step(Lexer *self)
{
    self->at = g_utf8_next_char(self->at);
    self->column++;
}

static void
add(Lexer *self, UmkFilterTokenKind kind, char *text, guint column)
{
    UmkFilterToken token = {.kind = kind, .text = text, .column = column};

    g_array_append_val(self->tokens, token);
}

/* A quote inside is written twice. */
static gboolean
take_quoted(Lexer *self, GError **error)
{
    char quote = *self->at;
    guint column = self->column;
    g_autoptr(GString) text = g_string_new(NULL);

    for (step(self); self->at < self->end; step(self)) {
        if (*self->at == quote && !(self->at + 1 < self->end && self->at[1] == quote)) {
            step(self);
            add(self, quote == '`' ? UMK_FILTER_TOKEN_NAME : UMK_FILTER_TOKEN_TEXT,
                g_string_free(g_steal_pointer(&text), FALSE), column);
            return TRUE;
        }
        if (*self->at == quote)
            step(self);
        g_string_append_unichar(text, g_utf8_get_char(self->at));
    }
    return _umk_filter_fail(error, column, _("the quote %c has no end"), quote);
}

static gboolean
in_word(const char *at, gboolean first)
{
    gunichar c = g_utf8_get_char(at);

    if (c == '_')
        return TRUE;
    return first ? g_unichar_isalpha(c)
                 : c == '.' || g_unichar_isalnum(c) || g_unichar_ismark(c);
}

static void
take_word(Lexer *self)
{
    const char *start = self->at;
    guint column = self->column;

    while (self->at < self->end && in_word(self->at, self->at == start))
        step(self);
    add(self, UMK_FILTER_TOKEN_WORD, g_strndup(start, (gsize) (self->at - start)),
        column);
}

/* A number or a date, which start alike: the longest run that could be one is taken, and
 * is what it can be read as. */
static gboolean
take_number(Lexer *self, GError **error)
{
    const char *start = self->at;
    guint column = self->column;
    g_autofree char *text = NULL;
    double number;
    gint64 from, to;

    for (step(self); self->at < self->end; step(self))
        if (!g_ascii_isalnum(*self->at) && strchr(".:+-", *self->at) == NULL)
            break;
    text = g_strndup(start, (gsize) (self->at - start));
    if (_umk_filter_read_number(text, &number))
        add(self, UMK_FILTER_TOKEN_NUMBER, g_steal_pointer(&text), column);
    else if (_umk_filter_read_date(text, &from, &to))
        add(self, UMK_FILTER_TOKEN_DATE, g_steal_pointer(&text), column);
    else
        return _umk_filter_fail(
            error, column,
            _("“%s” is neither a number nor a date such as 2020-12-31; text stands in "
              "quotes"),
            text);
    return TRUE;
}

static gboolean
take_sign(Lexer *self, GError **error)
{
    static const char *const signs[] = {"!=", "<>", "<=", ">=", "==", "=",
                                        "<",  ">",  "(",  ")",  ","};
    gsize left = (gsize) (self->end - self->at);

    for (gsize i = 0; i < G_N_ELEMENTS(signs); i++) {
        gsize len = strlen(signs[i]);

        if (len <= left && memcmp(self->at, signs[i], len) == 0) {
            add(self, UMK_FILTER_TOKEN_SIGN, g_strdup(signs[i]), self->column);
            self->at += len;
            self->column += (guint) len;
            return TRUE;
        }
    }
    {
        g_autofree char *sign =
            g_strndup(self->at, (gsize) (g_utf8_next_char(self->at) - self->at));

        return _umk_filter_fail(
            error, self->column,
            _("“%s” means nothing here; the comparisons are =, !=, <, <=, >, >=, in, "
              "between, contains, like and is null"),
            sign);
    }
}

static gboolean
take_token(Lexer *self, GError **error)
{
    char c = *self->at;
    gboolean sign = (c == '-' || c == '+' || c == '.') && self->at + 1 < self->end &&
                    (g_ascii_isdigit(self->at[1]) || self->at[1] == '.');

    if (c == '"' || c == '\'' || c == '`')
        return take_quoted(self, error);
    if (g_ascii_isdigit(c) || sign)
        return take_number(self, error);
    if (in_word(self->at, TRUE)) {
        take_word(self);
        return TRUE;
    }
    return take_sign(self, error);
}

GArray *
_umk_filter_tokenize(const char *data, gsize len, GError **error)
{
    g_autoptr(GArray) tokens = g_array_new(FALSE, FALSE, sizeof(UmkFilterToken));
    Lexer lexer = {.at = data, .end = data + len, .column = 1, .tokens = tokens};
    const char *bad;

    g_array_set_clear_func(tokens, token_clear);
    if (len > UMK_FILTER_MAX_BYTES) {
        _umk_filter_fail(error, 1, _("it has %zu bytes, and may have %d"), len,
                         UMK_FILTER_MAX_BYTES);
        return NULL;
    }
    if (!g_utf8_validate(data, (gssize) len, &bad)) {
        guint column = (guint) g_utf8_strlen(data, bad - data) + 1;

        _umk_filter_fail(error, column, _("this is not UTF-8"));
        return NULL;
    }
    while (lexer.at < lexer.end) {
        if (g_unichar_isspace(g_utf8_get_char(lexer.at)))
            step(&lexer);
        else if (!take_token(&lexer, error))
            return NULL;
    }
    add(&lexer, UMK_FILTER_TOKEN_END, NULL, lexer.column);
    return g_steal_pointer(&tokens);
}
