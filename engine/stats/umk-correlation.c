/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlations of Pearson, Spearman and Kendall. */
#include "stats/umk-correlation-private.h"

#include "stats/umk-distributions-private.h"

#include <math.h>
#include <stdlib.h>

#define NO_SPREAD 1e-14 /* of the largest value: what rounding leaves of a constant */

typedef struct {
    double value;
    gsize at;
} Entry;

static int
compare_entries(const void *a, const void *b)
{
    const Entry *x = a, *y = b;

    return (x->value > y->value) - (x->value < y->value);
}

void
_umk_ranks(const double *values, gsize n, double *ranks)
{
    g_autofree Entry *entries = g_new(Entry, n + 1);

    for (gsize i = 0; i < n; i++)
        entries[i] = (Entry){values[i], i};
    qsort(entries, n, sizeof *entries, compare_entries);
    for (gsize from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && entries[to].value == entries[from].value;)
            to++;
        for (gsize i = from; i < to; i++)
            ranks[entries[i].at] = 0.5 * (double) (from + 1 + to);
    }
}

double
_umk_pearson(const double *a, const double *b, gsize n)
{
    double mean_a = 0.0, mean_b = 0.0, aa = 0.0, bb = 0.0, ab = 0.0;
    double most_a = 0.0, most_b = 0.0;

    for (gsize i = 0; i < n; i++) {
        mean_a += a[i] / (double) n;
        mean_b += b[i] / (double) n;
        most_a = fmax(most_a, fabs(a[i]));
        most_b = fmax(most_b, fabs(b[i]));
    }
    for (gsize i = 0; i < n; i++) {
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
        ab += (a[i] - mean_a) * (b[i] - mean_b);
    }
    if (n < 2 || sqrt(aa / (double) n) <= NO_SPREAD * most_a ||
        sqrt(bb / (double) n) <= NO_SPREAD * most_b)
        return NAN;
    return CLAMP(ab / sqrt(aa) / sqrt(bb), -1.0, 1.0);
}

double
_umk_spearman(const double *a, const double *b, gsize n)
{
    g_autofree double *ranks = g_new(double, 2 * n + 1);

    _umk_ranks(a, n, ranks);
    _umk_ranks(b, n, ranks + n);
    return _umk_pearson(ranks, ranks + n, n);
}

static int
sign_of(double x)
{
    return (x > 0.0) - (x < 0.0);
}

double
_umk_kendall(const double *a, const double *b, gsize n)
{
    double agree = 0.0, untied_a = 0.0, untied_b = 0.0;

    for (gsize i = 0; i < n; i++)
        for (gsize j = i + 1; j < n; j++) {
            int in_a = sign_of(a[i] - a[j]), in_b = sign_of(b[i] - b[j]);

            agree += in_a * in_b;
            untied_a += in_a != 0;
            untied_b += in_b != 0;
        }
    if (untied_a == 0.0 || untied_b == 0.0)
        return NAN;
    return agree / sqrt(untied_a) / sqrt(untied_b);
}

double
_umk_correlation_p(double r, gsize n)
{
    double df = (double) n - 2.0;

    if (n < 3 || isnan(r))
        return NAN;
    if (fabs(r) >= 1.0)
        return 0.0;
    return _umk_t_two_sided(r * sqrt(df / ((1.0 - r) * (1.0 + r))), df);
}
