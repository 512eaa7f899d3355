/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CLIP's image tower (Radford et al. 2021): class token after the last norm, projected to
 * the space it shares with the text tower of the same folder. */
#include "umk-image-plugin-private.h"
#include "umk-vit-private.h"

#include <glib/gi18n-lib.h>

#define MAX_PROJECTION 65536

static const char *const extra[] = {"embeddings.class_embedding", NULL};

static const UmkPatchEncoderNames names = {
    .patch = "embeddings.patch_embedding",
    .extra = extra,
    .extra_axes = 1,
    .positions = "embeddings.position_embedding.weight",
    .position_axes = 2,
    .norm_before = "pre_layrnorm", /* as the published checkpoints spell it */
    .blocks = &_umk_encoder_names_clip,
};

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    g_autofree char *type = _umk_image_dup_model_type(config, config_len);

    return g_strcmp0(type, "clip") == 0 || g_strcmp0(type, "clip_vision_model") == 0 ? 90
                                                                                     : 0;
}

static gboolean
read_config(UmkImageFolder *folder,
            UmkPatchEncoderConfig *read,
            gsize *n_projected,
            GError **error)
{
    JsonObject *vision;
    gsize fallback;

    if (!_umk_json_get_object(folder->config, "vision_config", &vision, error))
        return FALSE;
    if (!vision)
        vision = folder->config;
    /* The projection's width stands in the outer object of a whole CLIP model. */
    return _umk_config_read_encoder(vision, "quick_gelu", 1e-5, &read->encoder, error) &&
           _umk_json_get_size(vision, "image_size", 224, UMK_PREPROCESS_MAX_SIDE,
                              &read->image_size, error) &&
           _umk_json_get_size(vision, "patch_size", 32, UMK_PREPROCESS_MAX_SIDE,
                              &read->patch_size, error) &&
           _umk_json_get_size(vision, "projection_dim", 512, MAX_PROJECTION, &fallback,
                              error) &&
           _umk_json_get_size(folder->config, "projection_dim", fallback, MAX_PROJECTION,
                              n_projected, error);
}

static gboolean
bind(UmkVit *self, UmkImageFolder *folder, UmkParams *params, GError **error)
{
    UmkPatchEncoderConfig config = {0};
    UmkTensors vision = folder->tensors;

    if (!read_config(folder, &config, &self->base.n_dims, error))
        return FALSE;
    config.patch_bias = UMK_BIAS_NONE;
    config.encoder.bias = UMK_BIAS_REQUIRED;
    vision.prefix = "vision_model.";
    if (!_umk_patch_encoder_bind(&self->encoder, &config, &names, &vision, error) ||
        !_umk_norm_bind(&self->norm_after, &vision, "post_layernorm",
                        config.encoder.n_dims, config.encoder.eps, error) ||
        !_umk_linear_bind(&self->projection, &folder->tensors, "visual_projection",
                          self->base.n_dims, config.encoder.n_dims, UMK_BIAS_NONE, error))
        return FALSE;
    self->has_projection = TRUE;
    return _umk_vit_init(self, folder, "clip", config.image_size, params, error);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    UmkImageFolder folder = {0};
    UmkVit *self = g_new0(UmkVit, 1);
    gboolean good = _umk_image_folder_open(&folder, path, params, error) &&
                    bind(self, &folder, params, error);

    _umk_image_folder_close(&folder);
    if (!good)
        g_clear_pointer(&self, _umk_vit_free);
    return self;
}

const UmkEmbedderOps _umk_clip_vision_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "clip-image",
    .title = N_("CLIP, image tower"),
    .modality = UMK_MODALITY_IMAGE,
    .probe = probe,
    .model_load = model_load,
    .model_free = _umk_vit_free,
    .model_n_dims = _umk_image_model_n_dims,
    .session_new = _umk_image_session_new,
    .session_free = _umk_image_session_free,
    .session_embed = _umk_image_session_embed,
    .batch_hint = UMK_IMAGE_BATCH,
};
