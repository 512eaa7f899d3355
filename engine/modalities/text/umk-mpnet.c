/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MPNet (Song et al. 2020): BERT's blocks without token types, RoBERTa's counting of
 * positions, and a bias of the scores by distance that all layers share. */
#include <glib/gi18n-lib.h>

#include "modalities/text/umk-sentence-embedder-private.h"
#include "modalities/text/umk-text-config-private.h"

#define MAX_DISTANCE 128 /* fixed in the family */

static const UmkEncoderNames names = {
    .query = "encoder.layer.#.attention.attn.q",
    .key = "encoder.layer.#.attention.attn.k",
    .value = "encoder.layer.#.attention.attn.v",
    .out = "encoder.layer.#.attention.attn.o",
    .norm_attention = "encoder.layer.#.attention.LayerNorm",
    .up = "encoder.layer.#.intermediate.dense",
    .down = "encoder.layer.#.output.dense",
    .norm_ffn = "encoder.layer.#.output.LayerNorm",
};

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    const UmkTextSize buckets = {"relative_attention_num_buckets", 32,
                                 &config->n_buckets};

    if (!_umk_roberta_family.configure(object, config, error) ||
        !_umk_text_config_get_sizes(object, &buckets, 1, error))
        return FALSE;
    config->names = &names;
    config->prefix = "mpnet.";
    config->types = NULL;
    config->buckets = "encoder.relative_attention_bias";
    config->max_distance = MAX_DISTANCE;
    return TRUE;
}

static const char *const model_types[] = {"mpnet", NULL};

const UmkTextFamily _umk_mpnet_family = {
    .model_types = model_types,
    .configure = configure,
};

UMK_DEFINE_SENTENCE_EMBEDDER(mpnet, "mpnet", N_("MPNet"))
