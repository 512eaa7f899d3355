/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an item to the numbers that an image encoder takes: decode, resample,
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

/* Everything in one: the item's picture as (*height, *width, 3) numbers for an encoder.
 */
float *_umk_picture_pixels_for_item(UmkItem *item,
                                    const UmkPreprocess *preprocess,
                                    gsize *width,
                                    gsize *height,
                                    GError **error);

G_END_DECLS
