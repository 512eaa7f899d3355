/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a comparison of two groups of a given size can find at all. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Power of the two-sided t test of two groups whose means are effect standard deviations
 * (within the groups) apart. */
double _umk_power_two_groups(double effect, gsize n1, gsize n2, double level);
/* The least such effect that is found with the power asked for; not a number when the
 * groups leave no degree of freedom. */
double _umk_detectable_effect(gsize n1, gsize n2, double power, double level);
/* The same difference in units of the deviation of both groups together, as an effect
 * size over all items has it (n - 1). */
double _umk_effect_over_all(double effect, gsize n1, gsize n2);

G_END_DECLS
