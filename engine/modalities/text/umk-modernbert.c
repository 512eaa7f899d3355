/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ModernBERT (Warner et al. 2024; Ruri v3, GTE and Granite of this kind): pre-LN blocks
 * with rotary positions and a gated feed-forward part. Some layers see everything, the
 * others a window, each kind with a rotary base of its own. Older configs say so in
 * numbers, newer ones list the layers' types. */
#include <glib/gi18n-lib.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-embedder-private.h"
#include "modalities/text/umk-text-config-private.h"

enum { FULL, SLIDING }; /* the two rotaries */

static const UmkEncoderNames names = {
    .query = "layers.#.attn.Wqkv",
    .out = "layers.#.attn.Wo",
    .norm_attention = "layers.#.attn_norm",
    .up = "layers.#.mlp.Wi",
    .down = "layers.#.mlp.Wo",
    .norm_ffn = "layers.#.mlp_norm",
};

static gboolean
read_encoder(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    UmkEncoderConfig *encoder = &config->encoder;
    const UmkTextSize sizes[] = {
        {"vocab_size", 50368, &config->n_vocabulary},
        {"max_position_embeddings", 8192, &config->n_positions},
        {"hidden_size", 768, &encoder->n_dims},
        {"num_hidden_layers", 22, &encoder->n_layers},
        {"num_attention_heads", 12, &encoder->n_heads},
        {"intermediate_size", 1152, &encoder->n_ffn},
    };
    gboolean norm_bias;

    if (!_umk_text_config_get_sizes(object, sizes, G_N_ELEMENTS(sizes), error) ||
        !_umk_text_config_get_eps(object, "norm_eps", 1e-5, &encoder->eps, error) ||
        !_umk_text_config_get_activation(object, "hidden_activation", "gelu",
                                         &encoder->activation, error) ||
        !_umk_json_get_boolean(object, "norm_bias", FALSE, &norm_bias, error))
        return FALSE;
    encoder->norm = norm_bias ? UMK_NORM_LAYER : UMK_NORM_LAYER_UNBIASED;
    encoder->bias = UMK_BIAS_OPTIONAL; /* attention_bias, mlp_bias */
    encoder->pre_norm = TRUE;
    encoder->gated = TRUE;
    return TRUE;
}

/* rope_parameters[type] of newer configs, or the number under key of older ones. */
static gboolean
read_rotary(JsonObject *object,
            UmkTextNetworkConfig *config,
            guint index,
            const char *type,
            const char *key,
            double fallback,
            GError **error)
{
    JsonObject *all, *own = NULL;
    double base;

    return _umk_json_get_number(object, key, fallback, &base, error) &&
           _umk_json_get_object(object, "rope_parameters", &all, error) &&
           (all == NULL || _umk_json_get_object(all, type, &own, error)) &&
           _umk_text_config_add_rotary(config, index, own, base, 0, error);
}

static gboolean
read_layers(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    gsize local, every;
    const UmkTextSize sizes[] = {
        {"local_attention", 128, &local},
        {"global_attn_every_n_layers", 3, &every},
    };

    if (!_umk_text_config_get_sizes(object, sizes, G_N_ELEMENTS(sizes), error) ||
        !_umk_text_config_read_layer_types(object, config, local / 2, SLIDING, error))
        return FALSE;
    if (config->layers == NULL) {
        if (_umk_text_config_add_layers(config, error) == NULL)
            return FALSE;
        for (gsize i = 0; i < config->encoder.n_layers; i++)
            if (i % every != 0)
                config->layers[i] = (UmkEncoderLayer){local / 2, SLIDING, FALSE};
    }
    config->layers[0].norm_is_missing = TRUE; /* the embedding norm has just been */
    return TRUE;
}

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    config->names = &names;
    config->words = "embeddings.tok_embeddings";
    config->embedding_norm = "embeddings.norm";
    config->final_norm = "final_norm";
    return read_encoder(object, config, error) &&
           read_rotary(object, config, FULL, "full_attention", "global_rope_theta",
                       160000, error) &&
           read_rotary(object, config, SLIDING, "sliding_attention", "local_rope_theta",
                       10000, error) &&
           read_layers(object, config, error);
}

static const char *const model_types[] = {"modernbert", NULL};

const UmkTextFamily _umk_modernbert_family = {
    .model_types = model_types,
    .configure = configure,
};

UMK_DEFINE_SENTENCE_EMBEDDER(modernbert, "modernbert", N_("ModernBERT"))
