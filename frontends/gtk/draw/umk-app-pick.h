/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which point is meant: by the pointer, or by a step in a direction. */
#pragma once

#include "umk-app-looks.h"
#include "umk-app-view.h"

G_BEGIN_DECLS

typedef enum { UMK_APP_LEFT, UMK_APP_RIGHT, UMK_APP_UP, UMK_APP_DOWN } UmkAppDirection;

/* looks: NULL counts every point as plain; those that are hidden are not found. */
gboolean umk_app_pick_at(const UmkAppPoints *points,
                         const UmkAppLooks *looks,
                         const UmkAppView *view,
                         double sx,
                         double sy,
                         double radius,
                         guint32 *row);
/* The direction is that of the plane, or of a view that may be turned. */
gboolean umk_app_pick_toward(const UmkAppPoints *points,
                             const UmkAppLooks *looks,
                             guint32 from,
                             UmkAppDirection way,
                             guint32 *row);
gboolean umk_app_pick_toward_seen(const UmkAppPoints *points,
                                  const UmkAppLooks *looks,
                                  const UmkAppView *view,
                                  guint32 from,
                                  UmkAppDirection way,
                                  guint32 *row);
gsize umk_app_pick_count(const UmkAppPoints *points, const UmkAppView *view);

G_END_DECLS
