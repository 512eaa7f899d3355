/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Audio Spectrogram Transformer (Gong et al. 2021): overlapping patches of Kaldi's
 * filter bank as tokens of a vision transformer. The vector is the mean of the class and
 * the distillation token after the last norm. Clips are cut to the model's number of
 * frames (10 seconds) or filled with zeros, before the bands are scaled, as its feature
 * extractor does. */
#include "umk-ast-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_SIDE   4096
#define MAX_TOKENS 65536
#define MAX_VALUES (1 << 24) /* of a clip's bands */

static const UmkExtractorConfig extractor = {
    .rate = 16000,
    .n_mels = 128,
    .max_frames = 1024,
    .normalize = TRUE,
    .mean = -4.2677393,
    .std = 4.5689974,
};

typedef struct {
    UmkEncoderConfig encoder;
    gsize patch;
    gsize stride[2]; /* frequency, time */
    gsize n_mels;
    gsize n_frames;
} Config;

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const types[] = {"audio-spectrogram-transformer", NULL};

    return _umk_audio_probe(config, config_len, types);
}

static void
model_free(gpointer model)
{
    UmkAst *self = model;

    _umk_frontend_unref(self->frontend);
    _umk_conv_clear(&self->patch);
    g_free(self->extra);
    g_free(self->positions);
    _umk_encoder_free(self->encoder);
    _umk_norm_clear(&self->norm_after);
    g_free(self);
}

static gboolean
make_frontend(UmkAst *self, const UmkExtractorConfig *e, GError **error)
{
    UmkFeatureConfig features;

    if (!_umk_feature_config_from_preset(&features, "ast", FALSE, error))
        return FALSE;
    features.rate = e->rate;
    features.n_mels = e->n_mels;
    if (!_umk_feature_config_resolve(&features, e->rate, error))
        return FALSE;
    self->frontend = _umk_frontend_new(&features);
    self->scale = e->normalize;
    self->mean = (float) e->mean;
    self->factor = (float) (0.5 / e->std);
    self->n_samples = (gsize) (e->max_frames - 1) * (gsize) features.hop_length +
                      (gsize) features.frame_length;
    return TRUE;
}

static gboolean
read_config(Config *c, UmkAudioFolder *folder, GError **error)
{
    JsonObject *o = folder->config;
    const UmkExtractorConfig *e = &folder->extractor;
    gboolean qkv_bias;

    c->encoder = (UmkEncoderConfig){
        .n_dims = 768,
        .n_layers = 12,
        .n_heads = 12,
        .n_ffn = 3072,
        .eps = 1e-12f,
        .pre_norm = TRUE,
    };
    if (!_umk_audio_read_encoder(&c->encoder, o, &_umk_audio_keys_bert, error) ||
        !_umk_json_get_boolean(o, "qkv_bias", TRUE, &qkv_bias, error) ||
        !_umk_json_get_size(o, "patch_size", 16, MAX_SIDE, &c->patch, error) ||
        !_umk_json_get_size(o, "frequency_stride", 10, MAX_SIDE, &c->stride[0], error) ||
        !_umk_json_get_size(o, "time_stride", 10, MAX_SIDE, &c->stride[1], error) ||
        !_umk_json_get_size(o, "num_mel_bins", 128, MAX_SIDE, &c->n_mels, error) ||
        !_umk_json_get_size(o, "max_length", 1024, MAX_TOKENS, &c->n_frames, error))
        return FALSE;
    c->encoder.bias = qkv_bias ? UMK_BIAS_REQUIRED : UMK_BIAS_OPTIONAL;
    if (c->n_mels != (gsize) e->n_mels || c->n_frames != (gsize) e->max_frames) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The model takes %zu frames of %zu mel bands and its preprocessor "
                      "gives %zu of %zu"),
                    c->n_frames, c->n_mels, (gsize) e->max_frames, (gsize) e->n_mels);
        return FALSE;
    }
    return TRUE;
}

/* Only sizes are multiplied here; the tensors then have to agree. */
static gboolean
measure(UmkAst *self, const Config *c, GError **error)
{
    gsize rows, columns;

    self->patch.kernel[0] = self->patch.kernel[1] = c->patch;
    memcpy(self->patch.stride, c->stride, sizeof c->stride);
    rows = _umk_conv_out_size(&self->patch, 0, c->n_mels);
    columns = _umk_conv_out_size(&self->patch, 1, c->n_frames);
    if (c->patch == 0 || rows == 0 || columns == 0 || rows > MAX_TOKENS / columns ||
        c->n_frames > MAX_VALUES / c->n_mels) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("%zu frames of %zu mel bands cannot be cut in patches of %zu"),
                    c->n_frames, c->n_mels, c->patch);
        return FALSE;
    }
    self->n_mels = c->n_mels;
    self->n_frames = c->n_frames;
    self->n_tokens = UMK_AST_N_EXTRA + rows * columns;
    self->base.n_full = c->encoder.n_dims;
    return TRUE;
}

