/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sound that can be heard: play button, waveform, time. Plays through GTK's own media
 * support; without it, or without a sound card, it says so in a line. */
#pragma once

#include <gtk/gtk.h>
#include <umekomi/umekomi.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_SOUND (umk_app_sound_get_type())
G_DECLARE_FINAL_TYPE(UmkAppSound, umk_app_sound, UMK_APP, SOUND, GtkWidget)

void umk_app_sound_set_path(UmkAppSound *self, const char *path);
void umk_app_sound_set_preview(UmkAppSound *self, UmkPreview *preview);
void umk_app_sound_toggle(UmkAppSound *self);

G_END_DECLS
