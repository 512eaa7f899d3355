/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Percentiles of replicates and sampled p-values, written as the other measures write
 * them. A replicate that is NaN was not defined and is left out. */
#include "bias/umk-bias-replicates-private.h"

#include "stats/umk-intervals-private.h"

#include <math.h>

#define TIE 1e-12

gboolean
_umk_bias_percentiles(
    double *values, gsize n, double level, const char *over, UmkBiasInterval *interval)
{
    UmkRange range;

    *interval = (UmkBiasInterval){.over = over, .method = "percentile", .level = level};
    range = _umk_interval_of_draws(values, n, level);
    interval->deviation = NAN;
    interval->low = range.low;
    interval->high = range.high;
    for (gsize i = 0; i < n; i++)
        interval->replicates += isfinite(values[i]) != 0;
    interval->deviation = _umk_deviation_of(values, interval->replicates);
    return isfinite(interval->low);
}

void
_umk_bias_sampled_test(const double *values,
                       gsize n,
                       double observed,
                       const char *of,
                       double level,
                       UmkBiasTest *test)
{
    gsize hits = 0, defined = 0;
    UmkRange range;

    for (gsize i = 0; i < n; i++) {
        defined += isfinite(values[i]);
        hits += isfinite(values[i]) && values[i] >= observed - TIE;
    }
    *test = (UmkBiasTest){.of = of,
                          .alternative = "greater",
                          .p = (double) NAN,
                          .undefined = "no-replicates",
                          .method = "sampled",
                          .n = defined,
                          .p_low = (double) NAN,
                          .p_high = (double) NAN};
    if (defined == 0 || !isfinite(observed))
        return;
    test->p = (1.0 + (double) hits) / (1.0 + (double) defined);
    range = _umk_interval_wilson(hits, defined, level);
    test->p_low = range.low;
    test->p_high = range.high;
}

double
_umk_bias_chance_mean(const double *values, gsize n)
{
    double sum = 0.0;
    gsize defined = 0;

    for (gsize i = 0; i < n; i++)
        if (isfinite(values[i])) {
            sum += values[i];
            defined++;
        }
    return defined > 0 ? sum / (double) defined : (double) NAN;
}

void
_umk_bias_add_text(JsonBuilder *result, const char *member, const char *value)
{
    json_builder_set_member_name(result, member);
    json_builder_add_string_value(result, value);
}

void
_umk_bias_add_count(JsonBuilder *result, const char *member, gsize count)
{
    json_builder_set_member_name(result, member);
    json_builder_add_int_value(result, (gint64) count);
}
