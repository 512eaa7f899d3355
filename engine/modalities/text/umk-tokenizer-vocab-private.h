/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces and their ids: an open-addressing hash table over one block of bytes. Filled
 * once, then only read. The hash is made byte by byte, so that a tokenizer which looks up
 * every prefix of a word hashes the word once. */
#pragma once

#include <json-glib/json-glib.h>
#include <umekomi/umk-types.h>

#define UMK_VOCAB_NONE ((guint32) -1)

typedef struct _UmkVocab UmkVocab;

#define UMK_VOCAB_HASH_START G_GUINT64_CONSTANT(0xcbf29ce484222325)

/* FNV-1a, 64 bits. */
static inline guint64
_umk_vocab_hash_byte(guint64 hash, guint8 byte)
{
    return (hash ^ byte) * G_GUINT64_CONSTANT(0x100000001b3);
}

static inline guint64
_umk_vocab_hash(guint64 hash, const char *bytes, gsize length)
{
    for (gsize i = 0; i < length; i++)
        hash = _umk_vocab_hash_byte(hash, (guint8) bytes[i]);
    return hash;
}

UmkVocab *_umk_vocab_new(void);
/* A JSON object of piece: id. */
UmkVocab *_umk_vocab_new_from_json(JsonObject *pieces, GError **error);
void _umk_vocab_free(UmkVocab *self);
/* A piece that is there already takes the new id. */
gboolean _umk_vocab_add(
    UmkVocab *self, const char *piece, gsize length, guint32 id, GError **error);
guint32 _umk_vocab_find(const UmkVocab *self, const char *piece, gsize length);
/* The same for a piece of two parts, of which hash is the hash; the second one may be
 * empty. */
guint32 _umk_vocab_find_hashed(const UmkVocab *self,
                               guint64 hash,
                               const char *a,
                               gsize n_a,
                               const char *b,
                               gsize n_b);
/* NULL for an id that no piece has. */
const char *_umk_vocab_get_piece(const UmkVocab *self, guint32 id);
guint32 _umk_vocab_get_size(const UmkVocab *self);  /* highest id + 1 */
gsize _umk_vocab_get_longest(const UmkVocab *self); /* bytes */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkVocab, _umk_vocab_free)
