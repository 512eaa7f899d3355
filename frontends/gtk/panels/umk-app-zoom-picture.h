/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A picture that can be looked at closely: as large as fits, pixel by pixel, or anything
 * between; by wheel, keys, a double click, and buttons. More pixels are read when they
 * are needed. */
#pragma once

#include <gtk/gtk.h>
#include <umekomi/umekomi.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_ZOOM_PICTURE (umk_app_zoom_picture_get_type())
G_DECLARE_FINAL_TYPE(
    UmkAppZoomPicture, umk_app_zoom_picture, UMK_APP, ZOOM_PICTURE, GtkWidget)

/* texture: of the item, its longer side size pixels at most; NULL empties it. */
void umk_app_zoom_picture_show(UmkAppZoomPicture *self,
                               UmkItem *item,
                               GdkTexture *texture,
                               guint size,
                               const char *title);
/* 1 is one pixel of the picture a pixel of the screen; 0 is as large as fits. */
void umk_app_zoom_picture_set_zoom(UmkAppZoomPicture *self, double zoom);
double umk_app_zoom_picture_get_zoom(UmkAppZoomPicture *self);

G_END_DECLS
