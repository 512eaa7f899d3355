/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logistic regression of two classes with a quadratic penalty, by Newton's method on what
 * the rows weigh in the solution, which lies in their span: from the products of the rows
 * with each other, whatever their dimension, or from the rows themselves where they are
 * more than their dimensions. It is convex and has one solution, so there is no seed. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const double *kernel; /* (n, n) products of the rows, or NULL */
    const double *rows;   /* (n, d), without a kernel */
    gsize d;
    const double *counts; /* (n) what each row's loss weighs; 0: it is not there */
    gsize n;
    const gboolean *positive;    /* (n) the class of each row */
    gboolean penalise_intercept; /* as a weight of a constant feature of 1; by a kernel */
    gboolean started;            /* alpha and the intercept hold a guess */
    double close;                /* ends when no score changes by more than this share */
} UmkLogisticProblem;

/* Minimises |w|^2 / 2 + the sum of counts log(1 + exp(-y (w x + b))).
 * w is the sum of alpha times the rows. */
gboolean
_umk_logistic_fit(const UmkLogisticProblem *problem, double *alpha, double *intercept);

/* The least ½|w|² + C Σ log(1 + exp(-s (w·x + b))) of rows (n, d), the intercept free;
 * positive[i] is nonzero for one class. Both classes must occur. weights (d) are zero
 * where the rows do not tell the classes apart. */
gboolean _umk_logistic_fit_rows(const double *rows,
                                const guint8 *positive,
                                gsize n,
                                gsize d,
                                double strength, /* C */
                                double *weights,
                                double *intercept,
                                GError **error);

G_END_DECLS
