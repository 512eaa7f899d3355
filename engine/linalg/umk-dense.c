/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LAPACK reads columns where we write rows: what it sees is the transposed matrix, which
 * is the same one where it is symmetric, and which swaps u and v where it is not. */
#include "linalg/umk-dense-private.h"

#include "core/umk-pool-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <lapacke.h>

G_STATIC_ASSERT(sizeof(lapack_int) == sizeof(int));

static gboolean
not_found(GError **error, const char *what, gsize n)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED, _("A matrix of order %zu: %s"),
                n, what);
    return FALSE;
}

static gboolean
check_order(gsize m, gsize n, GError **error)
{
    (void) _umk_pool_n_threads(); /* sets BLAS to one thread */
    if (m <= G_MAXINT32 && n <= G_MAXINT32)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("A %zu × %zu matrix is larger than can be decomposed"), m, n);
    return FALSE;
}

gboolean
_umk_dense_svd(
    double *a, gsize m, gsize n, double *s, double *u, double *vt, GError **error)
{
    gsize k = MIN(m, n);
    g_autofree double *rest = g_new(double, k + 1);
    g_autofree double *left = u == NULL ? g_new(double, m *k + 1) : NULL;

    if (!check_order(m, n, error))
        return FALSE;
    if (k == 0)
        return TRUE;
    /* a' = v diag(s) u': LAPACK's left vectors, by columns, are the rows of vt. */
    if (LAPACKE_dgesvd(LAPACK_COL_MAJOR, 'S', 'S', (lapack_int) n, (lapack_int) m, a,
                       (lapack_int) n, s, vt, (lapack_int) n, u != NULL ? u : left,
                       (lapack_int) k, rest) != 0)
        return not_found(error, _("the singular values were not found"), MAX(m, n));
    return TRUE;
}

gboolean
_umk_dense_eigen(double *a, gsize n, double *values, GError **error)
{
    if (!check_order(n, n, error))
        return FALSE;
    if (n > 0 && LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', (lapack_int) n, a,
                                (lapack_int) n, values) != 0)
        return not_found(error, _("the eigenvalues were not found"), n);
    return TRUE;
}

gboolean
_umk_dense_solve_positive(double *a, gsize n, double *b, gsize k, GError **error)
{
    if (!check_order(n, k, error))
        return FALSE;
    if (n > 0 && k > 0 &&
        LAPACKE_dposv(LAPACK_COL_MAJOR, 'L', (lapack_int) n, (lapack_int) k, a,
                      (lapack_int) n, b, (lapack_int) n) != 0)
        return not_found(error, _("it is not positive definite"), n);
    return TRUE;
}

gboolean
_umk_dense_factor(double *a, gsize n, int *pivots, GError **error)
{
    if (!check_order(n, n, error))
        return FALSE;
    if (n > 0 && LAPACKE_dgetrf(LAPACK_COL_MAJOR, (lapack_int) n, (lapack_int) n, a,
                                (lapack_int) n, pivots) != 0)
        return not_found(error, _("it is singular"), n);
    return TRUE;
}

void
_umk_dense_solve_factored(const double *a, gsize n, const int *pivots, double *b)
{
    if (n > 0)
        LAPACKE_dgetrs(LAPACK_COL_MAJOR, 'T', (lapack_int) n, 1, a, (lapack_int) n,
                       pivots, b, (lapack_int) n);
}
