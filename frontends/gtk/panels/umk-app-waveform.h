/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The outline of a sound, its played part in the accent colour. Emits "seek" (0 to 1). */
#pragma once

#include <gtk/gtk.h>
#include <umekomi/umekomi.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_WAVEFORM (umk_app_waveform_get_type())
G_DECLARE_FINAL_TYPE(UmkAppWaveform, umk_app_waveform, UMK_APP, WAVEFORM, GtkWidget)

void umk_app_waveform_set_preview(UmkAppWaveform *self, UmkPreview *preview);
void umk_app_waveform_set_played(UmkAppWaveform *self, double fraction);

G_END_DECLS
