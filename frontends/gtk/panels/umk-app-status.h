/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line below the map: how many items are drawn and chosen, how true the picture is,
 * its seed. A click shows the whole recipe, which can be copied as a command line. Signal
 * "copied" (what has happened, for people). */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-found.h"
#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_STATUS (umk_app_status_get_type())
G_DECLARE_FINAL_TYPE(UmkAppStatus, umk_app_status, UMK_APP, STATUS, GtkWidget)

/* Set once. */
void umk_app_status_set_scene(UmkAppStatus *self, UmkAppScene *scene);
GtkLabel *umk_app_status_get_label(UmkAppStatus *self);
/* How true the present layout is; NULL: not measured (yet). */
const UmkAppTruth *umk_app_status_get_truth(UmkAppStatus *self);
void umk_app_status_popup(UmkAppStatus *self);
void umk_app_status_popdown(UmkAppStatus *self);
/* NULL: the command line cannot make this picture. */
char *umk_app_status_dup_command(UmkAppStatus *self);
void umk_app_status_cancel(UmkAppStatus *self);

G_END_DECLS
