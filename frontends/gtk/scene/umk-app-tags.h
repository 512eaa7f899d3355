/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tags that people put on items: names, each the rows that have it. Immutable, shared by
 * reference. In a collection they are the column "tags", names parted by commas. */
#pragma once

#include "umk-app-rows.h"

G_BEGIN_DECLS

#define UMK_APP_TAGS_COLUMN "tags"

typedef struct _UmkAppTags UmkAppTags;

UmkAppTags *umk_app_tags_new(gsize n_rows);
/* values: n_rows of them, or NULL for none. */
UmkAppTags *umk_app_tags_new_from_column(gsize n_rows, const char *const *values);
UmkAppTags *umk_app_tags_ref(UmkAppTags *self);
void umk_app_tags_unref(UmkAppTags *self);
/* The same with the tag on, or off, these rows too. */
UmkAppTags *umk_app_tags_with(UmkAppTags *self, const char *name, UmkAppRows *rows);
UmkAppTags *umk_app_tags_without(UmkAppTags *self, const char *name, UmkAppRows *rows);
/* By name. */
guint umk_app_tags_get_n_tags(UmkAppTags *self);
const char *umk_app_tags_get_name(UmkAppTags *self, guint position);
/* NULL: nothing has this tag. */
UmkAppRows *umk_app_tags_get_rows(UmkAppTags *self, const char *name);
gsize umk_app_tags_get_n_rows(UmkAppTags *self);

/* A name as it is kept: stripped, without commas and control characters, of bounded
 * length; NULL if nothing is left. */
char *umk_app_tag_tidy(const char *name);
/* A value of the column with some names more and some less; the others stay as they are,
 * in their order. NULL if none is left. */
char *
umk_app_tag_patch(const char *value, const char *const *more, const char *const *less);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppTags, umk_app_tags_unref)

G_END_DECLS
