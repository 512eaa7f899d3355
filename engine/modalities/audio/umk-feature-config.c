/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of presets, the table of options, and the checks on what they give.
 *
 * Conventions: HTK Book 3.4 (HCopy), Kaldi feature-mfcc/feature-fbank, torchaudio 0.13,
 * librosa 0.10, Whisper's log_mel_spectrogram, AST's and CLAP's feature extractors.
 * Adding a preset is one row in the table below. */
#include "umk-feature-config-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define FLT_EPS 1.1920928955078125e-7

/* Largest sizes an option may ask for; a frame is at most half a minute at 48 kHz. */
#define MAX_FFT  1048576
#define MAX_MELS 4096

/* What most conventions share; a preset names only what differs. */
/* clang-format off */
#define COMMON                                                                           \
    .warp = 1.0, .warp_low = 100.0, .warp_high = 7500.0, .energy_floor = FLT_EPS,        \
    .delta_width = 2
#define UNIT COMMON, .scale = 1.0, .gain = 1.0
#define INT16 COMMON, .scale = 32768.0, .gain = 1.0

static const struct {
    const char *name;
    UmkFeatureConfig config;
} presets[] = {
    { "librosa",
      { UNIT, .n_fft = 2048, .hop_length = 512, .framing = UMK_FRAMING_CENTER,
        .edge = UMK_EDGE_ZERO, .window = UMK_WINDOW_HANN_PERIODIC, .n_mels = 128,
        .mel_scale = UMK_MEL_SLANEY, .triangle = UMK_TRIANGLE_HZ,
        .mel_norm = UMK_MEL_NORM_AREA, .log = UMK_LOG_DB, .floor = 1e-10, .range = 80.0,
        .n_mfcc = 20, .dct = UMK_DCT_ORTHO, .lifter_kind = UMK_LIFTER_LIBROSA } },
    { "torchaudio",
      { UNIT, .n_fft = 400, .hop_length = 200, .framing = UMK_FRAMING_CENTER,
        .edge = UMK_EDGE_REFLECT, .window = UMK_WINDOW_HANN_PERIODIC, .n_mels = 128,
        .mel_scale = UMK_MEL_HTK, .triangle = UMK_TRIANGLE_HZ, .log = UMK_LOG_DB,
        .floor = 1e-10, .range = 80.0, .n_mfcc = 40, .dct = UMK_DCT_ORTHO } },
    { "torchaudio-logmels",
      { UNIT, .n_fft = 400, .hop_length = 200, .framing = UMK_FRAMING_CENTER,
        .edge = UMK_EDGE_REFLECT, .window = UMK_WINDOW_HANN_PERIODIC, .n_mels = 128,
        .mel_scale = UMK_MEL_HTK, .triangle = UMK_TRIANGLE_HZ, .log = UMK_LOG_NATURAL,
        .floor = 1e-6, .floor_kind = UMK_FLOOR_ADD, .n_mfcc = 40,
        .dct = UMK_DCT_ORTHO } },
    { "kaldi",
      { INT16, .frame_ms = 25.0, .hop_ms = 10.0, .remove_dc = 1,
        .preemphasis = 0.97, .window = UMK_WINDOW_POVEY, .n_mels = 23, .f_min = 20.0,
        .mel_scale = UMK_MEL_HTK, .triangle = UMK_TRIANGLE_MEL, .floor = FLT_EPS,
        .n_mfcc = 13, .dct = UMK_DCT_ORTHO, .lifter = 22.0 } },
    { "kaldi-unit",
      { UNIT, .frame_ms = 25.0, .hop_ms = 10.0, .remove_dc = 1, .preemphasis = 0.97,
        .window = UMK_WINDOW_POVEY, .n_mels = 23, .f_min = 20.0,
        .mel_scale = UMK_MEL_HTK, .triangle = UMK_TRIANGLE_MEL, .floor = FLT_EPS,
        .n_mfcc = 13, .dct = UMK_DCT_ORTHO, .lifter = 22.0 } },
    { "htk",
      { INT16, .frame_ms = 25.0, .hop_ms = 10.0, .preemphasis = 0.97,
        .window = UMK_WINDOW_HAMMING, .spectrum = UMK_SPECTRUM_MAGNITUDE, .n_mels = 20,
        .mel_scale = UMK_MEL_HTK, .triangle = UMK_TRIANGLE_HTK, .floor = 1.0,
        .n_mfcc = 12, .dct = UMK_DCT_HTK, .lifter = 22.0, .zeroth = UMK_ZEROTH_LAST } },
    { "whisper",
      { COMMON, .scale = 1.0, .rate = 16000, .n_fft = 400,
        .hop_length = 160, .framing = UMK_FRAMING_CENTER, .edge = UMK_EDGE_REFLECT, .drop_last = 1,
        .window = UMK_WINDOW_HANN_PERIODIC, .n_mels = 80, .mel_scale = UMK_MEL_SLANEY,
        .triangle = UMK_TRIANGLE_HZ, .mel_norm = UMK_MEL_NORM_AREA, .log = UMK_LOG_10,
        .floor = 1e-10, .range = 8.0, .offset = 4.0, .gain = 0.25, .n_mfcc = 20 } },
    { "whisper-raw", /* whisper without its clamp and scale */
      { UNIT, .rate = 16000, .n_fft = 400, .hop_length = 160,
        .framing = UMK_FRAMING_CENTER, .edge = UMK_EDGE_REFLECT, .drop_last = 1,
        .window = UMK_WINDOW_HANN_PERIODIC, .n_mels = 80, .mel_scale = UMK_MEL_SLANEY,
        .triangle = UMK_TRIANGLE_HZ, .mel_norm = UMK_MEL_NORM_AREA, .log = UMK_LOG_10,
        .floor = 1e-10, .n_mfcc = 20 } },
    { "ast",
      { UNIT, .rate = 16000, .frame_ms = 25.0, .hop_ms = 10.0, .remove_dc = 1,
        .preemphasis = 0.97, .window = UMK_WINDOW_HANN, .n_mels = 128, .f_min = 20.0,
        .mel_scale = UMK_MEL_HTK, .triangle = UMK_TRIANGLE_MEL, .floor = FLT_EPS,
        .n_mfcc = 20, .lifter = 22.0 } },
    { "clap",
      { UNIT, .rate = 48000, .n_fft = 1024, .hop_length = 480,
        .framing = UMK_FRAMING_CENTER, .edge = UMK_EDGE_REFLECT,
        .window = UMK_WINDOW_HANN_PERIODIC, .n_mels = 64, .f_min = 50.0,
        .f_max = 14000.0, .mel_scale = UMK_MEL_SLANEY, .triangle = UMK_TRIANGLE_HZ,
        .mel_norm = UMK_MEL_NORM_AREA, .log = UMK_LOG_DB, .floor = 1e-10,
        .n_mfcc = 20 } },
    { "starter", /* what the built-in audio model hears */
      { UNIT, .rate = 16000, .n_fft = 400, .hop_length = 160,
        .framing = UMK_FRAMING_CENTER, .edge = UMK_EDGE_REFLECT,
        .window = UMK_WINDOW_HANN_PERIODIC, .n_mels = 64, .f_max = 8000.0,
        .mel_scale = UMK_MEL_SLANEY, .triangle = UMK_TRIANGLE_HZ,
        .mel_norm = UMK_MEL_NORM_AREA, .log = UMK_LOG_10, .floor = 1e-10,
        .normalize = UMK_NORMALIZE_CLIP, .n_mfcc = 20, .pad_short = TRUE } },
};

