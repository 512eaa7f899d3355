/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph of neighbours by trees and neighbours of neighbours. */
#pragma once

#include "index/umk-knn-graph-private.h"
#include "index/umk-knn-rows-private.h"

G_BEGIN_DECLS

/* Whether this way is the faster one, and can be gone at all. */
gboolean _umk_knn_approximate_suits(const UmkKnnRows *rows, guint k);
/* Fills an empty graph of rows->n rows. */
gboolean _umk_knn_approximate(const UmkKnnRows *rows,
                              UmkKnnGraph *graph,
                              guint64 seed,
                              UmkRun *run,
                              GError **error);

G_END_DECLS
