/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads preprocessor_config.json:
 *
 *   preset: where the other keys begin, one of the front end's presets ("kaldi", …);
 *     absent, that of the built-in model
 *   sampling_rate, n_fft, hop_length, n_mels: whole numbers; f_min, f_max, floor: numbers
 *   feature: "logmel"|"mfcc"             n_mfcc: a whole number
 *       window: "hann_periodic", "hann", "hamming", ...
 *   mel_scale: "slaney"|"htk"            mel_norm: "slaney"|"none"
 *   center: true|false                   pad_mode: "reflect"|"constant"|"symmetric"
 *   power: 1|2                           log: "ln"|"log10"|"db"|"none"
 *   normalize: "per_clip"|"per_coefficient"|"none" */
#include "umk-audio-preprocess-private.h"

#include "io/umk-json-private.h"

#include <glib/gi18n-lib.h>

typedef struct {
    const char *key;
    gsize field;
    const char
        *words[7]; /* in the order of the field's enumeration; NULL is not a value */
    gsize n_words;
} Word;

/* clang-format off */
#define FIELD(f) G_STRUCT_OFFSET(UmkFeatureConfig, f)
static const Word words[] = {
    { "window", FIELD(window), { "hann_periodic", "hann", "hamming_periodic", "hamming",
                                 "povey", "rectangular" }, 6 },
    { "pad_mode", FIELD(edge), { "constant", "reflect", "symmetric" }, 3 },
    { "mel_scale", FIELD(mel_scale), { "slaney", "htk" }, 2 },
    { "mel_norm", FIELD(mel_norm), { "none", "slaney" }, 2 },
    { "log", FIELD(log), { "ln", "log10", "db", "none" }, 4 },
    { "normalize", FIELD(normalize), { "none", "per_clip", "per_coefficient" }, 3 },
};

static const struct {
    const char *key;
    gsize field;
    gsize most;
} sizes[] = {
    { "sampling_rate", FIELD(rate), 768000 },
    { "n_fft", FIELD(n_fft), 1 << 16 },
    { "win_length", FIELD(frame_length), 1 << 16 },
    { "hop_length", FIELD(hop_length), 1 << 16 },
    { "n_mels", FIELD(n_mels), 4096 },
    { "n_mfcc", FIELD(n_mfcc), 4096 },
};

static const struct {
    const char *key;
    gsize field;
} numbers[] = {
    { "f_min", FIELD(f_min) },
    { "f_max", FIELD(f_max) },
    { "floor", FIELD(floor) },
};
#undef FIELD
/* clang-format on */

static gboolean
read_word(JsonObject *object, const Word *word, UmkFeatureConfig *config, GError **error)
{
    int *field = G_STRUCT_MEMBER_P(config, word->field);
    const char *text;

    if (!_umk_json_get_string(object, word->key, word->words[*field], &text, error))
        return FALSE;
    for (gsize i = 0; i < word->n_words; i++) {
        if (g_strcmp0(text, word->words[i]) == 0) {
            *field = (int) i;
            return TRUE;
        }
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("“%s” is “%s”, which this version does not know"), word->key, text);
    return FALSE;
}

static gboolean
read_numbers(JsonObject *object, UmkFeatureConfig *config, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        int *field = G_STRUCT_MEMBER_P(config, sizes[i].field);
        gsize value;

        if (!_umk_json_get_size(object, sizes[i].key, (gsize) *field, sizes[i].most,
                                &value, error))
            return FALSE;
        *field = (int) value;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
        double *field = G_STRUCT_MEMBER_P(config, numbers[i].field);

        if (!_umk_json_get_number(object, numbers[i].key, *field, field, error))
            return FALSE;
    }
    if (config->rate < 1 || config->n_fft < 2 || config->hop_length < 1 ||
        config->n_mels < 1 || config->n_mfcc < 1 || !(config->floor > 0)) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("“sampling_rate”, “n_fft”, “hop_length”, “n_mels”, "
                              "“n_mfcc” and “floor” must be above 0"));
        return FALSE;
    }
    return TRUE;
}

/* Presets may give lengths in milliseconds; the keys count samples. */
static gboolean
start(JsonObject *object, UmkFeatureConfig *config, GError **error)
{
    const char *preset;
    gsize rate;

    if (!_umk_json_get_string(object, "preset", "", &preset, error))
        return FALSE;
    if (preset == NULL || preset[0] == '\0')
        return _umk_feature_config_from_preset(config, "starter", FALSE, error);
    if (!_umk_feature_config_from_preset(config, preset, FALSE, error) ||
        !_umk_json_get_size(object, "sampling_rate",
                            config->rate > 0 ? (gsize) config->rate : 16000, 768000,
                            &rate, error))
        return FALSE;
    config->rate = MAX((int) rate, 1);
    return _umk_feature_config_resolve(config, config->rate, error);
}

gboolean
_umk_audio_preprocess_parse(UmkFeatureConfig *config,
                            const guint8 *data,
                            gsize length,
                            GError **error)
{
    UmkFeatureConfig c;
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *object;
    const char *feature;
    gboolean center;
    double power;

    parser = _umk_json_parse((const char *) data, length, &object, error);
    if (parser == NULL || !start(object, &c, error) ||
        !_umk_json_get_string(object, "feature", "logmel", &feature, error) ||
        !_umk_json_get_boolean(object, "center", c.framing == UMK_FRAMING_CENTER, &center,
                               error) ||
        !_umk_json_get_number(object, "power",
                              c.spectrum == UMK_SPECTRUM_MAGNITUDE ? 1.0 : 2.0, &power,
                              error) ||
        !read_numbers(object, &c, error))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (!read_word(object, &words[i], &c, error))
            return FALSE;
    c.cepstrum = g_strcmp0(feature, "mfcc") == 0;
    if ((!c.cepstrum && g_strcmp0(feature, "logmel") != 0) ||
        (power != 1.0 && power != 2.0)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The feature “%s” of power %g is not one this version can compute"),
                    feature, power);
        return FALSE;
    }
    if (center != (c.framing == UMK_FRAMING_CENTER))
        c.framing = center ? UMK_FRAMING_CENTER : UMK_FRAMING_SNIP;
    c.spectrum = power == 1.0 ? UMK_SPECTRUM_MAGNITUDE : UMK_SPECTRUM_POWER;
    if (!_umk_feature_config_resolve(&c, c.rate, error))
        return FALSE;
    *config = c;
    return TRUE;
}
