/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Another program may add to the collection that is shown, or take it away. The window
 * says so and offers the next step; what is shown stays, for it is in memory. */
#include "umk-app-window-parts.h"

#include <glib/gi18n.h>

#define SETTLE 700 /* ms after the last change of a file */

struct _UmkAppWindowWatch {
    GFileMonitor *monitor;
    guint timeout;
    UmkAppJob *looking;
};

typedef struct {
    gboolean is_there;
    guint64 sequence;
} State;

static gpointer
look_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    State *state = g_new0(State, 1);
    g_autoptr(UmkCollection) collection = NULL;

    state->is_there = umk_collection_probe(data);
    collection = state->is_there ? umk_collection_open(data, UMK_OPEN_READ, NULL) : NULL;
    if (collection != NULL)
        state->sequence = umk_collection_get_sequence(collection);
    return state;
}

static void
show_notice(UmkAppWindow *self, const char *text, gboolean can_reload)
{
    gtk_label_set_label(self->notice_label, text);
    gtk_widget_set_visible(self->notice_reload, can_reload);
    gtk_widget_set_visible(GTK_WIDGET(self->notice), TRUE);
    gtk_info_bar_set_revealed(self->notice, TRUE);
}

static void
looked(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    g_autofree State *state = result;

    if (self->watch == NULL || job != self->watch->looking)
        return;
    g_clear_object(&self->watch->looking);
    if (self->source == NULL || state == NULL)
        return;
    if (!state->is_there)
        show_notice(self,
                    _("The collection is not where it was; what is shown stays until you "
                      "close it"),
                    FALSE);
    else if (state->sequence != umk_collection_get_sequence(
                                    umk_app_source_get_collection(self->source)) &&
             state->sequence != umk_app_tags_keeper_get_sequence(self->tags))
        show_notice(self, _("Another program has changed this collection"), TRUE);
}

static gboolean
settled(gpointer data)
{
    UmkAppWindow *self = data;
    UmkAppWindowWatch *watch = self->watch;

    /* the window's own work changes files as well, and opens them anew when it is done */
    if (umk_app_job_bar_get_n_jobs(self->jobs) > 0 || watch->looking != NULL ||
        !umk_app_tags_keeper_is_settled(self->tags))
        return G_SOURCE_CONTINUE;
    watch->timeout = 0;
    if (self->source != NULL)
        watch->looking =
            umk_app_job_start(_("Looking at the collection"), look_work,
                              g_strdup(umk_app_source_get_path(self->source)), g_free,
                              g_free, looked, G_OBJECT(self));
    return G_SOURCE_REMOVE;
}

static void
file_changed(GFileMonitor *monitor,
             GFile *file,
             GFile *other,
             GFileMonitorEvent event,
             UmkAppWindow *self)
{
    if (self->watch == NULL)
        return;
    g_clear_handle_id(&self->watch->timeout, g_source_remove);
    self->watch->timeout = g_timeout_add(SETTLE, settled, self);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppWindow *self)
{
    UmkAppSource *source = umk_app_scene_get_source(scene);
    g_autoptr(GFile) file = NULL;

    if (self->watch == NULL || !(changes & UMK_APP_CHANGED_SOURCE))
        return;
    gtk_info_bar_set_revealed(self->notice, FALSE);
    g_clear_object(&self->watch->monitor);
    g_clear_handle_id(&self->watch->timeout, g_source_remove);
    g_clear_object(&self->watch->looking);
    if (source == NULL)
        return;
    file = g_file_new_for_path(umk_app_source_get_path(source));
    self->watch->monitor =
        g_file_monitor_directory(file, G_FILE_MONITOR_NONE, NULL, NULL);
    if (self->watch->monitor != NULL)
        g_signal_connect_object(self->watch->monitor, "changed", G_CALLBACK(file_changed),
                                self, 0);
}

static void
reload_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;

    gtk_info_bar_set_revealed(self->notice, FALSE);
    if (self->source != NULL)
        umk_app_window_open_path(self, umk_app_source_get_path(self->source));
}

static void
notice_answered(GtkInfoBar *bar, int response, UmkAppWindow *self)
{
    gtk_info_bar_set_revealed(bar, FALSE);
}

void
_umk_app_window_init_watch(UmkAppWindow *self)
{
    static const GActionEntry entries[] = {{"reload", reload_action}};

    self->watch = g_new0(UmkAppWindowWatch, 1);
    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
    g_signal_connect_object(self->notice, "response", G_CALLBACK(notice_answered), self,
                            0);
    g_signal_connect_object(self->scene, "changed", G_CALLBACK(scene_changed), self, 0);
}

void
_umk_app_window_free_watch(UmkAppWindow *self)
{
    UmkAppWindowWatch *watch = g_steal_pointer(&self->watch);

    if (watch == NULL)
        return;
    g_clear_object(&watch->monitor);
    g_clear_handle_id(&watch->timeout, g_source_remove);
    g_clear_object(&watch->looking);
    g_free(watch);
}
