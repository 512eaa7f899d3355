/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sentence-transformers writes beside a checkpoint: modules.json and the folders it
 * names (pooling, dense layers, normalisation), sentence_bert_config.json (length limit,
 * lower-casing) and config_sentence_transformers.json (prompts). */
#pragma once

#include "modalities/text/umk-pooling-private.h"
#include "nn/umk-layers-private.h"

#define UMK_SENTENCE_MAX_STAGES 8

typedef enum {
    UMK_SENTENCE_NORMALIZE,
    UMK_SENTENCE_DENSE,
    UMK_SENTENCE_LAYER_NORM
} UmkSentenceKind;

typedef struct {
    UmkSentenceKind kind;
    UmkLinear dense;
    UmkActivation activation;
    float (*shape)(float x); /* after the layer, where it is no UmkActivation; or NULL */
    UmkNorm norm;
} UmkSentenceStage;

typedef struct {
    UmkPooling pooling;
    UmkSentenceStage stages[UMK_SENTENCE_MAX_STAGES];
    gsize n_stages;
    gboolean
        ends_normalized; /* the last module is Normalize; it is not among the stages */
    gsize n_hidden;
    gsize n_out;
    gsize n_widest;       /* of pooling and all stages */
    gsize max_seq_length; /* 0: not said */
    gboolean do_lower_case;
    GHashTable *prompts; /* name -> text */
    char *default_prompt;
} UmkSentenceModules;

/* A folder without modules.json pools by the mean. pooling: a name that overrides the
 * folder's; NULL, "" or "auto": none does. include_prompt stays the folder's. */
gboolean _umk_sentence_modules_load(UmkSentenceModules *self,
                                    const char *folder,
                                    gsize n_hidden,
                                    const char *pooling,
                                    GError **error);
void _umk_sentence_modules_clear(UmkSentenceModules *self);
/* The text to put before every input: of the prompt called name, or of the default one
 * when name is NULL or empty. Borrowed; NULL and an error for a name that is not there.
 */
const char *_umk_sentence_modules_get_prompt(const UmkSentenceModules *self,
                                             const char *name,
                                             GError **error);
/* hidden (n_tokens, n_hidden) -> out (n_out); scratch has 2 n_widest floats */
void _umk_sentence_modules_apply(const UmkSentenceModules *self,
                                 const float *hidden,
                                 gsize n_tokens,
                                 gsize n_prompt,
                                 float *scratch,
                                 float *out);
/* config.json and the like: the parsed object, or NULL and an error that names the file.
 */
JsonParser *_umk_read_json_file(const char *folder,
                                const char *name,
                                JsonObject **root,
                                GError **error);
