/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A picture from a file or from bytes as upright 8-bit sRGB rows, read from top to
 * bottom. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _UmkImageSource UmkImageSource;

/* background: NULL drops alpha, else transparent pixels are composited over it.
 * want_edge: drawings without pixels of their own (SVG) are drawn with at least this
 * shortest edge; 0 keeps their nominal size. least_edge: quick instead of exact, a
 * picture may be shrunk while it is decoded as long as its shortest edge stays that long;
 * 0 is exact. */
typedef struct {
    const guint8 *background; /* (3) */
    gsize want_edge;
    gsize least_edge;
} UmkDecodeOptions;

UmkImageSource *_umk_image_source_new_for_file(const char *path,
                                               const UmkDecodeOptions *options,
                                               GError **error);
UmkImageSource *_umk_image_source_new_for_bytes(GBytes *bytes,
                                                const UmkDecodeOptions *options,
                                                GError **error);
void _umk_image_source_free(UmkImageSource *self);
gsize _umk_image_source_get_width(const UmkImageSource *self);
gsize _umk_image_source_get_height(const UmkImageSource *self);
/* Upright, before any shrinking. */
gsize _umk_image_source_get_full_width(const UmkImageSource *self);
gsize _umk_image_source_get_full_height(const UmkImageSource *self);

/* Rows first … first + n_rows - 1, in rising order over the calls. */
gboolean _umk_image_source_read(UmkImageSource *self,
                                gsize first,
                                gsize n_rows,
                                guint8 *rows, /* (n_rows, width, 3) */
                                GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkImageSource, _umk_image_source_free)

G_END_DECLS
