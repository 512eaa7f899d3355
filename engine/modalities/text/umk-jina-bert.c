/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JinaBERT v2 (Günther et al. 2023): BERT's blocks with a gated feed-forward part and
 * scores that fall with the distance instead of positions. Its config calls itself
 * "bert". Two layouts are published: one keeps gate and up in "gated_layers", the other
 * up and gate in "up_gated_layer" and normalises queries and keys over all heads. */
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-embedder-private.h"
#include "modalities/text/umk-text-config-private.h"

#define ATTENTION                                                                        \
    .query = "encoder.layer.#.attention.self.query",                                     \
    .key = "encoder.layer.#.attention.self.key",                                         \
    .value = "encoder.layer.#.attention.self.value",                                     \
    .out = "encoder.layer.#.attention.output.dense"

static const UmkEncoderNames first_names = {
    ATTENTION,
    .norm_attention = "encoder.layer.#.attention.output.LayerNorm",
    .up = "encoder.layer.#.mlp.gated_layers",
    .down = "encoder.layer.#.mlp.wo",
    .norm_ffn = "encoder.layer.#.mlp.layernorm",
};

static const UmkEncoderNames second_names = {
    ATTENTION,
    .norm_attention = "encoder.layer.#.layer_norm_1",
    .up = "encoder.layer.#.mlp.up_gated_layer",
    .down = "encoder.layer.#.mlp.down_layer",
    .norm_ffn = "encoder.layer.#.layer_norm_2",
    .norm_query = "encoder.layer.#.attention.self.layer_norm_q",
    .norm_key = "encoder.layer.#.attention.self.layer_norm_k",
};

static gboolean
claims(JsonObject *object)
{
    const char *kind = NULL;

    return _umk_json_get_string(object, "position_embedding_type", "", &kind, NULL) &&
           g_strcmp0(kind, "alibi") == 0;
}

static gboolean
read_gate(JsonObject *object, UmkActivation *activation, GError **error)
{
    const char *kind;

    if (!_umk_json_get_string(object, "feed_forward_type", "geglu", &kind, error))
        return FALSE;
    if (strcmp(kind, "geglu") == 0 || strcmp(kind, "reglu") == 0) {
        *activation = kind[0] == 'g' ? UMK_ACTIVATION_GELU : UMK_ACTIVATION_RELU;
        return TRUE;
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("“feed_forward_type” is “%s”, only “geglu” and “reglu” are supported"),
                kind);
    return FALSE;
}

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    UmkEncoderConfig *encoder = &config->encoder;
    const UmkTextSize sizes[] = {
        {"vocab_size", 0, &config->n_vocabulary},
        {"max_position_embeddings", 8192, &config->n_positions},
        {"type_vocab_size", 2, &config->n_types},
        {"hidden_size", 0, &encoder->n_dims},
        {"num_hidden_layers", 0, &encoder->n_layers},
        {"num_attention_heads", 0, &encoder->n_heads},
        {"intermediate_size", 0, &encoder->n_ffn},
    };

    encoder->bias = UMK_BIAS_OPTIONAL; /* the gated map has none */
    encoder->gated = TRUE;
    config->names = &first_names;
    config->prefix = "bert.";
    config->words = "embeddings.word_embeddings";
    config->types = "embeddings.token_type_embeddings";
    config->embedding_norm = "embeddings.LayerNorm";
    config->slopes = TRUE;
    return _umk_text_config_get_sizes(object, sizes, G_N_ELEMENTS(sizes), error) &&
           _umk_text_config_expect(object, "is_decoder", FALSE, error) &&
           _umk_text_config_get_eps(object, "layer_norm_eps", 1e-12, &encoder->eps,
                                    error) &&
           read_gate(object, &encoder->activation, error);
}

static void
adapt(const UmkTensors *tensors, UmkTextNetworkConfig *config)
{
    if (!_umk_tensors_has(tensors, "encoder.layer.0.mlp.up_gated_layer.weight"))
        return;
    config->names = &second_names;
    config->encoder.gate_is_last = TRUE;
    config->encoder.norms_all_heads =
        _umk_tensors_has(tensors, "encoder.layer.0.attention.self.layer_norm_q.weight");
}

static const char *const model_types[] = {"bert", "jina_bert", NULL};

const UmkTextFamily _umk_jina_bert_family = {
    .model_types = model_types,
    .claims = claims,
    .configure = configure,
    .adapt = adapt,
};

UMK_DEFINE_SENTENCE_EMBEDDER(jina_bert, "jina-bert", N_("JinaBERT v2"))
