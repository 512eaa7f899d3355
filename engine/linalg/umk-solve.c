/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ridge by one symmetric eigendecomposition: with Xc, Yc the centred data, W = B (S +
 * l)^-1 C where, if there are more pairs than inputs, Xc'Xc = V S V', B = V, C = V'Xc'Yc,
 * and else XcXc' = U S U', B = Xc'U, C = U'Yc. Procrustes (Schoenemann 1966) by the SVD
 * of Xc'Yc. */
#include "linalg/umk-solve-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#define BLOCK_ROWS 1024

struct _UmkRidge {
    gsize n_in, n_out, rank;
    double *mean_in;  /* (n_in) */
    double *mean_out; /* (n_out) */
    double *left;     /* B (n_in, rank) */
    double *right;    /* C (rank, n_out) */
    double *values;   /* S (rank) */
    double scale;
};

/* Everything is sized by the caller's data, so one helper makes all the arrays. */
static double *
new_doubles(gsize rows, gsize cols, GError **error)
{
    gsize n;

    if (!_umk_size_mul(rows, cols, &n))
        n = G_MAXSIZE;
    return _umk_alloc(n, sizeof(double), _("A least-squares fit"), error);
}

static void
take_mean(const float *x, gsize n, gsize d, double *mean)
{
    memset(mean, 0, d * sizeof *mean);
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < d; j++)
            mean[j] += (double) x[i * d + j];
    for (gsize j = 0; j < d; j++)
        mean[j] /= (double) MAX(n, 1);
}

static void
centre(const float *x, gsize n, gsize d, const double *mean, double *out)
{
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < d; j++)
            out[i * d + j] = (double) x[i * d + j] - mean[j];
}

/* cross += Xc'Yc and, when wanted, scatter += Xc'Xc (upper), block by block so that the
 * doubles never take more than a block. Adds Xc's squared norm to *square. */
static gboolean
add_products(const float *x,
             const float *y,
             gsize n,
             gsize n_in,
             gsize n_out,
             const double *mean_in,
             const double *mean_out,
             double *scatter,
             double *cross,
             double *square,
             GError **error)
{
    g_autofree double *a = new_doubles(MIN(n, BLOCK_ROWS), n_in, error);
    g_autofree double *b = a ? new_doubles(MIN(n, BLOCK_ROWS), n_out, error) : NULL;

    if (b == NULL)
        return FALSE;
    for (gsize first = 0; first < n; first += BLOCK_ROWS) {
        gsize count = MIN(n - first, BLOCK_ROWS);

        centre(x + first * n_in, count, n_in, mean_in, a);
        centre(y + first * n_out, count, n_out, mean_out, b);
        for (gsize i = 0; i < count * n_in; i++)
            *square += a[i] * a[i];
        if (scatter != NULL)
            cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int) n_in, (int) count,
                        1.0, a, (int) n_in, 1.0, scatter, (int) n_in);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int) n_in, (int) n_out,
                    (int) count, 1.0, a, (int) n_in, b, (int) n_out, 1.0, cross,
                    (int) n_out);
    }
    return TRUE;
}

/* Replaces the upper triangle of a by its eigenvectors in columns. */
static gboolean
decompose(double *a, gsize n, double *values, GError **error)
{
    lapack_int info = LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'U', (lapack_int) n, a,
                                     (lapack_int) n, values);

    if (info == 0)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED,
                _("The eigenvalues of a matrix of order %zu were not found"), n);
    return FALSE;
}

static gboolean
fit_primal(UmkRidge *self, const float *x, const float *y, gsize n, GError **error)
{
    gsize n_in = self->n_in, n_out = self->n_out;
    g_autofree double *cross = new_doubles(n_in, n_out, error);
    double square = 0.0;

    self->rank = n_in;
    if (cross == NULL || (self->left = new_doubles(n_in, n_in, error)) == NULL ||
        (self->right = new_doubles(n_in, n_out, error)) == NULL ||
        (self->values = new_doubles(n_in, 1, error)) == NULL)
        return FALSE;
    if (!add_products(x, y, n, n_in, n_out, self->mean_in, self->mean_out, self->left,
                      cross, &square, error))
        return FALSE;
    if (!decompose(self->left, n_in, self->values, error))
        return FALSE;
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int) n_in, (int) n_out,
                (int) n_in, 1.0, self->left, (int) n_in, cross, (int) n_out, 0.0,
                self->right, (int) n_out);
    return TRUE;
}

static gboolean
fit_dual(UmkRidge *self, const float *x, const float *y, gsize n, GError **error)
{
    gsize n_in = self->n_in, n_out = self->n_out;
    g_autofree double *a = new_doubles(n, n_in, error);
    g_autofree double *b = a ? new_doubles(n, n_out, error) : NULL;
    g_autofree double *kernel = b ? new_doubles(n, n, error) : NULL;

    self->rank = n;
    if (kernel == NULL || (self->left = new_doubles(n_in, n, error)) == NULL ||
        (self->right = new_doubles(n, n_out, error)) == NULL ||
        (self->values = new_doubles(n, 1, error)) == NULL)
        return FALSE;
    centre(x, n, n_in, self->mean_in, a);
    centre(y, n, n_out, self->mean_out, b);
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasNoTrans, (int) n, (int) n_in, 1.0, a,
                (int) n_in, 0.0, kernel, (int) n);
    if (!decompose(kernel, n, self->values, error))
        return FALSE;
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int) n_in, (int) n, (int) n,
                1.0, a, (int) n_in, kernel, (int) n, 0.0, self->left, (int) n);
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int) n, (int) n_out, (int) n,
                1.0, kernel, (int) n, b, (int) n_out, 0.0, self->right, (int) n_out);
    return TRUE;
}

