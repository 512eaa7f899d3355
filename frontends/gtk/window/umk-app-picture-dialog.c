/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of choices, remembered from one time to the next. */
#include "umk-app-picture-dialog.h"

struct _UmkAppPictureDialog {
    AdwWindow parent_instance;
    GtkWidget *save;
    AdwComboRow *format, *size, *theme, *part;
    GtkSwitch *names;
};

G_DEFINE_FINAL_TYPE(UmkAppPictureDialog, umk_app_picture_dialog, ADW_TYPE_WINDOW)

static void
save_clicked(GtkButton *button, UmkAppPictureDialog *self)
{
    g_signal_emit_by_name(self, "save");
    gtk_window_close(GTK_WINDOW(self));
}

static void
umk_app_picture_dialog_class_init(UmkAppPictureDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    g_signal_new("save", UMK_APP_TYPE_PICTURE_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                 NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(
        widget_class, "/io/github/umekomi/Umekomi/umk-app-picture-dialog.ui");
    gtk_widget_class_bind_template_child(widget_class, UmkAppPictureDialog, save);
    gtk_widget_class_bind_template_child(widget_class, UmkAppPictureDialog, format);
    gtk_widget_class_bind_template_child(widget_class, UmkAppPictureDialog, size);
    gtk_widget_class_bind_template_child(widget_class, UmkAppPictureDialog, theme);
    gtk_widget_class_bind_template_child(widget_class, UmkAppPictureDialog, part);
    gtk_widget_class_bind_template_child(widget_class, UmkAppPictureDialog, names);
}

static void
umk_app_picture_dialog_init(UmkAppPictureDialog *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    gtk_window_set_default_widget(GTK_WINDOW(self), self->save);
    g_signal_connect_object(self->save, "clicked", G_CALLBACK(save_clicked), self, 0);
}

/* settings: NULL without a schema. */
UmkAppPictureDialog *
umk_app_picture_dialog_new(GtkWindow *parent, GSettings *settings)
{
    UmkAppPictureDialog *self =
        g_object_new(UMK_APP_TYPE_PICTURE_DIALOG, "transient-for", parent, NULL);
    GSettingsBindFlags flags = G_SETTINGS_BIND_DEFAULT;

    if (settings == NULL)
        return self;
    g_settings_bind(settings, "picture-format", self->format, "selected", flags);
    g_settings_bind(settings, "picture-size", self->size, "selected", flags);
    g_settings_bind(settings, "picture-style", self->theme, "selected", flags);
    g_settings_bind(settings, "picture-names", self->names, "active", flags);
    return self;
}

const char *
umk_app_picture_dialog_get_format(UmkAppPictureDialog *self)
{
    static const char *const formats[] = {"png", "svg", "pdf"};
    guint chosen = adw_combo_row_get_selected(self->format);

    return formats[MIN(chosen, G_N_ELEMENTS(formats) - 1)];
}

void
umk_app_picture_dialog_get_style(UmkAppPictureDialog *self, UmkAppFigureStyle *style)
{
    static const double sizes[][2] = {
        {1200, 900}, {1600, 900}, {1200, 1200}, {2400, 1800}};
    guint size = MIN(adw_combo_row_get_selected(self->size), G_N_ELEMENTS(sizes) - 1);
    guint theme = adw_combo_row_get_selected(self->theme);

    *style = (UmkAppFigureStyle){
        .width = sizes[size][0],
        .height = sizes[size][1],
        .dark = theme == 2 || (theme == 0 && adw_style_manager_get_dark(
                                                 adw_style_manager_get_default())),
        .names = gtk_switch_get_active(self->names),
        .windowed = adw_combo_row_get_selected(self->part) == 1,
    };
}
