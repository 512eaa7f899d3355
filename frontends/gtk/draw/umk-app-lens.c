/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plane is seen as it is. */
#include "umk-app-lens.h"

gboolean
umk_app_points_see(
    const UmkAppPoints *points, const UmkAppView *view, guint32 row, double *x, double *y)
{
    double z;

    if (row >= points->n_rows || points->by_row[row] == G_MAXUINT32)
        return FALSE;
    umk_app_points_get(points, points->by_row[row], x, y, &z);
    return TRUE;
}

void
umk_app_seen_init(UmkAppSeen *self,
                  const UmkAppPoints *points,
                  const UmkAppView *view,
                  double margin)
{
    double x0, y0, x1, y1;

    *self = (UmkAppSeen){g_new(UmkAppSeenRun, points->n_runs + 1), 0, 0};
    umk_app_view_to_plane(view, -margin, view->height + margin, &x0, &y0);
    umk_app_view_to_plane(view, view->width + margin, -margin, &x1, &y1);
    for (gsize run = 0; run < points->n_runs; run++) {
        const UmkAppBox *box = &points->boxes[run];

        if ((double) box->x1 < x0 || (double) box->x0 > x1 || (double) box->y1 < y0 ||
            (double) box->y0 > y1)
            continue;
        self->runs[self->n_runs++].run = (guint32) run;
        self->n_points += MIN(points->n_points - run * UMK_APP_RUN, UMK_APP_RUN);
    }
}

void
umk_app_seen_clear(UmkAppSeen *self)
{
    g_clear_pointer(&self->runs, g_free);
}
