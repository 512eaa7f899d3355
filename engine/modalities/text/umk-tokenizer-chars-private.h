/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes of characters as the published tokenizers see them, which is not everywhere as
 * GLib sees them: white space is the White_Space property, and what the BERT stages call
 * punctuation, mark or control is frozen at Unicode 8. */
#pragma once

#include <glib.h>

typedef enum {
    UMK_CHAR_OTHER,
    UMK_CHAR_SPACE,
    UMK_CHAR_LETTER, /* \p{L} */
    UMK_CHAR_NUMBER  /* \p{N} */
} UmkCharClass;

extern const guint8 _umk_ascii_class[128];

UmkCharClass _umk_char_classify_wide(gunichar c);
gboolean _umk_char_is_bert_punctuation(gunichar c);
gboolean _umk_char_is_bert_mark(gunichar c);
gboolean _umk_char_is_bert_control(gunichar c);
gboolean _umk_char_is_word(gunichar c); /* \w */
void _umk_char_append_lower(gunichar c, GString *out);

static inline UmkCharClass
_umk_char_classify(gunichar c)
{
    return c < 128 ? (UmkCharClass) _umk_ascii_class[c] : _umk_char_classify_wide(c);
}

static inline gboolean
_umk_char_is_space(gunichar c)
{
    return _umk_char_classify(c) == UMK_CHAR_SPACE;
}

/* The next character of well-formed UTF-8. */
static inline gunichar
_umk_char_next(const char **at)
{
    const guint8 *p = (const guint8 *) *at;
    gunichar c = p[0];

    if (c < 0x80) {
        *at += 1;
    } else if (c < 0xe0) {
        c = (c & 0x1f) << 6 | (p[1] & 0x3fu);
        *at += 2;
    } else if (c < 0xf0) {
        c = (c & 0x0f) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
        *at += 3;
    } else {
        c = (c & 0x07) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
            (p[3] & 0x3fu);
        *at += 4;
    }
    return c;
}
