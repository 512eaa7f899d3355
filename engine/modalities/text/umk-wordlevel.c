/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WordLevel: a word is a piece of the vocabulary or unknown. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

typedef struct {
    UmkVocab *vocab;
    guint32 unknown; /* or UMK_VOCAB_NONE: unknown words vanish */
} UmkWordLevel;

static void
wordlevel_free(gpointer data)
{
    UmkWordLevel *self = data;

    _umk_vocab_free(self->vocab);
    g_free(self);
}

static gpointer
wordlevel_load(JsonObject *config, const UmkTokenBulk *bulk, GError **error)
{
    const char *unknown = "<unk>";
    UmkWordLevel *self;
    UmkVocab *vocab;

    if (!_umk_json_get_string(config, "unk_token", unknown, &unknown, error))
        return NULL;
    vocab = _umk_token_bulk_read_vocab(bulk, config, error);
    if (vocab == NULL)
        return NULL;
    self = g_new0(UmkWordLevel, 1);
    self->vocab = vocab;
    self->unknown = _umk_vocab_find(vocab, unknown, strlen(unknown));
    return self;
}

static const UmkVocab *
wordlevel_get_vocab(gconstpointer data)
{
    return ((const UmkWordLevel *) data)->vocab;
}

static void
wordlevel_tokenize(
    gconstpointer data, gpointer cache, const char *word, gsize length, GArray *ids_out)
{
    const UmkWordLevel *self = data;
    guint32 id = _umk_vocab_find(self->vocab, word, length);

    if (id == UMK_VOCAB_NONE)
        id = self->unknown;
    if (id != UMK_VOCAB_NONE)
        g_array_append_val(ids_out, id);
}

static guint32
wordlevel_get_unknown(gconstpointer self)
{
    return ((const UmkWordLevel *) self)->unknown;
}

const UmkTokenModelOps _umk_wordlevel_token_model = {
    .type = "WordLevel",
    .load = wordlevel_load,
    .free = wordlevel_free,
    .get_vocab = wordlevel_get_vocab,
    .tokenize = wordlevel_tokenize,
    .get_unknown = wordlevel_get_unknown,
};
