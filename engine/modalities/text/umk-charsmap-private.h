/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The compiled table of replacements of SentencePiece ("precompiled_charsmap"):
 * little-endian u32 size of the trie in bytes, the trie as a darts-clone double array of
 * u32, then the replacements, each ended by NUL. A value of the trie is the place of a
 * replacement. */
#pragma once

#include <umekomi/umk-types.h>

typedef struct _UmkCharsmap UmkCharsmap;

/* Copies the data. */
UmkCharsmap *_umk_charsmap_new(const guint8 *data, gsize length, GError **error);
void _umk_charsmap_free(UmkCharsmap *self);
/* The replacement of the shortest or longest key that the text begins with, well-formed
 * UTF-8 ended by NUL, and the length of the key; NULL if there is none. */
const char *_umk_charsmap_match(
    const UmkCharsmap *self, const char *text, gsize n, gboolean longest, gsize *length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkCharsmap, _umk_charsmap_free)
