/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A graph becomes one item a node. Its node2vec vectors live in a frame of their own; the
 * names of the nodes, embedded as texts, are the anchors of a ridge aligner into the
 * space. The aligner is kept only if it finds held-out anchors clearly better than chance
 * does: nodes named "17" or "alice" carry no meaning that a text model could know. */
#include "facade/umk-ingest-private.h"

#include <umekomi/umk-collection.h>
#include <umekomi/umk-error.h>
#include <umekomi/umk-item.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-model.h>
#include <umekomi/umk-space.h>
#include <umekomi/umk-train.h>
#include <umekomi/umk-version.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#define MIN_ANCHORS       20
#define BETTER_BY         3.0 /* held-out recall@10 must be this many times chance */
#define SMALL_GRAPH_BYTES (64 * 1024)
#define NODE2VEC_MODEL    UMK_INGEST_NODE2VEC "%s"

gboolean
_umk_ingest_graph(UmkIngest *ingest, const char *path, const char *id, GError **error)
{
    g_ptr_array_add(ingest->graphs, g_strdup(path));
    g_ptr_array_add(ingest->graphs, g_strdup(id));
    return TRUE;
}

static double
number_in(const char *json, const char *name)
{
    g_autoptr(JsonNode) root = json ? json_from_string(json, NULL) : NULL;
    JsonNode *node = NULL;

    if (root != NULL && JSON_NODE_HOLDS_OBJECT(root))
        node = json_object_get_member(json_node_get_object(root), name);
    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_double(node) : 0;
}

/* Vectors of the nodes' names in the space: (n_nodes, n_dims), or NULL. */
static UmkMatrix *
embed_names(UmkIngest *ingest, UmkItems *nodes, GError **error)
{
    UmkSpace *space = umk_collection_get_space(ingest->collection);
    UmkModel *model = _umk_ingest_get_model(ingest, error);
    g_autoptr(UmkItems) texts = umk_items_new();
    g_autoptr(UmkMatrix) own = NULL;

    if (model == NULL)
        return NULL;
    for (gsize i = 0; i < umk_items_get_n_items(nodes); i++) {
        UmkItem *node = umk_items_get(nodes, i);
        const char *name = umk_item_get_caption(node);
        g_autofree char *words = g_strdup(name ? name : umk_item_get_text(node));
        g_autoptr(UmkItem) text = umk_item_new_for_text(g_strdelimit(words, "_", ' '));

        umk_items_append(texts, text);
    }
    own = umk_model_embed(model, texts, ingest->run->cancellable, NULL, NULL, error);
    return own ? umk_space_map(space, umk_model_get_frame(model), own, error) : NULL;
}

