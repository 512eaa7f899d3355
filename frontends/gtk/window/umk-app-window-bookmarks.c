/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bookmarks of the collection that is shown: the button beside its name, the keys, and
 * what becomes of one that is gone to or taken away. */
#include "umk-app-window-parts.h"

#include "umk-app-bookmark-list.h"

#include <glib/gi18n.h>

static void
add_named(UmkAppWindow *self, const char *name)
{
    UmkAppSession *session = _umk_app_window_take_session(self);

    if (session == NULL)
        return;
    /* what is asked and looked at is of the moment */
    g_clear_pointer(&session->search, g_free);
    g_clear_pointer(&session->item, g_free);
    umk_app_bookmarks_add(self->bookmarks, name, session);
}

static void
list_add(UmkAppBookmarkList *list, const char *name, UmkAppWindow *self)
{
    add_named(self, name);
}

static void
list_removed(UmkAppBookmarkList *list,
             const char *id,
             const char *name,
             UmkAppWindow *self)
{
    g_autofree char *words = g_strdup_printf(_("“%s” is no bookmark any more"), name);
    g_autofree char *safe = g_markup_escape_text(words, -1);
    AdwToast *toast = adw_toast_new(safe);

    adw_toast_set_button_label(toast, _("_Undo"));
    adw_toast_set_action_name(toast, "win.restore-bookmark");
    adw_toast_set_action_target(toast, "s", id);
    adw_toast_overlay_add_toast(self->toasts, toast);
}

static void
failed(UmkAppBookmarks *bookmarks, const char *why, UmkAppWindow *self)
{
    _umk_app_window_toast(self, why);
}

static void
loaded(UmkAppBookmarks *bookmarks, gpointer session, UmkAppWindow *self)
{
    if (self->source != NULL)
        _umk_app_window_show_session(self, session, _("Go to a Bookmark"));
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppWindow *self)
{
    UmkAppSource *source = umk_app_scene_get_source(scene);

    if (changes & UMK_APP_CHANGED_SOURCE)
        umk_app_bookmarks_set_collection(
            self->bookmarks, source != NULL ? umk_collection_get_uuid(
                                                  umk_app_source_get_collection(source))
                                            : NULL);
}

/* ---- commands ------------------------------------------------------------------------
 */

static void
add_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;

    if (self->source == NULL)
        return;
    add_named(self, NULL);
    _umk_app_window_toast(self, _("What is seen is a bookmark now"));
}

static void
show_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;

    if (self->source == NULL)
        return;
    _umk_app_window_reveal(self->left, TRUE);
    gtk_menu_button_popup(self->bookmarks_button);
}

static void
restore_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    umk_app_bookmarks_restore(((UmkAppWindow *) window)->bookmarks,
                              g_variant_get_string(parameter, NULL));
}

void
_umk_app_window_init_bookmarks(UmkAppWindow *self)
{
    static const GActionEntry entries[] = {
        {"add-bookmark", add_action},
        {"bookmarks", show_action},
        {"restore-bookmark", restore_action, "s"},
    };
    GtkWidget *list;

    self->bookmarks = umk_app_bookmarks_new();
    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
    list = umk_app_bookmark_list_new(self->bookmarks);
    gtk_menu_button_set_popover(self->bookmarks_button, list);
    g_signal_connect_object(list, "add", G_CALLBACK(list_add), self, 0);
    g_signal_connect_object(list, "removed", G_CALLBACK(list_removed), self, 0);
    g_signal_connect_object(self->bookmarks, "failed", G_CALLBACK(failed), self, 0);
    g_signal_connect_object(self->bookmarks, "loaded", G_CALLBACK(loaded), self, 0);
    g_signal_connect_object(self->scene, "changed", G_CALLBACK(scene_changed), self, 0);
}

void
_umk_app_window_free_bookmarks(UmkAppWindow *self)
{
    g_clear_object(&self->bookmarks);
}
