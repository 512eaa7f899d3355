/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of a formula into weighted names. Every error names the column. */
#include "facade/umk-formula-private.h"

#include "core/umk-cursor-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

typedef struct {
    UmkCursor in;
    guint depth;
    guint bad; /* column of what is wrong */
    GArray *terms;
} Parser;

static gboolean fail(Parser *self, GError **error, guint column, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static gboolean
fail(Parser *self, GError **error, guint column, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    self->bad = column;
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM, _("The formula, column %u: %s"),
                column, what);
    return FALSE;
}

static gboolean
take(Parser *self, gunichar sign)
{
    _umk_cursor_skip_blanks(&self->in);
    if (_umk_cursor_peek(&self->in) != sign)
        return FALSE;
    _umk_cursor_step(&self->in);
    return TRUE;
}

static gboolean
unexpected(Parser *self, const char *what, GError **error)
{
    char sign[7] = "";

    if (self->in.at >= self->in.end)
        return fail(self, error, self->in.column, _("it ends where %s should be"), what);
    sign[g_unichar_to_utf8(_umk_cursor_peek(&self->in), sign)] = '\0';
    return fail(self, error, self->in.column, _("“%s” stands where %s should be"), sign,
                what);
}

/* ---- names and numbers ------------------------------------------------------------ */

static gboolean
in_name(gunichar c)
{
    return c != 0 && (g_unichar_isalnum(c) || g_unichar_ismark(c) ||
                      (c < 0x80 && strchr("_.'#:@", (int) c) != NULL));
}

static void
add_term(Parser *self, char *name, double weight, guint column)
{
    UmkFormulaTerm term = {.name = name, .weight = weight, .column = column};

    for (guint i = 0; i < self->terms->len; i++) {
        UmkFormulaTerm *before = &g_array_index(self->terms, UmkFormulaTerm, i);

        if (strcmp(before->name, name) == 0) {
            before->weight += weight;
            g_free(name);
            return;
        }
    }
    g_array_append_val(self->terms, term);
}

static gboolean
take_quoted(Parser *self, double weight, GError **error)
{
    gunichar quote = _umk_cursor_peek(&self->in);
    guint column = self->in.column;
    g_autoptr(GString) name = g_string_new(NULL);

    for (_umk_cursor_step(&self->in); self->in.at < self->in.end;
         _umk_cursor_step(&self->in)) {
        gunichar c = _umk_cursor_peek(&self->in);

        if (c == quote) {
            _umk_cursor_step(&self->in);
            if (_umk_cursor_peek(&self->in) != quote) {
                add_term(self, g_string_free(g_steal_pointer(&name), FALSE), weight,
                         column);
                return TRUE;
            }
        }
        g_string_append_unichar(name, c);
    }
    return fail(self, error, column, _("the quote %c has no end"), (char) quote);
}

static void
take_name(Parser *self, double weight)
{
    const char *start = self->in.at;
    guint column = self->in.column;

    while (self->in.at < self->in.end) {
        gunichar c = _umk_cursor_peek(&self->in);
        const char *next = g_utf8_next_char(self->in.at);
        gboolean joins = (c == '-' || c == '/') && next < self->in.end &&
                         in_name(g_utf8_get_char(next));

        if (!in_name(c) && !joins)
            break;
        _umk_cursor_step(&self->in);
    }
    add_term(self, g_strndup(start, (gsize) (self->in.at - start)), weight, column);
}

/* FALSE where no number stands; digits that a letter follows begin a name. */
static gboolean
take_number(Parser *self, double *number)
{
    const char *at = self->in.at;
    g_autofree char *text = NULL;

    while (at < self->in.end && (g_ascii_isdigit(*at) || *at == '.'))
        at++;
    if (at == self->in.at || (at < self->in.end && in_name(g_utf8_get_char(at))))
        return FALSE;
    text = g_strndup(self->in.at, (gsize) (at - self->in.at));
    {
        char *rest;

        *number = g_ascii_strtod(text, &rest);
        if (rest == text || *rest != '\0' || !isfinite(*number))
            return FALSE;
    }
    self->in.column += (guint) (at - self->in.at);
    self->in.at = at;
    return TRUE;
}

/* ---- the grammar ------------------------------------------------------------------ */

static gboolean parse_sum(Parser *self, double weight, GError **error);

