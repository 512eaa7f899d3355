/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The splatter's picture of everything, fitted into a few square centimetres. */
#include "umk-app-minimap.h"

#define MARGIN 4.0 /* pixels */

void
umk_app_minimap_draw(UmkAppCanvas *canvas,
                     const UmkAppPoints *points,
                     const UmkAppLooks *looks,
                     const UmkAppColour *palette,
                     guint n_colours,
                     UmkAppView *view)
{
    UmkAppStyle style = {.radius = 1.1f};
    g_autoptr(UmkAppStamps) stamps = umk_app_stamps_new(&style, palette, n_colours);

    view->width = canvas->width;
    view->height = canvas->height;
    umk_app_view_fit(view, points->bounds, MARGIN);
    umk_app_splat(canvas, points, looks, view, stamps, stamps, 1);
}
