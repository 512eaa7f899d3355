/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public face of all kinds of index: the table of methods, the checks that every
 * method can then rely on, and the lock that lets many search or one change. */
#include <umekomi/umk-index.h>

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-matrix-private.h"
#include "index/umk-index-ops-private.h"

#include <glib/gi18n-lib.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct _UmkIndex {
    gatomicrefcount refs;
    const UmkIndexOps *ops;
    UmkMetric metric;
    UmkIndexRows *rows;
    gpointer data;
    pthread_rwlock_t lock;
    pthread_mutex_t saving; /* one at a time; it searches on meanwhile */
};

G_DEFINE_BOXED_TYPE(UmkIndex, umk_index, umk_index_ref, umk_index_unref)

static const UmkIndexOps *const methods[] = {
    &_umk_index_exact,
    &_umk_index_bits,
    &_umk_index_hnsw,
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

/* Takes data, or NULL for failure; the rows go with it. */
static UmkIndex *
index_new(const UmkIndexOps *ops, UmkMetric metric, UmkIndexRows *rows, gpointer data)
{
    UmkIndex *self;

    if (data == NULL) {
        _umk_index_rows_free(rows);
        return NULL;
    }
    self = g_new0(UmkIndex, 1);
    g_atomic_ref_count_init(&self->refs);
    self->ops = ops;
    self->metric = metric;
    self->rows = rows;
    self->data = data;
    pthread_rwlock_init(&self->lock, NULL);
    pthread_mutex_init(&self->saving, NULL);
    return self;
}

static const UmkIndexOps *
need_method(const char *method, GError **error)
{
    const UmkIndexOps *ops = find_method(method);

    if (ops == NULL)
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, _("There is no index “%s”"),
                    method);
    return ops;
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
 * Building "exact" with its defaults takes no time and no memory. "hnsw" builds the same
 * graph on any number of threads; its build needs @vectors to be finite.
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
    UmkIndexSource source = {.metric = metric, .params = params};
    const UmkIndexOps *ops;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(method != NULL, NULL);
    g_return_val_if_fail(vectors != NULL, NULL);
    ops = need_method(method, error);
    if (ops == NULL)
        return NULL;
    if (params == NULL)
        source.params = defaults = umk_params_new(ops->params, ops->n_params);
    source.rows = _umk_index_rows_new(vectors);
    return index_new(ops, metric, source.rows, ops->build(&source, &run, error));
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
    _umk_index_rows_free(self->rows);
    pthread_rwlock_destroy(&self->lock);
    pthread_mutex_destroy(&self->saving);
    g_free(self);
}

/* ---- what it is ------------------------------------------------------------------- */

static gsize
read_size(UmkIndex *self, const gsize *value)
{
    gsize result;

    pthread_rwlock_rdlock(&self->lock);
    result = *value;
    pthread_rwlock_unlock(&self->lock);
    return result;
}

/**
 * umk_index_get_method:
 * @self: an index
 *
 * Returns: (transfer none): the name it was built by
 */
const char *
umk_index_get_method(UmkIndex *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->ops->id;
}

/**
 * umk_index_get_metric:
 * @self: an index
 *
 * Returns: how it scores nearness
 */
UmkMetric
umk_index_get_metric(UmkIndex *self)
{
    g_return_val_if_fail(self != NULL, UMK_METRIC_COSINE);
    return self->metric;
}

/**
 * umk_index_get_n_dims:
 * @self: an index
 *
 * Returns: the length of its vectors
 */
gsize
umk_index_get_n_dims(UmkIndex *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->rows->n_dims;
}

/**
 * umk_index_get_n_rows:
 * @self: an index
 *
 * Returns: how many rows it knows, the removed ones among them
 */
gsize
umk_index_get_n_rows(UmkIndex *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return read_size(self, &self->rows->n_rows);
}

/**
 * umk_index_get_n_live:
 * @self: an index
 *
 * Returns: how many rows can be hits, those that were not removed
 */
