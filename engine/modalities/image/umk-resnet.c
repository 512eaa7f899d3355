/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Deep Residual Learning for Image Recognition" (He et al. 2016), with the names of
 * torchvision and timm (conv1, layer1.0.conv1 …) or those of Hugging Face. The tensors
 * say how many blocks a stage has, how wide they are, whether they are bottlenecks and
 * have groups; only the strides follow from the family: on the 3x3 convolution, as
 * everyone trains them ("v1.5"), unless a config says otherwise. The embedding is the
 * mean of the last map. */
#include "umk-image-plugin-private.h"
#include "umk-resnet-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#define N_STAGES   4
#define MAX_BLOCKS 256 /* in one stage */
#define EPS        1e-5

/* Each '#' stands for a number: stage, block, convolution. */
typedef struct {
    const char *stem, *stem_norm;
    const char *conv, *norm;
    const char *shortcut, *shortcut_norm;
    guint first_stage, first_conv; /* what counting begins with */
} Names;

static const Names names_torchvision = {
    .stem = "conv1",
    .stem_norm = "bn1",
    .conv = "layer#.#.conv#",
    .norm = "layer#.#.bn#",
    .shortcut = "layer#.#.downsample.0",
    .shortcut_norm = "layer#.#.downsample.1",
    .first_stage = 1,
    .first_conv = 1,
};

static const Names names_transformers = {
    .stem = "embedder.embedder.convolution",
    .stem_norm = "embedder.embedder.normalization",
    .conv = "encoder.stages.#.layers.#.layer.#.convolution",
    .norm = "encoder.stages.#.layers.#.layer.#.normalization",
    .shortcut = "encoder.stages.#.layers.#.shortcut.convolution",
    .shortcut_norm = "encoder.stages.#.layers.#.shortcut.normalization",
};

/* What a config may say about strides. */
typedef struct {
    gboolean first_stage;   /* the first stage halves the map as well */
    gboolean in_bottleneck; /* on the first 1x1 convolution of a bottleneck */
} Strides;

/* ---- probing ---------------------------------------------------------------------- */

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const tensors[] = {"conv1.weight", "layer1.0.conv1.weight",
                                          "layer4.0.bn1.running_mean", NULL};
    static const char *const known[] = {"resnet", "wide_resnet", "resnext"};
    g_autofree char *type = _umk_image_dup_model_type(config, config_len);
    g_autofree char *timm = _umk_image_dup_architecture(config, config_len);

    if (type != NULL)
        return strcmp(type, "resnet") == 0 ? 90 : 0;
    for (guint i = 0; timm != NULL && i < G_N_ELEMENTS(known); i++) {
        if (g_str_has_prefix(timm, known[i]) && g_ascii_isdigit(timm[strlen(known[i])]))
            return 80;
    }
    if (timm == NULL && config_len == 0 && _umk_image_folder_holds(path, tensors))
        return 70;
    return 0;
}

/* ---- forward ---------------------------------------------------------------------- */

static void
forward(gconstpointer network, UmkMapWork *work, const UmkMap *pixels, UmkMap *result)
{
    static const UmkConvPool pool = {{3, 3}, {2, 2}, {1, 1}, FALSE};
    const UmkResnet *self = network;
    UmkMap x, y;
    guint at = 1;

    _umk_map_conv(work, &self->stem, self->activation, pixels, 0, &y);
    _umk_map_pool_max(work, &pool, &y, at, &x);
    for (guint i = 0; i < self->blocks->len; i++) {
        const UmkResnetBlock *block = &g_array_index(self->blocks, UmkResnetBlock, i);
        UmkMap kept = x;

        y = x;
        for (guint j = 0; j < block->n_convs; j++) {
            UmkMap next;

            _umk_map_conv(work, &block->convs[j],
                          j + 1 < block->n_convs ? self->activation : UMK_ACTIVATION_NONE,
                          &y, (at + 1 + j % 2) % UMK_MAP_BUFFERS, &next);
            y = next;
        }
        if (block->has_shortcut)
            _umk_map_conv(work, &block->shortcut, UMK_ACTIVATION_NONE, &x,
                          (at + 3) % UMK_MAP_BUFFERS, &kept);
        _umk_map_add(work, &y, &kept, self->activation);
        x = y;
        at = (at + 1 + (block->n_convs - 1) % 2) % UMK_MAP_BUFFERS;
    }
    *result = x;
}

