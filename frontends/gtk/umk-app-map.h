/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map: points of a collection in the plane. Pan, zoom, a ring about what is under the
 * pointer, a cursor for the keyboard. The signal "inspect" names a row. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-pick.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_MAP (umk_app_map_get_type())
G_DECLARE_FINAL_TYPE(UmkAppMap, umk_app_map, UMK_APP, MAP, GtkWidget)

#define UMK_APP_NO_ROW G_MAXUINT32

void umk_app_map_set_source(UmkAppMap *self, UmkAppSource *source);
/* Other places for the source's items, kept by the caller until the next call: their
 * names for the left and the right, zero: where neither has more; NULL: the source's own.
 */
void umk_app_map_set_axis(UmkAppMap *self,
                          UmkAppPoints *points,
                          double zero,
                          const char *left,
                          const char *right);
void umk_app_map_set_colours(UmkAppMap *self, const guint8 *colour_of_row);
void umk_app_map_mark(UmkAppMap *self, const guint32 *rows, gsize n_rows);
void umk_app_map_set_selected(UmkAppMap *self, guint32 row);
guint32 umk_app_map_get_selected(UmkAppMap *self);
guint32 umk_app_map_get_cursor(UmkAppMap *self);
void umk_app_map_move_cursor(UmkAppMap *self, UmkAppDirection way);
void umk_app_map_zoom(UmkAppMap *self, double factor);
void umk_app_map_fit(UmkAppMap *self);
guint64 umk_app_map_get_n_frames(UmkAppMap *self);

G_END_DECLS
