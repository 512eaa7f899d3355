/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Audio Spectrogram Transformer (Gong et al. 2021). */
#pragma once

#include "umk-audio-model-private.h"

#include "nn/umk-conv-private.h"

#define UMK_AST_N_EXTRA 2 /* class and distillation token */

typedef struct {
    UmkAudioModel base; /* first */
    UmkFrontend *frontend;
    gsize n_samples; /* that n_frames need */
    gsize n_mels;
    gsize n_frames;
    gsize n_tokens;
    gboolean scale; /* the bands, by mean and std */
    float mean;
    float factor; /* 1 / (2 std) */
    UmkConv patch;
    float *extra;     /* (UMK_AST_N_EXTRA, d) */
    float *positions; /* (n_tokens, d) */
    UmkEncoder *encoder;
    UmkNorm norm_after;
} UmkAst;

/* The network's input (n_frames, n_mels): the bands cut or filled with zeros, and scaled.
 */
float *_umk_ast_features(const UmkAst *self, UmkItem *item, UmkRun *run, GError **error);
/* features (n_frames, n_mels) -> hidden states (n_tokens, d) in the arena, the two extra
 * tokens first. */
float *_umk_ast_forward(const UmkAst *self,
                        const float *features,
                        UmkArena *arena,
                        GError **error);

extern const UmkEmbedderOps _umk_ast_embedder;
