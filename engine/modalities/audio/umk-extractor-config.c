/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the keys of transformers' audio feature extractors. Some of them name one thing
 * in two ways; a file has one of the two. */
#include "umk-extractor-config-private.h"

#include "io/umk-json-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define FIELD(f) G_STRUCT_OFFSET(UmkExtractorConfig, f)
/* clang-format off */
static const struct {
    const char *key;
    gsize field;
    gsize least;
    gsize most;
} sizes[] = {
    { "sampling_rate", FIELD(rate), 1000, 768000 },
    { "feature_size", FIELD(feature_size), 1, 4096 },
    { "num_mel_bins", FIELD(n_mels), 1, 4096 },
    { "n_fft", FIELD(n_fft), 2, 1 << 16 },
    { "fft_window_size", FIELD(n_fft), 2, 1 << 16 },
    { "hop_length", FIELD(hop_length), 1, 1 << 16 },
    { "max_length", FIELD(max_frames), 1, 1 << 16 },
};

static const struct {
    const char *key;
    gsize field;
    double least;
    double most;
} numbers[] = {
    { "chunk_length", FIELD(max_seconds), 0.1, 3600 },
    { "max_length_s", FIELD(max_seconds), 0.1, 3600 },
    { "frequency_min", FIELD(f_min), 0, 384000 },
    { "frequency_max", FIELD(f_max), 0, 384000 },
    { "mean", FIELD(mean), -1e6, 1e6 },
    { "std", FIELD(std), 1e-6, 1e6 },
};

static const struct {
    const char *key;
    gsize field;
    gsize size;
} words[] = {
    { "truncation", FIELD(truncation), sizeof ((UmkExtractorConfig *) 0)->truncation },
    { "padding", FIELD(padding), sizeof ((UmkExtractorConfig *) 0)->padding },
};
/* clang-format on */
#undef FIELD

static gboolean
read_sizes(UmkExtractorConfig *config, JsonObject *object, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        int *field = G_STRUCT_MEMBER_P(config, sizes[i].field);
        gsize value;

        if (!json_object_has_member(object, sizes[i].key))
            continue;
        if (!_umk_json_get_size(object, sizes[i].key, (gsize) *field, sizes[i].most,
                                &value, error))
            return FALSE;
        if (value < sizes[i].least) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("“%s” is %zu, expected %zu to %zu"), sizes[i].key, value,
                        sizes[i].least, sizes[i].most);
            return FALSE;
        }
        *field = (int) value;
    }
    return TRUE;
}

static gboolean
read_numbers(UmkExtractorConfig *config, JsonObject *object, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
        double *field = G_STRUCT_MEMBER_P(config, numbers[i].field);

        if (!json_object_has_member(object, numbers[i].key))
            continue;
        if (!_umk_json_get_number(object, numbers[i].key, *field, field, error))
            return FALSE;
        if (!(*field >= numbers[i].least && *field <= numbers[i].most)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("“%s” is %g, expected %g to %g"), numbers[i].key, *field,
                        numbers[i].least, numbers[i].most);
            return FALSE;
        }
    }
    return TRUE;
}

/* Some extractors have a yes or no under the same key; it says nothing we need. */
static gboolean
read_words(UmkExtractorConfig *config, JsonObject *object, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        char *field = G_STRUCT_MEMBER_P(config, words[i].field);
        JsonNode *node = json_object_get_member(object, words[i].key);
        const char *text;

        if (node == NULL || !JSON_NODE_HOLDS_VALUE(node) ||
            json_node_get_value_type(node) != G_TYPE_STRING)
            continue;
        text = json_node_get_string(node);
        if (g_strlcpy(field, text, words[i].size) >= words[i].size) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                        _("“%s” is “%s”, which this version does not know"), words[i].key,
                        text);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
_umk_extractor_config_parse(UmkExtractorConfig *config,
                            const guint8 *data,
                            gsize length,
                            GError **error)
{
    JsonObject *object;
    g_autoptr(JsonParser) parser =
        _umk_json_parse((const char *) data, length, &object, error);

    return parser != NULL && read_sizes(config, object, error) &&
           read_numbers(config, object, error) && read_words(config, object, error) &&
           _umk_json_get_boolean(object, "do_normalize", config->normalize,
                                 &config->normalize, error);
}