gsize
umk_index_get_n_live(UmkIndex *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return read_size(self, &self->rows->n_live);
}

/**
 * umk_index_is_live:
 * @self: an index
 * @row: a row, of any number
 *
 * Returns: whether it exists and was not removed
 */
gboolean
umk_index_is_live(UmkIndex *self, gsize row)
{
    gboolean live;

    g_return_val_if_fail(self != NULL, FALSE);
    pthread_rwlock_rdlock(&self->lock);
    live = _umk_index_rows_is_live(self->rows, row);
    pthread_rwlock_unlock(&self->lock);
    return live;
}

/**
 * umk_index_get_memory:
 * @self: an index
 *
 * Returns: the bytes it holds beside the matrix it was built over: codes, graph, and the
 *   vectors inserted since; those of an opened file that stay mapped count as well
 */
gsize
umk_index_get_memory(UmkIndex *self)
{
    gsize bytes;

    g_return_val_if_fail(self != NULL, 0);
    pthread_rwlock_rdlock(&self->lock);
    bytes = _umk_index_rows_memory(self->rows);
    if (self->ops->get_memory != NULL)
        bytes += self->ops->get_memory(self->data);
    pthread_rwlock_unlock(&self->lock);
    return bytes;
}

/* ---- searching -------------------------------------------------------------------- */

static gboolean
check_dims(UmkIndex *self,
           UmkMatrix *vectors,
           const char *what,
           gboolean (*check)(UmkMatrix *vectors, GError **error),
           GError **error)
{
    gsize n_dims = umk_matrix_get_n_cols(vectors);

    if (umk_matrix_get_n_rows(vectors) == 0)
        return TRUE;
    if (n_dims != self->rows->n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("%s has %zu dimensions, the index %zu"), what, n_dims,
                    self->rows->n_dims);
        return FALSE;
    }
    if (!check(vectors, error)) {
        g_prefix_error(error, "%s: ", what);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_query(UmkIndex *self, UmkMatrix *queries, GBytes *allowed, GError **error)
{
    /* A row that is too long comes last; a query that is has no nearest rows. */
    if (self->rows->n_rows > 0 &&
        !check_dims(self, queries, _("The query"), _umk_matrix_check_range, error))
        return FALSE;
    if (allowed != NULL && g_bytes_get_size(allowed) != self->rows->n_rows) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("%zu rows were allowed or not, the index has %zu"),
                    g_bytes_get_size(allowed), self->rows->n_rows);
        return FALSE;
    }
    return TRUE;
}

/* Bytes that are not 0, eight at a time: each one's top bit is set where it is not. */
static gsize
count_allowed(const guint8 *allowed, gsize n)
{
    const guint64 low = 0x7f7f7f7f7f7f7f7fu;
    gsize i = 0, count = 0;
    guint64 word;

    for (; i + sizeof word <= n; i += sizeof word) {
        memcpy(&word, allowed + i, sizeof word);
        word = (((word & low) + low) | word) & ~low;
        count += (gsize) ((word >> 7) * 0x0101010101010101u >> 56);
    }
    for (; i < n; i++)
        count += allowed[i] != 0;
    return count;
}

/* The rows that may be hits: what was allowed, without what was removed. */
static void
set_allowed(const UmkIndexRows *rows,
            GBytes *allowed,
            UmkIndexQuery *query,
            guint8 **to_free)
{
    const guint8 *wanted = allowed != NULL ? g_bytes_get_data(allowed, NULL) : NULL;

    query->n_allowed = rows->n_live;
    query->allowed = rows->live;
    if (wanted == NULL)
        return;
    query->allowed = wanted;
    if (rows->live != NULL) {
        *to_free = g_malloc(rows->n_rows + 1);
        for (gsize i = 0; i < rows->n_rows; i++)
            (*to_free)[i] = wanted[i] != 0 && rows->live[i] != 0;
        query->allowed = *to_free;
    }
    query->n_allowed = count_allowed(query->allowed, rows->n_rows);
}

