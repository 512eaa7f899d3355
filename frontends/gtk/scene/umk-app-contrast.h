/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much more often something is met inside a set of items than in the rest, with an
 * interval, and how sure that is. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    gsize n_in, n_out;         /* items that have it */
    gsize total_in, total_out; /* of so many */
    double ratio;              /* of the two shares as they are; infinite: only inside */
    double low, high;          /* its interval of 95 % */
    double evidence;           /* log-likelihood ratio; above 0: more often inside */
} UmkAppContrast;

/* What chance alone passes once in a thousand times: that many words are looked at. */
#define UMK_APP_CONTRAST_SURE 10.83 /* chi squared of one degree of freedom */

/* Every item counts once. The interval of the ratio of two shares is made of Wilson's
 * intervals of the shares, which hold for few items and for shares of 0 and 1 (Donner and
 * Zou 2012, "Closed-form confidence intervals for functions of the normal mean and
 * standard deviation", Statistical Methods in Medical Research 21(4)):
 *
 *   low  = l1 (2 p1 - l1) / (p1 p2 + √((p1 p2)² - l1 u2 (2 p1 - l1) (2 p2 - u2)))
 *   high = (p1 p2 + √((p1 p2)² - u1 l2 (2 p1 - u1) (2 p2 - l2))) / (l2 (2 p2 - l2))
 *
 * The evidence is G² of the table of four (Dunning 1993, "Accurate Methods for the
 * Statistics of Surprise and Coincidence"), which few items do not inflate. */
UmkAppContrast umk_app_contrast(gsize n_in, gsize total_in, gsize n_out, gsize total_out);
/* Whether it is met more often inside, surely. */
gboolean umk_app_contrast_is_sure(const UmkAppContrast *self);

G_END_DECLS
