/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much arithmetic a model costs, counted from its weights, and how much this machine
 * can do. Together they say how well the one uses the other. */
#include "facade/umk-model-files-private.h"
#include "io/umk-json-private.h"
#include "linalg/umk-peak-private.h"

#include <umekomi/umk-model-info.h>

#include <string.h>

/* Tables of which a token takes one row do no arithmetic. */
static gboolean
is_table(const char *name)
{
    return strstr(name, "embedding") != NULL || strstr(name, "embed_tokens") != NULL ||
           strstr(name, "wte") != NULL || strstr(name, "wpe") != NULL ||
           strstr(name, "pooler") != NULL || strstr(name, "lm_head") != NULL ||
           g_str_has_prefix(name, "cls.") || strstr(name, "position") != NULL;
}

/* Which of the two sides of a joint model a tensor belongs to. */
static gboolean
is_of_modality(const char *name, UmkModality modality)
{
    if (g_str_has_prefix(name, "text_model.") || g_str_has_prefix(name, "text_"))
        return modality == UMK_MODALITY_TEXT;
    if (g_str_has_prefix(name, "vision_model.") || g_str_has_prefix(name, "visual_"))
        return modality == UMK_MODALITY_IMAGE;
    if (g_str_has_prefix(name, "audio_"))
        return modality == UMK_MODALITY_AUDIO;
    return TRUE;
}

/* Elements of the matrices that every token goes through. */
static gint64
count_matrices(const char *folder, UmkModality modality)
{
    g_auto(GStrv) paths = _umk_model_list_weights(folder);
    gint64 total = 0;

    for (gsize i = 0; paths[i] != NULL; i++) {
        g_auto(UmkWeightsFile) file = {0};

        if (!_umk_weights_file_open(&file, paths[i], NULL))
            return 0;
        for (guint j = 0; j < file.tensors->len; j++) {
            const UmkTensor *tensor = file.tensors->pdata[j];

            if (tensor->n_axes == 2 && !is_table(tensor->name) &&
                is_of_modality(tensor->name, modality))
                total += (gint64) tensor->n_elements;
        }
    }
    return total;
}

static gsize
get_first(JsonObject *config, const char *const *keys)
{
    gsize value = 0;

    for (gsize i = 0; keys[i] != NULL && value == 0; i++)
        _umk_json_get_size(config, keys[i], 0, G_MAXINT32, &value, NULL);
    return value;
}

/**
 * umk_model_count_operations:
 * @self: a model
 * @modality: of the tower; text, or image for a vision transformer
 * @n_tokens: length of the text; for pictures it is known from the model
 *
 * The multiplications and additions of one item in the matrix products of a transformer,
 * counted from the shapes of its weights. Other networks are not counted.
 *
 * Returns: how many, a multiply-add being two; 0 if it cannot be told
 */
double
umk_model_count_operations(UmkModel *self, UmkModality modality, gsize n_tokens)
{
    static const char *const layer_keys[] = {"num_hidden_layers", "n_layers", "n_layer",
                                             NULL};
    static const char *const dims_keys[] = {"hidden_size", "dim", "n_embd", NULL};
    JsonObject *config, *inner = NULL;
    g_autoptr(JsonParser) parser = NULL;
    gsize n_layers, n_dims, side = 0, patch = 0;
    const char *folder;
    double matrices;

    g_return_val_if_fail(self != NULL && (guint) modality < UMK_N_MODALITIES, 0);
    folder = _umk_model_get_folder(self, modality);
    parser = folder ? _umk_model_read_json(folder, "config.json", &config) : NULL;
    if (parser == NULL)
        return 0;
    _umk_json_get_object(config,
                         modality == UMK_MODALITY_TEXT ? "text_config" : "vision_config",
                         &inner, NULL);
    config = inner ? inner : config;
    n_layers = get_first(config, layer_keys);
    n_dims = get_first(config, dims_keys);
    if (modality == UMK_MODALITY_IMAGE) {
        _umk_json_get_size(config, "image_size", 0, 65536, &side, NULL);
        _umk_json_get_size(config, "patch_size", 0, 65536, &patch, NULL);
        n_tokens = patch > 0 ? (side / patch) * (side / patch) + 1 : 0;
    } else if (modality != UMK_MODALITY_TEXT) {
        return 0;
    }
    matrices = (double) count_matrices(folder, modality);
    if (n_layers == 0 || n_dims == 0 || matrices <= 0 || n_tokens == 0)
        return 0;
    return (double) n_tokens * (2.0 * matrices + 4.0 * (double) n_layers *
                                                     (double) n_tokens * (double) n_dims);
}

/**
 * umk_measure_peak:
 * @precision: "f32" or "int8"; of others the peak is not known
 *
 * Takes a tenth of a second: loops of multiply-adds in registers on one core.
 *
 * Returns: the operations a second that one core of this machine does at best, a
 *   multiply-add being two; 0 if that cannot be measured here
 */
double
umk_measure_peak(const char *precision)
{
    g_return_val_if_fail(precision != NULL, 0);
    if (g_str_equal(precision, "f32"))
        return _umk_peak_measure_f32();
    return g_str_equal(precision, "int8") ? _umk_peak_measure_int8() : 0;
}
