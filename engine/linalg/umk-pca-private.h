/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Principal components of rows: mean, directions, and how much variance each explains.
 *
 * Small work is summed in double from the start, large work in float within blocks of
 * centred rows and in double across them (linalg/umk-pca-covariance.c). A direction's
 * sign is chosen so that its largest loading is positive; a direction without variance
 * (constant rows, fewer rows than components) is all zeros. Results do not depend on the
 * number of threads. */
#pragma once

#include "core/umk-run-private.h"
#include "linalg/umk-gemm-private.h"

G_BEGIN_DECLS

typedef struct {
    gsize n_dims;
    gsize n_components;
    gboolean unit_rows; /* rows are brought to length 1 first */
    double *mean;       /* (n_dims) */
    double *basis;      /* (n_components, n_dims), orthonormal or zero rows */
    double *variance;   /* (n_components), descending, divisor n - 1 */
    double total;       /* variance over all directions */
    gboolean randomised;
    UmkPacked *packed; /* the directions in float, to place rows */
} UmkPca;

typedef enum {
    UMK_PCA_AUTO,      /* exact unless both rows and dimensions exceed 2,048 */
    UMK_PCA_EXACT,     /* eigenvectors of the covariance or the Gram matrix */
    UMK_PCA_RANDOMISED /* subspace iteration on the rows themselves */
} UmkPcaSolver;

UmkPca *_umk_pca_fit(const float *rows, /* (n_rows, n_dims) */
                     gsize stride,
                     gsize n_rows,
                     gsize n_dims,
                     gsize n_components,
                     gboolean unit_rows,
                     UmkRun *run,
                     GError **error);
UmkPca *_umk_pca_fit_by(UmkPcaSolver solver,
                        const float *rows, /* (n_rows, n_dims) */
                        gsize stride,
                        gsize n_rows,
                        gsize n_dims,
                        gsize n_components,
                        gboolean unit_rows,
                        UmkRun *run,
                        GError **error);
void _umk_pca_free(UmkPca *self);
/* From now on coordinates have variance 1 along each direction that has any. */
gboolean _umk_pca_whiten(UmkPca *self, GError **error);
/* A row's coordinates do not depend on the rows beside it. */
void _umk_pca_transform(const UmkPca *self,
                        const float *rows, /* (n_rows, n_dims) */
                        gsize stride,
                        gsize n_rows,
                        float *coords, /* (n_rows, n_components) */
                        gsize out_stride);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkPca, _umk_pca_free)

G_END_DECLS
