/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layouts kept with a collection: the newest, and the newest of each method. Work for a
 * job. */
#pragma once

#include "umk-app-layout.h"

G_BEGIN_DECLS

/* method: NULL for the newest of all. NULL without an error: nothing fits any more. One
 * that was kept before items came, went or changed has the places of those that are left,
 * and says how many are missing; it is not taken if that were most. */
UmkAppLayout *umk_app_stored_load(UmkCollection *collection, const char *method);
/* Only one that is of the items as they are. */
UmkAppLayout *umk_app_stored_load_whole(UmkCollection *collection, const char *method);
/* FALSE, which is no calamity, where the collection cannot be written. */
gboolean
umk_app_stored_save(const char *path, const UmkAppLayout *layout, GError **error);

G_END_DECLS
