/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The edges between the nodes of a collection. They are not kept with it: the graph file
 * that the provenance names is read again. */
#include <umekomi/umk-ingest.h>

#include <umekomi/umk-collection.h>
#include <umekomi/umk-item.h>

#include "facade/umk-ingest-private.h"
#include "facade/umk-train-private.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define OFTEN 1024u /* nodes between two looks whether it was cancelled */

typedef struct {
    guint32 from, to;
} Edge;

static int
compare_edges(gconstpointer a, gconstpointer b)
{
    const Edge *x = a, *y = b;

    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->to < y->to ? -1 : x->to > y->to;
}

/* The graph file a model was trained on, or NULL; and whether its edges have a way. */
static char *
graph_of(UmkCollection *collection, const char *model_id, gboolean *directed)
{
    g_autofree char *json = umk_collection_dup_model_provenance(collection, model_id);
    g_autoptr(JsonNode) root = json != NULL ? json_from_string(json, NULL) : NULL;
    JsonNode *graph, *params, *way;

    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root))
        return NULL;
    graph = json_object_get_member(json_node_get_object(root), "graph");
    params = json_object_get_member(json_node_get_object(root), "params");
    if (graph == NULL || json_node_get_value_type(graph) != G_TYPE_STRING)
        return NULL;
    way = params != NULL && JSON_NODE_HOLDS_OBJECT(params)
              ? json_object_get_member(json_node_get_object(params), "directed")
              : NULL;
    *directed = way != NULL && JSON_NODE_HOLDS_VALUE(way) && json_node_get_boolean(way);
    return g_strdup(json_node_get_string(graph));
}

/* The row of each node; G_MAXUINT32 for those that were removed. */
static guint32 *
find_rows(UmkCollection *collection,
          const UmkGraph *graph,
          const char *id,
          GCancellable *cancellable,
          GError **error)
{
    g_autofree guint32 *rows = g_new(guint32, (gsize) graph->n_nodes + 1);

    for (guint32 v = 0; v < graph->n_nodes; v++) {
        g_autofree char *node = g_strdup_printf("%s#%s", id, graph->names[v]);
        gsize row;

        if (v % OFTEN == 0 && g_cancellable_set_error_if_cancelled(cancellable, error))
            return NULL;
        rows[v] = umk_collection_find(collection, node, &row) && row < G_MAXUINT32
                      ? (guint32) row
                      : G_MAXUINT32;
    }
    return g_steal_pointer(&rows);
}

static gboolean
add_graph(UmkCollection *collection,
          const char *path,
          const char *id,
          gboolean directed,
          GArray *edges,
          GCancellable *cancellable,
          GError **error)
{
    g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_GRAPH, path);
    g_autoptr(UmkGraph) graph = _umk_graph_load(item, directed, error);
    g_autofree guint32 *rows = NULL;

    if (graph == NULL)
        return FALSE;
    rows = find_rows(collection, graph, id, cancellable, error);
    if (rows == NULL)
        return FALSE;
    for (guint32 v = 0; v < graph->n_nodes; v++)
        for (guint32 arc = graph->offsets[v]; arc < graph->offsets[v + 1]; arc++) {
            guint32 a = rows[v], b = rows[graph->targets[arc]];
            Edge edge = {MIN(a, b), MAX(a, b)};

            if (a != b && edge.to != G_MAXUINT32)
                g_array_append_val(edges, edge);
        }
    return TRUE;
}

/* An undirected edge is two arcs of the graph. */
static void
drop_doubles(GArray *edges)
{
    Edge *all = (Edge *) (gpointer) edges->data;
    guint n = 0;

    g_array_sort(edges, compare_edges);
    for (guint i = 0; i < edges->len; i++)
        if (n == 0 || compare_edges(&all[n - 1], &all[i]) != 0)
            all[n++] = all[i];
    g_array_set_size(edges, n);
}

/**
 * umk_collection_dup_edges:
 * @self: a collection
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Tells which nodes of a collection are joined by an edge, whichever way it leads. The
 * graph files that were added are read again; if one is not there any more, this fails.
 *
 * Returns: (transfer full): pairs of guint32 rows, the lower first, ascending, each edge
 *   once; empty where there is no graph
 */
GBytes *
umk_collection_dup_edges(UmkCollection *self, GCancellable *cancellable, GError **error)
{
    g_auto(GStrv) models = NULL;
    g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(Edge));
    gsize size;

    g_return_val_if_fail(self != NULL, NULL);
    models = umk_collection_list_models(self);
    for (gsize m = 0; models[m] != NULL; m++) {
        const char *prefix = UMK_INGEST_NODE2VEC;
        gboolean directed = FALSE;
        g_autofree char *path = NULL;

        if (!g_str_has_prefix(models[m], prefix))
            continue;
        path = graph_of(self, models[m], &directed);
        if (path != NULL && !add_graph(self, path, models[m] + strlen(prefix), directed,
                                       edges, cancellable, error))
            return NULL;
    }
    drop_doubles(edges);
    size = edges->len * sizeof(Edge);
    return g_bytes_new_take(g_array_free(g_steal_pointer(&edges), FALSE), size);
}
