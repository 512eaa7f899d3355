/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the charsmap of SentencePiece. A unit of the trie: bits 0-7 its byte, bit 8 set
 * where a key ends, bits 10-30 the offset of its children (times 256 with bit 9), bit 31
 * set in the unit that holds a value in its other bits. */
#include "modalities/text/umk-charsmap-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define IS_VALUE (1u << 31)

struct _UmkCharsmap {
    guint32 *units;
    gsize n_units;
    char *text; /* the replacements, with one more NUL behind */
    gsize n_text;
    gboolean first[256]; /* some key begins with the byte */
};

void
_umk_charsmap_free(UmkCharsmap *self)
{
    if (self == NULL)
        return;
    g_free(self->units);
    g_free(self->text);
    g_free(self);
}

static gsize
get_offset(guint32 unit)
{
    return (gsize) (unit >> 10) << ((unit & (1u << 9)) >> 6);
}

/* The unit by the byte below the children at place; FALSE if there is none. */
static inline gboolean
step(const UmkCharsmap *self, gsize *place, guint8 byte, guint32 *unit)
{
    gsize at = *place ^ byte;

    if (at >= self->n_units)
        return FALSE;
    *unit = self->units[at];
    if ((*unit & (IS_VALUE | 0xff)) != byte)
        return FALSE;
    *place = at ^ get_offset(*unit);
    return TRUE;
}

static gboolean
fill(UmkCharsmap *self, const guint8 *data, gsize n_trie, gsize length, GError **error)
{
    const char *text = (const char *) data + 4 + n_trie;

    self->n_units = n_trie / 4;
    self->units = g_new(guint32, self->n_units);
    memcpy(self->units, data + 4, n_trie);
    for (gsize i = 0; i < self->n_units; i++)
        self->units[i] = GUINT32_FROM_LE(self->units[i]);
    self->n_text = length - 4 - n_trie;
    self->text = g_malloc(self->n_text + 1);
    memcpy(self->text, text, self->n_text);
    self->text[self->n_text] = '\0';
    for (gsize at = 0; at <= self->n_text; at += strlen(self->text + at) + 1) {
        if (!g_utf8_validate(self->text + at, -1, NULL)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The replacement at byte %zu of the character map is not valid "
                          "UTF-8"),
                        at);
            return FALSE;
        }
    }
    for (guint byte = 0; byte < 256; byte++) {
        gsize place = get_offset(self->units[0]);
        guint32 unit;

        self->first[byte] = step(self, &place, (guint8) byte, &unit);
    }
    return TRUE;
}

UmkCharsmap *
_umk_charsmap_new(const guint8 *data, gsize length, GError **error)
{
    g_autoptr(UmkCharsmap) self = g_new0(UmkCharsmap, 1);
    guint32 n_trie = 0;

    if (length >= 4)
        memcpy(&n_trie, data, 4);
    n_trie = GUINT32_FROM_LE(n_trie);
    if (n_trie < 4 || n_trie % 4 != 0 || n_trie > length - 4) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The character map of %zu bytes claims a trie of %u bytes"), length,
                    n_trie);
        return NULL;
    }
    return fill(self, data, n_trie, length, error) ? g_steal_pointer(&self) : NULL;
}

const char *
_umk_charsmap_match(
    const UmkCharsmap *self, const char *text, gsize n, gboolean longest, gsize *length)
{
    gsize place = get_offset(self->units[0]);
    const char *found = NULL;
    guint32 unit;

    if (n == 0 || !self->first[(guint8) *text])
        return NULL;
    for (gsize i = 0; i < n && step(self, &place, (guint8) text[i], &unit); i++) {
        gsize at;

        if (!(unit & (1u << 8)) || place >= self->n_units)
            continue;
        at = self->units[place] & ~IS_VALUE;
        /* No place within a character, whatever the file says. */
        if (at >= self->n_text || (self->text[at] & 0xc0) == 0x80)
            continue;
        found = self->text + at;
        *length = i + 1;
        if (!longest)
            break;
    }
    return found;
}
