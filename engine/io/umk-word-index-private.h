/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words that lie somewhere in one block of bytes, numbered as they are added and found by
 * an open-addressing hash table: 12 bytes a word and 4 a slot. */
#pragma once

#include <umekomi/umk-types.h>

typedef struct {
    const char *data; /* lent */
    GArray *begins;   /* guint64, from data */
    GArray *lengths;  /* guint32 */
    guint32 *slots;   /* number of a word + 1, or 0 */
    guint32 n_slots;  /* a power of two */
    guint32 n;        /* words */
} UmkWordIndex;

void _umk_word_index_init(UmkWordIndex *self, const char *data);
void _umk_word_index_clear(UmkWordIndex *self);
/* Gives it the next number; a word that comes twice is found by its first one. word must
 * lie behind data. */
gboolean
_umk_word_index_add(UmkWordIndex *self, const char *word, gsize length, GError **error);
/* G_MAXUINT32: not there. */
guint32 _umk_word_index_find(const UmkWordIndex *self, const char *word, gsize length);
const char *_umk_word_index_get(const UmkWordIndex *self, guint32 word, gsize *length);
