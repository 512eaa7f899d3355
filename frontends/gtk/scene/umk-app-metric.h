/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's metrics for people: what each is called, which way it goes, how a score is
 * written. */
#pragma once

#include <umekomi/umekomi.h>

G_BEGIN_DECLS

#define UMK_APP_N_METRICS 3u /* 0 to 2 are UmkMetric */

const char *umk_app_metric_get_title(UmkMetric metric);
/* With the direction: which numbers are nearer. */
const char *umk_app_metric_get_help(UmkMetric metric);
/* A score of the engine, where larger is nearer, as the number that has the metric's
 * name: a distance is none below 0. */
char *umk_app_metric_dup_text(UmkMetric metric, float score);

G_END_DECLS
