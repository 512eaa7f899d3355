/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Umekomi's own small tower: convolutions make tokens of a map, pre-LN blocks mix them,
 * their mean is projected, through a residual MLP before that where there is one.
 * Pictures and spectrograms both are such maps. */
#pragma once

#include "nn/umk-encoder-private.h"

#define UMK_STEM_MAX_STEPS 16

typedef struct {
    gsize out_channels;
    gsize kernel[2]; /* height, width */
    gsize stride[2];
    gsize padding[2];
} UmkStemStep;

typedef struct {
    gsize in_channels;
    gsize height;
    gsize width;
    guint n_steps;
    UmkStemStep steps[UMK_STEM_MAX_STEPS];
    UmkEncoderConfig encoder;
    gsize n_head; /* width of the MLP on the mean, 0: none */
    gsize n_out;
} UmkStemEncoderConfig;

typedef struct _UmkStemEncoder UmkStemEncoder;

/* Tensors: stem.N, stem_proj where the last channels are not the width,
 * position_embedding, encoder.layers.N (CLIP's names), post_layernorm, head.fc1 and
 * head.fc2 where n_head says so, projection. */
UmkStemEncoder *_umk_stem_encoder_new(const UmkStemEncoderConfig *config,
                                      const UmkTensors *tensors,
                                      GError **error);
void _umk_stem_encoder_free(UmkStemEncoder *self);
/* Floats of scratch that forward needs for n_maps. */
gsize _umk_stem_encoder_scratch_size(const UmkStemEncoder *self, gsize n_maps);
/* maps (n_maps, height, width, in_channels) -> out (n_maps, n_out), not normalised. A
 * map's row does not depend on the others. */
void _umk_stem_encoder_forward(const UmkStemEncoder *self,
                               const float *maps,
                               gsize n_maps,
                               float *scratch,
                               float *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkStemEncoder, _umk_stem_encoder_free)
