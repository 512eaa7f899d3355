/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The insides of two vision models, for the tests that feed them given pixels. */
#pragma once

#include "umk-image-model-private.h"
#include "umk-patch-encoder-private.h"

G_BEGIN_DECLS

typedef struct {
    UmkImageModel base;
    UmkPatchEncoder encoder;
    UmkNorm norm_after;
    UmkLinear projection; /* CLIP only */
} UmkVit;

G_END_DECLS
