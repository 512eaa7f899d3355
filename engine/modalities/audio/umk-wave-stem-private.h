/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stack of convolutions that wav2vec 2.0 and its kin put before their transformer: it
 * makes a frame of every 320 samples or so. It runs over a clip in blocks of frames, so
 * its memory does not grow with the clip; blocks begin at fixed frames, and no sum runs
 * over a border. */
#pragma once

#include "nn/umk-conv-private.h"

#define UMK_WAVE_MAX_STEPS 16

typedef struct {
    gsize n_steps;
    gsize channels[UMK_WAVE_MAX_STEPS];
    gsize kernel[UMK_WAVE_MAX_STEPS];
    gsize stride[UMK_WAVE_MAX_STEPS];
    gboolean bias;
    gboolean layer_norm; /* on every step; else a group norm on the first */
    UmkActivation activation;
} UmkWaveStemConfig;

typedef struct {
    UmkWaveStemConfig config;
    UmkConv conv[UMK_WAVE_MAX_STEPS];
    UmkNorm norm[UMK_WAVE_MAX_STEPS];
    gsize map_size;  /* floats of the largest map between two steps */
    gsize work_size; /* floats of scratch of the neediest convolution */
} UmkWaveStem;

/* Tensors: feature_extractor.conv_layers.N.conv, .layer_norm */
gboolean _umk_wave_stem_bind(UmkWaveStem *self,
                             const UmkWaveStemConfig *config,
                             const UmkTensors *tensors,
                             GError **error);
void _umk_wave_stem_clear(UmkWaveStem *self);
/* 0 where the clip is too short */
gsize _umk_wave_stem_n_frames(const UmkWaveStem *self, gsize n_samples);
/* The least number of samples that makes a frame. */
gsize _umk_wave_stem_n_needed(const UmkWaveStem *self);
gsize _umk_wave_stem_n_channels(const UmkWaveStem *self);
gsize _umk_wave_stem_scratch_size(const UmkWaveStem *self);
/* samples -> out (n_frames, n_channels) */
void _umk_wave_stem_forward(const UmkWaveStem *self,
                            const float *samples,
                            gsize n_samples,
                            float *scratch,
                            float *out);
