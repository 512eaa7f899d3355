/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The left panel's page "Map" and the line below the map: gives the panels the scene and
 * the fields, takes what they tell to the job bar, the toasts and the settings. */
#include "umk-app-window-parts.h"

#include <glib/gi18n.h>

/* ---- colour --------------------------------------------------------------------------
 */

void
_umk_app_window_colour_map(UmkAppWindow *self)
{
    UmkAppClasses *axis;

    if (self->source == NULL)
        return;
    axis = _umk_app_window_get_axis_classes(self);
    gtk_widget_set_visible(GTK_WIDGET(self->colour), axis == NULL);
    if (axis != NULL)
        umk_app_scene_set_classes(self->scene, axis, NULL);
    else
        umk_app_colouring_apply(self->colouring);
}

static void
colour_chosen(UmkAppColouring *colouring, const char *name, UmkAppWindow *self)
{
    if (self->settings != NULL)
        g_settings_set_string(self->settings, "colour-by", name);
}

/* ---- what the panels tell ------------------------------------------------------------
 */

static void
job_begun(GtkWidget *panel, UmkAppJob *job, UmkAppWindow *self)
{
    umk_app_job_bar_add(self->jobs, job);
}

static void
typical_chosen(UmkAppClusters *clusters, guint row, UmkAppWindow *self)
{
    _umk_app_window_inspect(self, row);
}

static void
told(GtkWidget *panel, const char *text, UmkAppWindow *self)
{
    _umk_app_window_toast(self, text);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppWindow *self)
{
    if (changes & UMK_APP_CHANGED_SOURCE)
        umk_app_fields_set_source(self->fields, umk_app_scene_get_source(scene),
                                  umk_app_scene_is_seen(scene));
}

static void
scene_seen(UmkAppScene *scene, UmkAppWindow *self)
{
    umk_app_fields_begin(self->fields);
}

/* ---- commands ------------------------------------------------------------------------
 */

static void
lay_out_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;
    const char *method = g_variant_get_string(parameter, NULL);

    if (*method != '\0')
        umk_app_projector_set_method(self->projector, method);
    umk_app_projector_lay_out(self->projector, FALSE);
}

static void
colour_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    umk_app_colouring_choose(((UmkAppWindow *) window)->colouring,
                             g_variant_get_string(parameter, NULL));
}

static void
pause_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppJob *job = umk_app_projector_get_job(((UmkAppWindow *) window)->projector);

    if (job != NULL)
        umk_app_job_set_paused(job, !umk_app_job_is_paused(job));
}

static void
cancel_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    umk_app_projector_cancel(((UmkAppWindow *) window)->projector);
}

static void
recipe_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    umk_app_status_popup(((UmkAppWindow *) window)->status_line);
}

static void
clear_filter_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    umk_app_facets_clear(((UmkAppWindow *) window)->facets);
}

/* What is typed or chosen elsewhere takes Escape first. */
static gboolean
key_pressed(GtkEventControllerKey *controller,
            guint key,
            guint code,
            GdkModifierType modifiers,
            UmkAppWindow *self)
{
    if (key != GDK_KEY_Escape || umk_app_projector_get_job(self->projector) == NULL)
        return FALSE;
    umk_app_projector_cancel(self->projector);
    return TRUE;
}

/* ---- life ----------------------------------------------------------------------------
 */

/* Closing in the middle of anything: nothing waits, nothing comes any more. */
void
_umk_app_window_cancel_panel(UmkAppWindow *self)
{
    umk_app_projector_cancel(self->projector);
    umk_app_colouring_cancel(self->colouring);
    umk_app_clusters_cancel(self->clusters);
    umk_app_status_cancel(self->status_line);
    umk_app_status_popdown(self->status_line);
    umk_app_fields_stop(self->fields);
}

void
_umk_app_window_init_panel(UmkAppWindow *self)
{
    static const GActionEntry entries[] = {
        {"lay-out", lay_out_action, "s"},      {"pause-layout", pause_action},
        {"cancel-layout", cancel_action},      {"recipe", recipe_action},
        {"clear-filter", clear_filter_action}, {"colour-by", colour_action, "s"},
    };
    GtkEventController *keys = gtk_event_controller_key_new();

    self->fields = umk_app_fields_new();
    self->colour = umk_app_colouring_get_drop_down(self->colouring);
    self->status = umk_app_status_get_label(self->status_line);
    umk_app_layers_set_scene(self->layers, self->scene, self->fields);
    umk_app_projector_set_scene(self->projector, self->scene, self->fields);
    umk_app_colouring_set_scene(self->colouring, self->scene, self->fields);
    umk_app_legend_set_scene(self->legend, self->scene);
    g_signal_connect_object(self->clusters, "job", G_CALLBACK(job_begun), self, 0);
    g_signal_connect_object(self->clusters, "chosen", G_CALLBACK(typical_chosen), self,
                            0);
    umk_app_clusters_set_scene(self->clusters, self->scene);
    umk_app_facets_set_scene(self->facets, self->scene, self->fields);
    umk_app_status_set_scene(self->status_line, self->scene);
    g_signal_connect_object(self->projector, "job", G_CALLBACK(job_begun), self, 0);
    g_signal_connect_object(self->projector, "failed", G_CALLBACK(told), self, 0);
    g_signal_connect_object(self->colouring, "job", G_CALLBACK(job_begun), self, 0);
    g_signal_connect_object(self->colouring, "failed", G_CALLBACK(told), self, 0);
    g_signal_connect_object(self->colouring, "chosen", G_CALLBACK(colour_chosen), self,
                            0);
    g_signal_connect_object(self->status_line, "copied", G_CALLBACK(told), self, 0);
    g_signal_connect_object(self->scene, "changed", G_CALLBACK(scene_changed), self, 0);
    g_signal_connect_object(self->scene, "seen", G_CALLBACK(scene_seen), self, 0);
    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
    g_signal_connect_object(keys, "key-pressed", G_CALLBACK(key_pressed), self, 0);
    gtk_widget_add_controller(GTK_WIDGET(self), keys);
}

void
_umk_app_window_bind_panel(UmkAppWindow *self)
{
    g_autofree char *colour =
        self->settings ? g_settings_get_string(self->settings, "colour-by") : NULL;

    if (colour != NULL)
        umk_app_colouring_prefer(self->colouring, colour);
}
