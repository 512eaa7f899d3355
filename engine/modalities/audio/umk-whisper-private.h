/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The encoder of Whisper (Radford et al. 2022). */
#pragma once

#include "umk-audio-model-private.h"

#include "nn/umk-conv-private.h"

typedef struct {
    UmkAudioModel base; /* first */
    UmkFrontend *frontend;
    gsize n_samples;
    gsize n_mels;
    gsize n_frames;
    gsize n_positions;
    UmkConv conv[2];
    float *positions; /* (n_positions, d) */
    UmkEncoder *encoder;
    UmkNorm norm_after;
} UmkWhisper;

/* mel (n_frames, n_mels) -> hidden states (n_positions, d) in the arena. */
float *_umk_whisper_forward(const UmkWhisper *self,
                            const float *mel,
                            UmkArena *arena,
                            GError **error);

extern const UmkEmbedderOps _umk_whisper_embedder;
