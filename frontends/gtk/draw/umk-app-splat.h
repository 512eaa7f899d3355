/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The splatter: points into one picture, premultiplied B8G8R8A8, on the processor. The
 * picture is cut in strips of rows that threads take in turn; inside a strip points are
 * laid over one another in Morton order, so the bytes do not depend on the number of
 * threads. */
#pragma once

#include "umk-app-looks.h"
#include "umk-app-stamps.h"
#include "umk-app-view.h"

G_BEGIN_DECLS

#define UMK_APP_STRIP 32u /* rows of a strip */

typedef struct {
    guint width, height; /* pixels */
    gsize stride;        /* bytes from row to row */
    gsize offset; /* bytes before the first pixel; rows have a margin on either side */
    gsize size;   /* bytes of the whole */
    guint8 *data;
} UmkAppCanvas;

gboolean umk_app_canvas_init(UmkAppCanvas *canvas, guint width, guint height);
void umk_app_canvas_clear(UmkAppCanvas *canvas);

/* plain: stamps of points that are not marked; marked: of those that are, laid over the
 * others. Either may be NULL: such points are not drawn. */
void umk_app_splat(UmkAppCanvas *canvas,
                   const UmkAppPoints *points,
                   const UmkAppLooks *looks,
                   const UmkAppView *view,
                   const UmkAppStamps *plain,
                   const UmkAppStamps *marked,
                   guint n_threads);
/* area: of the picture, pixels. */
UmkAppStyle umk_app_splat_style(gsize n_in_view, double area, double pixel_ratio);

/* One row of a stamp laid over a row of the picture; n a multiple of 4. Two ways, one
 * result. */
void umk_app_blend_row(guint32 *dst, const guint32 *src, guint n);
void umk_app_blend_row_plain(guint32 *dst, const guint32 *src, guint n);

G_END_DECLS
