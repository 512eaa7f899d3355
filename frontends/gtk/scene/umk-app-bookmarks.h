/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Named views of a collection: each is a session, in a folder of the person's own that is
 * named by the collection, so that one that cannot be written to has them too and nobody
 * is given them with a copy. A list of names is read at once, the rest in jobs. Signals:
 * "changed"; "loaded" with the session and the name of a bookmark; "failed" with why. */
#pragma once

#include "umk-app-session.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_BOOKMARKS (umk_app_bookmarks_get_type())
G_DECLARE_FINAL_TYPE(UmkAppBookmarks, umk_app_bookmarks, UMK_APP, BOOKMARKS, GObject)

UmkAppBookmarks *umk_app_bookmarks_new(void);
/* uuid: of a collection; NULL for none. */
void umk_app_bookmarks_set_collection(UmkAppBookmarks *self, const char *uuid);
/* In the order in which they were made. */
guint umk_app_bookmarks_get_n(UmkAppBookmarks *self);
const char *umk_app_bookmarks_get_id(UmkAppBookmarks *self, guint position);
const char *umk_app_bookmarks_get_name(UmkAppBookmarks *self, guint position);
/* Takes the session; name: as it was typed; one without a letter becomes a number. */
void
umk_app_bookmarks_add(UmkAppBookmarks *self, const char *name, UmkAppSession *session);
gboolean
umk_app_bookmarks_rename(UmkAppBookmarks *self, const char *id, const char *name);
/* It can be had back until the collection is opened the next time. */
void umk_app_bookmarks_remove(UmkAppBookmarks *self, const char *id);
void umk_app_bookmarks_restore(UmkAppBookmarks *self, const char *id);
void umk_app_bookmarks_load(UmkAppBookmarks *self, const char *id);

G_END_DECLS
