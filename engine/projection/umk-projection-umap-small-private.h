/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear algebra of a handful of vectors with arithmetic of our own, for starts that must
 * have the same bits on every processor. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_UMAP_SMALL 8 /* vectors at most */

/* Gram-Schmidt, twice; a vector that depends on those before it becomes 0. */
void _umk_umap_orthonormalise(float *vectors, /* (n_vectors, n) */
                              gsize n_vectors,
                              gsize n);
/* Eigenvectors of a symmetric matrix (n, n), by Jacobi's rotations: rows of vectors
 * (n, n) by eigenvalue descending, which are left on the matrix's diagonal. */
void _umk_umap_eigen(double *matrix, gsize n, double *vectors);

G_END_DECLS
