/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the columns of the points to the screen: the turn of a turntable, what of a run
 * is where, and which runs are seen at all. */
#pragma once

#include "umk-app-points.h"
#include "umk-app-view.h"

G_BEGIN_DECLS

/* Yaw about the upright axis, then pitch about the one across. */
typedef struct {
    double cos_yaw, sin_yaw, cos_pitch, sin_pitch;
    gboolean flat; /* nothing is turned */
} UmkAppTurn;

/* Places of one run's points on the screen, linear in the steps of its columns. */
typedef struct {
    double x, xx, xz;
    double y, yx, yy, yz;
    double depth, dx, dy, dz; /* toward the eye, in units of the plane */
} UmkAppLens;

typedef struct {
    guint32 run;
    float left, top, right, bottom, depth;
} UmkAppSeenRun;

typedef struct {
    UmkAppSeenRun *runs; /* ascending, or from back to front */
    gsize n_runs, n_points;
    double crowd; /* points on a square pixel, the mean (of logarithms) over points */
} UmkAppSeen;

UmkAppTurn umk_app_turn(const UmkAppPoints *points, const UmkAppView *view);
void umk_app_turn_place(
    const UmkAppTurn *turn, double x, double y, double z, double *u, double *v);
/* left, top, right, bottom of what lies in a box. */
void umk_app_turn_box(const UmkAppTurn *turn,
                      const UmkAppView *view,
                      const UmkAppBox *box,
                      double sides[4]);
void umk_app_lens_init(UmkAppLens *lens,
                       const UmkAppPoints *points,
                       const UmkAppTurn *turn,
                       const UmkAppView *view,
                       gsize run);
/* Where a row is seen, in the plane that a view shows. */
gboolean umk_app_points_see(const UmkAppPoints *points,
                            const UmkAppView *view,
                            guint32 row,
                            double *x,
                            double *y);

/* Runs that touch the view or come within margin pixels of it. */
void umk_app_seen_init(UmkAppSeen *self,
                       const UmkAppPoints *points,
                       const UmkAppView *view,
                       double margin);
void umk_app_seen_sort_by_depth(UmkAppSeen *self);
void umk_app_seen_clear(UmkAppSeen *self);

static inline void
umk_app_lens_project(
    const UmkAppLens *lens, const UmkAppPoints *points, gsize at, double *sx, double *sy)
{
    double x = lens->x + lens->xx * points->qx[at],
           y = lens->y + lens->yy * points->qy[at];

    if (points->qz != NULL) {
        x += lens->xz * points->qz[at];
        y += lens->yx * points->qx[at] + lens->yz * points->qz[at];
    }
    *sx = x;
    *sy = y;
}

static inline double
umk_app_lens_depth(const UmkAppLens *lens, const UmkAppPoints *points, gsize at)
{
    return lens->depth + lens->dx * points->qx[at] + lens->dy * points->qy[at] +
           lens->dz * points->qz[at];
}

G_END_DECLS
