/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map: points of a collection in the plane. Pan, zoom, lasso, a ring about what is
 * under the pointer, a cursor for the keyboard. Signals: "inspect" names a row,
 * "hovered" likewise (UMK_APP_NO_ROW: none any more), "view"
 * says that another part of the plane is seen, "job" and "job-done" hand out work that
 * takes long, "problem" a sentence for people. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-job.h"
#include "umk-app-pick.h"
#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_MAP (umk_app_map_get_type())
G_DECLARE_FINAL_TYPE(UmkAppMap, umk_app_map, UMK_APP, MAP, GtkWidget)

#define UMK_APP_NO_ROW G_MAXUINT32

/* What a drag does. */
typedef enum {
    UMK_APP_TOOL_PAN,
    UMK_APP_TOOL_LASSO,
    UMK_APP_TOOL_BOX,
    UMK_APP_TOOL_BRUSH
} UmkAppTool;

/* What becomes of the selection when something is chosen. */
typedef enum {
    UMK_APP_COMBINE_REPLACE,
    UMK_APP_COMBINE_ADD,
    UMK_APP_COMBINE_REMOVE,
    UMK_APP_COMBINE_INTERSECT
} UmkAppCombine;

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
/* Of a layout of three dimensions: radians more about the upright axis, and toward the
 * eye. */
gboolean umk_app_map_can_turn(UmkAppMap *self);
void umk_app_map_turn(UmkAppMap *self, double yaw, double pitch);
/* Shows that part of the plane, for a session that comes back. */
void umk_app_map_set_view(UmkAppMap *self, double x, double y, double scale);
guint64 umk_app_map_get_n_frames(UmkAppMap *self);

void umk_app_map_set_tool(UmkAppMap *self, UmkAppTool tool);
UmkAppTool umk_app_map_get_tool(UmkAppMap *self);
/* Of the tool that is chosen: the brush has its own, which adds. */
void umk_app_map_set_combine(UmkAppMap *self, UmkAppCombine how);
UmkAppCombine umk_app_map_get_combine(UmkAppMap *self);
/* Pixels from its middle to its rim. */
void umk_app_map_set_brush_size(UmkAppMap *self, double size);
double umk_app_map_get_brush_size(UmkAppMap *self);
/* Chooses rows; deed: what the step is called. */
void umk_app_map_select(UmkAppMap *self,
                        const guint32 *rows,
                        gsize n_rows,
                        UmkAppCombine how,
                        const char *deed);
void umk_app_map_select_all(UmkAppMap *self);
void umk_app_map_select_none(UmkAppMap *self);
void umk_app_map_select_invert(UmkAppMap *self);
/* Adds the nearest neighbours, in a job. */
void umk_app_map_select_grow(UmkAppMap *self);
/* What lies about the cursor, or about the middle, the nearest first. */
GListStore *umk_app_map_list_near(UmkAppMap *self, guint most);
/* The first of what is chosen, as rows of a list. */
GListStore *umk_app_map_dup_selected(UmkAppMap *self);
/* The commands, to be inserted as "map" where their keys and buttons are. */
GActionGroup *umk_app_map_get_actions(UmkAppMap *self);
GMenuModel *umk_app_map_make_menu(void);

UmkAppScene *umk_app_map_get_scene(UmkAppMap *self);
/* NULL while there is no layout. */
const UmkAppPoints *umk_app_map_get_points(UmkAppMap *self);
const UmkAppView *umk_app_map_get_view(UmkAppMap *self);
void umk_app_map_centre_on(UmkAppMap *self, double x, double y);
/* Stops what runs for the map. */
void umk_app_map_cancel(UmkAppMap *self);

G_END_DECLS
