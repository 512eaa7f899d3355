/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exp, log and powers in double precision from additions, multiplications and divisions
 * alone, so that UMAP's weights have the same bits under every C library and processor.
 * Errors against the C library, measured by tests/unit/test-umap.c: below 4e-16 relative
 * for exp, 4e-16 for log. */
#pragma once

#include <glib.h>

#include <string.h>

static inline double
_umk_umap_scale_by_power(double x, int exponent)
{
    guint64 bits = (guint64) (exponent + 1023) << 52;
    double factor;

    memcpy(&factor, &bits, sizeof factor);
    return x * factor;
}

/* 2^k times the Taylor series on |r| <= ln 2 / 2, whose fourteenth term is 4e-18. */
static inline double
_umk_umap_exp(double x)
{
    double k, r, sum;

    if (x < -708.0)
        return 0.0;
    if (x > 709.0)
        x = 709.0;
    k = (double) (gint64) (x * 1.4426950408889634 + (x < 0.0 ? -0.5 : 0.5));
    r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33;
    sum = 1.0 / 6227020800.0;
    sum = sum * r + 1.0 / 479001600.0;
    sum = sum * r + 1.0 / 39916800.0;
    sum = sum * r + 1.0 / 3628800.0;
    sum = sum * r + 1.0 / 362880.0;
    sum = sum * r + 1.0 / 40320.0;
    sum = sum * r + 1.0 / 5040.0;
    sum = sum * r + 1.0 / 720.0;
    sum = sum * r + 1.0 / 120.0;
    sum = sum * r + 1.0 / 24.0;
    sum = sum * r + 1.0 / 6.0;
    sum = sum * r + 0.5;
    sum = sum * r + 1.0;
    sum = sum * r + 1.0;
    return _umk_umap_scale_by_power(sum, (int) k);
}

/* Of a normal positive number: log m = 2 atanh((m - 1) / (m + 1)), m in [0.7, 1.42). */
static inline double
_umk_umap_log(double x)
{
    guint64 bits;
    gint64 exponent;
    double m, s, z, sum;

    memcpy(&bits, &x, sizeof bits);
    exponent = ((gint64) bits - 0x3fe6a09e667f3bcd) >> 52;
    bits -= (guint64) exponent << 52;
    memcpy(&m, &bits, sizeof m);
    s = (m - 1.0) / (m + 1.0);
    z = s * s;
    sum = 1.0 / 21.0;
    sum = sum * z + 1.0 / 19.0;
    sum = sum * z + 1.0 / 17.0;
    sum = sum * z + 1.0 / 15.0;
    sum = sum * z + 1.0 / 13.0;
    sum = sum * z + 1.0 / 11.0;
    sum = sum * z + 1.0 / 9.0;
    sum = sum * z + 1.0 / 7.0;
    sum = sum * z + 1.0 / 5.0;
    sum = sum * z + 1.0 / 3.0;
    return (double) exponent * 0.6931471805599453 + (2.0 * s + 2.0 * s * z * sum);
}

static inline double
_umk_umap_pow(double x, double y)
{
    return x > 0.0 ? _umk_umap_exp(y * _umk_umap_log(x)) : 0.0;
}
