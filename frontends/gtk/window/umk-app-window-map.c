/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies over the map: its tools, the minimap, how many are selected; and the map's
 * work in the foot of the window. */
#include "umk-app-window-parts.h"

#include <glib/gi18n.h>

#define NEAR 60u /* items of the list about the cursor */

static void
show_chosen(UmkAppWindow *self)
{
    gsize n = umk_app_rows_get_n_chosen(umk_app_scene_get_selection(self->scene));
    g_autofree char *text =
        g_strdup_printf(ngettext("%'zu selected", "%'zu selected", n), n);

    gtk_label_set_label(self->chosen_label, n > 0 ? text : "");
    gtk_widget_set_visible(self->chosen, n > 0);
    _umk_app_window_update_actions(self);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppWindow *self)
{
    if (changes & UMK_APP_CHANGED_SELECTION)
        show_chosen(self);
}

static void
job_begins(UmkAppMap *map, UmkAppJob *job, UmkAppWindow *self)
{
    umk_app_job_bar_add(self->jobs, job);
}

static void
job_done(UmkAppMap *map, UmkAppJob *job, const char *problem, UmkAppWindow *self)
{
    umk_app_job_bar_remove(self->jobs, job);
    if (problem != NULL)
        _umk_app_window_toast(self, problem);
}

/* ---- what lies near, as a list -------------------------------------------------------
 */

static void
near_chosen(UmkAppItemList *list, UmkAppRow *row, UmkAppWindow *self)
{
    gtk_popover_popdown(GTK_POPOVER(self->near));
    _umk_app_window_inspect(self, umk_app_row_get_row(row));
}

/* The map's content for those who cannot see it, and for who wants it by name. */
static void
near_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;
    g_autoptr(GListStore) rows = NULL;
    UmkAppItemList *list =
        UMK_APP_ITEM_LIST(gtk_popover_get_child(GTK_POPOVER(self->near)));

    if (self->source == NULL)
        return;
    rows = umk_app_map_list_near(self->map, NEAR);
    umk_app_item_list_set_model(list, G_LIST_MODEL(rows));
    gtk_popover_popup(GTK_POPOVER(self->near));
    umk_app_item_list_reveal(list, 0);
    gtk_widget_grab_focus(GTK_WIDGET(list));
}

static void
make_near(UmkAppWindow *self)
{
    GtkWidget *list = g_object_new(UMK_APP_TYPE_ITEM_LIST, NULL);

    gtk_widget_set_size_request(list, 280, 360);
    gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Items Near the Cursor"), -1);
    self->near = gtk_popover_new();
    gtk_popover_set_child(GTK_POPOVER(self->near), list);
    gtk_popover_set_position(GTK_POPOVER(self->near), GTK_POS_TOP);
    gtk_widget_set_parent(self->near, GTK_WIDGET(self->toolbar));
    g_signal_connect_object(list, "chosen", G_CALLBACK(near_chosen), self, 0);
    gtk_accessible_update_relation(GTK_ACCESSIBLE(self->map),
                                   GTK_ACCESSIBLE_RELATION_DESCRIBED_BY, list, NULL, -1);
}

void
_umk_app_window_bind_map(GtkWidgetClass *klass)
{
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, toolbar);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, minimap);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, chosen);
    gtk_widget_class_bind_template_child(klass, UmkAppWindow, chosen_label);
}

void
_umk_app_window_init_map(UmkAppWindow *self)
{
    static const GActionEntry entries[] = {{"list-near", near_action}};

    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
    make_near(self);
    gtk_widget_insert_action_group(GTK_WIDGET(self), "map",
                                   umk_app_map_get_actions(self->map));
    umk_app_toolbar_set_map(self->toolbar, self->map);
    umk_app_minimap_set_map(self->minimap, self->map);
    g_signal_connect_object(self->map, "job", G_CALLBACK(job_begins), self, 0);
    g_signal_connect_object(self->map, "job-done", G_CALLBACK(job_done), self, 0);
    g_signal_connect_object(self->scene, "changed", G_CALLBACK(scene_changed), self, 0);
}
