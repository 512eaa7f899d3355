/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The splatter: points into one picture, premultiplied B8G8R8A8, on the processor. The
 * picture is cut in strips of rows that threads take in turn. Few points are stamped over
 * one another in a fixed order, many are summed, so the bytes do not depend on the number
 * of threads. */
#pragma once

#include "umk-app-canvas.h"
#include "umk-app-ink.h"
#include "umk-app-looks.h"
#include "umk-app-stamps.h"
#include "umk-app-view.h"

G_BEGIN_DECLS

#define UMK_APP_STRIP 32u /* rows of a strip */

/* One kind of points and what they are drawn with: ink where there is some, else stamps,
 * else they are not drawn. */
typedef struct {
    guint kinds;                                  /* bit f: points whose flags are f */
    const UmkAppStamps *stamps[UMK_APP_N_DEPTHS]; /* flat points: the first */
    const UmkAppInk *ink;
} UmkAppBrush;

/* Something laid under or over the points of a row; threads call it for rows of theirs.
 */
typedef void (*UmkAppRowFunc)(gconstpointer data, guint y, guint32 *row, guint width);

#define UMK_APP_N_BRUSHES 3

typedef struct {
    UmkAppBrush brushes[UMK_APP_N_BRUSHES]; /* the last lies on top */
    UmkAppRowFunc under, over;              /* or NULL */
    gconstpointer under_data, over_data;
    guint32 ground; /* colour of nothing, premultiplied; 0: the picture is seen through */
    guint n_threads;
    const gint *cancelled; /* NULL, or set by another thread to have it stopped */
} UmkAppSplat;

/* FALSE: it was cancelled and the canvas holds nothing of use. */
gboolean umk_app_splat_draw(const UmkAppSplat *self,
                            const UmkAppSight *sight,
                            UmkAppCanvas *canvas);

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

G_END_DECLS
