/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What resampling leaves: percentiles of replicates of which some may be undefined, and
 * the chance that a permutation does as much as the data. */
#pragma once

#include "bias/umk-bias-ops-private.h"

G_BEGIN_DECLS

/* FALSE when fewer than half of the replicates are defined. Sorts the values. */
gboolean _umk_bias_percentiles(
    double *values, gsize n, double level, const char *over, UmkBiasInterval *interval);
/* p = (1 + as large) / (1 + n), with the interval of Wilson for p itself; a replicate
 * within 1e-12 of the value is as large. NaN replicates are not counted. */
void _umk_bias_sampled_test(const double *values,
                            gsize n,
                            double observed,
                            const char *of,
                            double level,
                            UmkBiasTest *test);
/* What chance alone gives on average: what a figure that is above 0 by chance as well has
 * to be compared with. NaN where nothing is defined. */
double _umk_bias_chance_mean(const double *values, gsize n);
/* "control": what chance alone would give. Sorts the values. */
void _umk_bias_add_chance(
    JsonBuilder *result, double *values, gsize n, double observed, double level);
void _umk_bias_add_text(JsonBuilder *result, const char *member, const char *value);

G_END_DECLS
