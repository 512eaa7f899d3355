/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to a collection. A query is embedded by a model the collection's space knows,
 * carried into the space by that model's aligner, and compared there with every item that
 * is joined to the space; an item that is not joined has neighbours in its own frame
 * only. */
#include <umekomi/umk-search.h>
#include <umekomi/umk-collection.h>
#include <umekomi/umk-error.h>
#include <umekomi/umk-index.h>
#include <umekomi/umk-item.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-model.h>
#include <umekomi/umk-registry.h>
#include <umekomi/umk-space.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include <string.h>

#define EXACT "exact"

/* A member of a flat JSON object, as text. */
static char *
dup_json_string(const char *json, const char *name)
{
    g_autoptr(JsonNode) root = json ? json_from_string(json, NULL) : NULL;
    JsonNode *node = NULL;

    if (root != NULL && JSON_NODE_HOLDS_OBJECT(root))
        node = json_object_get_member(json_node_get_object(root), name);
    if (node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
        json_node_get_value_type(node) == G_TYPE_STRING)
        return g_strdup(json_node_get_string(node));
    return NULL;
}

/* The model by its recorded name, or else from the folder it was loaded from. */
static UmkModel *
load_recorded(UmkCollection *collection,
              UmkRegistry *registry,
              const char *model_id,
              GCancellable *cancellable,
              GError **error)
{
    g_autofree char *json = umk_collection_dup_model_provenance(collection, model_id);
    g_autofree char *path = dup_json_string(json, "path");
    g_autofree char *version = dup_json_string(json, "version");
    g_autoptr(UmkModel) model = NULL;

    if (path != NULL && g_file_test(path, G_FILE_TEST_IS_DIR))
        model = umk_model_load(registry, path, NULL, cancellable, NULL);
    if (model == NULL)
        model = umk_model_load(registry, model_id, NULL, cancellable, error);
    if (model == NULL)
        return NULL;
    if (version != NULL && !g_str_equal(version, umk_model_get_version(model))) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_VERSION,
            _("The collection was made with version “%s” of model “%s”, this machine "
              "has version “%s”; their vectors cannot be compared"),
            version, model_id, umk_model_get_version(model));
        return NULL;
    }
    return g_steal_pointer(&model);
}

/**
 * umk_collection_load_model:
 * @collection: a collection
 * @registry: a registry
 * @modality: what the query will be
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Finds among the models that made the collection, and then by the name of its space, one
 * that embeds @modality and is joined to the space.
 *
 * Returns: (transfer full): a model for umk_collection_embed_query()
 */
UmkModel *
umk_collection_load_model(UmkCollection *collection,
                          UmkRegistry *registry,
                          UmkModality modality,
                          GCancellable *cancellable,
                          GError **error)
{
    g_auto(GStrv) ids = NULL;
    g_auto(GStrv) installed = NULL;
    g_autoptr(GError) last = NULL;
    UmkSpace *space;

    g_return_val_if_fail(collection != NULL && registry != NULL, NULL);
    space = umk_collection_get_space(collection);
    ids = umk_collection_list_models(collection);
    for (gsize i = 0; ids[i] != NULL; i++) {
        g_autofree char *frame = umk_collection_dup_model_frame(collection, ids[i]);
        g_autoptr(UmkModel) model = NULL;

        if (frame == NULL || !umk_space_has_frame(space, frame))
            continue;
        g_clear_error(&last);
        model = load_recorded(collection, registry, ids[i], cancellable, &last);
        if (model != NULL && umk_model_has_modality(model, modality))
            return g_steal_pointer(&model);
    }
    installed = umk_registry_list_models(registry);
    for (gsize i = 0; installed[i] != NULL; i++) {
        g_autoptr(UmkModel) model =
            umk_model_load(registry, installed[i], NULL, cancellable, NULL);

        if (model != NULL &&
            g_str_equal(umk_model_get_frame(model), umk_space_get_name(space)) &&
            umk_model_has_modality(model, modality))
            return g_steal_pointer(&model);
    }
    if (last != NULL)
        g_propagate_error(error, g_steal_pointer(&last));
    else
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
            _("No model on this machine turns a query of modality %s into the space "
              "“%s” of this collection"),
            umk_modality_get_name(modality), umk_space_get_name(space));
    return NULL;
}

/**
 * umk_collection_embed_query:
 * @collection: a collection
 * @model: a model joined to its space
 * @query: what is asked for
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Fails with %UMK_ERROR_NOT_FOUND if no aligner joins the model to the space.
 *
 * Returns: (transfer full): (1, n_dims of the space)
 */
UmkMatrix *
umk_collection_embed_query(UmkCollection *collection,
                           UmkModel *model,
                           UmkItem *query,
                           GCancellable *cancellable,
                           GError **error)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) own = NULL;

    g_return_val_if_fail(collection != NULL && model != NULL && query != NULL, NULL);
    umk_items_append(items, query);
    own = umk_model_embed(model, items, cancellable, NULL, NULL, error);
    if (own == NULL)
        return NULL;
    return umk_space_map(umk_collection_get_space(collection), umk_model_get_frame(model),
                         own, error);
}

/* Which rows of a matrix may be hit: those of the modalities in mask, and not `except`.
 */
