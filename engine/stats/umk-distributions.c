/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distributions: the incomplete beta function by its continued fraction (DLMF 8.17.22,
 * evaluated by Lentz's method), everything else through it or through erfc; quantiles by
 * bisection of a bracket, which needs no start and cannot diverge. */
#include "stats/umk-distributions-private.h"

#include <math.h>

#define MAX_TERMS 100000
#define N_HALVES  200
#define TINY      1e-300

double
_umk_normal_cdf(double z)
{
    return 0.5 * erfc(-z / G_SQRT2);
}

/* A start from Abramowitz and Stegun 26.2.23, then Halley steps on erfc. */
double
_umk_normal_quantile(double p)
{
    double tail = MIN(p, 1.0 - p), t, z;

    if (!(p > 0.0 && p < 1.0))
        return NAN;
    t = sqrt(-2.0 * log(tail));
    z = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                  (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
    for (int i = 0; i < 4; i++) {
        double u = (_umk_normal_cdf(z) - tail) * sqrt(2.0 * G_PI) * exp(0.5 * z * z);

        z -= u / (1.0 + 0.5 * z * u);
    }
    return p < 0.5 ? z : -z;
}

static double
log_gamma(double x)
{
    int sign;

    return lgamma_r(x, &sign);
}

static double
away_from_zero(double x)
{
    return fabs(x) < TINY ? TINY : x;
}

static double
beta_fraction(double x, double a, double b)
{
    double c = 1.0, d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0)), value = d;

    for (int i = 1; i < MAX_TERMS; i++) {
        double m = i, term = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        double step;

        d = 1.0 / away_from_zero(1.0 + term * d);
        c = away_from_zero(1.0 + term / c);
        value *= c * d;
        term = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + term * d);
        c = away_from_zero(1.0 + term / c);
        step = c * d;
        value *= step;
        if (fabs(step - 1.0) < 1e-16)
            break;
    }
    return value;
}

double
_umk_beta_cdf(double x, double a, double b)
{
    double front;

    if (x <= 0.0)
        return 0.0;
    if (x >= 1.0)
        return 1.0;
    front =
        exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1.0) / (a + b + 2.0))
        return front * beta_fraction(x, a, b) / a;
    return 1.0 - front * beta_fraction(1.0 - x, b, a) / b;
}

double
_umk_beta_quantile(double p, double a, double b)
{
    double low = 0.0, high = 1.0;

    for (int i = 0; i < N_HALVES && high - low > 1e-16 * high; i++) {
        double middle = 0.5 * (low + high);

        if (_umk_beta_cdf(middle, a, b) < p)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

double
_umk_t_two_sided(double t, double df)
{
    if (!(df > 0.0) || isnan(t))
        return NAN;
    return _umk_beta_cdf(df / (df + t * t), 0.5 * df, 0.5);
}

double
_umk_t_quantile(double p, double df)
{
    double tail = MIN(p, 1.0 - p), x;

    if (!(p > 0.0 && p < 1.0) || !(df > 0.0))
        return NAN;
    if (tail == 0.5)
        return 0.0;
    x = _umk_beta_quantile(2.0 * tail, 0.5 * df, 0.5);
    x = sqrt(df * (1.0 - x) / x);
    return p < 0.5 ? -x : x;
}

/* The sum of Lenth (1989), "Cumulative distribution function of the non-central t
 * distribution", by incomplete beta functions; for t < 0 by symmetry. */
double
_umk_t_shifted_cdf(double t, double df, double shift)
{
    double half = 0.5 * shift * shift, x, p, q, sum = 0.0;

    if (t < 0.0)
        return 1.0 - _umk_t_shifted_cdf(-t, df, -shift);
    x = t * t / (t * t + df);
    p = exp(-half);
    q = shift * exp(-half) * sqrt(2.0 / G_PI);
    for (int j = 0; j < 1000; j++) {
        double term = p * _umk_beta_cdf(x, j + 0.5, 0.5 * df) +
                      q * _umk_beta_cdf(x, j + 1.0, 0.5 * df);

        sum += term;
        if (j > half && fabs(term) < 1e-15)
            break;
        p *= half / (j + 1.0);
        q *= half / (j + 1.5);
    }
    return _umk_normal_cdf(-shift) + 0.5 * sum;
}
