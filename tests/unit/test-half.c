/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Half precision: the conversions against what a half is (sign, exponent, fraction) and
 * against one another, every half and the floats around every border; the products of
 * every variant against the float product of the same numbers. */
#include <glib.h>

#include "core/umk-half-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-distance-private.h"
#include "linalg/umk-half-dot-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define N_HALVES 65536

/* By the definition, in double. */
static double
value_of(guint16 half)
{
    int exponent = half >> 10 & 31, fraction = half & 0x3ff;
    double size = exponent == 31  ? (double) (fraction ? NAN : INFINITY)
                  : exponent == 0 ? ldexp(fraction, -24)
                                  : ldexp(1024 + fraction, exponent - 25);

    return half & 0x8000 ? -size : size;
}

static void
test_to_float(void)
{
    g_autofree guint16 *halves = g_new(guint16, N_HALVES + 1);
    g_autofree float *floats = g_new(float, N_HALVES);

    for (guint i = 0; i < N_HALVES; i++)
        halves[i] = (guint16) i;
    for (int level = UMK_HALF_PLAIN; level <= (int) _umk_half_best_level(); level++) {
        _umk_half_to_floats((UmkHalfLevel) level, halves, N_HALVES, floats);
        for (guint i = 0; i < N_HALVES; i++) {
            float one = _umk_half_to_float((guint16) i);

            g_assert_cmpmem(&one, sizeof one, floats + i, sizeof one);
            if (isnan(value_of((guint16) i)))
                g_assert_true(isnan(one));
            else
                g_assert_cmpfloat((double) one, ==, value_of((guint16) i));
            g_assert_true((signbit(one) != 0) == (i >= 0x8000));
        }
    }
}

/* The half of least distance, the even one of two that are as far; the first beyond the
 * range counts as 2^16. */
static guint16
nearest(double size)
{
    guint16 low = 0, high = 0x7c00;

    while (high - low > 1) {
        guint16 middle = (guint16) ((low + high) / 2);

        if (value_of(middle) <= size)
            low = middle;
        else
            high = middle;
    }
    double above = (high == 0x7c00 ? 0x1p16 : value_of(high)) - size,
           below = size - value_of(low);

    return below < above || (below == above && low % 2 == 0) ? low : high;
}

static void
check_floats(const float *floats, gsize n)
{
    g_autofree guint16 *plain = g_new(guint16, n), *fast = g_new(guint16, n);

    _umk_half_from_floats(UMK_HALF_PLAIN, floats, n, plain);
    _umk_half_from_floats(_umk_half_best_level(), floats, n, fast);
    g_assert_cmpmem(plain, n * sizeof *plain, fast, n * sizeof *fast);
    for (gsize i = 0; i < n; i++) {
        guint16 sign = signbit(floats[i]) ? 0x8000 : 0;

        if (isnan(floats[i]))
            g_assert_true((plain[i] & 0x7e00) == 0x7e00);
        else
            g_assert_cmphex(plain[i], ==, sign | nearest(fabs((double) floats[i])));
    }
}

static void
test_from_float(void)
{
    static const float odd[] = {0.0f,    -0.0f,     65504.0f, 65519.99f, 65520.0f, 1e30f,
                                FLT_MAX, INFINITY,  NAN,      0x1p-24f,  0x1p-25f, 1e-30f,
                                FLT_MIN, 0x1p-149f, -1e30f,   -INFINITY, -NAN};
    g_autofree float *floats = g_new(float, 6 * 0x7c00);
    gsize n = 0;
    UmkRng rng;

    check_floats(odd, G_N_ELEMENTS(odd));
    /* Every half, the middle to the next, and the floats beside that. */
    for (guint16 half = 0; half < 0x7c00; half++) {
        float middle =
            (float) ((value_of(half) +
                      (half == 0x7bff ? 0x1p16 : value_of((guint16) (half + 1)))) /
                     2);

        floats[n++] = _umk_half_to_float(half);
        floats[n++] = middle;
        floats[n++] = nextafterf(middle, 0);
        floats[n++] = nextafterf(middle, INFINITY);
        floats[n++] = -middle;
        floats[n++] = -nextafterf(middle, INFINITY);
    }
    check_floats(floats, n);
    _umk_rng_init(&rng, 1, 0);
    for (gsize i = 0; i < n; i++) {
        guint32 bits = (guint32) _umk_rng_below(&rng, (guint64) 1 << 32);

        memcpy(floats + i, &bits, sizeof bits);
    }
    check_floats(floats, n);
    check_floats(floats + 1, 13); /* no whole register, and off its border */
}

/* ---- products --------------------------------------------------------------------- */

static void
check_dots(UmkHalfDotLevel level, gsize n_dims, gsize n_rows)
{
    gsize stride = (n_dims + UMK_HALF_LANES - 1) / UMK_HALF_LANES * UMK_HALF_LANES;
    g_autofree guint16 *rows = g_new0(guint16, (n_rows + 1) * stride);
    g_autofree float *query = g_new0(float, stride + 1), *row = g_new(float, stride + 1);
    float dots[20];
    UmkRng rng;

    _umk_rng_init(&rng, n_dims, n_rows);
    for (gsize i = 0; i < n_dims; i++)
        query[i] = (float) _umk_rng_normal(&rng);
    /* Any half that is a number, the subnormal ones among them. */
    for (gsize i = 0; i < n_rows; i++)
        for (gsize j = 0; j < n_dims; j++) {
            guint16 sign = _umk_rng_below(&rng, 2) ? 0x8000 : 0;

            rows[i * stride + j] = (guint16) (sign | _umk_rng_below(&rng, 0x7c00));
        }
    _umk_half_dot(level)(query, rows, stride, n_rows, dots);
    for (gsize i = 0; i < n_rows; i++) {
        float expected;

        for (gsize j = 0; j < stride; j++)
            row[j] = _umk_half_to_float(rows[i * stride + j]);
        _umk_distance_block(UMK_DISTANCE_PLAIN, UMK_DISTANCE_DOT, query, n_dims, 1, row,
                            n_dims, 1, n_dims, &expected, 1);
        g_assert_cmpmem(&expected, sizeof expected, dots + i, sizeof expected);
    }
}

static void
test_dots(void)
{
    static const gsize dims[] = {0, 1, 15, 16, 17, 100, 384, 385};

    for (int level = UMK_HALF_DOT_PLAIN; level <= (int) _umk_half_dot_best_level();
         level++)
        for (gsize i = 0; i < G_N_ELEMENTS(dims); i++)
            for (gsize n = 0; n < 12; n++)
                check_dots((UmkHalfDotLevel) level, dims[i], n);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/half/to-float", test_to_float);
    g_test_add_func("/half/from-float", test_from_float);
    g_test_add_func("/half/dots", test_dots);
    return g_test_run();
}