static UmkHits *
search_locked(UmkIndex *self,
              UmkMatrix *queries,
              GBytes *allowed,
              UmkIndexQuery *query,
              UmkRun *run,
              GError **error)
{
    g_autofree guint8 *mask = NULL;
    g_autofree guint32 *counts = NULL;
    g_autofree guint64 *rows = NULL;
    g_autofree float *scores = NULL;
    g_autofree char *plan = NULL;
    UmkIndexAnswer answer = {.recall = 1};
    gboolean done = TRUE;
    gsize count;

    if (!check_query(self, queries, allowed, error))
        return NULL;
    query->n_queries = umk_matrix_get_n_rows(queries);
    query->k = (guint) MIN((gsize) query->k, self->rows->n_rows);
    if (!_umk_size_mul(query->n_queries, query->k, &count))
        count = G_MAXSIZE / sizeof(guint64);
    answer.counts = counts = g_new0(guint32, query->n_queries + 1);
    answer.rows = rows =
        _umk_alloc(count + 1, sizeof *rows, _("The list of hits"), error);
    if (rows == NULL)
        return NULL;
    answer.scores = scores =
        _umk_alloc(count + 1, sizeof *scores, _("The list of hits"), error);
    if (scores == NULL)
        return NULL;
    if (query->k > 0 && query->n_queries > 0) {
        query->queries = umk_matrix_get_row(queries, 0, NULL);
        set_allowed(self->rows, allowed, query, &mask);
        if (query->n_allowed > 0)
            done = self->ops->search(self->data, query, &answer, run, error);
    }
    plan = answer.plan != NULL ? answer.plan : g_strdup("scan rows=0");
    return done ? umk_hits_new_planned(query->n_queries, query->k, counts, rows, scores,
                                       plan, answer.recall)
                : NULL;
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
 * Hits stand by score descending, equal scores by row ascending. Each query gets all it
 * can, min(k, allowed rows that were not removed). With "exact" its answer is the same
 * bits alone, in any batch and on any number of threads; with "hnsw" it is the same for
 * the same graph. umk_hits_get_plan() says how it was found.
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
    return umk_index_search_tuned(self, queries, k, allowed, 0, 0, cancellable, error);
}

/**
 * umk_index_search_tuned:
 * @self: an index
 * @queries: one query a row, finite
 * @k: how many hits each, at most
 * @allowed: (nullable): one byte for each row of the index, 0 where it may not be a hit
 * @recall: share of the true hits wanted, below 1; 1 for exact search; 0 for the
 *   method's own choice
 * @ef: how many candidates a graph keeps while it looks; 0 to choose by @recall
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * As umk_index_search(), with a say in how hard to look. A recall between 0 and 1 is
 * reached by what umk_index_measure() found, which is run first where it was not yet; a
 * recall that no setting reached is answered by exact search.
 *
 * Returns: (transfer full): the hits
 */
UmkHits *
umk_index_search_tuned(UmkIndex *self,
                       UmkMatrix *queries,
                       guint k,
                       GBytes *allowed,
                       double recall,
                       guint ef,
                       GCancellable *cancellable,
                       GError **error)
{
    g_auto(UmkRun) run = {0};
    UmkIndexQuery query = {.k = k, .recall = recall, .ef = ef};
    UmkHits *hits;

    _umk_run_init(&run, cancellable, NULL, NULL);
    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(queries != NULL, NULL);
    g_return_val_if_fail(recall >= 0 && recall <= 1, NULL);
    if (!umk_run_check(&run, error))
        return NULL;
    if (ef == 0 && recall > 0 && recall < 1 && self->ops->measure != NULL &&
        umk_index_get_recall(self, 0) < 0 &&
        !umk_index_measure(self, CLAMP(k, 1, 10), cancellable, NULL, NULL, error))
        return NULL;
    pthread_rwlock_rdlock(&self->lock);
    hits = search_locked(self, queries, allowed, &query, &run, error);
    pthread_rwlock_unlock(&self->lock);
    return hits;
}

