/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells of an outline. Those near an edge are marked generously, a cell more than the
 * edge touches, so that what is rounded never matters; the rest is filled row by row. */
#include "umk-app-lasso-mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CELLS 2048.0 /* of a side; a larger outline gets larger cells */
#define BLOCK      16u    /* cells of a block's side */

static void
take_corners(UmkAppLassoMask *self, const double *corners, gsize n)
{
    self->corners = g_new(double, 2 * n + 2);
    for (gsize i = 0; i < n; i++) {
        double x = corners[2 * i], y = corners[2 * i + 1];

        if (!isfinite(x) || !isfinite(y))
            continue;
        self->corners[2 * self->n_corners] = CLAMP(x, -1e9, 1e9);
        self->corners[2 * self->n_corners + 1] = CLAMP(y, -1e9, 1e9);
        self->n_corners++;
    }
}

static void
lay_out(UmkAppLassoMask *self)
{
    double x1 = -INFINITY, y1 = -INFINITY;

    self->x0 = self->y0 = INFINITY;
    for (gsize i = 0; i < self->n_corners; i++) {
        self->x0 = MIN(self->x0, self->corners[2 * i]);
        self->y0 = MIN(self->y0, self->corners[2 * i + 1]);
        x1 = MAX(x1, self->corners[2 * i]);
        y1 = MAX(y1, self->corners[2 * i + 1]);
    }
    self->cell = MAX(1, MAX(x1 - self->x0, y1 - self->y0) / MOST_CELLS);
    self->fine = 1 / self->cell;
    self->x0 -= 2 * self->cell;
    self->y0 -= 2 * self->cell;
    self->width = (guint) ((x1 - self->x0) / self->cell) + 3;
    self->height = (guint) ((y1 - self->y0) / self->cell) + 3;
    self->blocks_wide = (self->width + BLOCK - 1) / BLOCK;
    self->cells = g_malloc0((gsize) self->width * self->height);
    self->blocks = g_malloc((gsize) self->blocks_wide * ((self->height / BLOCK) + 1));
}

/* The corners of an edge, in cells. */
static void
edge(const UmkAppLassoMask *self, gsize e, double ends[4])
{
    const double *a = self->corners + 2 * e;
    const double *b = self->corners + 2 * ((e + 1) % self->n_corners);

    ends[0] = (a[0] - self->x0) / self->cell;
    ends[1] = (a[1] - self->y0) / self->cell;
    ends[2] = (b[0] - self->x0) / self->cell;
    ends[3] = (b[1] - self->y0) / self->cell;
}

static void
edge_rows(const UmkAppLassoMask *self, gsize e, guint *first, guint *last)
{
    double ends[4];

    edge(self, e, ends);
    *first = (guint) MAX(0, MIN(ends[1], ends[3]) - 1);
    *last = MIN((guint) (MAX(ends[1], ends[3]) + 1), self->height - 1);
}

static void
list_edges(UmkAppLassoMask *self)
{
    guint first, last;

    self->row_start = g_new0(guint32, self->height + 2);
    for (gsize e = 0; e < self->n_corners; e++) {
        edge_rows(self, e, &first, &last);
        for (guint row = first; row <= last; row++)
            self->row_start[row + 2]++;
    }
    for (guint row = 0; row < self->height; row++)
        self->row_start[row + 2] += self->row_start[row + 1];
    self->edges = g_new(guint32, self->row_start[self->height + 1] + 1);
    for (gsize e = 0; e < self->n_corners; e++) {
        edge_rows(self, e, &first, &last);
        for (guint row = first; row <= last; row++)
            self->edges[self->row_start[row + 1]++] = (guint32) e;
    }
}

static void
mark_edge(UmkAppLassoMask *self, gsize e, guint row)
{
    double ends[4], low = (double) row - 1, high = (double) row + 2, x[2];
    guint8 *cells = self->cells + (gsize) row * self->width;

    edge(self, e, ends);
    for (guint side = 0; side < 2; side++) {
        double y = CLAMP(ends[2 * side + 1], low, high);
        double along = ends[3] - ends[1];

        x[side] = fabs(along) < 1e-12
                      ? ends[2 * side]
                      : ends[0] + (ends[2] - ends[0]) * ((y - ends[1]) / along);
    }
    guint first = (guint) CLAMP(MIN(x[0], x[1]) - 1, 0, self->width - 1);
    guint last = (guint) CLAMP(MAX(x[0], x[1]) + 1, 0, self->width - 1);

    memset(cells + first, UMK_APP_CELL_EDGE, last - first + 1);
}

static gboolean
crossed(const double *a, const double *b, double x, double y)
{
    return (a[1] > y) != (b[1] > y) &&
           x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0];
}

