/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokenizers from other files than a tokenizer.json: their members are put together here
 * as if they came from one. tokenizer_config.json (or NULL) says how the model was
 * trained. */
#pragma once

#include "modalities/text/umk-tokenizer-private.h"

#include <json-glib/json-glib.h>

UmkTokenizer *_umk_tokenizer_build(JsonObject *config, GError **error);
/* vocab.txt: one piece a line, its id the number of the line from 0. */
UmkTokenizer *_umk_tokenizer_new_from_vocab(const char *vocab,
                                            gsize length,
                                            const char *config,
                                            gsize config_length,
                                            GError **error);
/* vocab.json and merges.txt of CLIP, GPT-2 or RoBERTa. */
UmkTokenizer *_umk_tokenizer_new_from_merges(const char *vocab,
                                             gsize length,
                                             const char *merges,
                                             gsize merges_length,
                                             const char *config,
                                             gsize config_length,
                                             GError **error);
