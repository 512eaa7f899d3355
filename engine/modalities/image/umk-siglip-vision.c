/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SigLIP's image tower (Zhai et al. 2023), also that of SigLIP 2 where it has a fixed
 * resolution: no class token; the tokens are pooled by attention, which gives the vector
 * in the space of the text tower without a projection. */
#include "umk-image-plugin-private.h"
#include "umk-siglip-vision-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

static const UmkPatchEncoderNames names = {
    .patch = "embeddings.patch_embedding",
    .positions = "embeddings.position_embedding.weight",
    .position_axes = 2,
    .blocks = &_umk_encoder_names_clip,
};

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const types[] = {"siglip", "siglip_vision_model", "siglip2",
                                        "siglip2_vision_model"};
    g_autofree char *type = _umk_image_dup_model_type(config, config_len);

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_strcmp0(type, types[i]) == 0)
            return 90;
    }
    return 0;
}

/* ---- forward ---------------------------------------------------------------------- */

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
    const UmkSiglipVision *self = (const UmkSiglipVision *) base;
    gsize n = _umk_patch_encoder_n_tokens(&self->encoder, height, width, error);
    gsize batch = n > 0 ? _umk_patch_encoder_batch(n) : 0;
    gsize n_work = _umk_attention_pool_scratch_size(&self->head, n);

    for (gsize first = 0; first < n_images; first += batch) {
        gsize here = MIN(batch, n_images - first);
        float *tokens, *work;

        if (n == 0)
            return FALSE;
        tokens = _umk_patch_encoder_forward(&self->encoder, pixels + first, here, height,
                                            width, arena, n_work, &n, &work, error);
        if (!tokens)
            return FALSE;
        _umk_norm_forward(&self->norm_after, tokens, here * n, tokens);
        for (gsize i = 0; i < here; i++, out += base->n_dims)
            _umk_attention_pool_forward(&self->head, tokens + i * n * base->n_dims, n,
                                        work, out);
    }
    return TRUE;
}

/* ---- binding ---------------------------------------------------------------------- */

static gboolean
read_config(const UmkImageFolder *folder, UmkPatchEncoderConfig *read, GError **error)
{
    JsonObject *vision;

    if (g_str_has_prefix(folder->type, "siglip2")) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("SigLIP 2 with pictures of any shape (NaFlex) is not supported; "
                      "its models of a fixed resolution are"));
        return FALSE;
    }
    if (!_umk_json_get_object(folder->config, "vision_config", &vision, error))
        return FALSE;
    if (!vision)
        vision = folder->config;
    read->patch_bias = UMK_BIAS_REQUIRED;
    return _umk_config_read_encoder(vision, "gelu_pytorch_tanh", 1e-6, &read->encoder,
                                    error) &&
           _umk_json_get_size(vision, "image_size", 224, UMK_PREPROCESS_MAX_SIDE,
                              &read->image_size, error) &&
           _umk_json_get_size(vision, "patch_size", 16, UMK_PREPROCESS_MAX_SIDE,
                              &read->patch_size, error);
}

static gboolean
bind(UmkSiglipVision *self,
     const UmkImageFolder *folder,
     UmkParams *params,
     GError **error)
{
    UmkPatchEncoderConfig config = {0};
    UmkTensors vision = folder->tensors, head = folder->tensors;
    gsize width, height;

    vision.prefix = "vision_model.";
    head.prefix = "vision_model.head.";
    if (!read_config(folder, &config, error) ||
        !_umk_patch_encoder_bind(&self->encoder, &config, &names, &vision, error) ||
        !_umk_norm_bind(&self->norm_after, &vision, "post_layernorm",
                        config.encoder.n_dims, config.encoder.eps, error) ||
        !_umk_attention_pool_bind(&self->head, &config.encoder, &head, error))
        return FALSE;
    self->base.n_dims = config.encoder.n_dims;
    self->base.encode = encode;
    if (!_umk_image_model_init(&self->base, folder, "siglip", config.image_size, params,
                               error))
        return FALSE;
    if (_umk_preprocess_fixed_size(&self->base.preprocess, &width, &height))
        _umk_patch_encoder_expect(&self->encoder, height, width);
    return TRUE;
}

/* ---- embedder --------------------------------------------------------------------- */

static void
model_free(gpointer model)
{
    UmkSiglipVision *self = model;

    _umk_patch_encoder_clear(&self->encoder);
    _umk_norm_clear(&self->norm_after);
    _umk_attention_pool_clear(&self->head);
    g_free(self);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    UmkImageFolder folder = {0};
    UmkSiglipVision *self = g_new0(UmkSiglipVision, 1);
    gboolean good = _umk_image_folder_open(&folder, path, params, error) &&
                    bind(self, &folder, params, error);

    _umk_image_folder_close(&folder);
    if (!good)
        g_clear_pointer(&self, model_free);
    return self;
}

const UmkEmbedderOps _umk_siglip_vision_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "siglip-image",
    .title = N_("SigLIP, image tower"),
    .modality = UMK_MODALITY_IMAGE,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = _umk_image_model_n_dims,
    .session_new = _umk_image_session_new,
    .session_free = _umk_image_session_free,
    .session_embed = _umk_image_session_embed,
    .batch_hint = UMK_IMAGE_BATCH,
};
