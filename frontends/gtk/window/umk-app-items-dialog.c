/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of choices; those that a format does not have go away with it. */
#include "umk-app-items-dialog.h"

#include <glib/gi18n.h>

struct _UmkAppItemsDialog {
    AdwWindow parent_instance;
    GtkWidget *save, *places_row, *vectors_row, *guarded_row;
    AdwComboRow *what, *format;
    GtkSwitch *places, *vectors, *guarded;
    gboolean any_selected;
};

G_DEFINE_FINAL_TYPE(UmkAppItemsDialog, umk_app_items_dialog, ADW_TYPE_WINDOW)

static void
save_clicked(GtkButton *button, UmkAppItemsDialog *self)
{
    g_signal_emit_by_name(self, "save");
    gtk_window_close(GTK_WINDOW(self));
}

static void
format_chosen(UmkAppItemsDialog *self)
{
    guint format = adw_combo_row_get_selected(self->format);

    gtk_widget_set_visible(self->places_row, format < 3);
    gtk_widget_set_visible(self->vectors_row, format < 3);
    gtk_widget_set_visible(self->guarded_row, format < 2);
}

static void
umk_app_items_dialog_class_init(UmkAppItemsDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    g_signal_new("save", UMK_APP_TYPE_ITEMS_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                 NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(
        widget_class, "/io/github/umekomi/Umekomi/umk-app-items-dialog.ui");
    gtk_widget_class_bind_template_child(widget_class, UmkAppItemsDialog, save);
    gtk_widget_class_bind_template_child(widget_class, UmkAppItemsDialog, places_row);
    gtk_widget_class_bind_template_child(widget_class, UmkAppItemsDialog, vectors_row);
    gtk_widget_class_bind_template_child(widget_class, UmkAppItemsDialog, guarded_row);
    gtk_widget_class_bind_template_child(widget_class, UmkAppItemsDialog, what);
    gtk_widget_class_bind_template_child(widget_class, UmkAppItemsDialog, format);
    gtk_widget_class_bind_template_child(widget_class, UmkAppItemsDialog, places);
    gtk_widget_class_bind_template_child(widget_class, UmkAppItemsDialog, vectors);
    gtk_widget_class_bind_template_child(widget_class, UmkAppItemsDialog, guarded);
}

static void
umk_app_items_dialog_init(UmkAppItemsDialog *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    gtk_window_set_default_widget(GTK_WINDOW(self), self->save);
    g_signal_connect_object(self->save, "clicked", G_CALLBACK(save_clicked), self, 0);
    g_signal_connect_object(self->format, "notify::selected", G_CALLBACK(format_chosen),
                            self, G_CONNECT_SWAPPED);
}

/* settings: NULL without a schema. */
UmkAppItemsDialog *
umk_app_items_dialog_new(GtkWindow *parent,
                         GSettings *settings,
                         gsize n_selected,
                         gsize n_shown)
{
    UmkAppItemsDialog *self =
        g_object_new(UMK_APP_TYPE_ITEMS_DIALOG, "transient-for", parent, NULL);
    g_autofree char *selected = g_strdup_printf(
        ngettext("%'zu selected item", "%'zu selected items", n_selected), n_selected);
    g_autofree char *shown = g_strdup_printf(
        ngettext("The %'zu item that is shown", "All %'zu items that are shown", n_shown),
        n_shown);
    const char *const titles[] = {n_selected > 0 ? selected : shown,
                                  n_selected > 0 ? shown : NULL, NULL};
    g_autoptr(GtkStringList) list = gtk_string_list_new(titles);

    self->any_selected = n_selected > 0;
    adw_combo_row_set_model(self->what, G_LIST_MODEL(list));
    if (settings != NULL) {
        g_settings_bind(settings, "items-format", self->format, "selected",
                        G_SETTINGS_BIND_DEFAULT);
        g_settings_bind(settings, "items-vectors", self->vectors, "active",
                        G_SETTINGS_BIND_DEFAULT);
        g_settings_bind(settings, "items-guarded", self->guarded, "active",
                        G_SETTINGS_BIND_DEFAULT);
    }
    format_chosen(self);
    return self;
}

const char *
umk_app_items_dialog_get_format(UmkAppItemsDialog *self)
{
    static const char *const formats[] = {"csv", "tsv", "jsonl", "npy"};
    guint chosen = adw_combo_row_get_selected(self->format);

    return formats[MIN(chosen, G_N_ELEMENTS(formats) - 1)];
}

void
umk_app_items_dialog_get_style(UmkAppItemsDialog *self, UmkAppItemsStyle *style)
{
    *style = (UmkAppItemsStyle){
        .everything = !self->any_selected || adw_combo_row_get_selected(self->what) == 1,
        .places = gtk_switch_get_active(self->places),
        .vectors = gtk_switch_get_active(self->vectors),
        .guarded = gtk_switch_get_active(self->guarded),
    };
}
