/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WavLM (Chen et al. 2022): wav2vec 2.0 with a bias on the scores of attention that
 * depends on the distance, scaled by what the query holds. The table of the bias lies in
 * the first block and serves all of them. */
#include "umk-speech-encoder-private.h"

#include <glib/gi18n-lib.h>

#define MAX_BUCKETS  65536
#define MAX_DISTANCE 8192

static const UmkEncoderNames names = {
    UMK_SPEECH_ENCODER_NAMES,
    .gate_linear = "encoder.layers.#.attention.gru_rel_pos_linear",
    .gate_constant = "encoder.layers.#.attention.gru_rel_pos_const",
};

static gboolean
bind_bias(UmkSpeechEncoder *self,
          JsonObject *config,
          const UmkTensors *tensors,
          GError **error)
{
    gsize n_heads = _umk_encoder_get_config(self->encoder)->n_heads;
    gsize n_buckets, distance;
    const float *table;

    if (!_umk_json_get_size(config, "num_buckets", 320, MAX_BUCKETS, &n_buckets, error) ||
        !_umk_json_get_size(config, "max_bucket_distance", 800, MAX_DISTANCE, &distance,
                            error))
        return FALSE;
    const gsize shape[2] = {n_buckets, n_heads};
    if (n_buckets < 4 || n_buckets % 4 != 0 || distance <= n_buckets / 4) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("A relative bias of %zu buckets up to a distance of %zu is not "
                      "possible"),
                    n_buckets, distance);
        return FALSE;
    }
    table = _umk_tensors_get(tensors, "encoder.layers.0.attention.rel_attn_embed.weight",
                             shape, 2, error);
    if (table == NULL)
        return FALSE;
    _umk_encoder_take_relative_bias(
        self->encoder,
        _umk_relative_bias_new_buckets(table, n_buckets, n_heads, distance));
    _umk_tensors_release(tensors, table);
    return TRUE;
}

const UmkSpeechFamily _umk_wavlm_family = {
    .model_type = "wavlm",
    .names = &names,
    .bind = bind_bias,
};

UMK_DEFINE_SPEECH_EMBEDDER(wavlm, "wavlm", N_("WavLM"))
