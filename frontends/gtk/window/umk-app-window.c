/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window itself: its parts, its remembered state, and how they show a collection. */
#include "umk-app-window-parts.h"

#include "umk-app-modality.h"
#include "umk-app-recent.h"
#include "umk-app-settings.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE(UmkAppWindow, umk_app_window, ADW_TYPE_APPLICATION_WINDOW)

/* ---- showing a collection
 * ------------------------------------------------------------------- */

static void
show_heading(UmkAppWindow *self)
{
    gsize n = umk_app_source_get_n_items(self->source);
    UmkSpace *space =
        umk_collection_get_space(umk_app_source_get_collection(self->source));
    g_autofree char *name = umk_app_source_dup_name(self->source);
    g_autofree char *count = g_strdup_printf(ngettext("%'zu item", "%'zu items", n), n);
    g_autofree char *held = umk_app_text_hold_together(umk_space_get_name(space));
    /* Translators: number of items, name of the space they share */
    g_autofree char *summary = g_strdup_printf(_("%s in the space “%s”"), count, held);

    gtk_label_set_label(self->name, name);
    gtk_label_set_label(self->summary, summary);
    gtk_window_set_title(GTK_WINDOW(self), name);
}

void
_umk_app_window_show_source(UmkAppWindow *self, UmkAppSource *source)
{
    const char *problem = umk_app_source_get_map_problem(source);
    UmkSpace *space = umk_collection_get_space(umk_app_source_get_collection(source));
    gboolean same =
        self->source != NULL && g_str_equal(umk_app_source_get_path(source),
                                            umk_app_source_get_path(self->source));
    g_autoptr(GMenuModel) recent = NULL;

    _umk_app_window_drop_axis(self);
    g_set_object(&self->source, source);
    g_clear_object(&self->all_items);
    self->all_items = umk_app_collection_model_new(source);
    umk_app_history_reset(&self->history);
    umk_app_inspector_clear(self->inspector);
    umk_app_neighbours_clear(self->neighbours);
    if (!same)
        umk_app_neighbours_set_metric(self->neighbours, umk_space_get_metric(space));
    g_clear_pointer(&self->plain, umk_app_layout_unref);
    umk_app_scene_set_source(self->scene, source);
    umk_app_audit_view_set_source(self->audit, source);
    _umk_app_window_colour_map(self);
    show_heading(self);
    _umk_app_window_clear_search(self);
    gtk_widget_set_visible(GTK_WIDGET(self->map_problem), problem != NULL);
    gtk_widget_set_visible(self->map_tools, problem == NULL);
    gtk_widget_set_visible(GTK_WIDGET(self->toolbar), problem == NULL);
    adw_status_page_set_title(self->map_problem, problem ? _("No Map Yet") : "");
    adw_status_page_set_description(self->map_problem, problem);
    gtk_stack_set_visible_child_name(self->stack, "collection");
    gtk_stack_set_visible_child_name(self->title_stack, "search");
    umk_app_recent_add(umk_app_source_get_path(source));
    recent = umk_app_recent_make_menu();
    adw_split_button_set_menu_model(self->open_button, recent);
    _umk_app_window_update_actions(self);
    gtk_widget_grab_focus(GTK_WIDGET(self->map));
}

/* ---- one item
 * --------------------------------------------------------------------------------- */

/* Looks at an item without a trace in the history. */
void
_umk_app_window_visit(UmkAppWindow *self, guint32 row)
{
    if (self->source == NULL || row >= umk_app_source_get_n_items(self->source))
        return;
    umk_app_map_set_selected(self->map, row);
    umk_app_inspector_show_row(self->inspector, self->source, row);
    umk_app_neighbours_show_row(self->neighbours, self->source,
                                umk_app_scene_get_layout(self->scene), row);
    _umk_app_window_update_actions(self);
}

void
_umk_app_window_inspect(UmkAppWindow *self, guint32 row)
{
    umk_app_history_visit(&self->history, row);
    _umk_app_window_visit(self, row);
    /* one item is looked at: the page of many would not show it */
    if (g_strcmp0(gtk_stack_get_visible_child_name(self->right_pages), "selection") == 0)
        gtk_stack_set_visible_child_name(self->right_pages, "item");
}

static void
map_inspect(UmkAppMap *map, guint row, UmkAppWindow *self)
{
    _umk_app_window_inspect(self, row);
}

static void
row_chosen(GtkWidget *list, UmkAppRow *row, UmkAppWindow *self)
{
    if (umk_app_row_get_source(row) != self->source)
        return;
    _umk_app_window_inspect(self, umk_app_row_get_row(row));
    if (list == GTK_WIDGET(self->list))
        _umk_app_window_make_way(self);
}

