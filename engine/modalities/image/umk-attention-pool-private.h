/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pooling head of SigLIP: one learnt query attends to all tokens, and a feed-forward
 * part follows. */
#pragma once

#include "nn/umk-encoder-private.h"

G_BEGIN_DECLS

typedef struct {
    gsize n_dims;
    UmkAttention attention;
    float *query;        /* (n_dims), projected: it is the same for every picture */
    UmkLinear key_value; /* side by side */
    UmkLinear out;
    UmkNorm norm;
    UmkActivation activation;
    UmkLinear up, down;
} UmkAttentionPool;

/* Names as SigLIP's below the prefix of tensors: probe, attention.in_proj_weight,
 * layernorm, mlp.fc1 …; self is zeroed memory; clear it whatever the outcome. */
gboolean _umk_attention_pool_bind(UmkAttentionPool *self,
                                  const UmkEncoderConfig *config,
                                  const UmkTensors *tensors,
                                  GError **error);
void _umk_attention_pool_clear(UmkAttentionPool *self);
gsize _umk_attention_pool_scratch_size(const UmkAttentionPool *self, gsize n_tokens);
/* tokens (n_tokens, n_dims) -> out (n_dims) */
void _umk_attention_pool_forward(const UmkAttentionPool *self,
                                 const float *tokens,
                                 gsize n_tokens,
                                 float *scratch,
                                 float *out);

G_END_DECLS
