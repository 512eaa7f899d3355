/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the table of a text network to its embedder: the last line of a family's file. */
#pragma once

#include "modalities/text/umk-text-families-private.h"
#include "modalities/text/umk-text-model-private.h"

guint _umk_sentence_probe(const UmkTextFamily *family,
                          const char *path,
                          const guint8 *config,
                          gsize config_len);
gpointer _umk_sentence_model_load(const UmkTextFamily *family,
                                  const char *path,
                                  UmkParams *params,
                                  GError **error);
void _umk_sentence_model_free(gpointer model);

/* The functions of an embedder are not told which one they serve, so each family has two
 * of its own. */
#define UMK_DEFINE_SENTENCE_EMBEDDER(name, embedder_id, embedder_title)                  \
    static guint name##_probe(const char *path, const guint8 *config, gsize config_len)  \
    {                                                                                    \
        return _umk_sentence_probe(&_umk_##name##_family, path, config, config_len);     \
    }                                                                                    \
                                                                                         \
    static gpointer name##_load(const char *path, UmkParams *params, UmkRun *run,        \
                                GError **error)                                          \
    {                                                                                    \
        return _umk_sentence_model_load(&_umk_##name##_family, path, params, error);     \
    }                                                                                    \
                                                                                         \
    const UmkEmbedderOps _umk_##name##_embedder = {                                      \
        .struct_size = sizeof(UmkEmbedderOps),                                           \
        .id = embedder_id,                                                               \
        .title = embedder_title,                                                         \
        .modality = UMK_MODALITY_TEXT,                                                   \
        .probe = name##_probe,                                                           \
        .model_load = name##_load,                                                       \
        .model_free = _umk_sentence_model_free,                                          \
        .model_n_dims = _umk_text_model_n_dims,                                          \
        .session_new = _umk_text_session_new,                                            \
        .session_free = _umk_text_session_free,                                          \
        .session_embed = _umk_text_session_embed,                                        \
        .batch_hint = 256,                                                               \
        .tokenize = _umk_text_model_tokenize,                                            \
        .model_n_token_dims = _umk_text_model_n_token_dims,                              \
        .session_embed_tokens = _umk_text_session_embed_tokens,                          \
        .session_get_counts = _umk_text_session_get_counts,                              \
        .describe = _umk_text_model_describe,                                            \
    };
