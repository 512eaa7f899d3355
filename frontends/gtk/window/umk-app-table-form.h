/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks what the columns of a table are, over a preview of its first rows. */
#pragma once

#include <adwaita.h>

#include "umk-app-table.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_TABLE_FORM (umk_app_table_form_get_type())
G_DECLARE_FINAL_TYPE(UmkAppTableForm, umk_app_table_form, UMK_APP, TABLE_FORM, GtkWidget)

/* The table's format and roles follow what is chosen; it is the caller's and outlives the
 * form. The signal "changed" says that they did. */
void umk_app_table_form_set_table(UmkAppTableForm *self, UmkAppTable *table);
/* Whether some column is a text or a path. */
gboolean umk_app_table_form_is_complete(UmkAppTableForm *self);

G_END_DECLS
