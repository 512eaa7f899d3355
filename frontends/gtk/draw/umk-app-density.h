/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How densely points lie, as a smooth grid over the view, and the lines of equal density
 * on it. For the map, for files of vector drawings, and for whoever asks where the crowds
 * are. */
#pragma once

#include "umk-app-haze.h"
#include "umk-app-looks.h"
#include "umk-app-view.h"

G_BEGIN_DECLS

typedef struct {
    guint width, height; /* cells; 0: no view, no density */
    double cell;         /* side of one in pixels of the view */
    float *values;       /* points on a square pixel, about the middles of cells */
    float peak;          /* the greatest of them */
} UmkAppDensity;

typedef struct {
    guint level; /* of UmkAppContours.levels */
    gboolean closed;
    gsize n_corners;
    float *corners; /* x, y in pixels of the view */
} UmkAppContour;

typedef struct {
    guint n_levels;
    float *levels; /* points on a square pixel, ascending */
    gsize n_lines;
    UmkAppContour *lines; /* in order of their levels */
} UmkAppContours;

/* blur: pixels; about twice the standard deviation of the smoothing. 0: a good one for
 * the view. Hidden points do not count. */
UmkAppDensity *umk_app_density_new(const UmkAppPoints *points,
                                   const UmkAppLooks *looks,
                                   const UmkAppView *view,
                                   double blur);
/* The weights of a haze that is not developed. */
UmkAppDensity *umk_app_density_new_from_haze(const UmkAppHaze *haze);
void umk_app_density_free(UmkAppDensity *self);
/* Lines at n_levels densities, each twice the one before, the last below the peak. */
UmkAppContours *umk_app_contours_new(const UmkAppDensity *density, guint n_levels);
void umk_app_contours_free(UmkAppContours *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppDensity, umk_app_density_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppContours, umk_app_contours_free)

G_END_DECLS
