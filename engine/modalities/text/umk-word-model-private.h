/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What embedders of word-vector files have in common: a text is its words, its vector the
 * mean of theirs. A file format adds one function that does so; its model structure
 * begins with an UmkWordModel.
 *
 * Words that have no vector are counted. A text of nothing but those is an error that
 * names one; of others the log says, once the last session has ended, how many words were
 * passed over. */
#pragma once

#include <umekomi/umk-plugin.h>

#include "io/umk-fasttext-private.h"

typedef struct _UmkWordModel UmkWordModel;

/* scratch and out have n_full floats */
typedef gboolean (*UmkWordEmbedFunc)(const UmkWordModel *model,
                                     const char *text,
                                     gsize length,
                                     float *scratch,
                                     float *out,
                                     UmkWordCount *count,
                                     GError **error);

struct _UmkWordModel {
    UmkWordEmbedFunc embed;
    char *path;
    GBytes *bytes; /* the file, mapped */
    char *prefix;  /* put before every text; may be "" */
    gboolean normalize;
    gsize n_full; /* numbers of a vector */
    gsize n_dims; /* of them kept */
    struct _UmkWordTally *tally;
};

/* Maps the file. */
gboolean _umk_word_model_open(UmkWordModel *self, const char *path, GError **error);
/* Reads prefix, normalize and dims and refuses prompts and other ways of pooling.
 * self->n_full must be known. */
gboolean _umk_word_model_init(UmkWordModel *self, UmkParams *params, GError **error);
void _umk_word_model_clear(UmkWordModel *self);

/* The first bytes of a regular file, or NULL. */
GBytes *_umk_word_model_read_head(const char *path);

/* The slots of UmkEmbedderOps that are the same for every file of word vectors. */
gsize _umk_word_model_n_dims(gconstpointer model);
gpointer _umk_word_session_new(gconstpointer model, GError **error);
void _umk_word_session_free(gpointer session);
gboolean _umk_word_session_embed(gpointer session,
                                 UmkItem *const *items,
                                 gsize n_items,
                                 float *out,
                                 gsize out_stride,
                                 UmkRun *run,
                                 GError **error);
