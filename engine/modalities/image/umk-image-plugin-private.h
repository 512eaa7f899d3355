/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables that the image plugin offers; each lives in the file of its embedder. */

#pragma once

#include <umekomi/umk-plugin.h>

G_BEGIN_DECLS

extern const UmkEmbedderOps _umk_vit_embedder;
extern const UmkEmbedderOps _umk_clip_vision_embedder;
extern const UmkEmbedderOps _umk_umekomi_vit_embedder;
extern const UmkEmbedderOps _umk_dinov2_embedder;
extern const UmkEmbedderOps _umk_siglip_vision_embedder;
extern const UmkEmbedderOps _umk_resnet_embedder;
extern const UmkEmbedderOps _umk_vgg_embedder;
extern const UmkEmbedderOps _umk_efficientnet_embedder;
extern const UmkPreviewOps _umk_image_preview;

G_END_DECLS
