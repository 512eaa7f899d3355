/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A step back and a step forward. Their keys reach the window only where no entry wants
 * them: a text that is being typed has its own steps. */
#include "umk-app-window-parts.h"

static void
undo_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    umk_app_scene_undo(((UmkAppWindow *) window)->scene);
}

static void
redo_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    umk_app_scene_redo(((UmkAppWindow *) window)->scene);
}

static void
set_enabled(UmkAppWindow *self, const char *name, gboolean enabled)
{
    GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self), name);

    g_simple_action_set_enabled(G_SIMPLE_ACTION(action), enabled);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppWindow *self)
{
    if (!(changes & UMK_APP_CHANGED_HISTORY))
        return;
    set_enabled(self, "undo", umk_app_scene_get_undo_deed(scene) != NULL);
    set_enabled(self, "redo", umk_app_scene_get_redo_deed(scene) != NULL);
}

static void
add_key(GtkEventController *keys, const char *key, const char *action)
{
    gtk_shortcut_controller_add_shortcut(
        GTK_SHORTCUT_CONTROLLER(keys),
        gtk_shortcut_new(gtk_shortcut_trigger_parse_string(key),
                         gtk_named_action_new(action)));
}

void
_umk_app_window_init_history(UmkAppWindow *self)
{
    GtkEventController *keys = gtk_shortcut_controller_new();

    static const GActionEntry entries[] = {
        {"undo", undo_action},
        {"redo", redo_action},
    };

    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
    add_key(keys, "<Control>z", "win.undo");
    add_key(keys, "<Control><Shift>z", "win.redo");
    add_key(keys, "<Control>y", "win.redo");
    gtk_widget_add_controller(GTK_WIDGET(self), keys);
    g_signal_connect_object(self->scene, "changed", G_CALLBACK(scene_changed), self, 0);
    scene_changed(self->scene, UMK_APP_CHANGED_ALL, self);
}