const char *const _umk_feature_preset_names[] = {
    "librosa", "torchaudio", "torchaudio-logmels", "kaldi", "kaldi-unit", "htk",
    "whisper", "whisper-raw", "ast", "clap", "starter", NULL,
};
G_STATIC_ASSERT(G_N_ELEMENTS(_umk_feature_preset_names) == G_N_ELEMENTS(presets) + 1);

static const char *const framings[] = { "snip", "center", "mid-hop", NULL };
static const char *const edges[] = { "zero", "reflect", "symmetric", NULL };
static const char *const windows[] = { "hann-periodic", "hann", "hamming-periodic",
                                       "hamming", "povey", "rectangular", NULL };
static const char *const spectra[] = { "power", "magnitude", NULL };
static const char *const mel_scales[] = { "slaney", "htk", NULL };
static const char *const triangles[] = { "hz", "mel", "htk", NULL };
static const char *const mel_norms[] = { "none", "area", NULL };
static const char *const logs[] = { "ln", "log10", "db", "none", NULL };
static const char *const floor_kinds[] = { "max", "add", NULL };
static const char *const normalizations[] = { "none", "clip", "mean", NULL };
static const char *const dcts[] = { "ortho", "htk", NULL };
static const char *const lifter_kinds[] = { "htk", "librosa", NULL };
static const char *const zeroths[] = { "first", "last", "energy-first", "energy-last",
                                       "none", NULL };

