/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Little pictures of one point: for each palette entry, shape and quarter-pixel phase, as
 * premultiplied B8G8R8A8, antialiased, with a rim where the point is large enough. */
#pragma once

#include "umk-app-points.h"

G_BEGIN_DECLS

typedef struct {
    float r, g, b, a; /* 0 to 1, not premultiplied */
} UmkAppColour;

typedef struct {
    float radius;    /* pixels, of the disc; the other shapes cover about its area */
    float rim_width; /* pixels of rim outside of the fill, 0 for none */
    UmkAppColour rim;
    gboolean shapes; /* FALSE draws discs only */
} UmkAppStyle;

typedef struct {
    guint size;   /* rows, and pixels used of a row */
    guint stride; /* pixels of a row, a multiple of 4 */
    guint origin; /* pixels from the corner to the pixel of the point */
    guint n_colours;
    guint32 *pixels; /* [colour][shape][phase y][phase x][size][stride] */
} UmkAppStamps;

UmkAppStamps *umk_app_stamps_new(const UmkAppStyle *style,
                                 const UmkAppColour *palette,
                                 guint n_colours);
void umk_app_stamps_free(UmkAppStamps *self);
const guint32 *umk_app_stamps_get(
    const UmkAppStamps *self, guint colour, guint shape, guint phase_x, guint phase_y);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppStamps, umk_app_stamps_free)

G_END_DECLS
