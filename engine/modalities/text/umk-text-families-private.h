/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every text network that is known here. Each line below is a family's table in the file
 * named after it, and from the same line comes its sentence embedder. */
#pragma once

#include <umekomi/umk-plugin.h>

#include "modalities/text/umk-text-network-private.h"

#define UMK_TEXT_FAMILIES(X)                                                             \
    X(albert)                                                                            \
    X(bert)                                                                              \
    X(distilbert)                                                                        \
    X(electra)                                                                           \
    X(gpt2)                                                                              \
    X(gte)                                                                               \
    X(jina_bert)                                                                         \
    X(llama)                                                                             \
    X(modernbert)                                                                        \
    X(mpnet)                                                                             \
    X(nomic_bert)                                                                        \
    X(roberta)

#define UMK_DECLARE_TEXT_FAMILY(name)                                                    \
    extern const UmkTextFamily _umk_##name##_family;                                     \
    extern const UmkEmbedderOps _umk_##name##_embedder;
UMK_TEXT_FAMILIES(UMK_DECLARE_TEXT_FAMILY)
#undef UMK_DECLARE_TEXT_FAMILY

/* The family of a config.json, or NULL. */
const UmkTextFamily *_umk_text_family_find(JsonObject *config);
