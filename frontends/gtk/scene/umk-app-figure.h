/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map as a picture in a file: what the scene shows, as a chart with legend, caption
 * and recipe. Taken from the scene in the main thread, written in a job. */
#pragma once

#include "umk-app-scene.h"

G_BEGIN_DECLS

typedef struct _UmkAppFigure UmkAppFigure;

typedef struct {
    double width, height; /* of the page; 0: 1200 × 900 */
    gboolean dark;
    gboolean names;    /* of regions and clusters */
    gboolean windowed; /* only what lies in the window below */
    double window[4];  /* x0 y0 x1 y1, of the plane of the points */
} UmkAppFigureStyle;

/* NULL without a source. */
UmkAppFigure *umk_app_figure_new(UmkAppScene *scene, const UmkAppFigureStyle *style);
void umk_app_figure_free(UmkAppFigure *self);
/* The suffix of path is the format: .png, .svg or .pdf. */
gboolean umk_app_figure_write(UmkAppFigure *self,
                              const char *path,
                              GCancellable *cancellable,
                              UmkProgressFunc progress,
                              gpointer progress_data,
                              GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppFigure, umk_app_figure_free)

G_END_DECLS
