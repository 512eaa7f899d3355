/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wav2vec 2.0 (Baevski et al. 2020): mean of the last hidden states. Heads for
 * recognition or pretraining are not read. */
#include "umk-speech-encoder-private.h"

#include <glib/gi18n-lib.h>

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const types[] = {"wav2vec2", NULL};

    return _umk_audio_probe(config, config_len, types);
}

static gboolean
load(gpointer model, UmkAudioFolder *folder, UmkParams *params, GError **error)
{
    static const char *const prefixes[] = {"wav2vec2.", "", NULL};
    UmkSpeechEncoder *self = model;

    _umk_audio_folder_find_prefix(folder, "encoder.layer_norm.weight", prefixes);
    return _umk_speech_encoder_load(self, folder, &_umk_speech_encoder_names, error) &&
           _umk_audio_model_init(&self->base, folder->config, params, error);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    return _umk_audio_load(path, params, &_umk_speech_extractor,
                           g_new0(UmkSpeechEncoder, 1), load, _umk_speech_encoder_free,
                           error);
}

const UmkEmbedderOps _umk_wav2vec2_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "wav2vec2",
    .title = N_("wav2vec 2.0"),
    .modality = UMK_MODALITY_AUDIO,
    .probe = probe,
    .model_load = model_load,
    .model_free = _umk_speech_encoder_free,
    .model_n_dims = _umk_audio_model_n_dims,
    .session_new = _umk_audio_session_new,
    .session_free = _umk_audio_session_free,
    .session_embed = _umk_audio_session_embed,
    .batch_hint = 1,
};
