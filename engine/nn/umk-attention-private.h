/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scaled dot-product attention (Vaswani et al. 2017, eq. 1) of one sequence or window:
 * all heads, a strip of queries at a time, so that the scores in work stay small whatever
 * the length. Queries, keys and values are already projected; positions, when they turn
 * queries and keys, have been applied. */
#pragma once

#include "nn/umk-relative-bias-private.h"

typedef struct {
    gsize n_heads;
    gsize n_kv_heads; /* heads n_heads / n_kv_heads at a time share keys and values */
    gsize head_dims;
    float scale;     /* of the scores, usually 1 / sqrt(head_dims) */
    gboolean causal; /* a query sees only keys up to its own position */
    gsize window;    /* keys more than this far from the query are not seen; 0: all are */
    const UmkRelativeBias *relative; /* added to the scaled scores, or NULL */
    gboolean bf16; /* products of bfloat16 for all but short sequences; only where
                    * _umk_gemm_bf16_is_native() */
} UmkAttention;

/* Rows lie strides floats apart; heads lie side by side in a row. out may be the queries
 * themselves. */
typedef struct {
    const float *queries; /* (n_queries, n_heads * head_dims) */
    const float *keys;    /* (n_keys, n_kv_heads * head_dims) */
    const float *values;  /* likewise */
    float *out;           /* like queries */
    gsize query_stride;
    gsize key_stride;
    gsize value_stride;
    gsize out_stride;
    gsize n_queries;
    gsize n_keys;
    gsize first_query;  /* position of the first query among the keys */
    const float *gates; /* (n_queries, n_heads) scale the relative bias; NULL: by 1 */
    const float *bias;  /* (n_heads, n_queries, n_keys) added to the scores, or NULL */
    const float *mask;  /* (n_queries, n_keys), the same for every head, or NULL */
} UmkAttentionRows;

gsize _umk_attention_scratch_size(const UmkAttention *self, gsize n_keys);
void _umk_attention_forward(const UmkAttention *self,
                            const UmkAttentionRows *rows,
                            float *scratch);
