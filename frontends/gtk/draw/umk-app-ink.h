/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From sums to pixels: each point is a small soft dot, so the sums are blurred by the
 * dot; n dots over one another hide what n sheets of the same glass hide; the colour is
 * the mean of theirs. So sums and stamps of the same points look alike. */
#pragma once

#include "umk-app-stamps.h"
#include "umk-app-sums.h"

G_BEGIN_DECLS

#define UMK_APP_N_TONES (32u * 64u + 1u) /* 64 to each doubling */

typedef struct {
    UmkAppPaint paint;
    guint unit;                   /* the weight of a near point */
    guint reach;                  /* cells from the middle of a dot to its last */
    float tones[UMK_APP_N_TONES]; /* 255 × opacity, by the blurred weight */
} UmkAppInk;

/* radius: of the dots, cells. opacity: of one. n_most: points that may meet in a cell.
 * palette: alpha is the strength of the whole. deep: what is far weighs less. */
void umk_app_ink_init(UmkAppInk *self,
                      const UmkAppColour *palette,
                      guint n_colours,
                      double radius,
                      double opacity,
                      guint sample,
                      gsize n_most,
                      gboolean deep);
guint umk_app_ink_reach(double radius);
/* One row of pixels. */
void
umk_app_ink_row(const UmkAppInk *self, const UmkAppSums *sums, guint y, guint32 *out);
void umk_app_ink_row_plain(const UmkAppInk *self,
                           const UmkAppSums *sums,
                           guint y,
                           guint32 *out);

G_END_DECLS
