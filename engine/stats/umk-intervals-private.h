/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals: of bootstrap replicates, and of a share. Not a number where undefined. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    double low, high;
} UmkRange;

/* Sorts in place and moves what is not a number behind; returns how many numbers. */
gsize _umk_sort_numbers(double *values, gsize n);
/* The standard deviation of numbers, with n - 1; not a number for fewer than two. */
double _umk_deviation_of(const double *values, gsize n);
/* Between the order statistics by linear interpolation, at q (n - 1). */
double _umk_quantile(const double *sorted, gsize n, double q);
UmkRange _umk_interval_percentile(const double *sorted, gsize n, double level);
/* The percentile interval of draws in any order, which it sorts; undefined where fewer
 * than half of them are numbers. */
UmkRange _umk_interval_of_draws(double *draws, gsize n, double level);
UmkRange
_umk_interval_basic(const double *sorted, gsize n, double estimate, double level);

/* Bias correction and acceleration (Efron 1987). The share of replicates below the
 * estimate counts half of those that equal it; not finite when all lie on one side. */
double _umk_bca_bias(const double *sorted, gsize n, double estimate);
/* leave_one_out (sum of sizes): the figure without each item, group after group. */
double
_umk_bca_acceleration(const double *leave_one_out, const gsize *sizes, gsize n_groups);
UmkRange _umk_interval_bca(
    const double *sorted, gsize n, double bias, double acceleration, double level);

/* k of n. */
UmkRange _umk_interval_wilson(guint64 k, guint64 n, double level);
UmkRange _umk_interval_clopper_pearson(guint64 k, guint64 n, double level);

G_END_DECLS
