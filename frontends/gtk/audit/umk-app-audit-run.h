/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work of the audit view that is not for the main thread: the library of sets, one test
 * on the open collection, a report. */
#pragma once

#include "umk-app-audit-library.h"
#include "umk-app-audit-result.h"
#include "umk-app-job.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

typedef struct {
    char *known; /* a set that comes with the program, unchanged; or NULL and: */
    char *title;
    char **items;
} UmkAppAuditGiven;

/* Immutable once it is given away. */
typedef struct {
    UmkAppSource *source;
    char *known_test;                            /* unchanged; or NULL */
    char *title, *measure, *debias;              /* debias: a method, or NULL */
    UmkAppAuditGiven sets[UMK_APP_AUDIT_N_SETS]; /* no items: not given */
} UmkAppAuditRequest;

UmkAppAuditRequest *umk_app_audit_request_new(UmkAppSource *source);
void umk_app_audit_request_free(UmkAppAuditRequest *self);

/* Adds a given set to a spec unless it comes with the program; id: what it is there. */
gboolean umk_app_audit_request_add_set(const UmkAppAuditRequest *self,
                                       guint set,
                                       UmkAuditSpec *spec,
                                       char **id,
                                       GError **error);
/* Not for the main thread. */
UmkAuditSource *umk_app_audit_request_get_source(const UmkAppAuditRequest *self,
                                                 GCancellable *cancellable,
                                                 GError **error);

/* Result: UmkAppAuditLibrary. */
UmkAppJob *umk_app_audit_load_library(UmkAppJobDone done, GObject *owner);
/* Result: UmkAppAuditResult. Takes the request. */
UmkAppJob *
umk_app_audit_run(UmkAppAuditRequest *request, UmkAppJobDone done, GObject *owner);
/* Result: the path, to be freed. */
UmkAppJob *umk_app_audit_save(GBytes *json,
                              const char *path,
                              const char *language,
                              UmkAppJobDone done,
                              GObject *owner);

G_END_DECLS
