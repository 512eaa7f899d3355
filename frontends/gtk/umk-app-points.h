/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The drawn points: columns in Morton order, with a box about every run of them, so that
 * the splatter and the pointer find what lies in a part of the plane without looking at
 * all. 15 bytes a point. Points without finite coordinates are left out. */
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
    float *x, *y;   /* scaled so that the longer side spans [-1, 1] */
    guint32 *row;   /* what the point stands for, as numbered by the maker */
    guint8 *shape;  /* UmkAppShape */
    guint8 *colour; /* number of a palette entry */
    guint8 *marked; /* 1 for those that stand out now */
    gsize n_runs;
    UmkAppBox *boxes; /* of points [256 i, 256 (i + 1)) */
    guint32 *by_row;  /* position of a row, G_MAXUINT32 for one that is not drawn */
    gsize n_rows;
    float bounds[4]; /* x0 y0 x1 y1 */
    gsize n_marked;
} UmkAppPoints;

UmkAppPoints *umk_app_points_new(
    const float *coords, gsize n_points, gsize stride, const guint32 *rows, gsize n_rows);
void umk_app_points_free(UmkAppPoints *self);
void umk_app_points_set_shapes(UmkAppPoints *self, const guint8 *shape_of_row);
void umk_app_points_set_colours(UmkAppPoints *self, const guint8 *colour_of_row);
void umk_app_points_mark(UmkAppPoints *self, const guint32 *rows, gsize n_rows);
/* Shapes, colours and marks of another layout of the same rows. */
void umk_app_points_copy_looks(UmkAppPoints *self, const UmkAppPoints *from);
gboolean umk_app_points_find(const UmkAppPoints *self, guint32 row, float *x, float *y);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppPoints, umk_app_points_free)

G_END_DECLS
