/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph of nearest neighbours of the rows of one matrix, which projections, cluster
 * methods and measures of quality share.
 *
 * A row is never its own neighbour. Lists stand by distance ascending, equal distances by
 * row. Distances are true ones: Euclidean, or 1 - cos, where a zero vector is at distance
 * 1 from all that are not. The same rows, k and seed give the same bytes on any number of
 * threads and any processor. */
#pragma once

#include <umekomi/umk-matrix.h>

#include "core/umk-run-private.h"

G_BEGIN_DECLS

typedef struct {
    gsize n;
    guint k;
    guint32 *ids;     /* (n, k) */
    float *distances; /* (n, k) */
    gboolean exact;   /* every pair was compared */
} UmkKnnGraph;

/* k is cut to the number of other rows, so that it is 0 for one row and for none; read it
 * from the result. vectors are finite. seed is for the approximate ways; small matrices
 * are compared pair by pair. */
UmkKnnGraph *_umk_knn_graph_build(UmkMatrix *vectors,
                                  UmkMetric metric,
                                  guint k,
                                  guint64 seed,
                                  UmkRun *run,
                                  GError **error);
/* The same with every pair compared, whatever the size. */
UmkKnnGraph *_umk_knn_graph_build_exact(
    UmkMatrix *vectors, UmkMetric metric, guint k, UmkRun *run, GError **error);
/* An empty graph to be filled, or NULL and UMK_ERROR_TOO_LARGE. */
UmkKnnGraph *_umk_knn_graph_new(gsize n, guint k, GError **error);
void _umk_knn_graph_free(UmkKnnGraph *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkKnnGraph, _umk_knn_graph_free)

G_END_DECLS
