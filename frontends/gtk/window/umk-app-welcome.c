/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first page. */
#include "umk-app-welcome.h"

#include "umk-app-recent.h"

#include <adwaita.h>
#include <string.h>

#define MOST 4u

struct _UmkAppWelcome {
    GtkWidget parent_instance;
    GtkWidget *page;
    GtkWidget *sample;
    AdwPreferencesGroup *recent;
    GtkWidget *rows[MOST];
};

G_DEFINE_FINAL_TYPE(UmkAppWelcome, umk_app_welcome, GTK_TYPE_WIDGET)

static void
umk_app_welcome_dispose(GObject *object)
{
    g_clear_pointer(&UMK_APP_WELCOME(object)->page, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_welcome_parent_class)->dispose(object);
}

static gboolean
umk_app_welcome_grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(UMK_APP_WELCOME(widget)->sample);
}

static void
umk_app_welcome_class_init(UmkAppWelcomeClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_welcome_dispose;
    widget_class->grab_focus = umk_app_welcome_grab_focus;
    gtk_widget_class_set_template_from_resource(
        widget_class, "/io/github/umekomi/Umekomi/umk-app-welcome.ui");
    gtk_widget_class_bind_template_child(widget_class, UmkAppWelcome, page);
    gtk_widget_class_bind_template_child(widget_class, UmkAppWelcome, sample);
    gtk_widget_class_bind_template_child(widget_class, UmkAppWelcome, recent);
}

static void
umk_app_welcome_init(UmkAppWelcome *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    umk_app_welcome_refresh(self);
}

static GtkWidget *
make_row(const char *path)
{
    GtkWidget *row = adw_action_row_new();
    g_autofree char *name = g_filename_display_basename(path);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *shown = g_filename_display_name(folder);
    g_autofree char *title = g_markup_escape_text(name, -1);
    g_autofree char *subtitle = g_markup_escape_text(shown, -1);

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
    adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 1);
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 1);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row),
                              gtk_image_new_from_icon_name("go-next-symbolic"));
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), TRUE);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(row), "win.open-path");
    gtk_actionable_set_action_target(GTK_ACTIONABLE(row), "s", path);
    return row;
}

/* Reads the recent list again. */
void
umk_app_welcome_refresh(UmkAppWelcome *self)
{
    g_auto(GStrv) paths = umk_app_recent_list(MOST);

    for (guint i = 0; i < MOST; i++)
        if (self->rows[i] != NULL)
            adw_preferences_group_remove(self->recent, self->rows[i]);
    memset(self->rows, 0, sizeof self->rows);
    for (guint i = 0; paths[i] != NULL && i < MOST; i++) {
        self->rows[i] = make_row(paths[i]);
        adw_preferences_group_add(self->recent, self->rows[i]);
    }
    gtk_widget_set_visible(GTK_WIDGET(self->recent), paths[0] != NULL);
}