gboolean
umk_app_lasso_mask_contains(const UmkAppLassoMask *self, double x, double y)
{
    double cx = (x - self->x0) * self->fine, cy = (y - self->y0) * self->fine;
    gboolean in = FALSE;

    if (!(cx >= 0 && cy >= 0 && cx < self->width && cy < self->height))
        return FALSE;
    guint row = (guint) cy;
    guint8 kind = self->cells[(gsize) row * self->width + (guint) cx];

    if (kind != UMK_APP_CELL_EDGE)
        return kind == UMK_APP_CELL_IN;
    for (guint32 k = self->row_start[row]; k < self->row_start[row + 1]; k++) {
        gsize e = self->edges[k];

        in ^= crossed(self->corners + 2 * e,
                      self->corners + 2 * ((e + 1) % self->n_corners), x, y);
    }
    return in;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

/* Cells of a row between its first and second crossing, third and fourth, ... */
static void
fill_row(UmkAppLassoMask *self, guint row, double *xs)
{
    guint8 *cells = self->cells + (gsize) row * self->width;
    double y = row + 0.5;
    guint n = 0;

    for (guint32 k = self->row_start[row]; k < self->row_start[row + 1]; k++) {
        double ends[4];

        edge(self, self->edges[k], ends);
        if ((ends[1] > y) != (ends[3] > y))
            xs[n++] = ends[0] + (ends[2] - ends[0]) * (y - ends[1]) / (ends[3] - ends[1]);
    }
    qsort(xs, n, sizeof *xs, compare);
    for (guint i = 0; i + 1 < n; i += 2)
        for (guint c = (guint) MAX(0, xs[i]); c < MIN(self->width, (guint) xs[i + 1] + 1);
             c++)
            if (cells[c] == UMK_APP_CELL_OUT)
                cells[c] = UMK_APP_CELL_IN;
}

static guint8
sum_up_block(const UmkAppLassoMask *self, guint left, guint top)
{
    guint n = MIN(BLOCK, self->width - left), bottom = MIN(self->height, top + BLOCK);
    const guint8 *cells = self->cells + (gsize) top * self->width + left;
    guint8 alike[BLOCK];

    memset(alike, cells[0], sizeof alike);
    for (guint y = top; y < bottom; y++, cells += self->width)
        if (memcmp(cells, alike, n) != 0)
            return UMK_APP_CELL_EDGE;
    return alike[0];
}

static void
sum_up_blocks(UmkAppLassoMask *self)
{
    for (guint top = 0; top < self->height; top += BLOCK)
        for (guint b = 0; b < self->blocks_wide; b++)
            self->blocks[top / BLOCK * self->blocks_wide + b] =
                sum_up_block(self, b * BLOCK, top);
}

void
umk_app_lasso_mask_init(UmkAppLassoMask *self, const double *corners, gsize n_corners)
{
    g_autofree double *xs = NULL;

    memset(self, 0, sizeof *self);
    take_corners(self, corners, n_corners);
    if (self->n_corners < 3)
        return;
    lay_out(self);
    list_edges(self);
    for (guint row = 0; row < self->height; row++)
        for (guint32 k = self->row_start[row]; k < self->row_start[row + 1]; k++)
            mark_edge(self, self->edges[k], row);
    xs = g_new(double, self->n_corners + 1);
    for (guint row = 0; row < self->height; row++)
        fill_row(self, row, xs);
    sum_up_blocks(self);
}

void
umk_app_lasso_mask_clear(UmkAppLassoMask *self)
{
    g_clear_pointer(&self->corners, g_free);
    g_clear_pointer(&self->cells, g_free);
    g_clear_pointer(&self->blocks, g_free);
    g_clear_pointer(&self->row_start, g_free);
    g_clear_pointer(&self->edges, g_free);
    self->width = self->height = 0;
}

UmkAppCell
umk_app_lasso_mask_area(
    const UmkAppLassoMask *self, double x0, double y0, double x1, double y1)
{
    /* a cell about the area on every side, as the area is rounded */
    double left = (x0 - self->x0) / self->cell - 1,
           top = (y0 - self->y0) / self->cell - 1;
    double right = (x1 - self->x0) / self->cell + 1,
           bottom = (y1 - self->y0) / self->cell + 1;

    if (!(right >= 0 && bottom >= 0 && left < self->width && top < self->height))
        return UMK_APP_CELL_OUT;
    if (left < 0 || top < 0 || right >= self->width || bottom >= self->height)
        return UMK_APP_CELL_EDGE;
    guint b0 = (guint) left / BLOCK, b1 = (guint) right / BLOCK;
    guint r0 = (guint) top / BLOCK, r1 = (guint) bottom / BLOCK;
    guint8 first = self->blocks[r0 * self->blocks_wide + b0];

    for (guint r = r0; r <= r1; r++)
        for (guint b = b0; b <= b1; b++)
            if (self->blocks[r * self->blocks_wide + b] != first)
                return UMK_APP_CELL_EDGE;
    return first;
}
