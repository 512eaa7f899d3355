/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Graph training for the rest of the facade: a parsed graph in, one vector a node out. */
#pragma once

#include "io/umk-graph-private.h"
#include "train/umk-sgns-private.h"

G_BEGIN_DECLS

/* Reads the file or the bytes of an item; the format is known by its first bytes. */
UmkGraph *_umk_graph_load(UmkItem *item, gboolean directed, GError **error);
/* (n_nodes, dims). params come from umk_train_get_node2vec_params(), NULL for the
 * defaults; report may be NULL, else clear it with _umk_sgns_report_clear(). */
UmkMatrix *_umk_node2vec_fit(UmkGraph *graph,
                             UmkParams *params,
                             UmkRun *run,
                             UmkSgnsReport *report,
                             GError **error);
/* Node items in the order of the rows: name and, as the caption, the label. */
UmkItems *_umk_graph_list_items(UmkGraph *graph);

G_END_DECLS
