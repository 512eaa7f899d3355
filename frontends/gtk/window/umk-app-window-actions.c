/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of the window, each an action so that menu, button and key do the same. */
#include "umk-app-window-parts.h"

#include "umk-app-query.h"

#include <glib/gi18n.h>

/* ---- choosing files
 * ------------------------------------------------------------------------- */

static char **
chosen_paths(GtkFileChooser *chooser)
{
    g_autoptr(GListModel) files = gtk_file_chooser_get_files(chooser);
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();

    for (guint i = 0; i < g_list_model_get_n_items(files); i++) {
        g_autoptr(GFile) file = g_list_model_get_item(files, i);
        g_autofree char *path = g_file_get_path(file);

        if (path != NULL)
            g_strv_builder_add(paths, path);
    }
    return g_strv_builder_end(paths);
}

typedef void (*Chosen)(UmkAppWindow *self, const char *const *paths);

static void
chooser_responded(GtkNativeDialog *dialog, int response, UmkAppWindow *self)
{
    Chosen chosen = (Chosen) (gpointer) g_object_get_data(G_OBJECT(dialog), "umk-chosen");
    g_auto(GStrv) paths =
        response == GTK_RESPONSE_ACCEPT ? chosen_paths(GTK_FILE_CHOOSER(dialog)) : NULL;

    g_clear_object(&self->chooser);
    if (paths != NULL && paths[0] != NULL)
        chosen(self, (const char *const *) paths);
}

static GtkFileChooser *
choose(UmkAppWindow *self,
       const char *title,
       GtkFileChooserAction action,
       const char *accept,
       Chosen chosen)
{
    g_clear_object(&self->chooser);
    self->chooser =
        gtk_file_chooser_native_new(title, GTK_WINDOW(self), action, accept, NULL);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(self->chooser), TRUE);
    g_object_set_data(G_OBJECT(self->chooser), "umk-chosen", (gpointer) chosen);
    g_signal_connect_object(self->chooser, "response", G_CALLBACK(chooser_responded),
                            self, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(self->chooser));
    return GTK_FILE_CHOOSER(self->chooser);
}

static void
open_chosen(UmkAppWindow *self, const char *const *paths)
{
    umk_app_window_open_path(self, paths[0]);
}

static void
create_chosen(UmkAppWindow *self, const char *const *paths)
{
    _umk_app_window_create(self, paths[0]);
}

static void
search_chosen(UmkAppWindow *self, const char *const *paths)
{
    UmkModality modality;

    if (umk_app_query_guess_modality(paths[0], &modality))
        _umk_app_window_ask_file(self, paths[0], modality);
    else
        _umk_app_window_toast(self, _("Only pictures and sounds can be searched with"));
}

static void
open_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    choose(window, _("Open a Collection"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
           _("_Open"), open_chosen);
}

/* Whatever it is: a collection is opened, anything else is asked about. */
static void
any_file_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    GtkFileChooser *chooser =
        choose(window, _("Open a File"), GTK_FILE_CHOOSER_ACTION_OPEN, _("_Open"),
               _umk_app_window_take);

    gtk_file_chooser_set_select_multiple(chooser, TRUE);
}

static void
any_folder_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    choose(window, _("Open a Folder"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Open"),
           _umk_app_window_take);
}

static void
create_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    GtkFileChooser *chooser =
        choose(window, _("Make a Collection"), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Make"),
               create_chosen);

    gtk_file_chooser_set_current_name(chooser, _("My Collection.ume"));
}

static void
add_files_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    GtkFileChooser *chooser = choose(window, _("Add Files"), GTK_FILE_CHOOSER_ACTION_OPEN,
                                     _("_Add"), _umk_app_window_offer);

    gtk_file_chooser_set_select_multiple(chooser, TRUE);
}

static void
add_folder_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    choose(window, _("Add a Folder"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Add"),
           _umk_app_window_offer);
}

static void
search_file_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    GtkFileChooser *chooser =
        choose(window, _("Search by Picture or Sound"), GTK_FILE_CHOOSER_ACTION_OPEN,
               _("_Search"), search_chosen);
    g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();

    gtk_file_filter_set_name(filter, _("Pictures and sounds"));
    gtk_file_filter_add_mime_type(filter, "image/*");
    gtk_file_filter_add_mime_type(filter, "audio/*");
    gtk_file_chooser_add_filter(chooser, filter);
}

/* ---- the rest
 * --------------------------------------------------------------------------------- */

static void
open_path_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    umk_app_window_open_path(window, g_variant_get_string(parameter, NULL));
}

static void
cancel_opening_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    _umk_app_window_cancel_opening(window);
}

static void
open_sample_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    _umk_app_window_open_sample(
        window, parameter != NULL ? g_variant_get_string(parameter, NULL) : "garden");
}

static void
search_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    GtkEditable *box = GTK_EDITABLE(((UmkAppWindow *) window)->search);

    gtk_widget_grab_focus(GTK_WIDGET(box));
    gtk_editable_select_region(box, 0, -1);
}

static void
clear_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    _umk_app_window_clear_search(window);
}

static void
show_anyway_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    _umk_app_window_show_anyway(window);
}

static void
step(UmkAppWindow *self, int way)
{
    if (umk_app_history_can_step(&self->history, way))
        _umk_app_window_visit(self, umk_app_history_step(&self->history, way));
}

static void
back_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    step(window, -1);
}

static void
forward_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    step(window, 1);
}

static void
fit_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    umk_app_map_fit(((UmkAppWindow *) window)->map);
}

static void
zoom_in_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    umk_app_map_zoom(((UmkAppWindow *) window)->map, 1.4);
}

static void
zoom_out_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    umk_app_map_zoom(((UmkAppWindow *) window)->map, 1 / 1.4);
}

static void
play_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;

    if (!umk_app_inspector_play(self->inspector))
        _umk_app_window_toast(self, _("This item is no sound"));
}

static void
focus_map_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    gtk_widget_grab_focus(GTK_WIDGET(((UmkAppWindow *) window)->map));
}

static void
focus_list_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;

    _umk_app_window_reveal(self->left, TRUE);
    gtk_stack_set_visible_child_name(self->left_pages, "items");
    _umk_app_window_focus_results(self);
}

static void
neighbours_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;

    _umk_app_window_reveal(self->right, TRUE);
    gtk_stack_set_visible_child_name(self->right_pages, "neighbours");
    gtk_widget_grab_focus(GTK_WIDGET(self->neighbours));
}

void
_umk_app_window_init_actions(UmkAppWindow *self)
{
    static const GActionEntry entries[] = {
        {"open", open_action},
        {"open-file", any_file_action},
        {"open-folder", any_folder_action},
        {"open-path", open_path_action, "s"},
        {"cancel-opening", cancel_opening_action},
        {"open-sample", open_sample_action},
        {"open-sample-named", open_sample_action, "s"},
        {"new-collection", create_action},
        {"add-files", add_files_action},
        {"add-folder", add_folder_action},
        {"search", search_action},
        {"search-file", search_file_action},
        {"clear-search", clear_action},
        {"show-anyway", show_anyway_action},
        {"back", back_action},
        {"forward", forward_action},
        {"fit", fit_action},
        {"zoom-in", zoom_in_action},
        {"zoom-out", zoom_out_action},
        {"play", play_action},
        {"focus-map", focus_map_action},
        {"focus-list", focus_list_action},
        {"neighbours", neighbours_action},
    };

    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
}
