/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The player. The media file is opened when play is pressed, never before: it loads GTK's
 * media module, which takes longer than the window itself. */
#include "umk-app-sound.h"

#include "umk-app-waveform.h"

#include <glib/gi18n.h>

struct _UmkAppSound {
    GtkWidget parent_instance;
    GtkWidget *box;
    GtkWidget *button;
    UmkAppWaveform *waveform;
    GtkWidget *time, *problem;
    char *path;
    double seconds;
    GtkMediaStream *stream;
};

G_DEFINE_FINAL_TYPE(UmkAppSound, umk_app_sound, GTK_TYPE_WIDGET)

static void
drop_stream(UmkAppSound *self)
{
    if (self->stream == NULL)
        return;
    g_signal_handlers_disconnect_by_data(self->stream, self);
    gtk_media_stream_pause(self->stream);
    g_clear_object(&self->stream);
}

static void
umk_app_sound_dispose(GObject *object)
{
    UmkAppSound *self = UMK_APP_SOUND(object);

    drop_stream(self);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    g_clear_pointer(&self->path, g_free);
    G_OBJECT_CLASS(umk_app_sound_parent_class)->dispose(object);
}

static void
show_state(UmkAppSound *self)
{
    gboolean playing = self->stream != NULL && gtk_media_stream_get_playing(self->stream);
    const GError *error = self->stream ? gtk_media_stream_get_error(self->stream) : NULL;
    double at =
        self->stream ? (double) gtk_media_stream_get_timestamp(self->stream) / 1e6 : 0;
    g_autofree char *time = NULL;

    gtk_button_set_icon_name(GTK_BUTTON(self->button),
                             playing ? "media-playback-pause-symbolic"
                                     : "media-playback-start-symbolic");
    gtk_widget_set_tooltip_text(self->button, playing ? _("Pause") : _("Play"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->button),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   playing ? _("Pause") : _("Play"), -1);
    /* Translators: length of a sound in seconds */
    time = g_strdup_printf(_("%.1f s"), self->seconds);
    gtk_label_set_label(GTK_LABEL(self->time), self->seconds > 0 ? time : "");
    umk_app_waveform_set_played(self->waveform,
                                self->seconds > 0 ? at / self->seconds : 0);
    gtk_widget_set_visible(self->problem, error != NULL);
    if (error != NULL)
        gtk_label_set_label(GTK_LABEL(self->problem),
                            _("This sound cannot be played here"));
}

static void
stream_changed(UmkAppSound *self)
{
    if (self->stream != NULL && gtk_media_stream_get_ended(self->stream) &&
        gtk_media_stream_get_error(self->stream) == NULL)
        drop_stream(self);
    show_state(self);
}

/* Plays, or stops playing. */
void
umk_app_sound_toggle(UmkAppSound *self)
{
    static const char *const watched[] = {"notify::timestamp", "notify::playing",
                                          "notify::ended", "notify::error"};

    if (self->path == NULL)
        return;
    if (self->stream != NULL && gtk_media_stream_get_playing(self->stream)) {
        gtk_media_stream_pause(self->stream);
        return;
    }
    if (self->stream == NULL || gtk_media_stream_get_error(self->stream) != NULL) {
        drop_stream(self);
        self->stream = gtk_media_file_new_for_filename(self->path);
        for (guint i = 0; i < G_N_ELEMENTS(watched); i++)
            g_signal_connect_swapped(self->stream, watched[i], G_CALLBACK(stream_changed),
                                     self);
    }
    gtk_media_stream_play(self->stream);
    show_state(self);
}

static void
seek(UmkAppWaveform *waveform, double fraction, UmkAppSound *self)
{
    if (self->stream == NULL)
        umk_app_sound_toggle(self);
    if (self->stream != NULL && gtk_media_stream_is_seekable(self->stream))
        gtk_media_stream_seek(self->stream, (gint64) (fraction * self->seconds * 1e6));
}

static void
umk_app_sound_class_init(UmkAppSoundClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_sound_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "sound");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
    g_type_ensure(UMK_APP_TYPE_WAVEFORM);
}

static void
umk_app_sound_init(UmkAppSound *self)
{
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);

    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    self->button = gtk_button_new();
    gtk_widget_set_valign(self->button, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(self->button, "circular");
    gtk_widget_add_css_class(self->button, "suggested-action");
    g_signal_connect_swapped(self->button, "clicked", G_CALLBACK(umk_app_sound_toggle),
                             self);
    self->waveform = g_object_new(UMK_APP_TYPE_WAVEFORM, "hexpand", TRUE, NULL);
    gtk_widget_set_size_request(GTK_WIDGET(self->waveform), -1, 72);
    g_signal_connect(self->waveform, "seek", G_CALLBACK(seek), self);
    self->time = gtk_label_new(NULL);
    gtk_widget_add_css_class(self->time, "numeric");
    gtk_widget_add_css_class(self->time, "dim-label");
    self->problem = gtk_label_new(NULL);
    gtk_widget_add_css_class(self->problem, "error");
    gtk_widget_add_css_class(self->problem, "caption");
    gtk_label_set_wrap(GTK_LABEL(self->problem), TRUE);
    gtk_box_append(GTK_BOX(line), self->button);
    gtk_box_append(GTK_BOX(line), GTK_WIDGET(self->waveform));
    gtk_box_append(GTK_BOX(line), self->time);
    gtk_box_append(GTK_BOX(self->box), line);
    gtk_box_append(GTK_BOX(self->box), self->problem);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    show_state(self);
}

/* NULL: nothing to play; what played stops. */
void
umk_app_sound_set_path(UmkAppSound *self, const char *path)
{
    drop_stream(self);
    g_free(self->path);
    self->path = g_strdup(path);
    self->seconds = 0;
    umk_app_waveform_set_preview(self->waveform, NULL);
    show_state(self);
}

void
umk_app_sound_set_preview(UmkAppSound *self, UmkPreview *preview)
{
    self->seconds = umk_preview_get_seconds(preview);
    umk_app_waveform_set_preview(self->waveform, preview);
    show_state(self);
}
