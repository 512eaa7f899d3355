/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the syntax of Ruby to that of Perl. Different are \w (marks belong to words, other
 * numbers do not), \h (a hexadecimal digit), && and [ within a class (intersection,
 * union), {,n}, and options in the middle of an expression. */
#include "modalities/text/umk-ruby-regex-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define WORD "\\p{L}\\p{M}\\p{Nd}\\p{Pc}"

typedef struct {
    const char *regex, *at;
    GString *out;
    gboolean in_class;
} UmkRubyRegex;

static gboolean
refuse(const UmkRubyRegex *self, gsize length, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("The regular expression “%.200s” uses “%.*s”, which is not understood"),
                self->regex, (int) length, self->at);
    return FALSE;
}

/* A backslash and what follows. */
static gboolean
put_escape(UmkRubyRegex *self, GError **error)
{
    char c = self->at[1];

    if (c == '\0' || strchr("hHbBGRXkgK", c) != NULL || (c == 'W' && self->in_class))
        return refuse(self, c == '\0' ? 1 : 2, error);
    if (c == 'w')
        g_string_append(self->out, self->in_class ? WORD : "[" WORD "]");
    else if (c == 'W')
        g_string_append(self->out, "[^" WORD "]");
    else
        g_string_append_len(self->out, self->at, 2);
    self->at += 2;
    return TRUE;
}

/* One character within a class. */
static gboolean
put_in_class(UmkRubyRegex *self, GError **error)
{
    const char *end;

    if (self->at[0] == '[' && self->at[1] == ':') {
        end = strstr(self->at, ":]");
        if (end == NULL)
            return refuse(self, 2, error);
        g_string_append_len(self->out, self->at, end + 2 - self->at);
        self->at = end + 2;
        return TRUE;
    }
    if (self->at[0] == '[' || (self->at[0] == '&' && self->at[1] == '&'))
        return refuse(self, self->at[0] == '[' ? 1 : 2, error);
    if (self->at[0] == ']')
        self->in_class = FALSE;
    g_string_append_c(self->out, *self->at++);
    return TRUE;
}

static void
begin_class(UmkRubyRegex *self)
{
    self->in_class = TRUE;
    g_string_append_c(self->out, *self->at++);
    if (*self->at == '^')
        g_string_append_c(self->out, *self->at++);
    if (*self->at == ']')
        g_string_append_c(self->out, *self->at++);
}

/* "(?": options count for a group of their own, or for the whole at its beginning, where
 * both syntaxes agree; m means something else. */
static gboolean
check_group(const UmkRubyRegex *self, GError **error)
{
    const char *letters = self->at + 2;
    gsize n = strspn(letters, "imxsaun-");

    if (n == 0)
        return TRUE;
    if (memchr(letters, 'm', n) != NULL || memchr(letters, 's', n) != NULL ||
        memchr(letters, 'a', n) != NULL || memchr(letters, 'u', n) != NULL ||
        memchr(letters, 'n', n) != NULL)
        return refuse(self, n + 2, error);
    if (letters[n] == ':' || (letters[n] == ')' && self->at == self->regex))
        return TRUE;
    return refuse(self, n + 3, error);
}

char *
_umk_ruby_regex_translate(const char *regex, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    UmkRubyRegex self = {regex, regex, out, FALSE};

    while (*self.at != '\0') {
        gboolean ok = TRUE;

        if (*self.at == '\\') {
            ok = put_escape(&self, error);
        } else if (self.in_class) {
            ok = put_in_class(&self, error);
        } else if (*self.at == '[') {
            begin_class(&self);
        } else {
            if (self.at[0] == '(' && self.at[1] == '?')
                ok = check_group(&self, error);
            if (self.at[0] == '{' && self.at[1] == ',')
                ok = refuse(&self, 2, error);
            g_string_append_c(out, *self.at++);
        }
        if (!ok)
            return NULL;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}
