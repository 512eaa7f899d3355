/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be done with one line of a list: find what is like it, add it to the
 * selection, copy its name. Commands of the window ("win.find-similar", …), named by row.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* By the secondary button; box: what the line shows. */
void umk_app_item_menu_attach(GtkWidget *box, GtkListItem *line);
/* By a key: of the line that has the focus inside list. FALSE if none has. */
gboolean umk_app_item_menu_popup_focused(GtkWidget *list);

G_END_DECLS
