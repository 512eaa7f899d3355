/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of pieces. Slots hold 32 bits of the hash, so that nearly every probe which
 * fails does so without touching the bytes. */
#include "modalities/text/umk-tokenizer-vocab-private.h"

#include "modalities/text/umk-tokenizer-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

typedef struct {
    gsize offset; /* into bytes; NUL-terminated there */
    guint32 length;
    guint32 id;
} UmkPiece;

typedef struct {
    guint32 hash;
    guint32 piece; /* index + 1; 0 is an empty slot */
} UmkSlot;

struct _UmkVocab {
    GString *bytes;
    GArray *pieces; /* UmkPiece */
    GArray *by_id;  /* guint32, index of the piece or UMK_VOCAB_NONE */
    UmkSlot *slots;
    guint32 mask; /* slots - 1 */
    gsize longest;
};

UmkVocab *
_umk_vocab_new(void)
{
    UmkVocab *self = g_new0(UmkVocab, 1);

    self->bytes = g_string_new(NULL);
    self->pieces = g_array_new(FALSE, FALSE, sizeof(UmkPiece));
    self->by_id = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->mask = 255;
    self->slots = g_new0(UmkSlot, (gsize) self->mask + 1);
    return self;
}

void
_umk_vocab_free(UmkVocab *self)
{
    if (self == NULL)
        return;
    g_string_free(self->bytes, TRUE);
    g_array_unref(self->pieces);
    g_array_unref(self->by_id);
    g_free(self->slots);
    g_free(self);
}

/* The low bits of FNV-1a are good, the high ones mix in the early bytes. */
static inline guint32
fold(guint64 hash)
{
    return (guint32) (hash ^ (hash >> 32));
}

static void
put_slot(UmkVocab *self, guint32 hash, guint32 piece)
{
    guint32 at = hash & self->mask;

    while (self->slots[at].piece != 0)
        at = (at + 1) & self->mask;
    self->slots[at] = (UmkSlot){hash, piece};
}

static void
grow(UmkVocab *self)
{
    g_autofree UmkSlot *old = self->slots;
    guint32 n_old = self->mask + 1;

    self->mask = n_old * 2 - 1;
    self->slots = g_new0(UmkSlot, (gsize) n_old * 2);
    for (guint32 i = 0; i < n_old; i++) {
        if (old[i].piece != 0)
            put_slot(self, old[i].hash, old[i].piece);
    }
}

static inline UmkPiece *
find_piece(const UmkVocab *self,
           guint64 hash,
           const char *a,
           gsize n_a,
           const char *b,
           gsize n_b)
{
    guint32 folded = fold(hash);

    for (guint32 at = folded & self->mask; self->slots[at].piece != 0;
         at = (at + 1) & self->mask) {
        UmkPiece *piece;
        const char *bytes;

        if (self->slots[at].hash != folded)
            continue;
        piece = &g_array_index(self->pieces, UmkPiece, self->slots[at].piece - 1);
        bytes = self->bytes->str + piece->offset;
        if (piece->length == n_a + n_b && memcmp(bytes, a, n_a) == 0 &&
            memcmp(bytes + n_a, b, n_b) == 0)
            return piece;
    }
    return NULL;
}

gboolean
_umk_vocab_add(
    UmkVocab *self, const char *piece, gsize length, guint32 id, GError **error)
{
    guint64 hash = _umk_vocab_hash(UMK_VOCAB_HASH_START, piece, length);
    UmkPiece *known = find_piece(self, hash, piece, length, "", 0);
    guint32 index = self->pieces->len;

    if (id >= UMK_TOKENIZER_MAX_VOCAB || self->pieces->len >= UMK_TOKENIZER_MAX_VOCAB) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The vocabulary has the id %u, the limit is %u"), id,
                    UMK_TOKENIZER_MAX_VOCAB - 1);
        return FALSE;
    }
    if (known != NULL) {
        if (g_array_index(self->by_id, guint32, known->id) ==
            (guint32) (known - (UmkPiece *) (gpointer) self->pieces->data))
            g_array_index(self->by_id, guint32, known->id) = UMK_VOCAB_NONE;
        known->id = id;
        index = (guint32) (known - (UmkPiece *) (gpointer) self->pieces->data);
    } else {
        UmkPiece new_piece = {self->bytes->len, (guint32) length, id};

        g_string_append_len(self->bytes, piece, (gssize) length);
        g_string_append_c(self->bytes, '\0');
        g_array_append_val(self->pieces, new_piece);
        if ((self->pieces->len) * 2 > self->mask)
            grow(self);
        put_slot(self, fold(hash), index + 1);
        self->longest = MAX(self->longest, length);
    }
    while (self->by_id->len <= id) {
        guint32 none = UMK_VOCAB_NONE;

        g_array_append_val(self->by_id, none);
    }
    g_array_index(self->by_id, guint32, id) = index;
    return TRUE;
}

UmkVocab *
_umk_vocab_new_from_json(JsonObject *pieces, GError **error)
{
    g_autoptr(UmkVocab) self = _umk_vocab_new();
    JsonObjectIter iter;
    const char *piece;
    JsonNode *node;

    json_object_iter_init(&iter, pieces);
    while (json_object_iter_next(&iter, &piece, &node)) {
        gint64 id = -1;

        if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64)
            id = json_node_get_int(node);
        if (id < 0 || id > G_MAXUINT32) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The vocabulary gives “%.60s” no valid id"), piece);
            return NULL;
        }
        if (!_umk_vocab_add(self, piece, strlen(piece), (guint32) id, error))
            return NULL;
    }
    return g_steal_pointer(&self);
}

guint32
_umk_vocab_find_hashed(const UmkVocab *self,
                       guint64 hash,
                       const char *a,
                       gsize n_a,
                       const char *b,
                       gsize n_b)
{
    const UmkPiece *piece = find_piece(self, hash, a, n_a, b, n_b);

    return piece != NULL ? piece->id : UMK_VOCAB_NONE;
}

guint32
_umk_vocab_find(const UmkVocab *self, const char *piece, gsize length)
{
    guint64 hash = _umk_vocab_hash(UMK_VOCAB_HASH_START, piece, length);

    return _umk_vocab_find_hashed(self, hash, piece, length, "", 0);
}

const char *
_umk_vocab_get_piece(const UmkVocab *self, guint32 id)
{
    guint32 index;

    if (id >= self->by_id->len)
        return NULL;
    index = g_array_index(self->by_id, guint32, id);
    if (index == UMK_VOCAB_NONE)
        return NULL;
    return self->bytes->str + g_array_index(self->pieces, UmkPiece, index).offset;
}

guint32
_umk_vocab_get_size(const UmkVocab *self)
{
    return self->by_id->len;
}

gsize
_umk_vocab_get_longest(const UmkVocab *self)
{
    return self->longest;
}
