/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which points a round brush has passed over: a stroke is fed piece by piece, each the
 * way between two places of the pointer, and gathers rows. What lies wholly under a piece
 * is not looked at again, so that a long stroke over a multitude stays cheap. */
#pragma once

#include "umk-app-looks.h"
#include "umk-app-view.h"

G_BEGIN_DECLS

typedef struct _UmkAppStroke UmkAppStroke;

/* A piece of a stroke: pixels of the view. */
typedef struct {
    double x0, y0, x1, y1;
    double radius;
} UmkAppDab;

/* n_rows: of what the points stand for. */
UmkAppStroke *umk_app_stroke_new(gsize n_rows);
void umk_app_stroke_free(UmkAppStroke *self);
/* Gathers the rows of the points under a piece; whether there were any new ones. looks:
 * NULL counts every point as shown; hidden ones are not gathered. The points may be moved
 * to other places (umk_app_stroke_forget_places()), but stand for the same rows. */
gboolean umk_app_stroke_paint(UmkAppStroke *self,
                              const UmkAppPoints *points,
                              const UmkAppLooks *looks,
                              const UmkAppView *view,
                              const UmkAppDab *dab);
void umk_app_stroke_forget_places(UmkAppStroke *self);
/* What was gathered: row r at bit r % 64 of word r / 64. */
const guint64 *umk_app_stroke_get_words(UmkAppStroke *self, gsize *n_words);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppStroke, umk_app_stroke_free)

G_END_DECLS
