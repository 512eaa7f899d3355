/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows what the player does with this widget's item, and asks it to. The waveform is a
 * slider for the keyboard: arrows seek, space plays. Time runs to the right in every
 * script, as in its pictures. */
#include "umk-app-sound.h"

#include "umk-app-spectrogram.h"
#include "umk-app-waveform.h"

#include <glib/gi18n.h>

#define STEP 0.05 /* of a sound, one press of an arrow */

struct _UmkAppSound {
    GtkWidget parent_instance;
    GtkWidget *box;
    GtkWidget *button, *loop, *mute;
    UmkAppWaveform *waveform;
    UmkAppSpectrogram *spectrogram;
    GtkWidget *time, *problem;
    UmkItem *item;
    double seconds;
    UmkAppPlayer *player;
    gboolean showing; /* the buttons are being set to what is */
};

G_DEFINE_FINAL_TYPE(UmkAppSound, umk_app_sound, GTK_TYPE_WIDGET)

static gboolean
is_mine(UmkAppSound *self)
{
    return self->player != NULL && umk_app_player_has(self->player, self->item);
}

static void
show_position(UmkAppSound *self)
{
    double at = is_mine(self) ? umk_app_player_get_position(self->player) : 0;
    double length = MIN(self->seconds, UMK_APP_PLAYER_SECONDS);
    g_autofree char *time = NULL;

    /* Translators: seconds played, seconds in all */
    time = g_strdup_printf(_("%.1f / %.1f s"), at * length, self->seconds);
    gtk_label_set_label(GTK_LABEL(self->time), self->seconds > 0 ? time : "");
    at *= self->seconds > 0 ? length / self->seconds : 1;
    umk_app_waveform_set_played(self->waveform, at);
    umk_app_spectrogram_set_played(self->spectrogram, at);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->waveform),
                                   GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, at * 100,
                                   GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, time, -1);
}

static void
show_state(UmkAppSound *self)
{
    gboolean playing = is_mine(self) && umk_app_player_is_playing(self->player);
    const char *problem =
        self->player != NULL ? umk_app_player_get_problem(self->player) : NULL;
    gboolean muted = self->player != NULL && umk_app_player_get_muted(self->player);

    self->showing = TRUE;
    gtk_button_set_icon_name(GTK_BUTTON(self->button),
                             playing ? "media-playback-pause-symbolic"
                                     : "media-playback-start-symbolic");
    gtk_widget_set_tooltip_text(self->button, playing ? _("Pause") : _("Play"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->button),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   playing ? _("Pause") : _("Play"), -1);
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(self->loop),
                                 self->player != NULL &&
                                     umk_app_player_get_loop(self->player));
    gtk_button_set_icon_name(GTK_BUTTON(self->mute), muted
                                                         ? "audio-volume-muted-symbolic"
                                                         : "audio-volume-high-symbolic");
    gtk_widget_set_visible(self->problem, problem != NULL);
    gtk_label_set_label(GTK_LABEL(self->problem), problem != NULL ? problem : "");
    self->showing = FALSE;
    show_position(self);
}

/* Plays, or pauses. */
void
umk_app_sound_toggle(UmkAppSound *self)
{
    if (self->item != NULL && self->player != NULL)
        umk_app_player_toggle(self->player, self->item);
}

static void
seek_to(UmkAppSound *self, double fraction)
{
    double length = MIN(self->seconds, UMK_APP_PLAYER_SECONDS);

    if (self->item == NULL || self->player == NULL)
        return;
    if (!is_mine(self))
        umk_app_player_toggle(self->player, self->item);
    umk_app_player_seek(self->player, length > 0 ? fraction * self->seconds / length : 0);
    show_position(self);
}

static void
seek(GtkWidget *picture, double fraction, UmkAppSound *self)
{
    seek_to(self, fraction);
}

static gboolean
key_pressed(GtkEventControllerKey *keys,
            guint key,
            guint code,
            GdkModifierType modifiers,
            UmkAppSound *self)
{
    double at = is_mine(self) ? umk_app_player_get_position(self->player) : 0;

    switch (key) {
    case GDK_KEY_space:
        umk_app_sound_toggle(self);
        return TRUE;
    case GDK_KEY_Left:
    case GDK_KEY_Right:
        seek_to(self, CLAMP(at + (key == GDK_KEY_Right ? STEP : -STEP), 0, 1));
        return TRUE;
    case GDK_KEY_Home:
        seek_to(self, 0);
        return TRUE;
    default:
        return FALSE;
    }
}

static void
loop_toggled(GtkToggleButton *button, UmkAppSound *self)
{
    if (!self->showing && self->player != NULL)
        umk_app_player_set_loop(self->player, gtk_toggle_button_get_active(button));
}

