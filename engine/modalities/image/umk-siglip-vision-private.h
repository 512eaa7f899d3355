/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The insides of SigLIP's image tower, for the tests that feed it given pixels. */
#pragma once

#include "umk-attention-pool-private.h"
#include "umk-image-model-private.h"
#include "umk-patch-encoder-private.h"

G_BEGIN_DECLS

typedef struct {
    UmkImageModel base;
    UmkPatchEncoder encoder;
    UmkNorm norm_after;
    UmkAttentionPool head;
} UmkSiglipVision;

G_END_DECLS
