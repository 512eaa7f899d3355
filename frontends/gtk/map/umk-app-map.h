/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map: points of a collection in the plane. Pan, zoom, a ring about what is under the
 * pointer, a cursor for the keyboard. The signal "inspect" names a row. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-pick.h"
#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_MAP (umk_app_map_get_type())
G_DECLARE_FINAL_TYPE(UmkAppMap, umk_app_map, UMK_APP, MAP, GtkWidget)

#define UMK_APP_NO_ROW G_MAXUINT32

/* What is shown; set once. */
void umk_app_map_set_scene(UmkAppMap *self, UmkAppScene *scene);
/* These stand out beside the selection, best first; the best are named. */
void umk_app_map_mark(UmkAppMap *self, const guint32 *rows, gsize n_rows);
void umk_app_map_set_selected(UmkAppMap *self, guint32 row);
guint32 umk_app_map_get_selected(UmkAppMap *self);
guint32 umk_app_map_get_cursor(UmkAppMap *self);
void umk_app_map_move_cursor(UmkAppMap *self, UmkAppDirection way);
void umk_app_map_zoom(UmkAppMap *self, double factor);
void umk_app_map_fit(UmkAppMap *self);
/* What part of the plane is seen; setting is for a session that comes back. */
void umk_app_map_get_view(UmkAppMap *self, UmkAppView *view);
void umk_app_map_set_view(UmkAppMap *self, double x, double y, double scale);
guint64 umk_app_map_get_n_frames(UmkAppMap *self);

G_END_DECLS
