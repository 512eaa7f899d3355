/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list of items, used wherever items stand below one another: all of a collection,
 * results of a search, neighbours. Says which one was chosen ("chosen"); choosing is a
 * click or Enter. With Control or Shift several are selected ("selected") and dragged at
 * once. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-row.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_ITEM_LIST (umk_app_item_list_get_type())
G_DECLARE_FINAL_TYPE(UmkAppItemList, umk_app_item_list, UMK_APP, ITEM_LIST, GtkWidget)

void umk_app_item_list_set_model(UmkAppItemList *self, GListModel *rows);
GListModel *umk_app_item_list_get_model(UmkAppItemList *self);
#define UMK_APP_MOST_SELECTED 1000u /* of them are handed on */

guint64 umk_app_item_list_get_n_selected(UmkAppItemList *self);
/* A new list of the UmkAppRow that are selected. */
GListStore *umk_app_item_list_dup_selected(UmkAppItemList *self);
void umk_app_item_list_reveal(UmkAppItemList *self, guint position);

G_END_DECLS
