/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GPT-2 (Radford et al. 2019): pre-LN blocks that see only what came before; its linear
 * maps are stored the other way round. */
#include <glib/gi18n-lib.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-embedder-private.h"
#include "modalities/text/umk-text-config-private.h"

static const UmkEncoderNames names = {
    .query = "h.#.attn.c_attn",
    .out = "h.#.attn.c_proj",
    .norm_attention = "h.#.ln_1",
    .up = "h.#.mlp.c_fc",
    .down = "h.#.mlp.c_proj",
    .norm_ffn = "h.#.ln_2",
};

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    UmkEncoderConfig *encoder = &config->encoder;
    const UmkTextSize sizes[] = {
        {"vocab_size", 50257, &config->n_vocabulary},
        {"n_positions", 1024, &config->n_positions},
        {"n_embd", 768, &encoder->n_dims},
        {"n_layer", 12, &encoder->n_layers},
        {"n_head", 12, &encoder->n_heads},
    };
    UmkTextSize inner = {"n_inner", 0, &encoder->n_ffn};

    if (!_umk_text_config_get_sizes(object, sizes, G_N_ELEMENTS(sizes), error))
        return FALSE;
    inner.fallback = 4 * encoder->n_dims;
    encoder->bias = UMK_BIAS_REQUIRED;
    encoder->pre_norm = TRUE;
    encoder->causal = TRUE;
    config->names = &names;
    config->prefix = "transformer.";
    config->words = "wte";
    config->positions = "wpe";
    config->final_norm = "ln_f";
    config->transposed = TRUE;
    return _umk_text_config_get_sizes(object, &inner, 1, error) &&
           _umk_text_config_expect(object, "scale_attn_weights", TRUE, error) &&
           _umk_text_config_expect(object, "scale_attn_by_inverse_layer_idx", FALSE,
                                   error) &&
           _umk_text_config_get_eps(object, "layer_norm_epsilon", 1e-5, &encoder->eps,
                                    error) &&
           _umk_text_config_get_activation(object, "activation_function", "gelu_new",
                                           &encoder->activation, error);
}

static const char *const model_types[] = {"gpt2", NULL};

const UmkTextFamily _umk_gpt2_family = {
    .model_types = model_types,
    .configure = configure,
};

UMK_DEFINE_SENTENCE_EMBEDDER(gpt2, "gpt2", N_("GPT-2"))
