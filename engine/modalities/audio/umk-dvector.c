/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The speaker encoder of Wan et al. 2018 (GE2E) as Resemblyzer and Real-Time Voice
 * Cloning have it: mel power without a logarithm, three LSTM layers, a linear layer,
 * ReLU. A clip is cut in overlapping partial utterances; each gives a unit vector, the
 * clip's is their mean. Those programs also cut silences out with a voice detector; that
 * is left to whoever prepares the clips.
 *
 * config.json, with its defaults:
 *   model_type "d-vector", hidden_size 256, num_hidden_layers 3, embedding_size 256,
 *   partial_frames 160, partial_step 77, min_coverage 0.75, target_dbfs -30
 * preprocessor_config.json, likewise: sampling_rate 16000, feature_size 40, n_fft 400,
 *   hop_length 160
 * model.safetensors, with the names of the published state dictionaries:
 *   lstm.weight_ih_lN (4 hidden, in), lstm.weight_hh_lN (4 hidden, hidden),
 *   lstm.bias_ih_lN, lstm.bias_hh_lN (4 hidden), linear.weight (embedding, hidden),
 *   linear.bias */
#include "umk-dvector-private.h"

#include "umk-audio-decode-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define MAX_DIMS    8192
#define MAX_FRAMES  4096
#define MAX_MINUTES 60
#define AT_ONCE     16 /* partial utterances */

static const UmkExtractorConfig extractor = {
    .rate = 16000,
    .feature_size = 40,
    .n_fft = 400,
    .hop_length = 160,
};

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const types[] = {"d-vector", NULL};

    return _umk_audio_probe(config, config_len, types);
}

static void
model_free(gpointer model)
{
    UmkDvector *self = model;

    _umk_frontend_unref(self->frontend);
    for (gsize i = 0; i < UMK_DVECTOR_MAX_LAYERS; i++)
        _umk_lstm_clear(&self->layers[i]);
    _umk_linear_clear(&self->linear);
    g_free(self);
}

static gboolean
make_frontend(UmkDvector *self, const UmkExtractorConfig *e, GError **error)
{
    UmkFeatureConfig features;

    if (!_umk_feature_config_from_preset(&features, "librosa", FALSE, error))
        return FALSE;
    features.rate = self->rate = e->rate;
    features.n_mels = e->feature_size;
    features.n_fft = e->n_fft;
    features.hop_length = e->hop_length;
    features.log = UMK_LOG_NONE;
    features.range = 0;
    if (!_umk_feature_config_resolve(&features, e->rate, error))
        return FALSE;
    self->frontend = _umk_frontend_new(&features);
    self->n_mels = (gsize) e->feature_size;
    self->hop = (gsize) e->hop_length;
    return TRUE;
}

static gboolean
read_config(UmkDvector *self, JsonObject *o, gsize *n_hidden, GError **error)
{
    if (!_umk_json_get_size(o, "hidden_size", 256, MAX_DIMS, n_hidden, error) ||
        !_umk_json_get_size(o, "num_hidden_layers", 3, UMK_DVECTOR_MAX_LAYERS,
                            &self->n_layers, error) ||
        !_umk_json_get_size(o, "embedding_size", 256, MAX_DIMS, &self->base.n_full,
                            error) ||
        !_umk_json_get_size(o, "partial_frames", 160, MAX_FRAMES, &self->n_frames,
                            error) ||
        !_umk_json_get_size(o, "partial_step", 77, MAX_FRAMES, &self->n_step, error) ||
        !_umk_json_get_number(o, "min_coverage", 0.75, &self->min_coverage, error) ||
        !_umk_json_get_number(o, "target_dbfs", -30, &self->target_dbfs, error))
        return FALSE;
    if (*n_hidden > 0 && self->n_layers > 0 && self->base.n_full > 0 &&
        self->n_frames > 0 && self->n_step > 0 && self->n_step <= self->n_frames &&
        self->min_coverage > 0 && self->min_coverage <= 1 && self->target_dbfs <= 0)
        return TRUE;
    g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("A size of the speaker encoder is 0, or “partial_step”, "
                          "“min_coverage” or “target_dbfs” is out of range"));
    return FALSE;
}

static gboolean
bind(UmkDvector *self, gsize n_hidden, const UmkTensors *tensors, GError **error)
{
    UmkTensors lstm = *tensors;

    lstm.prefix = "lstm.";
    for (gsize i = 0; i < self->n_layers; i++)
        if (!_umk_lstm_bind(&self->layers[i], &lstm, i, i == 0 ? self->n_mels : n_hidden,
                            n_hidden, error))
            return FALSE;
    return _umk_linear_bind(&self->linear, tensors, "linear", self->base.n_full, n_hidden,
                            UMK_BIAS_REQUIRED, error);
}

/* ---- embedding -------------------------------------------------------------------- */

static void
raise_volume(const UmkDvector *self, float *x, gsize n)
{
    double squares = 0, level, gain;

    for (gsize i = 0; i < n; i++)
        squares += (double) x[i] * (double) x[i];
    if (squares == 0 || self->target_dbfs == 0)
        return;
    level = 10 * log10(squares / (double) n);
    if (level >= self->target_dbfs)
        return;
    gain = pow(10, (self->target_dbfs - level) / 20);
    for (gsize i = 0; i < n; i++)
        x[i] = (float) ((double) x[i] * gain);
}

