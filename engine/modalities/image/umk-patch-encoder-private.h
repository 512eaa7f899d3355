/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vision transformer that ViT, DeiT and CLIP have in common: patches, class token,
 * positions, pre-LN blocks. */
#pragma once

#include "nn/umk-conv-private.h"
#include "nn/umk-encoder-private.h"

G_BEGIN_DECLS

typedef struct {
    UmkEncoderConfig encoder;
    gsize image_size;
    gsize patch_size;
    UmkBias patch_bias;
} UmkPatchEncoderConfig;

typedef struct {
    const char *patch;        /* without ".weight" */
    const char *const *extra; /* tokens before the patches, NULL-terminated */
    guint extra_axes;         /* 1: (d), 3: (1, 1, d) */
    const char *positions;    /* full name */
    guint position_axes;      /* 2: (n, d), 3: (1, n, d) */
    const char *norm_before;  /* NULL: none */
    const UmkEncoderNames *blocks;
} UmkPatchEncoderNames;

typedef struct {
    UmkPatchEncoderConfig config;
    gsize n_extra;
    gsize grid; /* patches a side at the trained size */
    UmkConv patch;
    float *extra;     /* (n_extra, d) */
    float *positions; /* (n_extra + grid * grid, d) */
    gboolean has_norm_before;
    UmkNorm norm_before;
    UmkEncoder *encoder;
} UmkPatchEncoder;

/* self is zeroed memory; clear it whatever the outcome. */
gboolean _umk_patch_encoder_bind(UmkPatchEncoder *self,
                                 const UmkPatchEncoderConfig *config,
                                 const UmkPatchEncoderNames *names,
                                 const UmkTensors *tensors,
                                 GError **error);
void _umk_patch_encoder_clear(UmkPatchEncoder *self);

/* pixels (height, width, 3) of any size; gives (*n_tokens, d) in the arena, the extra
 * tokens first, before any final norm. */
float *_umk_patch_encoder_forward(const UmkPatchEncoder *self,
                                  const float *pixels,
                                  gsize height,
                                  gsize width,
                                  UmkArena *arena,
                                  gsize *n_tokens,
                                  GError **error);

G_END_DECLS
