/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins the layers that may not know one another: walks (modalities/graph) feed skip-gram
 * (train), and a graph file (io) becomes a matrix with one row a node. */
#include "facade/umk-train-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-run-private.h"
#include "io/umk-graph-format-private.h"
#include "modalities/graph/umk-walks-private.h"

#include <umekomi/umekomi.h>

#include <glib/gi18n-lib.h>

#define MAX_GRAPH_BYTES ((gsize) 4 << 30)

static const UmkParamSpec node2vec_params[] = {
    {"dims", UMK_PARAM_INT, N_("Dimensions"), N_("Length of a node's vector"), 2,
     UMK_SGNS_MAX_DIMS, 128, NULL},
    {"walk-length", UMK_PARAM_INT, N_("Walk length"), N_("Nodes in a walk"), 2, 10000, 80,
     NULL},
    {"walks", UMK_PARAM_INT, N_("Walks per node"), N_("Walks that start at each node"), 1,
     10000, 10, NULL},
    {"window", UMK_PARAM_INT, N_("Window"),
     N_("Nodes at most this many steps apart in a walk are neighbours"), 1, 100, 10,
     NULL},
    {"epochs", UMK_PARAM_INT, N_("Epochs"), N_("Times the walks are learnt from"), 1,
     1000, 1, NULL},
    {"p", UMK_PARAM_DOUBLE, N_("Return p"),
     N_("Above 1 a walk seldom steps straight back, below 1 often"), 1e-6, 1e6, 1, NULL},
    {"q", UMK_PARAM_DOUBLE, N_("In-out q"),
     N_("Above 1 a walk stays near where it was, below 1 it moves away"), 1e-6, 1e6, 1,
     NULL},
    {"negatives", UMK_PARAM_INT, N_("Negative samples"),
     N_("Random nodes each pair is told apart from"), 1, UMK_SGNS_MAX_NEGATIVES, 5, NULL},
    {"rate", UMK_PARAM_DOUBLE, N_("Learning rate"),
     N_("First step size; it falls to nothing"), 1e-6, 1, 0.025, NULL},
    {"directed", UMK_PARAM_BOOL, N_("Directed"),
     N_("Edges of an edge list lead one way only; GraphML says it itself"), 0, 1, 0,
     NULL},
    {"seed", UMK_PARAM_INT, N_("Seed"), N_("The same seed gives the same vectors"), 0,
     0x1p53, 42, NULL},
};

/**
 * umk_train_get_node2vec_params: (skip)
 * @n_specs: (out): rows of the table
 *
 * Returns: (array length=n_specs) (transfer none): the options of umk_train_node2vec()
 */
const UmkParamSpec *
umk_train_get_node2vec_params(gsize *n_specs)
{
    g_return_val_if_fail(n_specs != NULL, NULL);
    *n_specs = G_N_ELEMENTS(node2vec_params);
    return node2vec_params;
}

static void
fill_walks(gpointer data, guint64 first, gsize count, guint32 *out)
{
    _umk_walker_fill_parallel(data, first, count, out);
}

UmkMatrix *
_umk_node2vec_fit(UmkGraph *graph,
                  UmkParams *params,
                  UmkRun *run,
                  UmkSgnsReport *report,
                  GError **error)
{
    g_autoptr(UmkParams) own =
        params != NULL ? umk_params_ref(params)
                       : umk_params_new(node2vec_params, G_N_ELEMENTS(node2vec_params));
    guint64 seed = (guint64) umk_params_get_int(own, "seed");
    UmkWalkParams walk = {
        .return_p = umk_params_get_double(own, "p"),
        .in_out_q = umk_params_get_double(own, "q"),
        .walk_length = (guint) umk_params_get_int(own, "walk-length"),
        .n_walks = (guint) umk_params_get_int(own, "walks"),
        .seed = seed,
    };
    UmkSgnsParams train = {
        .n_dims = (gsize) umk_params_get_int(own, "dims"),
        .window = (guint) umk_params_get_int(own, "window"),
        .n_negatives = (guint) umk_params_get_int(own, "negatives"),
        .n_epochs = (guint) umk_params_get_int(own, "epochs"),
        .rate = umk_params_get_double(own, "rate"),
        .seed = seed,
    };
    UmkSgnsCorpus corpus = {graph->n_nodes, 0, walk.walk_length, fill_walks, NULL};
    g_autoptr(UmkWalker) walker = _umk_walker_new(graph, &walk, error);
    g_autoptr(GBytes) bytes = NULL;
    float *vectors;

    if (walker == NULL)
        return NULL;
    corpus.n_sequences = _umk_walker_get_n_walks(walker);
    corpus.data = walker;
    vectors = _umk_alloc_aligned(graph->n_nodes, train.n_dims * sizeof(float),
                                 _("The matrix of node vectors"), error);
    if (vectors == NULL)
        return NULL;
    bytes =
        _umk_bytes_new_aligned(vectors, graph->n_nodes * train.n_dims * sizeof(float));
    if (!_umk_sgns_train(&corpus, &train, run, vectors, report, error))
        return NULL;
    return umk_matrix_new_from_bytes(graph->n_nodes, train.n_dims, bytes, error);
}

