/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedder "fasttext": a .bin or .ftz file of fastText as text embedder. Words are
 * what stands between blanks, as fastText cuts them, in the case they are written; words
 * that are not in the dictionary have the mean of their character n-grams. */
#include "modalities/text/umk-fasttext-embedder-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "modalities/text/umk-text-model-private.h"
#include "modalities/text/umk-word-model-private.h"

typedef struct {
    UmkWordModel words; /* first */
    UmkFasttext *fasttext;
} Model;

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    g_autoptr(GBytes) head = _umk_word_model_read_head(path);
    gsize length;
    const guint8 *data = head != NULL ? g_bytes_get_data(head, &length) : NULL;

    return data != NULL && _umk_fasttext_probe(data, length) ? 90 : 0;
}

static gboolean
embed(const UmkWordModel *model,
      const char *text,
      gsize length,
      float *scratch,
      float *out,
      UmkWordCount *count,
      GError **error)
{
    _umk_fasttext_get_text(((const Model *) model)->fasttext, text, length, scratch, out,
                           count);
    return TRUE;
}

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_fasttext_free(self->fasttext);
    _umk_word_model_clear(&self->words);
    g_free(self);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    Model *self = g_new0(Model, 1);

    self->words.embed = embed;
    if (_umk_word_model_open(&self->words, path, error))
        self->fasttext = _umk_fasttext_new(self->words.bytes, error);
    if (self->fasttext != NULL) {
        self->words.n_full = _umk_fasttext_get_n_dims(self->fasttext);
        if (_umk_word_model_init(&self->words, params, error))
            return self;
    }
    _umk_text_prefix_error(error, path);
    model_free(self);
    return NULL;
}

static gboolean
tokenize(
    gconstpointer model, const char *text, GArray *ids, GPtrArray *pieces, GError **error)
{
    const Model *self = model;
    g_auto(GStrv) words = g_strsplit_set(text, " \t\n\v\f\r", -1);

    for (gsize i = 0; words[i] != NULL; i++) {
        guint32 id = _umk_fasttext_find(self->fasttext, words[i], strlen(words[i]));

        if (words[i][0] == '\0' || id == G_MAXUINT32)
            continue;
        g_array_append_val(ids, id);
        if (pieces != NULL)
            g_ptr_array_add(pieces, g_strdup(words[i]));
    }
    return TRUE;
}

const UmkEmbedderOps _umk_fasttext_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "fasttext",
    .title = N_("fastText model"),
    .modality = UMK_MODALITY_TEXT,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = _umk_word_model_n_dims,
    .session_new = _umk_word_session_new,
    .session_free = _umk_word_session_free,
    .session_embed = _umk_word_session_embed,
    .batch_hint = 64,
    .tokenize = tokenize,
};
