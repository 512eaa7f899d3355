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
    /* (1 + n_layers): shares of the states before and behind each block in what forward
     * gives; NULL: the last alone */
    float *shares;
} UmkSpeechEncoder;

/* What tells one of them from another. */
typedef struct {
    const char *model_type; /* in config.json, and before the names of whole models */
    const UmkEncoderNames *names;
    gboolean (*bind)(UmkSpeechEncoder *self, /* what the others have not, or NULL */
                     JsonObject *config,
                     const UmkTensors *tensors,
                     GError **error);
} UmkSpeechFamily;

/* Every family: a file with its table and its embedder. */
#define UMK_SPEECH_FAMILIES(X)                                                           \
    X(wav2vec2)                                                                          \
    X(hubert)                                                                            \
    X(wavlm)

#define UMK_DECLARE_SPEECH_FAMILY(name)                                                  \
    extern const UmkSpeechFamily _umk_##name##_family;                                   \
    extern const UmkEmbedderOps _umk_##name##_embedder;
UMK_SPEECH_FAMILIES(UMK_DECLARE_SPEECH_FAMILY)
#undef UMK_DECLARE_SPEECH_FAMILY

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

/* tensors of the folder is left with no prefix, as heads have it. */
gboolean _umk_speech_encoder_load(UmkSpeechEncoder *self,
                                  const UmkSpeechFamily *family,
                                  UmkAudioFolder *folder,
                                  GError **error);
gsize _umk_speech_encoder_n_dims(const UmkSpeechEncoder *self);
void _umk_speech_encoder_clear(UmkSpeechEncoder *self);
void _umk_speech_encoder_free(gpointer self);

/* The samples the network hears, scaled as the folder says. */
float *_umk_speech_encoder_samples(const UmkSpeechEncoder *self,
                                   UmkItem *item,
                                   UmkRun *run,
                                   gsize *n_samples,
                                   GError **error);
/* samples -> hidden states (n_frames, n_dims) in the arena */
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

/* The functions of an embedder are not told which one they serve, so each family has its
 * own. */
#define UMK_DEFINE_SPEECH_EMBEDDER(name, embedder_id, embedder_title)                    \
    static guint name##_probe(const char *path, const guint8 *config, gsize config_len)  \
    {                                                                                    \
        const char *const types[] = {_umk_##name##_family.model_type, NULL};             \
                                                                                         \
        return _umk_audio_probe(config, config_len, types);                              \
    }                                                                                    \
                                                                                         \
    static gboolean name##_load_folder(gpointer model, UmkAudioFolder *folder,           \
                                       UmkParams *params, GError **error)                \
    {                                                                                    \
        UmkSpeechEncoder *self = model;                                                  \
                                                                                         \
        return _umk_speech_encoder_load(self, &_umk_##name##_family, folder, error) &&   \
               _umk_audio_model_init(&self->base, folder->config, params, error);        \
    }                                                                                    \
                                                                                         \
    static gpointer name##_load(const char *path, UmkParams *params, UmkRun *run,        \
                                GError **error)                                          \
    {                                                                                    \
        return _umk_audio_load(path, params, &_umk_speech_extractor,                     \
                               g_new0(UmkSpeechEncoder, 1), name##_load_folder,          \
                               _umk_speech_encoder_free, error);                         \
    }                                                                                    \
                                                                                         \
    const UmkEmbedderOps _umk_##name##_embedder = {                                      \
        .struct_size = sizeof(UmkEmbedderOps),                                           \
        .id = embedder_id,                                                               \
        .title = embedder_title,                                                         \
        .modality = UMK_MODALITY_AUDIO,                                                  \
        .probe = name##_probe,                                                           \
        .model_load = name##_load,                                                       \
        .model_free = _umk_speech_encoder_free,                                          \
        .model_n_dims = _umk_audio_model_n_dims,                                         \
        .session_new = _umk_audio_session_new,                                           \
        .session_free = _umk_audio_session_free,                                         \
        .session_embed = _umk_audio_session_embed,                                       \
        .batch_hint = 1,                                                                 \
    };