/* The defaults shown are those of the first preset; an option that is not given leaves
 * the preset as it is. fields[] runs parallel to it. */
const UmkParamSpec _umk_feature_specs[] = {
    { "rate", UMK_PARAM_INT, N_("Sampling rate"),
      N_("Resample to this many samples a second; 0 keeps the rate of the file"),
      0, 768000, 0, NULL },
    { "scale", UMK_PARAM_DOUBLE, N_("Sample scale"),
      N_("Factor on samples of ±1; 32768 for the 16-bit scale"), 1e-6, 1e9, 1, NULL },
    { "n-fft", UMK_PARAM_INT, N_("FFT length"),
      N_("Points of the transform; 0 takes the least power of two that holds a frame"),
      0, MAX_FFT, 2048, NULL },
    { "frame-length", UMK_PARAM_INT, N_("Frame length"),
      N_("Samples in a frame; 0 takes frame-ms or the FFT length"), 0, MAX_FFT, 0,
      NULL },
    { "frame-ms", UMK_PARAM_DOUBLE, N_("Frame length (ms)"),
      N_("Length of a frame in milliseconds where frame-length is 0"), 0, 60000, 0,
      NULL },
    { "hop-length", UMK_PARAM_INT, N_("Hop"),
      N_("Samples from one frame to the next; 0 takes hop-ms"), 0, MAX_FFT, 512, NULL },
    { "hop-ms", UMK_PARAM_DOUBLE, N_("Hop (ms)"),
      N_("Milliseconds from one frame to the next where hop-length is 0"), 0, 60000, 0,
      NULL },
    { "framing", UMK_PARAM_CHOICE, N_("Framing"),
      N_("Only whole frames, frames centred on the hops, or centred between them"), 0, 0,
      UMK_FRAMING_CENTER, framings },
    { "edge", UMK_PARAM_CHOICE, N_("Edge"),
      N_("What stands beyond the ends of the signal"), 0, 0, UMK_EDGE_ZERO, edges },
    { "drop-last", UMK_PARAM_BOOL, N_("Drop the last frame"),
      N_("Leave out the last centred frame"), 0, 1, 0, NULL },
    { "remove-dc", UMK_PARAM_BOOL, N_("Remove DC"),
      N_("Subtract the mean of each frame"), 0, 1, 0, NULL },
    { "preemphasis", UMK_PARAM_DOUBLE, N_("Pre-emphasis"),
      N_("Share of the previous sample taken off within a frame"), 0, 1, 0, NULL },
    { "window", UMK_PARAM_CHOICE, N_("Window"), N_("Weights on the samples of a frame"),
      0, 0, UMK_WINDOW_HANN_PERIODIC, windows },
    { "spectrum", UMK_PARAM_CHOICE, N_("Spectrum"),
      N_("Power or magnitude of the transform"), 0, 0, UMK_SPECTRUM_POWER, spectra },
    { "n-mels", UMK_PARAM_INT, N_("Mel bands"), N_("Number of mel bands"), 1, MAX_MELS,
      128, NULL },
    { "f-min", UMK_PARAM_DOUBLE, N_("Lowest frequency"),
      N_("Where the first band begins, in Hz"), 0, 384000, 0, NULL },
    { "f-max", UMK_PARAM_DOUBLE, N_("Highest frequency"),
      N_("Where the last band ends, in Hz; 0 is half the rate"), 0, 384000, 0, NULL },
    { "mel-scale", UMK_PARAM_CHOICE, N_("Mel scale"),
      N_("Slaney's (straight below 1 kHz) or HTK's formula"), 0, 0, UMK_MEL_SLANEY,
      mel_scales },
    { "triangle", UMK_PARAM_CHOICE, N_("Triangles"),
      N_("Bands straight in Hz, in mel, or in mel with HTK's rounding"), 0, 0,
      UMK_TRIANGLE_HZ, triangles },
    { "mel-norm", UMK_PARAM_CHOICE, N_("Band norm"),
      N_("Bands of equal height or of equal area"), 0, 0, UMK_MEL_NORM_AREA, mel_norms },
    { "warp", UMK_PARAM_DOUBLE, N_("Warp factor"),
      N_("HTK's vocal tract length factor; 1 is none"), 0.5, 2, 1, NULL },
    { "warp-low", UMK_PARAM_DOUBLE, N_("Warp lower cut"),
      N_("Below this frequency in Hz the warp fades"), 0, 384000, 100, NULL },
    { "warp-high", UMK_PARAM_DOUBLE, N_("Warp upper cut"),
      N_("Above this frequency in Hz the warp fades"), 0, 384000, 7500, NULL },
    { "log", UMK_PARAM_CHOICE, N_("Logarithm"), N_("Natural, decimal, decibels or none"), 0, 0,
      UMK_LOG_DB, logs },
    { "floor", UMK_PARAM_DOUBLE, N_("Floor"),
      N_("Least band value under the logarithm"), 1e-30, 1e9, 1e-10, NULL },
    { "floor-kind", UMK_PARAM_CHOICE, N_("Use of the floor"),
      N_("Raise small values to the floor, or add it to all"), 0, 0, UMK_FLOOR_MAX,
      floor_kinds },
    { "range", UMK_PARAM_DOUBLE, N_("Range"),
      N_("Raise values further than this below the clip's loudest; 0 is off"), 0, 1e6,
      80, NULL },
    { "offset", UMK_PARAM_DOUBLE, N_("Offset"), N_("Added to each logarithm"), -1e6, 1e6,
      0, NULL },
    { "gain", UMK_PARAM_DOUBLE, N_("Gain"), N_("Then multiplied with it"), -1e6, 1e6, 1,
      NULL },
    { "normalize", UMK_PARAM_CHOICE, N_("Normalise"),
      N_("To mean 0 and deviation 1 over the clip, or each coefficient to mean 0"), 0, 0,
      UMK_NORMALIZE_NONE, normalizations },
    /* from here on only where there is a cepstrum */
    { "n-mfcc", UMK_PARAM_INT, N_("Coefficients"),
      N_("Number of coefficients, counted as in the preset's own tool"), 1, MAX_MELS, 20,
      NULL },
    { "dct", UMK_PARAM_CHOICE, N_("DCT"), N_("Orthonormal, or HTK's equal scaling"), 0,
      0, UMK_DCT_ORTHO, dcts },
    { "lifter", UMK_PARAM_DOUBLE, N_("Lifter"),
      N_("Length of the sine lifter; 0 is off"), 0, 1e4, 0, NULL },
    { "lifter-kind", UMK_PARAM_CHOICE, N_("Lifter kind"),
      N_("HTK's, or librosa's that is shifted by one"), 0, 0, UMK_LIFTER_LIBROSA,
      lifter_kinds },
    { "zeroth", UMK_PARAM_CHOICE, N_("Zeroth coefficient"),
      N_("Place of the zeroth coefficient, or the log energy of the frame instead"), 0,
      0, UMK_ZEROTH_FIRST, zeroths },
    { "energy-floor", UMK_PARAM_DOUBLE, N_("Energy floor"),
      N_("Least energy under the logarithm"), 1e-30, 1e9, FLT_EPS, NULL },
    { "deltas", UMK_PARAM_INT, N_("Deltas"),
      N_("Orders of regression coefficients appended"), 0, 3, 0, NULL },
    { "delta-width", UMK_PARAM_INT, N_("Delta width"),
      N_("Frames on each side of a regression"), 1, 100, 2, NULL },
};

