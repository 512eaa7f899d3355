/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts of points in square cells, smoothed by three passes of a running mean, which is
 * nearly a Gaussian and costs the same for any width. */
#include "umk-app-density.h"

#include <math.h>
#include <string.h>

#define CELL   4.0 /* pixels */
#define PASSES 3

static void
count(UmkAppDensity *self,
      const UmkAppPoints *points,
      const UmkAppLooks *looks,
      const UmkAppView *view,
      guint32 *counts)
{
    for (gsize i = 0; i < points->n_points; i++) {
        double x, y;

        if (looks != NULL && looks->flags[i] & UMK_APP_LOOK_HIDDEN)
            continue;
        umk_app_view_to_screen(view, (double) points->x[i], (double) points->y[i], &x,
                               &y);
        x /= self->cell;
        y /= self->cell;
        if (x >= 0 && y >= 0 && x < self->width && y < self->height)
            counts[(gsize) y * self->width + (gsize) x]++;
    }
}

/* Running mean over 2 reach + 1 values, step apart; nothing lies beyond the ends. */
static void
smooth_line(float *values, gsize n, gsize step, gsize reach, float *scratch)
{
    float share = 1.0f / (float) (2 * reach + 1);
    double sum = 0;

    for (gsize i = 0; i < n; i++)
        scratch[i] = values[i * step];
    for (gsize i = 0; i < MIN(reach, n); i++)
        sum += (double) scratch[i];
    for (gsize i = 0; i < n; i++) {
        if (i + reach < n)
            sum += (double) scratch[i + reach];
        values[i * step] = (float) sum * share;
        if (i >= reach)
            sum -= (double) scratch[i - reach];
    }
}

static void
smooth(UmkAppDensity *self, gsize reach)
{
    g_autofree float *scratch = g_new(float, MAX(self->width, self->height));

    for (guint pass = 0; pass < PASSES && reach > 0; pass++) {
        for (guint y = 0; y < self->height; y++)
            smooth_line(self->values + (gsize) y * self->width, self->width, 1, reach,
                        scratch);
        for (guint x = 0; x < self->width; x++)
            smooth_line(self->values + x, self->height, self->width, reach, scratch);
    }
}

UmkAppDensity *
umk_app_density_new(const UmkAppPoints *points,
                    const UmkAppLooks *looks,
                    const UmkAppView *view,
                    double blur)
{
    UmkAppDensity *self = g_new0(UmkAppDensity, 1);
    g_autofree guint32 *counts = NULL;
    gsize n;

    self->cell = CELL;
    if (!(view->width >= 1) || !(view->height >= 1))
        return self;
    self->width = (guint) ceil(view->width / CELL);
    self->height = (guint) ceil(view->height / CELL);
    n = (gsize) self->width * self->height;
    counts = g_new0(guint32, n);
    self->values = g_new(float, n);
    count(self, points, looks, view, counts);
    for (gsize i = 0; i < n; i++)
        self->values[i] = (float) counts[i] / (float) (CELL * CELL);
    if (!(blur > 0))
        blur = MIN(view->width, view->height) / 28;
    smooth(self, (gsize) lround(blur / CELL / 2));
    for (gsize i = 0; i < n; i++)
        self->peak = MAX(self->peak, self->values[i]);
    return self;
}

void
umk_app_density_free(UmkAppDensity *self)
{
    if (self == NULL)
        return;
    g_free(self->values);
    g_free(self);
}
