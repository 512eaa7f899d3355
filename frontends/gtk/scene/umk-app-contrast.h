/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much more often something is met inside a set of items than in the rest, with an
 * interval. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_APP_CONTRAST_PRIOR                                                           \
    100.0 /* items' worth of the whole that both sides begin with */

typedef struct {
    gsize n_in, n_out;         /* items that have it */
    gsize total_in, total_out; /* of so many */
    double effect;             /* log odds ratio; above 0: more often inside */
    double low, high;          /* its interval of 95 % */
} UmkAppContrast;

/* Every item counts once. The log odds ratio with an informative prior: with y of n items
 * on a side, a share q of all items, and a = 100 items' worth of prior,
 *
 *   d = ln[(y1 + aq) / (n1 + a - y1 - aq)] - ln[(y2 + aq) / (n2 + a - y2 - aq)]
 *   var d = 1 / (y1 + aq) + 1 / (y2 + aq)
 *
 * and the interval d ± 1.96 sd (Monroe, Colaresi and Quinn 2008, "Fightin' Words",
 * Political Analysis 16(4), equations 15, 16 and 20, with items in place of tokens). What
 * few items have, or all, is drawn to 0. */
UmkAppContrast umk_app_contrast(gsize n_in, gsize total_in, gsize n_out, gsize total_out);

G_END_DECLS
