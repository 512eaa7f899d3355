/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VGG (Simonyan and Zisserman 2015) with torchvision's names (features.N, classifier.N)
 * or timm's (features.N, pre_logits.fc1), with batch norms or without. The gaps between
 * the numbers of the layers say where the maps are halved. The embedding is what people
 * call fc7: the second full layer after its relu. */
#include "umk-image-plugin-private.h"
#include "umk-vgg-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#define GRID 7 /* the map that the full layers look at */
#define EPS  1e-5

static const char *const fc6_names[] = {"classifier.0", "pre_logits.fc1"};
static const char *const fc7_names[] = {"classifier.3", "pre_logits.fc2"};

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const tensors[] = {"features.0.weight", "classifier.0.weight",
                                          "classifier.3.weight", NULL};
    g_autofree char *timm = _umk_image_dup_architecture(config, config_len);

    if (timm != NULL && g_str_has_prefix(timm, "vgg") && g_ascii_isdigit(timm[3]))
        return 80;
    if (config_len == 0 && _umk_image_folder_holds(path, tensors))
        return 70;
    return 0;
}

/* ---- forward ---------------------------------------------------------------------- */

static void
forward(gconstpointer network, UmkMapWork *work, const UmkMap *pixels, UmkMap *result)
{
    static const UmkConvPool pool = {{2, 2}, {2, 2}, {0, 0}, FALSE};
    const UmkVgg *self = network;
    UmkMap x = *pixels, y;
    guint at = 0;

    for (guint i = 0; i < self->n_steps; i++, at ^= 1) {
        if (self->steps[i].is_pool)
            _umk_map_pool_max(work, &pool, &x, at, &y);
        else
            _umk_map_conv(work, &self->steps[i].conv, UMK_ACTIVATION_RELU, &x, at, &y);
        x = y;
    }
    _umk_map_pool_adaptive(work, &x, GRID, GRID, at, &y);
    _umk_map_conv(work, &self->fc6, UMK_ACTIVATION_RELU, &y, at ^ 1, result);
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
    const UmkVgg *self = (const UmkVgg *) base;

    for (gsize i = 0; i < n_images; i++, out += base->n_dims) {
        const UmkMap map = {height, width, 3, (float *) pixels[i]};
        UmkMap fc6;

        if (!_umk_map_run(forward, self, &map, arena, &fc6, error))
            return FALSE;
        _umk_linear_forward(&self->fc7, fc6.data, 1, UMK_ACTIVATION_RELU, out);
    }
    return TRUE;
}

/* ---- binding ---------------------------------------------------------------------- */

static gboolean
bind_conv(const UmkImageFolder *folder,
          UmkConv *conv,
          guint number,
          gsize *channels,
          guint *n_layers,
          GError **error)
{
    g_autofree char *name = g_strdup_printf("features.%u", number);
    g_autofree char *norm = g_strdup_printf("features.%u", number + 1);
    g_autofree char *mean = g_strconcat(norm, ".running_mean", NULL);
    gboolean normed = _umk_tensors_has(&folder->tensors, mean);
    gsize shape[4];

    if (!_umk_image_folder_get_kernel(folder, name, shape, error))
        return FALSE;
    for (guint axis = 0; axis < 2; axis++) {
        conv->kernel[axis] = shape[2 + axis];
        conv->padding[axis] = shape[2 + axis] / 2;
        conv->stride[axis] = 1;
    }
    if (normed ? !_umk_conv_bind_normed(conv, &folder->tensors, name, norm, shape[0],
                                        *channels, EPS, error)
               : !_umk_conv_bind(conv, &folder->tensors, name, shape[0], *channels,
                                 UMK_BIAS_REQUIRED, error))
        return FALSE;
    *channels = shape[0];
    *n_layers = normed ? 3 : 2; /* the relu has a number as well */
    return TRUE;
}

/* The layers as torchvision numbers them: a convolution, its batch norm if there is one,
 * its relu, and now and then a pooling, which has a number but no tensor. */
static gboolean
bind_features(UmkVgg *self, const UmkImageFolder *folder, gsize *channels, GError **error)
{
    guint number = 0;

    while (self->n_steps < UMK_VGG_MAX_STEPS) {
        UmkVggStep *step = &self->steps[self->n_steps];
        g_autofree char *name = g_strdup_printf("features.%u", number);
        guint n_layers = 1;

        if (self->n_steps > 0 && !_umk_image_folder_has_weight(folder, name)) {
            if (step[-1].is_pool)
                return TRUE; /* two numbers in a row without a tensor: past the end */
            step->is_pool = TRUE;
        } else if (!bind_conv(folder, &step->conv, number, channels, &n_layers, error)) {
            return FALSE;
        }
        self->n_steps++;
        number += n_layers;
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("A VGG of more than %d layers is not supported"), UMK_VGG_MAX_STEPS);
    return FALSE;
}