static gboolean
parse_factor(Parser *self, double weight, GError **error)
{
    gunichar c;

    _umk_cursor_skip_blanks(&self->in);
    c = _umk_cursor_peek(&self->in);
    if (c == '"' || c == '\'' || c == '`')
        return take_quoted(self, weight, error);
    if (take(self, '(')) {
        if (++self->depth > UMK_FORMULA_MAX_DEPTH)
            return fail(self, error, self->in.column,
                        _("brackets are nested more than %d deep"),
                        UMK_FORMULA_MAX_DEPTH);
        if (!parse_sum(self, weight, error))
            return FALSE;
        self->depth--;
        return take(self, ')') || unexpected(self, _("“+”, “-” or “)”"), error);
    }
    if (!in_name(c))
        return unexpected(self, _("a name"), error);
    take_name(self, weight);
    return TRUE;
}

/* A number behind is found before what it weighs is read: terms are added once. */
static gboolean
parse_product(Parser *self, double weight, GError **error)
{
    guint first = self->terms->len;
    double number;

    _umk_cursor_skip_blanks(&self->in);
    if (take_number(self, &number)) {
        weight *= number;
        take(self, '*');
    }
    /* Terms of this product alone, so that a number behind weighs these and no others. */
    {
        GArray *all = self->terms;
        g_autoptr(GArray) own = g_array_new(FALSE, FALSE, sizeof(UmkFormulaTerm));
        double scale = 1;
        gboolean divide, done;

        self->terms = own;
        done = parse_factor(self, weight, error);
        divide = done && take(self, '/');
        if (done && (divide || take(self, '*'))) {
            _umk_cursor_skip_blanks(&self->in);
            done = take_number(self, &number) || unexpected(self, _("a number"), error);
            scale = divide ? 1 / number : number;
        }
        self->terms = all;
        for (guint i = 0; i < own->len; i++) {
            UmkFormulaTerm *term = &g_array_index(own, UmkFormulaTerm, i);

            add_term(self, term->name, term->weight * scale, term->column);
        }
        if (!done)
            return FALSE;
    }
    if (self->terms->len > UMK_FORMULA_MAX_TERMS)
        return fail(self, error, self->in.column, _("it has more than %d names"),
                    UMK_FORMULA_MAX_TERMS);
    return first <= self->terms->len;
}

/* +1, -1, or 0 where no sign stands. */
static int
take_sign(Parser *self)
{
    if (take(self, '+'))
        return 1;
    return take(self, '-') || take(self, 0x2212) ? -1 : 0;
}

static gboolean
parse_sum(Parser *self, double weight, GError **error)
{
    int sign = take_sign(self);

    if (sign == 0)
        sign = 1;
    do
        if (!parse_product(self, weight * sign, error))
            return FALSE;
    while ((sign = take_sign(self)) != 0);
    return TRUE;
}

static void
term_clear(gpointer data)
{
    g_free(((UmkFormulaTerm *) data)->name);
}

static gboolean
check_terms(Parser *self, GError **error)
{
    for (guint i = 0; i < self->terms->len; i++) {
        const UmkFormulaTerm *term = &g_array_index(self->terms, UmkFormulaTerm, i);

        if (!isfinite(term->weight))
            return fail(self, error, term->column,
                        _("the weight of “%s” is not a number"), term->name);
    }
    return TRUE;
}

/* FALSE with the column of what is wrong in the parser. */
static gboolean
parse(Parser *parser, GError **error)
{
    gsize len = (gsize) (parser->in.end - parser->in.at);
    const char *data = parser->in.at, *bad;

    if (len > UMK_FORMULA_MAX_BYTES)
        return fail(parser, error, 1, _("it has %zu bytes, and may have %d"), len,
                    UMK_FORMULA_MAX_BYTES);
    if (!g_utf8_validate(data, (gssize) len, &bad))
        return fail(parser, error, (guint) g_utf8_strlen(data, bad - data) + 1,
                    _("this is not UTF-8"));
    if (!parse_sum(parser, 1, error))
        return FALSE;
    _umk_cursor_skip_blanks(&parser->in);
    if (parser->in.at < parser->in.end)
        return unexpected(parser, _("“+”, “-” or the end"), error);
    return check_terms(parser, error);
}

GArray *
_umk_formula_parse(const char *data, gsize len, guint *column, GError **error)
{
    g_autoptr(GArray) terms = g_array_new(FALSE, FALSE, sizeof(UmkFormulaTerm));
    Parser parser = {.in = _umk_cursor(data, len), .terms = terms};

    g_array_set_clear_func(terms, term_clear);
    if (parse(&parser, error))
        return g_steal_pointer(&terms);
    if (column != NULL)
        *column = parser.bad;
    return NULL;
}
