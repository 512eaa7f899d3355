/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear maps fitted to pairs of rows: ridge regression and orthogonal Procrustes, both
 * affine (the means are taken out first). All sums are in double. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* y = x W + b, fitted to n pairs. One decomposition serves every lambda. */
typedef struct _UmkRidge UmkRidge;

UmkRidge *_umk_ridge_new(const float *x, /* (n, n_in) */
                         const float *y, /* (n, n_out) */
                         gsize n,
                         gsize n_in,
                         gsize n_out,
                         GError **error);
void _umk_ridge_free(UmkRidge *self);
/* Mean of the eigenvalues of the inputs' scatter: the unit lambda is given in. */
double _umk_ridge_get_scale(const UmkRidge *self);
/* lambda is absolute and positive. weight (n_in, n_out), bias (n_out). */
gboolean _umk_ridge_solve(
    const UmkRidge *self, double lambda, float *weight, float *bias, GError **error);

/* The rotation (and one common factor) that brings x nearest to y. */
gboolean _umk_procrustes_solve(const float *x,
                               const float *y,
                               gsize n,
                               gsize n_in,
                               gsize n_out,
                               float *weight,
                               float *bias,
                               GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkRidge, _umk_ridge_free)

G_END_DECLS
