/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What leaves the window: the picture of the map, and the items that are selected or
 * shown. A dialog asks how, the desktop's own asks where, a job writes. */
#include "umk-app-window-parts.h"

#include "umk-app-items-dialog.h"
#include "umk-app-picture-dialog.h"

#include <glib/gi18n.h>

typedef struct {
    UmkAppFigure *figure; /* one of the two */
    UmkAppItemsFile *items;
    char *path;
    gsize n_written;
} Export;

static void
export_free(gpointer data)
{
    Export *export = data;

    umk_app_figure_free(export->figure);
    umk_app_items_file_free(export->items);
    g_free(export->path);
    g_free(export);
}

/* ---- writing -------------------------------------------------------------------------
 */

static gpointer
write_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    Export *export = data;
    gboolean ok =
        export->figure != NULL
            ? umk_app_figure_write(export->figure, export->path, cancellable,
                                   umk_app_job_progress, job, error)
            : umk_app_items_file_write(export->items, export->path, &export->n_written,
                                       cancellable, umk_app_job_progress, job, error);
    Export *result;

    if (!ok)
        return NULL;
    result = g_new0(Export, 1);
    result->path = g_strdup(export->path);
    result->n_written = export->n_written;
    return result;
}

/* A toast that leads to the file. */
static void
toast_saved(UmkAppWindow *self, const char *text, const char *path)
{
    g_autofree char *safe = g_markup_escape_text(text, -1);
    AdwToast *toast = adw_toast_new(safe);

    adw_toast_set_button_label(toast, _("_Show in Folder"));
    adw_toast_set_action_name(toast, "win.show-in-folder");
    adw_toast_set_action_target(toast, "s", path);
    adw_toast_set_timeout(toast, 8);
    adw_toast_overlay_add_toast(self->toasts, toast);
}

static void
written(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    Export *export = result;
    g_autofree char *name = NULL, *text = NULL;

    umk_app_job_bar_remove(self->jobs, job);
    if (export == NULL) {
        if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            _umk_app_window_toast(self, error->message);
        return;
    }
    name = g_filename_display_basename(export->path);
    if (export->n_written > 0)
        /* Translators: number of items, name of a file */
        text = g_strdup_printf(ngettext("%'zu item saved in “%s”",
                                        "%'zu items saved in “%s”", export->n_written),
                               export->n_written, name);
    else
        text = g_strdup_printf(_("Saved “%s”"), name);
    toast_saved(self, text, export->path);
    export_free(export);
}

static void
start(UmkAppWindow *self, const char *title, Export *export)
{
    g_autoptr(UmkAppJob) job = umk_app_job_start(title, write_work, export, export_free,
                                                 export_free, written, G_OBJECT(self));

    umk_app_job_bar_add(self->jobs, job);
}

/* The view that is on the screen, in the plane of the points. */
static void
fill_window(UmkAppWindow *self, double window[4])
{
    UmkAppView view;

    view = *umk_app_map_get_view(self->map);
    window[0] = view.x - view.width / 2 / view.scale;
    window[1] = view.y - view.height / 2 / view.scale;
    window[2] = view.x + view.width / 2 / view.scale;
    window[3] = view.y + view.height / 2 / view.scale;
}

/* path: with a suffix that says the format. */
void
_umk_app_window_write_picture(UmkAppWindow *self,
                              const char *path,
                              const UmkAppFigureStyle *style)
{
    UmkAppFigureStyle own = *style;
    Export *export = g_new0(Export, 1);

    if (own.windowed)
        fill_window(self, own.window);
    export->figure = umk_app_figure_new(self->scene, &own);
    export->path = g_strdup(path);
    if (export->figure == NULL)
        export_free(export);
    else
        start(self, _("Drawing the picture"), export);
}

void
_umk_app_window_write_items(UmkAppWindow *self,
                            const char *path,
                            const UmkAppItemsStyle *style)
{
    Export *export = g_new0(Export, 1);

    export->items = umk_app_items_file_new(self->scene, style);
    export->path = g_strdup(path);
    if (export->items == NULL)
        export_free(export);
    else
        start(self, _("Writing items"), export);
}

/* ---- where ---------------------------------------------------------------------------
 */

/* What waits for the desktop's dialog. */
typedef struct {
    const char *format;
    gboolean is_picture;
    UmkAppFigureStyle figure;
    UmkAppItemsStyle items;
} Order;

