/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pooling modes, each a sum over tokens in their order. With include_prompt false
 * the prompt's tokens, the special ones before it included, take no part in sums and
 * maxima; the first and the last token stay what they are, and the weights of
 * weightedmean go on counting from the start of the text. A text that is nothing but its
 * prompt is pooled whole: the reference gives zeros, which are no direction. */
#include "modalities/text/umk-pooling-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "linalg/umk-kernels-private.h"

static const struct {
    const char *key;  /* in 1_Pooling/config.json, after "pooling_mode_" */
    const char *name; /* as an option, and in newer files */
    UmkPoolingModes mode;
} modes[] = {
    {"cls_token", "cls", UMK_POOLING_CLS},
    {"max_tokens", "max", UMK_POOLING_MAX},
    {"mean_tokens", "mean", UMK_POOLING_MEAN},
    {"mean_sqrt_len_tokens", "mean_sqrt_len", UMK_POOLING_MEAN_SQRT},
    {"weightedmean_tokens", "weightedmean", UMK_POOLING_WEIGHTED_MEAN},
    {"lasttoken", "last", UMK_POOLING_LAST},
};

static gboolean
add_mode(UmkPooling *self, const char *name, GError **error)
{
    guint n = (guint) __builtin_popcount(self->modes);

    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        if (strcmp(name, modes[i].name) != 0 && strcmp(name, modes[i].key) != 0)
            continue;
        if ((self->modes & modes[i].mode) != 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("The pooling mode “%s” is named twice"), name);
            return FALSE;
        }
        self->modes |= modes[i].mode;
        self->order[n] = modes[i].mode;
        return TRUE;
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("The pooling mode “%s” is not supported"), name);
    return FALSE;
}

gboolean
_umk_pooling_from_name(UmkPooling *self, const char *name, GError **error)
{
    g_auto(GStrv) names = g_strsplit(name, "+", -1);
    UmkPooling found = {.include_prompt = self->include_prompt};

    if (names[0] == NULL)
        return add_mode(&found, name, error);
    for (gsize i = 0; names[i] != NULL; i++)
        if (!add_mode(&found, names[i], error))
            return FALSE;
    *self = found;
    return TRUE;
}

char *
_umk_pooling_dup_name(const UmkPooling *self)
{
    GString *name = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        guint mode = self->order[0] != 0 ? self->order[i] : modes[i].mode & self->modes;

        for (gsize j = 0; mode != 0 && j < G_N_ELEMENTS(modes); j++)
            if (mode == modes[j].mode)
                g_string_append_printf(name, "%s%s", name->len > 0 ? "+" : "",
                                       modes[j].name);
    }
    return g_string_free(name, FALSE);
}

/* "pooling_mode" of newer files: a name, or a list of names whose order counts. */
static gboolean
read_mode_node(UmkPooling *self, JsonNode *node, GError **error)
{
    JsonArray *list;

    if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING)
        return _umk_pooling_from_name(self, json_node_get_string(node), error);
    if (!JSON_NODE_HOLDS_ARRAY(node)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“pooling_mode” is neither a name nor a list of names"));
        return FALSE;
    }
    list = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(list); i++) {
        JsonNode *one = json_array_get_element(list, i);

        if (!JSON_NODE_HOLDS_VALUE(one) ||
            json_node_get_value_type(one) != G_TYPE_STRING) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("“pooling_mode” is neither a name nor a list of names"));
            return FALSE;
        }
        if (!add_mode(self, json_node_get_string(one), error))
            return FALSE;
    }
    return TRUE;
}

/* The switches of older files. */
static gboolean
read_switches(UmkPooling *self, JsonObject *config, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autofree char *key = g_strconcat("pooling_mode_", modes[i].key, NULL);
        gboolean wanted;

        if (!_umk_json_get_boolean(config, key, FALSE, &wanted, error))
            return FALSE;
        self->modes |= wanted ? (guint) modes[i].mode : 0;
    }
    return TRUE;
}

gboolean
_umk_pooling_read(UmkPooling *self, JsonObject *config, GError **error)
{
    JsonNode *single = json_object_get_member(config, "pooling_mode");

    memset(self, 0, sizeof *self);
    if (!_umk_json_get_boolean(config, "include_prompt", TRUE, &self->include_prompt,
                               error))
        return FALSE;
    /* A file with both spellings was written by a newer version: it follows the list. */
    if (single != NULL && !JSON_NODE_HOLDS_NULL(single)
            ? !read_mode_node(self, single, error)
            : !read_switches(self, config, error))
        return FALSE;
    if (self->modes == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("No pooling mode is switched on"));
        return FALSE;
    }
    return TRUE;
}

gsize
_umk_pooling_n_out(const UmkPooling *self, gsize n_dims)
{
    return (gsize) __builtin_popcount(self->modes) * n_dims;
}

static void
weighted_sum(
    const float *hidden, gsize first, gsize n, gsize n_dims, gboolean rising, float *out)
{
    memset(out, 0, n_dims * sizeof(float));
    for (gsize i = first; i < n; i++) {
        float weight = rising ? (float) (i + 1) : 1.0f;

        for (gsize d = 0; d < n_dims; d++)
            out[d] += weight * hidden[i * n_dims + d];
    }
}

static float
total_weight(UmkPoolingModes mode, gsize first, gsize n)
{
    double total = (double) (n - first);

    if (mode == UMK_POOLING_MEAN_SQRT)
        total = sqrt(total);
    else if (mode == UMK_POOLING_WEIGHTED_MEAN)
        total =
            ((double) n * (double) (n + 1) - (double) first * (double) (first + 1)) / 2;
    return (float) total;
}

static void
apply_mode(UmkPoolingModes mode,
           const float *hidden,
           gsize first,
           gsize n,
           gsize n_dims,
           float *out)
{
    switch (mode) {
    case UMK_POOLING_CLS:
        memcpy(out, hidden, n_dims * sizeof(float));
        break;
    case UMK_POOLING_LAST:
        memcpy(out, hidden + (n - 1) * n_dims, n_dims * sizeof(float));
        break;
    case UMK_POOLING_MAX:
        memcpy(out, hidden + first * n_dims, n_dims * sizeof(float));
        for (gsize i = first + 1; i < n; i++)
            _umk_kernel_max(out, hidden + i * n_dims, n_dims);
        break;
    case UMK_POOLING_MEAN:
    case UMK_POOLING_MEAN_SQRT:
    case UMK_POOLING_WEIGHTED_MEAN:
        weighted_sum(hidden, first, n, n_dims, mode == UMK_POOLING_WEIGHTED_MEAN, out);
        for (gsize d = 0; d < n_dims; d++)
            out[d] /= total_weight(mode, first, n);
        break;
    }
}

void
_umk_pooling_apply(const UmkPooling *self,
                   const float *hidden,
                   gsize n_tokens,
                   gsize n_dims,
                   gsize n_prompt,
                   float *out)
{
    gsize first = self->include_prompt || n_prompt >= n_tokens ? 0 : n_prompt;

    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        guint mode = self->order[0] != 0 ? self->order[i] : self->modes & modes[i].mode;

        if (mode == 0)
            continue;
        apply_mode((UmkPoolingModes) mode, hidden, first, n_tokens, n_dims, out);
        out += n_dims;
    }
}
