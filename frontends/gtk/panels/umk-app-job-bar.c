/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of running jobs, one below the other. A line goes when its job is over. */
#include "umk-app-job-bar.h"

#include <glib/gi18n.h>

struct _UmkAppJobBar {
    GtkWidget parent_instance;
    GtkWidget *revealer, *box;
    GHashTable *lines; /* UmkAppJob -> its line */
};

G_DEFINE_FINAL_TYPE(UmkAppJobBar, umk_app_job_bar, GTK_TYPE_WIDGET)

static void
umk_app_job_bar_dispose(GObject *object)
{
    UmkAppJobBar *self = UMK_APP_JOB_BAR(object);

    if (self->lines != NULL) {
        GHashTableIter iter;
        gpointer job;

        g_hash_table_iter_init(&iter, self->lines);
        while (g_hash_table_iter_next(&iter, &job, NULL))
            g_signal_handlers_disconnect_by_data(job, self);
    }
    g_clear_pointer(&self->lines, g_hash_table_unref);
    g_clear_pointer(&self->revealer, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_job_bar_parent_class)->dispose(object);
}

static void
umk_app_job_bar_class_init(UmkAppJobBarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_job_bar_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "jobbar");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_STATUS);
}

static void
umk_app_job_bar_init(UmkAppJobBar *self)
{
    self->lines =
        g_hash_table_new_full(g_direct_hash, g_direct_equal, g_object_unref, NULL);
    self->revealer = gtk_revealer_new();
    gtk_revealer_set_transition_type(GTK_REVEALER(self->revealer),
                                     GTK_REVEALER_TRANSITION_TYPE_SLIDE_UP);
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_revealer_set_child(GTK_REVEALER(self->revealer), self->box);
    gtk_widget_set_parent(self->revealer, GTK_WIDGET(self));
}

/* The job and what it is doing; beside the bar, how long it takes yet. */
static void
show_job(UmkAppJob *job, GtkWidget *line)
{
    GtkWidget *bar = g_object_get_data(G_OBJECT(line), "bar");
    GtkWidget *pause = g_object_get_data(G_OBJECT(line), "pause");
    gboolean paused = umk_app_job_is_paused(job);
    g_autofree char *stage = NULL, *text = NULL;
    g_autofree char *left = umk_app_job_time_text(umk_app_job_get_time_left(job));
    double fraction;

    g_object_get(job, "stage", &stage, "fraction", &fraction, NULL);
    if (fraction >= 0)
        gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(bar), fraction);
    else
        gtk_progress_bar_pulse(GTK_PROGRESS_BAR(bar));
    if (stage == NULL || *stage == '\0' ||
        g_strcmp0(stage, umk_app_job_get_title(job)) == 0)
        text = g_strdup(umk_app_job_get_title(job));
    else
        /* Translators: a job and what it is doing now */
        text = g_strdup_printf(_("%s: %s"), umk_app_job_get_title(job), stage);
    gtk_label_set_label(g_object_get_data(G_OBJECT(line), "name"), text);
    gtk_label_set_label(g_object_get_data(G_OBJECT(line), "left"), paused
                                                                       ? _("held still")
                                                                   : left != NULL ? left
                                                                                  : "");
    gtk_widget_set_visible(pause, umk_app_job_can_pause(job));
    gtk_button_set_icon_name(GTK_BUTTON(pause), paused ? "media-playback-start-symbolic"
                                                       : "media-playback-pause-symbolic");
    gtk_widget_set_tooltip_text(pause, paused ? _("Go On") : _("Pause"));
}

static void
job_progressed(UmkAppJob *job, GParamSpec *pspec, UmkAppJobBar *self)
{
    GtkWidget *line = g_hash_table_lookup(self->lines, job);

    if (line != NULL)
        show_job(job, line);
}

static void
job_finished(UmkAppJob *job, UmkAppJobBar *self)
{
    umk_app_job_bar_remove(self, job);
}

static void
pause_clicked(GtkButton *button, UmkAppJob *job)
{
    umk_app_job_set_paused(job, !umk_app_job_is_paused(job));
}

static void
cancel_clicked(GtkButton *button, UmkAppJob *job)
{
    gtk_widget_set_sensitive(GTK_WIDGET(button), FALSE);
    umk_app_job_cancel(job);
}

