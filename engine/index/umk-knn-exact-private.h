/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph of neighbours by comparing every pair. */
#pragma once

#include "index/umk-knn-graph-private.h"
#include "index/umk-knn-rows-private.h"

G_BEGIN_DECLS

/* Fills an empty graph of rows->n rows. */
gboolean
_umk_knn_exact(const UmkKnnRows *rows, UmkKnnGraph *graph, UmkRun *run, GError **error);

G_END_DECLS
