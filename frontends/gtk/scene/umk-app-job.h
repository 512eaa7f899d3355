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

/* Holds the work still, or lets it go on; called in the main thread. */
typedef void (*UmkAppJobPause)(gpointer data, gboolean paused);

/* The signal "finished" comes just before done, whether or not the owner is there. */
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
/* Before the first turn of the main loop; a job without it cannot wait. */
void umk_app_job_set_pause(UmkAppJob *self,
                           UmkAppJobPause pause,
                           gpointer data,
                           GDestroyNotify data_free);
gboolean umk_app_job_can_pause(UmkAppJob *self);
void umk_app_job_set_paused(UmkAppJob *self, gboolean paused);
gboolean umk_app_job_is_paused(UmkAppJob *self);
/* Seconds; negative while nothing can be said. */
double umk_app_job_get_time_left(UmkAppJob *self);
double umk_app_job_estimate(double worked, double fraction);
/* "about 2 min left"; NULL for a negative number. */
char *umk_app_job_time_text(double seconds);

G_END_DECLS
