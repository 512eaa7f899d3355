/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Percentiles of replicates, sampled p-values and controls, written as the other
 * measures write them. A replicate that is NaN was not defined and is left out. */
#include "bias/umk-bias-replicates-private.h"

#include "eval/umk-eval-intervals-private.h"

#include <math.h>

#define TIE 1e-12

gboolean
_umk_bias_percentiles(
    double *values, gsize n, double level, const char *over, UmkBiasInterval *interval)
{
    *interval = (UmkBiasInterval){.over = over, .method = "percentile", .level = level};
    _umk_eval_percentiles(values, n, level, &interval->low, &interval->high);
    for (gsize i = 0; i < n; i++)
        interval->replicates += isfinite(values[i]) != 0;
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
    _umk_eval_wilson((double) hits, (double) defined, level, &test->p_low, &test->p_high);
}

void
_umk_bias_add_chance(
    JsonBuilder *result, double *values, gsize n, double observed, double level)
{
    gsize kept = _umk_eval_sort(values, n);
    double mean = 0.0, squares = 0.0, as_large = 0.0;

    json_builder_set_member_name(result, "control");
    json_builder_begin_object(result);
    if (kept < 2) {
        _umk_bias_add_text(result, "undefined", "no-replicates");
        json_builder_end_object(result);
        return;
    }
    for (gsize i = 0; i < kept; i++)
        mean += values[i] / (double) kept;
    for (gsize i = 0; i < kept; i++) {
        squares += (values[i] - mean) * (values[i] - mean);
        as_large += values[i] >= observed - TIE;
    }
    json_builder_set_member_name(result, "n");
    json_builder_add_int_value(result, (gint64) kept);
    _umk_bias_add_number(result, "mean", mean);
    _umk_bias_add_number(result, "sd", sqrt(squares / (double) (kept - 1)));
    _umk_bias_add_number(result, "low",
                         _umk_eval_quantile(values, kept, (1 - level) / 2));
    _umk_bias_add_number(result, "high",
                         _umk_eval_quantile(values, kept, (1 + level) / 2));
    _umk_bias_add_number(result, "as_large", as_large / (double) kept);
    json_builder_end_object(result);
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
