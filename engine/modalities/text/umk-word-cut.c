/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts a text in words that a table has. */
#include "modalities/text/umk-word-cut-private.h"

#include <string.h>

#define LONGEST 192 /* bytes of a word that is looked for in a run without blanks */

typedef struct {
    const UmkWordTable *table;
    GArray *ids;
    UmkWordCount *count;
} Cutter;

static gboolean
is_punctuation(gunichar c)
{
    return g_unichar_ispunct(c);
}

static gboolean
has_no_blanks(gunichar c)
{
    switch ((int) g_unichar_get_script(c)) {
    case G_UNICODE_SCRIPT_HAN:
    case G_UNICODE_SCRIPT_HIRAGANA:
    case G_UNICODE_SCRIPT_KATAKANA:
    case G_UNICODE_SCRIPT_THAI:
    case G_UNICODE_SCRIPT_LAO:
    case G_UNICODE_SCRIPT_KHMER:
    case G_UNICODE_SCRIPT_MYANMAR:
        return TRUE;
    default:
        return FALSE;
    }
}

/* The character at a place before end; a malformed byte is one character. */
static gunichar
get_char(const char *at, const char *end, const char **next)
{
    gunichar c = g_utf8_get_char_validated(at, end - at);

    if (c >= (gunichar) -2) {
        *next = at + 1;
        return 0xfffd;
    }
    *next = g_utf8_next_char(at);
    return c;
}

static gboolean
add_known(Cutter *self, const char *word, gsize length)
{
    guint32 id = _umk_word_table_find(self->table, word, length);
    g_autofree char *lower = NULL;

    if (id == UMK_WORD_NONE && g_utf8_validate_len(word, length, NULL)) {
        lower = g_utf8_strdown(word, (gssize) length);
        id = _umk_word_table_find(self->table, lower, strlen(lower));
    }
    if (id == UMK_WORD_NONE)
        return FALSE;
    g_array_append_val(self->ids, id);
    self->count->n_words++;
    return TRUE;
}

static void
add_unknown(Cutter *self, const char *word, gsize length)
{
    self->count->n_words++;
    if (self->count->n_unknown++ == 0) {
        self->count->unknown = word;
        self->count->n_unknown_bytes = length;
    }
}

/* Without punctuation at its ends; may become empty. */
static void
trim(const char **word, gsize *length)
{
    const char *end = *word + *length, *first = NULL, *last = *word, *next;

    for (const char *at = *word; at < end; at = next) {
        if (is_punctuation(get_char(at, end, &next)))
            continue;
        if (first == NULL)
            first = at;
        last = next;
    }
    *length = first != NULL ? (gsize) (last - first) : 0;
    if (first != NULL)
        *word = first;
}

/* The longest word of the table that the text begins with, in bytes; 0: none. */
static gsize
find_longest(Cutter *self, const char *at, const char *end)
{
    gsize longest = MIN(_umk_word_table_get_longest(self->table), LONGEST);
    const char *most = at + MIN((gsize) (end - at), longest);
    const char *next;
    gsize best = 0;

    for (const char *to = at; to < most; to = next) {
        get_char(to, end, &next);
        if (next > most)
            break;
        if (_umk_word_table_find(self->table, at, (gsize) (next - at)) != UMK_WORD_NONE)
            best = (gsize) (next - at);
    }
    return best;
}

/* A run of characters that begin no word is one unknown word; punctuation is none. */
static void
cut_longest(Cutter *self, const char *at, const char *end)
{
    const char *unknown = NULL, *next;

    while (at < end) {
        gsize n = find_longest(self, at, end);
        gboolean blank = is_punctuation(get_char(at, end, &next));

        if (unknown != NULL && (n > 0 || blank)) {
            add_unknown(self, unknown, (gsize) (at - unknown));
            unknown = NULL;
        }
        if (n > 0)
            add_known(self, at, n);
        else if (!blank && unknown == NULL)
            unknown = at;
        at = n > 0 ? at + n : next;
    }
    if (unknown != NULL)
        add_unknown(self, unknown, (gsize) (end - unknown));
}

static void
cut_punctuation(Cutter *self, const char *at, const char *end)
{
    const char *begin = at, *next;

    for (; at <= end; at = next) {
        gboolean stop = at == end;

        next = at + 1;
        if (!stop)
            stop = is_punctuation(get_char(at, end, &next));
        if (!stop)
            continue;
        if (at > begin && !add_known(self, begin, (gsize) (at - begin)))
            add_unknown(self, begin, (gsize) (at - begin));
        begin = next;
    }
}

static void
cut_word(Cutter *self, const char *word, gsize length)
{
    const char *end, *next;

    if (add_known(self, word, length))
        return;
    trim(&word, &length);
    if (length == 0 || add_known(self, word, length))
        return;
    end = word + length;
    for (const char *at = word; at < end; at = next) {
        if (!has_no_blanks(get_char(at, end, &next)))
            continue;
        cut_longest(self, word, end);
        return;
    }
    cut_punctuation(self, word, end);
}

void
_umk_word_cut(const UmkWordTable *table,
              const char *text,
              gsize length,
              GArray *ids,
              UmkWordCount *count)
{
    Cutter self = {table, ids, count};
    const char *end = text + length, *begin = text, *next;

    for (const char *at = text; at < end; at = next) {
        if (!g_unichar_isspace(get_char(at, end, &next)))
            continue;
        if (at > begin)
            cut_word(&self, begin, (gsize) (at - begin));
        begin = next;
    }
    if (end > begin)
        cut_word(&self, begin, (gsize) (end - begin));
}
