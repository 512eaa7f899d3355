/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CLIP's text tower. Keys that a config leaves out have the values CLIPTextConfig gives
 * them. eos_token_id 2 marks the first published configs: it is not the id of any end
 * token, and the text is then read at its highest id, which is the end token. */
#include "modalities/text/umk-clip-text-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-token-table-private.h"

#define MAX_VOCABULARY (1 << 24)
#define MAX_POSITIONS  (1 << 20)
#define MAX_SIZE       (1 << 20)
#define LEGACY_EOS     2

struct _UmkClipText {
    UmkEncoder *encoder;
    UmkNorm final_norm;
    UmkLinear projection;
    gsize n_hidden;
    gsize n_dims;
    gsize eos;
    UmkTokenTable tokens; /* into the weights */
};

typedef struct {
    UmkEncoderConfig encoder;
    gsize n_dims;
    gsize n_vocabulary;
    gsize n_positions;
    gsize eos;
} Config;

static gboolean
read_config(JsonObject *root, Config *config, GError **error)
{
    JsonObject *text;
    const char *activation;
    double eps;

    if (!_umk_json_get_object(root, "text_config", &text, error))
        return FALSE;
    if (text == NULL)
        text = root;
    if (!_umk_json_get_size(text, "vocab_size", 49408, MAX_VOCABULARY,
                            &config->n_vocabulary, error) ||
        !_umk_json_get_size(text, "max_position_embeddings", 77, MAX_POSITIONS,
                            &config->n_positions, error) ||
        !_umk_json_get_size(text, "hidden_size", 512, MAX_SIZE, &config->encoder.n_dims,
                            error) ||
        !_umk_json_get_size(text, "num_hidden_layers", 12, MAX_SIZE,
                            &config->encoder.n_layers, error) ||
        !_umk_json_get_size(text, "num_attention_heads", 8, MAX_SIZE,
                            &config->encoder.n_heads, error) ||
        !_umk_json_get_size(text, "intermediate_size", 2048, MAX_SIZE,
                            &config->encoder.n_ffn, error) ||
        !_umk_json_get_size(text, "eos_token_id", LEGACY_EOS, MAX_VOCABULARY,
                            &config->eos, error) ||
        !_umk_json_get_number(text, "layer_norm_eps", 1e-5, &eps, error) ||
        !_umk_json_get_string(text, "hidden_act", "quick_gelu", &activation, error) ||
        !_umk_json_get_size(text, "projection_dim", 512, MAX_SIZE, &config->n_dims,
                            error) ||
        !_umk_json_get_size(root, "projection_dim", config->n_dims, MAX_SIZE,
                            &config->n_dims, error) ||
        !_umk_activation_parse(activation, &config->encoder.activation, error))
        return FALSE;
    if (config->n_vocabulary == 0 || config->n_positions == 0 || config->n_dims == 0) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
            _("“vocab_size”, “max_position_embeddings” or “projection_dim” is 0"));
        return FALSE;
    }
    config->encoder.eps = (float) eps;
    config->encoder.bias = UMK_BIAS_REQUIRED;
    config->encoder.pre_norm = TRUE;
    config->encoder.causal = TRUE;
    return _umk_encoder_config_check(&config->encoder, error);
}

static gboolean
bind(UmkClipText *self, const Config *config, UmkTensors *tensors, GError **error)
{
    const gsize words[2] = {self->tokens.n_vocabulary, self->n_hidden};
    const gsize positions[2] = {self->tokens.n_positions, self->n_hidden};

    self->tokens.words =
        _umk_tensors_get(tensors, "embeddings.token_embedding.weight", words, 2, error);
    if (self->tokens.words == NULL)
        return FALSE;
    self->tokens.positions = _umk_tensors_get(
        tensors, "embeddings.position_embedding.weight", positions, 2, error);
    if (self->tokens.positions == NULL ||
        !_umk_norm_bind(&self->final_norm, tensors, "final_layer_norm", self->n_hidden,
                        config->encoder.eps, error))
        return FALSE;
    self->encoder =
        _umk_encoder_new(&config->encoder, &_umk_encoder_names_clip, tensors, error);
    if (self->encoder == NULL)
        return FALSE;
    tensors->prefix = "";
    return _umk_linear_bind(&self->projection, tensors, "text_projection", self->n_dims,
                            self->n_hidden, UMK_BIAS_NONE, error);
}

