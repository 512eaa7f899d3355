/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window: one collection, its map, its items, one of them looked at closely. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_WINDOW (umk_app_window_get_type())
G_DECLARE_FINAL_TYPE(UmkAppWindow, umk_app_window, UMK_APP, WINDOW, AdwApplicationWindow)

UmkAppWindow *umk_app_window_new(GtkApplication *application);
/* A collection, or anything that can be made into one. */
void umk_app_window_open_any(UmkAppWindow *self, const char *path);
void umk_app_window_open_path(UmkAppWindow *self, const char *path);
gboolean umk_app_window_is_empty(UmkAppWindow *self);

G_END_DECLS
