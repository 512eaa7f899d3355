/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoding through libvips: EXIF orientation, ICC profiles, CMYK, grey, 16 bits, floats
 * and palettes all become upright 8-bit sRGB. The pipeline is read by region in the
 * calling thread, so libvips starts no threads of its own. Shrink-on-load changes the
 * pixels and is used only where it is asked for. Alpha is dropped as Pillow's
 * convert("RGB") drops it, unless a background is given. */

#include "umk-decode-private.h"

#include "umk-vips-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <umekomi/umekomi.h>

#define STRIP 32

struct _UmkImageSource {
    gsize width, height; /* upright */
    gsize full_width, full_height;
    VipsImage *image; /* uchar; 1, 2, 3 or more bands */
    VipsRegion *region;
    gboolean composite;
    guint8 background[3];

    /* Only for pictures that lie on a side or stand on their head. */
    guint8 *lying; /* (h, w, 3) as stored */
    gsize lying_width, lying_height;
    gint orientation;
};

/* ---- colour ----------------------------------------------------------------------- */

/* A profile that calls itself sRGB would only add rounding. */
static gboolean
profile_is_srgb(const guint8 *data, gsize length)
{
    static const char wide[] = {'s', 0, 'R', 0, 'G', 0, 'B'};
    guint32 n_tags;

    if (length < 132)
        return FALSE;
    memcpy(&n_tags, data + 128, 4);
    n_tags = GUINT32_FROM_BE(n_tags);
    for (guint32 i = 0; i < MIN(n_tags, 100) && 132 + (i + 1) * 12 <= length; i++) {
        const guint8 *tag = data + 132 + i * 12;
        guint32 offset, size;

        if (memcmp(tag, "desc", 4) != 0)
            continue;
        memcpy(&offset, tag + 4, 4);
        memcpy(&size, tag + 8, 4);
        offset = GUINT32_FROM_BE(offset);
        size = GUINT32_FROM_BE(size);
        if (offset > length || size > length - offset)
            return FALSE;
        return memmem(data + offset, size, "sRGB", 4) != NULL ||
               memmem(data + offset, size, wide, sizeof wide) != NULL;
    }
    return FALSE;
}

static gboolean
wants_transform(VipsImage *image)
{
    const void *data;
    size_t length;

    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 ||
        vips_image_get_blob(image, VIPS_META_ICC_NAME, &data, &length) != 0)
        return FALSE;
    return !profile_is_srgb(data, length);
}

static gboolean
is_ready(VipsImage *image)
{
    VipsInterpretation kind = vips_image_guess_interpretation(image);

    return vips_image_get_format(image) == VIPS_FORMAT_UCHAR &&
           (kind == VIPS_INTERPRETATION_sRGB || kind == VIPS_INTERPRETATION_RGB ||
            kind == VIPS_INTERPRETATION_B_W || kind == VIPS_INTERPRETATION_MULTIBAND);
}

/* Takes image; gives one of 8 bits in sRGB or grey, perhaps with alpha, or NULL. */
static VipsImage *
to_srgb(VipsImage *image)
{
    VipsImage *next = NULL;

    if (wants_transform(image)) {
        if (vips_icc_transform(image, &next, "srgb", "embedded", TRUE, NULL) == 0) {
            g_object_unref(image);
            image = g_steal_pointer(&next);
        } else {
            vips_error_clear(); /* a broken profile is ignored, as browsers do */
        }
    }
    if (!is_ready(image)) {
        if (vips_colourspace(image, &next, VIPS_INTERPRETATION_sRGB, NULL) == 0) {
            g_object_unref(image);
            image = g_steal_pointer(&next);
        } else {
            vips_error_clear(); /* no known colours: take the bands as they are */
        }
    }
    if (vips_image_get_format(image) != VIPS_FORMAT_UCHAR) {
        int failed = vips_cast_uchar(image, &next, NULL);

        g_object_unref(image);
        return failed ? NULL : next;
    }
    return image;
}

/* ---- rows ------------------------------------------------------------------------- */

static inline guint8
over(guint8 value, guint8 background, guint8 alpha)
{
    return (guint8) ((value * alpha + background * (255 - alpha) + 127) / 255);
}

/* One row of `bands` bytes a pixel to three. */
static void
convert_row(const UmkImageSource *self, const guint8 *in, guint8 *out, gsize width)
{
    gsize bands = (gsize) vips_image_get_bands(self->image);
    gboolean grey = bands < 3;
    gsize alpha_at = grey ? 1 : 3;
    gboolean composite = self->composite && bands > alpha_at;

    if (bands == 3) {
        memcpy(out, in, width * 3);
        return;
    }
    for (gsize x = 0; x < width; x++, in += bands, out += 3) {
        out[0] = in[0];
        out[1] = in[grey ? 0 : 1];
        out[2] = in[grey ? 0 : 2];
        if (composite) {
            for (guint c = 0; c < 3; c++)
                out[c] = over(out[c], self->background[c], in[alpha_at]);
        }
    }
}

