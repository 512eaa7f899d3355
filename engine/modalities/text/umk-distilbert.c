/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DistilBERT (Sanh et al. 2019): BERT's blocks without token types, under names and
 * config keys of its own. */
#include <glib/gi18n-lib.h>

#include "modalities/text/umk-sentence-embedder-private.h"
#include "modalities/text/umk-text-config-private.h"

#define EPS 1e-12f /* fixed in the family */

static const UmkEncoderNames names = {
    .query = "transformer.layer.#.attention.q_lin",
    .key = "transformer.layer.#.attention.k_lin",
    .value = "transformer.layer.#.attention.v_lin",
    .out = "transformer.layer.#.attention.out_lin",
    .norm_attention = "transformer.layer.#.sa_layer_norm",
    .up = "transformer.layer.#.ffn.lin1",
    .down = "transformer.layer.#.ffn.lin2",
    .norm_ffn = "transformer.layer.#.output_layer_norm",
};

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    UmkEncoderConfig *encoder = &config->encoder;
    const UmkTextSize sizes[] = {
        {"vocab_size", 30522, &config->n_vocabulary},
        {"max_position_embeddings", 512, &config->n_positions},
        {"dim", 768, &encoder->n_dims},
        {"n_layers", 6, &encoder->n_layers},
        {"n_heads", 12, &encoder->n_heads},
        {"hidden_dim", 3072, &encoder->n_ffn},
    };

    if (!_umk_text_config_get_sizes(object, sizes, G_N_ELEMENTS(sizes), error) ||
        !_umk_text_config_get_activation(object, "activation", "gelu",
                                         &encoder->activation, error))
        return FALSE;
    encoder->eps = EPS;
    encoder->bias = UMK_BIAS_REQUIRED;
    config->names = &names;
    config->prefix = "distilbert.";
    config->words = "embeddings.word_embeddings";
    config->positions = "embeddings.position_embeddings";
    config->embedding_norm = "embeddings.LayerNorm";
    return TRUE;
}

static const char *const model_types[] = {"distilbert", NULL};

const UmkTextFamily _umk_distilbert_family = {
    .model_types = model_types,
    .configure = configure,
};

UMK_DEFINE_SENTENCE_EMBEDDER(distilbert, "distilbert", N_("DistilBERT"))