/* ---- small things
 * -------------------------------------------------------------------------------- */

void
_umk_app_window_toast(UmkAppWindow *self, const char *text)
{
    g_autofree char *safe = g_markup_escape_text(text, -1);
    AdwToast *toast = adw_toast_new(safe);

    adw_toast_set_timeout(toast, 6);
    adw_toast_overlay_add_toast(self->toasts, toast);
}

static void
set_enabled(UmkAppWindow *self, const char *name, gboolean enabled)
{
    GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self), name);

    g_simple_action_set_enabled(G_SIMPLE_ACTION(action), enabled);
}

void
_umk_app_window_update_actions(UmkAppWindow *self)
{
    static const char *const need_source[] = {
        "add-files", "add-folder", "search",     "search-file", "fit",  "zoom-in",
        "zoom-out",  "focus-map",  "focus-list", "neighbours",  "audit"};
    gboolean open = self->source != NULL;

    for (guint i = 0; i < G_N_ELEMENTS(need_source); i++)
        set_enabled(self, need_source[i], open);
    set_enabled(self, "clear-search", self->question != NULL);
    set_enabled(self, "show-anyway", _umk_app_window_is_withholding(self));
    if (g_action_map_lookup_action(G_ACTION_MAP(self), "select-results") != NULL)
        set_enabled(self, "select-results",
                    self->answer != NULL && !_umk_app_window_is_withholding(self));
    set_enabled(self, "back", open && umk_app_history_can_step(&self->history, -1));
    set_enabled(self, "forward", open && umk_app_history_can_step(&self->history, 1));
    set_enabled(self, "play",
                open && umk_app_map_get_selected(self->map) != UMK_APP_NO_ROW);
    set_enabled(self, "add-to-audit", _umk_app_window_can_add(self));
    set_enabled(self, "save-report", umk_app_audit_view_get_json(self->audit) != NULL);
    gtk_widget_set_visible(self->audit_button, open);
    gtk_widget_set_visible(self->add_button, open);
    gtk_widget_set_visible(self->left_button, open);
    gtk_widget_set_visible(self->right_button, open);
}

gboolean
umk_app_window_is_empty(UmkAppWindow *self)
{
    return self->source == NULL && self->opening == NULL;
}

/* ---- life
 * ----------------------------------------------------------------------------------------
 */

/* all: those too that stay while other things are done. */
static gboolean
pop_down(GtkWidget *widget, gboolean all)
{
    gboolean any = GTK_IS_POPOVER(widget) && gtk_widget_get_visible(widget) &&
                   (all || gtk_popover_get_autohide(GTK_POPOVER(widget)));

    if (any)
        gtk_popover_popdown(GTK_POPOVER(widget));
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        any |= pop_down(child, all);
    return any;
}

/* Faults of GTK 4.8, each a critical. A popover that is open when its window goes asks
 * the window for its focus when there is none any more. A tooltip that is about to be
 * shown over a popover does not learn that this has gone, as it does of a window, and
 * asks a surface that is no more; so it is turned to what lies under the pointer now. */
static void
close_popovers(UmkAppWindow *self, gboolean all)
{
    if (pop_down(GTK_WIDGET(self), all))
        gtk_widget_trigger_tooltip_query(GTK_WIDGET(self));
}

/* A button that is activated is pressed for a quarter of a second before it does what it
 * is for. One that opens a menu would do so when it has gone by then; so it is let go of,
 * as if the pointer had left it. */
static void
let_go(GtkWidget *widget)
{
    GtkWidget *parent = gtk_widget_get_parent(widget);

    if ((GTK_IS_MENU_BUTTON(parent) || GTK_IS_DROP_DOWN(parent)) &&
        gtk_widget_has_css_class(widget, "keyboard-activating")) {
        g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(widget);

        for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
            g_autoptr(GtkEventController) one = g_list_model_get_item(controllers, i);

            if (GTK_IS_GESTURE_CLICK(one))
                g_signal_emit_by_name(one, "cancel", NULL);
        }
    }
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        let_go(child);
}

/* Before the parts of the window are arranged anew. A menu whose button is moved off the
 * screen, if only until the next frame, asks for the place of no monitor (GTK 4.8). */
void
_umk_app_window_close_menus(UmkAppWindow *self)
{
    _umk_app_window_hide_problem(self);
    let_go(GTK_WIDGET(self));
    close_popovers(self, FALSE);
}

