/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vision transformer that ViT, DeiT, DINOv2, CLIP and SigLIP have in common: patches,
 * class token, positions, pre-LN blocks. */
#pragma once

#include "nn/umk-conv-private.h"
#include "nn/umk-encoder-private.h"

G_BEGIN_DECLS

typedef struct {
    UmkEncoderConfig encoder;
    gsize image_size;
    gsize patch_size;
    UmkBias patch_bias;
    gsize n_registers;  /* further tokens, which have no positions */
    gboolean antialias; /* when positions are interpolated */
} UmkPatchEncoderConfig;

typedef struct {
    const char *patch;        /* without ".weight" */
    const char *const *extra; /* tokens before the patches, NULL-terminated */
    guint extra_axes;         /* 1: (d), 3: (1, 1, d) */
    const char *registers;    /* (1, n_registers, d), between those and the patches */
    const char *positions;    /* full name */
    guint position_axes;      /* 2: (n, d), 3: (1, n, d) */
    const char *norm_before;  /* NULL: none */
    const UmkEncoderNames *blocks;
} UmkPatchEncoderNames;

typedef struct {
    UmkPatchEncoderConfig config;
    gsize n_extra; /* class and other tokens, registers */
    gsize grid;    /* patches a side at the trained size */
    UmkConv patch;
    float *extra;                    /* (n_extra, d), positions added */
    float *positions;                /* (grid * grid, d) */
    gsize usual_rows, usual_columns; /* of the grid that is interpolated once for all */
    float *usual;                    /* (usual_rows * usual_columns, d) or NULL */
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

/* Pictures of this size, which most will have, need no interpolation later. */
void _umk_patch_encoder_expect(UmkPatchEncoder *self, gsize height, gsize width);

/* Tokens of a picture of that size, extra ones counted; 0 and an error if it has none. */
gsize _umk_patch_encoder_n_tokens(const UmkPatchEncoder *self,
                                  gsize height,
                                  gsize width,
                                  GError **error);

/* How many pictures of n_tokens go through the blocks together: so many that products
 * have enough rows, and no more, for memory's sake. */
gsize _umk_patch_encoder_batch(gsize n_tokens);

/* pixels: (height, width, 3) each, of any size; gives (n_images * *n_tokens, d) in the
 * arena, of each picture the extra tokens first, before any final norm. *work, of
 * n_work floats, is free memory behind them. The bits of a picture do not depend on the
 * others. */
float *_umk_patch_encoder_forward(const UmkPatchEncoder *self,
                                  const float *const *pixels,
                                  gsize n_images,
                                  gsize height,
                                  gsize width,
                                  UmkArena *arena,
                                  gsize n_work,
                                  gsize *n_tokens,
                                  float **work,
                                  GError **error);
/* The same for who looks at the first token alone: one row a picture, with the same bits.
 */
float *_umk_patch_encoder_forward_class(const UmkPatchEncoder *self,
                                        const float *const *pixels,
                                        gsize n_images,
                                        gsize height,
                                        gsize width,
                                        UmkArena *arena,
                                        gsize n_work,
                                        float **work,
                                        GError **error);

G_END_DECLS
