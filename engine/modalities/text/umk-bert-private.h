/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of the BERT family (Devlin et al. 2019; MiniLM, BGE, E5, GTE share it):
 * word, position and token-type embeddings, post-LN encoder blocks. Names and config keys
 * are those of the published checkpoints. */
#pragma once

#include <json-glib/json-glib.h>

#include "io/umk-weights-private.h"
#include "nn/umk-encoder-private.h"

typedef struct _UmkBert UmkBert;

/* The weights are borrowed and must outlive the network. */
UmkBert *_umk_bert_new(JsonObject *config, UmkWeights *weights, GError **error);
void _umk_bert_free(UmkBert *self);
gsize _umk_bert_get_n_dims(const UmkBert *self);
gsize _umk_bert_get_n_positions(const UmkBert *self);
/* Last hidden states of packed texts (n_tokens, n_dims), in the arena until its next use;
 * extra floats more are left free behind them, at *rest. */
const float *_umk_bert_forward(const UmkBert *self,
                               const guint32 *ids,
                               const guint32 *offsets, /* (n_texts + 1) */
                               gsize n_texts,
                               gsize extra,
                               float **rest,
                               UmkArena *arena,
                               GError **error);
