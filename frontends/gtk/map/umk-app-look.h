/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the map looks, as a popover of switches and a slider. */
#pragma once

#include "umk-app-map.h"

G_BEGIN_DECLS

GtkWidget *umk_app_look_new(UmkAppMap *map);

G_END_DECLS
