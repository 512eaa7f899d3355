/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only way to libvips in this modality: what is opened here may be decoded. */

#pragma once

#include <glib.h>
#include <vips/vips.h>

G_BEGIN_DECLS

/* Declared size limit, checked before any pixel is decoded. */
#define UMK_DECODE_MAX_PIXELS ((guint64) 400 * 1000 * 1000)

VipsSource *_umk_vips_open_file(const char *path, GError **error);

/* The bytes must outlive the source and every image made from it. */
VipsSource *_umk_vips_open_bytes(GBytes *bytes, GError **error);

/* Class name of the loader that may read the source, or NULL with an error. */
const char *_umk_vips_find_loader(VipsSource *source, GError **error);

/* An image to be read from top to bottom once; drawings (SVG) smaller than want_edge are
 * drawn larger. */
VipsImage *_umk_vips_load(VipsSource *source, gsize want_edge, GError **error);

/* The same, but where the decoder of the format can shrink while it decodes (JPEG, WebP)
 * it does, as long as the shortest edge stays at least least_edge; 0: never. width and
 * height: those that the picture has in full. */
VipsImage *_umk_vips_load_shrunk(VipsSource *source,
                                 gsize want_edge,
                                 gsize least_edge,
                                 gsize *width,
                                 gsize *height,
                                 GError **error);

/* Frees what libvips keeps for the calling thread. */
void _umk_vips_end_thread(void);

/* Turns the last complaint of libvips into an error; always FALSE. */
gboolean _umk_vips_failure(GError **error);

G_END_DECLS
