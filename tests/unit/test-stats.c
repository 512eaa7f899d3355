/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distributions against printed tables and their own inverses, corrections of undefined
 * p-values, power against published sample sizes (Cohen 1988: 26 and 64 a group). */
#include <umekomi/umekomi.h>

#include "stats/umk-corrections-private.h"
#include "stats/umk-correlation-private.h"
#include "stats/umk-distributions-private.h"
#include "stats/umk-intervals-private.h"
#include "stats/umk-power-private.h"

#include <math.h>

#define NEAR(a, b, within) g_assert_cmpfloat(fabs((a) - (b)), <=, within)

static void
test_normal(void)
{
    NEAR(_umk_normal_quantile(0.975), 1.959963984540054, 1e-14);
    NEAR(_umk_normal_cdf(1.0), 0.8413447460685429, 1e-15);
    for (double p = 1e-12; p < 1.0; p = p < 0.05 ? p * 10.0 : p + 0.05)
        NEAR(_umk_normal_cdf(_umk_normal_quantile(p)) / p, 1.0, 1e-12);
    g_assert_true(isnan(_umk_normal_quantile(0.0)));
    g_assert_true(isnan(_umk_normal_quantile(1.0)));
}

static void
test_beta(void)
{
    NEAR(_umk_beta_cdf(0.3, 1.0, 1.0), 0.3, 1e-15);
    NEAR(_umk_beta_cdf(0.3, 2.0, 1.0), 0.09, 1e-15);
    NEAR(_umk_beta_cdf(0.5, 0.5, 0.5), 0.5, 1e-14);
    for (double a = 0.5; a < 3000.0; a *= 3.7)
        for (double b = 0.5; b < 3000.0; b *= 5.3) {
            NEAR(_umk_beta_cdf(0.2, a, b) + _umk_beta_cdf(0.8, b, a), 1.0, 1e-12);
            NEAR(_umk_beta_cdf(_umk_beta_quantile(0.07, a, b), a, b), 0.07, 1e-10);
        }
}

static void
test_student(void)
{
    NEAR(_umk_t_quantile(0.975, 5.0), 2.570581835636314, 1e-10);
    NEAR(_umk_t_quantile(0.025, 1.0), -12.706204736174698, 1e-8);
    NEAR(_umk_t_two_sided(1.0, 1.0), 0.5, 1e-14);
    for (double t = -3.0; t < 4.0; t += 0.7) /* without a shift it is the plain one */
        NEAR(_umk_t_shifted_cdf(t, 9.0, 0.0),
             t < 0.0 ? 0.5 * _umk_t_two_sided(t, 9.0)
                     : 1.0 - 0.5 * _umk_t_two_sided(t, 9.0),
             1e-12);
    g_assert_true(isnan(_umk_t_two_sided(1.0, 0.0)));
}

static void
test_power(void)
{
    NEAR(_umk_power_two_groups(0.5, 64, 64, 0.05), 0.8014596, 1e-6);
    NEAR(_umk_power_two_groups(0.8, 26, 26, 0.05), 0.8074866, 1e-6);
    NEAR(_umk_power_two_groups(0.0, 9, 5, 0.05), 0.05, 1e-10);
    for (gsize n = 2; n < 40; n += 5) {
        double effect = _umk_detectable_effect(n, n + 1, 0.8, 0.05);

        NEAR(_umk_power_two_groups(effect, n, n + 1, 0.05), 0.8, 1e-8);
        g_assert_cmpfloat(_umk_effect_over_all(effect, n, n + 1), <, 2.0);
    }
    g_assert_true(isnan(_umk_detectable_effect(1, 1, 0.8, 0.05)));
    g_assert_true(isnan(_umk_detectable_effect(0, 8, 0.8, 0.05)));
}

/* What is undefined is no member of the family. */
static void
test_undefined_p(void)
{
    static const double p[] = {0.01, NAN, 0.04, 0.03, NAN, 0.01};
    static const double four[] = {0.01, 0.04, 0.03, 0.01};
    double adjusted[6], plain[4];

    for (int c = UMK_CORRECTION_BONFERRONI; c <= UMK_CORRECTION_BENJAMINI_YEKUTIELI;
         c++) {
        _umk_correct((UmkCorrection) c, p, 6, adjusted);
        _umk_correct((UmkCorrection) c, four, 4, plain);
        g_assert_true(isnan(adjusted[1]) && isnan(adjusted[4]));
        g_assert_cmpfloat(adjusted[0], ==, plain[0]);
        g_assert_cmpfloat(adjusted[2], ==, plain[1]);
        g_assert_cmpfloat(adjusted[3], ==, plain[2]);
        g_assert_cmpfloat(adjusted[5], ==, plain[3]);
    }
    _umk_correct(UMK_CORRECTION_HOLM, p, 0, adjusted);
}

static void
test_no_spread(void)
{
    static const double flat[] = {0.1, 0.1, 0.1}, steps[] = {1.0, 2.0, 3.0};

    g_assert_true(isnan(_umk_pearson(flat, steps, 3)));
    g_assert_true(isnan(_umk_spearman(steps, flat, 3)));
    g_assert_true(isnan(_umk_kendall(flat, flat, 3)));
    g_assert_true(isnan(_umk_correlation_p(0.5, 2)));
    NEAR(_umk_pearson(steps, steps, 3), 1.0, 1e-15);
}

static void
test_intervals_of_nothing(void)
{
    double values[] = {NAN, 2.0, NAN, 1.0};
    gsize n = _umk_sort_numbers(values, 4);

    g_assert_cmpuint(n, ==, 2);
    g_assert_cmpfloat(values[0], ==, 1.0);
    g_assert_cmpfloat(_umk_quantile(values, n, 0.25), ==, 1.25);
    g_assert_true(isnan(_umk_interval_percentile(values, 0, 0.95).low));
    g_assert_true(isnan(_umk_interval_wilson(0, 0, 0.95).low));
    /* all replicates above the estimate: no bias correction exists */
    g_assert_true(isnan(
        _umk_interval_bca(values, n, _umk_bca_bias(values, n, 0.0), 0.0, 0.95).low));
    NEAR(_umk_interval_clopper_pearson(0, 1000000, 0.95).high, 3.688872e-6, 1e-10);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stats/normal", test_normal);
    g_test_add_func("/stats/beta", test_beta);
    g_test_add_func("/stats/student", test_student);
    g_test_add_func("/stats/power", test_power);
    g_test_add_func("/stats/undefined-p", test_undefined_p);
    g_test_add_func("/stats/no-spread", test_no_spread);
    g_test_add_func("/stats/intervals-of-nothing", test_intervals_of_nothing);
    return g_test_run();
}
