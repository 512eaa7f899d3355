/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tails and quantiles of the normal, the beta and Student's t distribution. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

double _umk_normal_cdf(double z);
/* NaN outside (0, 1). */
double _umk_normal_quantile(double p);
/* The regularised incomplete beta function I_x(a, b); a and b positive. */
double _umk_beta_cdf(double x, double a, double b);
double _umk_beta_quantile(double p, double a, double b);
/* P(|T| >= |t|); NaN without a degree of freedom. */
double _umk_t_two_sided(double t, double df);
double _umk_t_quantile(double p, double df);
/* P(T <= t) of the t distribution whose numerator has mean shift. */
double _umk_t_shifted_cdf(double t, double df, double shift);

G_END_DECLS
