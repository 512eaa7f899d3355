/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built-in text plugin: the list of what this modality offers. */
#include "modalities/text/umk-clap-text-private.h"
#include "modalities/text/umk-clip-text-embedder-private.h"
#include "modalities/text/umk-cross-encoder-private.h"
#include "modalities/text/umk-fasttext-embedder-private.h"
#include "modalities/text/umk-gguf-embedder-private.h"
#include "modalities/text/umk-static-embedder-private.h"
#include "modalities/text/umk-text-families-private.h"
#include "modalities/text/umk-tokenizer-embedder-private.h"
#include "modalities/text/umk-word-table-embedder-private.h"

#include "umk-config.h"

#define FAMILY(name) &_umk_##name##_embedder,

/* clang-format off */
static const UmkEmbedderOps *const embedders[] = {
    &_umk_clap_text_embedder,
    &_umk_clip_text_embedder,
    &_umk_cross_encoder,
    &_umk_fasttext_embedder,
    &_umk_gguf_embedder,
    &_umk_static_embedder,
    &_umk_tokenizer_embedder,
    &_umk_word_table_embedder,
    UMK_TEXT_FAMILIES(FAMILY)
    NULL,
};
/* clang-format on */

static const UmkPlugin text_plugin = {
    .abi = UMK_PLUGIN_ABI,
    .struct_size = sizeof(UmkPlugin),
    .name = "umekomi-text",
    .version = UMK_VERSION_STRING,
    .license = "GPL-3.0-or-later",
    .embedders = embedders,
};

UMK_PLUGIN_DEFINE(text_plugin)
