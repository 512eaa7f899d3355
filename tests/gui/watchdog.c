/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See watchdog.h. */
#include "watchdog.h"

#include <time.h>

static struct {
    GSource *source;
    gint64 clock, cpu; /* of the last dispatch, µs */
    WatchdogResult worst;
} dog;

static gint64
cpu_time(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static gboolean
tick(gpointer unused)
{
    gint64 clock = g_get_monotonic_time(), cpu = cpu_time();
    double ms = (double) (cpu - dog.cpu) / 1000;

    dog.worst.cpu = MAX(dog.worst.cpu, ms);
    dog.worst.clock = MAX(dog.worst.clock, (double) (clock - dog.clock) / 1000);
    dog.worst.n_long += ms > 50;
    dog.clock = clock;
    dog.cpu = cpu;
    return G_SOURCE_CONTINUE;
}

/* The loop's own wait must not count, so the source is ready at every turn. */
void
watchdog_start(void)
{
    dog.worst = (WatchdogResult){0};
    dog.clock = g_get_monotonic_time();
    dog.cpu = cpu_time();
    dog.source = g_timeout_source_new(1);
    g_source_set_priority(dog.source, G_PRIORITY_HIGH);
    g_source_set_callback(dog.source, tick, NULL, NULL);
    g_source_attach(dog.source, NULL);
}

WatchdogResult
watchdog_stop(void)
{
    tick(NULL);
    g_source_destroy(dog.source);
    g_clear_pointer(&dog.source, g_source_unref);
    return dog.worst;
}
