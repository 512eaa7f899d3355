/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds and owns the CSR graph. Arcs are gathered in one flat array and put in order by
 * two stable counting passes (by target, then by source), so building is linear in the
 * size of the graph and the result depends on nothing but the order of the input. */
#include "io/umk-graph-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

typedef struct {
    guint32 source;
    guint32 target;
    float weight;
} UmkArc;

struct _UmkGraphBuilder {
    GHashTable *ids;   /* name -> id + 1 */
    GPtrArray *names;  /* borrowed from strings */
    GPtrArray *labels; /* entries may be NULL; shorter than names */
    GArray *arcs;      /* UmkArc */
    GStringChunk *strings;
    gboolean weighted;
    gboolean symmetric;
};

UmkGraphBuilder *
_umk_graph_builder_new(void)
{
    UmkGraphBuilder *self = g_new0(UmkGraphBuilder, 1);

    self->ids = g_hash_table_new(g_str_hash, g_str_equal);
    self->names = g_ptr_array_new();
    self->labels = g_ptr_array_new();
    self->arcs = g_array_new(FALSE, FALSE, sizeof(UmkArc));
    self->strings = g_string_chunk_new(64 * 1024);
    self->symmetric = TRUE;
    return self;
}

void
_umk_graph_builder_free(UmkGraphBuilder *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->ids);
    g_ptr_array_unref(self->names);
    g_ptr_array_unref(self->labels);
    g_array_unref(self->arcs);
    if (self->strings != NULL)
        g_string_chunk_free(self->strings);
    g_free(self);
}

guint32
_umk_graph_builder_find_node(UmkGraphBuilder *self, const char *name)
{
    guint id = GPOINTER_TO_UINT(g_hash_table_lookup(self->ids, name));

    return id > 0 ? id - 1 : G_MAXUINT32;
}

guint32
_umk_graph_builder_add_node(UmkGraphBuilder *self, const char *name, GError **error)
{
    guint32 id = _umk_graph_builder_find_node(self, name);
    char *copy;

    if (id != G_MAXUINT32)
        return id;
    if (self->names->len >= UMK_GRAPH_MAX_NODES) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE, _("More than %zu nodes"),
                    UMK_GRAPH_MAX_NODES);
        return G_MAXUINT32;
    }
    copy = g_string_chunk_insert(self->strings, name);
    id = self->names->len;
    g_ptr_array_add(self->names, copy);
    g_hash_table_insert(self->ids, copy, GUINT_TO_POINTER(id + 1));
    return id;
}

guint32
_umk_graph_builder_get_n_nodes(UmkGraphBuilder *self)
{
    return self->names->len;
}

void
_umk_graph_builder_set_label(UmkGraphBuilder *self, guint32 node, const char *label)
{
    g_assert(node < self->names->len);
    if (self->labels->len <= node)
        g_ptr_array_set_size(self->labels, (int) node + 1);
    self->labels->pdata[node] = g_string_chunk_insert(self->strings, label);
}

gboolean
_umk_graph_builder_add_edge(UmkGraphBuilder *self,
                            guint32 source,
                            guint32 target,
                            double weight,
                            gboolean directed,
                            GError **error)
{
    UmkArc arc = {source, target, (float) weight};

    g_assert(source < self->names->len && target < self->names->len);
    if (self->arcs->len + 2 > UMK_GRAPH_MAX_ARCS / 2) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE, _("More than %zu edges"),
                    UMK_GRAPH_MAX_ARCS / 4);
        return FALSE;
    }
    g_array_append_val(self->arcs, arc);
    if (source == target)
        return TRUE;
    if (directed) {
        self->symmetric = FALSE;
    } else {
        arc.source = target;
        arc.target = source;
        g_array_append_val(self->arcs, arc);
    }
    return TRUE;
}

void
_umk_graph_builder_set_weighted(UmkGraphBuilder *self, gboolean weighted)
{
    self->weighted = weighted;
}

/* Stable counting sort of arcs by one end; counts has n_nodes + 1 zeroed places. */
static void
sort_arcs(const UmkArc *in,
          UmkArc *out,
          gsize n,
          guint32 *counts,
          gsize n_nodes,
          gboolean by_target)
{
    guint32 sum = 0;

    memset(counts, 0, (n_nodes + 1) * sizeof *counts);
    for (gsize i = 0; i < n; i++)
        counts[by_target ? in[i].target : in[i].source]++;
    for (gsize v = 0; v <= n_nodes; v++) {
        guint32 count = counts[v];

        counts[v] = sum;
        sum += count;
    }
    for (gsize i = 0; i < n; i++)
        out[counts[by_target ? in[i].target : in[i].source]++] = in[i];
}

