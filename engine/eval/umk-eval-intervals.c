/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Percentiles of replicates, and the score interval of a share (Wilson, "Probable
 * inference, the law of succession, and statistical inference", 1927). */
#include "eval/umk-eval-intervals-private.h"

#include <math.h>
#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

gsize
_umk_eval_sort(double *values, gsize n)
{
    gsize kept = 0;

    for (gsize i = 0; i < n; i++)
        if (isfinite(values[i]))
            values[kept++] = values[i];
    for (gsize i = kept; i < n; i++)
        values[i] = (double) NAN;
    if (kept > 0)
        qsort(values, kept, sizeof *values, compare);
    return kept;
}

double
_umk_eval_quantile(const double *sorted, gsize n, double share)
{
    double at = share * (double) (n - 1);
    gsize below = (gsize) floor(at), above = MIN(below + 1, n - 1);

    return sorted[below] + (at - (double) below) * (sorted[above] - sorted[below]);
}

void
_umk_eval_percentiles(double *values, gsize n, double level, double *low, double *high)
{
    gsize kept = _umk_eval_sort(values, n);

    *low = *high = (double) NAN;
    if (kept == 0 || kept < n / 2)
        return;
    *low = _umk_eval_quantile(values, kept, (1 - level) / 2);
    *high = _umk_eval_quantile(values, kept, (1 + level) / 2);
}

/* The two-sided point of the normal distribution, by bisection of erf(). */
static double
normal_point(double level)
{
    double low = 0.0, high = 40.0;

    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;

        if (erf(middle / sqrt(2.0)) < level)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

void
_umk_eval_wilson(double hits, double n, double level, double *low, double *high)
{
    double z = normal_point(level), share = hits / n, z2 = z * z / n;
    double middle = (share + z2 / 2) / (1 + z2);
    double half = z / (1 + z2) * sqrt(share * (1 - share) / n + z2 / (4 * n));

    *low = MAX(middle - half, 0.0);
    *high = MIN(middle + half, 1.0);
}
