/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The encoder of Whisper (Radford et al. 2022). A folder holds the whole speech
 * recogniser; the decoder is not read. The vector is the mean of the encoder's last
 * hidden states over all positions of the window, the silence that fills a short clip up
 * to 30 seconds included: the network was trained on filled windows and hears the silence
 * as part of the clip. Of a longer clip the first 30 seconds are heard, as its feature
 * extractor has it.
 *
 * Means of different clips lie close together; they tell sounds apart by small
 * differences. */
#include "umk-whisper-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_POSITIONS 65536

static const UmkAudioEncoderKeys keys = {
    .n_dims = "d_model",
    .n_layers = "encoder_layers",
    .n_heads = "encoder_attention_heads",
    .n_ffn = "encoder_ffn_dim",
    .activation = "activation_function",
};

static const UmkEncoderNames names = {
    .query = "layers.#.self_attn.q_proj",
    .key = "layers.#.self_attn.k_proj",
    .value = "layers.#.self_attn.v_proj",
    .out = "layers.#.self_attn.out_proj",
    .norm_attention = "layers.#.self_attn_layer_norm",
    .up = "layers.#.fc1",
    .down = "layers.#.fc2",
    .norm_ffn = "layers.#.final_layer_norm",
};

static const UmkExtractorConfig extractor = {
    .rate = 16000,
    .feature_size = 80,
    .n_fft = 400,
    .hop_length = 160,
    .max_seconds = 30,
};

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const types[] = {"whisper", NULL};

    return _umk_audio_probe(config, config_len, types);
}

static void
model_free(gpointer model)
{
    UmkWhisper *self = model;

    _umk_frontend_unref(self->frontend);
    _umk_conv_clear(&self->conv[0]);
    _umk_conv_clear(&self->conv[1]);
    g_free(self->positions);
    _umk_encoder_free(self->encoder);
    _umk_norm_clear(&self->norm_after);
    g_free(self);
}

static gboolean
make_frontend(UmkWhisper *self, const UmkExtractorConfig *e, GError **error)
{
    UmkFeatureConfig features;

    if (!_umk_feature_config_from_preset(&features, "whisper", FALSE, error))
        return FALSE;
    features.rate = e->rate;
    features.n_mels = e->feature_size;
    features.n_fft = e->n_fft;
    features.hop_length = e->hop_length;
    if (!_umk_feature_config_resolve(&features, e->rate, error) ||
        !_umk_audio_check_window(e, &self->n_samples, error))
        return FALSE;
    self->frontend = _umk_frontend_new(&features);
    self->n_mels = (gsize) e->feature_size;
    self->n_frames = self->n_samples / (gsize) e->hop_length;
    return TRUE;
}

static gboolean
read_config(UmkWhisper *self, UmkAudioFolder *folder, UmkEncoderConfig *c, GError **error)
{
    gsize n_mels;

    *c = (UmkEncoderConfig){
        .eps = 1e-5f, .pre_norm = TRUE, .bias = UMK_BIAS_OPTIONAL /* keys have none */
    };
    if (!_umk_audio_read_encoder(c, folder->config, &keys, error) ||
        !_umk_json_get_size(folder->config, "num_mel_bins", 80, 4096, &n_mels, error) ||
        !_umk_json_get_size(folder->config, "max_source_positions", 1500, MAX_POSITIONS,
                            &self->n_positions, error))
        return FALSE;
    if (n_mels != self->n_mels || self->n_positions == 0 ||
        self->n_positions != (self->n_frames + 1) / 2) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The model takes %zu frames of %zu mel bands and its preprocessor "
                      "gives %zu of %zu"),
                    2 * self->n_positions, n_mels, self->n_frames, self->n_mels);
        return FALSE;
    }
    self->base.n_full = c->n_dims;
    return TRUE;
}

