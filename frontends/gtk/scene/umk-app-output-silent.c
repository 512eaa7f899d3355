/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests, and for machines without a sound device: time goes by as if it were heard.
 */
#include "umk-app-output.h"

#define BLOCK  480u /* samples: 10 ms */
#define PERIOD (G_USEC_PER_SEC * BLOCK / UMK_APP_OUTPUT_RATE)

typedef struct {
    UmkAppRender render;
    gpointer data;
    GThread *thread;
    GMutex lock;
    GCond changed;
    gboolean running, closing;
} Silent;

static gpointer
run(gpointer data)
{
    Silent *self = data;
    float samples[BLOCK];
    gint64 next = g_get_monotonic_time();

    g_mutex_lock(&self->lock);
    while (!self->closing) {
        if (!self->running) {
            g_cond_wait(&self->changed, &self->lock);
            next = g_get_monotonic_time();
            continue;
        }
        next += (gint64) PERIOD;
        self->render(samples, BLOCK, self->data);
        g_cond_wait_until(&self->changed, &self->lock, next);
    }
    g_mutex_unlock(&self->lock);
    return NULL;
}

static gpointer
silent_open(UmkAppRender render, UmkAppLost lost, gpointer data, GError **error)
{
    Silent *self = g_new0(Silent, 1);

    self->render = render;
    self->data = data;
    g_mutex_init(&self->lock);
    g_cond_init(&self->changed);
    self->thread = g_thread_new("silent-output", run, self);
    return self;
}

static void
set_running(Silent *self, gboolean running)
{
    g_mutex_lock(&self->lock);
    self->running = running;
    g_cond_signal(&self->changed);
    g_mutex_unlock(&self->lock);
}

static gboolean
silent_start(gpointer output)
{
    set_running(output, TRUE);
    return TRUE;
}

static void
silent_stop(gpointer output)
{
    set_running(output, FALSE);
}

static void
silent_close(gpointer output)
{
    Silent *self = output;

    g_mutex_lock(&self->lock);
    self->closing = TRUE;
    g_cond_signal(&self->changed);
    g_mutex_unlock(&self->lock);
    g_thread_join(self->thread);
    g_mutex_clear(&self->lock);
    g_cond_clear(&self->changed);
    g_free(self);
}

const UmkAppOutput *
umk_app_output_get_silent(void)
{
    static const UmkAppOutput silent = {"silent",     FALSE,       silent_open,
                                        silent_start, silent_stop, silent_close};

    return &silent;
}
