/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Items that came after the map that is shown: a bar says how many, and offers to place
 * them on it or to lay all out again. It follows the layout, so a step back brings it
 * back. */
#include "umk-app-window-parts.h"

#include "umk-app-place.h"

#include <glib/gi18n.h>

static gsize
n_missing(UmkAppWindow *self)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);

    return self->source != NULL && layout != NULL && !umk_app_scene_is_live(self->scene)
               ? layout->n_missing
               : 0;
}

static void
show(UmkAppWindow *self)
{
    UmkAppLayout *layout = umk_app_scene_get_layout(self->scene);
    gsize n = n_missing(self);
    g_autofree char *text =
        g_strdup_printf(ngettext("%'zu new item is not on this map",
                                 "%'zu new items are not on this map", n),
                        n);
    gboolean can = n > 0 && umk_app_place_can(layout);
    GAction *place = g_action_map_lookup_action(G_ACTION_MAP(self), "place-items");
    GAction *again = g_action_map_lookup_action(G_ACTION_MAP(self), "lay-out-again");

    g_simple_action_set_enabled(G_SIMPLE_ACTION(place), can && self->placing == NULL);
    g_simple_action_set_enabled(G_SIMPLE_ACTION(again), n > 0);
    if (n > 0)
        gtk_label_set_label(self->missing_label, text);
    gtk_widget_set_visible(self->missing_place, can);
    gtk_widget_set_visible(GTK_WIDGET(self->missing), n > 0);
    gtk_info_bar_set_revealed(self->missing, n > 0);
}

static void
drop_job(UmkAppWindow *self)
{
    if (self->placing != NULL)
        umk_app_job_cancel(self->placing);
    g_clear_object(&self->placing);
}

static void
placed(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    g_autoptr(UmkAppLayout) layout = result;

    umk_app_job_bar_remove(self->jobs, job);
    if (job != self->placing)
        return;
    g_clear_object(&self->placing);
    if (layout != NULL)
        umk_app_scene_set_layout(self->scene, layout, _("Place New Items"));
    else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        _umk_app_window_toast(self, error->message);
    show(self);
}

static void
place_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;

    if (n_missing(self) == 0 || self->placing != NULL)
        return;
    self->placing = umk_app_place_start(
        self->source, umk_app_scene_get_layout(self->scene), placed, G_OBJECT(self));
    umk_app_job_bar_add(self->jobs, self->placing);
    show(self);
}

/* As the panel says, which follows the layout that is shown. */
static void
again_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;

    drop_job(self);
    umk_app_projector_lay_out(self->projector, TRUE);
}

static void
answered(GtkInfoBar *bar, int response, UmkAppWindow *self)
{
    gtk_info_bar_set_revealed(bar, FALSE);
}

/* What was begun for another layout is not wanted any more. */
static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppWindow *self)
{
    if (!(changes & (UMK_APP_CHANGED_SOURCE | UMK_APP_CHANGED_LAYOUT)))
        return;
    drop_job(self);
    show(self);
}

void
_umk_app_window_cancel_place(UmkAppWindow *self)
{
    drop_job(self);
}

void
_umk_app_window_init_place(UmkAppWindow *self)
{
    static const GActionEntry entries[] = {{"place-items", place_action},
                                           {"lay-out-again", again_action}};

    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
    g_signal_connect_object(self->missing, "response", G_CALLBACK(answered), self, 0);
    g_signal_connect_object(self->scene, "changed", G_CALLBACK(scene_changed), self, 0);
    show(self);
}
