/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The insides of EfficientNet, for the tests that feed it given pixels. */
#pragma once

#include "umk-image-model-private.h"
#include "umk-map-private.h"

G_BEGIN_DECLS

/* expand, one channel at a time, weigh the channels, project; + x where nothing changed
 * size */
typedef struct {
    gboolean has_expand, has_skip;
    UmkConv expand, depthwise, reduce, gate, project;
} UmkEfficientnetBlock;

typedef struct {
    UmkImageModel base;
    UmkActivation activation;
    UmkConv stem, top;
    GArray *blocks; /* UmkEfficientnetBlock */
} UmkEfficientnet;

/* pixels (height, width, 3) -> the last feature map, in the arena */
gboolean _umk_efficientnet_features(const UmkEfficientnet *self,
                                    const float *pixels,
                                    gsize height,
                                    gsize width,
                                    UmkArena *arena,
                                    UmkMap *features,
                                    GError **error);

G_END_DECLS