static GtkWidget *
make_button(const char *icon,
            const char *text,
            const char *what,
            UmkAppJob *job,
            GCallback clicked)
{
    GtkWidget *button = gtk_button_new_from_icon_name(icon);
    /* Translators: what a button does, then the job that it does it to */
    g_autofree char *whole =
        g_strdup_printf(_("%s: %s"), what, umk_app_job_get_title(job));

    gtk_widget_add_css_class(button, "flat");
    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_widget_set_tooltip_text(button, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   whole, -1);
    g_signal_connect_object(button, "clicked", clicked, job, 0);
    return button;
}

/* Two lines and two signs, so that it fits a window of any width. */
void
umk_app_job_bar_add(UmkAppJobBar *self, UmkAppJob *job)
{
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *column = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    GtkWidget *words = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *name = gtk_label_new(umk_app_job_get_title(job)),
              *bar = gtk_progress_bar_new(), *left = gtk_label_new(NULL);
    GtkWidget *pause = make_button("media-playback-pause-symbolic", _("Pause"),
                                   _("Pause or Go On"), job, G_CALLBACK(pause_clicked));
    GtkWidget *cancel = make_button("process-stop-symbolic", _("Cancel"), _("Cancel"),
                                    job, G_CALLBACK(cancel_clicked));

    gtk_widget_add_css_class(line, "job");
    gtk_label_set_ellipsize(GTK_LABEL(name), PANGO_ELLIPSIZE_END);
    gtk_label_set_xalign(GTK_LABEL(name), 0);
    gtk_widget_set_hexpand(name, TRUE);
    gtk_label_set_ellipsize(GTK_LABEL(left), PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(left, "dim-label");
    gtk_widget_add_css_class(left, "numeric");
    gtk_widget_set_size_request(bar, 60, -1);
    gtk_widget_set_hexpand(column, TRUE);
    gtk_widget_set_margin_end(column, 6);
    gtk_widget_set_valign(column, GTK_ALIGN_CENTER);
    gtk_accessible_update_relation(GTK_ACCESSIBLE(bar),
                                   GTK_ACCESSIBLE_RELATION_LABELLED_BY, name, NULL, -1);
    gtk_box_append(GTK_BOX(words), name);
    gtk_box_append(GTK_BOX(words), left);
    gtk_box_append(GTK_BOX(column), words);
    gtk_box_append(GTK_BOX(column), bar);
    gtk_box_append(GTK_BOX(line), column);
    gtk_box_append(GTK_BOX(line), pause);
    gtk_box_append(GTK_BOX(line), cancel);
    g_object_set_data(G_OBJECT(line), "bar", bar);
    g_object_set_data(G_OBJECT(line), "name", name);
    g_object_set_data(G_OBJECT(line), "left", left);
    g_object_set_data(G_OBJECT(line), "pause", pause);
    gtk_box_append(GTK_BOX(self->box), line);
    g_hash_table_insert(self->lines, g_object_ref(job), line);
    show_job(job, line);
    g_signal_connect_object(job, "notify::fraction", G_CALLBACK(job_progressed), self, 0);
    g_signal_connect_object(job, "notify::paused", G_CALLBACK(job_progressed), self, 0);
    g_signal_connect_object(job, "finished", G_CALLBACK(job_finished), self, 0);
    gtk_revealer_set_reveal_child(GTK_REVEALER(self->revealer), TRUE);
}

/* Does nothing for a job that is not there. */
void
umk_app_job_bar_remove(UmkAppJobBar *self, UmkAppJob *job)
{
    GtkWidget *line = self->lines ? g_hash_table_lookup(self->lines, job) : NULL;

    if (line == NULL)
        return;
    g_signal_handlers_disconnect_by_data(job, self);
    gtk_box_remove(GTK_BOX(self->box), line);
    g_hash_table_remove(self->lines, job);
    gtk_revealer_set_reveal_child(GTK_REVEALER(self->revealer),
                                  g_hash_table_size(self->lines) > 0);
}

void
umk_app_job_bar_cancel_all(UmkAppJobBar *self)
{
    GHashTableIter iter;
    gpointer job;

    g_hash_table_iter_init(&iter, self->lines);
    while (g_hash_table_iter_next(&iter, &job, NULL))
        umk_app_job_cancel(job); /* the line goes when the work has stopped */
}

guint
umk_app_job_bar_get_n_jobs(UmkAppJobBar *self)
{
    return g_hash_table_size(self->lines);
}
