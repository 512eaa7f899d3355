/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals, corrections and correlations beside SciPy and statsmodels: the files
 * intervals.json, multiple_testing.json and correlation.json of the golden folder. */
#include <umekomi/umekomi.h>

#include "stats/umk-corrections-private.h"
#include "stats/umk-correlation-private.h"
#include "stats/umk-intervals-private.h"

#include "golden-assoc.h"

#include <math.h>
#include <string.h>

#define LEVEL 0.95

static void
compare_range(UmkRange range, JsonObject *expected, const char *member, double within)
{
    double ends[] = {range.low, range.high};

    golden_compare(ends, expected, member, within);
}

static void
check_bootstrap(JsonObject *one, double within)
{
    JsonObject *expected = json_object_get_object_member(one, "expected");
    gsize n, n_replicates, n_picks;
    g_autofree double *x = golden_list(one, "x", &n);
    g_autofree double *picks = golden_table(one, "indices", &n_replicates, &n_picks);
    g_autofree double *means = g_new0(double, n_replicates);
    g_autofree double *without = g_new0(double, n);
    double estimate = json_object_get_double_member(expected, "estimate"), bias, skew;

    g_assert_cmpuint(n_picks, ==, n);
    for (gsize r = 0; r < n_replicates; r++)
        for (gsize i = 0; i < n; i++)
            means[r] += x[(gsize) picks[r * n + i]] / (double) n;
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < n; j++)
            without[i] += j == i ? 0.0 : x[j] / ((double) n - 1.0);
    g_assert_cmpuint(_umk_sort_numbers(means, n_replicates), ==, n_replicates);
    compare_range(_umk_interval_percentile(means, n_replicates, LEVEL), expected,
                  "percentile_95", within);
    compare_range(_umk_interval_basic(means, n_replicates, estimate, LEVEL), expected,
                  "basic_95", within);
    bias = _umk_bca_bias(means, n_replicates, estimate);
    skew = _umk_bca_acceleration(without, &n, 1);
    golden_compare_one(bias, expected, "bca_z0", within);
    golden_compare_one(skew, expected, "bca_accel", within);
    compare_range(_umk_interval_bca(means, n_replicates, bias, skew, LEVEL), expected,
                  "bca_95", within);
}

static void
test_intervals(void)
{
    g_autoptr(JsonParser) parser = golden_json("intervals.json");
    JsonArray *cases = parser != NULL ? golden_cases(parser) : NULL;
    guint n_shares = 0, n_bootstraps = 0;

    for (guint i = 0; cases != NULL && i < json_array_get_length(cases); i++) {
        JsonObject *one = json_array_get_object_element(cases, i);
        JsonObject *expected = json_object_get_object_member(one, "expected");
        double within = golden_tolerance(parser);

        if (json_object_has_member(one, "x")) {
            check_bootstrap(one, within);
            n_bootstraps++;
        } else if (json_object_has_member(one, "k")) {
            guint64 k = (guint64) json_object_get_int_member(one, "k");
            guint64 n = (guint64) json_object_get_int_member(one, "n");

            compare_range(_umk_interval_wilson(k, n, LEVEL), expected, "wilson_95",
                          within);
            compare_range(_umk_interval_clopper_pearson(k, n, LEVEL), expected,
                          "clopper_pearson_95", within);
            n_shares++;
        }
    }
    g_assert_true(cases == NULL || (n_shares >= 4 && n_bootstraps >= 1));
}

static void
test_corrections(void)
{
    static const struct {
        UmkCorrection correction;
        const char *name;
    } methods[] = {
        {UMK_CORRECTION_BONFERRONI, "bonferroni"},
        {UMK_CORRECTION_SIDAK, "sidak"},
        {UMK_CORRECTION_HOLM, "holm"},
        {UMK_CORRECTION_HOCHBERG, "hochberg"},
        {UMK_CORRECTION_BENJAMINI_HOCHBERG, "bh"},
        {UMK_CORRECTION_BENJAMINI_YEKUTIELI, "by"},
    };
    g_autoptr(JsonParser) parser = golden_json("multiple_testing.json");
    JsonArray *cases = parser != NULL ? golden_cases(parser) : NULL;
    guint n_compared = 0;

    for (guint i = 0; cases != NULL && i < json_array_get_length(cases); i++) {
        JsonObject *one = json_array_get_object_element(cases, i);
        JsonObject *expected = json_object_get_object_member(one, "expected");
        gsize n;
        g_autofree double *p = golden_list(one, "p", &n);
        g_autofree double *adjusted = g_new(double, n);

        for (gsize m = 0; m < G_N_ELEMENTS(methods); m++) {
            if (!json_object_has_member(expected, methods[m].name))
                continue;
            _umk_correct(methods[m].correction, p, n, adjusted);
            golden_compare(adjusted, expected, methods[m].name, golden_tolerance(parser));
            n_compared++;
        }
    }
    g_assert_true(cases == NULL || n_compared >= 10);
}

static void
test_correlation(void)
{
    g_autoptr(JsonParser) parser = golden_json("correlation.json");
    JsonArray *cases = parser != NULL ? golden_cases(parser) : NULL;

    for (guint i = 0; cases != NULL && i < json_array_get_length(cases); i++) {
        JsonObject *one = json_array_get_object_element(cases, i);
        JsonObject *expected = json_object_get_object_member(one, "expected");
        double within = golden_tolerance(parser), pearson, spearman;
        gsize n, n_b;
        g_autofree double *a = golden_list(one, "a", &n);
        g_autofree double *b = golden_list(one, "b", &n_b);
        g_autofree double *ranks = g_new(double, n);

        g_assert_cmpuint(n, ==, n_b);
        pearson = _umk_pearson(a, b, n);
        spearman = _umk_spearman(a, b, n);
        golden_compare_one(pearson, expected, "pearson", within);
        golden_compare_one(spearman, expected, "spearman", within);
        golden_compare_one(_umk_kendall(a, b, n), expected, "kendall_tau_b", within);
        golden_compare_one(_umk_correlation_p(pearson, n), expected,
                           "pearson_p_two_sided", within);
        golden_compare_one(_umk_correlation_p(spearman, n), expected,
                           "spearman_p_two_sided", within);
        _umk_ranks(a, n, ranks);
        golden_compare(ranks, expected, "ranks_a", 0.0);
        _umk_ranks(b, n, ranks);
        golden_compare(ranks, expected, "ranks_b", 0.0);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/stats/intervals", test_intervals);
    g_test_add_func("/golden/stats/corrections", test_corrections);
    g_test_add_func("/golden/stats/correlation", test_correlation);
    return g_test_run();
}
