/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a spec of what the boxes hold and lets the engine run it. */
#include "umk-app-audit-run.h"

#include "umk-report.h"

#include <glib/gi18n.h>

#define SEED 42

UmkAppAuditRequest *
umk_app_audit_request_new(UmkAppSource *source)
{
    UmkAppAuditRequest *self = g_new0(UmkAppAuditRequest, 1);

    self->source = g_object_ref(source);
    return self;
}

void
umk_app_audit_request_free(UmkAppAuditRequest *self)
{
    g_object_unref(self->source);
    g_free(self->known_test);
    g_free(self->title);
    g_free(self->measure);
    g_free(self->debias);
    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++) {
        g_free(self->sets[i].known);
        g_free(self->sets[i].title);
        g_strfreev(self->sets[i].items);
    }
    g_free(self);
}

/* ---- spec ----------------------------------------------------------------------------
 */

static gboolean
is_given(const UmkAppAuditGiven *set)
{
    return set->items != NULL && set->items[0] != NULL;
}

gboolean
umk_app_audit_request_add_set(const UmkAppAuditRequest *self,
                              guint set,
                              UmkAuditSpec *spec,
                              char **id,
                              GError **error)
{
    const UmkAppAuditGiven *given = &self->sets[set];

    *id = given->known != NULL ? g_strdup(given->known)
                               : g_strdup_printf("set-%s", umk_app_audit_role(set));
    return given->known != NULL ||
           umk_audit_spec_add_set(spec, *id, given->title, NULL,
                                  (const char *const *) given->items, error);
}

/* The sets that are none of the program's, and who plays which role. */
static char *
add_sets(UmkAuditSpec *spec, const UmkAppAuditRequest *request, GError **error)
{
    GString *roles = g_string_new(NULL);

    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++) {
        g_autofree char *id = NULL;

        if (!is_given(&request->sets[i]))
            continue;
        if (!umk_app_audit_request_add_set(request, i, spec, &id, error)) {
            g_string_free(roles, TRUE);
            return NULL;
        }
        g_string_append_printf(roles, "%s%s=%s", roles->len > 0 ? " " : "",
                               umk_app_audit_role(i), id);
    }
    return g_string_free(roles, FALSE);
}

static gboolean
add_test(UmkAuditSpec *spec, const UmkAppAuditRequest *request, GError **error)
{
    g_autofree char *roles = NULL;

    if (request->known_test != NULL)
        return umk_audit_spec_add_known_test(spec, request->known_test, error);
    roles = add_sets(spec, request, error);
    return roles != NULL &&
           umk_audit_spec_add_test(spec, "test", request->measure, roles, NULL, error);
}

static UmkAuditSpec *
make_spec(const UmkAppAuditRequest *request, GError **error)
{
    g_autoptr(UmkAuditSpec) spec = umk_audit_spec_new();
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *date = g_date_time_format(now, "%Y-%m-%d");

    if (!umk_audit_spec_set(spec, "date", date, error) ||
        !umk_audit_spec_set(spec, "auditor", g_get_real_name(), error) ||
        (request->title != NULL &&
         !umk_audit_spec_set(spec, "title", request->title, error)) ||
        !add_test(spec, request, error) ||
        (request->debias != NULL &&
         !umk_audit_spec_set_debias(spec, request->debias, NULL, NULL, error)))
        return NULL;
    return g_steal_pointer(&spec);
}

/* ---- jobs ----------------------------------------------------------------------------
 */

static gpointer
dup_source(gpointer source, gpointer data)
{
    return source != NULL ? umk_audit_source_ref(source) : NULL;
}

/* Knows the names of all items, which takes a while to read; kept with the collection. */
UmkAuditSource *
umk_app_audit_request_get_source(const UmkAppAuditRequest *self,
                                 GCancellable *cancellable,
                                 GError **error)
{
    GObject *keeper = G_OBJECT(self->source);
    UmkAuditSource *source =
        g_object_dup_data(keeper, "umk-audit-source", dup_source, NULL);

    if (source != NULL)
        return source;
    source = umk_audit_source_new_for_collection(
        umk_app_source_get_collection(self->source), umk_registry_get_default(),
        cancellable, error);
    if (source != NULL)
        g_object_set_data_full(keeper, "umk-audit-source", umk_audit_source_ref(source),
                               (GDestroyNotify) umk_audit_source_unref);
    return source;
}

static gpointer
run_in_thread(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const UmkAppAuditRequest *request = data;
    g_autoptr(UmkAuditSpec) spec = make_spec(request, error);
    g_autoptr(UmkAuditSource) source = NULL;
    g_autoptr(UmkAudit) audit = NULL;
    const char *json;
    gsize length;

    if (spec == NULL)
        return NULL;
    source = umk_app_audit_request_get_source(request, cancellable, error);
    if (source == NULL)
        return NULL;
    audit =
        umk_audit_run(spec, source, SEED, cancellable, umk_app_job_progress, job, error);
    if (audit == NULL)
        return NULL;
    json = umk_audit_get_json(audit, &length);
    return umk_app_audit_result_new(json, length, error);
}

UmkAppJob *
umk_app_audit_run(UmkAppAuditRequest *request, UmkAppJobDone done, GObject *owner)
{
    return umk_app_job_start(_("Auditing"), run_in_thread, request,
                             (GDestroyNotify) umk_app_audit_request_free,
                             (GDestroyNotify) umk_app_audit_result_unref, done, owner);
}

static gpointer
load_in_thread(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    return umk_app_audit_library_load(error);
}

UmkAppJob *
umk_app_audit_load_library(UmkAppJobDone done, GObject *owner)
{
    return umk_app_job_start(_("Reading word lists"), load_in_thread, NULL, NULL,
                             (GDestroyNotify) umk_app_audit_library_free, done, owner);
}

typedef struct {
    GBytes *json;
    char *path, *language;
} Report;

static void
free_report(gpointer data)
{
    Report *report = data;

    g_bytes_unref(report->json);
    g_free(report->path);
    g_free(report->language);
    g_free(report);
}

static gpointer
save_in_thread(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Report *report = data;
    gsize length;
    const char *json = g_bytes_get_data(report->json, &length);

    return umk_report_write(json, length, report->path, report->language, error)
               ? g_strdup(report->path)
               : NULL;
}

UmkAppJob *
umk_app_audit_save(GBytes *json,
                   const char *path,
                   const char *language,
                   UmkAppJobDone done,
                   GObject *owner)
{
    Report *report = g_new0(Report, 1);

    report->json = g_bytes_ref(json);
    report->path = g_strdup(path);
    report->language = g_strdup(language);
    return umk_app_job_start(_("Saving the report"), save_in_thread, report, free_report,
                             g_free, done, owner);
}
