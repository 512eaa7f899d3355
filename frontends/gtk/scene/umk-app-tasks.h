/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long work of the window that is no question: open, make and fill collections. */
#pragma once

#include "umk-app-job.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

/* Result: UmkAppSource. */
UmkAppJob *umk_app_task_open(const char *path, UmkAppJobDone done, GObject *owner);
/* Result: the path, to be freed. */
UmkAppJob *umk_app_task_create(const char *path, UmkAppJobDone done, GObject *owner);
/* Result: UmkIngestReport. */
UmkAppJob *umk_app_task_add(const char *path,
                            const char *const *files,
                            UmkAppJobDone done,
                            GObject *owner);
/* Result: the path of the sample collection, to be freed; made if it is not there yet. */
UmkAppJob *umk_app_task_sample(const char *name, UmkAppJobDone done, GObject *owner);

G_END_DECLS
