/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A question to a collection and its answer: vectors compared with the items that are
 * joined to the space, or an item with those of its own frame; words ranked by BM25; both
 * fused by rank; only among items that a filter and a set of modalities allow. Which way
 * was taken is told as the plan. */
#include <umekomi/umk-search.h>
#include <umekomi/umk-collection.h>
#include <umekomi/umk-error.h>
#include <umekomi/umk-filter.h>
#include <umekomi/umk-index.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-space.h>

#include "facade/umk-search-index-private.h"
#include "facade/umk-search-private.h"
#include "store/umk-words-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

/* How deep two rankings are fused: as much as can still change the first k places by
 * habit; a row that is in neither list that far has less than 1 / 260 from each. */
#define FUSED_TIMES 10
#define FUSED_LEAST 200

#define FEW_EXCLUDED 64

struct _UmkSearch {
    gatomicrefcount refs;
    UmkCollection *collection;
    UmkMatrix *vectors;
    gboolean has_item;
    gsize item;
    char *words;
    guint mask;
    UmkFilter *filter;
    GArray *excluded;   /* guint64 */
    const char *method; /* interned */
    UmkMetric metric;   /* of the space, unless another was set */
    double recall;
    guint ef;
    GString *plan;
};

G_DEFINE_BOXED_TYPE(UmkSearch, umk_search, umk_search_ref, umk_search_unref)

/**
 * umk_search_new:
 * @collection: what is asked
 *
 * A question without anything to look for yet; set vectors, an item, words, or words
 * beside one of the others. A search belongs to one thread at a time.
 *
 * Returns: (transfer full): the question
 */
UmkSearch *
umk_search_new(UmkCollection *collection)
{
    UmkSearch *self;

    g_return_val_if_fail(collection != NULL, NULL);
    self = g_new0(UmkSearch, 1);
    g_atomic_ref_count_init(&self->refs);
    self->collection = umk_collection_ref(collection);
    self->mask = UMK_MODALITY_ALL;
    self->metric = umk_space_get_metric(umk_collection_get_space(collection));
    self->excluded = g_array_new(FALSE, FALSE, sizeof(guint64));
    self->plan = g_string_new(NULL);
    return self;
}

/**
 * umk_search_ref:
 * @self: a search
 *
 * Returns: (transfer full): @self
 */
