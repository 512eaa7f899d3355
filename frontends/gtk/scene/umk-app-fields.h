/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of the open collection, read in a job after the map is there, and those that
 * were found since (clusters). Signal "changed" when there are others. Main thread only.
 */
#pragma once

#include "umk-app-field.h"
#include "umk-app-job.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_FIELDS (umk_app_fields_get_type())
G_DECLARE_FINAL_TYPE(UmkAppFields, umk_app_fields, UMK_APP, FIELDS, GObject)

UmkAppFields *umk_app_fields_new(void);
/* Reads anew; NULL for none. Without now it waits to be told to begin. */
void umk_app_fields_set_source(UmkAppFields *self, UmkAppSource *source, gboolean now);
void umk_app_fields_begin(UmkAppFields *self);
/* Stops reading; nothing comes any more. */
void umk_app_fields_stop(UmkAppFields *self);
/* Or is going to. */
gboolean umk_app_fields_is_reading(UmkAppFields *self);
guint umk_app_fields_get_n(UmkAppFields *self);
UmkAppField *umk_app_fields_get(UmkAppFields *self, guint position);
/* NULL: there is none of that name. */
UmkAppField *umk_app_fields_find(UmkAppFields *self, const char *name);
/* Takes the place of one of the same name. */
void umk_app_fields_put(UmkAppFields *self, UmkAppField *field);

G_END_DECLS
