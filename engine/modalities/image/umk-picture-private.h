/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an item to the float planes that an image encoder takes: decode, resample,
 * normalise, a strip of rows at a time. */

#pragma once

#include <umekomi/umekomi.h>

#include "umk-decode-private.h"
#include "umk-preprocess-private.h"

G_BEGIN_DECLS

/* A decoded and resized window of an image. */
typedef struct {
    UmkPreprocessPlan plan;
    guint8 *window; /* (plan.shape.height, plan.shape.width, 3) */
} UmkPicture;

gboolean _umk_picture_read(UmkPicture *self,
                           const UmkPreprocess *preprocess,
                           UmkImageSource *source,
                           GError **error);
void _umk_picture_clear(UmkPicture *self);

/* Everything in one: planes of the item's picture, (3, *height, *width). */
float *_umk_picture_planes_for_item(UmkItem *item,
                                    const UmkPreprocess *preprocess,
                                    gsize *width,
                                    gsize *height,
                                    GError **error);

G_END_DECLS
