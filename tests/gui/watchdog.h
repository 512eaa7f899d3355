/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures how long the main loop is away: from one dispatch of a source that is always
 * ready to the next. Time on the processor tells what the window itself does; time on the
 * clock also what else the machine was busy with. */
#pragma once

#include <glib.h>

typedef struct {
    double cpu, clock; /* milliseconds of the worst absence */
    guint n_long;      /* absences above 50 ms of processor time */
} WatchdogResult;

void watchdog_start(void);
WatchdogResult watchdog_stop(void);
