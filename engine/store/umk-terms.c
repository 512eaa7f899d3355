/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts into terms, as umk-words-private.h tells. No dictionary, so that the same text
 * gives the same terms on every machine. */
#include "store/umk-words-private.h"

#include "store/umk-fold-private.h"

#include <string.h>

#define MAX_TERM 255 /* bytes; longer ones are cut, in the text as in the query */

typedef enum { BREAK, WORD, PAIRED } Class;

static gboolean
is_paired(GUnicodeScript script)
{
    static const GUnicodeScript scripts[] = {
        G_UNICODE_SCRIPT_HAN,    G_UNICODE_SCRIPT_HIRAGANA, G_UNICODE_SCRIPT_KATAKANA,
        G_UNICODE_SCRIPT_HANGUL, G_UNICODE_SCRIPT_BOPOMOFO, G_UNICODE_SCRIPT_THAI,
        G_UNICODE_SCRIPT_LAO,    G_UNICODE_SCRIPT_KHMER,    G_UNICODE_SCRIPT_MYANMAR};

    for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++)
        if (scripts[i] == script)
            return TRUE;
    return FALSE;
}

static Class
class_of(gunichar c)
{
    if (c < 0x80)
        return g_ascii_isalnum(c) ? WORD : BREAK;
    /* The long-vowel mark belongs to no script of its own. */
    if (c == 0x30fc)
        return PAIRED;
    if (!g_unichar_isalnum(c))
        return BREAK;
    return is_paired(g_unichar_get_script(c)) ? PAIRED : WORD;
}

/* A Latin letter without its marks. */
static gunichar
bare(gunichar c)
{
    gunichar base, mark;

    while (c > 0x7f && g_unichar_get_script(c) == G_UNICODE_SCRIPT_LATIN &&
           g_unichar_decompose(c, &base, &mark) && g_unichar_ismark(mark))
        c = base;
    return c;
}

/* Behind one character and the marks on it. */
static const char *
next_unit(const char *at)
{
    at = g_utf8_next_char(at);
    while (*at != '\0' && g_unichar_ismark(g_utf8_get_char(at)))
        at = g_utf8_next_char(at);
    return at;
}

static gboolean
take_word(const char **at, UmkTermFunc func, gpointer data)
{
    char term[MAX_TERM + 6];
    gsize len = 0;
    gunichar c = g_utf8_get_char(*at);

    while (**at != '\0' && (class_of(c) == WORD || g_unichar_ismark(c))) {
        /* Marks that did not compose with a Latin letter go the way of those that did. */
        if (len < MAX_TERM && !(g_unichar_ismark(c) &&
                                g_unichar_get_script(c) == G_UNICODE_SCRIPT_INHERITED))
            len += (gsize) g_unichar_to_utf8(bare(c), term + len);
        *at = g_utf8_next_char(*at);
        c = g_utf8_get_char(*at);
    }
    return len == 0 || func(term, len, FALSE, data);
}

static gboolean
take_run(const char **at, gboolean query, UmkTermFunc func, gpointer data)
{
    gboolean alone = TRUE;

    while (**at != '\0' && class_of(g_utf8_get_char(*at)) == PAIRED) {
        const char *start = *at, *end = next_unit(start);
        gboolean more = *end != '\0' && class_of(g_utf8_get_char(end)) == PAIRED;
        const char *pair = more ? next_unit(end) : end;
        gsize len = MIN((gsize) (pair - start), MAX_TERM);

        *at = end;
        if (!more && query && !alone)
            return TRUE;
        if (!func(start, len, !more && query, data))
            return FALSE;
        alone = FALSE;
    }
    return TRUE;
}

gboolean
_umk_terms(const char *text, gssize len, gboolean query, UmkTermFunc func, gpointer data)
{
    g_autofree char *folded = _umk_fold(text, len);
    const char *at = folded;

    while (*at != '\0') {
        gboolean going = TRUE;

        switch (class_of(g_utf8_get_char(at))) {
        case WORD:
            going = take_word(&at, func, data);
            break;
        case PAIRED:
            going = take_run(&at, query, func, data);
            break;
        case BREAK:
        default:
            at = g_utf8_next_char(at);
            break;
        }
        if (!going)
            return FALSE;
    }
    return TRUE;
}
