/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The insides of the residual networks, for the tests that feed them given pixels. */
#pragma once

#include "umk-image-model-private.h"
#include "umk-map-private.h"

G_BEGIN_DECLS

#define UMK_RESNET_MAX_CONVS 3

/* relu (convolutions of x + x, or + shortcut of x) */
typedef struct {
    UmkConv convs[UMK_RESNET_MAX_CONVS];
    guint n_convs;
    gboolean has_shortcut;
    UmkConv shortcut;
} UmkResnetBlock;

typedef struct {
    UmkImageModel base;
    UmkActivation activation;
    UmkConv stem;
    GArray *blocks; /* UmkResnetBlock */
} UmkResnet;

/* pixels (height, width, 3) -> the last feature map, in the arena */
gboolean _umk_resnet_features(const UmkResnet *self,
                              const float *pixels,
                              gsize height,
                              gsize width,
                              UmkArena *arena,
                              UmkMap *features,
                              GError **error);

G_END_DECLS
