/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the three files of the map share: the widget's state. umk-app-map.c keeps it,
 * umk-app-map-draw.c shows it, umk-app-map-input.c changes it by hand. */
#pragma once

#include "umk-app-map.h"

G_BEGIN_DECLS

#define UMK_APP_MAP_LABELS 8u /* marked points that are named on the map */

typedef struct _UmkAppMapPoints UmkAppMapPoints; /* the picture of the points */

struct _UmkAppMap {
    GtkWidget parent_instance;
    UmkAppScene *scene;
    UmkAppSource *source;       /* the scene's; as are layout and its points */
    UmkAppLayout *layout;       /* NULL only without a source */
    const UmkAppPoints *points; /* of the layout */
    UmkAppLooks *looks;         /* of the points */
    GArray *marks;              /* guint32: rows that stand out beside the selection */
    UmkAppView view;            /* widget pixels */
    gboolean fitted;            /* nobody has moved the view since it was fitted */
    double fit_scale;

    UmkAppMapPoints *cloud;
    UmkAppView drawn; /* the view that the points were last drawn for */
    gboolean stale;   /* colours or marks have changed since they were last asked for */
    guint settle;     /* timeout that draws the whole once the map stands still */
    double turned_x, turned_y; /* how far a turn has come already */
    guint64 n_frames;

    guint32 hovered, cursor, selected;
    UmkItem *hover_item;
    GdkTexture *hover_picture;
    GCancellable *hover_load;
    GPtrArray *labels; /* UmkItem of the first marked rows */
    guint32 label_rows[UMK_APP_MAP_LABELS];

    double pointer_x, pointer_y;
    double drag_x, drag_y; /* how far the drag has come already */
    gboolean dragging;
    double pinch_scale;
};

void _umk_app_map_snapshot(GtkWidget *widget, GtkSnapshot *snapshot);
void _umk_app_map_redraw(UmkAppMap *self);
void _umk_app_map_class_init_input(GtkWidgetClass *klass);
void _umk_app_map_init_input(UmkAppMap *self);
void _umk_app_map_moved(UmkAppMap *self);
void _umk_app_map_hover(UmkAppMap *self, guint32 row);
void _umk_app_map_inspect(UmkAppMap *self, guint32 row);
void _umk_app_map_set_cursor(UmkAppMap *self, guint32 row);
void _umk_app_map_zoom_at(UmkAppMap *self, double factor, double x, double y);

/* umk-app-map-points.c */
UmkAppMapPoints *_umk_app_map_points_new(UmkAppMap *map);
void _umk_app_map_points_free(UmkAppMapPoints *self);
void _umk_app_map_points_drop(UmkAppMapPoints *self);
void _umk_app_map_points_append(UmkAppMap *map, GtkSnapshot *snapshot);
gboolean _umk_app_map_points_is_done(UmkAppMap *map);

/* umk-app-map-turn.c */
void _umk_app_map_class_init_turn(GtkWidgetClass *klass);
void _umk_app_map_init_turn(UmkAppMap *self);

G_END_DECLS
