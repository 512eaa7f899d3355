/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit view in the window: above the map, so that an item of the audit is seen where
 * it stands. Its reports are saved from here. */
#include "umk-app-window-parts.h"

#include <glib/gi18n.h>

#define LANGUAGE "language"

/* ---- items ---------------------------------------------------------------------------
 */

static void
audit_chosen(UmkAppAuditView *view, const char *name, UmkAppWindow *self)
{
    gsize row;

    if (self->source == NULL)
        return;
    if (umk_collection_find_named(umk_app_source_get_collection(self->source), name,
                                  &row))
        _umk_app_window_inspect(self, (guint32) row);
    else
        _umk_app_window_toast(self, _("This item was embedded for the audit; it is not "
                                      "in the collection"));
}

static void
audit_updated(UmkAppAuditView *view, UmkAppWindow *self)
{
    _umk_app_window_update_actions(self);
    _umk_app_window_update_axis(self);
}

/* Of the map, and of both lists, where several lines are selected in one. */
static GListModel *
dup_selected(UmkAppWindow *self)
{
    UmkAppItemList *lists[] = {self->list, umk_app_neighbours_get_list(self->neighbours)};
    GListStore *all = umk_app_map_dup_selected(self->map);

    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autoptr(GListStore) some = NULL;

        if (umk_app_item_list_get_n_selected(lists[i]) < 2)
            continue;
        some = umk_app_item_list_dup_selected(lists[i]);
        for (guint k = 0; k < g_list_model_get_n_items(G_LIST_MODEL(some)); k++) {
            g_autoptr(UmkAppRow) row = g_list_model_get_item(G_LIST_MODEL(some), k);

            g_list_store_append(all, row);
        }
    }
    return G_LIST_MODEL(all);
}

/* What can be added: several selected lines, or the item that is looked at. */
gboolean
_umk_app_window_can_add(UmkAppWindow *self)
{
    UmkAppItemList *neighbours = umk_app_neighbours_get_list(self->neighbours);

    return self->source != NULL &&
           (umk_app_map_get_selected(self->map) != UMK_APP_NO_ROW ||
            umk_app_scene_get_selection(self->scene) != NULL ||
            umk_app_item_list_get_n_selected(self->list) > 1 ||
            umk_app_item_list_get_n_selected(neighbours) > 1);
}

/* The selected items into a set: what dropping does, for the keyboard and the button. */
static void
add_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;
    guint32 row = umk_app_map_get_selected(self->map);
    guint number = (guint) g_variant_get_int32(parameter);
    UmkAppAuditSet *set;
    g_autoptr(GListModel) rows = NULL;
    g_autoptr(UmkItem) item = NULL;

    if (self->source == NULL || number >= UMK_APP_AUDIT_N_SETS)
        return;
    set = umk_app_audit_view_get_set(self->audit, number);
    rows = dup_selected(self);
    if (g_list_model_get_n_items(rows) > 0) {
        umk_app_audit_set_add_rows(set, rows);
        return;
    }
    item = row != UMK_APP_NO_ROW ? umk_app_source_dup_item(self->source, row) : NULL;
    if (item != NULL)
        umk_app_audit_set_add_item(set, item);
}

/* ---- reports -------------------------------------------------------------------------
 */

static void
saved(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    g_autofree char *path = result, *name = NULL, *text = NULL;

    umk_app_job_bar_remove(self->jobs, job);
    if (path == NULL) {
        _umk_app_window_toast(self, error->message);
        return;
    }
    name = g_filename_display_basename(path);
    text = g_strdup_printf(_("Saved “%s”"), name);
    _umk_app_window_toast(self, text);
}

void
_umk_app_window_save_report(UmkAppWindow *self, const char *path, const char *language)
{
    GBytes *json = umk_app_audit_view_get_json(self->audit);
    g_autoptr(UmkAppJob) job = NULL;

    if (json == NULL)
        return;
    job = umk_app_audit_save(json, path, language, saved, G_OBJECT(self));
    umk_app_job_bar_add(self->jobs, job);
}