/* A full layer, stored as a matrix or as a convolution: borrowed, with its width. The
 * numbers lie in the same order. */
static const float *
get_full(const UmkImageFolder *folder,
         const char *const *names,
         gsize n_in,
         const char **name,
         gsize *n_out,
         GError **error)
{
    g_autofree char *weight = NULL;
    gsize shape[8], n = 1;
    guint n_axes = 0;

    *name = _umk_image_folder_has_weight(folder, names[0]) ? names[0] : names[1];
    weight = g_strconcat(*name, ".weight", NULL);
    if (_umk_weights_get_shape(folder->weights, weight, shape, &n_axes)) {
        for (guint i = 1; i < n_axes; i++)
            n = shape[i] <= n_in ? n * shape[i] : 0;
    }
    if (n_axes < 2 || n_axes > 4 || n != n_in) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The model has no layer “%s” with %zu inputs"), weight, n_in);
        return NULL;
    }
    *n_out = shape[0];
    return _umk_tensors_get(&folder->tensors, weight, shape, n_axes, error);
}

static gboolean
bind_full(UmkVgg *self, const UmkImageFolder *folder, gsize channels, GError **error)
{
    UmkConv *fc6 = &self->fc6;
    g_autofree float *bias = NULL;
    g_autofree char *bias_name = NULL;
    const char *name;
    gsize n_out;
    const float *weight =
        get_full(folder, fc6_names, channels * GRID * GRID, &name, &n_out, error);
    gboolean good;

    if (!weight)
        return FALSE;
    bias_name = g_strconcat(name, ".bias", NULL);
    bias = _umk_tensors_dup_vector(&folder->tensors, bias_name, n_out, error);
    fc6->kernel[0] = fc6->kernel[1] = GRID;
    fc6->stride[0] = fc6->stride[1] = 1;
    good = bias && _umk_conv_set(fc6, weight, bias, n_out, channels, error);
    _umk_tensors_release(&folder->tensors, weight);
    return good;
}

static gboolean
bind_last(UmkVgg *self, const UmkImageFolder *folder, GError **error)
{
    gsize n_in = self->fc6.out_channels, n_out;
    g_autofree float *bias = NULL;
    g_autofree char *bias_name = NULL;
    const char *name;
    const float *weight = get_full(folder, fc7_names, n_in, &name, &n_out, error);
    gboolean good;

    if (!weight)
        return FALSE;
    bias_name = g_strconcat(name, ".bias", NULL);
    bias = _umk_tensors_dup_vector(&folder->tensors, bias_name, n_out, error);
    good = bias && _umk_linear_set(&self->fc7, weight, bias, n_out, n_in, error);
    _umk_tensors_release(&folder->tensors, weight);
    self->base.n_dims = n_out;
    return good;
}

static gboolean
bind(UmkVgg *self, UmkImageFolder *folder, UmkParams *params, GError **error)
{
    gsize channels = 3;

    self->base.encode = encode;
    return bind_features(self, folder, &channels, error) &&
           bind_full(self, folder, channels, error) && bind_last(self, folder, error) &&
           _umk_image_model_init(&self->base, folder, "torchvision", 224, params, error);
}

/* ---- embedder --------------------------------------------------------------------- */

static void
model_free(gpointer model)
{
    UmkVgg *self = model;

    for (guint i = 0; i < UMK_VGG_MAX_STEPS; i++)
        _umk_conv_clear(&self->steps[i].conv);
    _umk_conv_clear(&self->fc6);
    _umk_linear_clear(&self->fc7);
    g_free(self);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    UmkImageFolder folder = {0};
    UmkVgg *self = g_new0(UmkVgg, 1);
    gboolean good = _umk_image_folder_open_any(&folder, path, params, error) &&
                    bind(self, &folder, params, error);

    _umk_image_folder_close(&folder);
    if (!good)
        g_clear_pointer(&self, model_free);
    return self;
}

const UmkEmbedderOps _umk_vgg_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "vgg",
    .title = N_("VGG"),
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
