/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bonferroni, Sidak, Holm (1979), Hochberg (1988), Benjamini and Hochberg (1995),
 * Benjamini and Yekutieli (2001). Each is a factor on the ordered p-values; step-down
 * methods keep the largest so far, step-up ones the least from the other end. */
#include "stats/umk-corrections-private.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    double p;
    gsize at;
} Entry;

static int
compare_entries(const void *a, const void *b)
{
    const Entry *x = a, *y = b;

    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* rank counts from 1. */
static double
adjust(UmkCorrection correction, double p, gsize rank, gsize m, double harmonic)
{
    double left = (double) (m - rank + 1);

    switch (correction) {
    case UMK_CORRECTION_SIDAK:
        return -expm1((double) m * log1p(-p));
    case UMK_CORRECTION_HOLM:
    case UMK_CORRECTION_HOCHBERG:
        return left * p;
    case UMK_CORRECTION_BENJAMINI_HOCHBERG:
        return p * (double) m / (double) rank;
    case UMK_CORRECTION_BENJAMINI_YEKUTIELI:
        return p * harmonic * (double) m / (double) rank;
    case UMK_CORRECTION_BONFERRONI:
    default:
        return (double) m * p;
    }
}

static void
make_monotone(UmkCorrection correction, Entry *entries, gsize m)
{
    if (correction == UMK_CORRECTION_HOLM)
        for (gsize i = 1; i < m; i++)
            entries[i].p = MAX(entries[i].p, entries[i - 1].p);
    else if (correction >= UMK_CORRECTION_HOCHBERG)
        for (gsize i = m; i-- > 1;)
            entries[i - 1].p = MIN(entries[i - 1].p, entries[i].p);
}

void
_umk_correct(UmkCorrection correction, const double *p, gsize n, double *adjusted)
{
    g_autofree Entry *entries = g_new(Entry, n + 1);
    double harmonic = 0.0;
    gsize m = 0;

    for (gsize i = 0; i < n; i++) {
        adjusted[i] = p[i];
        if (!isnan(p[i]))
            entries[m++] = (Entry){p[i], i};
    }
    qsort(entries, m, sizeof *entries, compare_entries);
    for (gsize i = 0; i < m; i++)
        harmonic += 1.0 / (double) (i + 1);
    for (gsize i = 0; i < m; i++)
        entries[i].p = adjust(correction, entries[i].p, i + 1, m, harmonic);
    make_monotone(correction, entries, m);
    for (gsize i = 0; i < m; i++)
        adjusted[entries[i].at] = MIN(entries[i].p, 1.0);
}
