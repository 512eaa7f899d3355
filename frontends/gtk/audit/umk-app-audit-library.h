/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sets and tests that come with the program, with titles in the language of the
 * window. Read-only once loaded. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define UMK_APP_AUDIT_N_SETS 4 /* x, y, a, b */

typedef struct {
    char *id, *title, *language;
    char **items;
} UmkAppAuditKnownSet;

typedef struct {
    char *id, *title, *measure;
    char *sets[UMK_APP_AUDIT_N_SETS]; /* ids; NULL where a test has no such set */
} UmkAppAuditKnownTest;

typedef struct {
    GPtrArray *sets;  /* of UmkAppAuditKnownSet */
    GPtrArray *tests; /* of UmkAppAuditKnownTest; those with these four sets alone */
} UmkAppAuditLibrary;

UmkAppAuditLibrary *umk_app_audit_library_load(GError **error);
void umk_app_audit_library_free(UmkAppAuditLibrary *self);
const UmkAppAuditKnownSet *umk_app_audit_library_find(const UmkAppAuditLibrary *self,
                                                      const char *id);
const char *umk_app_audit_role(guint set);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppAuditLibrary, umk_app_audit_library_free)

G_END_DECLS
