/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The features "mfcc" and "logmel": reader and front end joined, block by block, so that
 * no more of a sound than a frame is in memory. */
#include "umk-audio-features-private.h"

#include "umk-audio-decode-private.h"
#include "umk-frontend-private.h"

#include <glib/gi18n-lib.h>

#define BLOCK_SAMPLES 8192

static float *
run_reader(UmkAudioReader *reader,
           UmkFrontend *frontend,
           UmkRun *run,
           gsize *n_frames,
           GError **error)
{
    g_autoptr(UmkFrontendStream) stream = _umk_frontend_stream_new(frontend);
    g_autofree float *block = g_new(float, BLOCK_SAMPLES);
    gsize n = 0;
    do {
        if (!umk_run_check(run, error) ||
            !_umk_audio_reader_read(reader, block, BLOCK_SAMPLES, &n, error) ||
            !_umk_frontend_stream_push(stream, block, n, error))
            return NULL;
    } while (n > 0);
    return _umk_frontend_stream_finish(stream, n_frames, error);
}

float *
_umk_audio_compute(
    UmkItem *item, UmkFrontend *frontend, UmkRun *run, gsize *n_frames, GError **error)
{
    g_autoptr(UmkAudioReader) reader =
        _umk_audio_reader_new_for_item(item, _umk_frontend_get_rate(frontend), error);
    if (reader == NULL)
        return NULL;
    return run_reader(reader, frontend, run, n_frames, error);
}

static UmkMatrix *
compute(UmkItem *item,
        const char *preset,
        UmkParams *params,
        gboolean cepstrum,
        UmkRun *run,
        GError **error)
{
    UmkFeatureConfig config;
    if (!_umk_feature_config_from_preset(&config, preset, cepstrum, error) ||
        !_umk_feature_config_apply(&config, params, error))
        return NULL;
    g_autoptr(UmkAudioReader) reader =
        _umk_audio_reader_new_for_item(item, config.rate, error);
    if (reader == NULL ||
        !_umk_feature_config_resolve(&config, _umk_audio_reader_get_rate(reader), error))
        return NULL;
    g_autoptr(UmkFrontend) frontend = _umk_frontend_new(&config);
    gsize n_frames, n_coeffs = _umk_frontend_get_n_coeffs(frontend);
    float *rows = run_reader(reader, frontend, run, &n_frames, error);
    if (rows == NULL)
        return NULL;
    g_autoptr(GBytes) bytes = g_bytes_new_take(rows, n_frames * n_coeffs * sizeof(float));
    return umk_matrix_new_from_bytes(n_frames, n_coeffs, bytes, error);
}

static UmkMatrix *
mfcc_compute(
    UmkItem *item, const char *preset, UmkParams *params, UmkRun *run, GError **error)
{
    return compute(item, preset, params, TRUE, run, error);
}

static UmkMatrix *
logmel_compute(
    UmkItem *item, const char *preset, UmkParams *params, UmkRun *run, GError **error)
{
    return compute(item, preset, params, FALSE, run, error);
}

const UmkFeatureOps _umk_feature_mfcc = {
    .struct_size = sizeof(UmkFeatureOps),
    .id = "mfcc",
    .title = N_("Mel-frequency cepstral coefficients"),
    .modality = UMK_MODALITY_AUDIO,
    .presets = _umk_feature_preset_names,
    .params = _umk_feature_specs,
    .n_params = UMK_FEATURE_N_SPECS,
    .compute = mfcc_compute,
};

const UmkFeatureOps _umk_feature_logmel = {
    .struct_size = sizeof(UmkFeatureOps),
    .id = "logmel",
    .title = N_("Log-mel bands"),
    .modality = UMK_MODALITY_AUDIO,
    .presets = _umk_feature_preset_names,
    .params = _umk_feature_specs,
    .n_params = UMK_FEATURE_N_BAND_SPECS,
    .compute = logmel_compute,
};
