/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The edges of nodes. A collection keeps the vectors of a graph, not the graph: its file
 * is read again, once for all nodes that came from it, and names become rows. */
#include <umekomi/umk-collection.h>
#include <umekomi/umk-item.h>

#include "facade/umk-train-private.h"

#include <string.h>

/* The nodes that are asked for, of one graph. */
typedef struct {
    char *path;
    char *prefix; /* of the ids of its nodes, with "#" */
    GArray *rows; /* guint64 */
    GPtrArray *names;
} Wanted;

typedef struct {
    UmkCollection *collection;
    UmkGraph *graph;
    const Wanted *wanted;
    guint64 *row_of; /* (n_nodes), what is not looked up yet is NOT_YET */
    GArray *edges;   /* guint64, two an edge */
    GArray *weights; /* float */
} Edges;

#define NOT_YET G_MAXUINT64
#define NO_ROW  (G_MAXUINT64 - 1)

static void
wanted_free(gpointer data)
{
    Wanted *self = data;

    g_free(self->path);
    g_free(self->prefix);
    g_array_unref(self->rows);
    g_ptr_array_unref(self->names);
    g_free(self);
}

/* FALSE only for an error; an item that is no node of a file is passed over. */
static gboolean
want(GHashTable *graphs, UmkCollection *collection, guint64 row, GError **error)
{
    g_autoptr(UmkItem) item = umk_collection_dup_item(collection, (gsize) row, error);
    const char *path, *name, *id, *mark;
    g_autofree char *key = NULL;
    Wanted *wanted;

    if (item == NULL)
        return FALSE;
    path = umk_item_get_field(item, "source");
    name = umk_item_get_text(item);
    id = umk_item_get_id(item);
    if (umk_item_get_modality(item) != UMK_MODALITY_GRAPH || path == NULL ||
        name == NULL || id == NULL || !g_str_has_suffix(id, name))
        return TRUE;
    mark = id + strlen(id) - strlen(name);
    if (mark == id || mark[-1] != '#')
        return TRUE;
    key = g_strndup(id, (gsize) (mark - id));
    wanted = g_hash_table_lookup(graphs, key);
    if (wanted == NULL) {
        wanted = g_new0(Wanted, 1);
        wanted->path = g_strdup(path);
        wanted->prefix = g_steal_pointer(&key);
        wanted->rows = g_array_new(FALSE, FALSE, sizeof(guint64));
        wanted->names = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(graphs, wanted->prefix, wanted);
    }
    g_array_append_val(wanted->rows, row);
    g_ptr_array_add(wanted->names, g_strdup(name));
    return TRUE;
}

static guint64
find_row(Edges *self, guint32 node)
{
    if (self->row_of[node] == NOT_YET) {
        g_autofree char *id =
            g_strconcat(self->wanted->prefix, self->graph->names[node], NULL);
        gsize row;

        self->row_of[node] =
            umk_collection_find(self->collection, id, &row) ? (guint64) row : NO_ROW;
    }
    return self->row_of[node];
}

static void
add_edge(Edges *self, guint32 node, guint32 other, guint32 arc)
{
    guint64 ends[] = {find_row(self, node), find_row(self, other)};
    float weight = self->graph->weights != NULL ? self->graph->weights[arc] : 1.0f;

    if (ends[1] == NO_ROW || node == other)
        return;
    g_array_append_vals(self->edges, ends, 2);
    g_array_append_val(self->weights, weight);
}

/* An edge with a direction is one of both its ends; one each way is told once. */
static void
add_arcs(Edges *self, const guint8 *is_wanted)
{
    const UmkGraph *graph = self->graph;

    for (guint32 node = 0; node < graph->n_nodes; node++)
        for (guint32 arc = graph->offsets[node]; arc < graph->offsets[node + 1]; arc++) {
            guint32 other = graph->targets[arc];

            if (is_wanted[node])
                add_edge(self, node, other, arc);
            if (is_wanted[other] && !graph->symmetric &&
                _umk_graph_find_arc(graph, other, node) < 0)
                add_edge(self, other, node, arc);
        }
}

static gboolean
add_graph(Edges *self, GCancellable *cancellable, GError **error)
{
    g_autoptr(UmkItem) file =
        umk_item_new_for_file(UMK_MODALITY_GRAPH, self->wanted->path);
    g_autoptr(UmkGraph) graph = NULL;
    g_autoptr(GHashTable) nodes = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree guint8 *is_wanted = NULL;
    g_autofree guint64 *row_of = NULL;

    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return FALSE;
    graph = _umk_graph_load(file, FALSE, error);
    if (graph == NULL)
        return FALSE;
    is_wanted = g_new0(guint8, (gsize) graph->n_nodes + 1);
    row_of = g_new(guint64, (gsize) graph->n_nodes + 1);
    for (guint32 node = 0; node < graph->n_nodes; node++) {
        row_of[node] = NOT_YET;
        g_hash_table_insert(nodes, graph->names[node], GUINT_TO_POINTER(node + 1));
    }
    for (guint i = 0; i < self->wanted->names->len; i++) {
        guint number =
            GPOINTER_TO_UINT(g_hash_table_lookup(nodes, self->wanted->names->pdata[i]));

        if (number == 0)
            continue;
        is_wanted[number - 1] = 1;
        row_of[number - 1] = g_array_index(self->wanted->rows, guint64, i);
    }
    self->graph = graph;
    self->row_of = row_of;
    add_arcs(self, is_wanted);
    return TRUE;
}

static int
compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/**
 * umk_collection_dup_node_neighbours:
 * @self: a collection
 * @rows: (array length=n_rows): items; those that are no node of a graph have no edges
 * @n_rows: how many
 * @weights: (out) (optional) (transfer full): native float, one an edge; 1 where the
 *   graph has none
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Reads the graphs again that the nodes came from, each once. Edges with a direction are
 * told of both their ends; neighbours that are not in the collection are left out. Fails
 * if a graph's file has gone.
 *
 * Returns: (transfer full): native guint64, two an edge: the row asked for, the row of
 *   its neighbour
 */
GBytes *
umk_collection_dup_node_neighbours(UmkCollection *self,
                                   const guint64 *rows,
                                   gsize n_rows,
                                   GBytes **weights,
                                   GCancellable *cancellable,
                                   GError **error)
{
    g_autoptr(GHashTable) graphs = NULL;
    g_autoptr(GArray) edges = NULL, heavy = NULL;
    g_autofree gpointer *keys = NULL;
    guint n_graphs;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(rows != NULL || n_rows == 0, NULL);
    graphs = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, wanted_free);
    edges = g_array_new(FALSE, FALSE, sizeof(guint64));
    heavy = g_array_new(FALSE, FALSE, sizeof(float));
    for (gsize i = 0; i < n_rows; i++)
        if (!want(graphs, self, rows[i], error))
            return NULL;
    keys = g_hash_table_get_keys_as_array(graphs, &n_graphs);
    qsort(keys, n_graphs, sizeof(gpointer), compare_paths);
    for (guint i = 0; i < n_graphs; i++) {
        Edges state = {.collection = self,
                       .wanted = g_hash_table_lookup(graphs, keys[i]),
                       .edges = edges,
                       .weights = heavy};

        if (!add_graph(&state, cancellable, error))
            return NULL;
    }
    if (weights != NULL)
        *weights = g_bytes_new(heavy->data, heavy->len * sizeof(float));
    return g_bytes_new(edges->data, edges->len * sizeof(guint64));
}
