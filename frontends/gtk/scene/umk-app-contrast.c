/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formulas and where they are from stand in the header. */
#include "umk-app-contrast.h"

#include <math.h>

#define NORMAL 1.959963984540054 /* quantile 0.975 */

typedef struct {
    double share, low, high;
} Share;

/* Wilson's interval. */
static Share
share_of(gsize n, gsize total)
{
    double all = (double) total, p = (double) n / all, z = NORMAL * NORMAL / all;
    double middle = (p + z / 2) / (1 + z);
    double half = sqrt(p * (1 - p) * z + z * z / 4) / (1 + z);

    return (Share){p, n == 0 ? 0 : middle - half, n == total ? 1 : middle + half};
}

/* O ln(O / E) of one cell. */
static double
cell(gsize observed, double expected)
{
    return observed > 0 ? (double) observed * log((double) observed / expected) : 0;
}

static double
find_evidence(const UmkAppContrast *c)
{
    double all = (double) c->total_in + (double) c->total_out;
    double with = ((double) c->n_in + (double) c->n_out) / all;
    double in = (double) c->total_in, out = (double) c->total_out;
    double sum = cell(c->n_in, with * in) + cell(c->n_out, with * out) +
                 cell(c->total_in - c->n_in, (1 - with) * in) +
                 cell(c->total_out - c->n_out, (1 - with) * out);

    return c->ratio >= 1 ? 2 * sum : -2 * sum;
}

UmkAppContrast
umk_app_contrast(gsize n_in, gsize total_in, gsize n_out, gsize total_out)
{
    UmkAppContrast self = {n_in, n_out, total_in, total_out, 1, 0, INFINITY, 0};
    double both, below, above;
    Share in, out;

    /* Nothing has it, or there is nothing to compare with: no side has more. */
    if (total_in == 0 || total_out == 0 || n_in + n_out == 0)
        return self;
    in = share_of(n_in, total_in);
    out = share_of(n_out, total_out);
    both = in.share * out.share;
    below = in.low * (2 * in.share - in.low);
    above = out.low * (2 * out.share - out.low);
    self.ratio = n_out > 0 ? in.share / out.share : (double) INFINITY;
    if (n_in > 0)
        self.low =
            below / (both + sqrt(MAX(0, both * both - below * out.high *
                                                          (2 * out.share - out.high))));
    if (n_out > 0)
        self.high =
            (both +
             sqrt(MAX(0, both * both - above * in.high * (2 * in.share - in.high)))) /
            above;
    self.evidence = find_evidence(&self);
    return self;
}

gboolean
umk_app_contrast_is_sure(const UmkAppContrast *self)
{
    return self->low > 1 && self->evidence > UMK_APP_CONTRAST_SURE;
}