UmkSearch *
umk_search_ref(UmkSearch *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_search_unref:
 * @self: (transfer full): a search
 */
void
umk_search_unref(UmkSearch *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_clear_pointer(&self->vectors, umk_matrix_unref);
    g_clear_pointer(&self->filter, umk_filter_unref);
    g_array_unref(self->excluded);
    g_string_free(self->plan, TRUE);
    g_free(self->words);
    umk_collection_unref(self->collection);
    g_free(self);
}

/**
 * umk_search_set_vectors:
 * @self: a search
 * @queries: (nullable): rows of queries, each n_dims of the space long
 */
void
umk_search_set_vectors(UmkSearch *self, UmkMatrix *queries)
{
    g_return_if_fail(self != NULL);
    g_clear_pointer(&self->vectors, umk_matrix_unref);
    self->vectors = queries != NULL ? umk_matrix_ref(queries) : NULL;
}

/**
 * umk_search_set_item:
 * @self: a search
 * @row: an item of the collection
 *
 * Looks for the neighbours of an item, without the item itself. One that is not joined to
 * the space is compared with the items of its own frame.
 */
void
umk_search_set_item(UmkSearch *self, gsize row)
{
    g_return_if_fail(self != NULL);
    self->has_item = TRUE;
    self->item = row;
    umk_search_exclude(self, row);
}

/**
 * umk_search_set_words:
 * @self: a search
 * @words: (nullable): words to be found in captions and texts
 *
 * Alone, items are ranked by BM25 and those without any of the words are no hits. Beside
 * vectors or an item, the two rankings are fused: a hit's score is the sum over them of
 * 1 / (60 + its rank).
 */
void
umk_search_set_words(UmkSearch *self, const char *words)
{
    g_return_if_fail(self != NULL);
    g_free(self->words);
    self->words = g_strdup(words);
}

/**
 * umk_search_set_modalities:
 * @self: a search
 * @modality_mask: bit `1 << modality` set for each modality wanted
 */
void
umk_search_set_modalities(UmkSearch *self, guint modality_mask)
{
    g_return_if_fail(self != NULL);
    self->mask = modality_mask;
}

/**
 * umk_search_set_filter:
 * @self: a search
 * @filter: (nullable): what must be true of a hit
 */
void
umk_search_set_filter(UmkSearch *self, UmkFilter *filter)
{
    g_return_if_fail(self != NULL);
    g_clear_pointer(&self->filter, umk_filter_unref);
    self->filter = filter != NULL ? umk_filter_ref(filter) : NULL;
}

/**
 * umk_search_exclude:
 * @self: a search
 * @row: an item that is no hit
 */
void
umk_search_exclude(UmkSearch *self, gsize row)
{
    guint64 excluded = row;

    g_return_if_fail(self != NULL);
    g_array_append_val(self->excluded, excluded);
}

/**
 * umk_search_set_index:
 * @self: a search
 * @method: (nullable): "exact" to compare every allowed item; "hnsw" to go by the graph
 * of the collection, which is made if there is none; %NULL to go by it where there is one
 *   and the collection is large
 *
 * A collection whose items are not all of one model has no graph and is searched exactly.
 */
void
umk_search_set_index(UmkSearch *self, const char *method)
{
    g_return_if_fail(self != NULL);
    self->method = method != NULL ? g_intern_string(method) : NULL;
}

/**
 * umk_search_set_metric:
 * @self: a search
 * @metric: how nearness is scored
 *
 * The metric of the space unless another is set. A graph was made for that of the space;
 * by another one every allowed item is compared.
 */
void
umk_search_set_metric(UmkSearch *self, UmkMetric metric)
{
    g_return_if_fail(self != NULL);
    g_return_if_fail((guint) metric <= UMK_METRIC_EUCLIDEAN);
    self->metric = metric;
}

/**
 * umk_search_set_effort:
 * @self: a search
 * @recall: share of the true neighbours that a graph should find, 0 for its own choice,
 *   1 for exact search
 * @ef: how many candidates a graph keeps, 0 for what @recall needs
 */
void
umk_search_set_effort(UmkSearch *self, double recall, guint ef)
{
    g_return_if_fail(self != NULL);
    self->recall = recall;
    self->ef = ef;
}

/**
 * umk_search_dup_plan:
 * @self: a search that was run
 *
 * Returns: (transfer full): how the last answer was found, for people
 */
char *
umk_search_dup_plan(UmkSearch *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return g_strdup(self->plan->str);
}

static void tell(UmkSearch *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
tell(UmkSearch *self, const char *format, ...)
{
    va_list args;

    if (self->plan->len > 0)
        g_string_append(self->plan, "; ");
    va_start(args, format);
    g_string_append_vprintf(self->plan, format, args);
    va_end(args);
}

/* ---- what is allowed -------------------------------------------------------------- */

/* A few excluded rows alone make no list of what is allowed, which would cost a look at
 * every row: so many hits more are asked for, and they are dropped. */
static gboolean
drops_excluded(const UmkSearch *self)
{
    return self->filter == NULL && self->mask == UMK_MODALITY_ALL &&
           self->words == NULL && self->excluded->len <= FEW_EXCLUDED;
}

/* One byte a row of the collection, NULL where everything is allowed. */
static gboolean
find_allowed(UmkSearch *self, GBytes **allowed, UmkRun *run, GError **error)
{
    gsize n = umk_collection_get_n_items(self->collection), left = 0;
    g_autoptr(GBytes) matches = NULL, modalities = NULL;
    const guint8 *match = NULL, *modality = NULL;
    guint8 *rows;

    if (drops_excluded(self) || (self->filter == NULL && self->mask == UMK_MODALITY_ALL &&
                                 self->excluded->len == 0))
        return TRUE;
    if (self->filter != NULL) {
        matches =
            umk_collection_match(self->collection, self->filter, run->cancellable, error);
        if (matches == NULL)
            return FALSE;
        match = g_bytes_get_data(matches, NULL);
    }
    if (self->mask != UMK_MODALITY_ALL) {
        modalities = umk_collection_dup_modalities(self->collection, error);
        if (modalities == NULL)
            return FALSE;
        modality = g_bytes_get_data(modalities, NULL);
    }
    rows = g_malloc(n + 1);
    for (gsize i = 0; i < n; i++)
        rows[i] = (match == NULL || match[i]) &&
                  (modality == NULL || (self->mask >> modality[i] & 1u));
    for (guint i = 0; i < self->excluded->len; i++)
        if (g_array_index(self->excluded, guint64, i) < n)
            rows[g_array_index(self->excluded, guint64, i)] = 0;
    for (gsize i = 0; i < n; i++)
        left += rows[i];
    *allowed = g_bytes_new_take(rows, n);
    if (self->filter != NULL || self->mask != UMK_MODALITY_ALL)
        tell(self, _("%zu of %zu items allowed"), left, n);
    return TRUE;
}

/* ---- vectors ---------------------------------------------------------------------- */

/* What is compared with what. rows NULL: row i of the matrix is row i of the
 * collection. */
typedef struct {
    UmkMatrix *queries, *vectors;
    GBytes *rows;
} Target;

static void
target_clear(Target *target)
{
    g_clear_pointer(&target->queries, umk_matrix_unref);
    g_clear_pointer(&target->vectors, umk_matrix_unref);
    g_clear_pointer(&target->rows, g_bytes_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Target, target_clear)

static gboolean
find_space_vectors(UmkSearch *self, Target *target, UmkRun *run, GError **error)
{
    target->vectors =
        umk_collection_get_vectors(self->collection, NULL, run->cancellable, error);
    if (target->vectors == NULL)
        return FALSE;
    /* Rows ascend, so all of them are all of them in order. */
    if (umk_matrix_get_n_rows(target->vectors) ==
        umk_collection_get_n_items(self->collection))
        return TRUE;
    g_clear_pointer(&target->vectors, umk_matrix_unref);
    target->vectors = umk_collection_get_vectors(self->collection, &target->rows,
                                                 run->cancellable, error);
    return target->vectors != NULL;
}

/* The vectors stay NULL where they are those of the space: a graph may do without. */
static gboolean
find_queries(UmkSearch *self, Target *target, UmkRun *run, GError **error)
{
    g_autoptr(UmkMatrix) own = NULL;
    g_autofree char *frame = NULL;
    UmkSpace *space = umk_collection_get_space(self->collection);

    if (!self->has_item) {
        target->queries = umk_matrix_ref(self->vectors);
        return umk_matrix_check_finite(self->vectors, error);
    }
    own = umk_collection_dup_item_vector(self->collection, self->item, &frame, error);
    if (own == NULL)
        return FALSE;
    if (umk_space_has_frame(space, frame)) {
        target->queries = umk_space_map(space, frame, own, error);
        return target->queries != NULL;
    }
    target->queries = g_steal_pointer(&own);
    target->vectors = umk_collection_get_frame_vectors(
        self->collection, frame, &target->rows, run->cancellable, error);
    tell(self, _("the item's own frame “%s”"), frame);
    return target->vectors != NULL;
}

/* The allowed rows of the collection as rows of a matrix. */
static GBytes *
select_allowed(GBytes *allowed, GBytes *rows)
{
    const guint8 *of = g_bytes_get_data(allowed, NULL);
    const guint64 *items;
    guint8 *selected;
    gsize n;

    if (rows == NULL)
        return g_bytes_ref(allowed);
    items = g_bytes_get_data(rows, &n);
    n /= sizeof *items;
    selected = g_malloc(n + 1);
    for (gsize i = 0; i < n; i++)
        selected[i] = of[items[i]];
    return g_bytes_new_take(selected, n);
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
search_exactly(UmkSearch *self,
               Target *target,
               GBytes *allowed,
               guint k,
               UmkRun *run,
               GError **error)
{
    g_autoptr(UmkIndex) index = NULL;
    g_autoptr(GBytes) selected = NULL;
    g_autoptr(UmkHits) hits = NULL;
    guint asked;

    asked = (guint) MIN((gsize) k, MAX(umk_matrix_get_n_rows(target->vectors), 1));
    if (allowed != NULL)
        selected = select_allowed(allowed, target->rows);
    index = umk_index_build("exact", target->vectors, self->metric, NULL,
                            run->cancellable, NULL, NULL, error);
    if (index == NULL)
        return NULL;
    tell(self, _("vectors compared exactly"));
    hits = umk_index_search(index, target->queries, asked, selected, run->cancellable,
                            error);
    if (hits == NULL || target->rows == NULL)
        return g_steal_pointer(&hits);
    return rename_rows(hits, target->rows, asked);
}

/* ---- by the graph ----------------------------------------------------------------- */

/* Whether the graph is to be looked for, and whether to make it. */
static gboolean
wants_graph(UmkSearch *self, gboolean *make)
{
    *make = g_strcmp0(self->method, "hnsw") == 0;
    if (g_strcmp0(self->method, "exact") == 0 || self->recall >= 1 ||
        self->metric != umk_space_get_metric(umk_collection_get_space(self->collection)))
        return FALSE;
    return *make || umk_collection_get_n_items(self->collection) >= UMK_SEARCH_INDEX_ROWS;
}

/* What may be hit, slot by slot; a buried one is no row's. */
static GBytes *
allowed_slots(GBytes *allowed, GBytes *rows)
{
    const guint8 *of = g_bytes_get_data(allowed, NULL);
    const guint64 *row;
    guint8 *slots;
    gsize n;

    if (rows == NULL)
        return g_bytes_ref(allowed);
    row = g_bytes_get_data(rows, &n);
    n /= sizeof *row;
    slots = g_malloc(n + 1);
    for (gsize i = 0; i < n; i++)
        slots[i] = row[i] != UMK_NO_ROW && of[row[i]];
    return g_bytes_new_take(slots, n);
}

/* Replaced items have their slot at the end: equal scores are put in the order of rows
 * again. */
static void
sort_ties(guint64 *rows, float *scores, guint n)
{
    for (guint i = 1; i < n; i++)
        for (guint j = i; j > 0 && scores[j] == scores[j - 1] && rows[j] < rows[j - 1];
             j--) {
            guint64 row = rows[j];

            rows[j] = rows[j - 1];
            rows[j - 1] = row;
        }
}

static UmkHits *
name_rows(UmkHits *hits, GBytes *rows, guint k)
{
    gsize n_queries = umk_hits_get_n_queries(hits);
    g_autofree guint32 *counts = g_new(guint32, n_queries + 1);
    g_autofree guint64 *found = g_new0(guint64, n_queries * k + 1);
    g_autofree float *scores = g_new0(float, n_queries *k + 1);
    const guint64 *row = g_bytes_get_data(rows, NULL);

    for (gsize q = 0; q < n_queries; q++) {
        counts[q] = umk_hits_get_n_hits(hits, q);
        for (guint rank = 0; rank < counts[q]; rank++)
            found[q * k + rank] = row[umk_hits_get(hits, q, rank, &scores[q * k + rank])];
        sort_ties(found + q * k, scores + q * k, counts[q]);
    }
    return umk_hits_new(n_queries, k, counts, found, scores);
}

static UmkHits *
search_graph(UmkSearch *self,
             UmkSearchIndex *graph,
             UmkMatrix *queries,
             GBytes *allowed,
             guint k,
             UmkRun *run,
             GError **error)
{
    gsize n_slots = umk_index_get_n_rows(graph->index);
    guint asked = (guint) MIN((gsize) k, n_slots);
    g_autoptr(GBytes) selected = NULL;
    g_autoptr(UmkHits) hits = NULL;

    if (allowed != NULL)
        selected = allowed_slots(allowed, graph->slots.rows);
    hits = umk_index_search_tuned(graph->index, queries, asked, selected, self->recall,
                                  self->ef, run->cancellable, error);
    if (hits == NULL)
        return NULL;
    /* Only a walk through the graph can miss anything. */
    if (umk_hits_get_recall(hits) >= 0 &&
        g_str_has_prefix(umk_hits_get_plan(hits), "graph"))
        tell(self, _("index hnsw: %s, recall %.3f measured"), umk_hits_get_plan(hits),
             umk_hits_get_recall(hits));
    else
        tell(self, _("index hnsw: %s"), umk_hits_get_plan(hits));
    return graph->slots.rows == NULL ? g_steal_pointer(&hits)
                                     : name_rows(hits, graph->slots.rows, asked);
}

static UmkHits *
search_vectors(UmkSearch *self, GBytes *allowed, guint k, UmkRun *run, GError **error)
{
    g_auto(Target) target = {0};
    g_autoptr(UmkSearchIndex) graph = NULL;
    gboolean make;

    if (!find_queries(self, &target, run, error))
        return NULL;
    if (target.vectors == NULL && wants_graph(self, &make)) {
        if (!_umk_search_index_find(self->collection, make, &graph, run, error))
            return NULL;
        if (graph != NULL)
            return search_graph(self, graph, target.queries, allowed, k, run, error);
    }
    if (target.vectors == NULL && !find_space_vectors(self, &target, run, error))
        return NULL;
    return search_exactly(self, &target, allowed, k, run, error);
}

/**
 * umk_collection_build_index:
 * @collection: a collection
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Makes the graph that searches of a large collection go by, or brings the one there is
 * up to date; it is kept in the collection's folder where that can be written to. Useful
 * ahead of the first search, and in the background: searches meanwhile are exact.
 *
 * Returns: %FALSE with an error; where a collection can have no graph, %TRUE
 */
gboolean
umk_collection_build_index(UmkCollection *collection,
                           GCancellable *cancellable,
                           UmkProgressFunc progress,
                           gpointer progress_data,
                           GError **error)
{
    g_autoptr(UmkSearchIndex) graph = NULL;
    g_auto(UmkRun) run = {0};

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(collection != NULL, FALSE);
    return umk_run_check(&run, error) &&
           _umk_search_index_find(collection, TRUE, &graph, &run, error);
}

/* ---- words ------------------------------------------------------------------------ */

static GArray *
search_words(UmkSearch *self, GBytes *allowed, gsize k, UmkRun *run, GError **error)
{
    g_autoptr(UmkWords) words = _umk_collection_get_words(self->collection, run, error);
    GArray *hits;

    if (words == NULL)
        return NULL;
    hits = _umk_words_search(words, self->words, k,
                             allowed != NULL ? g_bytes_get_data(allowed, NULL) : NULL,
                             run, error);
    if (hits != NULL)
        tell(self, _("words by BM25, %u found"), hits->len);
    return hits;
}

static UmkHits *
words_alone(GArray *words, guint k)
{
    guint32 n = (guint32) MIN((gsize) k, words->len);
    g_autofree guint64 *rows = g_new(guint64, n + 1);
    g_autofree float *scores = g_new(float, n + 1);

    for (guint i = 0; i < n; i++) {
        rows[i] = g_array_index(words, UmkWordHit, i).row;
        scores[i] = (float) g_array_index(words, UmkWordHit, i).score;
    }
    return umk_hits_new(1, MAX(n, 1), &n, rows, scores);
}

/* ---- both ------------------------------------------------------------------------- */

static UmkHits *
fuse(UmkHits *hits, GArray *words, guint k)
{
    gsize n_queries = umk_hits_get_n_queries(hits);
    g_autofree guint32 *counts = g_new0(guint32, n_queries + 1);
    g_autofree guint64 *rows = g_new0(guint64, n_queries * k + 1);
    g_autofree float *scores = g_new0(float, n_queries *k + 1);
    g_autofree guint64 *by_words = g_new(guint64, words->len + 1);

    for (guint i = 0; i < words->len; i++)
        by_words[i] = g_array_index(words, UmkWordHit, i).row;
    for (gsize q = 0; q < n_queries; q++) {
        guint n = umk_hits_get_n_hits(hits, q);
        g_autofree guint64 *by_vectors = g_new(guint64, n + 1);
        const guint64 *lists[] = {by_vectors, by_words};
        const gsize lengths[] = {n, words->len};
        g_autoptr(GArray) fused = NULL;

        for (guint rank = 0; rank < n; rank++)
            by_vectors[rank] = umk_hits_get(hits, q, rank, NULL);
        fused = _umk_fuse_ranks(lists, lengths, G_N_ELEMENTS(lists));
        counts[q] = (guint32) MIN((gsize) k, fused->len);
        for (guint rank = 0; rank < counts[q]; rank++) {
            rows[q * k + rank] = g_array_index(fused, UmkRanked, rank).row;
            scores[q * k + rank] = (float) g_array_index(fused, UmkRanked, rank).score;
        }
    }
    return umk_hits_new(n_queries, k, counts, rows, scores);
}

static gboolean
is_excluded(const UmkSearch *self, guint64 row)
{
    for (guint i = 0; i < self->excluded->len; i++)
        if (g_array_index(self->excluded, guint64, i) == row)
            return TRUE;
    return FALSE;
}

static UmkHits *
drop_excluded(const UmkSearch *self, UmkHits *hits, guint k)
{
    gsize n_queries = umk_hits_get_n_queries(hits);
    g_autofree guint32 *counts = g_new0(guint32, n_queries + 1);
    g_autofree guint64 *rows = g_new0(guint64, n_queries * k + 1);
    g_autofree float *scores = g_new0(float, n_queries *k + 1);

    for (gsize q = 0; q < n_queries; q++) {
        for (guint i = 0; i < umk_hits_get_n_hits(hits, q) && counts[q] < k; i++) {
            float score;
            gsize row = umk_hits_get(hits, q, i, &score);

            if (is_excluded(self, row))
                continue;
            rows[q * k + counts[q]] = row;
            scores[q * k + counts[q]++] = score;
        }
    }
    return umk_hits_new(n_queries, k, counts, rows, scores);
}

static UmkHits *
run_search(UmkSearch *self, guint k, UmkRun *run, GError **error)
{
    gboolean by_vectors = self->vectors != NULL || self->has_item;
    g_autoptr(GBytes) allowed = NULL;
    g_autoptr(UmkHits) hits = NULL;
    g_autoptr(GArray) words = NULL;
    gsize n = MAX(umk_collection_get_n_items(self->collection), 1), depth = k;

    if (!find_allowed(self, &allowed, run, error))
        return NULL;
    if (self->excluded->len > 0 && drops_excluded(self)) {
        depth = MIN((gsize) k + self->excluded->len, n);
        hits = search_vectors(self, NULL, (guint) depth, run, error);
        return hits != NULL ? drop_excluded(self, hits, (guint) MIN((gsize) k, n)) : NULL;
    }
    if (self->words != NULL && by_vectors)
        depth = MAX((gsize) k * FUSED_TIMES, FUSED_LEAST);
    depth = MIN(depth, n);
    if (by_vectors) {
        hits = search_vectors(self, allowed, (guint) depth, run, error);
        if (hits == NULL || self->words == NULL)
            return g_steal_pointer(&hits);
    }
    words = search_words(self, allowed, depth, run, error);
    if (words == NULL)
        return NULL;
    if (!by_vectors)
        return words_alone(words, k);
    tell(self, _("fused by rank, 1 / (60 + rank), the first %zu of each"), depth);
    return fuse(hits, words, (guint) MIN((gsize) k, 2 * depth));
}

static gboolean
is_zero(UmkMatrix *row)
{
    for (gsize i = 0; i < umk_matrix_get_n_cols(row); i++)
        if (umk_matrix_get_row(row, 0, NULL)[i] != 0)
            return FALSE;
    return TRUE;
}

/* Of several queries one may be empty; one alone would put all items in any order. */
static gboolean
check_vectors(UmkSearch *self, GError **error)
{
    UmkSpace *space = umk_collection_get_space(self->collection);
    gsize needed = umk_space_get_n_dims(space), n;

    if (self->vectors == NULL)
        return TRUE;
    n = umk_matrix_get_n_cols(self->vectors);
    if (n != needed) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("This space has %zu dimensions, the vector has %zu"), needed, n);
        return FALSE;
    }
    if (umk_matrix_get_n_rows(self->vectors) != 1 ||
        umk_space_get_metric(space) != UMK_METRIC_COSINE || !is_zero(self->vectors))
        return TRUE;
    g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The vector is 0 everywhere, so there is no direction to look "
                          "in"));
    return FALSE;
}

