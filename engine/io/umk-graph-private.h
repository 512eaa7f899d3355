/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A graph in memory: named nodes and compressed sparse rows with 32-bit ids. Readers fill
 * a UmkGraphBuilder; the finished UmkGraph is immutable and may be shared by threads.
 *
 * Rules every reader inherits: node ids follow the order in which names first appear;
 * each node's list is sorted by target; an undirected edge is two arcs, a self-loop one;
 * edges given twice are one edge, whose weight is the sum where weights are given; an
 * edge of weight 0 makes its nodes known but cannot be walked. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_GRAPH_MAX_NODES ((gsize) G_MAXINT32)
#define UMK_GRAPH_MAX_ARCS  ((gsize) G_MAXINT32)

typedef struct {
    gatomicrefcount ref_count;
    guint32 n_nodes;
    guint32 n_arcs;
    gboolean symmetric; /* every arc has its equal the other way: no directed edge */
    guint32 *offsets;   /* (n_nodes + 1) */
    guint32 *targets;   /* (n_arcs), ascending inside a node */
    float *weights;     /* (n_arcs) positive, or NULL when all are equal */
    char **names;       /* (n_nodes + 1), NULL-terminated, unique */
    char **labels;      /* (n_nodes + 1), entries never NULL; NULL when names are all */
    GStringChunk *strings;
} UmkGraph;

typedef struct _UmkGraphBuilder UmkGraphBuilder;

UmkGraphBuilder *_umk_graph_builder_new(void);
void _umk_graph_builder_free(UmkGraphBuilder *self);

/* Returns the id of a node, made known by this call if need be; G_MAXUINT32 + error when
 * there are too many. */
guint32
_umk_graph_builder_add_node(UmkGraphBuilder *self, const char *name, GError **error);
/* G_MAXUINT32 when unknown. */
guint32 _umk_graph_builder_find_node(UmkGraphBuilder *self, const char *name);
guint32 _umk_graph_builder_get_n_nodes(UmkGraphBuilder *self);
void _umk_graph_builder_set_label(UmkGraphBuilder *self, guint32 node, const char *label);
/* The caller has checked that the weight is finite and not negative. */
gboolean _umk_graph_builder_add_edge(UmkGraphBuilder *self,
                                     guint32 source,
                                     guint32 target,
                                     double weight,
                                     gboolean directed,
                                     GError **error);
/* Weights were given: edges given twice add up. Otherwise they are one edge. */
void _umk_graph_builder_set_weighted(UmkGraphBuilder *self, gboolean weighted);
/* Empties the builder. */
UmkGraph *_umk_graph_builder_build(UmkGraphBuilder *self, GError **error);

UmkGraph *_umk_graph_ref(UmkGraph *self);
void _umk_graph_unref(UmkGraph *self);
const char *_umk_graph_get_label(const UmkGraph *self, guint32 node);
/* Index of the arc source -> target in targets, or -1. */
gint64 _umk_graph_find_arc(const UmkGraph *self, guint32 source, guint32 target);

static inline guint32
_umk_graph_get_degree(const UmkGraph *self, guint32 node)
{
    return self->offsets[node + 1] - self->offsets[node];
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkGraph, _umk_graph_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkGraphBuilder, _umk_graph_builder_free)

G_END_DECLS
