/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies over the map: its tools, the minimap, how many are selected; and the map's
 * work in the foot of the window. */
#include "umk-app-window-parts.h"

#include <glib/gi18n.h>

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
    gtk_widget_insert_action_group(GTK_WIDGET(self), "map",
                                   umk_app_map_get_actions(self->map));
    umk_app_toolbar_set_map(self->toolbar, self->map);
    umk_app_minimap_set_map(self->minimap, self->map);
    g_signal_connect(self->map, "job", G_CALLBACK(job_begins), self);
    g_signal_connect(self->map, "job-done", G_CALLBACK(job_done), self);
    g_signal_connect_object(self->scene, "changed", G_CALLBACK(scene_changed), self, 0);
}
