/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is met more often in a set than in the rest: the formula on numbers worked by
 * hand, and what it must not claim. */
#include "umk-app-contrast.h"

#include <math.h>

#define NEAR(a, b) g_assert_cmpfloat_with_epsilon((a), (b), 1e-9 * fabs(b))

/* Shares of 8 of 10 and 20 of 90, worked with the formulas as they are printed. */
static void
test_formula(void)
{
    UmkAppContrast c = umk_app_contrast(8, 10, 20, 90);

    NEAR(c.ratio, 3.6);
    NEAR(c.low, 1.9662157834939906);
    NEAR(c.high, 5.543994573990647);
    NEAR(c.evidence, 13.23549918835333);
    g_assert_cmpuint(c.n_in, ==, 8);
    g_assert_cmpuint(c.total_out, ==, 90);
}

/* Few items: what all of eleven have and a fifth of the rest is 4.5 times as often, and
 * is told before what two of them have and hardly anybody else. */
static void
test_few(void)
{
    UmkAppContrast all = umk_app_contrast(11, 11, 1100, 5000);
    UmkAppContrast two = umk_app_contrast(2, 11, 3, 5000);
    UmkAppContrast pair = umk_app_contrast(2, 2, 1100, 5000);

    NEAR(all.ratio, 100 / 22.0);
    NEAR(all.low, 3.3554966088845286);
    NEAR(all.high, 4.790757867970398);
    g_assert_true(umk_app_contrast_is_sure(&all));
    g_assert_cmpfloat(two.ratio, >, 300);
    g_assert_true(umk_app_contrast_is_sure(&two));
    g_assert_cmpfloat(all.evidence, >, two.evidence);
    /* which happens to one pair in twenty */
    g_assert_false(umk_app_contrast_is_sure(&pair));
}

static void
test_symmetry(void)
{
    UmkAppContrast here = umk_app_contrast(40, 50, 10, 400);
    UmkAppContrast there = umk_app_contrast(10, 400, 40, 50);

    NEAR(here.ratio, 1 / there.ratio);
    NEAR(here.low, 1 / there.high);
    NEAR(here.evidence, -there.evidence);
    g_assert_true(umk_app_contrast_is_sure(&here));
    g_assert_false(umk_app_contrast_is_sure(&there));
}

/* The same share on both sides is no difference; more items make the interval narrower.
 */
static void
test_no_difference(void)
{
    UmkAppContrast same = umk_app_contrast(10, 100, 90, 900);
    UmkAppContrast few = umk_app_contrast(1, 1, 500, 1000);
    UmkAppContrast many = umk_app_contrast(800, 1000, 4000, 10000);

    NEAR(same.ratio, 1.0);
    g_assert_cmpfloat(fabs(same.evidence), <, 1e-9);
    g_assert_false(umk_app_contrast_is_sure(&few));
    g_assert_true(umk_app_contrast_is_sure(&many));
    g_assert_cmpfloat(many.high / many.low, <, few.high / few.low);
}

/* The interval holds what is true 95 times of 100, for few items too. Of 20,000 draws the
 * share has a deviation of 0.15 %; Wilson's intervals of so few items are known to lie
 * between 93 and 98 %. */
static void
test_coverage(void)
{
    static const double shares[][2] = {{0.9, 0.2}, {0.5, 0.1}, {0.3, 0.3}, {0.8, 0.05}};
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);

    for (guint k = 0; k < G_N_ELEMENTS(shares); k++) {
        guint held = 0;

        for (guint round = 0; round < 20000; round++) {
            gsize in = 0, out = 0;
            UmkAppContrast c;

            for (guint i = 0; i < 11; i++)
                in += g_rand_double(rand) < shares[k][0];
            for (guint i = 0; i < 150; i++)
                out += g_rand_double(rand) < shares[k][1];
            c = umk_app_contrast(in, 11, out, 150);
            held += c.low <= shares[k][0] / shares[k][1] &&
                    c.high >= shares[k][0] / shares[k][1];
        }
        g_assert_cmpuint(held, >, 18600);
        g_assert_cmpuint(held, <, 19700);
    }
}

static void
test_edges(void)
{
    static const gsize cases[][4] = {{0, 0, 0, 0}, {0, 10, 0, 10}, {10, 10, 10, 10},
                                     {5, 5, 0, 0}, {0, 0, 5, 10},  {0, 10, 5, 10}};
    UmkAppContrast all = umk_app_contrast(50, 50, 0, 10000);

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        UmkAppContrast c =
            umk_app_contrast(cases[i][0], cases[i][1], cases[i][2], cases[i][3]);

        g_assert_true(isfinite(c.ratio) && isfinite(c.low) && isfinite(c.evidence));
        g_assert_cmpfloat(c.low, <=, c.ratio);
        g_assert_cmpfloat(c.high, >=, c.ratio);
        g_assert_false(umk_app_contrast_is_sure(&c));
    }
    /* All of it inside and none in the rest: no ratio, but a least one. */
    g_assert_true(isinf(all.ratio) && isinf(all.high));
    g_assert_cmpfloat(all.low, >, 1000);
    g_assert_true(umk_app_contrast_is_sure(&all));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/contrast/formula", test_formula);
    g_test_add_func("/contrast/few", test_few);
    g_test_add_func("/contrast/coverage", test_coverage);
    g_test_add_func("/contrast/symmetry", test_symmetry);
    g_test_add_func("/contrast/no-difference", test_no_difference);
    g_test_add_func("/contrast/edges", test_edges);
    return g_test_run();
}
