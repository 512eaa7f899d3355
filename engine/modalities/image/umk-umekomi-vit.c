/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built-in model's image tower: a stack of convolutions (batch norm already folded
 * in) makes the tokens, pre-LN blocks mix them, their mean is projected to the shared
 * space. */
#include "nn/umk-stem-encoder-private.h"

#include "umk-image-plugin-private.h"
#include "umk-image-model-private.h"

#include <glib/gi18n-lib.h>

#define MAX_CHANNELS   8192
#define MAX_KERNEL     64
#define MAX_IMAGE_SIZE 1024
#define MAX_PROJECTION 65536

typedef struct {
    UmkImageModel base;
    gsize image_size;
    UmkStemEncoder *encoder;
} Model;

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    g_autofree char *type = _umk_image_dup_model_type(config, config_len);

    return g_strcmp0(type, "umekomi_vit") == 0 ? 100 : 0;
}

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_stem_encoder_free(self->encoder);
    g_free(self);
}

/* ---- config ----------------------------------------------------------------------- */

/* A number for both axes, or one for each. */
static gboolean
read_pair(JsonObject *step, const char *key, gsize fallback, gsize *pair, GError **error)
{
    JsonNode *node = json_object_get_member(step, key);
    JsonArray *array;

    if (!node || !JSON_NODE_HOLDS_ARRAY(node)) {
        if (!_umk_json_get_size(step, key, fallback, MAX_KERNEL, &pair[0], error))
            return FALSE;
        pair[1] = pair[0];
        return TRUE;
    }
    array = json_node_get_array(node);
    for (guint i = 0; i < 2 && json_array_get_length(array) == 2; i++) {
        JsonNode *element = json_array_get_element(array, i);
        gint64 value = -1;

        if (JSON_NODE_HOLDS_VALUE(element) &&
            json_node_get_value_type(element) == G_TYPE_INT64)
            value = json_node_get_int(element);
        if (value < 0 || value > MAX_KERNEL)
            break;
        pair[i] = (gsize) value;
        if (i == 1)
            return TRUE;
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("“%s” of a stem layer is not one or two small numbers"), key);
    return FALSE;
}

static gboolean
read_stem(JsonObject *root, UmkStemEncoderConfig *config, GError **error)
{
    JsonNode *node = json_object_get_member(root, "stem");
    JsonArray *stem =
        node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

    config->n_steps = stem ? json_array_get_length(stem) : 0;
    if (config->n_steps == 0 || config->n_steps > UMK_STEM_MAX_STEPS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“stem” is not a list of 1 to %d layers"), UMK_STEM_MAX_STEPS);
        return FALSE;
    }
    for (guint i = 0; i < config->n_steps; i++) {
        UmkStemStep *step = &config->steps[i];
        JsonNode *element = json_array_get_element(stem, i);
        JsonObject *object;

        if (!JSON_NODE_HOLDS_OBJECT(element)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Stem layer %u is not an object"), i);
            return FALSE;
        }
        object = json_node_get_object(element);
        if (!_umk_json_get_size(object, "out", 0, MAX_CHANNELS, &step->out_channels,
                                error) ||
            !read_pair(object, "kernel", 3, step->kernel, error) ||
            !read_pair(object, "stride", 1, step->stride, error) ||
            !read_pair(object, "padding", 0, step->padding, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
bind(Model *self, const UmkImageFolder *folder, GError **error)
{
    UmkStemEncoderConfig config = {.in_channels = 3};

    if (!_umk_config_read_encoder(folder->config, "gelu", 1e-5, &config.encoder, error) ||
        !_umk_json_get_size(folder->config, "image_size", 64, MAX_IMAGE_SIZE,
                            &self->image_size, error) ||
        !_umk_json_get_size(folder->config, "projection_dim", config.encoder.n_dims,
                            MAX_PROJECTION, &config.n_out, error) ||
        !_umk_json_get_size(folder->config, "head_size", 0, MAX_PROJECTION,
                            &config.n_head, error) ||
        !read_stem(folder->config, &config, error))
        return FALSE;
    config.height = config.width = self->image_size;
    self->base.n_dims = config.n_out;
    self->encoder = _umk_stem_encoder_new(&config, &folder->tensors, error);
    return self->encoder != NULL;
}

/* ---- embedder --------------------------------------------------------------------- */

static gboolean
encode(const UmkImageModel *base,
       const float *const *pixels,
       gsize n_images,
       gsize height,
       gsize width,
       UmkArena *arena,
       float *out,
       GError **error)
{
    const Model *self = (const Model *) base;
    float *scratch;

    if (height != self->image_size || width != self->image_size) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The model takes images of %zux%zu pixels, not %zux%zu"),
                    self->image_size, self->image_size, width, height);
        return FALSE;
    }
    scratch = _umk_arena_reserve(arena, _umk_stem_encoder_scratch_size(self->encoder, 1),
                                 error);
    if (!scratch)
        return FALSE;
    for (gsize i = 0; i < n_images; i++)
        _umk_stem_encoder_forward(self->encoder, pixels[i], 1, scratch,
                                  out + i * base->n_dims);
    return TRUE;
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    UmkImageFolder folder = {0};
    Model *self = g_new0(Model, 1);
    gboolean good;

    self->base.encode = encode;
    good = _umk_image_folder_open(&folder, path, params, error) &&
           bind(self, &folder, error) &&
           _umk_image_model_init(&self->base, &folder, "umekomi_vit", self->image_size,
                                 params, error);
    _umk_image_folder_close(&folder);
    if (!good)
        g_clear_pointer(&self, model_free);
    return self;
}

const UmkEmbedderOps _umk_umekomi_vit_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "umekomi-vit",
    .title = N_("Umekomi's own image tower"),
    .modality = UMK_MODALITY_IMAGE,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = _umk_image_model_n_dims,
    .session_new = _umk_image_session_new,
    .session_free = _umk_image_session_free,
    .session_embed = _umk_image_session_embed,
    .batch_hint = 1,
};
