/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass over the weights a step, in parallel; each weight's arithmetic is its own. */
#include "train/umk-adam-private.h"

#include "core/umk-pool-private.h"

#include <math.h>

#define CHUNK   8192
#define BETA_1  0.9
#define BETA_2  0.999
#define EPSILON 1e-8

typedef struct {
    const UmkAdamStep *step;
    const float *gradient;
    float *mean, *square, *weights;
    double unbias_1, unbias_2;
} Job;

static void
step_range(gsize begin, gsize end, guint worker, gpointer data)
{
    const Job *job = data;
    double keep = 1.0 - job->step->rate * job->step->decay;

    for (gsize i = begin; i < end; i++) {
        double g = (double) job->gradient[i];
        double m = BETA_1 * (double) job->mean[i] + (1.0 - BETA_1) * g;
        double v = BETA_2 * (double) job->square[i] + (1.0 - BETA_2) * g * g;

        job->mean[i] = (float) m;
        job->square[i] = (float) v;
        job->weights[i] = (float) (keep * (double) job->weights[i] -
                                   job->step->rate * (m * job->unbias_1) /
                                       (sqrt(v * job->unbias_2) + EPSILON));
    }
}

void
_umk_adam_step(const UmkAdamStep *step,
               const float *gradient,
               float *mean,
               float *square,
               float *weights,
               gsize n)
{
    Job job = {step,
               gradient,
               mean,
               square,
               weights,
               1.0 / (1.0 - pow(BETA_1, (double) step->step)),
               1.0 / (1.0 - pow(BETA_2, (double) step->step))};

    _umk_parallel_for(n, CHUNK, step_range, &job);
}

double
_umk_rate_at(guint64 step, guint64 n_steps, guint64 n_warm)
{
    double done;

    if (step <= n_warm)
        return (double) step / (double) n_warm;
    if (step >= n_steps)
        return 0.0;
    done = (double) (step - n_warm) / (double) (n_steps - n_warm);
    return 0.5 * (1.0 + cos(G_PI * done));
}
