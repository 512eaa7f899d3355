/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Searches the points by their boxes. Equal distances go to the lower row, so that the
 * answer does not depend on the order of drawing. */
#include "umk-app-pick.h"

#include <math.h>

static double
box_distance(const UmkAppBox *box, double x, double y)
{
    double dx = MAX(MAX((double) box->x0 - x, x - (double) box->x1), 0);
    double dy = MAX(MAX((double) box->y0 - y, y - (double) box->y1), 0);

    return dx * dx + dy * dy;
}

/* The nearest point within radius pixels; marked ones win over others. */
gboolean
umk_app_pick_at(const UmkAppPoints *points,
                const UmkAppLooks *looks,
                const UmkAppView *view,
                double sx,
                double sy,
                double radius,
                guint32 *row)
{
    double x, y, reach = radius / view->scale, best[2] = {reach * reach, reach * reach};
    guint32 found[2] = {G_MAXUINT32, G_MAXUINT32};

    umk_app_view_to_plane(view, sx, sy, &x, &y);
    for (gsize run = 0; run < points->n_runs; run++) {
        gsize end = MIN(points->n_points, (run + 1) * UMK_APP_RUN);

        if (box_distance(&points->boxes[run], x, y) > MAX(best[0], best[1]))
            continue;
        for (gsize i = run * UMK_APP_RUN; i < end; i++) {
            double dx = (double) points->x[i] - x, dy = (double) points->y[i] - y;
            double d = dx * dx + dy * dy;
            guint8 flags = looks != NULL ? looks->flags[i] : 0;
            guint kind = flags & UMK_APP_LOOK_MARKED;

            if (flags & UMK_APP_LOOK_HIDDEN)
                continue;
            if (d < best[kind] || (d <= best[kind] && points->row[i] < found[kind])) {
                best[kind] = d;
                found[kind] = points->row[i];
            }
        }
    }
    *row = found[1] != G_MAXUINT32 ? found[1] : found[0];
    return *row != G_MAXUINT32;
}

/* The nearest point in the quarter of the plane that lies that way. */
gboolean
umk_app_pick_toward(const UmkAppPoints *points,
                    const UmkAppLooks *looks,
                    guint32 from,
                    UmkAppDirection way,
                    guint32 *row)
{
    static const double ways[4][2] = {{-1, 0}, {1, 0}, {0, 1}, {0, -1}};
    double wx = ways[way][0], wy = ways[way][1], best = INFINITY;
    guint32 found = G_MAXUINT32;
    float x, y;

    if (!umk_app_points_find(points, from, &x, &y))
        return FALSE;
    for (gsize run = 0; run < points->n_runs; run++) {
        gsize end = MIN(points->n_points, (run + 1) * UMK_APP_RUN);

        if (box_distance(&points->boxes[run], (double) x, (double) y) > best)
            continue;
        for (gsize i = run * UMK_APP_RUN; i < end; i++) {
            double dx = (double) points->x[i] - (double) x;
            double dy = (double) points->y[i] - (double) y;
            double along = dx * wx + dy * wy, aside = fabs(dx * wy) + fabs(dy * wx);
            double d = dx * dx + dy * dy;

            if (along <= 0 || aside > along ||
                (looks != NULL && looks->flags[i] & UMK_APP_LOOK_HIDDEN))
                continue;
            if (d < best || (d <= best && points->row[i] < found)) {
                best = d;
                found = points->row[i];
            }
        }
    }
    if (found != G_MAXUINT32)
        *row = found;
    return found != G_MAXUINT32;
}

/* About how many points are in view: those whose boxes touch it. */
gsize
umk_app_pick_count(const UmkAppPoints *points, const UmkAppView *view)
{
    double x0, y0, x1, y1;
    gsize n = 0;

    umk_app_view_to_plane(view, 0, view->height, &x0, &y0);
    umk_app_view_to_plane(view, view->width, 0, &x1, &y1);
    for (gsize run = 0; run < points->n_runs; run++) {
        const UmkAppBox *box = &points->boxes[run];

        if ((double) box->x1 >= x0 && (double) box->x0 <= x1 && (double) box->y1 >= y0 &&
            (double) box->y0 <= y1)
            n += MIN(points->n_points - run * UMK_APP_RUN, UMK_APP_RUN);
    }
    return n;
}
