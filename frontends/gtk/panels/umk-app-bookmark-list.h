/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bookmarks of a collection in a popover: go there, call one otherwise, take one
 * away, and a line that makes one of what is seen. Signals: "add" with a name, "removed"
 * with the id and name of one that was taken away. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-bookmarks.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_BOOKMARK_LIST (umk_app_bookmark_list_get_type())
G_DECLARE_FINAL_TYPE(
    UmkAppBookmarkList, umk_app_bookmark_list, UMK_APP, BOOKMARK_LIST, GtkPopover)

GtkWidget *umk_app_bookmark_list_new(UmkAppBookmarks *bookmarks);

G_END_DECLS
