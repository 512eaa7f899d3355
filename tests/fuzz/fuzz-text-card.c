/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model card: config_sentence_transformers.json and README.md, from the same bytes.
 */
#include <stdint.h>

#include "modalities/text/umk-text-card-private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    UmkTextCard card = {0};

    _umk_text_card_parse_prompts(&card, (const char *) data, size, NULL);
    _umk_text_card_parse_readme(&card, (const char *) data, size);
    g_assert_cmpuint(card.n_dims, <=, UMK_TEXT_CARD_MAX_DIMS);
    _umk_text_card_check_dims(&card, 5, 64, NULL);
    _umk_text_card_clear(&card);
    return 0;
}
