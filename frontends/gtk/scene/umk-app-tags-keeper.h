/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the tags and notes of the scene and those of the collection the same: reads them
 * when a collection is opened, writes what has changed, in jobs. "failed" tells why they
 * could not be written; what was not is tried again with the next change. */
#pragma once

#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_TAGS_KEEPER (umk_app_tags_keeper_get_type())
G_DECLARE_FINAL_TYPE(UmkAppTagsKeeper, umk_app_tags_keeper, UMK_APP, TAGS_KEEPER, GObject)

UmkAppTagsKeeper *umk_app_tags_keeper_new(UmkAppScene *scene);
/* State of the collection that it has written last; 0: none. */
guint64 umk_app_tags_keeper_get_sequence(UmkAppTagsKeeper *self);
/* Whether everything has been read and written. */
gboolean umk_app_tags_keeper_is_settled(UmkAppTagsKeeper *self);
void umk_app_tags_keeper_write(UmkAppTagsKeeper *self);

G_END_DECLS
