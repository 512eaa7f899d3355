/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The drawn points: columns in Morton order, with a box about every run of them, so that
 * the splatter and the pointer find what lies in a part of the plane without looking at
 * all. Coordinates are 16 bits between the sides of the run's box. Any first part of a
 * run is a fair sample of it. Immutable. 12 bytes a point, 14 with a third coordinate.
 * Points without finite coordinates are left out. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_APP_RUN   256u /* points under one box */
#define UMK_APP_GROUP 64u  /* runs under one box of boxes */

typedef enum {
    UMK_APP_SHAPE_DISC,
    UMK_APP_SHAPE_SQUARE,
    UMK_APP_SHAPE_TRIANGLE,
    UMK_APP_SHAPE_DIAMOND
} UmkAppShape;
#define UMK_APP_N_SHAPES 4

typedef struct {
    float x0, y0, x1, y1, z0, z1;
} UmkAppBox;

typedef struct {
    gsize n_points;
    /* 0 to 65535 across the box of the run; qz: NULL for points of a plane. The longer
     * side of all spans [-1, 1]. */
    guint16 *qx, *qy, *qz;
    guint32 *row; /* what the point stands for, as numbered by the maker */
    gsize n_runs, n_groups;
    UmkAppBox *boxes;  /* of points [256 i, 256 (i + 1)) */
    UmkAppBox *groups; /* of runs [64 i, 64 (i + 1)) */
    guint32 *by_row;   /* position of a row, G_MAXUINT32 for one that is not drawn */
    gsize n_rows;
    float bounds[4]; /* x0 y0 x1 y1, however it is turned */
} UmkAppPoints;

UmkAppPoints *umk_app_points_new(
    const float *coords, gsize n_points, gsize stride, const guint32 *rows, gsize n_rows);
/* n_dims: 2 or 3 of the stride. */
UmkAppPoints *umk_app_points_new_full(const float *coords,
                                      gsize n_points,
                                      gsize stride,
                                      guint n_dims,
                                      const guint32 *rows,
                                      gsize n_rows);
void umk_app_points_free(UmkAppPoints *self);
/* Where the point at a position lies, before any turning. */
void
umk_app_points_get(const UmkAppPoints *self, gsize at, double *x, double *y, double *z);
gboolean umk_app_points_find(const UmkAppPoints *self, guint32 row, float *x, float *y);
gsize umk_app_points_get_memory(const UmkAppPoints *self);

/* How many points a run has. */
static inline gsize
umk_app_points_of_run(const UmkAppPoints *self, gsize run)
{
    return MIN(self->n_points - run * UMK_APP_RUN, UMK_APP_RUN);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppPoints, umk_app_points_free)

G_END_DECLS
