/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole map in a corner, with a frame about what is seen of it. */
#pragma once

#include "umk-app-map.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_MINIMAP (umk_app_minimap_get_type())
G_DECLARE_FINAL_TYPE(UmkAppMinimap, umk_app_minimap, UMK_APP, MINIMAP, GtkWidget)

/* map: once. */
void umk_app_minimap_set_map(UmkAppMinimap *self, UmkAppMap *map);

G_END_DECLS
