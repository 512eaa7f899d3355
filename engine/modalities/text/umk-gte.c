/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTE's own encoder (Zhang et al. 2024; gte-base-en-v1.5, gte-multilingual, Arctic Embed
 * m v2.0), whose configs say "new": post-LN blocks with one tensor for query, key and
 * value, rotary positions and a gated feed-forward part that keeps up before gate. */
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-embedder-private.h"
#include "modalities/text/umk-text-config-private.h"

static const UmkEncoderNames names = {
    .query = "encoder.layer.#.attention.qkv_proj",
    .out = "encoder.layer.#.attention.o_proj",
    .norm_attention = "encoder.layer.#.attn_ln",
    .up = "encoder.layer.#.mlp.up_gate_proj",
    .down = "encoder.layer.#.mlp.down_proj",
    .norm_ffn = "encoder.layer.#.mlp_ln",
};

/* Switches of the config that no published checkpoint sets otherwise. */
static gboolean
check_switches(JsonObject *object, GError **error)
{
    const char *kind, *norm;

    if (!_umk_text_config_expect(object, "pack_qkv", TRUE, error) ||
        !_umk_text_config_expect(object, "logn_attention_scale", FALSE, error) ||
        !_umk_json_get_string(object, "position_embedding_type", "rope", &kind, error) ||
        !_umk_json_get_string(object, "layer_norm_type", "layer_norm", &norm, error))
        return FALSE;
    if (strcmp(kind, "rope") == 0 && strcmp(norm, "layer_norm") == 0)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("“position_embedding_type” is “%s” and “layer_norm_type” is “%s”, only "
                  "“rope” and “layer_norm” are supported"),
                kind, norm);
    return FALSE;
}

static gboolean
read_rotary(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    JsonObject *scaling;
    double base;

    return _umk_json_get_number(object, "rope_theta", 10000, &base, error) &&
           _umk_json_get_object(object, "rope_scaling", &scaling, error) &&
           _umk_text_config_add_rotary(config, 0, scaling, base, 0, error);
}

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    UmkEncoderConfig *encoder = &config->encoder;
    const UmkTextSize sizes[] = {
        {"vocab_size", 0, &config->n_vocabulary},
        {"max_position_embeddings", 8192, &config->n_positions},
        {"hidden_size", 0, &encoder->n_dims},
        {"num_hidden_layers", 0, &encoder->n_layers},
        {"num_attention_heads", 0, &encoder->n_heads},
        {"intermediate_size", 0, &encoder->n_ffn},
    };

    encoder->bias = UMK_BIAS_OPTIONAL; /* the gated map has none */
    encoder->gated = TRUE;
    encoder->gate_is_last = TRUE;
    config->names = &names;
    config->prefix = "new.";
    config->words = "embeddings.word_embeddings";
    config->embedding_norm = "embeddings.LayerNorm";
    if (!_umk_text_config_get_sizes(object, sizes, G_N_ELEMENTS(sizes), error) ||
        !_umk_json_get_size(object, "type_vocab_size", 1, 256, &config->n_types, error) ||
        !check_switches(object, error) ||
        !_umk_text_config_get_eps(object, "layer_norm_eps", 1e-12, &encoder->eps,
                                  error) ||
        !_umk_text_config_get_activation(object, "hidden_act", "gelu",
                                         &encoder->activation, error) ||
        !read_rotary(object, config, error))
        return FALSE;
    if (config->n_types > 0)
        config->types = "embeddings.token_type_embeddings";
    return TRUE;
}

static const char *const model_types[] = {"new", "gte", NULL};

const UmkTextFamily _umk_gte_family = {
    .model_types = model_types,
    .configure = configure,
};

UMK_DEFINE_SENTENCE_EMBEDDER(gte, "gte", N_("GTE with rotary positions"))
