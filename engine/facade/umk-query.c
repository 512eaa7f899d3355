/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked, as a vector of the collection's space: words, a picture, a sound are
 * embedded by a model the space knows and carried into it by that model's aligner; a
 * formula is a sum of items and words. */
#include <umekomi/umk-search.h>
#include <umekomi/umk-collection.h>
#include <umekomi/umk-error.h>
#include <umekomi/umk-formula.h>
#include <umekomi/umk-item.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-model.h>
#include <umekomi/umk-registry.h>
#include <umekomi/umk-space.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include <string.h>

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

/* ---- formulas --------------------------------------------------------------------- */

typedef struct {
    UmkCollection *collection;
    UmkRegistry *registry;
    UmkModel *model; /* of words that name no item; loaded when first needed */
    float *vectors;  /* (n_terms, n_dims of the space) */
    gsize n_dims;
    GArray *rows; /* guint64, of the items that were named */
    GCancellable *cancellable;
} Resolver;

static gboolean
no_vector(UmkFormula *formula, gsize at, GError *reason, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                _("The formula, column %u: “%s” is no item, and no word either: %s"),
                umk_formula_get_column(formula, at),
                umk_formula_get_term(formula, at, NULL), reason->message);
    return FALSE;
}

/* The item of that name, if it is joined to the space. */
static UmkMatrix *
find_item(Resolver *self, const char *name)
{
    UmkSpace *space = umk_collection_get_space(self->collection);
    g_autofree char *frame = NULL;
    g_autoptr(UmkMatrix) own = NULL;
    UmkMatrix *vector;
    gsize row;
    guint64 found;

    if (!umk_collection_find_named(self->collection, name, &row))
        return NULL;
    own = umk_collection_dup_item_vector(self->collection, row, &frame, NULL);
    if (own == NULL || !umk_space_has_frame(space, frame))
        return NULL;
    vector = umk_space_map(space, frame, own, NULL);
    found = row;
    if (vector != NULL)
        g_array_append_val(self->rows, found);
    return vector;
}

static UmkMatrix *
embed_name(Resolver *self, const char *name, GError **error)
{
    g_autoptr(UmkItem) item = umk_item_new_for_text(name);

    if (self->model == NULL)
        self->model =
            umk_collection_load_model(self->collection, self->registry, UMK_MODALITY_TEXT,
                                      self->cancellable, error);
    return self->model != NULL
               ? umk_collection_embed_query(self->collection, self->model, item,
                                            self->cancellable, error)
               : NULL;
}

static gboolean
resolve(Resolver *self, UmkFormula *formula, GError **error)
{
    for (gsize i = 0; i < umk_formula_get_n_terms(formula); i++) {
        const char *name = umk_formula_get_term(formula, i, NULL);
        g_autoptr(UmkMatrix) vector = find_item(self, name);
        g_autoptr(GError) reason = NULL;

        if (vector == NULL)
            vector = embed_name(self, name, &reason);
        if (g_cancellable_set_error_if_cancelled(self->cancellable, error))
            return FALSE;
        if (vector == NULL)
            return no_vector(formula, i, reason, error);
        memcpy(self->vectors + i * self->n_dims, umk_matrix_get_row(vector, 0, NULL),
               self->n_dims * sizeof(float));
    }
    return TRUE;
}

/**
 * umk_collection_embed_formula:
 * @collection: a collection
 * @registry: a registry
 * @formula: a sum of names
 * @rows: (out) (optional) (transfer full): native guint64, the rows of the items that
 *   were named, which a search usually leaves out
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * A name is an item by its id, else a text that reads so, else an item with that caption,
 * see umk_collection_find_named(); what is none of these is embedded as words. Vectors
 * are added in the collection's space as umk_formula_combine() does.
 *
 * Returns: (transfer full): (1, n_dims of the space)
 */
UmkMatrix *
umk_collection_embed_formula(UmkCollection *collection,
                             UmkRegistry *registry,
                             UmkFormula *formula,
                             GBytes **rows,
                             GCancellable *cancellable,
                             GError **error)
{
    g_autoptr(GArray) named = g_array_new(FALSE, FALSE, sizeof(guint64));
    g_autofree float *vectors = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkMatrix) terms = NULL;
    UmkMatrix *sum;
    Resolver self = {.collection = collection, .registry = registry, .rows = named};
    gboolean done;
    gsize n;

    g_return_val_if_fail(collection != NULL && registry != NULL && formula != NULL, NULL);
    n = umk_formula_get_n_terms(formula);
    self.n_dims = umk_space_get_n_dims(umk_collection_get_space(collection));
    self.vectors = vectors = g_new0(float, n *self.n_dims + 1);
    self.cancellable = cancellable;
    done = resolve(&self, formula, error);
    model = self.model;
    if (!done)
        return NULL;
    terms = umk_matrix_new_from_data(n, self.n_dims, vectors, error);
    sum = terms != NULL ? umk_formula_combine(formula, terms, error) : NULL;
    if (sum != NULL && rows != NULL)
        *rows = g_bytes_new(named->data, named->len * sizeof(guint64));
    return sum;
}
