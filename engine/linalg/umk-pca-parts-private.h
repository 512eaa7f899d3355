/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the ways to principal components share: the rows, centred, and the eigenvectors of
 * a symmetric matrix. Everything is summed in an order that the number of threads does
 * not change. */
#pragma once

#include "linalg/umk-pca-private.h"

#define UMK_PCA_BLOCK_ROWS    2048 /* rows that are centred and multiplied at a time */
#define UMK_PCA_EIGEN_LIMIT   2048 /* largest matrix that goes to LAPACK as it is */
#define UMK_PCA_KRYLOV_SIZE   256  /* below, LAPACK is done in a moment */
#define UMK_PCA_KRYLOV_MOST   4    /* eigenvectors; for more, LAPACK is as fast */
#define UMK_PCA_SPARE_VECTORS 16   /* columns an iteration carries beside those wanted */

typedef struct {
    const float *rows; /* (n_rows, n_dims) */
    gsize stride;
    gsize n_rows;
    gsize n_dims;
    gboolean unit_rows;
    UmkRun *run;
} UmkPcaInput;

double _umk_pca_row_scale(const float *row, gsize n_dims, gboolean unit_rows);
gboolean _umk_pca_no_memory(GError **error);
gboolean _umk_pca_mean(const UmkPcaInput *input, double *mean, GError **error);
/* n rows from the first on, less the mean: (n, n_dims) */
void _umk_pca_centre(
    const UmkPcaInput *input, const double *mean, gsize first, gsize n, double *out);
void _umk_pca_centre_f32(
    const UmkPcaInput *input, const double *mean, gsize first, gsize n, float *out);
/* Copies the upper half to the lower, both times factor. */
void _umk_pca_mirror(double *square, gsize size, double factor);

/* mean (n_dims) of the rows and square (n_dims, n_dims) = their covariance; it starts as
 * zeros. Sums are double, or, where there is much to sum, float within a block of rows
 * and double across. */
gboolean _umk_pca_covariance(const UmkPcaInput *input,
                             double *mean,
                             double *square,
                             GError **error);
gboolean _umk_pca_covariance_f32(const UmkPcaInput *input,
                                 double *mean,
                                 double *square, /* sums of products, upper half */
                                 GError **error);
/* square (n_rows, n_rows) += rows * rows^T, upper half */
void _umk_pca_gram(const double *rows, gsize n_rows, gsize n_dims, double *square);

/* The k largest eigenvalues, descending, and their vectors, (k, size). square is lost. */
gboolean _umk_pca_eigen(double *square,
                        gsize size,
                        gsize k,
                        double *values,
                        double *vectors,
                        UmkRun *run,
                        GError **error);
/* The same for a few of a large matrix, which is kept: UMK_PCA_KRYLOV_SIZE or more, and
 * at most UMK_PCA_KRYLOV_MOST of them. Where it does not settle, nothing is written and
 * another way has to be taken. */
gboolean _umk_pca_krylov(const double *square,
                         gsize size,
                         gsize k,
                         double *values,
                         double *vectors,
                         gboolean *settled,
                         UmkRun *run,
                         GError **error);
/* Columns of basis (size, width) made orthonormal; tau (width) is scratch. */
gboolean _umk_pca_orthonormalise(double *basis, gsize size, gsize width, double *tau);
/* Rayleigh-Ritz: from a basis and its image under a symmetric matrix, both (size, width),
 * the best eigenvectors in its span, ascending. small (width, width) is scratch. */
gboolean _umk_pca_rotate(const double *basis,
                         const double *image,
                         gsize size,
                         gsize width,
                         double *small,
                         double *values,
                         double *rotated);
gboolean _umk_pca_not_converged(GError **error);

/* The k first components without a matrix of n_dims squared: variance, basis and total of
 * pca, whose mean is known. */
gboolean
_umk_pca_randomised(const UmkPcaInput *input, UmkPca *pca, gsize k, GError **error);
