/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the colours of the map stand for: modality, label, any field, groups, trust.
 * Signals: "chosen" (by hand: the name), "job", "failed". */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-fields.h"
#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_COLOURING (umk_app_colouring_get_type())
G_DECLARE_FINAL_TYPE(UmkAppColouring, umk_app_colouring, UMK_APP, COLOURING, GtkWidget)

/* Set once. */
void umk_app_colouring_set_scene(UmkAppColouring *self,
                                 UmkAppScene *scene,
                                 UmkAppFields *fields);
/* What to colour by as soon as it is there; modality until then. */
void umk_app_colouring_prefer(UmkAppColouring *self, const char *name);
/* Colours the map as preferred, without a step. */
void umk_app_colouring_apply(UmkAppColouring *self);
/* As by hand: with a step. FALSE: there is no such thing to colour by. */
gboolean umk_app_colouring_choose(UmkAppColouring *self, const char *name);
const char *umk_app_colouring_get_chosen(UmkAppColouring *self);
GtkDropDown *umk_app_colouring_get_drop_down(UmkAppColouring *self);
void umk_app_colouring_cancel(UmkAppColouring *self);

G_END_DECLS
