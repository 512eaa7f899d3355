/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the vision transformers share behind their last block: norm, pooling of tokens,
 * projection; several pictures at a time. */
#pragma once

#include "umk-image-model-private.h"
#include "umk-patch-encoder-private.h"
#include "umk-token-pooling-private.h"

G_BEGIN_DECLS

typedef struct {
    UmkImageModel base;
    UmkPatchEncoder encoder;
    UmkNorm norm_after;
    UmkTokenPooling pooling;
    gboolean has_projection;
    UmkLinear projection; /* of the pooled vector; CLIP only */
} UmkVit;

/* Binds a model without projection behind the prefix of the folder's tensors; "layernorm"
 * is its last norm. usual_side: of the pictures, where preprocessor_config.json is
 * missing. */
gboolean _umk_vit_bind(UmkVit *self,
                       const UmkImageFolder *folder,
                       const UmkPatchEncoderConfig *config,
                       const UmkPatchEncoderNames *names,
                       gsize usual_side,
                       UmkParams *params,
                       GError **error);
/* Reads the preprocessor's configuration and the options of self, whose encoder is bound.
 */
gboolean _umk_vit_init(UmkVit *self,
                       const UmkImageFolder *folder,
                       const char *family,
                       gsize usual_side,
                       UmkParams *params,
                       GError **error);
void _umk_vit_free(gpointer model);
/* The slot of UmkImageModel. */
gboolean _umk_vit_encode(const UmkImageModel *base,
                         const float *const *pixels,
                         gsize n_images,
                         gsize height,
                         gsize width,
                         UmkArena *arena,
                         float *out,
                         GError **error);

G_END_DECLS
