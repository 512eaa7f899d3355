/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Power of the two-sample t test by the shifted t distribution, and its inverse. */
#include "stats/umk-power-private.h"

#include "stats/umk-distributions-private.h"

#include <math.h>

#define MOST 1000.0 /* deviations; no group needs more */

double
_umk_power_two_groups(double effect, gsize n1, gsize n2, double level)
{
    double df = (double) n1 + (double) n2 - 2.0, shift, limit;

    if (n1 == 0 || n2 == 0 || !(df > 0.0))
        return NAN;
    shift = effect / sqrt(1.0 / (double) n1 + 1.0 / (double) n2);
    limit = -_umk_t_quantile(0.5 * level, df);
    if (fabs(shift) > 37.0) /* the sum underflows; what is left is a normal tail */
        return _umk_normal_cdf(fabs(shift) - limit);
    return 1.0 - _umk_t_shifted_cdf(limit, df, shift) +
           _umk_t_shifted_cdf(-limit, df, shift);
}

double
_umk_detectable_effect(gsize n1, gsize n2, double power, double level)
{
    double low = 0.0, high = MOST;

    if (isnan(_umk_power_two_groups(1.0, n1, n2, level)) || !(power > level) ||
        !(power < 1.0))
        return NAN;
    for (int i = 0; i < 100 && high - low > 1e-12 * high; i++) {
        double middle = 0.5 * (low + high);

        if (_umk_power_two_groups(middle, n1, n2, level) < power)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

double
_umk_effect_over_all(double effect, gsize n1, gsize n2)
{
    double n = (double) n1 + (double) n2;
    double between = (double) n1 * (double) n2 / n * effect * effect;

    return effect * sqrt((n - 1.0) / (n - 2.0 + between));
}
