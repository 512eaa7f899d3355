/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ViT and DeiT: the embedding is the class token after the final norm, or what the option
 * pooling says. The pooler, a leftover of BERT that most checkpoints never trained, is
 * not used. */
#include "umk-image-plugin-private.h"
#include "umk-vit-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

static const char *const vit_extra[] = {"embeddings.cls_token", NULL};
static const char *const deit_extra[] = {"embeddings.cls_token",
                                         "embeddings.distillation_token", NULL};

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    g_autofree char *type = _umk_image_dup_model_type(config, config_len);

    return g_strcmp0(type, "vit") == 0 || g_strcmp0(type, "deit") == 0 ? 90 : 0;
}

static gboolean
read_config(JsonObject *config, UmkPatchEncoderConfig *read, GError **error)
{
    gboolean qkv_bias;

    if (!_umk_json_get_boolean(config, "qkv_bias", TRUE, &qkv_bias, error) ||
        !_umk_config_read_encoder(config, "gelu", 1e-12, &read->encoder, error) ||
        !_umk_json_get_size(config, "image_size", 224, UMK_PREPROCESS_MAX_SIDE,
                            &read->image_size, error) ||
        !_umk_json_get_size(config, "patch_size", 16, UMK_PREPROCESS_MAX_SIDE,
                            &read->patch_size, error))
        return FALSE;
    read->patch_bias = UMK_BIAS_REQUIRED;
    read->encoder.bias = qkv_bias ? UMK_BIAS_REQUIRED : UMK_BIAS_OPTIONAL;
    return TRUE;
}

static gboolean
bind(UmkVit *self, UmkImageFolder *folder, UmkParams *params, GError **error)
{
    gboolean deit = strcmp(folder->type, "deit") == 0;
    UmkPatchEncoderNames names = {
        .patch = "embeddings.patch_embeddings.projection",
        .extra = deit ? deit_extra : vit_extra,
        .extra_axes = 3,
        .positions = "embeddings.position_embeddings",
        .position_axes = 3,
        .blocks = &_umk_encoder_names_vit,
    };
    UmkPatchEncoderConfig config = {0};

    folder->tensors.prefix = deit ? "deit." : "vit.";
    if (!_umk_tensors_has(&folder->tensors, names.positions))
        folder->tensors.prefix = "";
    return read_config(folder->config, &config, error) &&
           _umk_vit_bind(self, folder, &config, &names, config.image_size, params, error);
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

const UmkEmbedderOps _umk_vit_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "vit",
    .title = N_("Vision transformer (ViT, DeiT)"),
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
