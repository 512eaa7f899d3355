/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the window share. umk-app-window.c builds it and shows a collection,
 * -open.c opens, makes and fills collections, -search.c asks, -answer.c shows what comes
 * back, -actions.c has the commands, -drop.c takes what is dropped, -audit.c and -axis.c
 * audit, -flaps.c opens and closes the panels, -panel.c joins the left panel's page "Map"
 * and the line below the map. */
#pragma once

#include "umk-app-answer.h"
#include "umk-app-audit-axis.h"
#include "umk-app-audit-view.h"
#include "umk-app-bookmarks.h"
#include "umk-app-clusters.h"
#include "umk-app-colouring.h"
#include "umk-app-facets.h"
#include "umk-app-figure.h"
#include "umk-app-history.h"
#include "umk-app-import.h"
#include "umk-app-inspector.h"
#include "umk-app-item-list.h"
#include "umk-app-items-file.h"
#include "umk-app-job-bar.h"
#include "umk-app-layers.h"
#include "umk-app-legend.h"
#include "umk-app-map.h"
#include "umk-app-minimap.h"
#include "umk-app-neighbours.h"
#include "umk-app-toolbar.h"
#include "umk-app-projector.h"
#include "umk-app-status.h"
#include "umk-app-player.h"
#include "umk-app-query.h"
#include "umk-app-selection.h"
#include "umk-app-tags-keeper.h"
#include "umk-app-welcome.h"
#include "umk-app-window.h"

G_BEGIN_DECLS

typedef struct _UmkAppWindowSession UmkAppWindowSession;
typedef struct _UmkAppWindowWatch UmkAppWindowWatch;

struct _UmkAppWindow {
    AdwApplicationWindow parent_instance;
    AdwToastOverlay *toasts;
    AdwSplitButton *open_button;
    GtkWidget *add_button, *left_button, *right_button;
    GtkStack *title_stack, *stack, *list_stack, *left_pages;
    GtkSearchEntry *search;
    UmkAppWelcome *welcome;
    GtkLabel *loading_label, *loading_stage, *name, *summary, *list_title, *list_problem,
        *status;
    GtkLabel *list_notice; /* over the results */
    AdwStatusPage *failed, *map_problem, *outside;
    AdwFlap *left, *right;
    gboolean left_wanted, right_wanted;      /* when there is room for them again */
    GtkWidget *left_stacked, *right_stacked; /* where pages do not fit abreast */
    GtkDropDown *colour, *filter;
    UmkAppLegend *legend;
    UmkAppClusters *clusters;
    UmkAppLayers *layers;
    UmkAppProjector *projector;
    UmkAppColouring *colouring; /* whose choice is colour */
    UmkAppFacets *facets;
    UmkAppStatus *status_line; /* whose label is status */
    UmkAppFields *fields;
    GtkSpinner *searching;
    GtkWidget *list_tools, *map_tools, *show_anyway;
    UmkAppItemList *list;
    UmkAppMap *map;
    UmkAppInspector *inspector;
    UmkAppNeighbours *neighbours;
    UmkAppJobBar *jobs;
    UmkAppAuditView *audit;
    GtkWidget *audit_button, *axis_plain;
    UmkAppToolbar *toolbar; /* over the map, as are those after it */
    UmkAppMinimap *minimap;
    GtkWidget *chosen, *near;
    GtkLabel *chosen_label;

    GSettings *settings;  /* NULL without a schema */
    UmkAppScene *scene;   /* what is shown */
    UmkAppSource *source; /* of the scene */
    GListModel *all_items;
    UmkAppHistory history;
    UmkAppJob *opening, *asking; /* the newest of their kind */
    UmkAppLayout *plain;         /* what the axis has put aside; or NULL */
    UmkAppAuditAxis *axis;       /* on the map or ready to be; or NULL */
    UmkAppJob *finding_axis;
    UmkItem *question;    /* what the results answer; NULL while there are none */
    UmkAppAnswer *answer; /* to it; NULL until it is there */
    gboolean anyway;      /* its results were asked for all the same */
    gboolean reopening;   /* the same collection again: keep the place */
    GtkFileChooserNative *chooser;

