/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sound that can be heard: play button, waveform, spectrogram, time, loop and mute. The
 * player is the window's; without a device a line says so. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-player.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_SOUND (umk_app_sound_get_type())
G_DECLARE_FINAL_TYPE(UmkAppSound, umk_app_sound, UMK_APP, SOUND, GtkWidget)

/* Set once. */
void umk_app_sound_set_player(UmkAppSound *self, UmkAppPlayer *player);
/* NULL: nothing to play; what was played from here stops. */
void umk_app_sound_set_item(UmkAppSound *self, UmkItem *item);
void umk_app_sound_set_preview(UmkAppSound *self, UmkPreview *preview);
void umk_app_sound_toggle(UmkAppSound *self);
/* For tests. */
gboolean umk_app_sound_has_spectrogram(UmkAppSound *self);

G_END_DECLS