/* How many partial utterances a clip has; the last may hang over its end, and is left out
 * where it would be mostly silence. */
static gsize
count_partials(const UmkDvector *self, gsize n_samples)
{
    gsize n_frames = n_samples / self->hop + 1;
    gsize steps = n_frames + self->n_step + 1 > self->n_frames
                      ? n_frames + self->n_step + 1 - self->n_frames
                      : 1;
    gsize n = (MAX(steps, 1) + self->n_step - 1) / self->n_step;
    double left = (double) n_samples - (double) ((n - 1) * self->n_step * self->hop);

    return n > 1 && left < self->min_coverage * (double) (self->n_frames * self->hop)
               ? n - 1
               : n;
}

/* The clip's mel bands (frames, n_mels), zeros after it up to the end of the last partial
 * utterance. */
static float *
compute_bands(
    const UmkDvector *self, UmkItem *item, UmkRun *run, gsize *n_partials, GError **error)
{
    g_autoptr(UmkFrontendStream) stream = _umk_frontend_stream_new(self->frontend);
    g_autofree float *samples = NULL;
    gsize n, end, n_rows;

    samples = _umk_audio_decode_within(item, self->rate, MAX_MINUTES, run, &n, error);
    if (samples == NULL)
        return NULL;
    raise_volume(self, samples, n);
    *n_partials = count_partials(self, n);
    end = ((*n_partials - 1) * self->n_step + self->n_frames) * self->hop;
    if (!_umk_frontend_stream_push(stream, samples, n, error) ||
        !_umk_audio_push_zeros(stream, end > n ? end - n : 0, error))
        return NULL;
    return _umk_frontend_stream_finish(stream, &n_rows, error);
}

/* Partial utterances first … first + n - 1, step by step side by side. */
static void
gather(const UmkDvector *self, const float *bands, gsize first, gsize n, float *x)
{
    for (gsize t = 0; t < self->n_frames; t++)
        for (gsize i = 0; i < n; i++, x += self->n_mels)
            memcpy(x, bands + ((first + i) * self->n_step + t) * self->n_mels,
                   self->n_mels * sizeof *x);
}

/* n partial utterances, gathered at states, through the layers; the unit vectors are
 * added to sum. */
static void
run_partials(const UmkDvector *self,
             float *states,
             float *other,
             float *work,
             gsize n,
             double *sum)
{
    gsize n_hidden = self->layers[0].n_hidden, d = self->base.n_full;
    const float *last;

    for (gsize i = 0; i < self->n_layers; i++) {
        float *swap = states;

        _umk_lstm_forward(&self->layers[i], states, self->n_frames, n, work, other);
        states = other;
        other = swap;
    }
    last = states + (self->n_frames - 1) * n * n_hidden;
    _umk_linear_forward(&self->linear, last, n, UMK_ACTIVATION_RELU, other);
    for (gsize i = 0; i < n; i++, other += d) {
        _umk_kernel_normalize(other, d);
        for (gsize j = 0; j < d; j++)
            sum[j] += (double) other[j];
    }
}

static gboolean
encode(const UmkAudioModel *model,
       UmkItem *item,
       UmkArena *arena,
       float *out,
       UmkRun *run,
       GError **error)
{
    const UmkDvector *self = (const UmkDvector *) model;
    gsize n_partials, n_hidden = self->layers[0].n_hidden;
    g_autofree float *bands = compute_bands(self, item, run, &n_partials, error);
    g_autofree double *sum = g_new0(double, model->n_full);
    gsize most, n_states, n_work = 0;
    float *states;

    if (bands == NULL)
        return FALSE;
    most = MIN(n_partials, AT_ONCE);
    n_states = _umk_arena_round(
        MAX(self->n_frames * MAX(n_hidden, self->n_mels), model->n_full) * most);
    for (gsize i = 0; i < self->n_layers; i++)
        n_work =
            MAX(n_work, _umk_lstm_scratch_size(&self->layers[i], self->n_frames, most));
    states = _umk_arena_reserve(arena, 2 * n_states + n_work, error);
    if (states == NULL)
        return FALSE;
    for (gsize at = 0; at < n_partials; at += most) {
        gsize n = MIN(most, n_partials - at);

        if (!umk_run_check(run, error))
            return FALSE;
        gather(self, bands, at, n, states);
        run_partials(self, states, states + n_states, states + 2 * n_states, n, sum);
    }
    for (gsize j = 0; j < model->n_full; j++)
        out[j] = (float) (sum[j] / (double) n_partials);
    return TRUE;
}

static gboolean
load(gpointer model, UmkAudioFolder *folder, UmkParams *params, GError **error)
{
    UmkDvector *self = model;
    gsize n_hidden;

    self->base.encode = encode;
    return make_frontend(self, &folder->extractor, error) &&
           read_config(self, folder->config, &n_hidden, error) &&
           bind(self, n_hidden, &folder->tensors, error) &&
           _umk_audio_model_init(&self->base, folder->config, params, error);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    return _umk_audio_load(path, params, &extractor, g_new0(UmkDvector, 1), load,
                           model_free, error);
}

const UmkEmbedderOps _umk_dvector_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "d-vector",
    .title = N_("d-vector (LSTM speaker encoder)"),
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
