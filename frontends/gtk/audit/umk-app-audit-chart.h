/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The result of an audit as a picture: the effect with its intervals above, and where
 * each item stands on the axis below. Left, Right and the pointer go from item to item;
 * Enter and a click choose one: the signal "chosen" names it. */
#pragma once

#include "umk-app-audit-result.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_AUDIT_CHART (umk_app_audit_chart_get_type())
G_DECLARE_FINAL_TYPE(
    UmkAppAuditChart, umk_app_audit_chart, UMK_APP, AUDIT_CHART, GtkWidget)

typedef char *(*UmkAppAuditTitleFunc)(const char *role,
                                      const char *name, /* NULL: of the set */
                                      gpointer data);

/* @titles: what people call an item or a set; the result is freed. */
void umk_app_audit_chart_set_result(UmkAppAuditChart *self,
                                    UmkAppAuditResult *result,
                                    UmkAppAuditTitleFunc titles,
                                    gpointer data);
/* The name of the item under the cursor, or NULL. */
const char *umk_app_audit_chart_get_cursor(UmkAppAuditChart *self);
void umk_app_audit_chart_move(UmkAppAuditChart *self, int by);
void umk_app_audit_chart_choose(UmkAppAuditChart *self);

G_END_DECLS
