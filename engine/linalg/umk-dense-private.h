/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small dense problems in double by LAPACK: SVD, symmetric eigenvectors, linear systems.
 * All matrices are row-major, sized by dimensions rather than by rows of data. BLAS runs
 * on one thread, so a result does not depend on how many there are. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* a (m, n) = u diag(s) vt with s descending, k = min(m, n): s (k), vt (k, n), u (m, k) or
 * NULL. a is destroyed. The sign of a row of vt is what LAPACK gave. */
gboolean _umk_dense_svd(
    double *a, gsize m, gsize n, double *s, double *u, double *vt, GError **error);
/* a (n, n), symmetric. values ascend; row i of a becomes the eigenvector of value i. */
gboolean _umk_dense_eigen(double *a, gsize n, double *values, GError **error);
/* a x = b with a (n, n) symmetric and positive definite; b holds k vectors one after the
 * other, which become the solutions. a is destroyed. */
gboolean
_umk_dense_solve_positive(double *a, gsize n, double *b, gsize k, GError **error);

/* a x = b for many b: a becomes its factors. */
gboolean _umk_dense_factor(double *a, gsize n, int *pivots, GError **error);
void _umk_dense_solve_factored(const double *a, gsize n, const int *pivots, double *b);

G_END_DECLS
