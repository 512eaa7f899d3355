/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is drawn on: premultiplied B8G8R8A8, with room on either side of every row. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_APP_MARGIN 64u /* pixels either side of a row, wider than any stamp */

typedef struct {
    guint width, height; /* pixels */
    gsize stride;        /* bytes from row to row */
    gsize offset; /* bytes before the first pixel; rows have a margin on either side */
    gsize size;   /* bytes of the whole */
    guint8 *data;
} UmkAppCanvas;

gboolean umk_app_canvas_init(UmkAppCanvas *canvas, guint width, guint height);
void umk_app_canvas_clear(UmkAppCanvas *canvas);

static inline guint32 *
umk_app_canvas_row(const UmkAppCanvas *canvas, guint y)
{
    return (guint32 *) (void *) (canvas->data + canvas->offset + y * canvas->stride);
}

/* n pixels of src laid over dst; n a multiple of 4. Two ways, one result. */
void umk_app_blend_row(guint32 *dst, const guint32 *src, guint n);
void umk_app_blend_row_plain(guint32 *dst, const guint32 *src, guint n);
/* The same with so many sixteenths of what is laid over. */
void umk_app_blend_faint_row(guint32 *dst, const guint32 *src, guint n, guint sixteenths);
void umk_app_blend_faint_row_plain(guint32 *dst,
                                   const guint32 *src,
                                   guint n,
                                   guint sixteenths);

G_END_DECLS
