/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Neighbours of new vectors in a set whose graph of neighbours is known: down some trees,
 * then along the graph. An answer depends on the vector alone. */
#pragma once

#include "index/umk-knn-graph-private.h"

G_BEGIN_DECLS

typedef struct _UmkKnnSearch UmkKnnSearch;

/* Borrows the graph's ids; keeps vectors. metric is that of the graph. */
UmkKnnSearch *_umk_knn_search_new(UmkMatrix *vectors,
                                  UmkMetric metric,
                                  const UmkKnnGraph *graph,
                                  guint64 seed,
                                  GError **error);
void _umk_knn_search_free(UmkKnnSearch *self);
/* The k nearest rows of vector, by distance, then row; k is at most 500 and cut to the
 * number of rows. Returns how many. From any thread. */
guint _umk_knn_search_find(const UmkKnnSearch *self,
                           const float *vector,
                           guint k,
                           guint32 *ids,
                           float *distances);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkKnnSearch, _umk_knn_search_free)

G_END_DECLS
