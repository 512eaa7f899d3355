/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dot products and squared distances between blocks of rows.
 *
 * Every result is summed in one fixed order: sixteen lanes, lane i taking the elements
 * i, i + 16, …, each step one fused multiply-add, then a halving tree over the lanes.
 * The plain, AVX2 and AVX-512 variants follow the same order, so a score is the same
 * bits on any machine, in any batch and on any number of threads. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    UMK_DISTANCE_PLAIN,
    UMK_DISTANCE_AVX2,
    UMK_DISTANCE_AVX512,
} UmkDistanceLevel;

/* What this machine can run; the calls below take any level up to it. */
UmkDistanceLevel _umk_distance_best_level(void);

typedef enum {
    UMK_DISTANCE_DOT,     /* sum a_i b_i         */
    UMK_DISTANCE_SQUARED, /* sum (a_i - b_i)^2   */
} UmkDistanceKind;

/* out[q * out_stride + r] for every query q and row r; strides count floats. */
void _umk_distance_block(UmkDistanceLevel level,
                         UmkDistanceKind kind,
                         const float *queries, /* (n_queries, n_dims) */
                         gsize query_stride,
                         gsize n_queries,
                         const float *rows, /* (n_rows, n_dims) */
                         gsize row_stride,
                         gsize n_rows,
                         gsize n_dims,
                         float *out, /* (n_queries, n_rows) */
                         gsize out_stride);

/* out[r] = dot product of row r with itself, same bits as the block call. */
void _umk_distance_self(UmkDistanceLevel level,
                        const float *rows, /* (n_rows, n_dims) */
                        gsize row_stride,
                        gsize n_rows,
                        gsize n_dims,
                        float *out);

/* One pair, same bits as the block call. */
float _umk_distance_dot(const float *a, const float *b, gsize n_dims);

/* FALSE when any of the n values is NaN or infinite. */
gboolean _umk_all_finite(const float *values, gsize n);

G_END_DECLS
