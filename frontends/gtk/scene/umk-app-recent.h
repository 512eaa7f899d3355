/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The collections opened lately, through the desktop's own list. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct {
    char *path;
    GDateTime *time; /* local */
} UmkAppRecent;

GPtrArray *umk_app_recent_dup_all(guint most);
void umk_app_recent_add(const char *path);
char **umk_app_recent_list(guint most);
GMenuModel *umk_app_recent_make_menu(void);

G_END_DECLS
