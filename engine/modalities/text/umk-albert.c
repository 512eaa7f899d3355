/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ALBERT (Lan et al. 2020): BERT with narrow tables and one block that is run again and
 * again. */
#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-embedder-private.h"
#include "modalities/text/umk-text-config-private.h"

#define BLOCK "encoder.albert_layer_groups.0.albert_layers.#."

static const UmkEncoderNames names = {
    .query = BLOCK "attention.query",
    .key = BLOCK "attention.key",
    .value = BLOCK "attention.value",
    .out = BLOCK "attention.dense",
    .norm_attention = BLOCK "attention.LayerNorm",
    .up = BLOCK "ffn",
    .down = BLOCK "ffn_output",
    .norm_ffn = BLOCK "full_layer_layer_norm",
};

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    UmkEncoderConfig *encoder = &config->encoder;
    gsize groups, inner;
    const UmkTextSize sizes[] = {
        {"embedding_size", 128, &config->n_embedding},
        {"num_hidden_groups", 1, &groups},
        {"inner_group_num", 1, &inner},
    };

    if (!_umk_bert_family.configure(object, config, error) ||
        !_umk_text_config_get_sizes(object, sizes, G_N_ELEMENTS(sizes), error) ||
        !_umk_text_config_get_activation(object, "hidden_act", "gelu_new",
                                         &encoder->activation, error))
        return FALSE;
    if (groups != 1) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("“%s” is %g, which is not supported"), "num_hidden_groups",
                    (double) groups);
        return FALSE;
    }
    encoder->n_rounds = encoder->n_layers;
    encoder->n_layers = inner;
    config->names = &names;
    config->prefix = "albert.";
    config->embedding_map = "encoder.embedding_hidden_mapping_in";
    return TRUE;
}

static const char *const model_types[] = {"albert", NULL};

const UmkTextFamily _umk_albert_family = {
    .model_types = model_types,
    .configure = configure,
};

UMK_DEFINE_SENTENCE_EMBEDDER(albert, "albert", N_("ALBERT"))