UmkClipText *
_umk_clip_text_new(JsonObject *object, UmkWeights *weights, GError **error)
{
    UmkTensors tensors = {weights, "text_model.", _umk_weights_has, _umk_weights_get,
                          _umk_weights_release};
    Config config = {0};
    UmkClipText *self;

    if (!read_config(object, &config, error)) {
        g_prefix_error(error, "config.json: ");
        return NULL;
    }
    self = g_new0(UmkClipText, 1);
    self->n_hidden = self->tokens.n_dims = config.encoder.n_dims;
    self->n_dims = config.n_dims;
    self->tokens.n_vocabulary = config.n_vocabulary;
    self->tokens.n_positions = self->tokens.max_tokens = config.n_positions;
    self->eos = config.eos;
    if (!bind(self, &config, &tensors, error)) {
        _umk_clip_text_free(self);
        return NULL;
    }
    return self;
}

void
_umk_clip_text_free(UmkClipText *self)
{
    if (self == NULL)
        return;
    _umk_encoder_free(self->encoder);
    _umk_norm_clear(&self->final_norm);
    _umk_linear_clear(&self->projection);
    g_free(self);
}

gsize
_umk_clip_text_get_n_hidden(const UmkClipText *self)
{
    return self->n_hidden;
}

gsize
_umk_clip_text_get_n_dims(const UmkClipText *self)
{
    return self->n_dims;
}

gsize
_umk_clip_text_get_n_positions(const UmkClipText *self)
{
    return self->tokens.n_positions;
}

const float *
_umk_clip_text_forward(const UmkClipText *self,
                       const guint32 *ids,
                       const guint32 *offsets,
                       gsize n_texts,
                       UmkArena *arena,
                       GError **error)
{
    gsize n_tokens = offsets[n_texts], n_longest = 0, n_hidden;
    float *hidden;

    for (gsize i = 0; i < n_texts; i++)
        n_longest = MAX(n_longest, (gsize) offsets[i + 1] - offsets[i]);
    n_hidden = _umk_arena_round(n_tokens * self->n_hidden);
    hidden = _umk_arena_reserve(
        arena, n_hidden + _umk_encoder_scratch_size(self->encoder, n_tokens, n_longest),
        error);
    if (hidden == NULL)
        return NULL;
    if (!_umk_token_table_look_up(&self->tokens, ids, NULL, offsets, n_texts, hidden,
                                  error))
        return NULL;
    _umk_encoder_forward(self->encoder, hidden, offsets, n_texts, hidden + n_hidden);
    _umk_norm_forward(&self->final_norm, hidden, n_tokens, hidden);
    return hidden;
}

/* Where the text is read: the first highest id, or the first end token. */
static gsize
find_end(const UmkClipText *self, const guint32 *ids, gsize n)
{
    gsize best = 0;

    for (gsize i = 0; i < n; i++) {
        if (self->eos != LEGACY_EOS && ids[i] == self->eos)
            return i;
        if (ids[i] > ids[best])
            best = i;
    }
    return self->eos == LEGACY_EOS ? best : n - 1;
}

void
_umk_clip_text_project(
    const UmkClipText *self, const guint32 *ids, const float *hidden, gsize n, float *out)
{
    _umk_linear_forward(&self->projection,
                        hidden + find_end(self, ids, n) * self->n_hidden, 1,
                        UMK_ACTIVATION_NONE, out);
}
