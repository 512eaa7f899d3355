/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laying the open collection out, as a job that shows the layout while it settles, can
 * wait, and keeps what came of it with the collection. */
#pragma once

#include "umk-app-axes.h"
#include "umk-app-job.h"

G_BEGIN_DECLS

/* A layout that still moves; main thread, some ten times a second, never after done. */
typedef void (*UmkAppFitLive)(UmkAppJob *job, UmkAppLayout *layout, gpointer owner);

typedef struct {
    UmkAppSource *source;
    const char *method;
    UmkParams *params;   /* not changed any more; NULL with axes */
    UmkAppAxes *axes;    /* taken; or NULL */
    gboolean anew;       /* do not take what was kept, even if it was made alike */
    gboolean supervised; /* items of one label together, where the method can */
    gboolean centred;    /* each kind of items by its mean, first */
} UmkAppFitOrder;

/* Result: UmkAppLayout. */
UmkAppJob *umk_app_fit_start(const UmkAppFitOrder *order,
                             UmkAppFitLive live,
                             UmkAppJobDone done,
                             GObject *owner);
/* Whether a layout was made by that method with these parameters. */
gboolean
umk_app_fit_is_alike(const UmkAppLayout *layout, const char *method, UmkParams *params);

G_END_DECLS