UmkRidge *
_umk_ridge_new(
    const float *x, const float *y, gsize n, gsize n_in, gsize n_out, GError **error)
{
    g_autoptr(UmkRidge) self = g_new0(UmkRidge, 1);

    g_assert(n > 0 && n_in > 0 && n_out > 0);
    (void) _umk_pool_n_threads(); /* sets BLAS to one thread: the sums keep their order */
    self->n_in = n_in;
    self->n_out = n_out;
    if ((self->mean_in = new_doubles(n_in, 1, error)) == NULL ||
        (self->mean_out = new_doubles(n_out, 1, error)) == NULL)
        return NULL;
    take_mean(x, n, n_in, self->mean_in);
    take_mean(y, n, n_out, self->mean_out);
    if (!(n >= n_in ? fit_primal : fit_dual)(self, x, y, n, error))
        return NULL;
    for (gsize i = 0; i < self->rank; i++) {
        self->values[i] = MAX(self->values[i], 0.0);
        self->scale += self->values[i];
    }
    self->scale /= (double) n_in;
    return g_steal_pointer(&self);
}

void
_umk_ridge_free(UmkRidge *self)
{
    if (self == NULL)
        return;
    g_free(self->mean_in);
    g_free(self->mean_out);
    g_free(self->left);
    g_free(self->right);
    g_free(self->values);
    g_free(self);
}

double
_umk_ridge_get_scale(const UmkRidge *self)
{
    return self->scale > 0.0 ? self->scale : 1.0;
}

/* bias = mean_out - mean_in W, with W already rounded to float. */
static void
set_bias(const float *weight,
         gsize n_in,
         gsize n_out,
         const double *mean_in,
         const double *mean_out,
         float *bias)
{
    for (gsize j = 0; j < n_out; j++) {
        double sum = mean_out[j];

        for (gsize i = 0; i < n_in; i++)
            sum -= mean_in[i] * (double) weight[i * n_out + j];
        bias[j] = (float) sum;
    }
}

gboolean
_umk_ridge_solve(
    const UmkRidge *self, double lambda, float *weight, float *bias, GError **error)
{
    gsize n_in = self->n_in, n_out = self->n_out, rank = self->rank;
    g_autofree double *scaled = new_doubles(rank, n_out, error);
    g_autofree double *product = scaled ? new_doubles(n_in, n_out, error) : NULL;

    g_assert(lambda > 0.0);
    if (product == NULL)
        return FALSE;
    for (gsize k = 0; k < rank; k++)
        for (gsize j = 0; j < n_out; j++)
            scaled[k * n_out + j] =
                self->right[k * n_out + j] / (self->values[k] + lambda);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) n_in, (int) n_out,
                (int) rank, 1.0, self->left, (int) rank, scaled, (int) n_out, 0.0,
                product, (int) n_out);
    for (gsize i = 0; i < n_in * n_out; i++)
        weight[i] = (float) product[i];
    set_bias(weight, n_in, n_out, self->mean_in, self->mean_out, bias);
    return TRUE;
}

gboolean
_umk_procrustes_solve(const float *x,
                      const float *y,
                      gsize n,
                      gsize n_in,
                      gsize n_out,
                      float *weight,
                      float *bias,
                      GError **error)
{
    gsize rank = MIN(n_in, n_out);
    g_autofree double *mean_in = new_doubles(n_in, 1, error);
    g_autofree double *mean_out = mean_in ? new_doubles(n_out, 1, error) : NULL;
    g_autofree double *cross = mean_out ? new_doubles(n_in, n_out, error) : NULL;
    g_autofree double *u = cross ? new_doubles(n_in, rank, error) : NULL;
    g_autofree double *v = u ? new_doubles(rank, n_out, error) : NULL;
    g_autofree double *values = v ? new_doubles(rank, 1, error) : NULL;
    double square = 0.0, sum = 0.0;

    (void) _umk_pool_n_threads();
    if (values == NULL)
        return FALSE;
    take_mean(x, n, n_in, mean_in);
    take_mean(y, n, n_out, mean_out);
    if (!add_products(x, y, n, n_in, n_out, mean_in, mean_out, NULL, cross, &square,
                      error))
        return FALSE;
    if (LAPACKE_dgesdd(LAPACK_ROW_MAJOR, 'S', (lapack_int) n_in, (lapack_int) n_out,
                       cross, (lapack_int) n_out, values, u, (lapack_int) rank, v,
                       (lapack_int) n_out) != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED,
                    _("The singular values of a matrix of %zu × %zu were not found"),
                    n_in, n_out);
        return FALSE;
    }
    for (gsize k = 0; k < rank; k++)
        sum += values[k];
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) n_in, (int) n_out,
                (int) rank, square > 0.0 ? sum / square : 1.0, u, (int) rank, v,
                (int) n_out, 0.0, cross, (int) n_out);
    for (gsize i = 0; i < n_in * n_out; i++)
        weight[i] = (float) cross[i];
    set_bias(weight, n_in, n_out, mean_in, mean_out, bias);
    return TRUE;
}
