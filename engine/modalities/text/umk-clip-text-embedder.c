/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedder "clip-text": the text half of a CLIP folder. Its vectors share
 * their space with those of "clip-image" over the same folder. */
#include "modalities/text/umk-clip-text-embedder-private.h"

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include <string.h>

#include "modalities/text/umk-clip-text-private.h"
#include "modalities/text/umk-sentence-modules-private.h"
#include "modalities/text/umk-text-model-private.h"

typedef struct {
    UmkTextModel text; /* first */
    UmkWeights *weights;
    UmkClipText *clip;
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
    gsize n_hidden = _umk_clip_text_get_n_hidden(self->clip);
    const float *hidden =
        _umk_clip_text_forward(self->clip, ids, offsets, n_texts, arena, error);

    if (hidden == NULL)
        return FALSE;
    for (gsize i = 0; i < n_texts; i++)
        _umk_clip_text_project(self->clip, ids + offsets[i],
                               hidden + offsets[i] * n_hidden,
                               offsets[i + 1] - offsets[i], out + i * text->n_full);
    return TRUE;
}

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const types[] = {"clip", "clip_text_model", NULL};

    return _umk_text_probe(path, config, config_len, types);
}

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_text_model_clear(&self->text);
    _umk_clip_text_free(self->clip);
    _umk_weights_free(self->weights);
    g_free(self);
}

static gboolean
load(Model *self, const char *path, UmkParams *params, GError **error)
{
    JsonObject *config;
    g_autoptr(JsonParser) parser =
        _umk_read_json_file(path, "config.json", &config, error);

    if (parser == NULL)
        return FALSE;
    if (params != NULL && umk_params_has(params, "prompt") &&
        umk_params_get_string(params, "prompt")[0] != '\0') {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_PARAM,
            _("A CLIP model has no prompt “%s” or any other; give a prefix instead"),
            umk_params_get_string(params, "prompt"));
        return FALSE;
    }
    self->weights = _umk_weights_open_folder(path, error);
    if (self->weights == NULL)
        return FALSE;
    self->clip = _umk_clip_text_new(config, self->weights, error);
    if (self->clip == NULL)
        return FALSE;
    self->text.encode = encode;
    self->text.n_full = _umk_clip_text_get_n_dims(self->clip);
    self->text.max_tokens = _umk_clip_text_get_n_positions(self->clip);
    return _umk_text_model_init(&self->text, path, params, "", error);
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

const UmkEmbedderOps _umk_clip_text_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "clip-text",
    .title = N_("CLIP, text"),
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
