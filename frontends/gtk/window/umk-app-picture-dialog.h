/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks how the picture of the map is to be. The signal "save" says that it may be. */
#pragma once

#include <adwaita.h>

#include "umk-app-figure.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_PICTURE_DIALOG (umk_app_picture_dialog_get_type())
G_DECLARE_FINAL_TYPE(
    UmkAppPictureDialog, umk_app_picture_dialog, UMK_APP, PICTURE_DIALOG, AdwWindow)

UmkAppPictureDialog *umk_app_picture_dialog_new(GtkWindow *parent, GSettings *settings);
/* "png", "svg" or "pdf" */
const char *umk_app_picture_dialog_get_format(UmkAppPictureDialog *self);
/* What was chosen; the window's own part is the caller's. */
void umk_app_picture_dialog_get_style(UmkAppPictureDialog *self,
                                      UmkAppFigureStyle *style);

G_END_DECLS
