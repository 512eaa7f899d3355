/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stack of transformer blocks (Vaswani et al. 2017): post-LN as BERT's or pre-LN as
 * CLIP's and Llama's, with the variations that published encoders have. Sequences are
 * packed one after another, never padded: attention looks at one sequence at a time, so
 * what else is in a batch cannot change a result. */
#pragma once

#include "nn/umk-attention-private.h"
#include "nn/umk-experts-private.h"
#include "nn/umk-rotary-private.h"

#define UMK_ENCODER_ROTARIES 2

/* How one layer differs from the others. */
typedef struct {
    gsize window;             /* keys more than this far away are not seen; 0: all are */
    guint rotary;             /* which of the config's */
    gboolean norm_is_missing; /* nothing is normalised before attention */
    gboolean has_experts;     /* in place of the feed-forward part */
} UmkEncoderLayer;

/* Zero leaves out whatever BERT does not have. */
typedef struct {
    gsize n_layers;
    gsize n_rounds; /* how often they are all run, one after the other; 0: once */
    gsize n_dims;
    gsize n_heads;
    gsize n_ffn; /* width of the feed-forward part */
    UmkActivation activation;
    float eps;
    gboolean pre_norm; /* normalise before each part (CLIP, ViT), or after it (BERT) */
    gboolean causal;   /* a token sees only itself and what comes before it */
    UmkBias bias;      /* of the linear maps */
    UmkNormKind norm;
    gsize n_kv_heads;      /* heads that share keys and values count once; 0: n_heads */
    gsize head_dims;       /* 0: n_dims / n_heads */
    gboolean gated;        /* the feed-forward part is activation(gate x) * (up x) */
    gboolean gate_is_last; /* in a tensor that names.up names for both */
    gboolean norms_all_heads; /* norms of query and key are over all heads at once */
    gsize n_experts;          /* of layers that have them */
    gsize n_used_experts;     /* of them for each token */
    UmkRotary rotaries[UMK_ENCODER_ROTARIES]; /* frequencies are copied */
    const UmkEncoderLayer *layers;            /* (n_layers) copied, or NULL: all alike */
} UmkEncoderConfig;

/* Tensor names without ".weight" and ".bias"; '#' stands for the number of the layer. */
typedef struct {
    const char *query;
    const char *key; /* NULL: query names one tensor for query, key and value */
    const char *value;
    const char *out;
    const char *norm_attention; /* pre-LN: before attention; post-LN: after it */
    const char *up;
    const char *down;
    const char *norm_ffn;
    const char *gate;            /* NULL: up names one tensor, what is activated first */
    const char *norm_query;      /* of each head, before the rotation; NULL: none */
    const char *norm_key;        /* likewise */
    const char *scale_attention; /* full names of vectors that scale what a part adds */
    const char *scale_ffn;       /* (LayerScale, Touvron et al. 2021); NULL: none */
    const char *gate_linear;     /* gate of the relative bias (WavLM); NULL: none */
    const char *gate_constant;   /* its constants, full name */
    const char *router;          /* of layers with experts; NULL: none */
    const char *experts_up;      /* full names, see umk-experts-private.h */
    const char *experts_down;
    const char *experts_bias;
} UmkEncoderNames;

extern const UmkEncoderNames _umk_encoder_names_bert; /* encoder.layer.#.… */
extern const UmkEncoderNames
    _umk_encoder_names_clip; /* encoder.layers.#.self_attn.q_proj … */
extern const UmkEncoderNames
    _umk_encoder_names_vit; /* encoder.layer.#.layernorm_before … */

typedef struct _UmkEncoder UmkEncoder;

/* Limits that a config must keep before anything is allocated for it. */
gboolean _umk_encoder_config_check(const UmkEncoderConfig *config, GError **error);
UmkEncoder *_umk_encoder_new(const UmkEncoderConfig *config,
                             const UmkEncoderNames *names,
                             const UmkTensors *tensors,
                             GError **error);
void _umk_encoder_free(UmkEncoder *self);
const UmkEncoderConfig *_umk_encoder_get_config(const UmkEncoder *self);
/* Takes a bias that is added to the scores of every layer. */
void _umk_encoder_take_relative_bias(UmkEncoder *self, UmkRelativeBias *bias);

/* Floats of scratch that forward needs for n_tokens in all, the longest sequence having
 * n_longest. */
gsize _umk_encoder_scratch_size(const UmkEncoder *self, gsize n_tokens, gsize n_longest);
/* hidden (n_tokens, n_dims) is replaced; sequence i is rows offsets[i] … offsets[i + 1]
 * - 1. No final norm is applied: pre-LN models have their own, under a name of their own.
 */
void _umk_encoder_forward(const UmkEncoder *self,
                          float *hidden,
                          const guint32 *offsets, /* (n_sequences + 1) */
                          gsize n_sequences,
                          float *scratch);