gboolean
_umk_resnet_features(const UmkResnet *self,
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

        if (!_umk_resnet_features((const UmkResnet *) base, pixels[i], height, width,
                                  arena, &map, error))
            return FALSE;
        _umk_conv_pool_adaptive(map.data, map.height, map.width, map.channels, 1, 1, out);
    }
    return TRUE;
}

/* ---- binding ---------------------------------------------------------------------- */

/* What binding needs at every step. */
typedef struct {
    const UmkImageFolder *folder;
    const Names *names;
    Strides strides;
    gsize channels; /* of the map so far */
} Binder;

static char *
numbered(const Binder *binder, const char *pattern, guint stage, guint block, guint conv)
{
    const guint numbers[] = {stage + binder->names->first_stage, block,
                             conv + binder->names->first_conv};

    return _umk_image_dup_name(pattern, numbers, G_N_ELEMENTS(numbers));
}

/* Width, kernel and groups are those of the tensor; the map keeps its size but for the
 * stride. *channels becomes the width of the output. */
static gboolean
bind_conv(const Binder *binder,
          UmkConv *conv,
          const char *name,
          const char *norm,
          gsize stride,
          gsize *channels,
          GError **error)
{
    gsize shape[4];

    if (!_umk_image_folder_get_kernel(binder->folder, name, shape, error))
        return FALSE;
    for (guint axis = 0; axis < 2; axis++) {
        conv->kernel[axis] = shape[2 + axis];
        conv->padding[axis] = shape[2 + axis] / 2;
        conv->stride[axis] = stride;
    }
    conv->groups = *channels / shape[1];
    if (!_umk_conv_bind_normed(conv, &binder->folder->tensors, name, norm, shape[0],
                               *channels, EPS, error))
        return FALSE;
    *channels = shape[0];
    return TRUE;
}

static guint
count_convs(const Binder *binder, guint stage, guint block)
{
    guint n = 0;

    for (; n <= UMK_RESNET_MAX_CONVS; n++) {
        g_autofree char *name = numbered(binder, binder->names->conv, stage, block, n);

        if (!_umk_image_folder_has_weight(binder->folder, name))
            break;
    }
    return n;
}

static gboolean
bind_block(
    Binder *binder, UmkResnetBlock *block, guint stage, guint number, GError **error)
{
    const Names *names = binder->names;
    guint n_convs = count_convs(binder, stage, number);
    gboolean bottleneck = n_convs == 3;
    gboolean halves = number == 0 && (stage > 0 || binder->strides.first_stage);
    guint where = bottleneck && !binder->strides.in_bottleneck ? 1 : 0;
    gsize channels = binder->channels;
    g_autofree char *shortcut = numbered(binder, names->shortcut, stage, number, 0);
    g_autofree char *shortcut_norm =
        numbered(binder, names->shortcut_norm, stage, number, 0);

    if (n_convs != 2 && n_convs != 3) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Block %u of stage %u has %u convolutions, not 2 or 3"), number,
                    stage, n_convs);
        return FALSE;
    }
    block->n_convs = n_convs;
    for (guint i = 0; i < block->n_convs; i++) {
        g_autofree char *name = numbered(binder, names->conv, stage, number, i);
        g_autofree char *norm = numbered(binder, names->norm, stage, number, i);

        if (!bind_conv(binder, &block->convs[i], name, norm, halves && i == where ? 2 : 1,
                       &channels, error))
            return FALSE;
    }
    block->has_shortcut = _umk_image_folder_has_weight(binder->folder, shortcut);
    if (block->has_shortcut &&
        !bind_conv(binder, &block->shortcut, shortcut, shortcut_norm, halves ? 2 : 1,
                   &binder->channels, error))
        return FALSE;
    if (binder->channels == channels && (block->has_shortcut || !halves))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Block %u of stage %u gives %zu channels where its shortcut gives %zu"),
                number, stage, channels, binder->channels);
    return FALSE;
}

