/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins the decoder, the resampler and the normalisation. Memory for a picture is one
 * strip of rows and the window that is kept, whatever its size on disk. */

#include "umk-picture-private.h"

#include <glib/gi18n-lib.h>

#define STRIP_ROWS 32

/* How much larger than the result a shrunk picture stays, so that most of the filtering
 * is still done by the exact resampler. */
#define FAST_NUMERATOR   3
#define FAST_DENOMINATOR 2

static gboolean
resample(UmkPicture *self,
         const UmkPreprocess *preprocess,
         UmkImageSource *source,
         GError **error)
{
    g_autoptr(UmkResampler) resampler = NULL;
    g_autofree guint8 *strip = NULL;
    gsize stride = self->plan.shape.in_width * 3;
    gsize end;

    resampler =
        _umk_resampler_new(preprocess->filter, &self->plan.shape, self->window, error);
    if (!resampler)
        return FALSE;
    /* The resampler reads a little beyond a row and multiplies that by 0. */
    strip = g_try_malloc0(stride * STRIP_ROWS + UMK_RESAMPLE_PAD);
    if (!strip) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("There is no memory for an image %zu pixels wide"),
                    self->plan.shape.in_width);
        return FALSE;
    }
    end = _umk_resampler_get_end_row(resampler);
    for (gsize y = _umk_resampler_get_first_row(resampler); y < end; y += STRIP_ROWS) {
        gsize n_rows = MIN(STRIP_ROWS, end - y);

        if (!_umk_image_source_read(source, y, n_rows, strip, error))
            return FALSE;
        _umk_resampler_push(resampler, strip, stride, n_rows);
    }
    return TRUE;
}

gboolean
_umk_picture_read(UmkPicture *self,
                  const UmkPreprocess *preprocess,
                  UmkImageSource *source,
                  GError **error)
{
    UmkPicture read = {0};

    /* Sizes follow from the picture as it is, also where it was shrunk. */
    if (!_umk_preprocess_plan(preprocess, _umk_image_source_get_full_width(source),
                              _umk_image_source_get_full_height(source), &read.plan,
                              error))
        return FALSE;
    read.plan.shape.in_width = _umk_image_source_get_width(source);
    read.plan.shape.in_height = _umk_image_source_get_height(source);
    read.window = g_try_malloc_n(read.plan.shape.width * 3, read.plan.shape.height);
    if (!read.window) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("There is no memory for an image of %zux%zu pixels"),
                    read.plan.shape.width, read.plan.shape.height);
        return FALSE;
    }
    if (!resample(&read, preprocess, source, error)) {
        _umk_picture_clear(&read);
        return FALSE;
    }
    *self = read;
    return TRUE;
}

void
_umk_picture_clear(UmkPicture *self)
{
    g_clear_pointer(&self->window, g_free);
}

float *
_umk_picture_pixels_for_item(UmkItem *item,
                             const UmkPreprocess *preprocess,
                             gsize *width,
                             gsize *height,
                             GError **error)
{
    gsize edge = MAX(preprocess->edge, MAX(preprocess->width, preprocess->height));
    UmkDecodeOptions options = {
        .background = preprocess->has_background ? preprocess->background : NULL,
        .want_edge = 2 * edge,
        .least_edge = preprocess->fast && preprocess->rule != UMK_RESIZE_NONE
                          ? edge * FAST_NUMERATOR / FAST_DENOMINATOR
                          : 0,
    };
    const char *path = umk_item_get_path(item);
    GBytes *bytes = umk_item_get_bytes(item);
    g_autoptr(UmkImageSource) source = NULL;
    UmkPicture picture = {0};
    float *pixels;

    source = bytes ? _umk_image_source_new_for_bytes(bytes, &options, error)
                   : _umk_image_source_new_for_file(path, &options, error);
    if (!source || !_umk_picture_read(&picture, preprocess, source, error))
        return NULL;
    pixels = g_try_new(float, picture.plan.width *picture.plan.height * 3);
    if (pixels) {
        _umk_preprocess_normalize(preprocess, &picture.plan, picture.window, pixels);
        *width = picture.plan.width;
        *height = picture.plan.height;
    } else {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("There is no memory for an image"));
    }
    _umk_picture_clear(&picture);
    return pixels;
}
