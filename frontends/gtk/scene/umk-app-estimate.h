/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long an import will take and how much memory, measured on a few of its own items
 * with the model that it will use. Not for the main thread. */
#pragma once

#include "umk-app-intake.h"

G_BEGIN_DECLS

typedef struct {
    double seconds; /* negative: not known */
    guint64 memory; /* bytes */
    guint64 room;   /* bytes that are free; all there can be: not known */
    gsize n_items, n_measured;
} UmkAppEstimate;

/* target: the collection that is added to; NULL: a new one. */
UmkAppEstimate *umk_app_estimate_new(const UmkAppIntake *intake,
                                     const char *target,
                                     GCancellable *cancellable,
                                     GError **error);
/* "about 40 s, 350 MB", and what to do if that is more than there is */
char *umk_app_estimate_describe(const UmkAppEstimate *self);
/* "40 s", "3 min", "2 h" */
char *umk_app_estimate_format_time(double seconds);

G_END_DECLS