/**
 * umk_index_measure:
 * @self: an index
 * @k: how many neighbours the recall is about
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Measures the recall of an approximate index on its own data: some hundred of its rows
 * are looked for as if they were not in it, by the graph at rising effort and by exact
 * search. umk_index_get_recall() and umk_index_get_ef() read the result, and
 * umk_index_save() keeps it. An exact index has nothing to measure.
 *
 * Returns: whether it was done
 */
gboolean
umk_index_measure(UmkIndex *self,
                  guint k,
                  GCancellable *cancellable,
                  UmkProgressFunc progress,
                  gpointer progress_data,
                  GError **error)
{
    g_auto(UmkRun) run = {0};
    gboolean done = TRUE;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(self != NULL && k > 0, FALSE);
    if (self->ops->measure == NULL)
        return TRUE;
    pthread_rwlock_wrlock(&self->lock);
    done = self->ops->measure(self->data, k, &run, error);
    pthread_rwlock_unlock(&self->lock);
    return done;
}

/**
 * umk_index_get_recall:
 * @self: an index
 * @ef: how many candidates are kept; 0 for the default
 *
 * Returns: the recall measured at the nearest effort below @ef, 1 for an exact index;
 *   negative before umk_index_measure()
 */
double
umk_index_get_recall(UmkIndex *self, guint ef)
{
    double recall = 1;

    g_return_val_if_fail(self != NULL, -1);
    pthread_rwlock_rdlock(&self->lock);
    if (self->ops->get_recall != NULL)
        recall = self->ops->get_recall(self->data, ef);
    pthread_rwlock_unlock(&self->lock);
    return recall;
}

/**
 * umk_index_get_ef:
 * @self: an index
 * @recall: a share of the true hits
 *
 * Returns: the least effort that reached it when it was measured; 0 if none did, before
 *   umk_index_measure(), and for an exact index
 */
guint
umk_index_get_ef(UmkIndex *self, double recall)
{
    guint ef = 0;

    g_return_val_if_fail(self != NULL, 0);
    pthread_rwlock_rdlock(&self->lock);
    if (self->ops->get_ef != NULL)
        ef = self->ops->get_ef(self->data, recall);
    pthread_rwlock_unlock(&self->lock);
    return ef;
}

/* ---- changing --------------------------------------------------------------------- */

static gboolean
insert_locked(UmkIndex *self, UmkMatrix *vectors, UmkRun *run, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), first = self->rows->n_rows;
    g_autofree guint32 *rows = NULL;

    if (!check_dims(self, vectors, _("A new vector"), umk_matrix_check_finite, error))
        return FALSE;
    rows = _umk_alloc(n, sizeof *rows, _("The list of rows"), error);
    if (rows == NULL || !_umk_index_rows_append(self->rows, vectors, error))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        rows[i] = (guint32) (first + i);
    if (self->ops->insert != NULL &&
        !self->ops->insert(self->data, rows, n, run, error)) {
        _umk_index_rows_truncate(self->rows, first);
        return FALSE;
    }
    return TRUE;
}

/**
 * umk_index_insert:
 * @self: an index
 * @vectors: new vectors, finite, of the index's dimension
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * They get the next row numbers and are copied. Searches in other threads wait. All are
 * inserted or none is.
 *
 * Returns: whether they are in
 */
gboolean
umk_index_insert(UmkIndex *self,
                 UmkMatrix *vectors,
                 GCancellable *cancellable,
                 GError **error)
{
    g_auto(UmkRun) run = {0};
    gboolean done;

    _umk_run_init(&run, cancellable, NULL, NULL);
    g_return_val_if_fail(self != NULL && vectors != NULL, FALSE);
    if (!umk_run_check(&run, error))
        return FALSE;
    pthread_rwlock_wrlock(&self->lock);
    done = insert_locked(self, vectors, &run, error);
    pthread_rwlock_unlock(&self->lock);
    return done;
}

static int
compare_rows(gconstpointer a, gconstpointer b)
{
    guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;

    return x < y ? -1 : x > y;
}

