/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tags of what is selected: an entry that adds one, and a chip for each with how many
 * have it, which takes it off again or narrows the selection to it. Every change is a
 * step of the scene. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_TAG_BOX (umk_app_tag_box_get_type())
G_DECLARE_FINAL_TYPE(UmkAppTagBox, umk_app_tag_box, UMK_APP, TAG_BOX, GtkWidget)

void umk_app_tag_box_set_scene(UmkAppTagBox *self, UmkAppScene *scene);
void umk_app_tag_box_update(UmkAppTagBox *self);
/* FALSE if nothing is selected, or no name is left of it. */
gboolean umk_app_tag_box_add(UmkAppTagBox *self, const char *name);
void umk_app_tag_box_remove(UmkAppTagBox *self, const char *name);
guint umk_app_tag_box_get_n_chips(UmkAppTagBox *self);

G_END_DECLS
