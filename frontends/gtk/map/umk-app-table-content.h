/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is selected as a table in CSV, for who takes it out of the window. It is written
 * when somebody asks for it, beside the main loop. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_TABLE_CONTENT umk_app_table_content_get_type()
G_DECLARE_FINAL_TYPE(
    UmkAppTableContent, umk_app_table_content, UMK_APP, TABLE_CONTENT, GdkContentProvider)

GdkContentProvider *umk_app_table_content_new(UmkAppScene *scene);

G_END_DECLS