static gboolean
bind(UmkWhisper *self,
     const UmkEncoderConfig *c,
     const UmkTensors *tensors,
     GError **error)
{
    gsize d = c->n_dims;
    const gsize shape[2] = {self->n_positions, d};
    const float *positions;

    for (gsize i = 0; i < 2; i++)
        self->conv[i] = (UmkConv){
            .kernel = {1, 3}, .stride = {1, 1 + i}, .padding = {0, 1}, .is_1d = TRUE};
    if (!_umk_conv_bind(&self->conv[0], tensors, "conv1", d, self->n_mels,
                        UMK_BIAS_REQUIRED, error) ||
        !_umk_conv_bind(&self->conv[1], tensors, "conv2", d, d, UMK_BIAS_REQUIRED, error))
        return FALSE;
    positions = _umk_tensors_get(tensors, "embed_positions.weight", shape, 2, error);
    if (positions == NULL)
        return FALSE;
    self->positions = g_memdup2(positions, self->n_positions * d * sizeof *positions);
    _umk_tensors_release(tensors, positions);
    self->encoder = _umk_encoder_new(c, &names, tensors, error);
    return self->encoder != NULL &&
           _umk_norm_bind(&self->norm_after, tensors, "layer_norm", d, c->eps, error);
}

float *
_umk_whisper_forward(const UmkWhisper *self,
                     const float *mel,
                     UmkArena *arena,
                     GError **error)
{
    gsize d = self->base.n_full, n = self->n_positions, work;
    const guint32 offsets[2] = {0, (guint32) n};
    gsize n_hidden = _umk_arena_round(n * d);
    gsize n_first = _umk_arena_round(self->n_frames * d);
    float *hidden, *first;

    work = _umk_conv_scratch_size(&self->conv[0], 1, self->n_frames);
    work = MAX(work, _umk_conv_scratch_size(&self->conv[1], 1, self->n_frames));
    work = MAX(n_first + work, _umk_encoder_scratch_size(self->encoder, n, n));
    hidden = _umk_arena_reserve(arena, n_hidden + work, error);
    if (hidden == NULL)
        return NULL;
    first = hidden + n_hidden;
    _umk_conv_forward(&self->conv[0], mel, 1, self->n_frames, UMK_ACTIVATION_GELU,
                      first + n_first, first);
    _umk_conv_forward(&self->conv[1], first, 1, self->n_frames, UMK_ACTIVATION_GELU,
                      first + n_first, hidden);
    _umk_kernel_add(hidden, self->positions, n * d);
    _umk_encoder_forward(self->encoder, hidden, offsets, 1, hidden + n_hidden);
    _umk_norm_forward(&self->norm_after, hidden, n, hidden);
    return hidden;
}

static gboolean
encode(const UmkAudioModel *model,
       UmkItem *item,
       UmkArena *arena,
       float *out,
       UmkRun *run,
       GError **error)
{
    const UmkWhisper *self = (const UmkWhisper *) model;
    gsize n_frames;
    g_autofree float *mel = _umk_audio_compute_head(item, self->frontend, self->n_samples,
                                                    TRUE, run, &n_frames, error);
    const float *hidden;

    if (mel == NULL)
        return FALSE;
    hidden = _umk_whisper_forward(self, mel, arena, error);
    if (hidden == NULL)
        return FALSE;
    _umk_audio_mean(hidden, self->n_positions, model->n_full, out);
    return TRUE;
}

static gboolean
load(gpointer model, UmkAudioFolder *folder, UmkParams *params, GError **error)
{
    UmkWhisper *self = model;
    static const char *const prefixes[] = {"model.encoder.", "encoder.", "", NULL};
    UmkEncoderConfig config;

    self->base.encode = encode;
    _umk_audio_folder_find_prefix(folder, "conv1.weight", prefixes);
    return make_frontend(self, &folder->extractor, error) &&
           read_config(self, folder, &config, error) &&
           bind(self, &config, &folder->tensors, error) &&
           _umk_audio_model_init(&self->base, folder->config, params, error);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    return _umk_audio_load(path, params, &extractor, g_new0(UmkWhisper, 1), load,
                           model_free, error);
}

const UmkEmbedderOps _umk_whisper_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "whisper",
    .title = N_("Whisper, encoder"),
    .modality = UMK_MODALITY_AUDIO,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = _umk_audio_model_n_dims,
    .session_new = _umk_audio_session_new,
    .session_free = _umk_audio_session_free,
    .session_embed = _umk_audio_session_embed,
    .batch_hint = 1,
};