static void
chooser_responded(GtkNativeDialog *dialog, int response, UmkAppWindow *self)
{
    GtkFileChooser *chooser = GTK_FILE_CHOOSER(dialog);
    g_autoptr(GFile) file = gtk_file_chooser_get_file(chooser);
    g_autofree char *path = file != NULL ? g_file_get_path(file) : NULL;
    const char *language = gtk_file_chooser_get_choice(chooser, LANGUAGE);

    if (response == GTK_RESPONSE_ACCEPT && path != NULL)
        _umk_app_window_save_report(self, path, language != NULL ? language : "en");
    g_clear_object(&self->chooser);
}

static void
add_filter(GtkFileChooser *chooser, const char *name, const char *pattern)
{
    g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();

    gtk_file_filter_set_name(filter, name);
    gtk_file_filter_add_pattern(filter, pattern);
    gtk_file_chooser_add_filter(chooser, filter);
}

static gboolean
prefers_japanese(void)
{
    const char *const *languages = g_get_language_names();

    return languages[0] != NULL && g_str_has_prefix(languages[0], "ja");
}

static void
save_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;
    /* The first is what some dialogs show, whatever is chosen for them. */
    guint ja = prefers_japanese() ? 0 : 1;
    const char *languages[3] = {NULL}, *titles[3] = {NULL};
    GtkFileChooser *chooser;

    languages[ja] = "ja";
    titles[ja] = "日本語";
    languages[1 - ja] = "en";
    titles[1 - ja] = "English";

    g_clear_object(&self->chooser);
    self->chooser =
        gtk_file_chooser_native_new(_("Save the Report"), GTK_WINDOW(self),
                                    GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), NULL);
    chooser = GTK_FILE_CHOOSER(self->chooser);
    gtk_file_chooser_set_current_name(chooser, _("audit.pdf"));
    add_filter(chooser, _("PDF"), "*.pdf");
    add_filter(chooser, _("HTML"), "*.html");
    add_filter(chooser, _("JSON"), "*.json");
    gtk_file_chooser_add_choice(chooser, LANGUAGE, _("Language of the report"), languages,
                                titles);
    gtk_file_chooser_set_choice(chooser, LANGUAGE, languages[0]);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(self->chooser), TRUE);
    g_signal_connect_object(self->chooser, "response", G_CALLBACK(chooser_responded),
                            self, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(self->chooser));
}

/* ---- showing it ----------------------------------------------------------------------
 */

static void
show_audit(GSimpleAction *action, GVariant *state, gpointer window)
{
    UmkAppWindow *self = window;
    gboolean shown = g_variant_get_boolean(state);

    g_simple_action_set_state(action, state);
    _umk_app_window_close_menus(self);
    gtk_widget_set_visible(GTK_WIDGET(self->audit), shown);
    if (!shown) {
        umk_app_audit_view_cancel(self->audit);
        return;
    }
    umk_app_audit_view_prepare(self->audit);
    gtk_widget_grab_focus(GTK_WIDGET(self->audit));
}

void
_umk_app_window_init_audit(UmkAppWindow *self)
{
    static const GActionEntry entries[] = {
        {"audit", NULL, NULL, "false", show_audit},
        {"save-report", save_action},
        {"add-to-audit", add_action, "i"},
    };

    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
    gtk_widget_set_visible(GTK_WIDGET(self->audit), FALSE);
    g_signal_connect_object(self->list, "selected",
                            G_CALLBACK(_umk_app_window_update_actions), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(umk_app_neighbours_get_list(self->neighbours), "selected",
                            G_CALLBACK(_umk_app_window_update_actions), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->audit, "chosen", G_CALLBACK(audit_chosen), self, 0);
    g_signal_connect_object(self->audit, "updated", G_CALLBACK(audit_updated), self, 0);
}
