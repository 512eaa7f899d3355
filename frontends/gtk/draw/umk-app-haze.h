/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points as a haze: sums over coarse cells, smoothed until no point is seen in them. Of
 * this are the tinted density, and the grid of which lines of equal density are made. */
#pragma once

#include "umk-app-sums.h"

G_BEGIN_DECLS

typedef float UmkAppFour __attribute__((vector_size(16))); /* blue, green, red, weight */

typedef struct {
    guint width, height; /* cells */
    double cell;         /* side of one, pixels */
    float peak;          /* the greatest weight */
    UmkAppFour *cells;
} UmkAppHaze;

/* blur: pixels, 0 for a good one. */
UmkAppHaze *umk_app_haze_new(const UmkAppSight *sight,
                             const UmkAppPaint *paint,
                             guint kinds,
                             double cell,
                             double blur,
                             guint n_threads);
void umk_app_haze_free(UmkAppHaze *self);
/* Turns weights and sums into pixels, for rows to be read: strength 0 to 1 at the peak.
 */
void umk_app_haze_develop(UmkAppHaze *self, double strength);
/* A UmkAppRowFunc: lays a row of the developed haze over what is there. */
void umk_app_haze_lay_row(gconstpointer developed, guint y, guint32 *row, guint width);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppHaze, umk_app_haze_free)

G_END_DECLS
