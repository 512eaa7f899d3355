/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The note of one item, to be read and written. What was typed is handed to the scene
 * after a pause, and at once where the focus goes away or another item is shown. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_NOTE_BOX (umk_app_note_box_get_type())
G_DECLARE_FINAL_TYPE(UmkAppNoteBox, umk_app_note_box, UMK_APP, NOTE_BOX, GtkWidget)

void umk_app_note_box_set_scene(UmkAppNoteBox *self, UmkAppScene *scene);
/* row: G_MAXUINT32 for none. */
void umk_app_note_box_show(UmkAppNoteBox *self, guint32 row);
void umk_app_note_box_set_text(UmkAppNoteBox *self, const char *text); /* as if typed */
char *umk_app_note_box_dup_text(UmkAppNoteBox *self);
/* What is typed becomes the note now. */
void umk_app_note_box_keep(UmkAppNoteBox *self);

G_END_DECLS
