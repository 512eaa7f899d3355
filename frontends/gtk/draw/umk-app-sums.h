/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of points by pixel: for each the colours of its points and their weight, added as
 * whole numbers, so that neither order nor number of threads is seen in them. Where
 * points are many, points, density and its lines are all made of these. */
#pragma once

#include "umk-app-lens.h"
#include "umk-app-looks.h"

G_BEGIN_DECLS

#define UMK_APP_N_DEPTHS  4u /* of points with a third coordinate, from far to near */
#define UMK_APP_ALL_KINDS 15u

typedef guint32 UmkAppSum __attribute__((vector_size(16))); /* blue, green, red, weight */

/* What a point adds: by nearness, and by number of colour. */
typedef struct {
    UmkAppSum of[UMK_APP_N_DEPTHS][256];
} UmkAppPaint;

typedef struct {
    const UmkAppPoints *points;
    const UmkAppLooks *looks; /* NULL: all alike */
    UmkAppView view;          /* pixels */
    UmkAppTurn turn;
    UmkAppSeen seen;
    guint sample; /* one point in so many is taken */
} UmkAppSight;

/* Cells of a strip of the view, with reach more on every side, and about these a border
 * into which goes whatever lies beyond. */
typedef struct {
    guint width, height; /* cells without reach and border */
    guint reach;
    gsize stride; /* cells */
    UmkAppSum *cells;
} UmkAppSums;

void umk_app_sight_init(UmkAppSight *sight,
                        const UmkAppPoints *points,
                        const UmkAppLooks *looks,
                        const UmkAppView *view,
                        double margin,
                        guint sample);
void umk_app_sight_clear(UmkAppSight *sight);
/* How near a point is, 0 to UMK_APP_N_DEPTHS - 1. */
guint umk_app_sight_depth(const UmkAppSight *sight, double depth);

gboolean umk_app_sums_init(UmkAppSums *self, guint width, guint max_height, guint reach);
void umk_app_sums_clear(UmkAppSums *self);
/* Empties and fills: height rows from top on, cells of that many pixels. kinds: bit f is
 * set if points with flags f are taken. */
void umk_app_sums_fill(UmkAppSums *self,
                       const UmkAppSight *sight,
                       const UmkAppPaint *paint,
                       guint kinds,
                       guint top,
                       guint height,
                       double cell);

/* The cell of a row and column of the strip, either of which may be reach outside. */
static inline UmkAppSum *
umk_app_sums_at(const UmkAppSums *self, int x, int y)
{
    int margin = (int) self->reach + 1;

    return self->cells + (gssize) (y + margin) * (gssize) self->stride + (x + margin);
}

G_END_DECLS
