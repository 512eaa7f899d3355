/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the map share: the widget's state. umk-app-map.c keeps it, -draw.c
 * shows it, -input.c changes it by hand, -tools.c has what a drag draws, -brush.c what
 * it paints, -select.c what is chosen, -actions.c the commands, -looks.c how points look;
 * -names.c with -spots.c, -pictures.c and -links.c lie over the points, each with a state
 * of its own. */
#pragma once

#include "umk-app-stroke.h"
#include "umk-app-map.h"
#include "umk-app-naming.h"

G_BEGIN_DECLS

typedef struct _UmkAppMapNames UmkAppMapNames;       /* of clusters */
typedef struct _UmkAppMapSpots UmkAppMapSpots;       /* where the names stand */
typedef struct _UmkAppMapPictures UmkAppMapPictures; /* in place of points */
typedef struct _UmkAppMapLinks UmkAppMapLinks;       /* edges and true neighbours */

#define UMK_APP_MAP_LABELS 8u   /* marked points that are named on the map */
#define UMK_APP_MAP_RINGS  120u /* and that have a ring */

typedef struct _UmkAppMapPoints UmkAppMapPoints; /* the picture of the points */
typedef struct _UmkAppMapLooks UmkAppMapLooks;   /* what fills their looks */

struct _UmkAppMap {
    GtkWidget parent_instance;
    UmkAppScene *scene;
    UmkAppSource *source;       /* the scene's; as are layout and its points */
    UmkAppLayout *layout;       /* NULL only without a source */
    const UmkAppPoints *points; /* of the layout */
    UmkAppLooks *looks;         /* of the points; never written to: dress makes others */
    UmkAppMapLooks *dress;
    UmkAppRows *marked; /* that stand out beside the selection, or NULL */
    GArray *rings;      /* guint32: the first of them, which get a ring each */
    UmkAppView view;    /* widget pixels */
    gboolean fitted;    /* nobody has moved the view since it was fitted */
    double fit_scale;

    UmkAppMapPoints *cloud;
    UmkAppView drawn; /* the view that the points were last drawn for */
    gboolean stale;   /* colours or marks have changed since they were last asked for */
    guint settle;     /* timeout that draws the whole once the map stands still */
    double turned_x, turned_y; /* how far a turn has come already */
    guint64 n_frames;

    guint32 hovered, cursor, selected;
    UmkItem *hover_item, *selected_item, *cursor_item;
    GdkTexture *hover_picture;
    GCancellable *hover_load;
    GPtrArray *labels; /* UmkItem of the first marked rows */
    guint32 label_rows[UMK_APP_MAP_LABELS];
    GArray *named; /* graphene_rect_t: names of items in the last frame, what is looked at
                      first */

    double pointer_x, pointer_y;
    gboolean pointer_inside;
    double drag_x, drag_y; /* how far the drag has come already */
    gboolean dragging;
    double pinch_scale;

    UmkAppTool tool, drag_tool;           /* chosen, and of the drag that is under way */
    UmkAppCombine combine, brush_combine; /* of the other tools, of the brush */
    double brush_size, brush_x, brush_y;  /* pixels; where the stroke has come to */
    UmkAppStroke *stroke;                 /* a stroke under way, or NULL */
    UmkAppCombine brush_how;
    UmkAppRows *painted; /* what it would choose; shown in place of the selection */
    GArray *outline;     /* double: corners of a lasso or box under way */
    gboolean taken_out;  /* the drag is one of drag and drop */
    GSimpleActionGroup *actions;
    UmkAppJob *growing;
    UmkAppMapNames *names;
    UmkAppMapPictures *pictures;
    UmkAppMapLinks *links;
    GListModel *ring; /* UmkAppRow: neighbours that are walked through */
    guint32 ring_from;
    int ring_at; /* -1: still at the item whose neighbours they are */
    UmkAppJob *asking_ring;
    UmkAppView told; /* as last heard by those who follow the view */
};

void _umk_app_map_append_ring(GtkSnapshot *snapshot,
                              float x,
                              float y,
                              float radius,
                              float width,
                              const GdkRGBA *colour);
void _umk_app_map_snapshot(GtkWidget *widget, GtkSnapshot *snapshot);
void _umk_app_map_redraw(UmkAppMap *self);
void _umk_app_map_dressed(UmkAppMap *self);
void _umk_app_map_class_init_input(GtkWidgetClass *klass);
void _umk_app_map_init_input(UmkAppMap *self);
void _umk_app_map_moved(UmkAppMap *self);
void _umk_app_map_hover(UmkAppMap *self, guint32 row);
void _umk_app_map_inspect(UmkAppMap *self, guint32 row);
void _umk_app_map_set_cursor(UmkAppMap *self, guint32 row);
void _umk_app_map_zoom_at(UmkAppMap *self, double factor, double x, double y);
void _umk_app_map_tell_view(UmkAppMap *self);
void _umk_app_map_tell_job(UmkAppMap *self, UmkAppJob *job, gboolean begins);
void _umk_app_map_tell_problem(UmkAppMap *self, UmkAppJob *job, const GError *error);
gboolean _umk_app_map_is_moving_allowed(UmkAppMap *self);

