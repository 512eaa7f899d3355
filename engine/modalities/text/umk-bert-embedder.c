/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedder "bert": a checkpoint folder of the BERT family, with the
 * sentence-transformers files beside it if there are any. */
#include "modalities/text/umk-bert-embedder-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#include "modalities/text/umk-bert-private.h"
#include "modalities/text/umk-sentence-modules-private.h"
#include "modalities/text/umk-text-model-private.h"

typedef struct {
    UmkTextModel text; /* first */
    UmkWeights *weights;
    UmkBert *bert;
    UmkSentenceModules modules;
} Model;

static gboolean
encode(const UmkTextModel *text,
       const guint32 *ids,
       const guint32 *offsets,
       gsize n_texts,
       float *out,
       UmkArena *arena,
       GError **error)
{
    const Model *self = (const Model *) text;
    gsize n_dims = self->modules.n_hidden;
    float *scratch;
    const float *hidden =
        _umk_bert_forward(self->bert, ids, offsets, n_texts, 2 * self->modules.n_widest,
                          &scratch, arena, error);

    if (hidden == NULL)
        return FALSE;
    for (gsize i = 0; i < n_texts; i++)
        _umk_sentence_modules_apply(&self->modules, hidden + offsets[i] * n_dims,
                                    offsets[i + 1] - offsets[i], self->text.n_prompt,
                                    scratch, out + i * text->n_full);
    return TRUE;
}

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const types[] = {"bert", NULL};

    return _umk_text_probe(path, config, config_len, types);
}

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_text_model_clear(&self->text);
    _umk_sentence_modules_clear(&self->modules);
    _umk_bert_free(self->bert);
    _umk_weights_free(self->weights);
    g_free(self);
}

static const char *
get_option(UmkParams *params, const char *name)
{
    return params != NULL && umk_params_has(params, name)
               ? umk_params_get_string(params, name)
               : NULL;
}

static gboolean
load(Model *self, const char *path, UmkParams *params, GError **error)
{
    JsonObject *config;
    g_autoptr(JsonParser) parser =
        _umk_read_json_file(path, "config.json", &config, error);
    const char *pooling = get_option(params, "pooling"), *prompt;

    if (parser == NULL)
        return FALSE;
    self->weights = _umk_weights_open_folder(path, error);
    if (self->weights == NULL)
        return FALSE;
    self->bert = _umk_bert_new(config, self->weights, error);
    if (self->bert == NULL)
        return FALSE;
    if (g_strcmp0(pooling, "auto") == 0)
        pooling = NULL;
    if (!_umk_sentence_modules_load(&self->modules, path,
                                    _umk_bert_get_n_dims(self->bert), pooling, error))
        return FALSE;
    prompt = _umk_sentence_modules_get_prompt(&self->modules,
                                              get_option(params, "prompt"), error);
    if (prompt == NULL)
        return FALSE;
    self->text.encode = encode;
    self->text.n_full = self->modules.n_out;
    self->text.lower_case = self->modules.do_lower_case;
    self->text.max_tokens = _umk_bert_get_n_positions(self->bert);
    if (self->modules.max_seq_length > 0)
        self->text.max_tokens = MIN(self->text.max_tokens, self->modules.max_seq_length);
    return _umk_text_model_init(&self->text, path, params, prompt, error);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    Model *self = g_new0(Model, 1);

    if (load(self, path, params, error))
        return self;
    _umk_text_prefix_error(error, path);
    model_free(self);
    return NULL;
}

const UmkEmbedderOps _umk_bert_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "bert",
    .title = N_("BERT family, sentence-transformers"),
    .modality = UMK_MODALITY_TEXT,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = _umk_text_model_n_dims,
    .session_new = _umk_text_session_new,
    .session_free = _umk_text_session_free,
    .session_embed = _umk_text_session_embed,
    .batch_hint = 16,
    .tokenize = _umk_text_model_tokenize,
};