/* However the window goes: one that is destroyed gets no request. A menu that has the
 * focus would lose it after it has left the window, and ask that for its focus. */
static void
umk_app_window_unmap(GtkWidget *widget)
{
    close_popovers(UMK_APP_WINDOW(widget), TRUE);
    gtk_window_set_focus(GTK_WINDOW(widget), NULL);
    GTK_WIDGET_CLASS(umk_app_window_parent_class)->unmap(widget);
}

static gboolean
umk_app_window_close_request(GtkWindow *window)
{
    UmkAppWindow *self = UMK_APP_WINDOW(window);

    /* always: a popover may have closed a moment before; and now, because the toolkit
     * turns the tooltip away from the window after this, but before it is unmapped */
    pop_down(GTK_WIDGET(self), TRUE);
    gtk_widget_trigger_tooltip_query(GTK_WIDGET(self));
    _umk_app_window_end_session(self);
    umk_app_job_bar_cancel_all(self->jobs);
    _umk_app_window_cancel_opening(self);
    _umk_app_window_cancel_panel(self);
    _umk_app_window_cancel_place(self);
    umk_app_audit_view_cancel(self->audit);
    umk_app_map_cancel(self->map);
    if (self->finding_axis != NULL)
        umk_app_job_cancel(self->finding_axis);
    if (self->asking != NULL)
        umk_app_job_cancel(self->asking);
    return GTK_WINDOW_CLASS(umk_app_window_parent_class)->close_request(window);
}

/* The parts of a window that goes do so one after the other, while those around them are
 * still connected: what one says then would be told to others that have gone before it.
 * So nobody of ours hears anything from its parts any more. hearers: those around it. */
static void
fall_silent(GtkWidget *part, GSList *hearers)
{
    GSList here = {part, hearers};

    for (GSList *link = hearers; link != NULL; link = link->next)
        g_signal_handlers_disconnect_by_data(part, link->data);
    if (g_str_has_prefix(G_OBJECT_TYPE_NAME(part), "UmkApp"))
        hearers = &here;
    for (GtkWidget *child = gtk_widget_get_first_child(part); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        fall_silent(child, hearers);
}

static void
umk_app_window_dispose(GObject *object)
{
    UmkAppWindow *self = UMK_APP_WINDOW(object);

    fall_silent(GTK_WIDGET(self), NULL);
    _umk_app_window_drop_ask(self);
    _umk_app_window_drop_find(self);
    _umk_app_window_free_session(self);
    _umk_app_window_free_bookmarks(self);
    _umk_app_window_free_watch(self);
    _umk_app_window_cancel_place(self);
    g_clear_object(&self->opening);
    g_clear_object(&self->asking);
    g_clear_pointer(&self->axis, umk_app_audit_axis_free);
    g_clear_pointer(&self->plain, umk_app_layout_unref);
    g_clear_object(&self->finding_axis);
    g_clear_object(&self->answer);
    g_clear_object(&self->chooser);
    g_clear_object(&self->all_items);
    g_clear_object(&self->source);
    g_clear_object(&self->fields);
    g_clear_object(&self->scene);
    g_clear_object(&self->settings);
    g_clear_pointer(&self->question, umk_item_unref);
    umk_app_history_clear(&self->history);
    G_OBJECT_CLASS(umk_app_window_parent_class)->dispose(object);
}

static void
bind_children(GtkWidgetClass *klass)
{
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, toasts);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, open_button);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, add_button);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, left_button);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, right_button);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, title_stack);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, stack);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, list_stack);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, left_pages);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, search);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, welcome);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, loading_label);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, loading_stage);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, name);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, summary);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, list_title);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, list_problem);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, list_notice);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, outside);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, show_anyway);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, status_line);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, failed);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, map_problem);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, left);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, right);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, left_stacked);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, right_stacked);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, layers);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, projector);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, colouring);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, facets);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, filter);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, legend);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, clusters);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, searching);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, list_tools);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, map_tools);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, bookmarks_button);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, list);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, map);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, inspector);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, neighbours);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, jobs);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, audit);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, audit_button);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, axis_plain);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, ask_button);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, ask_label);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, ask_meaning);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, nothing);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, right_pages);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, selection);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, notice);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, notice_label);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, missing);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, missing_label);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, missing_place);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, notice_reload);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, loading_bar);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, loading_cancel);
}

