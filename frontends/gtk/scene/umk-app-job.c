/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A GTask with a cancellable and progress. Reports may come thousands of times a second
 * from the worker; the properties change at most thirty times, by one timeout at a time.
 * A task may go in its worker, after all is done: so it holds nothing, and the job with
 * all that was given to it goes in the main thread.
 */
#include "umk-app-job.h"

#include <glib/gi18n.h>

#define INTERVAL 33 /* ms between reports to the main thread */

struct _UmkAppJob {
    GObject parent_instance;
    char *title;
    char *stage;
    double fraction;
    GCancellable *cancellable;
    UmkAppJobFunc work;
    gpointer data;
    GDestroyNotify data_free, result_free;
    UmkAppJobDone done;
    GWeakRef owner;
    UmkAppJobPause pause;
    gpointer pause_data;
    GDestroyNotify pause_data_free;
    gboolean paused, finished;
    gint64 started, paused_since, paused_for; /* microseconds */

    GMutex lock; /* for what follows */
    char *next_stage;
    double next_fraction;
    guint timeout;
};

enum { PROP_TITLE = 1, PROP_STAGE, PROP_FRACTION, PROP_PAUSED, N_PROPS };
enum { FINISHED, N_SIGNALS };
static guint signals[N_SIGNALS];
static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE(UmkAppJob, umk_app_job, G_TYPE_OBJECT)

static void
free_data(UmkAppJob *self)
{
    gpointer data = g_steal_pointer(&self->data);

    if (self->data_free != NULL && data != NULL)
        self->data_free(data);
}

static void
umk_app_job_finalize(GObject *object)
{
    UmkAppJob *self = UMK_APP_JOB(object);

    free_data(self);
    if (self->pause_data_free != NULL)
        self->pause_data_free(self->pause_data);
    g_weak_ref_clear(&self->owner);
    g_mutex_clear(&self->lock);
    g_object_unref(self->cancellable);
    g_free(self->title);
    g_free(self->stage);
    g_free(self->next_stage);
    G_OBJECT_CLASS(umk_app_job_parent_class)->finalize(object);
}

