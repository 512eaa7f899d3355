/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A speaker encoder of LSTM layers (Wan et al. 2018), the d-vector. */
#pragma once

#include "umk-audio-model-private.h"

#include "nn/umk-lstm-private.h"

#define UMK_DVECTOR_MAX_LAYERS 16

typedef struct {
    UmkAudioModel base; /* first */
    UmkFrontend *frontend;
    int rate;
    gsize hop;
    gsize n_mels;
    gsize n_frames;      /* of a partial utterance */
    gsize n_step;        /* frames from one to the next */
    double min_coverage; /* the last one needs this much of sound */
    double target_dbfs;  /* quieter clips are raised to it; 0: are not */
    gsize n_layers;
    UmkLstm layers[UMK_DVECTOR_MAX_LAYERS];
    UmkLinear linear;
} UmkDvector;

extern const UmkEmbedderOps _umk_dvector_embedder;
