/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EfficientNet (Tan and Le 2019) with Hugging Face's names: inverted bottlenecks with
 * squeeze and excitation. Where a map is halved the zeros lie as TensorFlow puts them,
 * one more at the bottom and at the right. Widths and kernels are those of the tensors;
 * how often blocks repeat and where they halve, the config says. The embedding is the
 * mean of the last map. */
#include "umk-efficientnet-private.h"
#include "umk-image-plugin-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#define MAX_STAGES 32
#define MAX_BLOCKS 512

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    g_autofree char *type = _umk_image_dup_model_type(config, config_len);

    return g_strcmp0(type, "efficientnet") == 0 ? 90 : 0;
}

/* ---- forward ---------------------------------------------------------------------- */

/* Each channel times sigmoid (gate (act (reduce (its mean)))); uses buffers 1 and 3. */
static void
squeeze(const UmkEfficientnet *self,
        const UmkEfficientnetBlock *block,
        UmkMapWork *work,
        UmkMap *x)
{
    UmkMap mean, reduced, gate;
    gsize n = x->height * x->width;

    _umk_map_pool_adaptive(work, x, 1, 1, 1, &mean);
    _umk_map_conv(work, &block->reduce, self->activation, &mean, 3, &reduced);
    _umk_map_conv(work, &block->gate, UMK_ACTIVATION_NONE, &reduced, 1, &gate);
    if (work->dry)
        return;
    _umk_kernel_scale(gate.data, gate.channels, -1.0f);
    _umk_kernel_exp(gate.data, gate.channels);
    for (gsize c = 0; c < gate.channels; c++)
        gate.data[c] = 1.0f / (1.0f + gate.data[c]);
    for (gsize i = 0; i < n; i++) {
        float *pixel = x->data + i * x->channels;

        for (gsize c = 0; c < x->channels; c++)
            pixel[c] *= gate.data[c];
    }
}

/* x lies in buffer 0 before and in buffer 1 after; the caller exchanges the two. */
static void
forward_block(const UmkEfficientnet *self,
              const UmkEfficientnetBlock *block,
              UmkMapWork *work,
              UmkMap *x)
{
    UmkMap wide = *x, filtered, projected;

    if (block->has_expand)
        _umk_map_conv(work, &block->expand, self->activation, x, 1, &wide);
    _umk_map_conv(work, &block->depthwise, self->activation, &wide, 2, &filtered);
    squeeze(self, block, work, &filtered);
    _umk_map_conv(work, &block->project, UMK_ACTIVATION_NONE, &filtered, 1, &projected);
    if (block->has_skip)
        _umk_map_add(work, &projected, x, UMK_ACTIVATION_NONE);
    *x = projected;
}

static void
forward(gconstpointer network, UmkMapWork *work, const UmkMap *pixels, UmkMap *result)
{
    const UmkEfficientnet *self = network;
    UmkMap x;

    _umk_map_conv(work, &self->stem, self->activation, pixels, 0, &x);
    for (guint i = 0; i < self->blocks->len; i++) {
        float *spare = work->buffers[0];

        forward_block(self, &g_array_index(self->blocks, UmkEfficientnetBlock, i), work,
                      &x);
        work->buffers[0] = work->buffers[1];
        work->buffers[1] = spare;
    }
    _umk_map_conv(work, &self->top, self->activation, &x, 1, result);
}

gboolean
_umk_efficientnet_features(const UmkEfficientnet *self,
                           const float *pixels,
                           gsize height,
                           gsize width,
                           UmkArena *arena,
                           UmkMap *features,
                           GError **error)
{
    const UmkMap map = {height, width, 3, (float *) pixels};

    return _umk_map_run(forward, self, &map, arena, features, error);
}

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
    for (gsize i = 0; i < n_images; i++, out += base->n_dims) {
        UmkMap map;

        if (!_umk_efficientnet_features((const UmkEfficientnet *) base, pixels[i], height,
                                        width, arena, &map, error))
            return FALSE;
        _umk_conv_pool_adaptive(map.data, map.height, map.width, map.channels, 1, 1, out);
    }
    return TRUE;
}

/* ---- config ----------------------------------------------------------------------- */

/* One of the stages that a config lists. */
typedef struct {
    guint repeats;
    gsize stride;
} Stage;

typedef struct {
    guint n_stages;
    Stage stages[MAX_STAGES];
    double eps;
    JsonArray *plain_padding; /* numbers of blocks with zeros on both sides, or NULL */
} Config;

static gboolean
bad_list(const char *name, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("“%s” is not a list of at most %d small whole numbers"), name,
                MAX_STAGES);
    return FALSE;
}

static gboolean
small_number(JsonArray *array, guint i, gint64 least, gint64 most, gint64 *value)
{
    JsonNode *node = json_array_get_element(array, i);

    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64)
        return FALSE;
    *value = json_node_get_int(node);
    return *value >= least && *value <= most;
}

