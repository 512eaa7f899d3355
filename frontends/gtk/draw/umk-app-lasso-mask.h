/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An outline as cells: wholly in, wholly out, or crossed by an edge. Only what lies in a
 * crossed cell is compared with edges, and only with those of the cell's own row. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    UMK_APP_CELL_OUT,
    UMK_APP_CELL_IN,
    UMK_APP_CELL_EDGE, /* or more than one kind, of an area */
} UmkAppCell;

typedef struct {
    double *corners; /* finite ones only */
    gsize n_corners;
    double x0, y0, cell; /* where the cells begin, pixels; the side of one */
    double fine;         /* 1 / cell */
    guint width, height; /* cells; 0: the outline holds nothing */
    guint8 *cells;       /* UmkAppCell */
    guint blocks_wide;
    guint8 *blocks;     /* UmkAppCell of 16 × 16 cells */
    guint32 *row_start; /* height + 1: into edges */
    guint32 *edges;     /* numbers of those that touch a row */
} UmkAppLassoMask;

void
umk_app_lasso_mask_init(UmkAppLassoMask *self, const double *corners, gsize n_corners);
void umk_app_lasso_mask_clear(UmkAppLassoMask *self);
/* What a rectangle of the screen holds; EDGE where that takes long to say. */
UmkAppCell umk_app_lasso_mask_area(
    const UmkAppLassoMask *self, double x0, double y0, double x1, double y1);
gboolean umk_app_lasso_mask_contains(const UmkAppLassoMask *self, double x, double y);

G_END_DECLS
