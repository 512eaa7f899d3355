/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built-in model's image tower: a stack of convolutions (batch norm already folded
 * in) makes the tokens, pre-LN blocks mix them, their mean is projected to the shared
 * space. */
#include "umk-image-plugin-private.h"
#include "umk-image-model-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#define MAX_STEM        16
#define MAX_CHANNELS    8192
#define MAX_KERNEL      64
#define MAX_IMAGE_SIZE  1024
#define MAX_PROJECTION  65536
#define MAX_STEM_FLOATS ((gsize) 1 << 26)

typedef struct {
    UmkImageModel base;
    gsize image_size;
    guint n_stem;
    UmkConv stem[MAX_STEM];
    gsize grid[2]; /* of the tokens: height, width */
    gboolean has_stem_projection;
    UmkLinear stem_projection;
    float *positions; /* (grid[0] * grid[1], d) */
    UmkEncoder *encoder;
    UmkNorm norm_after;
    UmkLinear projection;
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

    for (guint i = 0; i < self->n_stem; i++)
        _umk_conv_clear(&self->stem[i]);
    _umk_linear_clear(&self->stem_projection);
    g_free(self->positions);
    g_clear_pointer(&self->encoder, _umk_encoder_free);
    _umk_norm_clear(&self->norm_after);
    _umk_linear_clear(&self->projection);
    g_free(self);
}

/* ---- binding ---------------------------------------------------------------------- */

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
bind_stem_layer(Model *self,
                guint i,
                JsonObject *step,
                gsize *channels,
                const UmkTensors *tensors,
                GError **error)
{
    UmkConv *conv = &self->stem[i];
    g_autofree char *name = g_strdup_printf("stem.%u", i);
    gsize out;

    if (!_umk_json_get_size(step, "out", 0, MAX_CHANNELS, &out, error) ||
        !read_pair(step, "kernel", 3, conv->kernel, error) ||
        !read_pair(step, "stride", 1, conv->stride, error) ||
        !read_pair(step, "padding", 0, conv->padding, error))
        return FALSE;
    if (out == 0 || conv->kernel[0] == 0 || conv->kernel[1] == 0 ||
        conv->stride[0] == 0 || conv->stride[1] == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Stem layer %u has a size of zero"), i);
        return FALSE;
    }
    if (!_umk_conv_bind(conv, tensors, name, out, *channels, UMK_BIAS_REQUIRED, error))
        return FALSE;
    *channels = out;
    return TRUE;
}

/* Floats for the largest map of the stem, and for the scratch of its layers. */
static void
stem_sizes(const Model *self, gsize *map, gsize *scratch)
{
    gsize height = self->image_size, width = self->image_size;

    *map = *scratch = 0;
    for (guint i = 0; i < self->n_stem; i++) {
        const UmkConv *conv = &self->stem[i];
        gsize need = _umk_conv_scratch_size(conv, height, width);

        *scratch = MAX(*scratch, need);
        height = _umk_conv_out_size(conv, 0, height);
        width = _umk_conv_out_size(conv, 1, width);
        *map = MAX(*map, height * width * conv->out_channels);
    }
}

static gboolean
bind_stem(Model *self, const UmkImageFolder *folder, gsize *channels, GError **error)
{
    JsonNode *node = json_object_get_member(folder->config, "stem");
    JsonArray *stem =
        node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    guint n = stem ? json_array_get_length(stem) : 0;
    gsize map, scratch;

    if (n == 0 || n > MAX_STEM) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“stem” is not a list of 1 to %d layers"), MAX_STEM);
        return FALSE;
    }
    self->grid[0] = self->grid[1] = self->image_size;
    for (guint i = 0; i < n; i++) {
        JsonNode *step = json_array_get_element(stem, i);

        if (!JSON_NODE_HOLDS_OBJECT(step)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Stem layer %u is not an object"), i);
            return FALSE;
        }
        self->n_stem = i + 1;
        if (!bind_stem_layer(self, i, json_node_get_object(step), channels,
                             &folder->tensors, error))
            return FALSE;
        for (guint axis = 0; axis < 2; axis++)
            self->grid[axis] = _umk_conv_out_size(&self->stem[i], axis, self->grid[axis]);
        if (self->grid[0] == 0 || self->grid[1] == 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Stem layer %u leaves nothing of an image of %zu pixels"), i,
                        self->image_size);
            return FALSE;
        }
    }
    stem_sizes(self, &map, &scratch);
    if (self->grid[0] * self->grid[1] <= UMK_IMAGE_MAX_TOKENS && map <= MAX_STEM_FLOATS &&
        scratch <= MAX_STEM_FLOATS)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("The stem makes more than %d tokens of an image"),
                UMK_IMAGE_MAX_TOKENS);
    return FALSE;
}

