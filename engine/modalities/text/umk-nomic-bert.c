/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nomic-bert (Nussbaum et al. 2024): post-LN blocks, one tensor for query, key and value,
 * rotary positions, mostly a gated feed-forward part, mostly no biases. The config keys
 * are GPT-2's. */
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-embedder-private.h"
#include "modalities/text/umk-text-config-private.h"

static const UmkEncoderNames gated_names = {
    .query = "encoder.layers.#.attn.Wqkv",
    .out = "encoder.layers.#.attn.out_proj",
    .norm_attention = "encoder.layers.#.norm1",
    .up = "encoder.layers.#.mlp.fc11",
    .gate = "encoder.layers.#.mlp.fc12",
    .down = "encoder.layers.#.mlp.fc2",
    .norm_ffn = "encoder.layers.#.norm2",
};

static const UmkEncoderNames plain_names = {
    .query = "encoder.layers.#.attn.Wqkv",
    .out = "encoder.layers.#.attn.out_proj",
    .norm_attention = "encoder.layers.#.norm1",
    .up = "encoder.layers.#.mlp.fc1",
    .down = "encoder.layers.#.mlp.fc2",
    .norm_ffn = "encoder.layers.#.norm2",
    .router = "encoder.layers.#.mlp.router.layer",
    .experts_up = "encoder.layers.#.mlp.experts.mlp.w1",
    .experts_down = "encoder.layers.#.mlp.experts.mlp.w2",
    .experts_bias = "encoder.layers.#.mlp.experts.bias",
};

/* Switches of the config that no published checkpoint sets otherwise. */
static gboolean
check_switches(JsonObject *object, GError **error)
{
    double scaling;

    if (!_umk_text_config_expect(object, "prenorm", FALSE, error) ||
        !_umk_text_config_expect(object, "parallel_block", FALSE, error) ||
        !_umk_text_config_expect(object, "use_rms_norm", FALSE, error) ||
        !_umk_text_config_expect(object, "scale_attn_weights", TRUE, error) ||
        !_umk_text_config_expect(object, "scale_attn_by_inverse_layer_idx", FALSE,
                                 error) ||
        !_umk_text_config_expect(object, "expert_choice_router", FALSE, error) ||
        !_umk_text_config_expect(object, "moe_normalize_expert_weights", FALSE, error) ||
        !_umk_json_get_number(object, "rotary_scaling_factor", 0, &scaling, error))
        return FALSE;
    if (scaling == 0)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("“%s” is %g, which is not supported"), "rotary_scaling_factor",
                scaling);
    return FALSE;
}

/* "swiglu" and "geglu" are gated, by what the rest of the word says. */
static gboolean
read_activation(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    UmkEncoderConfig *encoder = &config->encoder;
    const char *name;

    if (!_umk_json_get_string(object, "activation_function", "gelu", &name, error))
        return FALSE;
    encoder->gated = strcmp(name, "swiglu") == 0 || strcmp(name, "geglu") == 0;
    config->names = encoder->gated ? &gated_names : &plain_names;
    if (encoder->gated)
        name = name[0] == 's' ? "silu" : "gelu";
    return _umk_activation_parse(name, &encoder->activation, error);
}

static gboolean
read_biases(JsonObject *object, UmkBias *bias, GError **error)
{
    static const char *const keys[] = {"qkv_proj_bias", "mlp_fc1_bias", "mlp_fc2_bias"};

    *bias = UMK_BIAS_NONE;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        gboolean here;

        if (!_umk_json_get_boolean(object, keys[i], TRUE, &here, error))
            return FALSE;
        if (here)
            *bias = UMK_BIAS_OPTIONAL;
    }
    return TRUE;
}

static gboolean
read_rotary(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    UmkEncoderConfig *encoder = &config->encoder;
    double base, fraction;

    if (!_umk_json_get_number(object, "rotary_emb_base", 10000, &base, error) ||
        !_umk_json_get_number(object, "rotary_emb_fraction", 0, &fraction, error) ||
        !_umk_json_get_boolean(object, "rotary_emb_interleaved", FALSE,
                               &encoder->rotaries[0].interleaved, error))
        return FALSE;
    if (!(fraction > 0 && fraction <= 1)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("“%s” is %g, which is not supported"), "rotary_emb_fraction",
                    fraction);
        return FALSE;
    }
    return _umk_text_config_add_rotary(
        config, 0, NULL, base,
        (gsize) ((double) (encoder->n_dims / encoder->n_heads) * fraction), error);
}

/* v2: every so many layers, from the second on, have experts; the rest are plain. */
static gboolean
read_experts(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    UmkEncoderConfig *encoder = &config->encoder;
    gsize every, shared;

    if (!_umk_json_get_size(object, "moe_every_n_layers", 0, 256, &every, error) ||
        !_umk_json_get_size(object, "num_experts", 0, UMK_EXPERTS_MAX,
                            &encoder->n_experts, error) ||
        !_umk_json_get_size(object, "moe_top_k", 1, UMK_EXPERTS_MAX,
                            &encoder->n_used_experts, error) ||
        !_umk_json_get_size(object, "num_shared_experts", 0, UMK_EXPERTS_MAX, &shared,
                            error))
        return FALSE;
    if (every == 0 || encoder->n_experts == 0)
        return TRUE;
    if (encoder->gated || shared > 0 || every < 2) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("Experts with “activation_function” gated, “num_shared_experts” "
                      "above 0 or “moe_every_n_layers” below 2 are not supported"));
        return FALSE;
    }
    if (_umk_text_config_add_layers(config, error) == NULL)
        return FALSE;
    for (gsize i = 1; i < encoder->n_layers; i += every)
        config->layers[i].has_experts = TRUE;
    return TRUE;
}

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    UmkEncoderConfig *encoder = &config->encoder;
    const UmkTextSize sizes[] = {
        {"vocab_size", 0, &config->n_vocabulary},
        {"n_positions", 8192, &config->n_positions},
        {"type_vocab_size", 2, &config->n_types},
        {"n_embd", 0, &encoder->n_dims},
        {"n_layer", 0, &encoder->n_layers},
        {"n_head", 0, &encoder->n_heads},
        {"n_inner", 0, &encoder->n_ffn},
    };

    config->prefix = "bert.";
    config->words = "embeddings.word_embeddings";
    config->types = "embeddings.token_type_embeddings";
    config->embedding_norm = "emb_ln";
    return _umk_text_config_get_sizes(object, sizes, G_N_ELEMENTS(sizes), error) &&
           check_switches(object, error) &&
           _umk_text_config_get_eps(object, "layer_norm_epsilon", 1e-12, &encoder->eps,
                                    error) &&
           _umk_json_get_boolean(object, "causal", FALSE, &encoder->causal, error) &&
           read_activation(object, config, error) &&
           read_biases(object, &encoder->bias, error) &&
           read_rotary(object, config, error) && read_experts(object, config, error);
}

static const char *const model_types[] = {"nomic_bert", NULL};

const UmkTextFamily _umk_nomic_bert_family = {
    .model_types = model_types,
    .configure = configure,
};

UMK_DEFINE_SENTENCE_EMBEDDER(nomic_bert, "nomic-bert", N_("nomic-bert"))
