/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit view: four sets, a measure, and at once what they show on the open
 * collection. Signals: "chosen" with the name of an item, "updated" when what is shown is
 * something else.
 */
#pragma once

#include "umk-app-audit-chart.h"
#include "umk-app-audit-run.h"
#include "umk-app-audit-set.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_AUDIT_VIEW (umk_app_audit_view_get_type())
G_DECLARE_FINAL_TYPE(UmkAppAuditView, umk_app_audit_view, UMK_APP, AUDIT_VIEW, GtkWidget)

/* NULL: none. The sets stay, what was found goes. */
void umk_app_audit_view_set_source(UmkAppAuditView *self, UmkAppSource *source);
/* Loads the word lists when it is first shown. */
void umk_app_audit_view_prepare(UmkAppAuditView *self);
/* A test that comes with the program, by its id. */
gboolean umk_app_audit_view_take_test(UmkAppAuditView *self, const char *id);
void umk_app_audit_view_cancel(UmkAppAuditView *self);
/* Of what is shown; NULL while nothing is. */
GBytes *umk_app_audit_view_get_json(UmkAppAuditView *self);
UmkAppAuditSet *umk_app_audit_view_get_set(UmkAppAuditView *self, guint set);
UmkAppAuditChart *umk_app_audit_view_get_chart(UmkAppAuditView *self);
/* "empty", "result" or "problem" */
const char *umk_app_audit_view_get_page(UmkAppAuditView *self);
const UmkAppAuditLibrary *umk_app_audit_view_get_library(UmkAppAuditView *self);

/* Whether the sets a and b can be the ends of an axis. */
gboolean umk_app_audit_view_has_axis(UmkAppAuditView *self);
/* NULL where they cannot. */
UmkAppAuditRequest *umk_app_audit_view_make_axis_request(UmkAppAuditView *self);

G_END_DECLS
