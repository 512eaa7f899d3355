/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The legend: what colours and shapes of the map stand for, and how many there are of
 * each. A click hides a class or shows it, a double click or one with Ctrl leaves it
 * alone; Space and Ctrl+Return do the same. An amount has a scale in place of classes. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_LEGEND (umk_app_legend_get_type())
G_DECLARE_FINAL_TYPE(UmkAppLegend, umk_app_legend, UMK_APP, LEGEND, GtkWidget)

/* Set once. */
void umk_app_legend_set_scene(UmkAppLegend *self, UmkAppScene *scene);
/* As by hand; position: of a class. */
void umk_app_legend_toggle(UmkAppLegend *self, guint position);
/* Only this class, or all again if it is alone already. */
void umk_app_legend_solo(UmkAppLegend *self, guint position);

G_END_DECLS
