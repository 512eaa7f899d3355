/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures of items: made in threads, kept for a while, shared by all that show them. */
#pragma once

#include <gtk/gtk.h>
#include <umekomi/umekomi.h>

G_BEGIN_DECLS

#define UMK_APP_THUMBNAIL 96u /* pixels of a small picture */

void umk_app_previews_load(UmkItem *item,
                           guint size,
                           GCancellable *cancellable,
                           GAsyncReadyCallback done,
                           gpointer user_data);
UmkPreview *umk_app_previews_finish(GAsyncResult *result, GError **error);
GdkTexture *umk_app_previews_to_texture(UmkPreview *preview);

GtkWidget *umk_app_thumbnail_new(void);
void umk_app_thumbnail_stop(GtkWidget *thumbnail);
void umk_app_thumbnail_set_item(GtkWidget *thumbnail, UmkItem *item);

G_END_DECLS
