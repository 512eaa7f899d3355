/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layers of the map: a line for each modality and, where there are several, for each
 * model; on or off, and how opaque. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-fields.h"
#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_LAYERS (umk_app_layers_get_type())
G_DECLARE_FINAL_TYPE(UmkAppLayers, umk_app_layers, UMK_APP, LAYERS, GtkWidget)

/* Set once. */
void
umk_app_layers_set_scene(UmkAppLayers *self, UmkAppScene *scene, UmkAppFields *fields);
guint umk_app_layers_get_n(UmkAppLayers *self);
/* The line's switch and slider; for tests. */
GtkWidget *umk_app_layers_get_switch(UmkAppLayers *self, guint line);
GtkRange *umk_app_layers_get_slider(UmkAppLayers *self, guint line);

G_END_DECLS
