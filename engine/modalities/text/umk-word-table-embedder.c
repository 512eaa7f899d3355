/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedder "word-vectors": a file of word2vec, GloVe or fastText (.vec) as text
 * embedder. The vector of a text is the mean of the vectors of its words, each at length
 * 1, as fastText does it; umk-word-cut-private.h says what a word is. */
#include "modalities/text/umk-word-table-embedder-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "linalg/umk-kernels-private.h"
#include "modalities/text/umk-text-model-private.h"
#include "modalities/text/umk-word-cut-private.h"
#include "modalities/text/umk-word-model-private.h"

typedef struct {
    UmkWordModel words; /* first */
    UmkWordTable *table;
} Model;

/* Below fastText's, whose files may look like text too. */
static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    g_autoptr(GBytes) head = _umk_word_model_read_head(path);
    gsize length;
    const char *data = head != NULL ? g_bytes_get_data(head, &length) : NULL;

    return data != NULL && _umk_word_table_probe(data, length) ? 50 : 0;
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
    const Model *self = (const Model *) model;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));

    memset(out, 0, model->n_full * sizeof *out);
    _umk_word_cut(self->table, text, length, ids, count);
    for (guint i = 0; i < ids->len; i++) {
        if (!_umk_word_table_read(self->table, g_array_index(ids, guint32, i), scratch,
                                  error))
            return FALSE;
        _umk_kernel_normalize(scratch, model->n_full);
        for (gsize j = 0; j < model->n_full; j++)
            out[j] += scratch[j];
    }
    for (gsize j = 0; j < model->n_full && ids->len > 0; j++)
        out[j] /= (float) ids->len;
    return TRUE;
}

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_word_table_free(self->table);
    _umk_word_model_clear(&self->words);
    g_free(self);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    Model *self = g_new0(Model, 1);

    self->words.embed = embed;
    if (_umk_word_model_open(&self->words, path, error))
        self->table = _umk_word_table_new(self->words.bytes, error);
    if (self->table != NULL) {
        self->words.n_full = _umk_word_table_get_n_dims(self->table);
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
    UmkWordCount count = {0};

    _umk_word_cut(self->table, text, strlen(text), ids, &count);
    for (guint i = 0; pieces != NULL && i < ids->len; i++) {
        gsize n;
        const char *word =
            _umk_word_table_get_word(self->table, g_array_index(ids, guint32, i), &n);

        g_ptr_array_add(pieces, g_utf8_make_valid(word, (gssize) n));
    }
    return TRUE;
}

const UmkEmbedderOps _umk_word_table_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "word-vectors",
    .title = N_("Word vectors: word2vec, GloVe, fastText"),
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
