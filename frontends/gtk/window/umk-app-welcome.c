/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first page: what was open last, the samples, files and folders, what is recent. */
#include "umk-app-welcome.h"

#include "umk-app-recent.h"
#include "umk-app-samples.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#define MOST 4u

struct _UmkAppWelcome {
    GtkWidget parent_instance;
    GtkWidget *page;
    GtkWidget *sample;
    AdwPreferencesGroup *recent, *samples, *last;
    AdwActionRow *reopen;
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
    gtk_widget_class_bind_template_child(widget_class, UmkAppWelcome, samples);
    gtk_widget_class_bind_template_child(widget_class, UmkAppWelcome, last);
    gtk_widget_class_bind_template_child(widget_class, UmkAppWelcome, reopen);
}

static GtkWidget *
make_row(const char *title, const char *subtitle, const char *action, const char *target)
{
    GtkWidget *row = adw_action_row_new();
    g_autofree char *safe_title = g_markup_escape_text(title, -1);
    g_autofree char *safe_subtitle = g_markup_escape_text(subtitle, -1);

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), safe_title);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), safe_subtitle);
    adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 1);
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 1);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row),
                              gtk_image_new_from_icon_name("go-next-symbolic"));
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), TRUE);
    gtk_actionable_set_action_target(GTK_ACTIONABLE(row), "s", target);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(row), action);
    return row;
}

static void
add_samples(UmkAppWelcome *self)
{
    g_autofree const UmkAppSample **samples = umk_app_samples_list();
    gsize n = 0;

    for (gsize i = 0; samples[i] != NULL; i++) {
        GtkWidget *row;

        if (g_str_equal(samples[i]->name, "garden")) {
            gtk_widget_set_visible(self->sample, TRUE); /* it has the button */
            continue;
        }
        row = make_row(_(samples[i]->title), _(samples[i]->description),
                       "win.open-sample-named", samples[i]->name);
        adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 2);
        n++;
        adw_action_row_add_prefix(ADW_ACTION_ROW(row),
                                  gtk_image_new_from_icon_name(samples[i]->icon));
        adw_preferences_group_add(self->samples, row);
    }
    gtk_widget_set_visible(GTK_WIDGET(self->samples), n > 0);
}

static void
umk_app_welcome_init(UmkAppWelcome *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    add_samples(self);
    umk_app_welcome_refresh(self);
}

/* "Yesterday" would need a clock that ticks; a date stays true. */
static GtkWidget *
make_recent(const UmkAppRecent *recent)
{
    g_autofree char *name = g_filename_display_basename(recent->path);
    g_autofree char *folder = g_path_get_dirname(recent->path);
    g_autofree char *shown = g_filename_display_name(folder);
    g_autofree char *date = g_date_time_format(recent->time, "%x");
    /* Translators: a date and a folder */
    g_autofree char *subtitle = g_strdup_printf(_("%s · %s"), date, shown);

    return make_row(name, subtitle, "win.open-path", recent->path);
}

/* name: of what was open last, or NULL. crashed: it was never closed. */
void
umk_app_welcome_set_last(UmkAppWelcome *self, const char *name, gboolean crashed)
{
    g_autofree char *text = NULL;
    g_autofree char *safe = NULL;

    gtk_widget_set_visible(GTK_WIDGET(self->last), name != NULL);
    if (name == NULL)
        return;
    text = g_strdup_printf(crashed ? _("“%s”, as it was when the program stopped")
                                   : _("“%s”, as you left it"),
                           name);
    safe = g_markup_escape_text(text, -1);
    adw_action_row_set_subtitle(self->reopen, safe);
}

/* Reads the recent list again. */
void
umk_app_welcome_refresh(UmkAppWelcome *self)
{
    g_autoptr(GPtrArray) recent = umk_app_recent_dup_all(MOST);

    for (guint i = 0; i < MOST; i++)
        if (self->rows[i] != NULL)
            adw_preferences_group_remove(self->recent, self->rows[i]);
    memset(self->rows, 0, sizeof self->rows);
    for (guint i = 0; i < recent->len; i++) {
        self->rows[i] = make_recent(recent->pdata[i]);
        adw_preferences_group_add(self->recent, self->rows[i]);
    }
    gtk_widget_set_visible(GTK_WIDGET(self->recent), recent->len > 0);
}
