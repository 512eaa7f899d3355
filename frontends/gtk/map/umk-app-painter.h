/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws the points in a thread of its own. The last order counts: one that waits is
 * replaced, one under way is stopped when it is no longer wanted. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-layout.h"
#include "umk-app-looks.h"
#include "umk-app-palette.h"
#include "umk-app-picture.h"

G_BEGIN_DECLS

typedef struct {
    UmkAppLayout *layout;
    UmkAppLooks *looks;
    UmkAppView view;       /* widget pixels; the painter adds the margin */
    double margin;         /* on all sides, widget pixels */
    UmkAppPicture picture; /* but for palettes, sample, threads, cancelled */
    UmkAppColour palettes[UMK_APP_N_LAYERS][UMK_APP_N_COLOURS];
    gboolean layers[UMK_APP_N_LAYERS]; /* which are drawn */
    int ratio;                         /* device pixels a widget pixel */
    gboolean hasty;                    /* a sample that is ready soon will do */
    guint serial;                      /* the asker's */
} UmkAppOrder;

typedef struct {
    GdkTexture *texture;      /* seen through; or */
    cairo_surface_t *surface; /* opaque */
    UmkAppView view;
    gboolean whole; /* no sample */
    guint serial;
} UmkAppPainted;

typedef struct _UmkAppPainter UmkAppPainter;
/* Main thread; painted is the callee's until it returns, parts can be taken out of it. */
typedef void (*UmkAppPaintedFunc)(UmkAppPainted *painted, gpointer user_data);

UmkAppPainter *umk_app_painter_new(UmkAppPaintedFunc done, gpointer user_data);
void umk_app_painter_free(UmkAppPainter *self);
/* Takes layout and looks by reference. */
void umk_app_painter_ask(UmkAppPainter *self, const UmkAppOrder *order);
gboolean umk_app_painter_is_busy(UmkAppPainter *self);

G_END_DECLS
