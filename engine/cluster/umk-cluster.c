/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public face of all ways of clustering: the table of methods, and the checks that
 * every method can then rely on. */
#include <umekomi/umk-cluster.h>

#include <umekomi/umk-error.h>

#include "cluster/umk-cluster-ops-private.h"
#include "cluster/umk-clusters-private.h"
#include "core/umk-alloc-private.h"
#include "core/umk-matrix-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define CHUNK 1024

const char *const _umk_cluster_metrics[] = {"euclidean", "cosine", NULL};

static const UmkClusterOps *const methods[] = {
    &_umk_cluster_kmeans,
    &_umk_cluster_hierarchical,
    &_umk_cluster_hdbscan,
};

static const UmkClusterOps *
find_method(const char *method)
{
    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
        if (strcmp(methods[i]->id, method) == 0)
            return methods[i];
    return NULL;
}

/**
 * umk_cluster_list_methods:
 *
 * Returns: (transfer full) (array zero-terminated=1): names for umk_cluster_fit()
 */
char **
umk_cluster_list_methods(void)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
        g_strv_builder_add(builder, methods[i]->id);
    return g_strv_builder_end(builder);
}

/**
 * umk_cluster_get_title:
 * @method: a name from umk_cluster_list_methods()
 *
 * Returns: (nullable) (transfer none): the method's name for people, translated
 */
const char *
umk_cluster_get_title(const char *method)
{
    const UmkClusterOps *ops;

    g_return_val_if_fail(method != NULL, NULL);
    ops = find_method(method);
    return ops != NULL ? _(ops->title) : NULL;
}

/**
 * umk_cluster_get_params:
 * @method: a name from umk_cluster_list_methods()
 * @n_specs: (out): how many options
 *
 * Returns: (nullable) (array length=n_specs) (transfer none): the method's options; %NULL
 *   if it has none or does not exist
 */
const UmkParamSpec *
umk_cluster_get_params(const char *method, gsize *n_specs)
{
    const UmkClusterOps *ops;

    g_return_val_if_fail(method != NULL, NULL);
    g_return_val_if_fail(n_specs != NULL, NULL);
    ops = find_method(method);
    *n_specs = ops != NULL ? ops->n_params : 0;
    return ops != NULL ? ops->params : NULL;
}

typedef struct {
    const float *rows;
    gsize d;
    float *unit;
} UnitWork;

static void
make_unit(gsize begin, gsize end, guint worker, gpointer data)
{
    UnitWork *work = data;

    for (gsize row = begin; row < end; row++) {
        const float *from = work->rows + row * work->d;
        float *to = work->unit + row * work->d;
        double squared = 0.0, scale;

        for (gsize j = 0; j < work->d; j++)
            squared += (double) from[j] * (double) from[j];
        scale = squared > 0.0 ? 1.0 / sqrt(squared) : 0.0;
        for (gsize j = 0; j < work->d; j++)
            to[j] = (float) ((double) from[j] * scale);
    }
}

static UmkMatrix *
unit_rows(UmkMatrix *vectors, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors);
    UnitWork work = {.rows = umk_matrix_get_row(vectors, 0, NULL), .d = d};
    g_autoptr(GBytes) bytes = NULL;

    work.unit = _umk_alloc_aligned(n, d * sizeof(float), _("The unit vectors"), error);
    if (work.unit == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(work.unit, n * d * sizeof(float));
    _umk_parallel_for(n, CHUNK, make_unit, &work);
    return umk_matrix_new_from_bytes(n, d, bytes, error);
}

static gboolean
fit_method(const UmkClusterOps *ops,
           UmkMatrix *vectors,
           UmkClusters *result,
           UmkParams *params,
           guint64 seed,
           UmkRun *run,
           GError **error)
{
    UmkClusterInput input = {.n = umk_matrix_get_n_rows(vectors),
                             .d = umk_matrix_get_n_cols(vectors),
                             .metric = UMK_METRIC_EUCLIDEAN,
                             .seed = seed,
                             .params = params};
    g_autoptr(UmkMatrix) used = NULL;
    g_autoptr(JsonBuilder) facts = json_builder_new();

    if (input.n > G_MAXINT32) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("%zu items are more than can be clustered (%d)"), input.n,
                    G_MAXINT32);
        return FALSE;
    }
    if (strcmp(umk_params_get_string(params, "metric"), "cosine") == 0) {
        input.metric = UMK_METRIC_COSINE;
        used = unit_rows(vectors, error);
    } else {
        used = umk_matrix_ref(vectors);
    }
    if (used == NULL || !_umk_clusters_alloc(result, input.n, error))
        return FALSE;
    input.matrix = used;
    json_builder_begin_object(facts);
    if (input.n > 0) {
        input.rows = umk_matrix_get_row(used, 0, NULL);
        if (!ops->fit(&input, result->labels, result->probabilities, facts, run, error))
            return FALSE;
    }
    json_builder_end_object(facts);
    result->facts = json_builder_get_root(facts);
    return _umk_clusters_finish(result, vectors, used, run, error);
}

/**
 * umk_cluster_fit:
 * @method: a name from umk_cluster_list_methods()
 * @vectors: one row an item, finite
 * @params: (nullable): options of the method, or %NULL for its defaults
 * @seed: of what is random
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Gives every row a cluster, or none. Clusters are numbered by size, the largest first,
 * equal ones by their first row. The same vectors, options and seed give the same
 * clusters on any number of threads. No rows give no clusters; asking for more clusters
 * than there are rows is an error; where fewer different rows than wanted clusters are,
 * there are as many clusters as different rows. Under the cosine a zero vector is at
 * distance 1 from every other.
 *
 * Returns: (transfer full): the clusters
 */
UmkClusters *
umk_cluster_fit(const char *method,
                UmkMatrix *vectors,
                UmkParams *params,
                guint64 seed,
                GCancellable *cancellable,
                UmkProgressFunc progress,
                gpointer progress_data,
                GError **error)
{
    g_autoptr(UmkClusters) result = NULL;
    g_autoptr(UmkParams) used = NULL;
    g_auto(UmkRun) run = {0};
    const UmkClusterOps *ops;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(method != NULL, NULL);
    g_return_val_if_fail(vectors != NULL, NULL);
    ops = find_method(method);
    if (ops == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("There is no way of clustering “%s”"), method);
        return NULL;
    }
    if (!_umk_matrix_check_range(vectors, error))
        return NULL;
    used = params != NULL ? umk_params_ref(params)
                          : umk_params_new(ops->params, ops->n_params);
    result = _umk_clusters_new(ops->id, used, seed);
    if (!fit_method(ops, vectors, result, used, seed, &run, error))
        return NULL;
    return g_steal_pointer(&result);
}

void
_umk_cluster_add_fact(JsonBuilder *facts, const char *name, double value)
{
    json_builder_set_member_name(facts, name);
    if (value == floor(value) && fabs(value) < 1e15)
        json_builder_add_int_value(facts, (gint64) value);
    else
        json_builder_add_double_value(facts, value);
}
