/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sound as bands of frequency over time, light where it is loud, with a line where it
 * is played. Emits "seek" (0 to 1). */
#pragma once

#include <gtk/gtk.h>
#include <umekomi/umekomi.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_SPECTROGRAM (umk_app_spectrogram_get_type())
G_DECLARE_FINAL_TYPE(
    UmkAppSpectrogram, umk_app_spectrogram, UMK_APP, SPECTROGRAM, GtkWidget)

/* item: NULL for none; it is made in a thread. seconds: how long it is. */
void umk_app_spectrogram_set_item(UmkAppSpectrogram *self, UmkItem *item, double seconds);
void umk_app_spectrogram_set_played(UmkAppSpectrogram *self, double fraction);
gboolean umk_app_spectrogram_has_picture(UmkAppSpectrogram *self);

G_END_DECLS