static void
umk_app_sound_dispose(GObject *object)
{
    UmkAppSound *self = UMK_APP_SOUND(object);

    if (self->player != NULL)
        g_signal_handlers_disconnect_by_data(self->player, self);
    g_clear_object(&self->player);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    g_clear_pointer(&self->item, umk_item_unref);
    G_OBJECT_CLASS(umk_app_sound_parent_class)->dispose(object);
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

static GtkWidget *
make_button(GtkWidget *button, const char *icon, const char *tip)
{
    gtk_button_set_icon_name(GTK_BUTTON(button), icon);
    gtk_widget_set_tooltip_text(button, tip);
    gtk_widget_add_css_class(button, "flat");
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   tip, -1);
    return button;
}

static void
make_pictures(UmkAppSound *self)
{
    GtkEventController *keys = gtk_event_controller_key_new();

    self->waveform =
        g_object_new(UMK_APP_TYPE_WAVEFORM, "hexpand", TRUE, "focusable", TRUE, NULL);
    gtk_widget_set_size_request(GTK_WIDGET(self->waveform), -1, 64);
    gtk_accessible_update_property(
        GTK_ACCESSIBLE(self->waveform), GTK_ACCESSIBLE_PROPERTY_LABEL,
        _("Position in the sound"), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
        GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 100.0, -1);
    g_signal_connect(self->waveform, "seek", G_CALLBACK(seek), self);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), self);
    gtk_widget_add_controller(GTK_WIDGET(self->waveform), keys);
    self->spectrogram = g_object_new(UMK_APP_TYPE_SPECTROGRAM, "hexpand", TRUE, NULL);
    gtk_widget_set_size_request(GTK_WIDGET(self->spectrogram), -1, 96);
    g_signal_connect(self->spectrogram, "seek", G_CALLBACK(seek), self);
}

static void
umk_app_sound_init(UmkAppSound *self)
{
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);

    make_pictures(self);
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    self->button = gtk_button_new();
    gtk_widget_add_css_class(self->button, "circular");
    gtk_widget_add_css_class(self->button, "suggested-action");
    g_signal_connect_swapped(self->button, "clicked", G_CALLBACK(umk_app_sound_toggle),
                             self);
    self->time = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(self->time), 0);
    gtk_widget_set_hexpand(self->time, TRUE);
    gtk_widget_add_css_class(self->time, "numeric");
    gtk_widget_add_css_class(self->time, "dim-label");
    self->loop = make_button(gtk_toggle_button_new(), "media-playlist-repeat-symbolic",
                             _("Play Again and Again"));
    g_signal_connect(self->loop, "toggled", G_CALLBACK(loop_toggled), self);
    self->mute =
        make_button(gtk_toggle_button_new(), "audio-volume-high-symbolic", _("Mute"));
    gtk_actionable_set_action_name(GTK_ACTIONABLE(self->mute), "win.mute");
    self->problem = gtk_label_new(NULL);
    gtk_widget_add_css_class(self->problem, "warning");
    gtk_widget_add_css_class(self->problem, "caption");
    gtk_label_set_wrap(GTK_LABEL(self->problem), TRUE);
    gtk_label_set_xalign(GTK_LABEL(self->problem), 0);
    gtk_box_append(GTK_BOX(line), self->button);
    gtk_box_append(GTK_BOX(line), self->time);
    gtk_box_append(GTK_BOX(line), self->loop);
    gtk_box_append(GTK_BOX(line), self->mute);
    gtk_box_append(GTK_BOX(self->box), GTK_WIDGET(self->waveform));
    gtk_box_append(GTK_BOX(self->box), GTK_WIDGET(self->spectrogram));
    gtk_box_append(GTK_BOX(self->box), line);
    gtk_box_append(GTK_BOX(self->box), self->problem);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    show_state(self);
}

void
umk_app_sound_set_player(UmkAppSound *self, UmkAppPlayer *player)
{
    g_set_object(&self->player, player);
    g_signal_connect_swapped(player, "changed", G_CALLBACK(show_state), self);
    g_signal_connect_swapped(player, "position", G_CALLBACK(show_position), self);
    show_state(self);
}

/* Another sound that is looked at goes on playing only if it is the one that plays. */
void
umk_app_sound_set_item(UmkAppSound *self, UmkItem *item)
{
    UmkItem *old = self->item;

    self->item = item != NULL ? umk_item_ref(item) : NULL;
    g_clear_pointer(&old, umk_item_unref);
    if (self->player != NULL && !is_mine(self) && umk_app_player_is_playing(self->player))
        umk_app_player_pause(self->player);
    self->seconds = 0;
    umk_app_waveform_set_preview(self->waveform, NULL);
    umk_app_spectrogram_set_item(self->spectrogram, NULL, 0);
    show_state(self);
}

void
umk_app_sound_set_preview(UmkAppSound *self, UmkPreview *preview)
{
    self->seconds = umk_preview_get_seconds(preview);
    umk_app_waveform_set_preview(self->waveform, preview);
    umk_app_spectrogram_set_item(self->spectrogram, self->item, self->seconds);
    show_state(self);
}

gboolean
umk_app_sound_has_spectrogram(UmkAppSound *self)
{
    return umk_app_spectrogram_has_picture(self->spectrogram);
}
