/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arithmetic of the view: fit, pan, and zoom about a point that stays where it is. The
 * plane's y grows upward, the screen's downward. */
#include "umk-app-view.h"

#include <math.h>

void
umk_app_view_fit(UmkAppView *view, const float bounds[4], double margin)
{
    double w = (double) bounds[2] - (double) bounds[0];
    double h = (double) bounds[3] - (double) bounds[1];
    double across = MAX(view->width - 2 * margin, 16.0);
    double down = MAX(view->height - 2 * margin, 16.0);

    view->x = ((double) bounds[0] + (double) bounds[2]) / 2;
    view->y = ((double) bounds[1] + (double) bounds[3]) / 2;
    view->scale = MIN(across / MAX(w, 1e-9), down / MAX(h, 1e-9));
    if (w < 1e-9 && h < 1e-9)
        view->scale = MIN(across, down) / 2;
}

void
umk_app_view_resize(UmkAppView *view, double width, double height)
{
    double old = MIN(view->width, view->height);
    double now = MIN(width, height);

    if (old > 0 && now > 0)
        view->scale *= now / old;
    view->width = width;
    view->height = height;
}

void
umk_app_view_pan(UmkAppView *view, double dx, double dy)
{
    view->x -= dx / view->scale;
    view->y += dy / view->scale;
}

void
umk_app_view_zoom(UmkAppView *view,
                  double factor,
                  double at_x,
                  double at_y,
                  double min_scale,
                  double max_scale)
{
    double x, y;

    umk_app_view_to_plane(view, at_x, at_y, &x, &y);
    view->scale = CLAMP(view->scale * factor, min_scale, max_scale);
    view->x = x - (at_x - view->width / 2) / view->scale;
    view->y = y + (at_y - view->height / 2) / view->scale;
}

void
umk_app_view_to_screen(const UmkAppView *view, double x, double y, double *sx, double *sy)
{
    *sx = (x - view->x) * view->scale + view->width / 2;
    *sy = (view->y - y) * view->scale + view->height / 2;
}

void
umk_app_view_to_plane(const UmkAppView *view, double sx, double sy, double *x, double *y)
{
    *x = view->x + (sx - view->width / 2) / view->scale;
    *y = view->y - (sy - view->height / 2) / view->scale;
}

gboolean
umk_app_view_equal(const UmkAppView *a, const UmkAppView *b)
{
    return fabs(a->x - b->x) * a->scale < 1e-6 && fabs(a->y - b->y) * a->scale < 1e-6 &&
           fabs(a->scale - b->scale) < 1e-9 * a->scale && a->width == b->width &&
           a->height == b->height && a->yaw == b->yaw && a->pitch == b->pitch;
}
