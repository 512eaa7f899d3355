/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A turned box is boxed anew by its middle and the sum of its turned half sides. */
#include "umk-app-lens.h"

#include <math.h>
#include <stdlib.h>

#define STEPS 65535.0

UmkAppTurn
umk_app_turn(const UmkAppPoints *points, const UmkAppView *view)
{
    UmkAppTurn turn = {1, 0, 1, 0, TRUE};

    if (points->qz == NULL || (view->yaw == 0 && view->pitch == 0))
        return turn;
    turn.cos_yaw = cos(view->yaw);
    turn.sin_yaw = sin(view->yaw);
    turn.cos_pitch = cos(view->pitch);
    turn.sin_pitch = sin(view->pitch);
    turn.flat = FALSE;
    return turn;
}

void
umk_app_turn_place(
    const UmkAppTurn *turn, double x, double y, double z, double *u, double *v)
{
    double away = z * turn->cos_yaw - x * turn->sin_yaw;

    *u = x * turn->cos_yaw + z * turn->sin_yaw;
    *v = y * turn->cos_pitch - away * turn->sin_pitch;
}

void
umk_app_turn_box(const UmkAppTurn *turn,
                 const UmkAppView *view,
                 const UmkAppBox *box,
                 double sides[4])
{
    double x = ((double) box->x0 + (double) box->x1) / 2, hx = (double) box->x1 - x;
    double y = ((double) box->y0 + (double) box->y1) / 2, hy = (double) box->y1 - y;

    if (!turn->flat) {
        double z = ((double) box->z0 + (double) box->z1) / 2, hz = (double) box->z1 - z;
        double u, v;

        umk_app_turn_place(turn, x, y, z, &u, &v);
        x = u;
        y = v;
        v = fabs(hy * turn->cos_pitch) +
            fabs(turn->sin_pitch) * (fabs(hz * turn->cos_yaw) + fabs(hx * turn->sin_yaw));
        hx = fabs(hx * turn->cos_yaw) + fabs(hz * turn->sin_yaw);
        hy = v;
    }
    umk_app_view_to_screen(view, x - hx, y + hy, &sides[0], &sides[1]);
    umk_app_view_to_screen(view, x + hx, y - hy, &sides[2], &sides[3]);
}

void
umk_app_lens_init(UmkAppLens *lens,
                  const UmkAppPoints *points,
                  const UmkAppTurn *turn,
                  const UmkAppView *view,
                  gsize run)
{
    const UmkAppBox *box = &points->boxes[run];
    double x = (double) box->x0, y = (double) box->y0, z = (double) box->z0, u, v;
    double sx = ((double) box->x1 - x) / STEPS, sy = ((double) box->y1 - y) / STEPS;
    double sz = ((double) box->z1 - z) / STEPS, scale = view->scale;

    umk_app_turn_place(turn, x, y, z, &u, &v);
    umk_app_view_to_screen(view, u, v, &lens->x, &lens->y);
    lens->xx = sx * turn->cos_yaw * scale;
    lens->xz = sz * turn->sin_yaw * scale;
    lens->yy = -sy * turn->cos_pitch * scale;
    lens->yx = -sx * turn->sin_yaw * turn->sin_pitch * scale;
    lens->yz = sz * turn->cos_yaw * turn->sin_pitch * scale;
    lens->depth =
        y * turn->sin_pitch + (z * turn->cos_yaw - x * turn->sin_yaw) * turn->cos_pitch;
    lens->dx = -sx * turn->sin_yaw * turn->cos_pitch;
    lens->dy = sy * turn->sin_pitch;
    lens->dz = sz * turn->cos_yaw * turn->cos_pitch;
}

gboolean
umk_app_points_see(
    const UmkAppPoints *points, const UmkAppView *view, guint32 row, double *x, double *y)
{
    guint32 at = row < points->n_rows ? points->by_row[row] : G_MAXUINT32;
    UmkAppTurn turn = umk_app_turn(points, view);
    double px, py, pz;

    if (at == G_MAXUINT32)
        return FALSE;
    umk_app_points_get(points, at, &px, &py, &pz);
    umk_app_turn_place(&turn, px, py, pz, x, y);
    return TRUE;
}

static gboolean
touches(const double sides[4], const UmkAppView *view, double margin)
{
    return sides[2] >= -margin && sides[0] <= view->width + margin &&
           sides[3] >= -margin && sides[1] <= view->height + margin;
}

static double
depth_of(const UmkAppTurn *turn, const UmkAppBox *box)
{
    double x = (double) box->x0 + (double) box->x1;
    double y = (double) box->y0 + (double) box->y1;
    double z = (double) box->z0 + (double) box->z1;

    return (y * turn->sin_pitch +
            (z * turn->cos_yaw - x * turn->sin_yaw) * turn->cos_pitch) /
           2;
}

void
umk_app_seen_init(UmkAppSeen *self,
                  const UmkAppPoints *points,
                  const UmkAppView *view,
                  double margin)
{
    UmkAppTurn turn = umk_app_turn(points, view);
    double sides[4], logs = 0;

    *self = (UmkAppSeen){g_new(UmkAppSeenRun, points->n_runs + 1), 0, 0, 0};
    for (gsize run = 0; run < points->n_runs; run++) {
        if (run % UMK_APP_GROUP == 0) {
            umk_app_turn_box(&turn, view, &points->groups[run / UMK_APP_GROUP], sides);
            if (!touches(sides, view, margin)) {
                run += UMK_APP_GROUP - 1;
                continue;
            }
        }
        umk_app_turn_box(&turn, view, &points->boxes[run], sides);
        if (!touches(sides, view, margin))
            continue;
        gsize n = umk_app_points_of_run(points, run);
        double area = MAX(1, sides[2] - sides[0]) * MAX(1, sides[3] - sides[1]);

        self->runs[self->n_runs++] = (UmkAppSeenRun){
            (guint32) run,    (float) sides[0],
            (float) sides[1], (float) sides[2],
            (float) sides[3], (float) depth_of(&turn, &points->boxes[run])};
        self->n_points += n;
        logs += (double) n * log((double) n / area);
    }
    if (self->n_points > 0)
        self->crowd = exp(logs / (double) self->n_points);
}

static int
compare(const void *a, const void *b)
{
    const UmkAppSeenRun *p = a, *q = b;

    if (p->depth != q->depth)
        return p->depth < q->depth ? -1 : 1;
    return (p->run > q->run) - (p->run < q->run);
}

void
umk_app_seen_sort_by_depth(UmkAppSeen *self)
{
    qsort(self->runs, self->n_runs, sizeof *self->runs, compare);
}

void
umk_app_seen_clear(UmkAppSeen *self)
{
    g_clear_pointer(&self->runs, g_free);
}
