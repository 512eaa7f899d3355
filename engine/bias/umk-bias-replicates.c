/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Percentiles of replicates, sampled p-values and controls, written as the other
 * measures write them. A replicate that is NaN was not defined and is left out. */
#include "bias/umk-bias-replicates-private.h"

#include <math.h>
#include <stdlib.h>

#define TIE 1e-12

static int
compare(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

static gsize
keep_defined(double *values, gsize n)
{
    gsize kept = 0;

    for (gsize i = 0; i < n; i++)
        if (isfinite(values[i]))
            values[kept++] = values[i];
    qsort(values, kept, sizeof *values, compare);
    return kept;
}

/* Between neighbours in order, linearly. */
static double
quantile(const double *sorted, gsize n, double share)
{
    double at = share * (double) (n - 1);
    gsize below = (gsize) floor(at);
    gsize above = MIN(below + 1, n - 1);

    return sorted[below] + (at - (double) below) * (sorted[above] - sorted[below]);
}

gboolean
_umk_bias_percentiles(
    double *values, gsize n, double level, const char *over, UmkBiasInterval *interval)
{
    gsize kept = keep_defined(values, n);

    if (kept == 0 || kept < n / 2)
        return FALSE;
    *interval = (UmkBiasInterval){.over = over,
                                  .method = "percentile",
                                  .level = level,
                                  .low = quantile(values, kept, (1 - level) / 2),
                                  .high = quantile(values, kept, (1 + level) / 2),
                                  .replicates = kept};
    return TRUE;
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

static void
wilson(double hits, double n, double level, double *low, double *high)
{
    double z = normal_point(level), share = hits / n, z2 = z * z / n;
    double middle = (share + z2 / 2) / (1 + z2);
    double half = z / (1 + z2) * sqrt(share * (1 - share) / n + z2 / (4 * n));

    *low = MAX(middle - half, 0.0);
    *high = MIN(middle + half, 1.0);
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
    wilson((double) hits, (double) defined, level, &test->p_low, &test->p_high);
}

void
_umk_bias_add_control(
    JsonBuilder *result, double *values, gsize n, double observed, double level)
{
    gsize kept = keep_defined(values, n);
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
    _umk_bias_add_number(result, "low", quantile(values, kept, (1 - level) / 2));
    _umk_bias_add_number(result, "high", quantile(values, kept, (1 + level) / 2));
    _umk_bias_add_number(result, "as_large", as_large / (double) kept);
    json_builder_end_object(result);
}

void
_umk_bias_add_text(JsonBuilder *result, const char *member, const char *value)
{
    json_builder_set_member_name(result, member);
    json_builder_add_string_value(result, value);
}
