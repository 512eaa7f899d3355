/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one item is: its picture, sound or text, its fields, where its vector comes from.
 */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-note-box.h"
#include "umk-app-player.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_INSPECTOR (umk_app_inspector_get_type())
G_DECLARE_FINAL_TYPE(UmkAppInspector, umk_app_inspector, UMK_APP, INSPECTOR, GtkWidget)

/* Set once. Emits "chosen" with the row of a node at the other end of an edge. */
void umk_app_inspector_set_player(UmkAppInspector *self, UmkAppPlayer *player);
/* Whose notes are shown and written. */
void umk_app_inspector_set_scene(UmkAppInspector *self, UmkAppScene *scene);
UmkAppNoteBox *umk_app_inspector_get_note_box(UmkAppInspector *self);
void umk_app_inspector_show_row(UmkAppInspector *self, UmkAppSource *source, guint32 row);
void umk_app_inspector_clear(UmkAppInspector *self);
/* What is shown, or NULL. */
UmkItem *umk_app_inspector_get_item(UmkAppInspector *self);
gboolean umk_app_inspector_play(UmkAppInspector *self);

G_END_DECLS
