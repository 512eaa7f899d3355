/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedder "siglip-text": the text half of a SigLIP folder. Its vectors share their
 * space with those of "siglip-image" over the same folder. */
#include "modalities/text/umk-siglip-text-embedder-private.h"

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-modules-private.h"
#include "modalities/text/umk-siglip-text-private.h"
#include "modalities/text/umk-text-model-private.h"

typedef struct {
    UmkTextModel text; /* first */
    UmkWeights *weights;
    UmkSiglipText *siglip;
    guint32 pad;
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

    return _umk_siglip_text_encode(self->siglip, ids, offsets, n_texts, self->pad, out,
                                   arena, error);
}

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const types[] = {"siglip", "siglip_text_model", NULL};

    return _umk_text_probe(path, config, config_len, types);
}

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_text_model_clear(&self->text);
    _umk_siglip_text_free(self->siglip);
    _umk_weights_free(self->weights);
    g_free(self);
}

/* "pad_token" of tokenizer_config.json, a string or an object with "content". */
static char *
dup_pad_token(const char *path)
{
    g_autofree char *file = g_build_filename(path, "tokenizer_config.json", NULL);
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *settings, *token;
    const char *content = NULL;

    if (g_file_test(file, G_FILE_TEST_EXISTS))
        parser = _umk_read_json_file(path, "tokenizer_config.json", &settings, NULL);
    if (parser == NULL)
        return NULL;
    if (_umk_json_get_object(settings, "pad_token", &token, NULL) && token != NULL)
        _umk_json_get_string(token, "content", NULL, &content, NULL);
    else
        _umk_json_get_string(settings, "pad_token", NULL, &content, NULL);
    return g_strdup(content);
}

static gboolean
find_pad(Model *self, const char *path, GError **error)
{
    g_autofree char *named = dup_pad_token(path);
    const char *const names[] = {named != NULL ? named : "<pad>", "<pad>", "</s>"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (_umk_tokenizer_find_piece(self->text.tokenizer, names[i], &self->pad))
            return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The tokenizer has no padding token “%.60s”, which SigLIP needs"),
                names[0]);
    return FALSE;
}

static gboolean
load_network(Model *self, const char *path, UmkParams *params, GError **error)
{
    JsonObject *config;
    g_autoptr(JsonParser) parser =
        _umk_read_json_file(path, "config.json", &config, error);
    UmkTensors tensors = {.prefix = "",
                          .has = _umk_weights_has,
                          .get = _umk_weights_get,
                          .release = _umk_weights_release};

    if (parser == NULL)
        return FALSE;
    tensors.source = self->weights = _umk_weights_open_folder(path, error);
    if (self->weights == NULL)
        return FALSE;
    _umk_tensors_set_params(&tensors, params);
    self->siglip = _umk_siglip_text_new(config, &tensors, error);
    return self->siglip != NULL;
}

static gboolean
load(Model *self, const char *path, UmkParams *params, GError **error)
{
    if (params != NULL && umk_params_has(params, "prompt") &&
        umk_params_get_string(params, "prompt")[0] != '\0') {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_PARAM,
            _("A SigLIP model has no prompt “%s” or any other; give a prefix instead"),
            umk_params_get_string(params, "prompt"));
        return FALSE;
    }
    if (!load_network(self, path, params, error))
        return FALSE;
    self->text.encode = encode;
    self->text.n_full = _umk_siglip_text_get_n_dims(self->siglip);
    self->text.max_tokens = _umk_siglip_text_get_length(self->siglip);
    return _umk_text_model_init(&self->text, path, params, "", error) &&
           find_pad(self, path, error);
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

const UmkEmbedderOps _umk_siglip_text_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "siglip-text",
    .title = N_("SigLIP, text"),
    .modality = UMK_MODALITY_TEXT,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = _umk_text_model_n_dims,
    .session_new = _umk_text_session_new,
    .session_free = _umk_text_session_free,
    .session_embed = _umk_text_session_embed,
    .batch_hint = 8,
    .tokenize = _umk_text_model_tokenize,
};
