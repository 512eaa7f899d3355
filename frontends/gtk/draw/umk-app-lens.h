/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the columns of the points to what a view shows of them. */
#pragma once

#include "umk-app-points.h"
#include "umk-app-view.h"

G_BEGIN_DECLS

typedef struct {
    guint32 run;
} UmkAppSeenRun;

typedef struct {
    UmkAppSeenRun *runs;
    gsize n_runs, n_points;
} UmkAppSeen;

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
void umk_app_seen_clear(UmkAppSeen *self);

G_END_DECLS
