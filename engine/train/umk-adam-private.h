/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AdamW (Loshchilov and Hutter 2019, algorithm 2): Adam with the decay of weights apart
 * from the gradient. The moments belong to the caller, who keeps them in checkpoints. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    double rate;  /* of this step, the schedule already applied */
    double decay; /* lambda; 0 where weights do not decay */
    guint64 step; /* from 1 */
} UmkAdamStep;

/* Changes n weights by one step; mean and square are the two moments, 0 before step 1. */
void _umk_adam_step(const UmkAdamStep *step,
                    const float *gradient,
                    float *mean,
                    float *square,
                    float *weights,
                    gsize n);

/* Share of the full rate at a step of 1 … n_steps: it rises in a line over the first
 * n_warm steps, then falls to 0 along half a cosine (Loshchilov and Hutter 2017, eq. 5).
 */
double _umk_rate_at(guint64 step, guint64 n_steps, guint64 n_warm);

G_END_DECLS
