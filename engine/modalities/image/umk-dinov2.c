/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DINOv2 (Oquab et al. 2023), also with registers (Darcet et al. 2023): a ViT with
 * LayerScale, in its largest size with a gated feed-forward part, whose positions are
 * interpolated to whatever the picture gives. The embedding is the class token after the
 * last norm; pooling=cls+mean puts the mean of the patches behind it. */
#include "umk-image-plugin-private.h"
#include "umk-vit-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#define USUAL_SIDE    224 /* of the pictures people feed it, trained at 518 */
#define MAX_REGISTERS 256

static const char *const extra[] = {"embeddings.cls_token", NULL};

#define BLOCK                                                                            \
    .query = "encoder.layer.#.attention.attention.query",                                \
    .key = "encoder.layer.#.attention.attention.key",                                    \
    .value = "encoder.layer.#.attention.attention.value",                                \
    .out = "encoder.layer.#.attention.output.dense",                                     \
    .norm_attention = "encoder.layer.#.norm1", .norm_ffn = "encoder.layer.#.norm2",      \
    .scale_attention = "encoder.layer.#.layer_scale1.lambda1",                           \
    .scale_ffn = "encoder.layer.#.layer_scale2.lambda1"

static const UmkEncoderNames blocks_plain = {
    BLOCK,
    .up = "encoder.layer.#.mlp.fc1",
    .down = "encoder.layer.#.mlp.fc2",
};

static const UmkEncoderNames blocks_gated = {
    BLOCK,
    .up = "encoder.layer.#.mlp.weights_in",
    .down = "encoder.layer.#.mlp.weights_out",
};

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    g_autofree char *type = _umk_image_dup_model_type(config, config_len);

    return g_strcmp0(type, "dinov2") == 0 || g_strcmp0(type, "dinov2_with_registers") == 0
               ? 90
               : 0;
}

/* The width of the feed-forward part is a ratio; the gated one keeps the number of
 * weights and rounds up to a multiple of 8. */
static gboolean
read_ffn(JsonObject *config, UmkEncoderConfig *encoder, GError **error)
{
    double ratio, width;

    if (!_umk_json_get_number(config, "mlp_ratio", 4, &ratio, error) ||
        !_umk_json_get_boolean(config, "use_swiglu_ffn", FALSE, &encoder->gated, error))
        return FALSE;
    width = floor((double) encoder->n_dims * ratio);
    if (!(width >= 1 && width <= G_MAXINT32)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“mlp_ratio” is %g, which no layer can have"), ratio);
        return FALSE;
    }
    encoder->n_ffn = (gsize) width;
    if (encoder->gated) {
        encoder->n_ffn = (encoder->n_ffn * 2 / 3 + 7) / 8 * 8;
        encoder->activation = UMK_ACTIVATION_SILU;
    }
    return TRUE;
}

static gboolean
read_config(const UmkImageFolder *folder, UmkPatchEncoderConfig *read, GError **error)
{
    JsonObject *config = folder->config;
    gboolean registers = strcmp(folder->type, "dinov2_with_registers") == 0;

    if (!_umk_config_read_encoder(config, "gelu", 1e-6, &read->encoder, error) ||
        !read_ffn(config, &read->encoder, error) ||
        !_umk_json_get_size(config, "image_size", 518, UMK_PREPROCESS_MAX_SIDE,
                            &read->image_size, error) ||
        !_umk_json_get_size(config, "patch_size", 14, UMK_PREPROCESS_MAX_SIDE,
                            &read->patch_size, error) ||
        !_umk_json_get_size(config, "num_register_tokens", registers ? 4 : 0,
                            MAX_REGISTERS, &read->n_registers, error))
        return FALSE;
    if (!registers)
        read->n_registers = 0;
    read->patch_bias = UMK_BIAS_REQUIRED;
    read->encoder.bias = UMK_BIAS_OPTIONAL; /* qkv_bias may be false */
    read->antialias = registers;
    return TRUE;
}

static gboolean
bind(UmkVit *self, UmkImageFolder *folder, UmkParams *params, GError **error)
{
    UmkPatchEncoderNames names = {
        .patch = "embeddings.patch_embeddings.projection",
        .extra = extra,
        .extra_axes = 3,
        .registers = "embeddings.register_tokens",
        .positions = "embeddings.position_embeddings",
        .position_axes = 3,
    };
    UmkPatchEncoderConfig config = {0};

    folder->tensors.prefix =
        strcmp(folder->type, "dinov2") == 0 ? "dinov2." : "dinov2_with_registers.";
    if (!_umk_tensors_has(&folder->tensors, names.positions))
        folder->tensors.prefix = "";
    if (!read_config(folder, &config, error))
        return FALSE;
    names.blocks = config.encoder.gated ? &blocks_gated : &blocks_plain;
    return _umk_vit_bind(self, folder, &config, &names, USUAL_SIDE, params, error);
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

const UmkEmbedderOps _umk_dinov2_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "dinov2",
    .title = N_("DINOv2"),
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
