/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public face of all kinds of index: the table of methods, and the checks that every
 * method can then rely on. */
#include <umekomi/umk-index.h>

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "index/umk-index-ops-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

struct _UmkIndex {
    gatomicrefcount refs;
    const UmkIndexOps *ops;
    gsize n_rows;
    gsize n_dims;
    gpointer data;
};

G_DEFINE_BOXED_TYPE(UmkIndex, umk_index, umk_index_ref, umk_index_unref)

static const UmkIndexOps *const methods[] = {
    &_umk_index_exact,
};

static const UmkIndexOps *
find_method(const char *method)
{
    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
        if (strcmp(methods[i]->id, method) == 0)
            return methods[i];
    return NULL;
}

/**
 * umk_index_list_methods:
 *
 * Returns: (transfer full) (array zero-terminated=1): names for umk_index_build()
 */
char **
umk_index_list_methods(void)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
        g_strv_builder_add(builder, methods[i]->id);
    return g_strv_builder_end(builder);
}

/**
 * umk_index_get_params:
 * @method: a name from umk_index_list_methods()
 * @n_specs: (out): how many options
 *
 * Returns: (nullable) (array length=n_specs) (transfer none): the method's options; %NULL
 *   if it has none or does not exist
 */
const UmkParamSpec *
umk_index_get_params(const char *method, gsize *n_specs)
{
    const UmkIndexOps *ops;

    g_return_val_if_fail(method != NULL, NULL);
    g_return_val_if_fail(n_specs != NULL, NULL);
    ops = find_method(method);
    *n_specs = ops != NULL ? ops->n_params : 0;
    return ops != NULL ? ops->params : NULL;
}

/**
 * umk_index_build:
 * @method: a name from umk_index_list_methods()
 * @vectors: what will be searched, finite
 * @metric: how nearness is scored
 * @params: (nullable): options of the method, or %NULL for its defaults
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Building "exact" takes no time and no memory.
 *
 * Returns: (transfer full): an index, usable from any thread
 */
UmkIndex *
umk_index_build(const char *method,
                UmkMatrix *vectors,
                UmkMetric metric,
                UmkParams *params,
                GCancellable *cancellable,
                UmkProgressFunc progress,
                gpointer progress_data,
                GError **error)
{
    g_autoptr(UmkParams) defaults = NULL;
    g_auto(UmkRun) run = {0};
    const UmkIndexOps *ops;
    UmkIndex *self;
    gpointer data;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(method != NULL, NULL);
    g_return_val_if_fail(vectors != NULL, NULL);
    ops = find_method(method);
    if (ops == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, _("There is no index “%s”"),
                    method);
        return NULL;
    }
    if (params == NULL)
        params = defaults = umk_params_new(ops->params, ops->n_params);
    data = ops->build(vectors, metric, params, &run, error);
    if (data == NULL)
        return NULL;
    self = g_new0(UmkIndex, 1);
    g_atomic_ref_count_init(&self->refs);
    self->ops = ops;
    self->n_rows = umk_matrix_get_n_rows(vectors);
    self->n_dims = umk_matrix_get_n_cols(vectors);
    self->data = data;
    return self;
}

/**
 * umk_index_ref:
 * @self: an index
 *
 * Returns: (transfer full): @self
 */
UmkIndex *
umk_index_ref(UmkIndex *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_index_unref:
 * @self: (transfer full): an index
 */
void
umk_index_unref(UmkIndex *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    self->ops->free(self->data);
    g_free(self);
}

/**
 * umk_index_get_n_rows:
 * @self: an index
 *
 * Returns: how many vectors it searches
 */
gsize
umk_index_get_n_rows(UmkIndex *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->n_rows;
}

static gboolean
check_query(UmkIndex *self, UmkMatrix *queries, GBytes *allowed, GError **error)
{
    gsize n_queries = umk_matrix_get_n_rows(queries),
          n_dims = umk_matrix_get_n_cols(queries);

    if (n_queries > 0 && self->n_rows > 0 && n_dims != self->n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The query has %zu dimensions, the index %zu"), n_dims,
                    self->n_dims);
        return FALSE;
    }
    if (allowed != NULL && g_bytes_get_size(allowed) != self->n_rows) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("%zu rows were allowed or not, the index has %zu"),
                    g_bytes_get_size(allowed), self->n_rows);
        return FALSE;
    }
    if (n_queries > 0 && !umk_matrix_check_finite(queries, error)) {
        g_prefix_error(error, "%s: ", _("Query"));
        return FALSE;
    }
    return TRUE;
}

/**
 * umk_index_search:
 * @self: an index
 * @queries: one query a row, finite
 * @k: how many hits each, at most
 * @allowed: (nullable): one byte for each row of the index, 0 where it may not be a hit
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Hits stand by score descending, equal scores by row ascending. With "exact" each query
 * gets all it can, min(k, allowed rows), and its answer is the same bits alone, in any
 * batch and on any number of threads.
 *
 * Returns: (transfer full): the hits
 */
UmkHits *
umk_index_search(UmkIndex *self,
                 UmkMatrix *queries,
                 guint k,
                 GBytes *allowed,
                 GCancellable *cancellable,
                 GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autofree guint32 *counts = NULL;
    g_autofree guint64 *rows = NULL;
    g_autofree float *scores = NULL;
    gsize n_queries, count;

    _umk_run_init(&run, cancellable, NULL, NULL);
    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(queries != NULL, NULL);
    if (!umk_run_check(&run, error) || !check_query(self, queries, allowed, error))
        return NULL;
    n_queries = umk_matrix_get_n_rows(queries);
    k = (guint) MIN((gsize) k, self->n_rows);
    if (!_umk_size_mul(n_queries, k, &count))
        count = G_MAXSIZE / sizeof(guint64);
    counts = g_new0(guint32, n_queries + 1);
    rows = _umk_alloc(count + 1, sizeof *rows, _("The list of hits"), error);
    if (rows == NULL)
        return NULL;
    scores = _umk_alloc(count + 1, sizeof *scores, _("The list of hits"), error);
    if (scores == NULL)
        return NULL;
    if (k > 0 && n_queries > 0 &&
        !self->ops->search(self->data, queries, k,
                           allowed != NULL ? g_bytes_get_data(allowed, NULL) : NULL,
                           counts, rows, scores, &run, error))
        return NULL;
    return umk_hits_new(n_queries, k, counts, rows, scores);
}
