/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thumbnails through libvips' own shrink-on-load: a 12-megapixel JPEG takes a few
 * milliseconds. Orientation and profile are applied, alpha is kept. Vectors are never
 * made from these pixels. */

#include "umk-thumbnail-private.h"

#include "umk-vips-private.h"

static void
row_to_rgba(const guint8 *in, gsize bands, guint8 *out, gsize width)
{
    gboolean grey = bands < 3;

    for (gsize x = 0; x < width; x++, in += bands, out += 4) {
        out[0] = in[0];
        out[1] = in[grey ? 0 : 1];
        out[2] = in[grey ? 0 : 2];
        out[3] = bands == 2 ? in[1] : bands > 3 ? in[3] : 255;
    }
}

/* Takes image. */
static VipsImage *
to_bytes(VipsImage *image)
{
    VipsImage *next = NULL;
    int failed;

    if (vips_image_get_format(image) == VIPS_FORMAT_UCHAR &&
        vips_image_get_bands(image) <= 4)
        return image;
    failed = vips_colourspace(image, &next, VIPS_INTERPRETATION_sRGB, NULL);
    g_object_unref(image);
    if (failed || vips_image_get_format(next) == VIPS_FORMAT_UCHAR)
        return next;
    image = next;
    failed = vips_cast_uchar(image, &next, NULL);
    g_object_unref(image);
    return failed ? NULL : next;
}

static guint8 *
to_rgba(VipsImage *image, GError **error)
{
    int width = vips_image_get_width(image), height = vips_image_get_height(image);
    gsize bands = (gsize) vips_image_get_bands(image);
    VipsRegion *region = vips_region_new(image);
    g_autofree guint8 *rgba = g_try_malloc_n((gsize) width * 4, (gsize) height);
    gboolean good = region != NULL && rgba != NULL;

    for (int y = 0; good && y < height; y++) {
        VipsRect row = {0, y, width, 1};

        good = vips_region_prepare(region, &row) == 0;
        if (good)
            row_to_rgba(VIPS_REGION_ADDR(region, 0, y), bands,
                        rgba + (gsize) y * (gsize) width * 4, (gsize) width);
    }
    g_clear_object(&region);
    if (!good) {
        _umk_vips_failure(error);
        return NULL;
    }
    return g_steal_pointer(&rgba);
}

/* The limit on declared pixels is checked by opening the image first. */
static VipsImage *
shrink(VipsSource *source, guint size, GError **error)
{
    VipsImage *image = _umk_vips_load(source, size, error);
    VipsImage *small = NULL;
    const char *loader = "";
    int status;

    if (!image)
        return NULL;
    /* A drawing is opened with what libvips would leave out if it opened it again. */
    if (vips_image_get_typeof(image, VIPS_META_LOADER) != 0)
        vips_image_get_string(image, VIPS_META_LOADER, &loader);
    if (g_str_has_prefix(loader, "svg"))
        status = vips_thumbnail_image(image, &small, (int) size, "height", (int) size,
                                      "size", VIPS_SIZE_DOWN, NULL);
    else
        status =
            vips_thumbnail_source(source, &small, (int) size, "height", (int) size,
                                  "size", VIPS_SIZE_DOWN, "export_profile", "srgb", NULL);
    g_object_unref(image);
    if (status != 0) {
        _umk_vips_failure(error);
        return NULL;
    }
    small = to_bytes(small);
    if (!small)
        _umk_vips_failure(error);
    return small;
}

guint8 *
_umk_thumbnail_read(
    UmkItem *item, guint size, guint *width, guint *height, GError **error)
{
    GBytes *bytes = umk_item_get_bytes(item);
    VipsSource *source;
    VipsImage *image;
    guint8 *rgba = NULL;

    size = CLAMP(size, 1, UMK_THUMBNAIL_MAX_SIZE);
    source = bytes ? _umk_vips_open_bytes(bytes, error)
                   : _umk_vips_open_file(umk_item_get_path(item), error);
    if (!source)
        return NULL;
    image = shrink(source, size, error);
    if (image) {
        rgba = to_rgba(image, error);
        if (rgba) {
            *width = (guint) vips_image_get_width(image);
            *height = (guint) vips_image_get_height(image);
        }
        g_object_unref(image);
    }
    g_object_unref(source);
    _umk_vips_end_thread();
    return rgba;
}
