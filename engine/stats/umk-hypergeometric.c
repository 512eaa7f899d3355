/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hypergeometric tails by the ratios of neighbouring probabilities, starting from the
 * likeliest outcome, so that no factorial is ever formed and nothing overflows:
 * P(x + 1) / P(x) = (K - x)(n - x) / ((x + 1)(N - K - n + x + 1)).
 * The two-sided form is that of Fisher's exact test. Outcomes as likely as the one seen
 * count as no likelier, with a relative tolerance of 1e-7 for the rounding. */
#include "stats/umk-hypergeometric-private.h"

#include <float.h>

#define TOLERANCE 1e-7

typedef struct {
    double total, marked, drawn;
} Draw;

static double
step_up(const Draw *d, double x)
{
    return (d->marked - x) * (d->drawn - x) /
           ((x + 1) * (d->total - d->marked - d->drawn + x + 1));
}

/* Adds up P from the likeliest outcome on; weights (high - low + 1) of 1 at the mode. */
static double
fill(const Draw *d, double *weights, guint64 low, guint64 high)
{
    guint64 mode = (guint64) ((d->marked + 1) * (d->drawn + 1) / (d->total + 2));
    double sum = 1.0;

    mode = CLAMP(mode, low, high);
    weights[mode - low] = 1.0;
    for (guint64 x = mode; x < high; x++) {
        weights[x + 1 - low] = weights[x - low] * step_up(d, (double) x);
        sum += weights[x + 1 - low];
    }
    for (guint64 x = mode; x > low; x--) {
        weights[x - 1 - low] = weights[x - low] / step_up(d, (double) (x - 1));
        sum += weights[x - 1 - low];
    }
    return sum;
}

gboolean
_umk_hypergeometric(
    guint64 total, guint64 marked, guint64 drawn, guint64 seen, UmkHypergeometric *out)
{
    Draw draw = {(double) total, (double) marked, (double) drawn};
    guint64 high = MIN(marked, drawn), low;
    g_autofree double *weights = NULL;
    double sum, less = 0.0, greater = 0.0, both = 0.0, own;

    if (marked > total || drawn > total)
        return FALSE;
    low = drawn > total - marked ? drawn - (total - marked) : 0;
    if (seen < low || seen > high)
        return FALSE;
    weights = g_new(double, high - low + 1);
    sum = fill(&draw, weights, low, high);
    own = weights[seen - low];
    for (guint64 x = low; x <= high; x++) {
        double weight = weights[x - low];

        if (x <= seen)
            less += weight;
        if (x >= seen)
            greater += weight;
        if (weight <= own * (1 + TOLERANCE))
            both += weight;
    }
    /* what is possible has a chance above 0, however small */
    out->less = CLAMP(less / sum, DBL_MIN, 1.0);
    out->greater = CLAMP(greater / sum, DBL_MIN, 1.0);
    out->two_sided = CLAMP(both / sum, DBL_MIN, 1.0);
    out->mean = total > 0 ? draw.drawn * draw.marked / draw.total : 0.0;
    return TRUE;
}
