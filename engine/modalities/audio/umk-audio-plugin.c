/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio plugin: the list of what this modality offers. */
#include "umk-ast-private.h"
#include "umk-audio-encoder-private.h"
#include "umk-audio-features-private.h"
#include "umk-clap-private.h"
#include "umk-dvector-private.h"
#include "umk-mfcc-stats-private.h"
#include "umk-speech-encoder-private.h"
#include "umk-waveform-private.h"
#include "umk-whisper-private.h"
#include "umk-xvector-private.h"

#include "umk-config.h"

/* clang-format off */
static const UmkEmbedderOps *const embedders[] = {
    &_umk_audio_encoder_embedder,
    &_umk_mfcc_stats_embedder,
    &_umk_whisper_embedder,
    &_umk_ast_embedder,
    &_umk_wav2vec2_embedder,
    &_umk_hubert_embedder,
    &_umk_wavlm_embedder,
    &_umk_clap_embedder,
    &_umk_dvector_embedder,
    &_umk_xvector_embedder,
    &_umk_speech_xvector_embedder,
    NULL,
};
/* clang-format on */

static const UmkFeatureOps *const features[] = {&_umk_feature_mfcc, &_umk_feature_logmel,
                                                &_umk_feature_samples, NULL};
static const UmkPreviewOps *const previews[] = {&_umk_waveform_preview, NULL};

static const UmkPlugin audio_plugin = {
    .abi = UMK_PLUGIN_ABI,
    .struct_size = sizeof(UmkPlugin),
    .name = "umk-audio",
    .version = UMK_VERSION_STRING,
    .license = "GPL-3.0-or-later",
    .embedders = embedders,
    .features = features,
    .previews = previews,
};

UMK_PLUGIN_DEFINE(audio_plugin)
