/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The x-vector of Snyder et al. 2018: a time-delay network over log-mel bands or cepstral
 * coefficients, statistics pooling, and the first linear map behind it.
 *
 * config.json: model_type "x-vector", tdnn_dim [512, 512, 512, 512, 1500], tdnn_kernel
 *   [5, 3, 3, 1, 1], tdnn_dilation [1, 2, 3, 1, 1], xvector_output_dim 512
 * preprocessor_config.json: that of Umekomi's own models (umk-audio-preprocess.c), for
 *   example { "preset": "kaldi", "feature": "mfcc", "n_mels": 30, "n_mfcc": 30,
 *   "sampling_rate": 16000, "normalize": "per_coefficient" }
 * model.safetensors: tdnn.N.conv.weight (out, in, kernel), tdnn.N.conv.bias, after the
 *   ReLU perhaps tdnn.N.norm.{weight, bias, running_mean, running_var}, embedding.weight
 *   (out, 2 * last of tdnn_dim), embedding.bias */
#include "umk-xvector-private.h"

#include "umk-audio-features-private.h"
#include "umk-audio-preprocess-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_DIMS 16384

static const UmkExtractorConfig extractor = {.rate = 16000};

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const types[] = {"x-vector", NULL};

    return _umk_audio_probe(config, config_len, types);
}

static void
model_free(gpointer model)
{
    UmkXvector *self = model;

    _umk_frontend_unref(self->frontend);
    _umk_tdnn_clear(&self->tdnn);
    _umk_linear_clear(&self->embedding);
    g_free(self);
}

gboolean
_umk_xvector_embed(const UmkXvector *self,
                   const float *rows,
                   gsize n_rows,
                   UmkArena *arena,
                   float *out,
                   GError **error)
{
    gsize n_statistics = _umk_arena_round(_umk_tdnn_n_out(&self->tdnn));
    gsize needed = _umk_tdnn_n_needed(&self->tdnn);
    float *statistics;

    if (n_rows < needed) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The sound is too short: it has %zu frames and the model needs "
                      "%zu"),
                    n_rows, needed);
        return FALSE;
    }
    statistics = _umk_arena_reserve(
        arena, n_statistics + _umk_tdnn_scratch_size(&self->tdnn, n_rows), error);
    if (statistics == NULL)
        return FALSE;
    _umk_tdnn_forward(&self->tdnn, rows, n_rows, statistics + n_statistics, statistics);
    _umk_linear_forward(&self->embedding, statistics, 1, UMK_ACTIVATION_NONE, out);
    return TRUE;
}

static gboolean
encode(const UmkAudioModel *model,
       UmkItem *item,
       UmkArena *arena,
       float *out,
       UmkRun *run,
       GError **error)
{
    const UmkXvector *self = (const UmkXvector *) model;
    gsize n_rows;
    g_autofree float *rows =
        _umk_audio_compute(item, self->frontend, run, &n_rows, error);

    return rows != NULL && _umk_xvector_embed(self, rows, n_rows, arena, out, error);
}

/* Unlike those of the published families, this folder must say what its network hears. */
static gboolean
make_frontend(UmkXvector *self, const char *path, GError **error)
{
    g_autofree char *file = g_build_filename(path, "preprocessor_config.json", NULL);
    g_autofree char *data = NULL;
    UmkFeatureConfig features;
    gsize length;

    if (!g_file_get_contents(file, &data, &length, error) ||
        !_umk_audio_preprocess_parse(&features, (const guint8 *) data, length, error))
        return FALSE;
    self->frontend = _umk_frontend_new(&features);
    return TRUE;
}

static gboolean
load(gpointer model, UmkAudioFolder *folder, UmkParams *params, GError **error)
{
    UmkXvector *self = model;
    UmkTdnnConfig tdnn;

    self->base.encode = encode;
    return make_frontend(self, folder->path, error) &&
           _umk_tdnn_read_config(&tdnn, folder->config, error) &&
           _umk_json_get_size(folder->config, "xvector_output_dim", 512, MAX_DIMS,
                              &self->base.n_full, error) &&
           _umk_tdnn_bind(&self->tdnn, &tdnn, _umk_frontend_get_n_coeffs(self->frontend),
                          &folder->tensors, error) &&
           _umk_linear_bind(&self->embedding, &folder->tensors, "embedding",
                            self->base.n_full, _umk_tdnn_n_out(&self->tdnn),
                            UMK_BIAS_REQUIRED, error) &&
           _umk_audio_model_init(&self->base, folder->config, params, error);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    return _umk_audio_load(path, params, &extractor, g_new0(UmkXvector, 1), load,
                           model_free, error);
}

const UmkEmbedderOps _umk_xvector_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "x-vector",
    .title = N_("x-vector (TDNN speaker encoder)"),
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