/* Joins the frame to the collection's space if the anchors allow it. */
static gboolean
join(UmkIngest *ingest,
     const char *frame,
     const char *path,
     UmkItems *nodes,
     UmkMatrix *vectors,
     GError **error)
{
    g_autoptr(GBytes) bytes =
        umk_space_to_bytes(umk_collection_get_space(ingest->collection));
    g_autoptr(UmkSpace) space = umk_space_new_from_bytes(bytes, error);
    g_autoptr(UmkMatrix) anchors = NULL;
    g_autoptr(GError) local = NULL;
    g_autofree char *report = NULL;
    double recall, chance;

    if (space == NULL)
        return FALSE;
    if (umk_items_get_n_items(nodes) < MIN_ANCHORS) {
        _umk_ingest_note(
            ingest,
            _("%s: %u nodes are too few to join the graph to the space; its nodes "
              "are neighbours of one another only"),
            path, (guint) umk_items_get_n_items(nodes));
        return TRUE;
    }
    anchors = embed_names(ingest, nodes, &local);
    if (anchors == NULL && g_error_matches(local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    if (anchors == NULL) {
        _umk_ingest_note(ingest, _("%s: the graph is not joined to the space: %s"), path,
                         local->message);
        return TRUE;
    }
    if (!umk_space_align(space, frame, vectors, anchors, NULL, ingest->run->cancellable,
                         error))
        return FALSE;
    report = umk_space_dup_report(space, frame);
    recall = number_in(report, "recall_at_10");
    chance = number_in(report, "chance_at_10");
    if (recall < BETTER_BY * chance) {
        _umk_ingest_note(
            ingest,
            _("%s: the names of the nodes do not tell where they stand (held-out "
              "recall@10 %.2f, chance %.2f); they stay neighbours of one another "
              "only"),
            path, recall, chance);
        return TRUE;
    }
    _umk_ingest_note(
        ingest,
        _("%s: %u nodes joined to the space by their names (held-out recall@10 "
          "%.2f, chance %.2f)"),
        path, (guint) umk_items_get_n_items(nodes), recall, chance);
    return umk_collection_set_space(ingest->collection, space, error);
}

static char *
provenance(const char *model_id, const char *path, UmkParams *params)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *json = umk_params_to_json(params);

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "model");
    json_builder_add_string_value(builder, model_id);
    json_builder_set_member_name(builder, "method");
    json_builder_add_string_value(builder, "node2vec");
    json_builder_set_member_name(builder, "engine");
    json_builder_add_string_value(builder, umk_get_version());
    json_builder_set_member_name(builder, "graph");
    json_builder_add_string_value(builder, path);
    json_builder_set_member_name(builder, "params");
    json_builder_add_value(builder, json_from_string(json, NULL));
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

/* A small graph gives few walks: it is walked and learnt from more often, and at closer
 * range, so that its nodes can be told apart and not only their quarter of the graph; and
 * its few anchors determine a map better from more dimensions. */
static gboolean
tune(UmkParams *params, const char *path, GError **error)
{
    GStatBuf status;

    if (g_stat(path, &status) != 0 || status.st_size > SMALL_GRAPH_BYTES)
        return TRUE;
    return umk_params_parse(params, "dims=256 window=3 walks=20 epochs=4 rate=0.05",
                            error);
}

/* Trains on one graph and adds its nodes. */
gboolean
_umk_ingest_train_graph(UmkIngest *ingest,
                        const char *path,
                        const char *id,
                        GError **error)
{
    g_autoptr(UmkItem) graph = umk_item_new_for_file(UMK_MODALITY_GRAPH, path);
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(UmkItems) nodes = NULL;
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autofree char *model_id = g_strdup_printf(NODE2VEC_MODEL, id);
    g_autofree char *json = NULL;
    gsize n_specs;
    const UmkParamSpec *specs = umk_train_get_node2vec_params(&n_specs);

    params = umk_params_new(specs, n_specs);
    if (!tune(params, path, error))
        return FALSE;
    vectors =
        umk_train_node2vec(graph, params, &nodes, ingest->run->cancellable,
                           ingest->run->progress, ingest->run->progress_data, error);
    if (vectors == NULL)
        return FALSE;
    for (gsize i = 0; i < umk_items_get_n_items(nodes); i++) {
        UmkItem *node = umk_items_get(nodes, i);
        g_autofree char *node_id = g_strdup_printf("%s#%s", id, umk_item_get_text(node));

        umk_item_set_id(node, node_id);
        if (umk_item_get_caption(node) == NULL)
            umk_item_set_caption(node, umk_item_get_text(node));
        umk_item_set_field(node, "source", path);
    }
    ingest->n_nodes = umk_items_get_n_items(nodes);
    json = provenance(model_id, path, params);
    if (!umk_collection_add_model(ingest->collection, model_id, model_id,
                                  umk_matrix_get_n_cols(vectors), json, error) ||
        !join(ingest, model_id, path, nodes, vectors, error) ||
        !umk_collection_append(ingest->collection, model_id, nodes, vectors, error))
        return FALSE;
    return umk_collection_commit(ingest->collection, error);
}
