/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of word vectors (umk-word-vectors-private.h lists the formats) in which words
 * are looked up: the words are indexed once, the numbers stay where they are and are read
 * when a word is asked for. So a file of gigabytes costs about 20 bytes a word. */
#pragma once

#include <umekomi/umk-types.h>

#define UMK_WORD_NONE G_MAXUINT32

typedef struct _UmkWordTable UmkWordTable;

/* Whether the first bytes of a file look like one, and not like other text. */
gboolean _umk_word_table_probe(const char *head, gsize length);
/* Keeps a reference to the bytes. Lines that cannot be words with their numbers are left
 * out, as long as most can; of a word that comes twice the first counts. */
UmkWordTable *_umk_word_table_new(GBytes *bytes, GError **error);
void _umk_word_table_free(UmkWordTable *self);
guint32 _umk_word_table_get_n_words(const UmkWordTable *self);
gsize _umk_word_table_get_n_dims(const UmkWordTable *self);
gsize _umk_word_table_get_longest(const UmkWordTable *self); /* bytes of a word */
guint32 _umk_word_table_find(const UmkWordTable *self, const char *word, gsize length);
/* Not NUL-terminated, and not always UTF-8. */
const char *
_umk_word_table_get_word(const UmkWordTable *self, guint32 word, gsize *length);
/* row (n_dims); numbers that are none, or not finite, are an error. */
gboolean
_umk_word_table_read(const UmkWordTable *self, guint32 word, float *row, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkWordTable, _umk_word_table_free)
