/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folding through GLib's tables; plain ASCII, the usual case, takes a short way. */
#include "store/umk-fold-private.h"

#include <string.h>

static gboolean
is_ascii(const char *text, gsize len)
{
    for (gsize i = 0; i < len; i++)
        if ((guchar) text[i] >= 0x80 || text[i] == '\0')
            return FALSE;
    return TRUE;
}

char *
_umk_fold(const char *text, gssize len)
{
    gsize size = len < 0 ? strlen(text) : (gsize) len;
    g_autofree char *valid = NULL, *composed = NULL, *folded = NULL;

    if (is_ascii(text, size))
        return g_ascii_strdown(text, (gssize) size);
    valid = g_utf8_make_valid(text, (gssize) size);
    composed = g_utf8_normalize(valid, -1, G_NORMALIZE_ALL_COMPOSE);
    folded = g_utf8_casefold(composed, -1);
    /* Folding may take a letter apart, as it does with a dotted capital I. */
    return g_utf8_normalize(folded, -1, G_NORMALIZE_ALL_COMPOSE);
}
