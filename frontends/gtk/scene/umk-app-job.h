/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One piece of work in a thread of its own: what it is called, how far it is, how to stop
 * it. Work gets immutable values only and hands one back; widgets are touched by nobody
 * but the main thread. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define UMK_APP_TYPE_JOB (umk_app_job_get_type())
G_DECLARE_FINAL_TYPE(UmkAppJob, umk_app_job, UMK_APP, JOB, GObject)

typedef gpointer (*UmkAppJobFunc)(UmkAppJob *job,
                                  gpointer data,
                                  GCancellable *cancellable,
                                  GError **error);
/* result: what the work gave, now the callee's; NULL if error is set. */
typedef void (*UmkAppJobDone)(UmkAppJob *job,
                              gpointer result,
                              const GError *error,
                              gpointer user_data);

UmkAppJob *umk_app_job_start(const char *title,
                             UmkAppJobFunc work,
                             gpointer data,
                             GDestroyNotify data_free,
                             GDestroyNotify result_free,
                             UmkAppJobDone done,
                             GObject *owner);
void umk_app_job_progress(const char *stage, double fraction, gpointer job);
void umk_app_job_cancel(UmkAppJob *self);
gboolean umk_app_job_is_cancelled(UmkAppJob *self);
const char *umk_app_job_get_title(UmkAppJob *self);

G_END_DECLS
