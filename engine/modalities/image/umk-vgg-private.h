/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The insides of VGG, for the tests that feed it given pixels. */
#pragma once

#include "umk-image-model-private.h"
#include "umk-map-private.h"

G_BEGIN_DECLS

#define UMK_VGG_MAX_STEPS 128

typedef struct {
    gboolean is_pool;
    UmkConv conv;
} UmkVggStep;

typedef struct {
    UmkImageModel base;
    guint n_steps;
    UmkVggStep steps[UMK_VGG_MAX_STEPS];
    UmkConv fc6; /* over the whole of the last map */
    UmkLinear fc7;
} UmkVgg;

G_END_DECLS
