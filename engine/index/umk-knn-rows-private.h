/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows that a graph of neighbours is made of, so that one squared Euclidean distance
 * serves both metrics: for vectors of length 1, 1 - cos = |a - b|^2 / 2, which unlike the
 * difference keeps its digits where vectors nearly agree. Where there are zero vectors, a
 * dimension is added in which they alone are 1: at distance 1 from all others. */
#pragma once

#include <umekomi/umk-matrix.h>

#include "core/umk-run-private.h"

G_BEGIN_DECLS

typedef struct {
    const float *data; /* (n, n_dims) */
    gsize n;
    gsize n_dims;
    gsize n_given; /* dimensions of the vectors themselves */
    gboolean cosine;
    float *own; /* the copy at length 1, when one was needed */
} UmkKnnRows;

gboolean _umk_knn_rows_init(
    UmkKnnRows *self, UmkMatrix *vectors, UmkMetric metric, UmkRun *run, GError **error);
void _umk_knn_rows_clear(UmkKnnRows *self);
/* A new vector (n_given) on the same footing, to row (n_dims). */
void _umk_knn_rows_prepare(const UmkKnnRows *self, const float *vector, float *row);
/* The true distance of a squared one. */
float _umk_knn_rows_distance(const UmkKnnRows *self, float squared);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkKnnRows, _umk_knn_rows_clear)

G_END_DECLS
