/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Character: each character of a word is a piece of the vocabulary or unknown. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-chars-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

typedef struct {
    UmkVocab *vocab;
    guint32 unknown; /* or UMK_VOCAB_NONE: unknown characters vanish */
} UmkCharacters;

static void
character_free(gpointer data)
{
    UmkCharacters *self = data;

    _umk_vocab_free(self->vocab);
    g_free(self);
}

static gpointer
character_load(JsonObject *config, const UmkTokenBulk *bulk, GError **error)
{
    const char *unknown = "[UNK]";
    UmkCharacters *self;
    UmkVocab *vocab;

    if (!_umk_json_get_string(config, "unk_token", unknown, &unknown, error))
        return NULL;
    vocab = _umk_token_bulk_read_vocab(bulk, config, error);
    if (vocab == NULL)
        return NULL;
    self = g_new0(UmkCharacters, 1);
    self->vocab = vocab;
    self->unknown = _umk_vocab_find(vocab, unknown, strlen(unknown));
    return self;
}

static const UmkVocab *
character_get_vocab(gconstpointer data)
{
    return ((const UmkCharacters *) data)->vocab;
}

static void
character_tokenize(
    gconstpointer data, gpointer cache, const char *word, gsize length, GArray *ids_out)
{
    const UmkCharacters *self = data;
    const char *at = word, *end = word + length;

    while (at < end) {
        const char *start = at;
        guint32 id;

        (void) _umk_char_next(&at);
        id = _umk_vocab_find(self->vocab, start, (gsize) (at - start));
        if (id == UMK_VOCAB_NONE)
            id = self->unknown;
        if (id != UMK_VOCAB_NONE)
            g_array_append_val(ids_out, id);
    }
}

static guint32
character_get_unknown(gconstpointer self)
{
    return ((const UmkCharacters *) self)->unknown;
}

const UmkTokenModelOps _umk_character_token_model = {
    .type = "Character",
    .load = character_load,
    .free = character_free,
    .get_vocab = character_get_vocab,
    .tokenize = character_tokenize,
    .get_unknown = character_get_unknown,
};
