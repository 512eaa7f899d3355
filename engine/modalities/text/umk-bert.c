/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BERT: embeddings and encoder. Tensors a checkpoint has beyond these (pooler, heads,
 * position_ids buffers) are never asked for. */
#include "modalities/text/umk-bert-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-token-table-private.h"

#define MAX_VOCABULARY (1 << 24)
#define MAX_POSITIONS  (1 << 20)
#define MAX_SIZE       (1 << 20)

struct _UmkBert {
    UmkEncoder *encoder;
    UmkNorm norm;
    gsize n_dims;
    UmkTokenTable tokens; /* into the weights */
    float *type;          /* (n_dims): every token is of type 0 */
};

typedef struct {
    UmkEncoderConfig encoder;
    gsize n_vocabulary;
    gsize n_positions;
    gsize n_types;
} Config;

static gboolean
read_config(JsonObject *object, Config *config, GError **error)
{
    const char *activation, *kind;
    double eps;
    gboolean decoder;

    if (!_umk_json_get_size(object, "vocab_size", 0, MAX_VOCABULARY,
                            &config->n_vocabulary, error) ||
        !_umk_json_get_size(object, "max_position_embeddings", 512, MAX_POSITIONS,
                            &config->n_positions, error) ||
        !_umk_json_get_size(object, "type_vocab_size", 2, MAX_SIZE, &config->n_types,
                            error) ||
        !_umk_json_get_size(object, "hidden_size", 0, MAX_SIZE, &config->encoder.n_dims,
                            error) ||
        !_umk_json_get_size(object, "num_hidden_layers", 0, MAX_SIZE,
                            &config->encoder.n_layers, error) ||
        !_umk_json_get_size(object, "num_attention_heads", 0, MAX_SIZE,
                            &config->encoder.n_heads, error) ||
        !_umk_json_get_size(object, "intermediate_size", 0, MAX_SIZE,
                            &config->encoder.n_ffn, error) ||
        !_umk_json_get_number(object, "layer_norm_eps", 1e-12, &eps, error) ||
        !_umk_json_get_string(object, "hidden_act", "gelu", &activation, error) ||
        !_umk_json_get_string(object, "position_embedding_type", "absolute", &kind,
                              error) ||
        !_umk_json_get_boolean(object, "is_decoder", FALSE, &decoder, error) ||
        !_umk_activation_parse(activation, &config->encoder.activation, error))
        return FALSE;
    if (strcmp(kind, "absolute") != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("“position_embedding_type” is “%s”, only “absolute” is supported"),
                    kind);
        return FALSE;
    }
    if (config->n_vocabulary == 0 || config->n_positions == 0 || config->n_types == 0) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
            _("“vocab_size”, “max_position_embeddings” or “type_vocab_size” is 0"));
        return FALSE;
    }
    config->encoder.eps = (float) eps;
    config->encoder.bias = UMK_BIAS_REQUIRED;
    config->encoder.causal = decoder;
    return _umk_encoder_config_check(&config->encoder, error);
}

static const float *
get_table(const UmkTensors *tensors,
          const char *name,
          gsize n_rows,
          gsize n_dims,
          GError **error)
{
    const gsize shape[2] = {n_rows, n_dims};

    return _umk_tensors_get(tensors, name, shape, 2, error);
}

static gboolean
bind(UmkBert *self, const Config *config, const UmkTensors *tensors, GError **error)
{
    const float *types;

    self->tokens.words = get_table(tensors, "embeddings.word_embeddings.weight",
                                   config->n_vocabulary, self->n_dims, error);
    if (self->tokens.words == NULL)
        return FALSE;
    self->tokens.positions = get_table(tensors, "embeddings.position_embeddings.weight",
                                       config->n_positions, self->n_dims, error);
    if (self->tokens.positions == NULL)
        return FALSE;
    types = get_table(tensors, "embeddings.token_type_embeddings.weight", config->n_types,
                      self->n_dims, error);
    if (types == NULL)
        return FALSE;
    self->type = g_memdup2(types, self->n_dims * sizeof(float));
    self->tokens.type = self->type;
    _umk_tensors_release(tensors, types);
    if (!_umk_norm_bind(&self->norm, tensors, "embeddings.LayerNorm", self->n_dims,
                        config->encoder.eps, error))
        return FALSE;
    self->encoder =
        _umk_encoder_new(&config->encoder, &_umk_encoder_names_bert, tensors, error);
    return self->encoder != NULL;
}

UmkBert *
_umk_bert_new(JsonObject *object, UmkWeights *weights, GError **error)
{
    static const char *const prefixes[] = {"",         "bert.", "model.", "model.bert.",
                                           "roberta.", NULL};
    UmkTensors tensors = {weights, NULL, _umk_weights_has, _umk_weights_get,
                          _umk_weights_release};
    Config config = {0};
    UmkBert *self;

    if (!read_config(object, &config, error)) {
        g_prefix_error(error, "config.json: ");
        return NULL;
    }
    tensors.prefix =
        _umk_weights_find_prefix(weights, "embeddings.word_embeddings.weight", prefixes);
    if (tensors.prefix == NULL)
        tensors.prefix = ""; /* the lookup below says what is missing */
    self = g_new0(UmkBert, 1);
    self->n_dims = self->tokens.n_dims = config.encoder.n_dims;
    self->tokens.n_vocabulary = config.n_vocabulary;
    self->tokens.n_positions = config.n_positions;
    if (!bind(self, &config, &tensors, error)) {
        _umk_bert_free(self);
        return NULL;
    }
    return self;
}

void
_umk_bert_free(UmkBert *self)
{
    if (self == NULL)
        return;
    _umk_encoder_free(self->encoder);
    _umk_norm_clear(&self->norm);
    g_free(self->type);
    g_free(self);
}

gsize
_umk_bert_get_n_dims(const UmkBert *self)
{
    return self->n_dims;
}

gsize
_umk_bert_get_n_positions(const UmkBert *self)
{
    return self->tokens.n_positions;
}

const float *
_umk_bert_forward(const UmkBert *self,
                  const guint32 *ids,
                  const guint32 *offsets,
                  gsize n_texts,
                  gsize extra,
                  float **rest,
                  UmkArena *arena,
                  GError **error)
{
    gsize n_tokens = offsets[n_texts], n_longest = 0, n_hidden;
    float *hidden;

    for (gsize i = 0; i < n_texts; i++)
        n_longest = MAX(n_longest, (gsize) offsets[i + 1] - offsets[i]);
    n_hidden = _umk_arena_round(n_tokens * self->n_dims);
    hidden = _umk_arena_reserve(
        arena,
        n_hidden +
            MAX(extra, _umk_encoder_scratch_size(self->encoder, n_tokens, n_longest)),
        error);
    if (hidden == NULL)
        return NULL;
    if (!_umk_token_table_look_up(&self->tokens, ids, offsets, n_texts, hidden, error))
        return NULL;
    _umk_norm_forward(&self->norm, hidden, n_tokens, hidden);
    _umk_encoder_forward(self->encoder, hidden, offsets, n_texts, hidden + n_hidden);
    if (rest != NULL)
        *rest = hidden + n_hidden;
    return hidden;
}
