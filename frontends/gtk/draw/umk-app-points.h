/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The drawn points: columns in Morton order, with a box about every run of them, so that
 * the splatter and the pointer find what lies in a part of the plane without looking at
 * all. Immutable. 16 bytes a point. Points without finite coordinates are left out. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_APP_RUN 256u /* points under one box */

typedef enum {
    UMK_APP_SHAPE_DISC,
    UMK_APP_SHAPE_SQUARE,
    UMK_APP_SHAPE_TRIANGLE,
    UMK_APP_SHAPE_DIAMOND
} UmkAppShape;
#define UMK_APP_N_SHAPES 4

typedef struct {
    float x0, y0, x1, y1;
} UmkAppBox;

typedef struct {
    gsize n_points;
    float *x, *y; /* scaled so that the longer side spans [-1, 1] */
    guint32 *row; /* what the point stands for, as numbered by the maker */
    gsize n_runs;
    UmkAppBox *boxes; /* of points [256 i, 256 (i + 1)) */
    guint32 *by_row;  /* position of a row, G_MAXUINT32 for one that is not drawn */
    gsize n_rows;
    float bounds[4]; /* x0 y0 x1 y1 */
} UmkAppPoints;

UmkAppPoints *umk_app_points_new(
    const float *coords, gsize n_points, gsize stride, const guint32 *rows, gsize n_rows);
void umk_app_points_free(UmkAppPoints *self);
/* Where the point at a position lies; z is 0 in a plane. */
void
umk_app_points_get(const UmkAppPoints *self, gsize at, double *x, double *y, double *z);
gboolean umk_app_points_find(const UmkAppPoints *self, guint32 row, float *x, float *y);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppPoints, umk_app_points_free)

G_END_DECLS
