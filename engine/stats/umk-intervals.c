/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Percentile, basic and BCa intervals of replicates that somebody else drew; Wilson's and
 * Clopper and Pearson's intervals of a share. Several groups share one acceleration
 * (Davison and Hinkley 1997, equation 5.24 with the jackknife's influence values). */
#include "stats/umk-intervals-private.h"

#include "stats/umk-distributions-private.h"

#include <math.h>
#include <stdlib.h>

static const UmkRange undefined_range = {NAN, NAN};

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

gsize
_umk_sort_numbers(double *values, gsize n)
{
    gsize kept = 0;

    for (gsize i = 0; i < n; i++)
        if (!isnan(values[i])) {
            double value = values[i];

            values[i] = values[kept];
            values[kept++] = value;
        }
    qsort(values, kept, sizeof *values, compare_doubles);
    return kept;
}

double
_umk_deviation_of(const double *values, gsize n)
{
    double mean = 0.0, squares = 0.0;

    for (gsize i = 0; i < n; i++)
        mean += values[i] / (double) n;
    for (gsize i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return n > 1 ? sqrt(squares / ((double) n - 1.0)) : (double) NAN;
}

double
_umk_quantile(const double *sorted, gsize n, double q)
{
    double at = q * ((double) n - 1.0), part;
    gsize below;

    if (n == 0 || isnan(q))
        return NAN;
    at = CLAMP(at, 0.0, (double) n - 1.0);
    below = (gsize) at;
    part = at - (double) below;
    if (below + 1 >= n)
        return sorted[n - 1];
    return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

UmkRange
_umk_interval_percentile(const double *sorted, gsize n, double level)
{
    double tail = 0.5 * (1.0 - level);

    return (UmkRange){_umk_quantile(sorted, n, tail),
                      _umk_quantile(sorted, n, 1.0 - tail)};
}

UmkRange
_umk_interval_of_draws(double *draws, gsize n, double level)
{
    gsize kept = _umk_sort_numbers(draws, n);

    return kept < n / 2 ? undefined_range : _umk_interval_percentile(draws, kept, level);
}

UmkRange
_umk_interval_basic(const double *sorted, gsize n, double estimate, double level)
{
    UmkRange range = _umk_interval_percentile(sorted, n, level);

    return (UmkRange){2.0 * estimate - range.high, 2.0 * estimate - range.low};
}

double
_umk_bca_bias(const double *sorted, gsize n, double estimate)
{
    double below = 0.0;

    if (n == 0)
        return NAN;
    for (gsize i = 0; i < n; i++)
        below += sorted[i] < estimate ? 1.0 : sorted[i] == estimate ? 0.5 : 0.0;
    return _umk_normal_quantile(below / (double) n);
}

double
_umk_bca_acceleration(const double *leave_one_out, const gsize *sizes, gsize n_groups)
{
    double cubes = 0.0, squares = 0.0;

    for (gsize g = 0; g < n_groups; leave_one_out += sizes[g], g++) {
        double n = (double) sizes[g], mean = 0.0;

        for (gsize i = 0; i < sizes[g]; i++)
            mean += leave_one_out[i] / n;
        for (gsize i = 0; i < sizes[g]; i++) {
            double influence = (n - 1.0) * (mean - leave_one_out[i]) / n;

            squares += influence * influence;
            cubes += influence * influence * influence;
        }
    }
    if (squares == 0.0)
        return NAN;
    return cubes / (6.0 * pow(squares, 1.5));
}

UmkRange
_umk_interval_bca(
    const double *sorted, gsize n, double bias, double acceleration, double level)
{
    double tail = _umk_normal_quantile(0.5 * (1.0 - level)), low, high;

    if (!isfinite(bias) || !isfinite(acceleration))
        return undefined_range;
    low = bias + tail;
    high = bias - tail;
    low = bias + low / (1.0 - acceleration * low);
    high = bias + high / (1.0 - acceleration * high);
    return (UmkRange){_umk_quantile(sorted, n, _umk_normal_cdf(low)),
                      _umk_quantile(sorted, n, _umk_normal_cdf(high))};
}

UmkRange
_umk_interval_wilson(guint64 k, guint64 n, double level)
{
    double z = -_umk_normal_quantile(0.5 * (1.0 - level)), size = (double) n;
    double share = (double) k / size, centre, half;

    if (n == 0 || k > n)
        return undefined_range;
    centre = (share + 0.5 * z * z / size) / (1.0 + z * z / size);
    half = z * sqrt(share * (1.0 - share) / size + 0.25 * z * z / (size * size)) /
           (1.0 + z * z / size);
    return (UmkRange){k == 0 ? 0.0 : centre - half, k == n ? 1.0 : centre + half};
}

UmkRange
_umk_interval_clopper_pearson(guint64 k, guint64 n, double level)
{
    double tail = 0.5 * (1.0 - level), hits = (double) k, misses;

    if (n == 0 || k > n)
        return undefined_range;
    misses = (double) (n - k);
    return (UmkRange){
        k == 0 ? 0.0 : _umk_beta_quantile(tail, hits, misses + 1.0),
        k == n ? 1.0 : _umk_beta_quantile(1.0 - tail, hits + 1.0, misses),
    };
}
