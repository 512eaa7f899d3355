/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Speaker encoders of time-delay networks: plain, and on top of a speech transformer. */
#pragma once

#include "umk-audio-model-private.h"
#include "umk-speech-encoder-private.h"
#include "umk-tdnn-private.h"

typedef struct {
    UmkAudioModel base; /* first */
    UmkFrontend *frontend;
    UmkTdnn tdnn;
    UmkLinear embedding;
} UmkXvector;

/* rows (n_rows, n_coeffs) of the front end to a vector, not normalised. */
gboolean _umk_xvector_embed(const UmkXvector *self,
                            const float *rows,
                            gsize n_rows,
                            UmkArena *arena,
                            float *out,
                            GError **error);

typedef struct {
    UmkSpeechEncoder speech; /* first */
    UmkLinear projector;
    UmkTdnn tdnn;
    UmkLinear embedding;
} UmkSpeechXvector;

extern const UmkEmbedderOps _umk_xvector_embedder;
extern const UmkEmbedderOps _umk_speech_xvector_embedder;
