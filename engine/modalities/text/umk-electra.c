/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ELECTRA (Clark et al. 2020): BERT whose tables may be narrower than its blocks. */
#include <glib/gi18n-lib.h>

#include "modalities/text/umk-sentence-embedder-private.h"
#include "modalities/text/umk-text-config-private.h"

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    const UmkTextSize width = {"embedding_size", 128, &config->n_embedding};

    if (!_umk_bert_family.configure(object, config, error) ||
        !_umk_text_config_get_sizes(object, &width, 1, error))
        return FALSE;
    config->prefix = "electra.";
    if (config->n_embedding != config->encoder.n_dims)
        config->embedding_map = "embeddings_project";
    return TRUE;
}

static const char *const model_types[] = {"electra", NULL};

const UmkTextFamily _umk_electra_family = {
    .model_types = model_types,
    .configure = configure,
};

UMK_DEFINE_SENTENCE_EMBEDDER(electra, "electra", N_("ELECTRA"))