static gboolean
bind_embeddings(UmkAst *self, const UmkTensors *tensors, GError **error)
{
    static const char *const extra[UMK_AST_N_EXTRA] = {"embeddings.cls_token",
                                                       "embeddings.distillation_token"};
    gsize d = self->base.n_full;
    const gsize one[3] = {1, 1, d}, all[3] = {1, self->n_tokens, d};
    const float *data;

    if (!_umk_conv_bind(&self->patch, tensors, "embeddings.patch_embeddings.projection",
                        d, 1, UMK_BIAS_REQUIRED, error))
        return FALSE;
    self->extra = g_new(float, UMK_AST_N_EXTRA *d);
    for (gsize i = 0; i < UMK_AST_N_EXTRA; i++) {
        data = _umk_tensors_get(tensors, extra[i], one, 3, error);
        if (data == NULL)
            return FALSE;
        memcpy(self->extra + i * d, data, d * sizeof *data);
        _umk_tensors_release(tensors, data);
    }
    data = _umk_tensors_get(tensors, "embeddings.position_embeddings", all, 3, error);
    if (data == NULL)
        return FALSE;
    self->positions = g_memdup2(data, self->n_tokens * d * sizeof *data);
    _umk_tensors_release(tensors, data);
    return TRUE;
}

static gboolean
bind(UmkAst *self, const Config *c, const UmkTensors *tensors, GError **error)
{
    if (!bind_embeddings(self, tensors, error))
        return FALSE;
    self->encoder =
        _umk_encoder_new(&c->encoder, &_umk_encoder_names_vit, tensors, error);
    return self->encoder != NULL &&
           _umk_norm_bind(&self->norm_after, tensors, "layernorm", c->encoder.n_dims,
                          c->encoder.eps, error);
}

float *
_umk_ast_features(const UmkAst *self, UmkItem *item, UmkRun *run, GError **error)
{
    gsize n_frames, n = self->n_frames * self->n_mels;
    g_autofree float *rows = _umk_audio_compute_head(
        item, self->frontend, self->n_samples, FALSE, run, &n_frames, error);
    float *features;

    if (rows == NULL)
        return NULL;
    features = g_new0(float, n);
    memcpy(features, rows,
           MIN(n_frames, self->n_frames) * self->n_mels * sizeof *features);
    if (self->scale)
        for (gsize i = 0; i < n; i++)
            features[i] = (features[i] - self->mean) * self->factor;
    return features;
}

float *
_umk_ast_forward(const UmkAst *self,
                 const float *features,
                 UmkArena *arena,
                 GError **error)
{
    gsize d = self->base.n_full, n = self->n_tokens, work;
    const guint32 offsets[2] = {0, (guint32) n};
    gsize n_hidden = _umk_arena_round(n * d);
    gsize n_map = _umk_arena_round(self->n_mels * self->n_frames);
    float *hidden, *map;

    work = n_map + _umk_conv_scratch_size(&self->patch, self->n_mels, self->n_frames);
    work = MAX(work, _umk_encoder_scratch_size(self->encoder, n, n));
    hidden = _umk_arena_reserve(arena, n_hidden + work, error);
    if (hidden == NULL)
        return NULL;
    map = hidden + n_hidden;
    /* The patches run along frequency first: a map of height n_mels. */
    _umk_channels_last(features, self->n_frames, self->n_mels, map);
    memcpy(hidden, self->extra, UMK_AST_N_EXTRA * d * sizeof *hidden);
    _umk_conv_forward(&self->patch, map, self->n_mels, self->n_frames,
                      UMK_ACTIVATION_NONE, map + n_map, hidden + UMK_AST_N_EXTRA * d);
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
    const UmkAst *self = (const UmkAst *) model;
    g_autofree float *features = _umk_ast_features(self, item, run, error);
    const float *hidden;

    if (features == NULL)
        return FALSE;
    hidden = _umk_ast_forward(self, features, arena, error);
    if (hidden == NULL)
        return FALSE;
    _umk_audio_mean(hidden, UMK_AST_N_EXTRA, model->n_full, out);
    return TRUE;
}

static gboolean
load(gpointer model, UmkAudioFolder *folder, UmkParams *params, GError **error)
{
    static const char *const prefixes[] = {"audio_spectrogram_transformer.", "", NULL};
    UmkAst *self = model;
    Config config;

    self->base.encode = encode;
    _umk_audio_folder_find_prefix(folder, "embeddings.cls_token", prefixes);
    return make_frontend(self, &folder->extractor, error) &&
           read_config(&config, folder, error) && measure(self, &config, error) &&
           bind(self, &config, &folder->tensors, error) &&
           _umk_audio_model_init(&self->base, folder->config, params, error);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    return _umk_audio_load(path, params, &extractor, g_new0(UmkAst, 1), load, model_free,
                           error);
}

const UmkEmbedderOps _umk_ast_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "ast",
    .title = N_("Audio Spectrogram Transformer"),
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