#define FIELD(f) G_STRUCT_OFFSET(UmkFeatureConfig, f)
static const gsize fields[] = {
    FIELD(rate), FIELD(scale), FIELD(n_fft), FIELD(frame_length), FIELD(frame_ms),
    FIELD(hop_length), FIELD(hop_ms), FIELD(framing), FIELD(edge), FIELD(drop_last),
    FIELD(remove_dc), FIELD(preemphasis), FIELD(window), FIELD(spectrum), FIELD(n_mels),
    FIELD(f_min), FIELD(f_max), FIELD(mel_scale), FIELD(triangle), FIELD(mel_norm),
    FIELD(warp), FIELD(warp_low), FIELD(warp_high), FIELD(log), FIELD(floor),
    FIELD(floor_kind), FIELD(range), FIELD(offset), FIELD(gain), FIELD(normalize),
    FIELD(n_mfcc), FIELD(dct), FIELD(lifter), FIELD(lifter_kind), FIELD(zeroth),
    FIELD(energy_floor), FIELD(deltas), FIELD(delta_width),
};
G_STATIC_ASSERT(G_N_ELEMENTS(_umk_feature_specs) == UMK_FEATURE_N_SPECS);
G_STATIC_ASSERT(G_N_ELEMENTS(fields) == UMK_FEATURE_N_SPECS);
#undef FIELD
/* clang-format on */

