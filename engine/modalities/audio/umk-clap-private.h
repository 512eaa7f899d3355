/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio tower of CLAP (Wu et al. 2023). */
#pragma once

#include "umk-audio-model-private.h"
#include "umk-swin-private.h"

#include "nn/umk-conv-private.h"

/* What follows a clip that is shorter than the window. */
typedef enum {
    UMK_CLAP_REPEAT_WHOLE, /* the clip as often as it fits, then zeros */
    UMK_CLAP_REPEAT,       /* the clip until the window is full */
    UMK_CLAP_ZEROS,
} UmkClapPadding;

typedef struct {
    UmkAudioModel base; /* first */
    UmkFrontend *frontend;
    gsize n_samples;
    gsize n_mels;
    gsize n_frames;
    UmkClapPadding padding;
    float *scale; /* batch norm of the bands (n_mels) */
    float *shift;
    gsize side;   /* of the picture that the bands are folded to */
    gsize across; /* frames after stretching */
    UmkConv patch;
    gboolean has_patch_norm;
    UmkNorm patch_norm;
    UmkSwin *swin;
    UmkLinear projection[2];
    UmkActivation activation;
} UmkClap;

/* The network's input (n_frames, n_mels), in decibels. */
float *
_umk_clap_features(const UmkClap *self, UmkItem *item, UmkRun *run, GError **error);
/* features -> the tower's tokens in the arena */
float *_umk_clap_forward(const UmkClap *self,
                         const float *features,
                         UmkArena *arena,
                         GError **error);
/* The mean of the tokens to the space shared with texts; hidden has n_full floats. */
void _umk_clap_project(const UmkClap *self, const float *mean, float *hidden, float *out);

extern const UmkEmbedderOps _umk_clap_embedder;
