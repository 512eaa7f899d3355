/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Skew@k, MaxSkew@k, MinSkew@k and NDKL (Geyik, Ambler and Kenthapadi, "Fairness-aware
 * ranking in search and recommendation systems", 2019, definitions 2 to 5), natural
 * logarithms:
 *   Skew_a@k = ln(share of a among the first k / target share of a)
 *   NDKL = (1 / Z) sum_{i=1..k} KL(shares among the first i || target) / log2(i + 1)
 * A group that is absent has no skew; it is never given a made-up share, and MaxSkew
 * looks at the groups that are there. */
#include "bias/umk-skew-private.h"

#include <math.h>
#include <string.h>

double
_umk_skew_of(double count, double k, double target, double smoothing, gsize n)
{
    double share = (count + smoothing) / (k + smoothing * (double) n);

    return share > 0.0 ? log(share / target) : (double) NAN;
}

static double
divergence(const UmkSkewTarget *target, const double *counts, double n)
{
    double sum = 0.0;

    for (gsize g = 0; g < target->n_groups; g++)
        if (counts[g] > 0.0)
            sum += counts[g] / n * log(counts[g] / n / target->target[g]);
    return MAX(sum, 0.0); /* below 0 only by rounding */
}

static double
find_ndkl(const UmkSkewTarget *target, const gint32 *ranking, gsize k, double *counts)
{
    double sum = 0.0, weights = 0.0;

    for (gsize i = 0; i < k; i++) {
        double weight = 1.0 / log2((double) i + 2.0);

        counts[ranking[i]]++;
        sum += weight * divergence(target, counts, (double) (i + 1));
        weights += weight;
    }
    return sum / weights;
}

static void
find_extremes(const UmkSkewTarget *target,
              const double *counts,
              double k,
              double smoothing,
              double *max,
              double *min)
{
    *max = (double) -INFINITY;
    *min = (double) INFINITY;
    for (gsize g = 0; g < target->n_groups; g++) {
        double skew;

        if (target->target[g] <= 0.0)
            continue;
        skew = _umk_skew_of(counts[g], k, target->target[g], smoothing, target->n_groups);
        if (isnan(skew)) {
            *min = (double) NAN;
        } else {
            *max = MAX(*max, skew);
            if (!isnan(*min))
                *min = MIN(*min, skew);
        }
    }
}

void
_umk_skew_measure(const UmkSkewTarget *target,
                  const gint32 *ranking,
                  gsize k,
                  double *counts,
                  UmkSkew *out)
{
    double n = (double) k;

    memset(counts, 0, target->n_groups * sizeof *counts);
    out->ndkl = find_ndkl(target, ranking, k, counts);
    out->kl = divergence(target, counts, n);
    out->total_variation = 0.0;
    for (gsize g = 0; g < target->n_groups; g++)
        out->total_variation += fabs(counts[g] / n - target->target[g]) / 2.0;
    find_extremes(target, counts, n, 0.0, &out->max, &out->min);
    find_extremes(target, counts, n, target->smoothing, &out->max_smoothed,
                  &out->min_smoothed);
}
