/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of HDBSCAN: a minimum spanning tree, and the clusters that it holds. */
#pragma once

#include "cluster/umk-cluster-ops-private.h"
#include "cluster/umk-merges-private.h"

G_BEGIN_DECLS

/* Above so many rows the tree is grown on the graph of nearest neighbours. */
#define UMK_HDBSCAN_EXACT_LIMIT 16384

/* n - 1 merges of the minimum spanning tree of mutual reachability (Campello, Moulavi and
 * Sander 2013, definition 5), numbered; to be freed with g_free. */
UmkMerge *_umk_hdbscan_merges(const UmkClusterInput *input,
                              guint min_samples,
                              UmkRun *run,
                              GError **error);

/* The same by the graph of nearest neighbours, nearly; 1 <= min_samples < n. */
UmkMerge *_umk_hdbscan_graph_merges(const UmkClusterInput *input,
                                    guint min_samples,
                                    UmkRun *run,
                                    GError **error);

typedef struct {
    guint min_cluster_size;
    gboolean leaves; /* the smallest clusters instead of the most stable ones */
} UmkHdbscanChoice;

/* Fills labels and probabilities (n); returns the number of clusters. */
guint _umk_hdbscan_choose(const UmkMerge *merges,
                          gsize n,
                          const UmkHdbscanChoice *choice,
                          gint32 *labels,
                          float *probabilities);

G_END_DECLS