/**
 * umk_search_run:
 * @self: a search with something to look for
 * @k: how many hits a query, at most
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then, where
 *   something has to be made first: words, an index
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Scores descend, equal ones stand in the order of rows. min(@k, allowed items) hits come
 * back for each query by vectors; by words alone those that have any of them.
 *
 * Returns: (transfer full): hits whose rows are rows of the collection
 */
UmkHits *
umk_search_run(UmkSearch *self,
               guint k,
               GCancellable *cancellable,
               UmkProgressFunc progress,
               gpointer progress_data,
               GError **error)
{
    g_auto(UmkRun) run = {0};

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(self != NULL && k > 0, NULL);
    g_string_truncate(self->plan, 0);
    if (self->vectors == NULL && !self->has_item && self->words == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_PARAM,
                            _("The search has nothing to look for"));
        return NULL;
    }
    return umk_run_check(&run, error) && check_vectors(self, error)
               ? run_search(self, k, &run, error)
               : NULL;
}

/* ---- in one call ------------------------------------------------------------------ */

/**
 * umk_collection_search:
 * @collection: a collection
 * @queries: rows of queries, each n_dims of the space long
 * @k: how many hits a query, at most
 * @modality_mask: bit `1 << modality` set for each modality wanted
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Equal scores stand in the order of rows. See #UmkSearch for more to ask.
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
    g_autoptr(UmkSearch) search = NULL;

    g_return_val_if_fail(collection != NULL && queries != NULL && k > 0, NULL);
    search = umk_search_new(collection);
    umk_search_set_vectors(search, queries);
    umk_search_set_modalities(search, modality_mask);
    return umk_search_run(search, k, cancellable, NULL, NULL, error);
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
    g_autoptr(UmkSearch) search = NULL;

    g_return_val_if_fail(collection != NULL && k > 0, NULL);
    search = umk_search_new(collection);
    umk_search_set_item(search, row);
    umk_search_set_modalities(search, modality_mask);
    return umk_search_run(search, k, cancellable, NULL, NULL, error);
}
