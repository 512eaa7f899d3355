/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One set of an audit as a box of chips: typed, taken from a word list, or dropped. The
 * signal "changed" says that its items or its title are others. */
#pragma once

#include "umk-app-audit-library.h"
#include "umk-app-source.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_AUDIT_SET (umk_app_audit_set_get_type())
G_DECLARE_FINAL_TYPE(UmkAppAuditSet, umk_app_audit_set, UMK_APP, AUDIT_SET, GtkWidget)

/* @letter: "X"; @hint: what belongs here; @number: of the set, for its button. */
void umk_app_audit_set_describe(UmkAppAuditSet *self,
                                const char *letter,
                                const char *hint,
                                guint number);
void umk_app_audit_set_set_library(UmkAppAuditSet *self,
                                   const UmkAppAuditLibrary *library);
void umk_app_audit_set_fill(UmkAppAuditSet *self, const UmkAppAuditKnownSet *set);
void umk_app_audit_set_clear(UmkAppAuditSet *self);
/* @name: what the audit calls it; @title: what people read, or NULL. */
void umk_app_audit_set_add(UmkAppAuditSet *self, const char *name, const char *title);
void umk_app_audit_set_add_item(UmkAppAuditSet *self, UmkItem *item);
/* rows: of UmkAppRow; told once. */
void umk_app_audit_set_add_rows(UmkAppAuditSet *self, GListModel *rows);
/* Words between commas, semicolons or line ends. */
void umk_app_audit_set_add_words(UmkAppAuditSet *self, const char *text);
gboolean umk_app_audit_set_remove(UmkAppAuditSet *self, const char *name);
/* Names that the audit did not find; their chips say so. */
void umk_app_audit_set_mark_missing(UmkAppAuditSet *self, const char *const *names);

const char *umk_app_audit_set_get_title(UmkAppAuditSet *self);
guint umk_app_audit_set_get_n_items(UmkAppAuditSet *self);
char **umk_app_audit_set_dup_items(UmkAppAuditSet *self);
/* What people read for a name, or NULL. */
const char *umk_app_audit_set_get_item_title(UmkAppAuditSet *self, const char *name);
/* The id of the known set that it still is, or NULL. */
const char *umk_app_audit_set_get_known(UmkAppAuditSet *self);

G_END_DECLS
