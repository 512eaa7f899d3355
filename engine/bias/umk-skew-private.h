/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether groups stand among the first k of a ranking as often as they should. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const double *target; /* (n_groups) the share each should have; 0: not a group */
    gsize n_groups;
    double smoothing; /* added to the count of each group in the smoothed forms */
} UmkSkewTarget;

typedef struct {
    double max, min; /* min is NaN when a group is absent from the first k */
    double max_smoothed, min_smoothed;
    double ndkl, kl, total_variation;
} UmkSkew;

/* ranking (k): the group at each rank; counts (n_groups): out, of the first k. */
void _umk_skew_measure(const UmkSkewTarget *target,
                       const gint32 *ranking,
                       gsize k,
                       double *counts,
                       UmkSkew *out);
/* ln((count + smoothing) / (k + n_groups smoothing) / target); NaN: absent. */
double _umk_skew_of(double count, double k, double target, double smoothing, gsize n);

G_END_DECLS
