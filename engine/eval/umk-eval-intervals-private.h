/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two intervals that figures of this room carry. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sorts the values, moves NaN behind and returns how many are numbers. */
gsize _umk_eval_sort(double *values, gsize n);
/* Between neighbours in order, linearly, at share (n - 1); n > 0. */
double _umk_eval_quantile(const double *sorted, gsize n, double share);
/* NaN when fewer than half of the values are numbers. */
void
_umk_eval_percentiles(double *values, gsize n, double level, double *low, double *high);
/* Wilson's interval of a share, hits of n; n > 0. */
void _umk_eval_wilson(double hits, double n, double level, double *low, double *high);

G_END_DECLS