    /* how the search box is understood: -ask.c */
    UmkAppAsk ask_mode;    /* as was chosen */
    UmkAppQuestion *asked; /* what the results answer; NULL for a file */
    GtkMenuButton *ask_button;
    GtkLabel *ask_label; /* on it */
    GtkWidget *ask_meaning;
    AdwStatusPage *nothing;
    GtkPopover *ask_popover;
    GtkLabel *ask_problem;
    gboolean ask_wrong; /* what stands in the box cannot be asked: at */
    guint ask_column;   /* this character, from 1 */
    gboolean composing; /* an input method is at work */
    guint emptied;      /* idle that looks whether the box stays empty */
    char *pasted;       /* file that the question's picture was put in */

    /* the panel of what is chosen: -find.c */
    GtkStack *right_pages;
    UmkAppSelection *selection;
    UmkAppPlayer *player;
    UmkAppTagsKeeper *tags;
    guint hover_dwell; /* timeout that plays what the pointer rests on */
    guint32 hover_row;
    gboolean hover_playing;
    GtkInfoBar *notice; /* the collection has changed, or is gone */
    GtkLabel *notice_label;
    GtkWidget *notice_reload, *loading_cancel;
    GtkProgressBar *loading_bar;
    GtkInfoBar *missing; /* items are not on this map: -place.c */
    GtkLabel *missing_label;
    GtkWidget *missing_place;
    UmkAppJob *placing; /* or NULL */
    UmkAppBookmarks *bookmarks;
    GtkMenuButton *bookmarks_button;
    UmkAppWindowSession *session;
    UmkAppWindowWatch *watch;
};

/* umk-app-window.c */
void _umk_app_window_show_source(UmkAppWindow *self, UmkAppSource *source);
void _umk_app_window_inspect(UmkAppWindow *self, guint32 row);
void _umk_app_window_visit(UmkAppWindow *self, guint32 row);
void _umk_app_window_close_menus(UmkAppWindow *self);
void _umk_app_window_toast(UmkAppWindow *self, const char *text);
void _umk_app_window_update_actions(UmkAppWindow *self);
/* umk-app-window-open.c */
void _umk_app_window_open_sample(UmkAppWindow *self, const char *name);
void _umk_app_window_create(UmkAppWindow *self, const char *path);
void _umk_app_window_add(UmkAppWindow *self, const char *const *files);
void _umk_app_window_cancel_opening(UmkAppWindow *self);
void _umk_app_window_show_failure(UmkAppWindow *self, const GError *error);
void _umk_app_window_wait_for(UmkAppWindow *self, UmkAppJob *job, const char *text);
void _umk_app_window_report_added(UmkAppWindow *self,
                                  gsize n_added,
                                  const char *const *failures,
                                  gsize n_failed);
/* umk-app-window-search.c */
void _umk_app_window_init_search(UmkAppWindow *self);
void _umk_app_window_ask_file(UmkAppWindow *self, const char *path, UmkModality modality);
void _umk_app_window_ask_item(UmkAppWindow *self, UmkItem *item);
void _umk_app_window_ask_vector(UmkAppWindow *self, const char *path);
void _umk_app_window_ask_box(UmkAppWindow *self);
void _umk_app_window_ask_again(UmkAppWindow *self);
void _umk_app_window_clear_search(UmkAppWindow *self);
/* umk-app-window-ask.c */
void _umk_app_window_init_ask(UmkAppWindow *self);
void _umk_app_window_show_asked(UmkAppWindow *self, const UmkAppQuestion *asked);
void _umk_app_window_ask_texture(UmkAppWindow *self, GdkTexture *texture);
void _umk_app_window_drop_ask(UmkAppWindow *self);
void _umk_app_window_hide_problem(UmkAppWindow *self);
/* umk-app-window-find.c */
void _umk_app_window_init_find(UmkAppWindow *self);
void _umk_app_window_drop_find(UmkAppWindow *self);
/* umk-app-window-answer.c */
void _umk_app_window_show_answer(UmkAppWindow *self,
                                 UmkAppAnswer *answer,
                                 const GError *error);
