/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws an SVG. libvips could, but takes a point for a unit where CSS has 96 units an
 * inch (it always tells librsvg 72), so that a drawing measured in points or millimetres
 * and without a viewBox is cut off at three quarters. librsvg is asked itself; having no
 * address of the file it opens nothing else, whatever the drawing refers to. */
#include "umk-drawing-private.h"

#include "umk-vips-private.h"

#include <inttypes.h>
#include <math.h>

#include <glib/gi18n-lib.h>
#include <librsvg/rsvg.h>
#include <umekomi/umekomi.h>

#define LONGEST_EDGE 32767 /* cairo's limit */

/* Of a drawing that does not say its size: its viewBox's, or what it covers. */
static gboolean
get_size(RsvgHandle *handle, double *width, double *height)
{
    gboolean has_box;
    RsvgRectangle box, ink;

    if (rsvg_handle_get_intrinsic_size_in_pixels(handle, width, height))
        return TRUE;
    rsvg_handle_get_intrinsic_dimensions(handle, NULL, NULL, NULL, NULL, &has_box, &box);
    if (!has_box && !rsvg_handle_get_geometry_for_element(handle, NULL, &ink, &box, NULL))
        return FALSE;
    *width = box.width;
    *height = box.height;
    return TRUE;
}

static gboolean
choose_size(RsvgHandle *handle, gsize want_edge, int *width, int *height, GError **error)
{
    double w, h, scale = 1;

    if (!get_size(handle, &w, &h) || !(w > 0) || !(h > 0)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The drawing has no size; an SVG needs a width and a height, or a "
                      "viewBox"));
        return FALSE;
    }
    if (MIN(w, h) < (double) want_edge)
        scale = (double) want_edge / MIN(w, h);
    w = MAX(round(w * scale), 1);
    h = MAX(round(h * scale), 1);
    if (w > LONGEST_EDGE || h > LONGEST_EDGE || w * h > (double) UMK_DECODE_MAX_PIXELS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The drawing would be %.0f by %.0f pixels, more than %d a side or "
                      "%d million in all"),
                    w, h, LONGEST_EDGE, (int) (UMK_DECODE_MAX_PIXELS / 1000000));
        return FALSE;
    }
    *width = (int) w;
    *height = (int) h;
    return TRUE;
}

/* Cairo's premultiplied native-endian ARGB to RGBA bytes. */
static VipsImage *
to_image(cairo_surface_t *surface, int width, int height)
{
    const guint8 *data = cairo_image_surface_get_data(surface);
    gsize stride = (gsize) cairo_image_surface_get_stride(surface);
    VipsImage *image = vips_image_new_memory();
    guint8 *out;

    vips_image_init_fields(image, width, height, 4, VIPS_FORMAT_UCHAR, VIPS_CODING_NONE,
                           VIPS_INTERPRETATION_sRGB, 1.0, 1.0);
    vips_image_set_string(image, VIPS_META_LOADER, "svgload");
    if (vips_image_write_prepare(image) != 0) {
        g_object_unref(image);
        return NULL;
    }
    out = (guint8 *) VIPS_IMAGE_ADDR(image, 0, 0);
    for (int y = 0; y < height; y++) {
        const guint32 *row = (const guint32 *) (const void *) (data + (gsize) y * stride);

        for (int x = 0; x < width; x++, out += 4) {
            guint32 alpha = row[x] >> 24;

            for (int c = 0; c < 3; c++) {
                guint32 value = (row[x] >> (16 - 8 * c)) & 255;

                out[c] =
                    (guint8) (alpha ? MIN((value * 255 + alpha / 2) / alpha, 255) : 0);
            }
            out[3] = (guint8) alpha;
        }
    }
    return image;
}

VipsImage *
_umk_drawing_load(VipsSource *source, gsize want_edge, GError **error)
{
    size_t length;
    const guint8 *data = vips_source_map(source, &length);
    g_autoptr(GObject) owner = NULL;
    g_autoptr(GError) reason = NULL;
    RsvgHandle *handle;
    RsvgRectangle room = {0};
    cairo_surface_t *surface;
    cairo_t *cr;
    VipsImage *image = NULL;
    int width, height;

    if (!data) {
        _umk_vips_failure(error);
        return NULL;
    }
    handle = rsvg_handle_new_from_data(data, length, &reason);
    if (!handle) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("This SVG cannot be read: %s"), g_strchomp(reason->message));
        return NULL;
    }
    owner = G_OBJECT(handle);
    rsvg_handle_set_dpi(handle, 96.0);
    if (!choose_size(handle, want_edge, &width, &height, error))
        return NULL;
    room.width = width;
    room.height = height;
    surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
    cr = cairo_create(surface);
    if (!rsvg_handle_render_document(handle, cr, &room, &reason)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("This SVG cannot be drawn: %s"), g_strchomp(reason->message));
    } else {
        cairo_surface_flush(surface);
        if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
            g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED,
                        _("This SVG cannot be drawn: %s"),
                        cairo_status_to_string(cairo_surface_status(surface)));
        else if (!(image = to_image(surface, width, height)))
            _umk_vips_failure(error);
    }
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return image;
}
