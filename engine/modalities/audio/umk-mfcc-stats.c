/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timbre without a model: mean and deviation of 20 cepstral coefficients over a sound.
 *
 * It tells a flute from a drum and one voice from another; it knows no words and no
 * meanings, and its vectors share a space with nothing else. The zeroth coefficient is
 * left out, so that loudness does not count; the sine lifter brings the coefficients to
 * similar sizes, so that the cosine sees all of them. */
#include "umk-mfcc-stats-private.h"

#include "umk-audio-features-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define N_COEFFS 20

typedef struct {
    UmkFrontend *frontend;
    gboolean normalize;
} Model;

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_frontend_unref(self->frontend);
    g_free(self);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    UmkFeatureConfig config;

    if (!_umk_feature_config_from_preset(&config, "kaldi", TRUE, error))
        return NULL;
    config.rate = 16000;
    config.n_mels = 40;
    config.n_mfcc = N_COEFFS;
    config.zeroth = UMK_ZEROTH_NONE;
    /* Sounds shorter than a frame still get a vector. */
    config.framing = UMK_FRAMING_MID_HOP;
    config.edge = UMK_EDGE_SYMMETRIC;
    if (!_umk_feature_config_resolve(&config, config.rate, error))
        return NULL;
    Model *self = g_new0(Model, 1);
    self->frontend = _umk_frontend_new(&config);
    self->normalize = params == NULL || !umk_params_has(params, "normalize") ||
                      umk_params_get_bool(params, "normalize");
    return self;
}

static gsize
model_n_dims(gconstpointer model)
{
    return 2 * N_COEFFS;
}

static gpointer
session_new(gconstpointer model, GError **error)
{
    return (gpointer) model;
}

static void
session_free(gpointer session)
{
}

static void
summarise(const float *rows, gsize n_frames, float *out)
{
    for (gsize j = 0; j < N_COEFFS; j++) {
        double sum = 0, squares = 0;
        for (gsize t = 0; t < n_frames; t++)
            sum += (double) rows[t * N_COEFFS + j];
        double mean = sum / (double) n_frames;
        for (gsize t = 0; t < n_frames; t++) {
            double d = (double) rows[t * N_COEFFS + j] - mean;
            squares += d * d;
        }
        out[j] = (float) mean;
        out[N_COEFFS + j] = (float) sqrt(squares / (double) n_frames);
    }
}

static gboolean
session_embed(gpointer session,
              UmkItem *const *items,
              gsize n_items,
              float *out,
              gsize out_stride,
              UmkRun *run,
              GError **error)
{
    const Model *self = session;
    for (gsize i = 0; i < n_items; i++, out += out_stride) {
        gsize n_frames;
        g_autofree float *rows =
            _umk_audio_compute(items[i], self->frontend, run, &n_frames, error);
        if (rows == NULL)
            return FALSE;
        summarise(rows, n_frames, out);
        if (!self->normalize)
            continue;
        double squares = 0;
        for (gsize j = 0; j < 2 * N_COEFFS; j++)
            squares += (double) out[j] * (double) out[j];
        if (squares == 0) /* silence: every direction is as good */
            continue;
        double scale = 1.0 / sqrt(squares);
        for (gsize j = 0; j < 2 * N_COEFFS; j++)
            out[j] = (float) ((double) out[j] * scale);
    }
    return TRUE;
}

const UmkEmbedderOps _umk_mfcc_stats_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "mfcc-stats",
    .title = N_("Timbre (MFCC statistics, no model)"),
    .modality = UMK_MODALITY_AUDIO,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = model_n_dims,
    .session_new = session_new,
    .session_free = session_free,
    .session_embed = session_embed,
    .batch_hint = 4,
};
