/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Works out what the published image processors would do with a picture of a given size:
 * get_resize_output_image_size's and get_image_size_for_max_height_width's integer
 * arithmetic, centre crop padded with the background or, as they do, with zero, rescale
 * in double, normalisation in float. No pixel is resampled here. */
#include "umk-preprocess-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>
#include <umekomi/umekomi.h>

/* ---- geometry --------------------------------------------------------------------- */

static void
resized_size(
    const UmkPreprocess *self, gsize width, gsize height, double *out_w, double *out_h)
{
    double shortest = (double) MIN(width, height), longest = (double) MAX(width, height);
    double new_short = (double) self->edge, new_long;

    if (self->rule == UMK_RESIZE_NONE) {
        *out_w = (double) width;
        *out_h = (double) height;
        return;
    }
    if (self->rule == UMK_RESIZE_EXACT) {
        *out_w = (double) self->width;
        *out_h = (double) self->height;
        return;
    }
    if (self->rule == UMK_RESIZE_INSIDE) {
        double scale = MIN((double) self->height / (double) height,
                           (double) self->width / (double) width);

        *out_w = MAX(floor((double) width * scale), 1);
        *out_h = MAX(floor((double) height * scale), 1);
        return;
    }
    new_long = floor(new_short * longest / shortest);
    if (self->max_edge > 0 && new_long > (double) self->max_edge) {
        new_short = floor((double) self->max_edge * new_short / new_long);
        new_long = (double) self->max_edge;
    }
    *out_w = width <= height ? new_short : new_long;
    *out_h = width <= height ? new_long : new_short;
}

/* One axis of the centre crop: what is kept, and how far from the edge it is put. */
static void
crop_axis(const UmkPreprocess *self,
          gsize size,
          gsize crop,
          gsize *begin,
          gsize *kept,
          gsize *pad)
{
    if (crop <= size) {
        *begin = (size - crop) / 2;
        if (self->half_even && (size - crop) % 2 == 1)
            *begin += *begin % 2;
        *kept = crop;
        *pad = 0;
    } else {
        *begin = 0;
        *kept = size;
        *pad = (crop - size + 1) / 2;
    }
}

/* When only one axis is short, the published code pads it by the rounded-up half but
 * takes the window from the rounded-down one, which cancels out for even and odd. */
gboolean
_umk_preprocess_plan(const UmkPreprocess *self,
                     gsize width,
                     gsize height,
                     UmkPreprocessPlan *plan,
                     GError **error)
{
    UmkPreprocessPlan p = {0};
    double out_w, out_h;

    if (width == 0 || height == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The image has no pixels"));
        return FALSE;
    }
    resized_size(self, width, height, &out_w, &out_h);
    if (out_w < 1 || out_h < 1 || out_w > G_MAXINT32 || out_h > G_MAXINT32) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("An image of %zux%zu pixels is too thin to be resized"), width,
                    height);
        return FALSE;
    }
    p.shape.in_width = width;
    p.shape.in_height = height;
    p.shape.out_width = (gsize) out_w;
    p.shape.out_height = (gsize) out_h;
    p.width = self->crop ? self->crop_width : p.shape.out_width;
    p.height = self->crop ? self->crop_height : p.shape.out_height;
    if (p.width > UMK_PREPROCESS_MAX_SIDE || p.height > UMK_PREPROCESS_MAX_SIDE) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("An image of %zux%zu pixels would be resized to %zux%zu, more than "
                      "%d a side"),
                    width, height, p.width, p.height, UMK_PREPROCESS_MAX_SIDE);
        return FALSE;
    }
    crop_axis(self, p.shape.out_width, p.width, &p.shape.x, &p.shape.width, &p.pad_x);
    crop_axis(self, p.shape.out_height, p.height, &p.shape.y, &p.shape.height, &p.pad_y);
    *plan = p;
    return TRUE;
}

gboolean
_umk_preprocess_fixed_size(const UmkPreprocess *self, gsize *width, gsize *height)
{
    *width = self->crop ? self->crop_width : self->width;
    *height = self->crop ? self->crop_height : self->height;
    return self->crop || self->rule == UMK_RESIZE_EXACT;
}

/* ---- values ----------------------------------------------------------------------- */

void
_umk_preprocess_normalize(const UmkPreprocess *self,
                          const UmkPreprocessPlan *plan,
                          const guint8 *window,
                          float *out)
{
    gsize width = plan->width, height = plan->height;
    float value[256][3];

    for (guint i = 0; i < 256; i++) {
        for (guint c = 0; c < 3; c++) {
            value[i][c] = ((float) (i * self->rescale) + self->offset - self->mean[c]) /
                          self->std[c];
            if (self->twice)
                value[i][c] /= self->std[c];
        }
    }
    if (plan->shape.width < width || plan->shape.height < height) {
        float around[3];

        for (guint c = 0; c < 3; c++)
            around[c] = value[self->has_background ? self->background[c] : 0][c];
        for (gsize i = 0; i < width * height; i++)
            memcpy(out + i * 3, around, sizeof around);
    }
    for (gsize y = 0; y < plan->shape.height; y++) {
        const guint8 *in = window + y * plan->shape.width * 3;
        float *row = out + ((y + plan->pad_y) * width + plan->pad_x) * 3;

        for (gsize x = 0; x < plan->shape.width * 3; x += 3) {
            row[x] = value[in[x]][0];
            row[x + 1] = value[in[x + 1]][1];
            row[x + 2] = value[in[x + 2]][2];
        }
    }
}
