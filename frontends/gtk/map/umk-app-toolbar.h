/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tools of the map in a pill: move, lasso, box, what becomes of the selection, how
 * the map looks. Buttons of the actions "map". */
#pragma once

#include "umk-app-map.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_TOOLBAR (umk_app_toolbar_get_type())
G_DECLARE_FINAL_TYPE(UmkAppToolbar, umk_app_toolbar, UMK_APP, TOOLBAR, GtkWidget)

/* map: once. */
void umk_app_toolbar_set_map(UmkAppToolbar *self, UmkAppMap *map);

G_END_DECLS
