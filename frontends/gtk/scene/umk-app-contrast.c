/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formula and where it is from stand in the header. */
#include "umk-app-contrast.h"

#include <math.h>

#define NORMAL 1.959963984540054 /* quantile 0.975 */

UmkAppContrast
umk_app_contrast(gsize n_in, gsize total_in, gsize n_out, gsize total_out)
{
    UmkAppContrast self = {n_in, n_out, total_in, total_out, 0, 0, 0};
    double total = (double) total_in + (double) total_out;
    double share = total > 0 ? ((double) n_in + (double) n_out) / total : 0;
    double prior = UMK_APP_CONTRAST_PRIOR;
    double in = (double) n_in + prior * share, out = (double) n_out + prior * share;
    double not_in = (double) total_in + prior - in;
    double not_out = (double) total_out + prior - out;
    double spread;

    /* Nothing has it, or everything: no side has more. */
    if (!(share > 0) || !(share < 1) || !(not_in > 0) || !(not_out > 0))
        return self;
    self.effect = log(in / not_in) - log(out / not_out);
    spread = NORMAL * sqrt(1 / in + 1 / out);
    self.low = self.effect - spread;
    self.high = self.effect + spread;
    return self;
}
