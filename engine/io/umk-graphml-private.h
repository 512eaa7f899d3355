/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of GraphML (graphml.graphdrawing.org), through libxml2's streaming reader.
 *
 * Read: <node id>, <edge source target directed>, <graph edgedefault>, and of the <data>
 * those whose <key attr.name> is label or name (nodes; label wins) or weight (edges, with
 * the key's <default>), besides yEd's NodeLabel. Nested graphs are flattened. Nodes
 * without edges are kept. Refused: hyperedges, a document that declares entities,
 * anything over the size limit. Nothing is ever fetched. */
#pragma once

#include "io/umk-graph-private.h"

G_BEGIN_DECLS

#define UMK_GRAPHML_MAX_BYTES ((gsize) 1 << 30)

UmkGraph *_umk_graphml_parse(const char *data, gsize length, GError **error);
guint _umk_graphml_probe(const guint8 *head, gsize length);

G_END_DECLS
