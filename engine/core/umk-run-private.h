/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One call in progress: how to cancel it, whom to tell, and scratch memory that goes with
 * it. Made on the stack at the public border, handed inward as one pointer. */
#pragma once

#include <umekomi/umk-plugin.h>

struct _UmkRun {
    GCancellable *cancellable;
    const gint *paused; /* atomic; while it is set, umk_run_check() waits */
    UmkProgressFunc progress;
    gpointer progress_data;
    GThread *owner; /* the only thread progress is reported from */
    UmkRun *parent; /* a stage of a longer run reports through it */
    double from;    /* share of the parent this stage covers */
    double to;
    gint64 last_report; /* microseconds, monotonic */
    GPtrArray *scratch;
    GMutex scratch_lock;
};

void _umk_run_init(UmkRun *run,
                   GCancellable *cancellable,
                   UmkProgressFunc progress,
                   gpointer progress_data);
void _umk_run_init_stage(UmkRun *run, UmkRun *parent, double from, double to);
void _umk_run_clear(UmkRun *run);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkRun, _umk_run_clear)
