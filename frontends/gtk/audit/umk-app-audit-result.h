/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the view shows of an audit of one test: read once from its JSON, then only read.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    char *role, *name;
    double value, without; /* NaN: none */
} UmkAppAuditItem;

typedef struct {
    gboolean defined, has_neutral;
    double value, neutral;
    double least, most;                         /* NaN: none */
    double narrow_low, narrow_high;             /* NaN: none */
    double wide_low, wide_high;                 /* NaN: none */
    double control_low, control_high, p, holm;  /* NaN: none */
    char *verdict, *figure, *undefined, *error; /* codes, codes, a code, words; or NULL */
    char **reasons;                             /* codes */
} UmkAppAuditFigures;

typedef struct {
    gatomicrefcount refs;
    GBytes *json;
    UmkAppAuditFigures before, after; /* after: with the debias */
    gboolean has_after;
    char *debias;        /* the method, or NULL */
    GArray *items;       /* of UmkAppAuditItem */
    GHashTable *missing; /* id of a set -> char **, names */
    char **shared;       /* names that opposed sets share, left out of both */
    char **unpaired;     /* names whose partner is missing, left out */
} UmkAppAuditResult;

UmkAppAuditResult *
umk_app_audit_result_new(const char *json, gsize length, GError **error);
UmkAppAuditResult *umk_app_audit_result_ref(UmkAppAuditResult *self);
void umk_app_audit_result_unref(UmkAppAuditResult *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppAuditResult, umk_app_audit_result_unref)

G_END_DECLS
