/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which points lie in an outline drawn by hand: a closed polygon in widget pixels, that
 * may cross itself (what is ringed twice is out, as by even and odd). */
#pragma once

#include "umk-app-looks.h"
#include "umk-app-view.h"

G_BEGIN_DECLS

/* corners: x, y in pixels of the view, n_corners of them; one that is no number is left
 * out. looks: NULL counts every point as shown; hidden ones are not found. Returns the
 * rows, ascending; to be freed. */
guint32 *umk_app_lasso_find(const UmkAppPoints *points,
                            const UmkAppLooks *looks,
                            const UmkAppView *view,
                            const double *corners,
                            gsize n_corners,
                            gsize *n_found);
/* One point, by the same rule. */
gboolean
umk_app_lasso_contains(const double *corners, gsize n_corners, double x, double y);

G_END_DECLS