/* In ascending order; every one has to exist, and to live unless dead ones may come. */
static guint32 *
check_rows(
    UmkIndex *self, const guint64 *rows, gsize n, gboolean dead_too, GError **error)
{
    g_autofree guint32 *checked =
        _umk_alloc(n, sizeof *checked, _("The list of rows"), error);

    if (checked == NULL)
        return NULL;
    for (gsize i = 0; i < n; i++) {
        gboolean known = rows[i] < self->rows->n_rows &&
                         (dead_too || _umk_index_rows_is_live(self->rows, rows[i]));

        if (!known) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                        _("Row %zu is not in the index"), (gsize) rows[i]);
            return NULL;
        }
        checked[i] = (guint32) rows[i];
    }
    return g_steal_pointer(&checked);
}

static gboolean
refuse_twice(guint32 row, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM, _("Row %u is named twice"), row);
    return FALSE;
}

static gboolean
check_once(const guint32 *rows, gsize n, GError **error)
{
    g_autofree guint32 *sorted = g_memdup2(rows, n * sizeof *rows);

    if (n > 1)
        qsort(sorted, n, sizeof *sorted, compare_rows);
    for (gsize i = 1; i < n; i++)
        if (sorted[i] == sorted[i - 1])
            return refuse_twice(sorted[i], error);
    return TRUE;
}

static gboolean
remove_locked(UmkIndex *self, const guint64 *rows, gsize n, GError **error)
{
    g_autofree guint32 *checked = check_rows(self, rows, n, FALSE, error);

    if (checked == NULL || !check_once(checked, n, error) ||
        !_umk_index_rows_need_live(self->rows, error))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        _umk_index_rows_kill(self->rows, checked[i]);
    if (self->ops->remove != NULL)
        self->ops->remove(self->data, checked, n);
    return TRUE;
}

/**
 * umk_index_remove:
 * @self: an index
 * @rows: (array length=n_rows): rows that are live, each once
 * @n_rows: how many
 * @cancellable: (nullable): to stop it before it starts
 * @error: return location for an error
 *
 * They are never hits again, and their numbers are not given to others. A graph is
 * mended where they stood. Searches in other threads wait. All are removed or, if one of
 * them does not exist, none.
 *
 * Returns: whether they are gone
 */
gboolean
umk_index_remove(UmkIndex *self,
                 const guint64 *rows,
                 gsize n_rows,
                 GCancellable *cancellable,
                 GError **error)
{
    g_auto(UmkRun) run = {0};
    gboolean done;

    _umk_run_init(&run, cancellable, NULL, NULL);
    g_return_val_if_fail(self != NULL && (rows != NULL || n_rows == 0), FALSE);
    if (!umk_run_check(&run, error))
        return FALSE;
    pthread_rwlock_wrlock(&self->lock);
    done = remove_locked(self, rows, n_rows, error);
    pthread_rwlock_unlock(&self->lock);
    return done;
}

/* The old places are given up first, so that no moment shows a row twice. */
static gboolean
update_locked(
    UmkIndex *self, const guint64 *rows, gsize n, UmkMatrix *vectors, GError **error)
{
    g_autofree guint32 *checked = check_rows(self, rows, n, TRUE, error);
    g_autofree guint32 *standing = NULL;
    gsize n_standing = 0;

    if (checked == NULL || !check_once(checked, n, error) ||
        !check_dims(self, vectors, _("A new vector"), umk_matrix_check_finite, error))
        return FALSE;
    if (umk_matrix_get_n_rows(vectors) != n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("%zu rows were given %zu new vectors"), n,
                    umk_matrix_get_n_rows(vectors));
        return FALSE;
    }
    standing = g_new(guint32, n + 1);
    for (gsize i = 0; i < n; i++)
        if (_umk_index_rows_is_live(self->rows, checked[i]))
            standing[n_standing++] = checked[i];
    if (self->ops->remove != NULL && n_standing > 0)
        self->ops->remove(self->data, standing, n_standing);
    if (!_umk_index_rows_replace(self->rows, checked, n, vectors, error)) {
        if (self->ops->insert != NULL)
            self->ops->insert(self->data, standing, n_standing, NULL, NULL);
        return FALSE;
    }
    return self->ops->insert == NULL ||
           self->ops->insert(self->data, checked, n, NULL, error);
}

