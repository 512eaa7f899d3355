/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of rows, colours and places as bytes: compressed text inside a JSON file, or a
 * file of their own where they are large. */
#pragma once

#include "umk-app-layout.h"
#include "umk-app-rows.h"

#include <gio/gio.h>

G_BEGIN_DECLS

char *umk_app_blob_encode(const void *data, gsize size);
/* NULL where the text is no blob of just that size. */
guint8 *umk_app_blob_decode(const char *text, gsize size);
char *umk_app_blob_from_rows(UmkAppRows *rows);
UmkAppRows *umk_app_blob_to_rows(const char *text, gsize n_rows);

/* Writes places to a file named by their digest, in folder; its name, or NULL. */
char *umk_app_blob_save_places(const UmkAppLayout *layout,
                               const char *folder,
                               const char *prefix,
                               GError **error);
gboolean umk_app_blob_load_places(
    const char *path, gsize n_items, UmkMatrix **coords, GBytes **rows, GError **error);

G_END_DECLS
