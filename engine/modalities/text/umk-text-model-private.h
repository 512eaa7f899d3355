/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What text embedders have in common: options, prompts, tokens, packing texts
 * into groups, the ending of a vector. A network adds one function that turns
 * packed tokens into vectors. Its model structure begins with an UmkTextModel.
 */
#pragma once

#include <umekomi/umk-plugin.h>

#include "modalities/text/umk-tokenizer-private.h"
#include "nn/umk-layers-private.h"

typedef struct _UmkTextModel UmkTextModel;

/* ids of texts one after another -> one full vector each, rows n_full apart */
typedef gboolean (*UmkTextEncodeFunc)(const UmkTextModel *model,
                                      const guint32 *ids,
                                      const guint32 *offsets, /* (n_texts + 1) */
                                      gsize n_texts,
                                      float *out,
                                      UmkArena *arena,
                                      GError **error);

struct _UmkTextModel {
    UmkTextEncodeFunc encode;
    UmkTokenizer *tokenizer;
    gsize max_tokens; /* special ones included */
    char *prompt;     /* put before every text; may be "" */
    gsize n_prompt;   /* tokens it takes, the special ones before it included */
    gsize max_chars;  /* of prompt and text; 0: no limit but that of tokens */
    gboolean bare;    /* no special tokens around a text */
    gboolean lower_case;
    gboolean normalize;
    gsize n_full; /* numbers the network gives */
    gsize n_dims; /* of them kept */
};

/* Reads prompt, prefix, normalize and dims. default_prompt is used when neither
 * prompt nor prefix is set. self->n_full must be known; the folder's tokenizer is opened
 * unless there is one. */
gboolean _umk_text_model_init(UmkTextModel *self,
                              const char *folder,
                              UmkParams *params,
                              const char *prompt,
                              GError **error);
void _umk_text_model_clear(UmkTextModel *self);

/* The slots of UmkEmbedderOps that are the same for every text embedder. */
gsize _umk_text_model_n_dims(gconstpointer model);
gpointer _umk_text_session_new(gconstpointer model, GError **error);
void _umk_text_session_free(gpointer session);
gboolean _umk_text_session_embed(gpointer session,
                                 UmkItem *const *items,
                                 gsize n_items,
                                 float *out,
                                 gsize out_stride,
                                 UmkRun *run,
                                 GError **error);
gboolean _umk_text_model_tokenize(gconstpointer model,
                                  const char *text,
                                  GArray *ids,
                                  GPtrArray *pieces,
                                  GError **error);
/* An item's own text, or the content of its file or bytes; then owned must be freed. NULL
 * and an error where there is none. */
const char *_umk_text_get(UmkItem *item, char **owned, GError **error);
/* How often the session's scratch grew; for tests. */
guint _umk_text_session_get_n_grown(gpointer session);
/* Puts the folder before a message that does not name it yet. */
void _umk_text_prefix_error(GError **error, const char *folder);
gboolean _umk_text_has_weights(const char *folder);
/* Whether "model_type" is one of the NULL-terminated types. */
gboolean
_umk_text_config_has_type(const guint8 *config, gsize length, const char *const *types);
/* How sure a family is of a folder whose config.json names one of its NULL-terminated
 * types: hardly, where the weights are missing. */
guint _umk_text_probe(const char *folder,
                      const guint8 *config,
                      gsize length,
                      const char *const *types);
