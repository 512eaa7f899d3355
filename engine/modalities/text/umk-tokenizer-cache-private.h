/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Short words and their ids, since words repeat. For one thread at a time; never more
 * than a fixed size, a new word takes the place of an old one. */
#pragma once

#include <umekomi/umk-types.h>

#define UMK_WORD_CACHE_BYTES 24 /* longest word */
#define UMK_WORD_CACHE_IDS   8  /* of most ids */

typedef struct _UmkWordCache UmkWordCache;

UmkWordCache *_umk_word_cache_new(void);
void _umk_word_cache_free(UmkWordCache *self);
/* Appends the ids if the word is there. hash is that of UmkVocab. */
gboolean _umk_word_cache_get(const UmkWordCache *self,
                             guint64 hash,
                             const char *word,
                             gsize length,
                             GArray *ids_out);
/* The ids from begin on are those of the word. */
void _umk_word_cache_put(UmkWordCache *self,
                         guint64 hash,
                         const char *word,
                         gsize length,
                         const GArray *ids,
                         guint begin);
