/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which part of the plane is seen: the transform between plane and screen. Plain numbers,
 * doubles throughout, because a deep zoom leaves nothing of a float. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    double x, y;          /* the point of the plane in the middle of the screen */
    double scale;         /* pixels a unit */
    double width, height; /* of the screen, pixels */
    double yaw, pitch;    /* radians; of points that have a third coordinate */
} UmkAppView;

void umk_app_view_fit(UmkAppView *view, const float bounds[4], double margin);
void umk_app_view_resize(UmkAppView *view, double width, double height);
void umk_app_view_pan(UmkAppView *view, double dx, double dy);
void umk_app_view_zoom(UmkAppView *view,
                       double factor,
                       double at_x,
                       double at_y,
                       double min_scale,
                       double max_scale);
void umk_app_view_to_screen(
    const UmkAppView *view, double x, double y, double *sx, double *sy);
void
umk_app_view_to_plane(const UmkAppView *view, double sx, double sy, double *x, double *y);
gboolean umk_app_view_equal(const UmkAppView *a, const UmkAppView *b);

G_END_DECLS
