/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/umk-rng-private.h"

#include <math.h>

/* First outputs of xoshiro256** from the state 1, 2, 3, 4: computed by hand from the
 * definition in the paper (rotl(s1 * 5, 7) * 9). */
static void
test_known_values(void)
{
    UmkRng rng = {{1, 2, 3, 4}};

    g_assert_cmpuint(_umk_rng_next_u64(&rng), ==, 11520);
    g_assert_cmpuint(_umk_rng_next_u64(&rng), ==, 0);
    g_assert_cmpuint(_umk_rng_next_u64(&rng), ==, 1509978240);
}

static void
test_streams_differ(void)
{
    UmkRng a, b, c;

    _umk_rng_init(&a, 42, 0);
    _umk_rng_init(&b, 42, 1);
    _umk_rng_init(&c, 42, 0);
    g_assert_cmpuint(a.s[0], !=, b.s[0]);
    g_assert_cmpuint(_umk_rng_next_u64(&a), ==, _umk_rng_next_u64(&c));
}

static void
test_moments(void)
{
    const guint n = 200000;
    double mean = 0, square = 0, uniform = 0;
    UmkRng rng;

    _umk_rng_init(&rng, 7, 7);
    for (guint i = 0; i < n; i++) {
        double x = _umk_rng_normal(&rng);

        mean += x / n;
        square += x * x / n;
        uniform += _umk_rng_uniform(&rng) / n;
        g_assert_cmpuint(_umk_rng_below(&rng, 3), <, 3);
    }
    /* Five standard errors of each mean. */
    g_assert_cmpfloat(fabs(mean), <, 5 / sqrt(n));
    g_assert_cmpfloat(fabs(square - 1), <, 5 * sqrt(2.0 / n));
    g_assert_cmpfloat(fabs(uniform - 0.5), <, 5 * sqrt(1.0 / 12 / n));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rng/known-values", test_known_values);
    g_test_add_func("/rng/streams-differ", test_streams_differ);
    g_test_add_func("/rng/moments", test_moments);
    return g_test_run();
}
