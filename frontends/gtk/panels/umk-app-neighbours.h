/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nearest items of one item: how many, of which modality, by which metric; a walk
 * from one to the next with a way back. Signals: "chosen" (the line chosen),
 * "metric-chosen" (another measure of nearness). */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-item-list.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_NEIGHBOURS (umk_app_neighbours_get_type())
G_DECLARE_FINAL_TYPE(UmkAppNeighbours, umk_app_neighbours, UMK_APP, NEIGHBOURS, GtkWidget)

/* layout: the one that is shown, to tell which neighbours it keeps; or NULL. */
void umk_app_neighbours_show_row(UmkAppNeighbours *self,
                                 UmkAppSource *source,
                                 UmkAppLayout *layout,
                                 guint32 row);
/* Another layout is shown. */
void umk_app_neighbours_set_layout(UmkAppNeighbours *self, UmkAppLayout *layout);
void umk_app_neighbours_clear(UmkAppNeighbours *self);
/* By what nearness is measured; not a step that can be undone. */
UmkMetric umk_app_neighbours_get_metric(UmkAppNeighbours *self);
void umk_app_neighbours_set_metric(UmkAppNeighbours *self, UmkMetric metric);
UmkAppItemList *umk_app_neighbours_get_list(UmkAppNeighbours *self);
GListModel *umk_app_neighbours_get_rows(UmkAppNeighbours *self);
GtkStringList *umk_app_neighbours_make_choices(void);

G_END_DECLS