static gboolean
bind_tokens(
    Model *self, const UmkImageFolder *folder, gsize channels, gsize d, GError **error)
{
    const gsize shape[2] = {self->grid[0] * self->grid[1], d};
    const float *positions;

    if (channels != d) {
        self->has_stem_projection = TRUE;
        if (!_umk_linear_bind(&self->stem_projection, &folder->tensors, "stem_proj", d,
                              channels, UMK_BIAS_REQUIRED, error))
            return FALSE;
    }
    positions =
        _umk_tensors_get(&folder->tensors, "position_embedding.weight", shape, 2, error);
    if (!positions)
        return FALSE;
    self->positions = g_memdup2(positions, shape[0] * d * sizeof *positions);
    _umk_tensors_release(&folder->tensors, positions);
    return TRUE;
}

static gboolean
bind_blocks(Model *self, const UmkImageFolder *folder, GError **error)
{
    UmkEncoderConfig config;
    gsize channels = 3;

    if (!_umk_config_read_encoder(folder->config, 1e-5, &config, error) ||
        !_umk_encoder_config_check(&config, error) ||
        !_umk_json_get_size(folder->config, "image_size", 64, MAX_IMAGE_SIZE,
                            &self->image_size, error) ||
        !_umk_json_get_size(folder->config, "projection_dim", config.n_dims,
                            MAX_PROJECTION, &self->base.n_dims, error) ||
        !bind_stem(self, folder, &channels, error) ||
        !bind_tokens(self, folder, channels, config.n_dims, error))
        return FALSE;
    self->encoder =
        _umk_encoder_new(&config, &_umk_encoder_names_clip, &folder->tensors, error);
    return self->encoder &&
           _umk_norm_bind(&self->norm_after, &folder->tensors, "post_layernorm",
                          config.n_dims, config.eps, error) &&
           _umk_linear_bind(&self->projection, &folder->tensors, "projection",
                            self->base.n_dims, config.n_dims, UMK_BIAS_NONE, error);
}

/* ---- forward ---------------------------------------------------------------------- */

/* Gives the last map, which is one of a and b. */
static float *
run_stem(const Model *self, const float *pixels, float *a, float *b, float *scratch)
{
    gsize height = self->image_size, width = self->image_size;

    for (guint i = 0; i < self->n_stem; i++) {
        const UmkConv *conv = &self->stem[i];
        float *swap = a;

        _umk_conv_forward(conv, pixels, height, width, UMK_ACTIVATION_GELU, scratch, a);
        height = _umk_conv_out_size(conv, 0, height);
        width = _umk_conv_out_size(conv, 1, width);
        pixels = a;
        a = b;
        b = swap;
    }
    return b;
}

static void
average(const float *rows, gsize n, gsize d, float *out)
{
    for (gsize k = 0; k < d; k++)
        out[k] = rows[k];
    for (gsize i = 1; i < n; i++)
        _umk_kernel_add(out, rows + i * d, d);
    _umk_kernel_scale(out, d, 1.0f / (float) n);
}

static gboolean
encode(const UmkImageModel *base,
       const float *pixels,
       gsize height,
       gsize width,
       UmkArena *arena,
       float *out,
       GError **error)
{
    const Model *self = (const Model *) base;
    gsize d = _umk_encoder_get_config(self->encoder)->n_dims;
    gsize n = self->grid[0] * self->grid[1], map, work;
    guint32 offsets[2] = {0, (guint32) n};
    float *maps[2], *scratch, *tokens;

    if (height != self->image_size || width != self->image_size) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The model takes images of %zux%zu pixels, not %zux%zu"),
                    self->image_size, self->image_size, width, height);
        return FALSE;
    }
    stem_sizes(self, &map, &work);
    map = _umk_arena_round(MAX(map, n * d));
    work = MAX(work, _umk_encoder_scratch_size(self->encoder, n, n));
    maps[0] = _umk_arena_reserve(arena, 2 * map + work, error);
    if (!maps[0])
        return FALSE;
    maps[1] = maps[0] + map;
    scratch = maps[1] + map;
    tokens = run_stem(self, pixels, maps[0], maps[1], scratch);
    if (self->has_stem_projection) {
        float *other = tokens == maps[0] ? maps[1] : maps[0];

        _umk_linear_forward(&self->stem_projection, tokens, n, UMK_ACTIVATION_NONE,
                            other);
        tokens = other;
    }
    _umk_kernel_add(tokens, self->positions, n * d);
    _umk_encoder_forward(self->encoder, tokens, offsets, 1, scratch);
    _umk_norm_forward(&self->norm_after, tokens, n, tokens);
    average(tokens, n, d, scratch);
    _umk_linear_forward(&self->projection, scratch, 1, UMK_ACTIVATION_NONE, out);
    return TRUE;
}

/* ---- embedder --------------------------------------------------------------------- */

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    UmkImageFolder folder = {0};
    Model *self = g_new0(Model, 1);
    gboolean good;

    self->base.encode = encode;
    good = _umk_image_folder_open(&folder, path, error) &&
           bind_blocks(self, &folder, error) &&
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
