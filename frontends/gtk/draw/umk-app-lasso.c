/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The even-odd rule, point by point, for the runs whose boxes touch the line's. */
#include "umk-app-lasso.h"

#include <stdlib.h>

typedef struct {
    double *at; /* x and y in turn, of the plane */
    gsize n;
    double x0, y0, x1, y1;
} Line;

static gboolean
is_inside(const Line *line, double x, double y)
{
    gboolean inside = FALSE;

    for (gsize i = 0, k = line->n - 1; i < line->n; k = i++) {
        const double *a = &line->at[2 * i], *b = &line->at[2 * k];

        if ((a[1] > y) != (b[1] > y) &&
            x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0])
            inside = !inside;
    }
    return inside;
}

static int
compare_rows(gconstpointer a, gconstpointer b)
{
    const guint32 *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

guint32 *
umk_app_lasso_find(const UmkAppPoints *points,
                   const UmkAppLooks *looks,
                   const UmkAppView *view,
                   const double *corners,
                   gsize n_corners,
                   gsize *n_found)
{
    g_autofree double *at = g_new(double, 2 * n_corners + 2);
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(guint32));
    Line line = {at, n_corners, G_MAXDOUBLE, G_MAXDOUBLE, -G_MAXDOUBLE, -G_MAXDOUBLE};

    for (gsize i = 0; i < n_corners; i++) {
        umk_app_view_to_plane(view, corners[2 * i], corners[2 * i + 1], &at[2 * i],
                              &at[2 * i + 1]);
        line.x0 = MIN(line.x0, at[2 * i]);
        line.x1 = MAX(line.x1, at[2 * i]);
        line.y0 = MIN(line.y0, at[2 * i + 1]);
        line.y1 = MAX(line.y1, at[2 * i + 1]);
    }
    for (gsize run = 0; run < points->n_runs && n_corners >= 3; run++) {
        const UmkAppBox *box = &points->boxes[run];
        gsize end = MIN(points->n_points, (run + 1) * UMK_APP_RUN);

        if ((double) box->x1 < line.x0 || (double) box->x0 > line.x1 ||
            (double) box->y1 < line.y0 || (double) box->y0 > line.y1)
            continue;
        for (gsize i = run * UMK_APP_RUN; i < end; i++) {
            double x, y, z;

            umk_app_points_get(points, i, &x, &y, &z);
            if ((looks == NULL || !(looks->flags[i] & UMK_APP_LOOK_HIDDEN)) &&
                is_inside(&line, x, y))
                g_array_append_val(rows, points->row[i]);
        }
    }
    *n_found = rows->len;
    if (rows->len > 0)
        qsort(rows->data, rows->len, sizeof(guint32), compare_rows);
    return (guint32 *) (gpointer) g_array_free(g_steal_pointer(&rows), FALSE);
}