static gboolean
bind_stages(UmkResnet *self, Binder *binder, GError **error)
{
    for (guint stage = 0; stage < N_STAGES; stage++) {
        /* The first block must be there; how many follow, the tensors say. */
        for (guint i = 0; i < MAX_BLOCKS; i++) {
            UmkResnetBlock block = {.n_convs = 0};
            gboolean good;

            if (i > 0 && count_convs(binder, stage, i) == 0)
                break;
            good = bind_block(binder, &block, stage, i, error);
            g_array_append_val(self->blocks, block);
            if (!good)
                return FALSE;
        }
    }
    return TRUE;
}

/* Relatives that share the names of ResNet but compute something else. */
static gboolean
check_kind(const UmkImageFolder *folder, GError **error)
{
    static const char *const foreign[] = {"layer1.0.se.fc1", "layer1.0.se.conv",
                                          "layer1.0.attn", "layer1.0.conv2.fc1",
                                          "conv1.0"};

    for (guint i = 0; i < G_N_ELEMENTS(foreign); i++) {
        if (!_umk_image_folder_has_weight(folder, foreign[i]))
            continue;
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("This relative of ResNet (it has “%s”) is not supported; ResNet, "
                      "Wide ResNet and ResNeXt are"),
                    foreign[i]);
        return FALSE;
    }
    return TRUE;
}

static gboolean
read_config(UmkResnet *self, JsonObject *config, Strides *strides, GError **error)
{
    const char *activation;

    return _umk_json_get_string(config, "hidden_act", "relu", &activation, error) &&
           _umk_activation_parse(activation, &self->activation, error) &&
           _umk_json_get_boolean(config, "downsample_in_first_stage", FALSE,
                                 &strides->first_stage, error) &&
           _umk_json_get_boolean(config, "downsample_in_bottleneck", FALSE,
                                 &strides->in_bottleneck, error);
}

static gboolean
bind(UmkResnet *self, UmkImageFolder *folder, UmkParams *params, GError **error)
{
    gboolean transformers = strcmp(folder->type, "resnet") == 0;
    Binder binder = {.folder = folder, .channels = 3};

    binder.names = transformers ? &names_transformers : &names_torchvision;
    folder->tensors.prefix = "resnet.";
    if (!_umk_image_folder_has_weight(folder, binder.names->stem))
        folder->tensors.prefix = "";
    if (!check_kind(folder, error) ||
        !read_config(self, folder->config, &binder.strides, error) ||
        !bind_conv(&binder, &self->stem, binder.names->stem, binder.names->stem_norm, 2,
                   &binder.channels, error) ||
        !bind_stages(self, &binder, error))
        return FALSE;
    self->base.n_dims = binder.channels;
    self->base.encode = encode;
    return _umk_image_model_init(
        &self->base, folder, transformers ? "resnet" : "torchvision", 224, params, error);
}

/* ---- embedder --------------------------------------------------------------------- */

static void
clear_block(gpointer data)
{
    UmkResnetBlock *block = data;

    for (guint i = 0; i < UMK_RESNET_MAX_CONVS; i++)
        _umk_conv_clear(&block->convs[i]);
    _umk_conv_clear(&block->shortcut);
}

static void
model_free(gpointer model)
{
    UmkResnet *self = model;

    _umk_conv_clear(&self->stem);
    g_array_unref(self->blocks);
    g_free(self);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    UmkImageFolder folder = {0};
    UmkResnet *self = g_new0(UmkResnet, 1);
    gboolean good;

    self->blocks = g_array_new(FALSE, TRUE, sizeof(UmkResnetBlock));
    g_array_set_clear_func(self->blocks, clear_block);
    good = _umk_image_folder_open_any(&folder, path, params, error) &&
           bind(self, &folder, params, error);
    _umk_image_folder_close(&folder);
    if (!good)
        g_clear_pointer(&self, model_free);
    return self;
}

const UmkEmbedderOps _umk_resnet_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "resnet",
    .title = N_("ResNet"),
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