static void
chooser_responded(GtkNativeDialog *dialog, int response, UmkAppWindow *self)
{
    const Order *order = g_object_get_data(G_OBJECT(dialog), "umk-order");
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    g_autofree char *path = file != NULL ? g_file_get_path(file) : NULL;
    g_autofree char *suffix = g_strconcat(".", order->format, NULL);

    if (response == GTK_RESPONSE_ACCEPT && path != NULL) {
        /* The format was chosen before; a name without it would say another. */
        g_autofree char *full = g_str_has_suffix(path, suffix)
                                    ? g_strdup(path)
                                    : g_strconcat(path, suffix, NULL);

        if (order->is_picture)
            _umk_app_window_write_picture(self, full, &order->figure);
        else
            _umk_app_window_write_items(self, full, &order->items);
    }
    g_clear_object(&self->chooser);
}

static void
choose_place(UmkAppWindow *self, const char *title, Order *order)
{
    g_autofree char *name = umk_app_source_dup_name(self->source);
    g_autofree char *file = g_strdup_printf("%s.%s", name, order->format);

    g_clear_object(&self->chooser);
    self->chooser = gtk_file_chooser_native_new(
        title, GTK_WINDOW(self), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), NULL);
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(self->chooser), file);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(self->chooser), TRUE);
    g_object_set_data_full(G_OBJECT(self->chooser), "umk-order", order, g_free);
    g_signal_connect_object(self->chooser, "response", G_CALLBACK(chooser_responded),
                            self, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(self->chooser));
}

static void
picture_ready(UmkAppPictureDialog *dialog, UmkAppWindow *self)
{
    Order *order = g_new0(Order, 1);

    order->format = umk_app_picture_dialog_get_format(dialog);
    order->is_picture = TRUE;
    umk_app_picture_dialog_get_style(dialog, &order->figure);
    choose_place(self, _("Export the Picture"), order);
}

static void
items_ready(UmkAppItemsDialog *dialog, UmkAppWindow *self)
{
    Order *order = g_new0(Order, 1);

    order->format = umk_app_items_dialog_get_format(dialog);
    umk_app_items_dialog_get_style(dialog, &order->items);
    choose_place(self, _("Export Items"), order);
}

/* ---- commands ------------------------------------------------------------------------
 */

static void
picture_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;
    UmkAppPictureDialog *dialog =
        umk_app_picture_dialog_new(GTK_WINDOW(self), self->settings);

    g_signal_connect_object(dialog, "save", G_CALLBACK(picture_ready), self, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

static void
items_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;
    UmkAppRows *shown = umk_app_filter_get_rows(umk_app_scene_get_filter(self->scene));
    UmkAppItemsDialog *dialog = umk_app_items_dialog_new(
        GTK_WINDOW(self), self->settings,
        umk_app_rows_get_n_chosen(umk_app_scene_get_selection(self->scene)),
        shown != NULL ? umk_app_rows_get_n_chosen(shown)
                      : umk_app_source_get_n_items(self->source));

    g_signal_connect_object(dialog, "save", G_CALLBACK(items_ready), self, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

/* Without a file manager that can point at a file, its folder is opened. */
static void
pointed(GObject *bus, GAsyncResult *result, gpointer data)
{
    g_autofree char *uri = data;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, NULL);
    g_autoptr(GFile) file = g_file_new_for_uri(uri);
    g_autoptr(GFile) folder = g_file_get_parent(file);
    g_autofree char *folder_uri = folder != NULL ? g_file_get_uri(folder) : NULL;

    if (answer == NULL && folder_uri != NULL)
        g_app_info_launch_default_for_uri_async(folder_uri, NULL, NULL, NULL, NULL);
}

static void
show_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    GDBusConnection *bus = g_application_get_dbus_connection(g_application_get_default());
    char *uri = g_filename_to_uri(g_variant_get_string(parameter, NULL), NULL, NULL);
    const char *uris[] = {uri, NULL};

    if (bus == NULL || uri == NULL) {
        g_free(uri);
        return;
    }
    g_dbus_connection_call(
        bus, "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1",
        "org.freedesktop.FileManager1", "ShowItems", g_variant_new("(^ass)", uris, ""),
        NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, pointed, uri);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppWindow *self)
{
    static const char *const names[] = {"export-picture", "export-items"};

    for (guint i = 0; changes & UMK_APP_CHANGED_SOURCE && i < G_N_ELEMENTS(names); i++) {
        GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self), names[i]);

        g_simple_action_set_enabled(G_SIMPLE_ACTION(action),
                                    umk_app_scene_get_source(scene) != NULL);
    }
}

void
_umk_app_window_init_export(UmkAppWindow *self)
{
    static const GActionEntry entries[] = {
        {"export-picture", picture_action},
        {"export-items", items_action},
        {"show-in-folder", show_action, "s"},
    };

    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
    g_signal_connect_object(self->scene, "changed", G_CALLBACK(scene_changed), self, 0);
    scene_changed(self->scene, UMK_APP_CHANGED_ALL, self);
}
