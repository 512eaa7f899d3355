/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a map was made, to be read: name and value, the details folded below. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define UMK_APP_RECIPE_WIDE 700 /* room in which nothing need wrap */

/* lines: of UmkAppRecipeLine, not kept. room: pixels across, of text at its usual size.
 */
GtkWidget *umk_app_recipe_view_new(const GPtrArray *lines, int room);

G_END_DECLS
