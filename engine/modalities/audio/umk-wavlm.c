/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WavLM (Chen et al. 2022): wav2vec 2.0 with a bias on the scores of attention that
 * depends on the distance, scaled by what the query holds. The table of the bias lies in
 * the first block and serves all of them. */
#include "umk-speech-encoder-private.h"

#include <glib/gi18n-lib.h>

#define MAX_BUCKETS  65536
#define MAX_DISTANCE 65536

static const UmkEncoderNames names = {
    UMK_SPEECH_ENCODER_NAMES,
    .gate_linear = "encoder.layers.#.attention.gru_rel_pos_linear",
    .gate_constant = "encoder.layers.#.attention.gru_rel_pos_const",
};

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const types[] = {"wavlm", NULL};

    return _umk_audio_probe(config, config_len, types);
}

static gboolean
bind_bias(UmkSpeechEncoder *self, UmkAudioFolder *folder, GError **error)
{
    gsize n_heads = _umk_encoder_get_config(self->encoder)->n_heads;
    gsize n_buckets, distance;
    const float *table;

    if (!_umk_json_get_size(folder->config, "num_buckets", 320, MAX_BUCKETS, &n_buckets,
                            error) ||
        !_umk_json_get_size(folder->config, "max_bucket_distance", 800, MAX_DISTANCE,
                            &distance, error))
        return FALSE;
    const gsize shape[2] = {n_buckets, n_heads};
    if (n_buckets < 4 || n_buckets % 4 != 0 || distance <= n_buckets / 4) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("A relative bias of %zu buckets up to a distance of %zu is not "
                      "possible"),
                    n_buckets, distance);
        return FALSE;
    }
    table = _umk_tensors_get(&folder->tensors,
                             "encoder.layers.0.attention.rel_attn_embed.weight", shape, 2,
                             error);
    if (table == NULL)
        return FALSE;
    _umk_encoder_take_relative_bias(
        self->encoder,
        _umk_relative_bias_new_buckets(table, n_buckets, n_heads, distance));
    _umk_tensors_release(&folder->tensors, table);
    return TRUE;
}

static gboolean
load(gpointer model, UmkAudioFolder *folder, UmkParams *params, GError **error)
{
    static const char *const prefixes[] = {"wavlm.", "", NULL};
    UmkSpeechEncoder *self = model;

    _umk_audio_folder_find_prefix(folder, "encoder.layer_norm.weight", prefixes);
    return _umk_speech_encoder_load(self, folder, &names, error) &&
           bind_bias(self, folder, error) &&
           _umk_audio_model_init(&self->base, folder->config, params, error);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    return _umk_audio_load(path, params, &_umk_speech_extractor,
                           g_new0(UmkSpeechEncoder, 1), load, _umk_speech_encoder_free,
                           error);
}

const UmkEmbedderOps _umk_wavlm_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "wavlm",
    .title = N_("WavLM"),
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
