/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BERT (Devlin et al. 2019; MiniLM, BGE, E5, GTE and LaBSE share it): word, position and
 * token-type embeddings, post-LN blocks. */
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-embedder-private.h"
#include "modalities/text/umk-text-config-private.h"

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    UmkEncoderConfig *encoder = &config->encoder;
    const UmkTextSize sizes[] = {
        {"vocab_size", 0, &config->n_vocabulary},
        {"max_position_embeddings", 512, &config->n_positions},
        {"type_vocab_size", 2, &config->n_types},
        {"hidden_size", 0, &encoder->n_dims},
        {"num_hidden_layers", 0, &encoder->n_layers},
        {"num_attention_heads", 0, &encoder->n_heads},
        {"intermediate_size", 0, &encoder->n_ffn},
    };
    const char *kind;

    if (!_umk_text_config_get_sizes(object, sizes, G_N_ELEMENTS(sizes), error) ||
        !_umk_text_config_get_eps(object, "layer_norm_eps", 1e-12, &encoder->eps,
                                  error) ||
        !_umk_text_config_get_activation(object, "hidden_act", "gelu",
                                         &encoder->activation, error) ||
        !_umk_json_get_string(object, "position_embedding_type", "absolute", &kind,
                              error) ||
        !_umk_json_get_boolean(object, "is_decoder", FALSE, &encoder->causal, error))
        return FALSE;
    if (strcmp(kind, "absolute") != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("“position_embedding_type” is “%s”, only “absolute” is supported"),
                    kind);
        return FALSE;
    }
    encoder->bias = UMK_BIAS_REQUIRED;
    config->names = &_umk_encoder_names_bert;
    config->prefix = "bert.";
    config->words = "embeddings.word_embeddings";
    config->positions = "embeddings.position_embeddings";
    config->types = "embeddings.token_type_embeddings";
    config->embedding_norm = "embeddings.LayerNorm";
    return TRUE;
}

/* JinaBERT calls itself "bert" as well, and says "alibi" here. */
static gboolean
claims(JsonObject *object)
{
    const char *kind = NULL;

    return !_umk_json_get_string(object, "position_embedding_type", "", &kind, NULL) ||
           g_strcmp0(kind, "alibi") != 0;
}

static const char *const model_types[] = {"bert", NULL};

const UmkTextFamily _umk_bert_family = {
    .model_types = model_types,
    .claims = claims,
    .configure = configure,
};

UMK_DEFINE_SENTENCE_EMBEDDER(bert, "bert", N_("BERT family, sentence-transformers"))
