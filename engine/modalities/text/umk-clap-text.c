/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text tower of CLAP (Wu et al. 2023): RoBERTa, its pooler over the first token, two
 * layers to the space shared with the sounds of the same folder ("clap-audio"). */
#include "modalities/text/umk-clap-text-private.h"

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-modules-private.h"
#include "modalities/text/umk-text-families-private.h"
#include "modalities/text/umk-text-model-private.h"

#define MAX_DIMS 65536

typedef struct {
    UmkTextModel text; /* first */
    UmkWeights *weights;
    UmkTextNetwork *network;
    UmkLinear pooler;
    UmkLinear projection[2];
    UmkActivation activation;
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
    const UmkTextBatch batch = {.ids = ids, .offsets = offsets, .n_texts = n_texts};
    gsize d = _umk_text_network_get_n_dims(self->network);
    gsize n_pooled = _umk_arena_round(d);
    float *pooled;
    const float *hidden = _umk_text_network_forward(
        self->network, &batch, n_pooled + text->n_full, &pooled, arena, error);

    if (hidden == NULL)
        return FALSE;
    for (gsize i = 0; i < n_texts; i++, out += text->n_full) {
        float *wide = pooled + n_pooled;

        _umk_linear_forward(&self->pooler, hidden + offsets[i] * d, 1,
                            UMK_ACTIVATION_TANH, pooled);
        _umk_linear_forward(&self->projection[0], pooled, 1, self->activation, wide);
        _umk_linear_forward(&self->projection[1], wide, 1, UMK_ACTIVATION_NONE, out);
    }
    return TRUE;
}

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const types[] = {"clap", NULL};

    return _umk_text_probe(path, config, config_len, types);
}

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_text_model_clear(&self->text);
    _umk_text_network_free(self->network);
    _umk_linear_clear(&self->pooler);
    _umk_linear_clear(&self->projection[0]);
    _umk_linear_clear(&self->projection[1]);
    _umk_weights_free(self->weights);
    g_free(self);
}

static gboolean
read_projection(Model *self, JsonObject *root, JsonObject *text, GError **error)
{
    const char *name;
    gsize n;

    if (!_umk_json_get_size(root, "projection_dim", 512, MAX_DIMS, &n, error) ||
        !_umk_json_get_size(text, "projection_dim", n, MAX_DIMS, &n, error) ||
        !_umk_json_get_string(root, "projection_hidden_act", "relu", &name, error) ||
        !_umk_json_get_string(text, "projection_hidden_act", name, &name, error) ||
        !_umk_activation_parse(name, &self->activation, error))
        return FALSE;
    if (n == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("“%s” is missing or 0"),
                    "projection_dim");
        return FALSE;
    }
    self->text.n_full = n;
    return TRUE;
}

static gboolean
bind(Model *self, JsonObject *text, GError **error)
{
    UmkTensors tensors = {.source = self->weights,
                          .prefix = "text_model.",
                          .has = _umk_weights_has,
                          .get = _umk_weights_get,
                          .release = _umk_weights_release};
    gsize n = self->text.n_full, d;

    self->network = _umk_text_network_new(&_umk_roberta_family, text, &tensors, error);
    if (self->network == NULL)
        return FALSE;
    d = _umk_text_network_get_n_dims(self->network);
    if (!_umk_linear_bind(&self->pooler, &tensors, "pooler.dense", d, d,
                          UMK_BIAS_REQUIRED, error))
        return FALSE;
    tensors.prefix = "text_projection.";
    return _umk_linear_bind(&self->projection[0], &tensors, "linear1", n, d,
                            UMK_BIAS_REQUIRED, error) &&
           _umk_linear_bind(&self->projection[1], &tensors, "linear2", n, n,
                            UMK_BIAS_REQUIRED, error);
}

static gboolean
load(Model *self, const char *path, UmkParams *params, GError **error)
{
    JsonObject *config, *text;
    g_autoptr(JsonParser) parser =
        _umk_read_json_file(path, "config.json", &config, error);

    if (parser == NULL || !_umk_json_get_object(config, "text_config", &text, error))
        return FALSE;
    if (text == NULL)
        text = config;
    if (!read_projection(self, config, text, error))
        return FALSE;
    self->weights = _umk_weights_open_folder(path, error);
    if (self->weights == NULL || !bind(self, text, error))
        return FALSE;
    self->text.encode = encode;
    self->text.max_tokens = _umk_text_network_get_max_tokens(self->network);
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

const UmkEmbedderOps _umk_clap_text_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "clap-text",
    .title = N_("CLAP, text"),
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
