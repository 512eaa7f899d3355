/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks which items go into a file, and in which format. The signal "save" says that they
 * may. */
#pragma once

#include <adwaita.h>

#include "umk-app-items-file.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_ITEMS_DIALOG (umk_app_items_dialog_get_type())
G_DECLARE_FINAL_TYPE(
    UmkAppItemsDialog, umk_app_items_dialog, UMK_APP, ITEMS_DIALOG, AdwWindow)

/* n_selected: 0 leaves only all that are shown. */
UmkAppItemsDialog *umk_app_items_dialog_new(GtkWindow *parent,
                                            GSettings *settings,
                                            gsize n_selected,
                                            gsize n_shown);
/* "csv", "tsv", "jsonl" or "npy" */
const char *umk_app_items_dialog_get_format(UmkAppItemsDialog *self);
void umk_app_items_dialog_get_style(UmkAppItemsDialog *self, UmkAppItemsStyle *style);

G_END_DECLS
