/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cancel, progress and scratch memory of one call. A run knows nothing of what it runs.
 */
#include "core/umk-run-private.h"
#include "core/umk-alloc-private.h"

#define REPORT_EVERY                                                                     \
    33000 /* microseconds; about 30 reports a second are enough for eyes */

#define PAUSE_STEP 5000 /* microseconds */

void
_umk_run_init(UmkRun *run,
              GCancellable *cancellable,
              UmkProgressFunc progress,
              gpointer progress_data)
{
    *run = (UmkRun){.cancellable = cancellable,
                    .progress = progress,
                    .progress_data = progress_data,
                    .owner = g_thread_self(),
                    .to = 1.0};
    g_mutex_init(&run->scratch_lock);
}

/* A stage that covers [from, to] of its parent's progress. */
void
_umk_run_init_stage(UmkRun *run, UmkRun *parent, double from, double to)
{
    _umk_run_init(run, parent ? parent->cancellable : NULL, NULL, NULL);
    run->paused = parent ? parent->paused : NULL;
    run->parent = parent;
    run->from = from;
    run->to = to;
}

void
_umk_run_clear(UmkRun *run)
{
    g_clear_pointer(&run->scratch, g_ptr_array_unref);
    g_mutex_clear(&run->scratch_lock);
}

/**
 * umk_run_check:
 * @run: (nullable): a run
 * @error: return location for an error
 *
 * To be asked at least every few milliseconds of work. Waits while the work is paused.
 *
 * Returns: %FALSE with %G_IO_ERROR_CANCELLED when the work should stop
 */
gboolean
umk_run_check(UmkRun *run, GError **error)
{
    if (run == NULL)
        return TRUE;
    while (run->paused != NULL && g_atomic_int_get(run->paused) &&
           !g_cancellable_is_cancelled(run->cancellable))
        g_usleep(PAUSE_STEP);
    return !g_cancellable_set_error_if_cancelled(run->cancellable, error);
}

/**
 * umk_run_report:
 * @run: (nullable): a run
 * @stage: what is being done, translated
 * @fraction: share done, 0 to 1, or negative when it cannot be told
 *
 * Cheap: reports beyond thirty a second, and those from worker threads, are dropped.
 */
void
umk_run_report(UmkRun *run, const char *stage, double fraction)
{
    gint64 now;

    if (run == NULL || run->owner != g_thread_self())
        return;
    if (run->parent != NULL) {
        double whole = run->from + (run->to - run->from) * CLAMP(fraction, 0.0, 1.0);

        umk_run_report(run->parent, stage, fraction < 0 ? fraction : whole);
        return;
    }
    if (run->progress == NULL)
        return;
    now = g_get_monotonic_time();
    if (fraction < 1.0 && now - run->last_report < REPORT_EVERY)
        return;
    run->last_report = now;
    run->progress(stage, fraction, run->progress_data);
}

/**
 * umk_run_scratch:
 * @run: a run
 * @size: bytes
 * @align: a power of two, at most 64
 *
 * Returns: (nullable): zero-filled memory that is freed with the run, or %NULL when there
 *   is not that much
 */
void *
umk_run_scratch(UmkRun *run, gsize size, gsize align)
{
    gpointer memory;

    g_return_val_if_fail(run != NULL && align <= UMK_ALIGN, NULL);
    memory = _umk_alloc_aligned(size, 1, "scratch", NULL);
    if (memory == NULL)
        return NULL;
    g_mutex_lock(&run->scratch_lock);
    if (run->scratch == NULL)
        run->scratch = g_ptr_array_new_with_free_func(_umk_free_aligned);
    g_ptr_array_add(run->scratch, memory);
    g_mutex_unlock(&run->scratch_lock);
    return memory;
}
