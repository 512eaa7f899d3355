/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two sets of an audit as an axis through the whole collection: where each item stands
 * between them, as a place on the map and as a colour. */
#pragma once

#include "umk-app-audit-run.h"
#include "umk-app-classes.h"

G_BEGIN_DECLS

typedef struct {
    char *a, *b;            /* what people call the sets; a is to the right */
    UmkAppLayout *layout;   /* across: the axis; up: as on the plain map */
    UmkAppClasses *classes; /* steps of a ramp from b to a */
} UmkAppAuditAxis;

/* Result: UmkAppAuditAxis. Takes the request, whose sets a and b are given. */
UmkAppJob *
umk_app_audit_axis_find(UmkAppAuditRequest *request, UmkAppJobDone done, GObject *owner);
void umk_app_audit_axis_free(UmkAppAuditAxis *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppAuditAxis, umk_app_audit_axis_free)

G_END_DECLS
