/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A direct-mapped table of words. */
#include "modalities/text/umk-tokenizer-cache-private.h"

#include <string.h>

#define N_WORDS 8192

typedef struct {
    guint32 hash;
    guint8 length; /* 0: nothing here */
    guint8 n_ids;
    char word[UMK_WORD_CACHE_BYTES];
    guint32 ids[UMK_WORD_CACHE_IDS];
} UmkCachedWord;

struct _UmkWordCache {
    UmkCachedWord words[N_WORDS];
};

UmkWordCache *
_umk_word_cache_new(void)
{
    return g_new0(UmkWordCache, 1);
}

void
_umk_word_cache_free(UmkWordCache *self)
{
    g_free(self);
}

static inline guint32
fold(guint64 hash)
{
    return (guint32) (hash ^ (hash >> 32));
}

gboolean
_umk_word_cache_get(const UmkWordCache *self,
                    guint64 hash,
                    const char *word,
                    gsize length,
                    GArray *ids_out)
{
    const UmkCachedWord *cached = &self->words[fold(hash) % N_WORDS];

    if (length == 0 || cached->hash != fold(hash) || cached->length != length ||
        memcmp(cached->word, word, length) != 0)
        return FALSE;
    g_array_append_vals(ids_out, cached->ids, cached->n_ids);
    return TRUE;
}

void
_umk_word_cache_put(UmkWordCache *self,
                    guint64 hash,
                    const char *word,
                    gsize length,
                    const GArray *ids,
                    guint begin)
{
    UmkCachedWord *cached = &self->words[fold(hash) % N_WORDS];

    if (length > UMK_WORD_CACHE_BYTES || ids->len - begin > UMK_WORD_CACHE_IDS)
        return;
    cached->hash = fold(hash);
    cached->length = (guint8) length;
    cached->n_ids = (guint8) (ids->len - begin);
    memcpy(cached->word, word, length);
    memcpy(cached->ids, &g_array_index(ids, guint32, begin),
           cached->n_ids * sizeof(guint32));
}
