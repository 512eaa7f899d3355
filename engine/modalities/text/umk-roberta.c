/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RoBERTa (Liu et al. 2019), XLM-R and CamemBERT: BERT's blocks, but the rows of the
 * position table begin after that of the padding token, so a table of 514 rows holds
 * texts of 512 tokens. */
#include <glib/gi18n-lib.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-embedder-private.h"
#include "modalities/text/umk-text-config-private.h"

static gboolean
configure(JsonObject *object, UmkTextNetworkConfig *config, GError **error)
{
    if (!_umk_bert_family.configure(object, config, error) ||
        !_umk_json_get_size(object, "pad_token_id", 1, UMK_TEXT_MAX_VOCABULARY,
                            &config->pad, error))
        return FALSE;
    config->first_position = config->pad + 1;
    config->prefix = "roberta.";
    return TRUE;
}

static const char *const model_types[] = {"roberta", "xlm-roberta", "camembert", NULL};

const UmkTextFamily _umk_roberta_family = {
    .model_types = model_types,
    .configure = configure,
};

UMK_DEFINE_SENTENCE_EMBEDDER(roberta,
                             "roberta",
                             N_("RoBERTa family (RoBERTa, XLM-R, CamemBERT)"))
