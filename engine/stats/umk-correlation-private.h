/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How two columns of numbers go together. Not a number where a column does not vary. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* 1 is the least; equal values share the mean of their ranks. */
void _umk_ranks(const double *values, gsize n, double *ranks);
double _umk_pearson(const double *a, const double *b, gsize n);
double _umk_spearman(const double *a, const double *b, gsize n);
/* tau-b; quadratic in n. */
double _umk_kendall(const double *a, const double *b, gsize n);
/* Two-sided p of a Pearson or Spearman correlation of n pairs, by the t distribution. */
double _umk_correlation_p(double r, gsize n);

G_END_DECLS
