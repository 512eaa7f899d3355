/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is selected, in sum: how many of each kind, tags, and the words and values that
 * are met more often than in the rest. A word narrows the selection to the items that
 * have it. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-summary.h"
#include "umk-app-tag-box.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_SELECTION (umk_app_selection_get_type())
G_DECLARE_FINAL_TYPE(UmkAppSelection, umk_app_selection, UMK_APP, SELECTION, GtkWidget)

void umk_app_selection_set_scene(UmkAppSelection *self, UmkAppScene *scene);
/* NULL while it is being made, or nothing is selected. */
UmkAppSummary *umk_app_selection_get_summary(UmkAppSelection *self);
UmkAppTagBox *umk_app_selection_get_tag_box(UmkAppSelection *self);
void umk_app_selection_narrow(UmkAppSelection *self, UmkAppRows *rows);

G_END_DECLS
