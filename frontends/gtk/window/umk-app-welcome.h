/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in a window without a collection: what to do next, and what was open
 * lately. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_WELCOME (umk_app_welcome_get_type())
G_DECLARE_FINAL_TYPE(UmkAppWelcome, umk_app_welcome, UMK_APP, WELCOME, GtkWidget)

/* name: of what was open last, or NULL. crashed: it was never closed. */
void umk_app_welcome_set_last(UmkAppWelcome *self, const char *name, gboolean crashed);
void umk_app_welcome_refresh(UmkAppWelcome *self);

G_END_DECLS