UmkGraph *
_umk_graph_load(UmkItem *item, gboolean directed, GError **error)
{
    const char *path = umk_item_get_path(item);
    GBytes *bytes = umk_item_get_bytes(item);
    g_autoptr(GMappedFile) file = NULL;
    UmkGraph *graph;
    const char *data;
    gsize length;

    if (bytes != NULL) {
        data = g_bytes_get_data(bytes, &length);
    } else if (path != NULL) {
        file = g_mapped_file_new(path, FALSE, error);
        if (file == NULL)
            return NULL;
        data = g_mapped_file_get_contents(file);
        length = g_mapped_file_get_length(file);
    } else {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                            _("A graph item needs a file or its bytes"));
        return NULL;
    }
    if (length > MAX_GRAPH_BYTES) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("A graph of %zu bytes is over the limit of %zu"), length,
                    MAX_GRAPH_BYTES);
        graph = NULL;
    } else {
        graph = _umk_graph_parse(data != NULL ? data : "", length, directed, error);
    }
    if (graph == NULL && path != NULL)
        g_prefix_error(error, "%s: ", path);
    return graph;
}

UmkItems *
_umk_graph_list_items(UmkGraph *graph)
{
    UmkItems *items = umk_items_new();

    for (guint32 v = 0; v < graph->n_nodes; v++) {
        g_autoptr(UmkItem) item = umk_item_new_for_node(graph->names[v]);

        umk_item_set_id(item, graph->names[v]);
        umk_item_set_caption(item, _umk_graph_get_label(graph, v));
        umk_items_append(items, item);
    }
    return items;
}

/**
 * umk_train_node2vec:
 * @graph: a graph item that holds a file or bytes: an edge list or GraphML
 * @params: (nullable): from umk_train_get_node2vec_params(); %NULL for the defaults
 * @nodes: (out) (optional) (transfer full): the nodes, in the order of the rows
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Learns one vector for each node from random walks (node2vec). The vectors live in a
 * frame of their own; an aligner joins it to a shared space. The same file, params and
 * seed give the same vectors, whatever the number of threads.
 *
 * Returns: (transfer full): one row a node
 */
UmkMatrix *
umk_train_node2vec(UmkItem *graph,
                   UmkParams *params,
                   UmkItems **nodes,
                   GCancellable *cancellable,
                   UmkProgressFunc progress,
                   gpointer progress_data,
                   GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autoptr(UmkGraph) parsed = NULL;
    UmkMatrix *vectors;

    g_return_val_if_fail(graph != NULL, NULL);
    g_return_val_if_fail(umk_item_get_modality(graph) == UMK_MODALITY_GRAPH, NULL);
    g_return_val_if_fail(params == NULL || umk_params_has(params, "walk-length"), NULL);
    _umk_run_init(&run, cancellable, progress, progress_data);
    parsed = _umk_graph_load(
        graph, params != NULL && umk_params_get_bool(params, "directed"), error);
    if (parsed == NULL)
        return NULL;
    vectors = _umk_node2vec_fit(parsed, params, &run, NULL, error);
    if (vectors != NULL && nodes != NULL)
        *nodes = _umk_graph_list_items(parsed);
    return vectors;
}