/**
 * umk_index_update:
 * @self: an index
 * @rows: (array length=n_rows): rows of the index, each once, live or removed
 * @n_rows: how many
 * @vectors: their new vectors, in the order of @rows, copied
 * @cancellable: (nullable): to stop it before it starts
 * @error: return location for an error
 *
 * The rows keep their numbers; one that was removed lives again. Searches in other
 * threads wait.
 *
 * Returns: whether they are changed
 */
gboolean
umk_index_update(UmkIndex *self,
                 const guint64 *rows,
                 gsize n_rows,
                 UmkMatrix *vectors,
                 GCancellable *cancellable,
                 GError **error)
{
    g_auto(UmkRun) run = {0};
    gboolean done;

    _umk_run_init(&run, cancellable, NULL, NULL);
    g_return_val_if_fail(self != NULL && vectors != NULL, FALSE);
    g_return_val_if_fail(rows != NULL || n_rows == 0, FALSE);
    if (!umk_run_check(&run, error))
        return FALSE;
    pthread_rwlock_wrlock(&self->lock);
    done = update_locked(self, rows, n_rows, vectors, error);
    pthread_rwlock_unlock(&self->lock);
    return done;
}

/* ---- keeping ---------------------------------------------------------------------- */

/* So that what _umk_index_collect() lent stays as it is while it is written. */
void
_umk_index_lock(UmkIndex *self)
{
    pthread_mutex_lock(&self->saving);
    pthread_rwlock_rdlock(&self->lock);
}

void
_umk_index_unlock(UmkIndex *self)
{
    pthread_rwlock_unlock(&self->lock);
    pthread_mutex_unlock(&self->saving);
}

void
_umk_index_collect(UmkIndex *self, GArray *sections)
{
    if (self->rows->live != NULL) {
        UmkIndexSection live = {"live", self->rows->live, self->rows->n_rows};

        g_array_append_val(sections, live);
    }
    if (self->ops->save != NULL)
        self->ops->save(self->data, sections);
}

const UmkIndexSection *
_umk_index_find_section(const UmkIndexSection *sections, gsize n, const char *name)
{
    for (gsize i = 0; i < n; i++)
        if (strncmp(sections[i].name, name, sizeof sections[i].name) == 0)
            return sections + i;
    return NULL;
}

static gboolean
restore_live(UmkIndexRows *rows, const UmkIndexSection *live, GError **error)
{
    const guint8 *from;

    if (live == NULL)
        return TRUE;
    if (live->size != rows->n_rows) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The index tells of %zu rows, there are %zu"), live->size,
                    rows->n_rows);
        return FALSE;
    }
    if (!_umk_index_rows_need_live(rows, error))
        return FALSE;
    from = live->data;
    for (gsize row = 0; row < rows->n_rows; row++)
        if (from[row] == 0)
            _umk_index_rows_kill(rows, (guint32) row);
    return TRUE;
}

UmkIndex *
_umk_index_restore(const char *method,
                   UmkMetric metric,
                   UmkMatrix *vectors,
                   const UmkIndexSection *sections,
                   gsize n_sections,
                   GBytes *keep,
                   GError **error)
{
    const UmkIndexOps *ops = need_method(method, error);
    UmkIndexSource source = {.metric = metric};
    gpointer data = NULL;

    if (ops == NULL)
        return NULL;
    source.rows = _umk_index_rows_new(vectors);
    if (restore_live(source.rows, _umk_index_find_section(sections, n_sections, "live"),
                     error))
        data = ops->open(&source, sections, n_sections, keep, error);
    return index_new(ops, metric, source.rows, data);
}
