/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The limits are those of the matcher itself: a pattern that begins with them runs at
 * most so many steps on one text, however it is written. A pattern is folded run by run,
 * so that an escape stays what it is and a full-width bracket stays a character. */
#include "umk-app-pattern.h"

#include <glib/gi18n.h>
#include <string.h>

#define LONGEST 1000u     /* characters of a pattern */
#define MOST    (1 << 16) /* bytes of a text that are looked at */
#define LIMITS  "(*LIMIT_MATCH=200000)(*LIMIT_DEPTH=20000)"

struct _UmkAppPattern {
    GRegex *regex;
    gboolean kana; /* folded too */
};

static gunichar
fold_kana(gunichar c)
{
    return (c >= 0x30a1 && c <= 0x30f6) || c == 0x30fd || c == 0x30fe ? c - 0x60 : c;
}

static char *
fold(const char *text, gssize len, gboolean kana)
{
    g_autofree char *valid = g_utf8_make_valid(text, len);
    g_autofree char *composed = g_utf8_normalize(valid, -1, G_NORMALIZE_ALL_COMPOSE);
    g_autofree char *folded = g_utf8_casefold(composed, -1);
    g_autofree char *whole = g_utf8_normalize(folded, -1, G_NORMALIZE_ALL_COMPOSE);
    GString *out;

    if (!kana)
        return g_steal_pointer(&whole);
    out = g_string_sized_new(strlen(whole) + 1);
    for (const char *p = whole; *p != '\0'; p = g_utf8_next_char(p))
        g_string_append_unichar(out, fold_kana(g_utf8_get_char(p)));
    return g_string_free(out, FALSE);
}

char *
umk_app_fold(const char *text, gssize len)
{
    return fold(text, len, TRUE);
}

/* What an input method wrote wide is meant as a character, not as a sign of patterns. */
static void
append_literal(GString *out, const char *run, gsize len, gboolean kana)
{
    g_autofree char *folded = fold(run, (gssize) len, kana);

    for (const char *p = folded; *p != '\0'; p = g_utf8_next_char(p)) {
        if (g_ascii_ispunct(*p))
            g_string_append_c(out, '\\');
        g_string_append_unichar(out, g_utf8_get_char(p));
    }
}

static char *
fold_pattern(const char *text, gboolean kana)
{
    GString *out = g_string_new(LIMITS);

    for (const char *p = text; *p != '\0';) {
        const char *run = p;

        if (p[0] == '\\' && p[1] != '\0') {
            const char *next = g_utf8_next_char(p + 1);

            g_string_append_len(out, p, next - p);
            p = next;
            continue;
        }
        while ((guchar) *p >= 0x80)
            p++;
        if (p > run)
            append_literal(out, run, (gsize) (p - run), kana);
        else
            g_string_append_c(out, *p++);
    }
    return g_string_free(out, FALSE);
}

/* GLib tells where an error is in its sentence only: behind the pattern, as the first
 * number, and then what it is. */
static void
explain(const GError *raw, const char *text, guint *column, GError **error)
{
    const char *last = g_strrstr(raw->message, text);
    const char *at = last != NULL ? last + strlen(text) : raw->message;
    const char *reason = raw->message;
    guint64 offset;
    char *end;

    while (*at != '\0' && !g_ascii_isdigit(*at))
        at++;
    offset = g_ascii_strtoull(at, &end, 10);
    if (end > at && strchr(end, ':') != NULL) {
        reason = g_strchug(strchr(end, ':') + 1);
        if (column != NULL)
            *column = 1 + (guint) MIN(offset, (guint64) g_utf8_strlen(text, -1));
    }
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s", reason);
}

UmkAppPattern *
umk_app_pattern_new(const char *text, guint *column, GError **error)
{
    g_autoptr(GError) raw = NULL;
    g_autoptr(GRegex) as_it_is = NULL, regex = NULL;
    g_autofree char *folded = NULL;
    gboolean kana = strstr(text, "\\p") == NULL && strstr(text, "\\P") == NULL &&
                    strstr(text, "\\x") == NULL;
    UmkAppPattern *self;

    if (column != NULL)
        *column = 0;
    if (g_utf8_strlen(text, -1) > LONGEST) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("A pattern has at most %u characters"), LONGEST);
        return NULL;
    }
    as_it_is = g_regex_new(text, G_REGEX_CASELESS, 0, &raw);
    if (as_it_is == NULL) {
        explain(raw, text, column, error);
        return NULL;
    }
    folded = fold_pattern(text, kana);
    regex = g_regex_new(folded, G_REGEX_CASELESS, 0, &raw);
    if (regex == NULL) {
        explain(raw, folded, NULL, error);
        return NULL;
    }
    self = g_new0(UmkAppPattern, 1);
    self->regex = g_steal_pointer(&regex);
    self->kana = kana;
    return self;
}

void
umk_app_pattern_free(UmkAppPattern *self)
{
    g_regex_unref(self->regex);
    g_free(self);
}

gboolean
umk_app_pattern_match(UmkAppPattern *self, const char *text, gboolean *gave_up)
{
    g_autofree char *folded = fold(text, (gssize) strnlen(text, MOST), self->kana);
    g_autoptr(GError) error = NULL;
    gboolean found = g_regex_match_full(self->regex, folded, -1, 0, 0, NULL, &error);

    if (error != NULL && gave_up != NULL)
        *gave_up = TRUE;
    return found;
}
