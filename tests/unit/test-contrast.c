/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is met more often in a set than in the rest: the formula on numbers worked by
 * hand, and what it must not claim. */
#include "umk-app-contrast.h"

#include <math.h>

#define NEAR(a, b) g_assert_cmpfloat_with_epsilon((a), (b), 1e-9)

/* 8 of 10 inside, 20 of 90 outside: q = 28 / 100, 28 items of prior with it, 72 without.
 */
static void
test_formula(void)
{
    UmkAppContrast c = umk_app_contrast(8, 10, 20, 90);
    double d = log(36.0 / 74.0) - log(48.0 / 142.0);
    double spread = 1.959963984540054 * sqrt(1 / 36.0 + 1 / 48.0);

    NEAR(c.effect, d);
    NEAR(c.low, d - spread);
    NEAR(c.high, d + spread);
    g_assert_cmpuint(c.n_in, ==, 8);
    g_assert_cmpuint(c.total_out, ==, 90);
}

static void
test_symmetry(void)
{
    UmkAppContrast here = umk_app_contrast(40, 50, 10, 400);
    UmkAppContrast there = umk_app_contrast(10, 400, 40, 50);

    NEAR(here.effect, -there.effect);
    NEAR(here.low, -there.high);
    g_assert_cmpfloat(here.low, >, 0);
}

/* The same share on both sides is no difference; more items make the interval narrower.
 */
static void
test_no_difference(void)
{
    UmkAppContrast same = umk_app_contrast(10, 100, 90, 900);
    UmkAppContrast few = umk_app_contrast(1, 1, 500, 1000);
    UmkAppContrast many = umk_app_contrast(800, 1000, 4000, 10000);

    g_assert_cmpfloat(fabs(same.effect), <, 1e-9);
    g_assert_cmpfloat(few.low, <, 0);
    g_assert_cmpfloat(many.low, >, 0);
    g_assert_cmpfloat(many.high - many.low, <, few.high - few.low);
}

static void
test_edges(void)
{
    static const gsize cases[][4] = {
        {0, 0, 0, 0}, {0, 10, 0, 10}, {10, 10, 10, 10}, {5, 5, 0, 0}, {0, 0, 5, 10}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        UmkAppContrast c =
            umk_app_contrast(cases[i][0], cases[i][1], cases[i][2], cases[i][3]);

        g_assert_true(isfinite(c.effect) && isfinite(c.low) && isfinite(c.high));
        g_assert_cmpfloat(c.low, <=, c.effect);
    }
    /* All of it inside and none in the rest: large, and bounded. */
    {
        UmkAppContrast all = umk_app_contrast(50, 50, 0, 10000);

        g_assert_cmpfloat(all.low, >, 2);
        g_assert_cmpfloat(all.effect, <, 15);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/contrast/formula", test_formula);
    g_test_add_func("/contrast/symmetry", test_symmetry);
    g_test_add_func("/contrast/no-difference", test_no_difference);
    g_test_add_func("/contrast/edges", test_edges);
    return g_test_run();
}
