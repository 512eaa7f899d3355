/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The foot of the window: what the map shows, and a line with progress and a cancel
 * button for each job that takes long. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-job.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_JOB_BAR (umk_app_job_bar_get_type())
G_DECLARE_FINAL_TYPE(UmkAppJobBar, umk_app_job_bar, UMK_APP, JOB_BAR, GtkWidget)

void umk_app_job_bar_add(UmkAppJobBar *self, UmkAppJob *job);
void umk_app_job_bar_remove(UmkAppJobBar *self, UmkAppJob *job);
void umk_app_job_bar_cancel_all(UmkAppJobBar *self);
guint umk_app_job_bar_get_n_jobs(UmkAppJobBar *self);

G_END_DECLS