static void
umk_app_window_class_init(UmkAppWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    g_type_ensure(UMK_APP_TYPE_WELCOME);
    g_type_ensure(UMK_APP_TYPE_LEGEND);
    g_type_ensure(UMK_APP_TYPE_CLUSTERS);
    g_type_ensure(UMK_APP_TYPE_LAYERS);
    g_type_ensure(UMK_APP_TYPE_PROJECTOR);
    g_type_ensure(UMK_APP_TYPE_COLOURING);
    g_type_ensure(UMK_APP_TYPE_FACETS);
    g_type_ensure(UMK_APP_TYPE_STATUS);
    g_type_ensure(UMK_APP_TYPE_ITEM_LIST);
    g_type_ensure(UMK_APP_TYPE_MAP);
    g_type_ensure(UMK_APP_TYPE_INSPECTOR);
    g_type_ensure(UMK_APP_TYPE_NEIGHBOURS);
    g_type_ensure(UMK_APP_TYPE_JOB_BAR);
    g_type_ensure(UMK_APP_TYPE_AUDIT_VIEW);
    g_type_ensure(UMK_APP_TYPE_TOOLBAR);
    g_type_ensure(UMK_APP_TYPE_MINIMAP);
    g_type_ensure(UMK_APP_TYPE_SELECTION);
    G_OBJECT_CLASS(klass)->dispose = umk_app_window_dispose;
    widget_class->unmap = umk_app_window_unmap;
    GTK_WINDOW_CLASS(klass)->close_request = umk_app_window_close_request;
    gtk_widget_class_set_template_from_resource(
        widget_class, "/io/github/umekomi/Umekomi/umk-app-window.ui");
    bind_children(widget_class);
    _umk_app_window_bind_map(widget_class);
}

static void
bind_settings(UmkAppWindow *self)
{
    self->settings = umk_app_settings_new();
    if (self->settings == NULL)
        return;
    g_settings_bind(self->settings, "width", self, "default-width",
                    G_SETTINGS_BIND_DEFAULT);
    g_settings_bind(self->settings, "height", self, "default-height",
                    G_SETTINGS_BIND_DEFAULT);
    g_settings_bind(self->settings, "maximized", self, "maximized",
                    G_SETTINGS_BIND_DEFAULT);
    g_settings_bind(self->settings, "left-panel", self->left, "reveal-flap",
                    G_SETTINGS_BIND_DEFAULT);
    g_settings_bind(self->settings, "right-panel", self->right, "reveal-flap",
                    G_SETTINGS_BIND_DEFAULT);
}

static void
umk_app_window_init(UmkAppWindow *self)
{
    g_autoptr(GMenuModel) recent = NULL;

    gtk_widget_init_template(GTK_WIDGET(self));
    umk_app_history_init(&self->history);
    self->scene = umk_app_scene_new();
    umk_app_map_set_scene(self->map, self->scene);
    _umk_app_window_init_panel(self);
    _umk_app_window_init_actions(self);
    _umk_app_window_init_search(self);
    _umk_app_window_init_drop(self);
    _umk_app_window_init_audit(self);
    _umk_app_window_init_axis(self);
    _umk_app_window_init_history(self);
    _umk_app_window_init_map(self);
    _umk_app_window_init_find(self);
    _umk_app_window_init_export(self);
    _umk_app_window_init_session(self);
    _umk_app_window_init_bookmarks(self);
    _umk_app_window_init_watch(self);
    _umk_app_window_init_place(self);
    recent = umk_app_recent_make_menu();
    adw_split_button_set_menu_model(self->open_button, recent);
    g_signal_connect_object(self->map, "inspect", G_CALLBACK(map_inspect), self, 0);
    g_signal_connect_object(self->list, "chosen", G_CALLBACK(row_chosen), self, 0);
    g_signal_connect_object(self->neighbours, "chosen", G_CALLBACK(row_chosen), self, 0);
    gtk_accessible_update_relation(GTK_ACCESSIBLE(self->list),
                                   GTK_ACCESSIBLE_RELATION_LABELLED_BY, self->list_title,
                                   NULL, -1);
    gtk_accessible_update_relation(GTK_ACCESSIBLE(self->map),
                                   GTK_ACCESSIBLE_RELATION_DETAILS, self->list, NULL, -1);
    _umk_app_window_init_flaps(self);
    bind_settings(self);
    _umk_app_window_bind_panel(self);
    _umk_app_window_update_actions(self);
    gtk_widget_grab_focus(GTK_WIDGET(self->welcome));
}

UmkAppWindow *
umk_app_window_new(GtkApplication *application)
{
    return g_object_new(UMK_APP_TYPE_WINDOW, "application", application, NULL);
}