/* umk-app-map-paint.c */
gboolean _umk_app_map_place(UmkAppMap *self, guint32 row, float *sx, float *sy);
GdkRGBA _umk_app_map_theme(UmkAppMap *self, const char *name);
gboolean _umk_app_map_is_strong(void);
GdkTexture *_umk_app_map_paint_text(UmkAppMap *self, const char *text, double size);

/* umk-app-map-tools.c */
void _umk_app_map_show_cursor(UmkAppMap *self);
void _umk_app_map_tool_begin(UmkAppMap *self, double x, double y, GdkModifierType keys);
void _umk_app_map_tool_update(UmkAppMap *self, double x, double y);
void _umk_app_map_tool_end(UmkAppMap *self, GdkModifierType keys);
void _umk_app_map_tool_cancel(UmkAppMap *self);
UmkAppCombine _umk_app_map_combine_of(UmkAppMap *self, GdkModifierType keys);
void _umk_app_map_append_outline(UmkAppMap *self, GtkSnapshot *snapshot);

/* umk-app-map-brush.c */
void _umk_app_map_brush_begin(UmkAppMap *self, double x, double y, GdkModifierType keys);
void _umk_app_map_brush_update(UmkAppMap *self, double x, double y);
void _umk_app_map_brush_end(UmkAppMap *self);
void _umk_app_map_brush_cancel(UmkAppMap *self);
gboolean _umk_app_map_brush_dab(UmkAppMap *self);
void _umk_app_map_append_brush(UmkAppMap *self, GtkSnapshot *snapshot);

/* umk-app-map-select.c */
UmkAppRows *_umk_app_map_combine(UmkAppMap *self, UmkAppRows *given, UmkAppCombine how);
void _umk_app_map_select_clicked(UmkAppMap *self, guint32 row, UmkAppCombine how);
gboolean _umk_app_map_extend(UmkAppMap *self, UmkAppDirection way);

/* umk-app-map-actions.c */
void _umk_app_map_init_actions(UmkAppMap *self);
void _umk_app_map_update_actions(UmkAppMap *self);

/* umk-app-map-drag.c */
void _umk_app_map_init_drag(UmkAppMap *self);
GdkContentProvider *_umk_app_map_make_content(UmkAppMap *self);
gboolean _umk_app_map_is_on_selection(UmkAppMap *self, double x, double y);

/* umk-app-map-names.c */
UmkAppMapNames *_umk_app_map_names_new(UmkAppMap *map);
void _umk_app_map_names_free(UmkAppMapNames *self);
void _umk_app_map_names_changed(UmkAppMapNames *self, guint changes);
void _umk_app_map_names_begin(UmkAppMapNames *self);
UmkAppMapSpots *_umk_app_map_names_get_spots(UmkAppMapNames *self);
/* umk-app-map-spots.c */
UmkAppMapSpots *_umk_app_map_spots_new(UmkAppMap *map);
void _umk_app_map_spots_free(UmkAppMapSpots *self);
void _umk_app_map_spots_show(UmkAppMapSpots *self, UmkAppNaming *naming);
void _umk_app_map_spots_moved(UmkAppMapSpots *self);
void _umk_app_map_spots_append(UmkAppMapSpots *self, GtkSnapshot *snapshot);
guint _umk_app_map_spots_get_n(UmkAppMapSpots *self, guint level);
const char *_umk_app_map_spots_get(UmkAppMapSpots *self, guint level, guint at);
/* In the last frame: boxes of the names, graphene_rect_t. */
const GArray *_umk_app_map_spots_get_shown(UmkAppMapSpots *self);

/* umk-app-map-pictures.c */
UmkAppMapPictures *_umk_app_map_pictures_new(UmkAppMap *map);
void _umk_app_map_pictures_free(UmkAppMapPictures *self);
void _umk_app_map_pictures_changed(UmkAppMapPictures *self, guint changes);
void _umk_app_map_pictures_append(UmkAppMapPictures *self, GtkSnapshot *snapshot);
guint _umk_app_map_pictures_get_n_shown(UmkAppMapPictures *self);

/* umk-app-map-walk.c */
gboolean _umk_app_map_walk(UmkAppMap *self, int step);
void _umk_app_map_drop_walk(UmkAppMap *self);

/* umk-app-map-links.c */
UmkAppMapLinks *_umk_app_map_links_new(UmkAppMap *map);
void _umk_app_map_links_free(UmkAppMapLinks *self);
void _umk_app_map_links_changed(UmkAppMapLinks *self, guint changes);
void _umk_app_map_links_append(UmkAppMapLinks *self, GtkSnapshot *snapshot);
guint _umk_app_map_links_get_n_edges(UmkAppMapLinks *self);
guint _umk_app_map_links_get_n_true(UmkAppMapLinks *self, guint *n_lost);

/* umk-app-map-looks.c */
UmkAppMapLooks *_umk_app_map_looks_new(UmkAppMap *map);
void _umk_app_map_looks_free(UmkAppMapLooks *self);
void _umk_app_map_looks_reset(UmkAppMapLooks *self);
gboolean _umk_app_map_looks_update(UmkAppMapLooks *self);
gboolean _umk_app_map_looks_is_busy(UmkAppMapLooks *self);
gboolean _umk_app_map_looks_is_blank(UmkAppMapLooks *self);

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