static GBytes *
allowed_rows(UmkCollection *collection,
             GBytes *rows,
             gsize n,
             guint mask,
             gint64 except,
             GError **error)
{
    g_autoptr(GBytes) modalities = umk_collection_dup_modalities(collection, error);
    const guint8 *of;
    const guint64 *items;
    guint8 *allowed;

    if (modalities == NULL)
        return NULL;
    of = g_bytes_get_data(modalities, NULL);
    items = g_bytes_get_data(rows, NULL);
    allowed = g_malloc(n + 1);
    for (gsize i = 0; i < n; i++)
        allowed[i] = (mask >> of[items[i]] & 1u) && (gint64) items[i] != except;
    return g_bytes_new_take(allowed, n);
}

/* Hits over matrix rows, renamed to rows of the collection. */
static UmkHits *
rename_rows(UmkHits *hits, GBytes *rows, guint k)
{
    gsize n_queries = umk_hits_get_n_queries(hits);
    g_autofree guint32 *counts = g_new(guint32, n_queries + 1);
    g_autofree guint64 *found = g_new0(guint64, n_queries * k + 1);
    g_autofree float *scores = g_new0(float, n_queries *k + 1);
    const guint64 *items = g_bytes_get_data(rows, NULL);

    for (gsize q = 0; q < n_queries; q++) {
        counts[q] = umk_hits_get_n_hits(hits, q);
        for (guint rank = 0; rank < counts[q]; rank++)
            found[q * k + rank] =
                items[umk_hits_get(hits, q, rank, &scores[q * k + rank])];
    }
    return umk_hits_new(n_queries, k, counts, found, scores);
}

static UmkHits *
search_matrix(UmkCollection *collection,
              UmkMatrix *vectors,
              GBytes *rows,
              UmkMatrix *queries,
              guint k,
              guint mask,
              gint64 except,
              GCancellable *cancellable,
              GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors);
    guint asked = (guint) MIN((gsize) k, MAX(n, 1));
    g_autoptr(UmkIndex) index = NULL;
    g_autoptr(GBytes) allowed = NULL;
    g_autoptr(UmkHits) hits = NULL;

    if (mask != UMK_MODALITY_ALL || except >= 0) {
        allowed = allowed_rows(collection, rows, n, mask, except, error);
        if (allowed == NULL)
            return NULL;
    }
    index = umk_index_build(EXACT, vectors,
                            umk_space_get_metric(umk_collection_get_space(collection)),
                            NULL, cancellable, NULL, NULL, error);
    if (index == NULL)
        return NULL;
    hits = umk_index_search(index, queries, asked, allowed, cancellable, error);
    return hits ? rename_rows(hits, rows, asked) : NULL;
}

/**
 * umk_collection_search:
 * @collection: a collection
 * @queries: rows of queries, each n_dims of the space long
 * @k: how many hits a query, at most
 * @modality_mask: bit `1 << modality` set for each modality wanted
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Exact. Equal scores stand in the order of rows.
 *
 * Returns: (transfer full): hits whose rows are rows of the collection
 */
UmkHits *
umk_collection_search(UmkCollection *collection,
                      UmkMatrix *queries,
                      guint k,
                      guint modality_mask,
                      GCancellable *cancellable,
                      GError **error)
{
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GBytes) rows = NULL;

    g_return_val_if_fail(collection != NULL && queries != NULL && k > 0, NULL);
    if (!umk_matrix_check_finite(queries, error))
        return NULL;
    vectors = umk_collection_get_vectors(collection, &rows, cancellable, error);
    if (vectors == NULL)
        return NULL;
    return search_matrix(collection, vectors, rows, queries, k, modality_mask, -1,
                         cancellable, error);
}

/**
 * umk_collection_search_item:
 * @collection: a collection
 * @row: an item of it
 * @k: how many hits, at most
 * @modality_mask: bit `1 << modality` set for each modality wanted
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * The neighbours of an item, without the item itself. An item that is not joined to the
 * space is compared with the items of its own frame.
 *
 * Returns: (transfer full): one query's hits, rows of the collection
 */
UmkHits *
umk_collection_search_item(UmkCollection *collection,
                           gsize row,
                           guint k,
                           guint modality_mask,
                           GCancellable *cancellable,
                           GError **error)
{
    g_autoptr(UmkMatrix) own = NULL;
    g_autoptr(UmkMatrix) query = NULL;
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GBytes) rows = NULL;
    g_autofree char *frame = NULL;
    UmkSpace *space;

    g_return_val_if_fail(collection != NULL && k > 0, NULL);
    own = umk_collection_dup_item_vector(collection, row, &frame, error);
    if (own == NULL)
        return NULL;
    space = umk_collection_get_space(collection);
    if (umk_space_has_frame(space, frame)) {
        query = umk_space_map(space, frame, own, error);
        if (query == NULL)
            return NULL;
        vectors = umk_collection_get_vectors(collection, &rows, cancellable, error);
    } else {
        query = umk_matrix_ref(own);
        vectors = umk_collection_get_frame_vectors(collection, frame, &rows, cancellable,
                                                   error);
    }
    if (vectors == NULL)
        return NULL;
    return search_matrix(collection, vectors, rows, query, k, modality_mask, (gint64) row,
                         cancellable, error);
}
