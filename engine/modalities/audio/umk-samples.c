/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The feature "samples": a sound as it is decoded and resampled, one channel, one row a
 * sample. It is what a player plays and what every other feature is made from. */
#include "umk-audio-features-private.h"

#include "umk-audio-decode-private.h"

#include <glib/gi18n-lib.h>

static const char *const presets[] = {"mono", NULL};

static const UmkParamSpec specs[] = {
    {"rate", UMK_PARAM_INT, N_("Sampling rate"),
     N_("Resample to this many samples a second; 0 keeps the rate of the file"), 0,
     UMK_AUDIO_MAX_RATE, 0, NULL},
    {"seconds", UMK_PARAM_DOUBLE, N_("Seconds"),
     N_("Read no more of the sound than this; 0 reads all of it"), 0,
     UMK_AUDIO_MAX_SECONDS, 0, NULL},
};

static UmkMatrix *
compute(UmkItem *item, const char *preset, UmkParams *params, UmkRun *run, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    float *samples;
    gsize n;
    int rate;

    samples = _umk_audio_decode(item, (int) umk_params_get_int(params, "rate"),
                                umk_params_get_double(params, "seconds"), run, &n, &rate,
                                error);
    if (samples == NULL)
        return NULL;
    bytes = g_bytes_new_take(samples, n * sizeof(float));
    return umk_matrix_new_from_bytes(n, 1, bytes, error);
}

const UmkFeatureOps _umk_feature_samples = {
    .struct_size = sizeof(UmkFeatureOps),
    .id = "samples",
    .title = N_("Waveform samples"),
    .modality = UMK_MODALITY_AUDIO,
    .presets = presets,
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .compute = compute,
};