static gboolean
read_stages(Config *self, JsonObject *config, double depth, GError **error)
{
    static const gint64 usual_strides[] = {1, 2, 2, 2, 1, 2, 1};
    static const gint64 usual_repeats[] = {1, 2, 2, 3, 3, 4, 1};
    JsonArray *strides, *repeats;
    gint64 value;

    if (!_umk_json_get_array(config, "strides", &strides, error) ||
        !_umk_json_get_array(config, "num_block_repeats", &repeats, error))
        return FALSE;
    self->n_stages =
        repeats ? json_array_get_length(repeats) : G_N_ELEMENTS(usual_repeats);
    if (self->n_stages == 0 || self->n_stages > MAX_STAGES)
        return bad_list("num_block_repeats", error);
    if (self->n_stages !=
        (strides ? json_array_get_length(strides) : G_N_ELEMENTS(usual_strides)))
        return bad_list("strides", error);
    for (guint i = 0; i < self->n_stages; i++) {
        if (repeats && !small_number(repeats, i, 1, MAX_BLOCKS, &value))
            return bad_list("num_block_repeats", error);
        self->stages[i].repeats =
            (guint) ceil(depth * (double) (repeats ? value : usual_repeats[i]));
        if (strides && !small_number(strides, i, 1, 2, &value))
            return bad_list("strides", error);
        self->stages[i].stride = (gsize) (strides ? value : usual_strides[i]);
    }
    return TRUE;
}

static gboolean
read_config(UmkEfficientnet *self, Config *read, JsonObject *config, GError **error)
{
    const char *activation, *pooling;
    double depth;

    if (!_umk_json_get_string(config, "hidden_act", "swish", &activation, error) ||
        !_umk_activation_parse(activation, &self->activation, error) ||
        !_umk_json_get_string(config, "pooling_type", "mean", &pooling, error) ||
        !_umk_json_get_number(config, "batch_norm_eps", 1e-3, &read->eps, error) ||
        !_umk_json_get_number(config, "depth_coefficient", 3.1, &depth, error) ||
        !_umk_json_get_array(config, "depthwise_padding", &read->plain_padding, error))
        return FALSE;
    if (strcmp(pooling, "mean") != 0 || depth <= 0 || depth > 100 || read->eps < 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("An EfficientNet with pooling “%s”, a depth coefficient of %g and "
                      "a batch norm epsilon of %g is not supported"),
                    pooling, depth, read->eps);
        return FALSE;
    }
    return read_stages(read, config, depth, error);
}

/* ---- binding ---------------------------------------------------------------------- */

typedef struct {
    const UmkImageFolder *folder;
    const Config *config;
    gsize channels; /* of the map so far */
} Binder;

static gboolean
is_plain(const Config *config, guint block)
{
    guint n = config->plain_padding ? json_array_get_length(config->plain_padding) : 0;
    gint64 value;

    for (guint i = 0; i < n; i++) {
        if (small_number(config->plain_padding, i, 0, G_MAXINT32, &value) &&
            value == (gint64) block)
            return TRUE;
    }
    return FALSE;
}

/* norm: NULL for a convolution with a bias of its own */
static gboolean
bind_conv(Binder *binder,
          UmkConv *conv,
          const char *name,
          const char *norm,
          gsize stride,
          GError **error)
{
    const UmkTensors *tensors = &binder->folder->tensors;
    gsize shape[4];

    if (!_umk_image_folder_get_kernel(binder->folder, name, shape, error))
        return FALSE;
    for (guint axis = 0; axis < 2; axis++) {
        conv->kernel[axis] = shape[2 + axis];
        conv->stride[axis] = stride;
        if (conv->padding[axis] == 0 && conv->extra[axis] == 0)
            conv->padding[axis] = shape[2 + axis] / 2;
    }
    conv->groups = binder->channels / shape[1];
    if (norm ? !_umk_conv_bind_normed(conv, tensors, name, norm, shape[0],
                                      binder->channels, binder->config->eps, error)
             : !_umk_conv_bind(conv, tensors, name, shape[0], binder->channels,
                               UMK_BIAS_REQUIRED, error))
        return FALSE;
    binder->channels = shape[0];
    return TRUE;
}

/* Zeros for a halving: one fewer at the top and at the left than in the middle of the
 * kernel, unless the config lists the block. */
static gboolean
bind_depthwise(Binder *binder,
               UmkConv *conv,
               const char *prefix,
               guint number,
               gsize stride,
               GError **error)
{
    g_autofree char *name = g_strconcat(prefix, "depthwise_conv.depthwise_conv", NULL);
    g_autofree char *norm = g_strconcat(prefix, "depthwise_conv.depthwise_norm", NULL);
    gsize shape[4];

    if (!_umk_image_folder_get_kernel(binder->folder, name, shape, error))
        return FALSE;
    for (guint axis = 0; stride == 2 && axis < 2; axis++) {
        gsize half = shape[2 + axis] / 2;

        if (half > 0 && !is_plain(binder->config, number)) {
            conv->padding[axis] = half - 1;
            conv->extra[axis] = 1;
        }
    }
    return bind_conv(binder, conv, name, norm, stride, error);
}

