/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Swin transformer (Liu et al. 2021) over a square map of tokens: attention within
 * windows, every second block with the windows moved by half their side, and between two
 * stages four neighbours become one token of twice the width. */
#pragma once

#include "nn/umk-attention-private.h"

#define UMK_SWIN_MAX_STAGES 8

typedef struct {
    gsize n_stages;
    gsize depths[UMK_SWIN_MAX_STAGES];
    gsize n_heads[UMK_SWIN_MAX_STAGES];
    gsize side;   /* tokens along each axis of the first stage */
    gsize n_dims; /* of the first stage */
    gsize window; /* tokens along each axis of a window */
    double mlp_ratio;
    UmkActivation activation;
    float eps; /* of the norms within blocks; the others have 1e-5 */
    UmkBias qkv_bias;
} UmkSwinConfig;

typedef struct _UmkSwin UmkSwin;

/* Tensors: layers.N.blocks.N.…, layers.N.downsample.…, norm */
UmkSwin *
_umk_swin_new(const UmkSwinConfig *config, const UmkTensors *tensors, GError **error);
void _umk_swin_free(UmkSwin *self);
/* Of the last stage. */
gsize _umk_swin_n_dims(const UmkSwin *self);
gsize _umk_swin_n_tokens(const UmkSwin *self);
gsize _umk_swin_scratch_size(const UmkSwin *self);
/* tokens (side * side, n_dims) become (n_tokens, n_dims) of the last stage after the last
 * norm. */
void _umk_swin_forward(const UmkSwin *self, float *tokens, float *scratch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkSwin, _umk_swin_free)
