/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of config.json that families share: sizes, activations, rotary positions with
 * their scaling, kinds of layers. */
#include "modalities/text/umk-text-config-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"

#define MAX_SIZE (1 << 24)

gboolean
_umk_text_config_get_sizes(JsonObject *object,
                           const UmkTextSize *sizes,
                           gsize n_sizes,
                           GError **error)
{
    for (gsize i = 0; i < n_sizes; i++) {
        if (!_umk_json_get_size(object, sizes[i].key, sizes[i].fallback, MAX_SIZE,
                                sizes[i].value, error))
            return FALSE;
        if (*sizes[i].value == 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("“%s” is missing or 0"), sizes[i].key);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
_umk_text_config_get_activation(JsonObject *object,
                                const char *key,
                                const char *fallback,
                                UmkActivation *activation,
                                GError **error)
{
    const char *name;

    return _umk_json_get_string(object, key, fallback, &name, error) &&
           _umk_activation_parse(name, activation, error);
}

gboolean
_umk_text_config_get_eps(
    JsonObject *object, const char *key, double fallback, float *eps, GError **error)
{
    double value;

    if (!_umk_json_get_number(object, key, fallback, &value, error))
        return FALSE;
    *eps = (float) value;
    return TRUE;
}

gboolean
_umk_text_config_expect(JsonObject *object,
                        const char *key,
                        gboolean expected,
                        GError **error)
{
    gboolean value;

    if (!_umk_json_get_boolean(object, key, expected, &value, error))
        return FALSE;
    if (value == expected)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("“%s” is %s, which is not supported"), key, value ? "true" : "false");
    return FALSE;
}

/* ---- rotary positions ---- */

/* Positions that run slower by a factor (Chen et al. 2023). */
static gboolean
scale_linear(JsonObject *object, double *frequencies, gsize n, GError **error)
{
    double factor;

    if (!_umk_json_get_number(object, "factor", 1, &factor, error))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        frequencies[i] /= factor;
    return TRUE;
}

/* Llama 3.1: long waves run slower, short ones do not, those between by a share. */
static gboolean
scale_llama3(JsonObject *object, double *frequencies, gsize n, GError **error)
{
    double factor, low, high, trained;

    if (!_umk_json_get_number(object, "factor", 8, &factor, error) ||
        !_umk_json_get_number(object, "low_freq_factor", 1, &low, error) ||
        !_umk_json_get_number(object, "high_freq_factor", 4, &high, error) ||
        !_umk_json_get_number(object, "original_max_position_embeddings", 8192, &trained,
                              error))
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        double turns = trained * frequencies[i] / (2 * G_PI);
        double share = (turns - low) / (high - low);

        share = CLAMP(share, 0, 1);
        frequencies[i] *= (1 - share) / factor + share;
    }
    return TRUE;
}

/* GTE: the base grows by the factor, and all waves run slower besides. */
static gboolean
scale_ntk(JsonObject *object, double *frequencies, gsize n, GError **error)
{
    double factor, mixed;

    if (!_umk_json_get_number(object, "factor", 1, &factor, error) ||
        !_umk_json_get_number(object, "mixed_b", 0, &mixed, error))
        return FALSE;
    if (mixed != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("“%s” is %g, which is not supported"), "mixed_b", mixed);
        return FALSE;
    }
    for (gsize i = 0; i < n; i++)
        frequencies[i] *= pow(factor, -(double) (i + 1) / (double) n);
    return TRUE;
}

static const struct {
    const char *type;
    gboolean (*scale)(JsonObject *object, double *frequencies, gsize n, GError **error);
} scalings[] = {
    {"default", NULL},
    {"linear", scale_linear},
    {"llama3", scale_llama3},
    {"ntk", scale_ntk},
};

static gboolean
scale_rotary(JsonObject *object, double *frequencies, gsize n, GError **error)
{
    const char *type = NULL;

    if (!_umk_json_get_string(object, "type", "default", &type, error) ||
        !_umk_json_get_string(object, "rope_type", type, &type, error))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(scalings); i++)
        if (strcmp(type, scalings[i].type) == 0)
            return scalings[i].scale == NULL ||
                   scalings[i].scale(object, frequencies, n, error);
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("Rotary positions are scaled by “%s”, only “default”, “linear”, "
                  "“llama3” and “ntk” are supported"),
                type);
    return FALSE;
}

gboolean
_umk_text_config_add_rotary(UmkTextNetworkConfig *network,
                            guint index,
                            JsonObject *parameters,
                            double base,
                            gsize n_dims,
                            GError **error)
{
    UmkEncoderConfig *encoder = &network->encoder;
    UmkRotary *rotary = &encoder->rotaries[index];
    double *frequencies;

    if (!_umk_encoder_config_check(encoder, error) ||
        (parameters != NULL &&
         !_umk_json_get_number(parameters, "rope_theta", base, &base, error)))
        return FALSE;
    if (!(base > 0)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The base of the rotary positions is %g, expected more than 0"),
                    base);
        return FALSE;
    }
    rotary->n_dims = n_dims > 0               ? n_dims
                     : encoder->head_dims > 0 ? encoder->head_dims
                                              : encoder->n_dims / encoder->n_heads;
    if (!_umk_encoder_config_check(encoder, error))
        return FALSE;
    g_free(network->frequencies[index]);
    network->frequencies[index] = frequencies =
        _umk_rotary_frequencies_new(base, rotary->n_dims);
    rotary->frequencies = frequencies;
    if (parameters != NULL &&
        !scale_rotary(parameters, frequencies, rotary->n_dims / 2, error))
        return FALSE;
    for (gsize i = 0; i < rotary->n_dims / 2; i++) {
        if (!isfinite(frequencies[i])) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The scaling of the rotary positions gives no number"));
            return FALSE;
        }
    }
    return TRUE;
}

/* ---- kinds of layers ---- */

UmkEncoderLayer *
_umk_text_config_add_layers(UmkTextNetworkConfig *network, GError **error)
{
    if (!_umk_encoder_config_check(&network->encoder, error))
        return NULL;
    g_free(network->layers);
    network->layers = g_new0(UmkEncoderLayer, network->encoder.n_layers);
    network->encoder.layers = network->layers;
    return network->layers;
}

gboolean
_umk_text_config_read_layer_types(JsonObject *object,
                                  UmkTextNetworkConfig *network,
                                  gsize window,
                                  guint sliding_rotary,
                                  GError **error)
{
    JsonArray *types;

    if (!_umk_json_get_array(object, "layer_types", &types, error))
        return FALSE;
    if (types == NULL)
        return TRUE;
    if (_umk_text_config_add_layers(network, error) == NULL)
        return FALSE;
    if (json_array_get_length(types) != network->encoder.n_layers) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“layer_types” has %u entries, expected %zu"),
                    json_array_get_length(types), network->encoder.n_layers);
        return FALSE;
    }
    for (guint i = 0; i < network->encoder.n_layers; i++) {
        JsonNode *node = json_array_get_element(types, i);
        const char *type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : "";

        if (g_strcmp0(type, "sliding_attention") == 0) {
            network->layers[i].window = window;
            network->layers[i].rotary = sliding_rotary;
        } else if (g_strcmp0(type, "full_attention") != 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                        _("“layer_types” names “%s”, only “full_attention” and "
                          "“sliding_attention” are supported"),
                        type != NULL ? type : "");
            return FALSE;
        }
    }
    return TRUE;
}