static gboolean
read_stored(UmkImageSource *self, gsize first, gsize n_rows, guint8 *rows, GError **error)
{
    gsize width = (gsize) vips_image_get_width(self->image);
    gsize end = first + n_rows;

    for (gsize y = first; y < end;) {
        VipsRect rect = {0, (int) y, (int) width, (int) MIN(STRIP, end - y)};

        if (vips_region_prepare(self->region, &rect) != 0)
            return _umk_vips_failure(error);
        for (int r = 0; r < rect.height; r++, y++, rows += width * 3)
            convert_row(self, VIPS_REGION_ADDR(self->region, 0, rect.top + r), rows,
                        width);
    }
    return TRUE;
}

/* EXIF orientation: where in the stored picture an upright pixel is. */
static void
turned_rows(const UmkImageSource *self, gsize first, gsize n_rows, guint8 *rows)
{
    gssize w = (gssize) self->lying_width * 3, h = (gssize) self->lying_height;
    gssize right = 3, down = w;
    gssize base = 0, step_x, step_y;

    if (strchr("2378", '0' + self->orientation)) {
        base += w - 3;
        right = -3;
    }
    if (strchr("3467", '0' + self->orientation)) {
        base += (h - 1) * w;
        down = -down;
    }
    step_x = self->orientation >= 5 ? down : right;
    step_y = self->orientation >= 5 ? right : down;
    for (gsize x = 0; x < self->width; x++) {
        const guint8 *in =
            self->lying + base + (gssize) x * step_x + (gssize) first * step_y;
        guint8 *out = rows + x * 3;

        for (gsize r = 0; r < n_rows; r++, in += step_y, out += self->width * 3)
            memcpy(out, in, 3);
    }
}

/* The rows of a turned picture come from all over it: it is decoded whole. */
static gboolean
lay_down(UmkImageSource *self, GError **error)
{
    gsize w = self->width, h = self->height;

    self->lying = g_try_malloc_n(w * 3, h);
    if (!self->lying) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("There is no memory to turn an image of %zux%zu pixels"), w, h);
        return FALSE;
    }
    if (!read_stored(self, 0, h, self->lying, error))
        return FALSE;
    self->lying_width = w;
    self->lying_height = h;
    if (self->orientation >= 5) {
        self->width = h;
        self->height = w;
    }
    g_clear_object(&self->region);
    g_clear_object(&self->image);
    return TRUE;
}

gboolean
_umk_image_source_read(
    UmkImageSource *self, gsize first, gsize n_rows, guint8 *rows, GError **error)
{
    g_assert(n_rows <= self->height && first <= self->height - n_rows);
    if (!self->lying)
        return read_stored(self, first, n_rows, rows, error);
    turned_rows(self, first, n_rows, rows);
    return TRUE;
}

/* ---- object ----------------------------------------------------------------------- */

/* Takes source, which may be NULL. */
static UmkImageSource *
source_new(VipsSource *source, const UmkDecodeOptions *options, GError **error)
{
    g_autoptr(UmkImageSource) self = g_new0(UmkImageSource, 1);
    VipsImage *image;

    if (!source)
        return NULL;
    image = _umk_vips_load_shrunk(source, options ? options->want_edge : 0,
                                  options ? options->least_edge : 0, &self->full_width,
                                  &self->full_height, error);
    g_object_unref(source);
    if (!image)
        return NULL;
    self->orientation = vips_image_get_orientation(image);
    self->image = to_srgb(image);
    if (!self->image) {
        _umk_vips_failure(error);
        return NULL;
    }
    if (options && options->background) {
        self->composite = TRUE;
        memcpy(self->background, options->background, sizeof self->background);
    }
    self->width = (gsize) vips_image_get_width(self->image);
    self->height = (gsize) vips_image_get_height(self->image);
    self->region = vips_region_new(self->image);
    if (!self->region) {
        _umk_vips_failure(error);
        return NULL;
    }
    if (self->orientation >= 5 && self->orientation <= 8) {
        gsize width = self->full_width;

        self->full_width = self->full_height;
        self->full_height = width;
    }
    if (self->orientation >= 2 && self->orientation <= 8 && !lay_down(self, error))
        return NULL;
    return g_steal_pointer(&self);
}

UmkImageSource *
_umk_image_source_new_for_file(const char *path,
                               const UmkDecodeOptions *options,
                               GError **error)
{
    return source_new(_umk_vips_open_file(path, error), options, error);
}

UmkImageSource *
_umk_image_source_new_for_bytes(GBytes *bytes,
                                const UmkDecodeOptions *options,
                                GError **error)
{
    return source_new(_umk_vips_open_bytes(bytes, error), options, error);
}

void
_umk_image_source_free(UmkImageSource *self)
{
    if (!self)
        return;
    g_clear_object(&self->region);
    g_clear_object(&self->image);
    g_free(self->lying);
    g_free(self);
}

gsize
_umk_image_source_get_width(const UmkImageSource *self)
{
    return self->width;
}

gsize
_umk_image_source_get_height(const UmkImageSource *self)
{
    return self->height;
}

gsize
_umk_image_source_get_full_width(const UmkImageSource *self)
{
    return self->full_width;
}

gsize
_umk_image_source_get_full_height(const UmkImageSource *self)
{
    return self->full_height;
}
