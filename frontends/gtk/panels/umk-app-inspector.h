/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one item is: its picture, sound or text, its fields, where its vector comes from.
 */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-source.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_INSPECTOR (umk_app_inspector_get_type())
G_DECLARE_FINAL_TYPE(UmkAppInspector, umk_app_inspector, UMK_APP, INSPECTOR, GtkWidget)

void umk_app_inspector_show_row(UmkAppInspector *self, UmkAppSource *source, guint32 row);
void umk_app_inspector_clear(UmkAppInspector *self);
gboolean umk_app_inspector_play(UmkAppInspector *self);

G_END_DECLS
