/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Offers the thumbnail as the image modality's preview. */

#include "umk-image-plugin-private.h"
#include "umk-thumbnail-private.h"

static UmkPreview *
preview(UmkItem *item, guint size, UmkRun *run, GError **error)
{
    guint width, height;
    guint8 *rgba;
    UmkPreview *made;
    GBytes *bytes;

    if (!umk_run_check(run, error))
        return NULL;
    rgba = _umk_thumbnail_read(item, size, &width, &height, error);
    if (!rgba)
        return NULL;
    bytes = g_bytes_new_take(rgba, (gsize) width * height * 4);
    made = umk_preview_new_pixels(width, height, bytes);
    g_bytes_unref(bytes);
    return made;
}

const UmkPreviewOps _umk_image_preview = {
    .struct_size = sizeof(UmkPreviewOps),
    .id = "image-thumbnail",
    .modality = UMK_MODALITY_IMAGE,
    .preview = preview,
};
