/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is dropped on the window: a collection is opened, one picture or sound is searched
 * with, anything else is offered to be added. */
#include "umk-app-window-parts.h"

#include "umk-app-query.h"

#include <glib/gi18n.h>

static void
add_confirmed(AdwMessageDialog *dialog, const char *response, UmkAppWindow *self)
{
    char **paths = g_object_get_data(G_OBJECT(dialog), "umk-paths");

    if (g_str_equal(response, "add"))
        _umk_app_window_add(self, (const char *const *) paths);
}

static void
offer_to_add(UmkAppWindow *self, char **paths)
{
    guint n = g_strv_length(paths);
    g_autofree char *name = umk_app_source_dup_name(self->source);
    g_autofree char *text = g_strdup_printf(
        ngettext("%u file or folder will be embedded and added to “%s”.",
                 "%u files or folders will be embedded and added to “%s”.", n),
        n, name);
    AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(
        adw_message_dialog_new(GTK_WINDOW(self), _("Add to the Collection?"), text));

    adw_message_dialog_add_response(dialog, "cancel", _("_Cancel"));
    adw_message_dialog_add_response(dialog, "add", _("_Add"));
    adw_message_dialog_set_response_appearance(dialog, "add", ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_default_response(dialog, "add");
    adw_message_dialog_set_close_response(dialog, "cancel");
    g_object_set_data_full(G_OBJECT(dialog), "umk-paths", g_strdupv(paths),
                           (GDestroyNotify) g_strfreev);
    g_signal_connect_object(dialog, "response", G_CALLBACK(add_confirmed), self, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

static gboolean
take(UmkAppWindow *self, char **paths)
{
    UmkModality modality;

    if (paths[0] == NULL)
        return FALSE;
    if (paths[1] == NULL && umk_collection_probe(paths[0]))
        umk_app_window_open_path(self, paths[0]);
    else if (self->source == NULL)
        _umk_app_window_toast(
            self, _("Open or make a collection first, then drop files on it"));
    else if (paths[1] == NULL && umk_app_query_guess_modality(paths[0], &modality))
        _umk_app_window_ask_file(self, paths[0], modality);
    else
        offer_to_add(self, paths);
    return TRUE;
}

static gboolean
dropped(
    GtkDropTarget *target, const GValue *value, double x, double y, UmkAppWindow *self)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_auto(GStrv) paths = NULL;
    GdkDrop *drop = gtk_drop_target_get_current_drop(target);

    /* what was dragged out of this very window is in the collection already */
    if (drop != NULL && gdk_drop_get_drag(drop) != NULL)
        return FALSE;
    for (GSList *link = g_value_get_boxed(value); link != NULL; link = link->next) {
        g_autofree char *path = g_file_get_path(link->data);

        if (path != NULL)
            g_strv_builder_add(builder, path);
    }
    paths = g_strv_builder_end(builder);
    return take(self, paths);
}

void
_umk_app_window_init_drop(UmkAppWindow *self)
{
    GtkDropTarget *target = gtk_drop_target_new(GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

    g_signal_connect(target, "drop", G_CALLBACK(dropped), self);
    gtk_widget_add_controller(GTK_WIDGET(self->toasts), GTK_EVENT_CONTROLLER(target));
}