static gboolean
bind_block(Binder *binder,
           UmkEfficientnetBlock *block,
           guint number,
           gsize stride,
           gboolean first,
           GError **error)
{
    g_autofree char *prefix = g_strdup_printf("encoder.blocks.%u.", number);
    g_autofree char *expand = g_strconcat(prefix, "expansion.expand_conv", NULL);
    g_autofree char *expand_norm = g_strconcat(prefix, "expansion.expand_bn", NULL);
    g_autofree char *reduce = g_strconcat(prefix, "squeeze_excite.reduce", NULL);
    g_autofree char *gate = g_strconcat(prefix, "squeeze_excite.expand", NULL);
    g_autofree char *project = g_strconcat(prefix, "projection.project_conv", NULL);
    g_autofree char *project_norm = g_strconcat(prefix, "projection.project_bn", NULL);
    gsize in = binder->channels, wide;

    block->has_expand = _umk_image_folder_has_weight(binder->folder, expand);
    if (block->has_expand &&
        !bind_conv(binder, &block->expand, expand, expand_norm, 1, error))
        return FALSE;
    wide = binder->channels;
    if (!bind_depthwise(binder, &block->depthwise, prefix, number, stride, error) ||
        !bind_conv(binder, &block->reduce, reduce, NULL, 1, error) ||
        !bind_conv(binder, &block->gate, gate, NULL, 1, error))
        return FALSE;
    if (binder->channels != wide || block->depthwise.out_channels != wide) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The gate of block %u has %zu channels, not %zu"), number,
                    binder->channels, wide);
        return FALSE;
    }
    if (!bind_conv(binder, &block->project, project, project_norm, 1, error))
        return FALSE;
    block->has_skip = !first && stride == 1 && binder->channels == in;
    return TRUE;
}

static gboolean
bind_blocks(UmkEfficientnet *self, Binder *binder, GError **error)
{
    const Config *config = binder->config;
    guint number = 0;

    for (guint i = 0; i < config->n_stages; i++) {
        for (guint j = 0; j < config->stages[i].repeats; j++, number++) {
            UmkEfficientnetBlock block = {.has_expand = FALSE};
            gboolean good =
                bind_block(binder, &block, number, j == 0 ? config->stages[i].stride : 1,
                           j == 0, error);

            g_array_append_val(self->blocks, block);
            if (!good)
                return FALSE;
        }
    }
    return TRUE;
}

static gboolean
bind(UmkEfficientnet *self, UmkImageFolder *folder, UmkParams *params, GError **error)
{
    Config config = {0};
    Binder binder = {.folder = folder, .config = &config, .channels = 3};
    gsize image_size;

    folder->tensors.prefix = "efficientnet.";
    if (!_umk_image_folder_has_weight(folder, "embeddings.convolution"))
        folder->tensors.prefix = "";
    self->stem.extra[0] = self->stem.extra[1] = 1;
    if (!read_config(self, &config, folder->config, error) ||
        !_umk_json_get_size(folder->config, "image_size", 600, UMK_PREPROCESS_MAX_SIDE,
                            &image_size, error) ||
        !bind_conv(&binder, &self->stem, "embeddings.convolution", "embeddings.batchnorm",
                   2, error) ||
        !bind_blocks(self, &binder, error) ||
        !bind_conv(&binder, &self->top, "encoder.top_conv", "encoder.top_bn", 1, error))
        return FALSE;
    self->base.n_dims = binder.channels;
    self->base.encode = encode;
    return _umk_image_model_init(&self->base, folder, "efficientnet", image_size, params,
                                 error);
}

/* ---- embedder --------------------------------------------------------------------- */

static void
clear_block(gpointer data)
{
    UmkEfficientnetBlock *block = data;

    _umk_conv_clear(&block->expand);
    _umk_conv_clear(&block->depthwise);
    _umk_conv_clear(&block->reduce);
    _umk_conv_clear(&block->gate);
    _umk_conv_clear(&block->project);
}

static void
model_free(gpointer model)
{
    UmkEfficientnet *self = model;

    _umk_conv_clear(&self->stem);
    _umk_conv_clear(&self->top);
    g_array_unref(self->blocks);
    g_free(self);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    UmkImageFolder folder = {0};
    UmkEfficientnet *self = g_new0(UmkEfficientnet, 1);
    gboolean good;

    self->blocks = g_array_new(FALSE, TRUE, sizeof(UmkEfficientnetBlock));
    g_array_set_clear_func(self->blocks, clear_block);
    good = _umk_image_folder_open(&folder, path, params, error) &&
           bind(self, &folder, params, error);
    _umk_image_folder_close(&folder);
    if (!good)
        g_clear_pointer(&self, model_free);
    return self;
}

const UmkEmbedderOps _umk_efficientnet_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "efficientnet",
    .title = N_("EfficientNet"),
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
