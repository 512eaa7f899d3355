/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Llama (Touvron et al. 2023), Mistral, Qwen 2 and 3 (Qwen3-Embedding): decoder blocks
 * with root mean square norms, rotary positions, heads that share keys and values, a
 * gated feed-forward part; Qwen 3 has norms of its queries and keys as well. Embedding
 * models made of them may see both ways ("is_causal" false). */
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-embedder-private.h"
#include "modalities/text/umk-text-config-private.h"

#define NAMES                                                                            \
    .query = "layers.#.self_attn.q_proj", .key = "layers.#.self_attn.k_proj",            \
    .value = "layers.#.self_attn.v_proj", .out = "layers.#.self_attn.o_proj",            \
    .norm_attention = "layers.#.input_layernorm", .gate = "layers.#.mlp.gate_proj",      \
    .up = "layers.#.mlp.up_proj", .down = "layers.#.mlp.down_proj",                      \
    .norm_ffn = "layers.#.post_attention_layernorm"

static const UmkEncoderNames plain_names = {NAMES};
static const UmkEncoderNames normed_names = {
    NAMES,
    .norm_query = "layers.#.self_attn.q_norm",
    .norm_key = "layers.#.self_attn.k_norm",
};

static gboolean
read_encoder(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    UmkEncoderConfig *encoder = &config->encoder;
    const UmkTextSize sizes[] = {
        {"vocab_size", 0, &config->n_vocabulary},
        {"max_position_embeddings", 2048, &config->n_positions},
        {"hidden_size", 0, &encoder->n_dims},
        {"num_hidden_layers", 0, &encoder->n_layers},
        {"num_attention_heads", 0, &encoder->n_heads},
        {"intermediate_size", 0, &encoder->n_ffn},
    };

    encoder->norm = UMK_NORM_RMS;
    encoder->bias = UMK_BIAS_OPTIONAL; /* Qwen 2 has some, and says so nowhere */
    encoder->pre_norm = TRUE;
    encoder->gated = TRUE;
    return _umk_text_config_get_sizes(object, sizes, G_N_ELEMENTS(sizes), error) &&
           _umk_json_get_size(object, "num_key_value_heads", 0, encoder->n_heads,
                              &encoder->n_kv_heads, error) &&
           _umk_json_get_size(object, "head_dim", 0, encoder->n_dims * 16,
                              &encoder->head_dims, error) &&
           _umk_text_config_get_eps(object, "rms_norm_eps", 1e-6, &encoder->eps, error) &&
           _umk_text_config_get_activation(object, "hidden_act", "silu",
                                           &encoder->activation, error);
}

/* rope_parameters of newer configs holds what older ones spread over two keys. */
static gboolean
read_rotary(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    JsonObject *parameters;
    double base, share;

    if (!_umk_json_get_number(object, "rope_theta", 10000, &base, error) ||
        !_umk_json_get_object(object, "rope_parameters", &parameters, error) ||
        (parameters == NULL &&
         !_umk_json_get_object(object, "rope_scaling", &parameters, error)))
        return FALSE;
    if (!_umk_json_get_number(object, "partial_rotary_factor", 1, &share, error) ||
        (parameters != NULL && !_umk_json_get_number(parameters, "partial_rotary_factor",
                                                     share, &share, error)))
        return FALSE;
    if (share != 1) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("“%s” is %g, which is not supported"), "partial_rotary_factor",
                    share);
        return FALSE;
    }
    return _umk_text_config_add_rotary(config, 0, parameters, base, 0, error);
}

/* Mistral's window is in every layer; Qwen's must be switched on and begins further up.
 */
static gboolean
read_windows(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    gsize window, first;
    gboolean used;
    const char *type;

    if (!_umk_json_get_size(object, "sliding_window", 0, UMK_TEXT_MAX_POSITIONS, &window,
                            error) ||
        !_umk_json_get_string(object, "model_type", "", &type, error) ||
        !_umk_json_get_boolean(object, "use_sliding_window", strcmp(type, "mistral") == 0,
                               &used, error) ||
        !_umk_json_get_size(object, "max_window_layers", 0, UMK_TEXT_MAX_POSITIONS,
                            &first, error))
        return FALSE;
    if (!used || window == 0 || strcmp(type, "llama") == 0)
        return TRUE;
    /* sliding_window counts the token itself, the encoder's window does not */
    if (window == 1) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("“%s” is %g, which is not supported"), "sliding_window", 1.0);
        return FALSE;
    }
    if (!_umk_text_config_read_layer_types(object, config, window - 1, 0, error))
        return FALSE;
    if (config->layers != NULL)
        return TRUE;
    if (_umk_text_config_add_layers(config, error) == NULL)
        return FALSE;
    for (gsize i = first; i < config->encoder.n_layers; i++)
        config->layers[i].window = window - 1;
    return TRUE;
}

static gboolean
read_causality(JsonObject *object, gboolean *causal, GError **error)
{
    const char *type;
    gboolean both;

    if (!_umk_json_get_string(object, "model_type", "", &type, error) ||
        !_umk_json_get_boolean(object, "use_bidirectional_attention",
                               strcmp(type, "llama_bidirec") == 0, &both, error) ||
        !_umk_json_get_boolean(object, "is_causal", !both, causal, error))
        return FALSE;
    return TRUE;
}

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    config->names = &plain_names;
    config->words = "embed_tokens";
    config->final_norm = "norm";
    return read_encoder(object, config, error) && read_rotary(object, config, error) &&
           read_windows(object, config, error) &&
           read_causality(object, &config->encoder.causal, error);
}

static void
adapt(const UmkTensors *tensors, UmkTextNetworkConfig *config)
{
    if (_umk_tensors_has(tensors, "layers.0.self_attn.q_norm.weight"))
        config->names = &normed_names;
}

static const char *const model_types[] = {"llama", "llama_bidirec", "mistral",
                                          "qwen2", "qwen3",         NULL};

const UmkTextFamily _umk_llama_family = {
    .model_types = model_types,
    .configure = configure,
    .adapt = adapt,
};

UMK_DEFINE_SENTENCE_EMBEDDER(llama, "llama", N_("Llama family (Llama, Mistral, Qwen)"))
