/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wav2vec 2.0 (Baevski et al. 2020) and its kin: convolutions over the samples, a
 * projection, positions by a grouped convolution, a transformer. HuBERT and WavLM differ
 * in a name and a bias; each has its file. */
#pragma once

#include "umk-audio-model-private.h"
#include "umk-wave-stem-private.h"

typedef struct {
    UmkAudioModel base; /* first */
    int rate;
    gboolean normalize; /* samples to mean 0 and deviation 1 */
    UmkWaveStem stem;
    gboolean has_norm_features;
    UmkNorm norm_features;
    UmkLinear projection;
    UmkConv positions;
    UmkNorm
        norm; /* before the blocks of a post-LN encoder, behind those of a pre-LN one */
    UmkEncoder *encoder;
} UmkSpeechEncoder;

/* Tensor names of the blocks, shared by all; WavLM adds two. */
#define UMK_SPEECH_ENCODER_NAMES                                                         \
    .query = "encoder.layers.#.attention.q_proj",                                        \
    .key = "encoder.layers.#.attention.k_proj",                                          \
    .value = "encoder.layers.#.attention.v_proj",                                        \
    .out = "encoder.layers.#.attention.out_proj",                                        \
    .norm_attention = "encoder.layers.#.layer_norm",                                     \
    .up = "encoder.layers.#.feed_forward.intermediate_dense",                            \
    .down = "encoder.layers.#.feed_forward.output_dense",                                \
    .norm_ffn = "encoder.layers.#.final_layer_norm"

extern const UmkEncoderNames _umk_speech_encoder_names;
extern const UmkExtractorConfig _umk_speech_extractor;

/* The body of a family's load: folder->tensors has its prefix. */
gboolean _umk_speech_encoder_load(UmkSpeechEncoder *self,
                                  UmkAudioFolder *folder,
                                  const UmkEncoderNames *names,
                                  GError **error);
void _umk_speech_encoder_clear(UmkSpeechEncoder *self);
void _umk_speech_encoder_free(gpointer self);

/* The samples the network hears, scaled as the folder says. */
float *_umk_speech_encoder_samples(const UmkSpeechEncoder *self,
                                   UmkItem *item,
                                   UmkRun *run,
                                   gsize *n_samples,
                                   GError **error);
/* samples -> hidden states (n_frames, d) in the arena */
float *_umk_speech_encoder_forward(const UmkSpeechEncoder *self,
                                   const float *samples,
                                   gsize n_samples,
                                   UmkArena *arena,
                                   gsize *n_frames,
                                   GError **error);
/* An UmkAudioEncodeFunc: the mean of the hidden states. */
gboolean _umk_speech_encoder_encode(const UmkAudioModel *model,
                                    UmkItem *item,
                                    UmkArena *arena,
                                    float *out,
                                    UmkRun *run,
                                    GError **error);

extern const UmkEmbedderOps _umk_wav2vec2_embedder;
extern const UmkEmbedderOps _umk_hubert_embedder;
extern const UmkEmbedderOps _umk_wavlm_embedder;