void _umk_app_window_drop_answer(UmkAppWindow *self);
gboolean _umk_app_window_is_withholding(UmkAppWindow *self);
void _umk_app_window_focus_results(UmkAppWindow *self);
void _umk_app_window_show_anyway(UmkAppWindow *self);
/* umk-app-window-actions.c */
void _umk_app_window_init_actions(UmkAppWindow *self);
/* umk-app-window-flaps.c */
void _umk_app_window_init_flaps(UmkAppWindow *self);
void _umk_app_window_make_way(UmkAppWindow *self);
void _umk_app_window_reveal(AdwFlap *flap, gboolean reveal);
/* umk-app-window-history.c */
void _umk_app_window_init_history(UmkAppWindow *self);
/* umk-app-window-map.c */
void _umk_app_window_bind_map(GtkWidgetClass *klass);
void _umk_app_window_init_map(UmkAppWindow *self);
/* umk-app-window-audit.c */
void _umk_app_window_init_audit(UmkAppWindow *self);
gboolean _umk_app_window_can_add(UmkAppWindow *self);
void
_umk_app_window_save_report(UmkAppWindow *self, const char *path, const char *language);
/* umk-app-window-axis.c */
void _umk_app_window_init_axis(UmkAppWindow *self);
void _umk_app_window_update_axis(UmkAppWindow *self);
void _umk_app_window_drop_axis(UmkAppWindow *self);
UmkAppClasses *_umk_app_window_get_axis_classes(UmkAppWindow *self);
/* umk-app-window-panel.c */
void _umk_app_window_init_panel(UmkAppWindow *self);
void _umk_app_window_bind_panel(UmkAppWindow *self);
void _umk_app_window_cancel_panel(UmkAppWindow *self);
void _umk_app_window_colour_map(UmkAppWindow *self);
/* umk-app-window-place.c */
void _umk_app_window_init_place(UmkAppWindow *self);
void _umk_app_window_cancel_place(UmkAppWindow *self);
/* umk-app-window-session.c */
void _umk_app_window_init_session(UmkAppWindow *self);
void _umk_app_window_apply_session(UmkAppWindow *self);
void _umk_app_window_end_session(UmkAppWindow *self);
void _umk_app_window_free_session(UmkAppWindow *self);
/* NULL without a collection. */
UmkAppSession *_umk_app_window_take_session(UmkAppWindow *self);
gboolean _umk_app_window_show_session(UmkAppWindow *self,
                                      const UmkAppSession *session,
                                      const char *deed);
/* umk-app-window-bookmarks.c */
void _umk_app_window_init_bookmarks(UmkAppWindow *self);
void _umk_app_window_free_bookmarks(UmkAppWindow *self);
/* umk-app-window-watch.c */
void _umk_app_window_init_watch(UmkAppWindow *self);
void _umk_app_window_free_watch(UmkAppWindow *self);
/* umk-app-window-export.c */
void _umk_app_window_init_export(UmkAppWindow *self);
void _umk_app_window_write_picture(UmkAppWindow *self,
                                   const char *path,
                                   const UmkAppFigureStyle *style);
void _umk_app_window_write_items(UmkAppWindow *self,
                                 const char *path,
                                 const UmkAppItemsStyle *style);
/* umk-app-window-drop.c */
void _umk_app_window_end_drop(UmkAppWindow *self);
void _umk_app_window_init_drop(UmkAppWindow *self);
void _umk_app_window_offer(UmkAppWindow *self, const char *const *paths);
void _umk_app_window_take(UmkAppWindow *self, const char *const *paths);
void _umk_app_window_import(UmkAppWindow *self, UmkAppImport *import);

G_END_DECLS
