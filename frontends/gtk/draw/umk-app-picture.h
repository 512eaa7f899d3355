/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of a map: which points are drawn with what, how large and how strong for as
 * many as are in view, and what lies under and over them. Any thread may draw one. */
#pragma once

#include "umk-app-density.h"
#include "umk-app-splat.h"

G_BEGIN_DECLS

typedef enum {
    UMK_APP_LAYER_CONTEXT, /* hidden points */
    UMK_APP_LAYER_PLAIN,
    UMK_APP_LAYER_MARKED,
    UMK_APP_N_LAYERS
} UmkAppLayer;

typedef struct {
    /* NULL: these points are not drawn; a: how strong they are among the layers. */
    const UmkAppColour *palette[UMK_APP_N_LAYERS];
    guint n_colours;
    UmkAppColour rim;    /* about large points */
    UmkAppColour ground; /* a 0: the picture is seen through */
    UmkAppColour line;   /* of contours */
    double opacity;      /* a share of what the number of points asks for */
    double pixel_ratio;
    double margin; /* canvas pixels on all sides that are drawn beyond what is looked at:
                      points look as they would without */
    gboolean points, density, contours;
    guint sample; /* one point in so many is drawn; 1: all */
    guint n_threads;
    const gint *cancelled; /* NULL, or set by another thread to have it stopped */
} UmkAppPicture;

/* view: pixels of the canvas. FALSE: it was cancelled. */
gboolean umk_app_picture_draw(const UmkAppPicture *self,
                              const UmkAppPoints *points,
                              const UmkAppLooks *looks,
                              const UmkAppView *view,
                              UmkAppCanvas *canvas);
/* The sample that can be drawn many times a second. */
guint umk_app_picture_choose_sample(const UmkAppPoints *points,
                                    const UmkAppView *view,
                                    double pixel_ratio,
                                    guint n_threads);

G_END_DECLS