static void
umk_app_job_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    UmkAppJob *self = UMK_APP_JOB(object);

    switch (id) {
    case PROP_TITLE:
        g_value_set_string(value, self->title);
        break;
    case PROP_STAGE:
        g_value_set_string(value, self->stage);
        break;
    case PROP_FRACTION:
        g_value_set_double(value, self->fraction);
        break;
    case PROP_PAUSED:
        g_value_set_boolean(value, self->paused);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
umk_app_job_class_init(UmkAppJobClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    object_class->finalize = umk_app_job_finalize;
    object_class->get_property = umk_app_job_get_property;
    props[PROP_TITLE] = g_param_spec_string("title", NULL, NULL, NULL, flags);
    props[PROP_STAGE] = g_param_spec_string("stage", NULL, NULL, NULL, flags);
    props[PROP_FRACTION] = g_param_spec_double("fraction", NULL, NULL, -1, 1, -1, flags);
    props[PROP_PAUSED] = g_param_spec_boolean("paused", NULL, NULL, FALSE, flags);
    signals[FINISHED] = g_signal_new("finished", UMK_APP_TYPE_JOB, G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 0);
    g_object_class_install_properties(object_class, N_PROPS, props);
}

static void
umk_app_job_init(UmkAppJob *self)
{
    g_mutex_init(&self->lock);
    g_weak_ref_init(&self->owner, NULL);
    self->cancellable = g_cancellable_new();
    self->fraction = self->next_fraction = -1;
    self->started = g_get_monotonic_time();
}

static gboolean
show_progress(gpointer data)
{
    UmkAppJob *self = data;

    g_mutex_lock(&self->lock);
    g_free(self->stage);
    self->stage = g_strdup(self->next_stage);
    self->fraction = self->next_fraction;
    self->timeout = 0;
    g_mutex_unlock(&self->lock);
    g_object_notify_by_pspec(G_OBJECT(self), props[PROP_STAGE]);
    g_object_notify_by_pspec(G_OBJECT(self), props[PROP_FRACTION]);
    return G_SOURCE_REMOVE;
}

/* A UmkProgressFunc; any thread. */
void
umk_app_job_progress(const char *stage, double fraction, gpointer job)
{
    UmkAppJob *self = job;

    g_mutex_lock(&self->lock);
    if (g_strcmp0(stage, self->next_stage) != 0) {
        g_free(self->next_stage);
        self->next_stage = g_strdup(stage);
    }
    self->next_fraction = CLAMP(fraction, -1, 1);
    if (self->timeout == 0)
        self->timeout =
            g_timeout_add_full(G_PRIORITY_DEFAULT_IDLE, INTERVAL, show_progress,
                               g_object_ref(self), g_object_unref);
    g_mutex_unlock(&self->lock);
}

static void
work_in_thread(GTask *task, gpointer source, gpointer job, GCancellable *cancellable)
{
    UmkAppJob *self = job;
    GError *error = NULL;
    gpointer result = self->work(self, self->data, cancellable, &error);

    if (error != NULL)
        g_task_return_error(task, error);
    else
        g_task_return_pointer(task, result, self->result_free);
}

static void
work_done(GObject *source, GAsyncResult *task, gpointer job)
{
    g_autoptr(UmkAppJob) self = job;
    g_autoptr(GObject) owner = g_weak_ref_get(&self->owner);
    g_autoptr(GError) error = NULL;
    gpointer result = g_task_propagate_pointer(G_TASK(task), &error);

    g_application_release(g_application_get_default());
    self->finished = TRUE;
    g_signal_emit(self, signals[FINISHED], 0);
    if (owner != NULL && self->done != NULL)
        self->done(self, result, error, owner);
    else if (result != NULL && self->result_free != NULL)
        self->result_free(result);
    free_data(self);
}

/* data and the job's result are freed by their functions; done is called in the main
 * thread with the owner, or not at all if that is gone by then. The program stays until
 * then. */
UmkAppJob *
umk_app_job_start(const char *title,
                  UmkAppJobFunc work,
                  gpointer data,
                  GDestroyNotify data_free,
                  GDestroyNotify result_free,
                  UmkAppJobDone done,
                  GObject *owner)
{
    UmkAppJob *self = g_object_new(UMK_APP_TYPE_JOB, NULL);
    g_autoptr(GTask) task = NULL;

    self->title = g_strdup(title);
    self->work = work;
    self->data = data;
    self->data_free = data_free;
    self->result_free = result_free;
    self->done = done;
    g_weak_ref_set(&self->owner, owner);
    task = g_task_new(NULL, self->cancellable, work_done, g_object_ref(self));
    g_task_set_task_data(task, self, NULL);
    g_task_set_source_tag(task, umk_app_job_start);
    g_application_hold(g_application_get_default());
    g_task_run_in_thread(task, work_in_thread);
    return self;
}

void
umk_app_job_cancel(UmkAppJob *self)
{
    g_cancellable_cancel(self->cancellable);
}

gboolean
umk_app_job_is_cancelled(UmkAppJob *self)
{
    return g_cancellable_is_cancelled(self->cancellable);
}

const char *
umk_app_job_get_title(UmkAppJob *self)
{
    return self->title;
}

/* ---- pause and time left -------------------------------------------------------------
 */

void
umk_app_job_set_pause(UmkAppJob *self,
                      UmkAppJobPause pause,
                      gpointer data,
                      GDestroyNotify data_free)
{
    self->pause = pause;
    self->pause_data = data;
    self->pause_data_free = data_free;
}

gboolean
umk_app_job_can_pause(UmkAppJob *self)
{
    return self->pause != NULL && !self->finished && !umk_app_job_is_cancelled(self);
}

void
umk_app_job_set_paused(UmkAppJob *self, gboolean paused)
{
    gint64 now = g_get_monotonic_time();

    if (!umk_app_job_can_pause(self) || paused == self->paused)
        return;
    self->paused = paused;
    if (paused)
        self->paused_since = now;
    else
        self->paused_for += now - self->paused_since;
    self->pause(self->pause_data, paused);
    g_object_notify_by_pspec(G_OBJECT(self), props[PROP_PAUSED]);
}

gboolean
umk_app_job_is_paused(UmkAppJob *self)
{
    return self->paused;
}

/* worked: seconds so far. What is left takes as long as what is done took; the first
 * moments say nothing. */
double
umk_app_job_estimate(double worked, double fraction)
{
    if (worked < 0.8 || fraction < 0.02 || fraction > 1)
        return -1;
    return worked * (1 - fraction) / fraction;
}

double
umk_app_job_get_time_left(UmkAppJob *self)
{
    gint64 now = self->paused ? self->paused_since : g_get_monotonic_time();
    double worked = (double) (now - self->started - self->paused_for) / G_USEC_PER_SEC;

    return umk_app_job_estimate(worked, self->fraction);
}

char *
umk_app_job_time_text(double seconds)
{
    gulong n;

    if (seconds < 0)
        return NULL;
    if (seconds < 1.5)
        return g_strdup(_("a moment left"));
    if (seconds < 90) {
        n = (gulong) (seconds + 0.5);
        return g_strdup_printf(ngettext("%lu s left", "%lu s left", n), n);
    }
    if (seconds < 5400) {
        n = (gulong) (seconds / 60 + 0.5);
        return g_strdup_printf(ngettext("%lu min left", "%lu min left", n), n);
    }
    n = (gulong) (seconds / 3600 + 0.5);
    return g_strdup_printf(ngettext("%lu h left", "%lu h left", n), n);
}
