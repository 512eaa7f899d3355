/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logistic regression with a quadratic penalty, by Newton's method on the products of the
 * rows with each other: as large as there are rows, whatever their dimension. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const double *kernel; /* (n, n) products of the rows */
    const double *counts; /* (n) how often each row is there; 0: not at all */
    gsize n;
    const gboolean *positive;    /* (n) the class of each row */
    gboolean penalise_intercept; /* as a weight of a constant feature of 1 */
} UmkLogisticProblem;

/* Minimises |w|^2 / 2 + the sum of log(1 + exp(-y (w x + b))), a penalty of C = 1.
 * w is the sum of alpha times the rows. */
gboolean
_umk_logistic_fit(const UmkLogisticProblem *problem, double *alpha, double *intercept);

G_END_DECLS
