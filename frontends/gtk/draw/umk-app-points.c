/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the columns of the drawn points: scales them, sorts them along a Morton curve of
 * 2 × 16 bits by a radix sort (stable, so equal points keep their order), boxes the runs.
 */
#include "umk-app-points.h"

#include <math.h>
#include <string.h>

typedef struct {
    guint32 key, from;
} Entry;

static guint32
spread(guint32 v)
{
    v = (v | v << 8) & 0x00ff00ffu;
    v = (v | v << 4) & 0x0f0f0f0fu;
    v = (v | v << 2) & 0x33333333u;
    return (v | v << 1) & 0x55555555u;
}

static void
radix_sort(Entry *entries, Entry *scratch, gsize n)
{
    for (guint shift = 0; shift < 32; shift += 8) {
        gsize count[257] = {0};

        for (gsize i = 0; i < n; i++)
            count[(entries[i].key >> shift & 0xff) + 1]++;
        for (guint d = 0; d < 256; d++)
            count[d + 1] += count[d];
        for (gsize i = 0; i < n; i++)
            scratch[count[entries[i].key >> shift & 0xff]++] = entries[i];
        Entry *swap = entries;
        entries = scratch;
        scratch = swap;
    }
}

static gsize
measure(const float *coords, gsize n, gsize stride, float raw[4])
{
    gsize finite = 0;

    raw[0] = raw[1] = INFINITY;
    raw[2] = raw[3] = -INFINITY;
    for (gsize i = 0; i < n; i++) {
        float x = coords[i * stride], y = coords[i * stride + 1];

        if (!isfinite(x) || !isfinite(y))
            continue;
        finite++;
        raw[0] = MIN(raw[0], x);
        raw[1] = MIN(raw[1], y);
        raw[2] = MAX(raw[2], x);
        raw[3] = MAX(raw[3], y);
    }
    return finite;
}

static void
box_runs(UmkAppPoints *self)
{
    self->n_runs = (self->n_points + UMK_APP_RUN - 1) / UMK_APP_RUN;
    self->boxes = g_new(UmkAppBox, self->n_runs + 1);
    for (gsize run = 0; run < self->n_runs; run++) {
        gsize end = MIN(self->n_points, (run + 1) * UMK_APP_RUN);
        UmkAppBox box = {INFINITY, INFINITY, -INFINITY, -INFINITY};

        for (gsize i = run * UMK_APP_RUN; i < end; i++) {
            box.x0 = MIN(box.x0, self->x[i]);
            box.y0 = MIN(box.y0, self->y[i]);
            box.x1 = MAX(box.x1, self->x[i]);
            box.y1 = MAX(box.y1, self->y[i]);
        }
        self->boxes[run] = box;
    }
}

static void
place(UmkAppPoints *self,
      const float *coords,
      gsize n,
      gsize stride,
      const guint32 *rows,
      const double middle[2],
      double shrink)
{
    g_autofree Entry *entries = g_new(Entry, self->n_points + 1);
    g_autofree Entry *scratch = g_new(Entry, self->n_points + 1);
    gsize k = 0;

    for (gsize i = 0; i < n; i++) {
        float x = coords[i * stride], y = coords[i * stride + 1];

        if (!isfinite(x) || !isfinite(y))
            continue;
        double u = ((double) x - middle[0]) * shrink,
               v = ((double) y - middle[1]) * shrink;
        guint32 ix = (guint32) CLAMP((u + 1) * 32767.5, 0, 65535);
        guint32 iy = (guint32) CLAMP((v + 1) * 32767.5, 0, 65535);

        entries[k++] = (Entry){spread(ix) | spread(iy) << 1, (guint32) i};
    }
    radix_sort(entries, scratch, k);
    for (gsize i = 0; i < k; i++) {
        gsize from = entries[i].from;

        self->x[i] = (float) (((double) coords[from * stride] - middle[0]) * shrink);
        self->y[i] = (float) (((double) coords[from * stride + 1] - middle[1]) * shrink);
        self->row[i] = rows ? rows[from] : (guint32) from;
        if (self->row[i] < self->n_rows)
            self->by_row[self->row[i]] = (guint32) i;
    }
}

/* coords: n_points × stride, the first two of each taken; rows: what each stands for,
 * below n_rows, or NULL for 0, 1, 2, ... */
UmkAppPoints *
umk_app_points_new(
    const float *coords, gsize n_points, gsize stride, const guint32 *rows, gsize n_rows)
{
    UmkAppPoints *self = g_new0(UmkAppPoints, 1);
    float raw[4];

    self->n_points = measure(coords, n_points, stride, raw);
    self->n_rows = n_rows;
    self->x = g_new(float, self->n_points + 1);
    self->y = g_new(float, self->n_points + 1);
    self->row = g_new(guint32, self->n_points + 1);
    self->by_row = g_new(guint32, n_rows + 1);
    memset(self->by_row, 0xff, (n_rows + 1) * sizeof *self->by_row);
    if (self->n_points > 0) {
        double w = (double) raw[2] - (double) raw[0],
               h = (double) raw[3] - (double) raw[1];
        double middle[2] = {((double) raw[0] + (double) raw[2]) / 2,
                            ((double) raw[1] + (double) raw[3]) / 2};
        double shrink = MAX(w, h) > 0 ? 2 / MAX(w, h) : 1;

        place(self, coords, n_points, stride, rows, middle, shrink);
        self->bounds[2] = (float) (w / 2 * shrink);
        self->bounds[3] = (float) (h / 2 * shrink);
        self->bounds[0] = -self->bounds[2];
        self->bounds[1] = -self->bounds[3];
    }
    box_runs(self);
    return self;
}

void
umk_app_points_free(UmkAppPoints *self)
{
    if (self == NULL)
        return;
    g_free(self->x);
    g_free(self->y);
    g_free(self->row);
    g_free(self->boxes);
    g_free(self->by_row);
    g_free(self);
}

gboolean
umk_app_points_find(const UmkAppPoints *self, guint32 row, float *x, float *y)
{
    guint32 at = row < self->n_rows ? self->by_row[row] : G_MAXUINT32;

    if (at == G_MAXUINT32)
        return FALSE;
    *x = self->x[at];
    *y = self->y[at];
    return TRUE;
}

void
umk_app_points_get(const UmkAppPoints *self, gsize at, double *x, double *y, double *z)
{
    *x = (double) self->x[at];
    *y = (double) self->y[at];
    *z = 0;
}
