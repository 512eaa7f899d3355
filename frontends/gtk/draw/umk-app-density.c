/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The weights of a haze, for those who want no colours. */
#include "umk-app-density.h"

#define CELL  4.0 /* pixels */
#define SHOWN 3u  /* kinds of points: not marked, marked */

UmkAppDensity *
umk_app_density_new_from_haze(const UmkAppHaze *haze)
{
    UmkAppDensity *self = g_new0(UmkAppDensity, 1);
    gsize n = (gsize) haze->width * haze->height;
    float area = (float) (haze->cell * haze->cell);

    self->width = haze->width;
    self->height = haze->height;
    self->cell = haze->cell;
    self->values = g_new(float, n + 1);
    for (gsize i = 0; i < n; i++) {
        self->values[i] = haze->cells[i][3] / area;
        self->peak = MAX(self->peak, self->values[i]);
    }
    return self;
}

UmkAppDensity *
umk_app_density_new(const UmkAppPoints *points,
                    const UmkAppLooks *looks,
                    const UmkAppView *view,
                    double blur)
{
    UmkAppPaint *one = g_aligned_alloc0(1, sizeof *one, 16);
    g_autoptr(UmkAppHaze) haze = NULL;
    UmkAppSight sight;

    for (guint i = 0; i < UMK_APP_N_DEPTHS * 256; i++)
        one->of[i / 256][i % 256] = (UmkAppSum){0, 0, 0, 1};
    umk_app_sight_init(&sight, points, looks, view, 0, 1);
    haze = umk_app_haze_new(&sight, one, SHOWN, CELL, blur, 1);
    umk_app_sight_clear(&sight);
    g_aligned_free(one);
    return umk_app_density_new_from_haze(haze);
}

void
umk_app_density_free(UmkAppDensity *self)
{
    if (self == NULL)
        return;
    g_free(self->values);
    g_free(self);
}