/* Joins equal neighbours in the sorted array; returns how many are left. */
static gsize
merge_arcs(UmkArc *arcs, gsize n, gboolean weighted)
{
    gsize n_out = 0;

    for (gsize i = 0; i < n; i++) {
        if (!(arcs[i].weight > 0.0f))
            continue;
        if (n_out > 0 && arcs[n_out - 1].source == arcs[i].source &&
            arcs[n_out - 1].target == arcs[i].target) {
            if (weighted)
                arcs[n_out - 1].weight =
                    MIN(arcs[n_out - 1].weight + arcs[i].weight, G_MAXFLOAT);
        } else {
            arcs[n_out++] = arcs[i];
        }
    }
    return n_out;
}

static void
take_names(UmkGraphBuilder *self, UmkGraph *graph)
{
    graph->n_nodes = self->names->len;
    g_ptr_array_add(self->names, NULL);
    if (self->labels->len > 0) {
        g_ptr_array_set_size(self->labels, (int) graph->n_nodes + 1);
        for (guint32 v = 0; v < graph->n_nodes; v++)
            if (self->labels->pdata[v] == NULL)
                self->labels->pdata[v] = self->names->pdata[v];
        graph->labels = (char **) g_ptr_array_free(g_steal_pointer(&self->labels), FALSE);
        self->labels = g_ptr_array_new();
    }
    graph->names = (char **) g_ptr_array_free(g_steal_pointer(&self->names), FALSE);
    self->names = g_ptr_array_new();
    graph->strings = g_steal_pointer(&self->strings);
    self->strings = g_string_chunk_new(1024);
    g_hash_table_remove_all(self->ids);
}

static void
take_arcs(UmkGraph *graph, const UmkArc *arcs, gsize n)
{
    gboolean equal = TRUE;

    graph->n_arcs = (guint32) n;
    for (gsize i = 0; i < n; i++) {
        graph->offsets[arcs[i].source + 1]++;
        graph->targets[i] = arcs[i].target;
        graph->weights[i] = arcs[i].weight;
        equal = equal && !(arcs[i].weight < arcs[0].weight) &&
                !(arcs[i].weight > arcs[0].weight);
    }
    for (guint32 v = 0; v < graph->n_nodes; v++)
        graph->offsets[v + 1] += graph->offsets[v];
    if (equal)
        g_clear_pointer(&graph->weights, g_free);
}

UmkGraph *
_umk_graph_builder_build(UmkGraphBuilder *self, GError **error)
{
    g_autoptr(UmkGraph) graph = g_new0(UmkGraph, 1);
    gsize n = self->arcs->len;
    g_autofree UmkArc *other = g_try_new(UmkArc, MAX(n, 1));
    UmkArc *arcs = (UmkArc *) (void *) self->arcs->data;

    g_atomic_ref_count_init(&graph->ref_count);
    graph->symmetric = self->symmetric;
    take_names(self, graph);
    graph->offsets = g_try_new0(guint32, (gsize) graph->n_nodes + 1);
    graph->targets = g_try_new(guint32, MAX(n, 1));
    graph->weights = g_try_new(float, MAX(n, 1));
    if (other == NULL || graph->offsets == NULL || graph->targets == NULL ||
        graph->weights == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("No memory for a graph of %zu arcs"), n);
        return NULL;
    }
    if (n > 0) {
        sort_arcs(arcs, other, n, graph->offsets, graph->n_nodes, TRUE);
        sort_arcs(other, arcs, n, graph->offsets, graph->n_nodes, FALSE);
        n = merge_arcs(arcs, n, self->weighted);
        memset(graph->offsets, 0, ((gsize) graph->n_nodes + 1) * sizeof *graph->offsets);
    }
    take_arcs(graph, arcs, n);
    g_array_set_size(self->arcs, 0);
    self->symmetric = TRUE;
    return g_steal_pointer(&graph);
}

UmkGraph *
_umk_graph_ref(UmkGraph *self)
{
    g_atomic_ref_count_inc(&self->ref_count);
    return self;
}

void
_umk_graph_unref(UmkGraph *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->ref_count))
        return;
    g_free(self->offsets);
    g_free(self->targets);
    g_free(self->weights);
    g_free(self->names);
    g_free(self->labels);
    if (self->strings != NULL)
        g_string_chunk_free(self->strings);
    g_free(self);
}

const char *
_umk_graph_get_label(const UmkGraph *self, guint32 node)
{
    return self->labels != NULL ? self->labels[node] : self->names[node];
}

gint64
_umk_graph_find_arc(const UmkGraph *self, guint32 source, guint32 target)
{
    guint32 low = self->offsets[source];
    guint32 high = self->offsets[source + 1];

    while (low < high) {
        guint32 middle = low + (high - low) / 2;

        if (self->targets[middle] < target)
            low = middle + 1;
        else
            high = middle;
    }
    return low < self->offsets[source + 1] && self->targets[low] == target ? (gint64) low
                                                                           : -1;
}
