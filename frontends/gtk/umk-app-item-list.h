/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list of items, used wherever items stand below one another: all of a collection,
 * results of a search, neighbours. Says which one was chosen; choosing is a click or
 * Enter. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-row.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_ITEM_LIST (umk_app_item_list_get_type())
G_DECLARE_FINAL_TYPE(UmkAppItemList, umk_app_item_list, UMK_APP, ITEM_LIST, GtkWidget)

void umk_app_item_list_set_model(UmkAppItemList *self, GListModel *rows);
GListModel *umk_app_item_list_get_model(UmkAppItemList *self);
void umk_app_item_list_reveal(UmkAppItemList *self, guint position);

G_END_DECLS
