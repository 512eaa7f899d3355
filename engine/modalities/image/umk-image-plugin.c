/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The image plugin: a list of tables and nothing else. */

#include "umk-image-plugin-private.h"

#include <gmodule.h>

#include "umk-config.h"

static const UmkEmbedderOps *const embedders[] = {
    &_umk_clip_vision_embedder, &_umk_vit_embedder,           &_umk_umekomi_vit_embedder,
    &_umk_dinov2_embedder,      &_umk_siglip_vision_embedder, &_umk_resnet_embedder,
    &_umk_vgg_embedder,         &_umk_efficientnet_embedder,  NULL,
};

static const UmkPreviewOps *const previews[] = {&_umk_image_preview, NULL};

static const UmkPlugin image_plugin = {
    .abi = UMK_PLUGIN_ABI,
    .struct_size = sizeof(UmkPlugin),
    .name = "umekomi-image",
    .version = UMK_VERSION_STRING,
    .license = "GPL-3.0-or-later",
    .embedders = embedders,
    .previews = previews,
};

UMK_PLUGIN_DEFINE(image_plugin)
