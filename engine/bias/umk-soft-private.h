/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The least-squares problem of soft debiasing, see umk-debias-soft.c. */
#pragma once

#include "core/umk-run-private.h"

G_BEGIN_DECLS

typedef struct {
    gsize d;
    const double *all;       /* WW' (d, d) */
    const double *neutral;   /* NN' (d, d) */
    const double *direction; /* (d) */
    double lambda;
    guint max_iterations;
} UmkSoft;

/* root (d, d): the symmetric T. optimality: the distance of the solution to what one more
 * projected gradient step makes of it, as a share of its size. */
gboolean _umk_soft_solve(
    const UmkSoft *self, double *root, double *optimality, UmkRun *run, GError **error);

G_END_DECLS
