/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which points lie inside a line that was drawn about them. */
#pragma once

#include "umk-app-looks.h"
#include "umk-app-view.h"

G_BEGIN_DECLS

/* corners: x and y in turn, screen pixels; the line closes itself, and what it crosses
 * twice is outside. looks: NULL counts every point; hidden ones are not found. Rows,
 * ascending; freed by the caller. */
guint32 *umk_app_lasso_find(const UmkAppPoints *points,
                            const UmkAppLooks *looks,
                            const UmkAppView *view,
                            const double *corners,
                            gsize n_corners,
                            gsize *n_found);

G_END_DECLS