gboolean
_umk_feature_config_from_preset(UmkFeatureConfig *config,
                                const char *preset,
                                gboolean cepstrum,
                                GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(presets); i++) {
        if (preset == NULL || preset[0] == '\0' ||
            g_strcmp0(preset, presets[i].name) == 0) {
            *config = presets[i].config;
            config->cepstrum = cepstrum;
            return TRUE;
        }
    }
    g_autofree char *names = g_strjoinv(", ", (char **) _umk_feature_preset_names);
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("There is no audio preset “%s”; there are %s"), preset, names);
    return FALSE;
}

/* Options that were set replace fields of the preset. A field counted in samples and its
 * twin in milliseconds are two ways to say one thing, so setting one clears the other. */
gboolean
_umk_feature_config_apply(UmkFeatureConfig *config, UmkParams *params, GError **error)
{
    if (params == NULL)
        return TRUE;
    for (gsize i = 0; i < UMK_FEATURE_N_SPECS; i++) {
        const char *name = _umk_feature_specs[i].name;
        if (!umk_params_has(params, name) || !umk_params_is_set(params, name))
            continue;
        gpointer field = G_STRUCT_MEMBER_P(config, fields[i]);
        if (_umk_feature_specs[i].type == UMK_PARAM_DOUBLE)
            *(double *) field = umk_params_get_double(params, name);
        else if (_umk_feature_specs[i].type == UMK_PARAM_BOOL)
            *(int *) field = umk_params_get_bool(params, name);
        else
            *(int *) field = (int) umk_params_get_int(params, name);
        if (field == &config->frame_ms && config->frame_ms > 0)
            config->frame_length = 0;
        else if (field == &config->hop_ms && config->hop_ms > 0)
            config->hop_length = 0;
    }
    return TRUE;
}

static int
next_power_of_two(int n)
{
    int p = 1;
    while (p < n)
        p *= 2;
    return p;
}

/* Fills what depends on the rate and refuses what cannot be computed. */
gboolean
_umk_feature_config_resolve(UmkFeatureConfig *c, int rate, GError **error)
{
    if (c->rate == 0)
        c->rate = rate;
    if (c->frame_length == 0 && c->frame_ms > 0)
        c->frame_length = (int) (c->rate * 0.001 * c->frame_ms);
    if (c->frame_length == 0)
        c->frame_length = c->n_fft;
    if (c->hop_length == 0)
        c->hop_length = (int) (c->rate * 0.001 * c->hop_ms);
    if (c->frame_length < 1 || c->frame_length > MAX_FFT || c->hop_length < 1) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("A frame of %d samples every %d samples cannot be computed; both "
                      "must be 1 or more"),
                    c->frame_length, c->hop_length);
        return FALSE;
    }
    if (c->n_fft == 0)
        c->n_fft = next_power_of_two(c->frame_length);
    if (c->n_fft < c->frame_length || c->n_fft < 2) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("An FFT of %d points cannot hold a frame of %d samples"), c->n_fft,
                    c->frame_length);
        return FALSE;
    }
    if (c->f_max <= 0)
        c->f_max = c->rate / 2;
    if (c->f_min < 0 || c->f_min >= c->f_max || c->f_max > c->rate / 2.0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("Mel bands from %g to %g Hz do not fit a signal of %d samples a "
                      "second"),
                    c->f_min, c->f_max, c->rate);
        return FALSE;
    }
    gboolean from_one = c->zeroth == UMK_ZEROTH_LAST || c->zeroth == UMK_ZEROTH_NONE ||
                        c->zeroth == UMK_ZEROTH_ENERGY_LAST;
    if (c->cepstrum && c->n_mfcc + (from_one ? 1 : 0) > c->n_mels) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("%d mel bands cannot give %d coefficients"), c->n_mels, c->n_mfcc);
        return FALSE;
    }
    return TRUE;
}
