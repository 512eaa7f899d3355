/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scan: every allowed row is scored, block by block, while the block is in cache.
 * Scores come from one fixed summation order and the best k from a total order, so the
 * answer is the same bits for any batch, chunking and number of threads. Where few rows
 * are allowed they are listed first and the others never looked at. */
#include "index/umk-index-ops-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-distance-private.h"
#include "linalg/umk-topk-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define GROUP         64           /* queries that share a pass over the rows   */
#define BLOCK_BYTES   (256 * 1024) /* rows scored at once: half a second-level cache */
#define CHUNK_ROWS    16384        /* rows of one task when queries are few      */
#define CHUNK_LIST    1024         /* the same of listed rows                    */
#define BATCH_QUERIES 32           /* so many go through the packed product */
#define BATCH_ROWS    1024
#define BATCH_HITS    256 /* more hits than that are cheaper to scan for */
#define LIST_SHARE    8   /* rows are listed below one allowed in this many */

/* A place is a slot of the rows or, where the allowed ones are listed, a number in that
 * list. */
typedef struct {
    const UmkIndexRows *vectors;
    UmkMetric metric;
    UmkDistanceLevel level;
    guint32 *list; /* (n_places), rows; NULL: places are slots */
    gsize n_places;
    gsize n_dims;
    const float *queries; /* (n_queries, n_dims) */
    gsize n_queries;
    double *query_scale; /* (n_queries), 1 / length; cosine alone */
    const guint8 *allowed;
    gboolean all_wanted; /* every slot is a row's and allowed */
    guint k;
    gsize block;      /* places */
    gsize chunk_rows; /* places of a task */
    gsize n_chunks;
    guint chunk_k;        /* hits a task keeps for each query */
    float *task_scores;   /* (n_groups, n_chunks, GROUP, chunk_k) */
    guint64 *task_rows;   /* likewise */
    guint32 *task_counts; /* (n_groups, n_chunks, GROUP) */
    UmkRun *run;
    gint cancelled;
    gint out_of_memory;
} Search;

typedef struct {
    float *scores;     /* (GROUP, block) */
    double *row_scale; /* (block) */
} Scratch;

static double
inverse_length(float squared)
{
    return squared > 0.0f ? 1.0 / sqrt((double) squared) : 0.0;
}

float
_umk_index_score_row(UmkMetric metric,
                     UmkDistanceLevel level,
                     const float *query,
                     double query_scale,
                     const float *row,
                     gsize n_dims)
{
    float product, squared;
    UmkDistanceKind kind =
        metric == UMK_METRIC_EUCLIDEAN ? UMK_DISTANCE_SQUARED : UMK_DISTANCE_DOT;

    _umk_distance_block(level, kind, query, n_dims, 1, row, n_dims, 1, n_dims, &product,
                        1);
    if (metric == UMK_METRIC_EUCLIDEAN)
        return -sqrtf(product);
    if (metric == UMK_METRIC_DOT)
        return product;
    _umk_distance_self(level, row, n_dims, 1, n_dims, &squared);
    return (float) ((double) product * query_scale * inverse_length(squared));
}

double
_umk_index_query_scale(UmkDistanceLevel level, const float *query, gsize n_dims)
{
    float squared;

    _umk_distance_self(level, query, n_dims, 1, n_dims, &squared);
    return inverse_length(squared);
}

/* ---- one block of rows against one group of queries ------------------------------- */

/* Dot products or squared distances become scores, larger is nearer. */
static void
finish_scores(
    const Search *search, gsize query, const Scratch *scratch, float *scores, gsize n)
{
    if (search->metric == UMK_METRIC_EUCLIDEAN) {
        for (gsize i = 0; i < n; i++)
            scores[i] = -sqrtf(scores[i]);
    } else if (search->metric == UMK_METRIC_COSINE) {
        double scale = search->query_scale[query];

        for (gsize i = 0; i < n; i++)
            scores[i] = (float) ((double) scores[i] * scale * scratch->row_scale[i]);
    }
}

static void
scale_rows(const Search *search, const float *rows, gsize n, double *row_scale)
{
    float squared[64];

    for (gsize first = 0; first < n; first += G_N_ELEMENTS(squared)) {
        gsize n_now = MIN(G_N_ELEMENTS(squared), n - first);

        _umk_distance_self(search->level, rows + first * search->n_dims, search->n_dims,
                           n_now, search->n_dims, squared);
        for (gsize i = 0; i < n_now; i++)
            row_scale[first + i] = inverse_length(squared[i]);
    }
}

/* Products of the queries with rows that lie together, from column `at` of the scores. */
static void
score_floats(const Search *search,
             gsize first_query,
             gsize n_queries,
             const float *rows,
             gsize n_rows,
             gsize at,
             const Scratch *scratch)
{
    UmkDistanceKind kind =
        search->metric == UMK_METRIC_EUCLIDEAN ? UMK_DISTANCE_SQUARED : UMK_DISTANCE_DOT;

    _umk_distance_block(search->level, kind,
                        search->queries + first_query * search->n_dims, search->n_dims,
                        n_queries, rows, search->n_dims, n_rows, search->n_dims,
                        scratch->scores + at, search->block);
    if (search->metric == UMK_METRIC_COSINE)
        scale_rows(search, rows, n_rows, scratch->row_scale + at);
}

/* A run of slots that are all allowed, in the matrix or in the tail. */
static void
score_run(const Search *search,
          gsize first_query,
          gsize n_queries,
          gsize first,
          gsize n_rows,
          const Scratch *scratch,
          UmkTopK *best)
{
    const UmkIndexRows *of = search->vectors;
    gboolean in_tail = first >= of->n_base;
    const float *rows = in_tail ? of->tail + (first - of->n_base) * search->n_dims
                                : of->base_data + first * search->n_dims;

    score_floats(search, first_query, n_queries, rows, n_rows, 0, scratch);
    for (gsize q = 0; q < n_queries; q++) {
        float *scores = scratch->scores + q * search->block;

        finish_scores(search, first_query + q, scratch, scores, n_rows);
        if (!in_tail)
            _umk_topk_push_run(best + q, scores, n_rows, first);
        for (gsize i = 0; in_tail && i < n_rows; i++)
            _umk_topk_push(best + q, scores[i], _umk_index_rows_owner(of, first + i));
    }
}

static gboolean
is_wanted(const Search *search, gsize slot)
{
    guint32 row = _umk_index_rows_owner(search->vectors, slot);

    return row != UMK_INDEX_NO_ROW && (search->allowed == NULL || search->allowed[row]);
}

static void
score_list(const Search *search,
           gsize first_query,
           gsize n_queries,
           gsize first,
           gsize n_rows,
           const Scratch *scratch,
           UmkTopK *best)
{
    const guint32 *list = search->list + first;

    for (gsize i = 0; i < n_rows; i++) {
        if (i + 4 < n_rows)
            __builtin_prefetch(_umk_index_rows_get(search->vectors, list[i + 4]));
        score_floats(search, first_query, n_queries,
                     _umk_index_rows_get(search->vectors, list[i]), 1, i, scratch);
    }
    for (gsize q = 0; q < n_queries; q++) {
        float *scores = scratch->scores + q * search->block;

        finish_scores(search, first_query + q, scratch, scores, n_rows);
        for (gsize i = 0; i < n_rows; i++)
            _umk_topk_push(best + q, scores[i], list[i]);
    }
}

/* Slots of the matrix and slots of the tail do not lie together. */
static void
score_block(const Search *search,
            gsize first_query,
            gsize n_queries,
            gsize first,
            gsize n_places,
            const Scratch *scratch,
            UmkTopK *best)
{
    gsize end = first + n_places, n_base = search->vectors->n_base;

    if (search->list != NULL) {
        score_list(search, first_query, n_queries, first, n_places, scratch, best);
        return;
    }
    for (gsize slot = first; slot < end;) {
        gsize begin, stop = slot < n_base ? MIN(end, n_base) : end;

        if (search->all_wanted) {
            begin = slot;
            slot = stop;
        } else {
            while (slot < stop && !is_wanted(search, slot))
                slot++;
            for (begin = slot; slot < stop && is_wanted(search, slot);)
                slot++;
        }
        if (slot > begin)
            score_run(search, first_query, n_queries, begin, slot - begin, scratch, best);
    }
}

/* ---- tasks ------------------------------------------------------------------------ */

static void
run_task(Search *search, gsize task, const Scratch *scratch)
{
    gsize group = task / search->n_chunks, chunk = task % search->n_chunks;
    gsize first_query = group * GROUP, n = MIN(GROUP, search->n_queries - first_query);
    gsize begin = chunk * search->chunk_rows;
    gsize end = MIN(search->n_places, begin + search->chunk_rows);
    UmkTopK best[GROUP];

    for (gsize q = 0; q < n; q++) {
        gsize at = (task * GROUP + q) * search->chunk_k;

        _umk_topk_init(best + q, search->task_scores + at, search->task_rows + at,
                       search->chunk_k);
    }
    for (gsize row = begin; row < end; row += search->block) {
        if (g_atomic_int_get(&search->cancelled))
            return;
        if (!umk_run_check(search->run, NULL)) {
            g_atomic_int_set(&search->cancelled, TRUE);
            return;
        }
        score_block(search, first_query, n, row, MIN(search->block, end - row), scratch,
                    best);
    }
    for (gsize q = 0; q < n; q++)
        search->task_counts[task * GROUP + q] = best[q].n;
}

static void
run_tasks(gsize begin, gsize end, guint worker, gpointer data)
{
    Search *search = data;
    Scratch scratch = {
        .scores =
            _umk_alloc_aligned(GROUP * search->block, sizeof(float), "scores", NULL),
        .row_scale = _umk_alloc_aligned(search->block, sizeof(double), "scores", NULL),
    };

    if (scratch.scores != NULL && scratch.row_scale != NULL) {
        for (gsize task = begin; task < end; task++)
            run_task(search, task, &scratch);
    } else {
        g_atomic_int_set(&search->out_of_memory, TRUE);
    }
    _umk_free_aligned(scratch.scores);
    _umk_free_aligned(scratch.row_scale);
}

static void
merge(const Search *search, guint32 *counts, guint64 *rows, float *scores)
{
    for (gsize q = 0; q < search->n_queries; q++) {
        gsize group = q / GROUP;
        UmkTopK best;

        _umk_topk_init(&best, scores + q * search->k, rows + q * search->k, search->k);
        for (gsize chunk = 0; chunk < search->n_chunks; chunk++) {
            gsize task = group * search->n_chunks + chunk,
                  slot = task * GROUP + q % GROUP;
            gsize at = slot * search->chunk_k;

            for (guint i = 0; i < search->task_counts[slot]; i++)
                _umk_topk_push(&best, search->task_scores[at + i],
                               search->task_rows[at + i]);
        }
        _umk_topk_sort(&best);
        counts[q] = best.n;
    }
}

static gboolean
alloc_tasks(Search *search, gsize n_tasks, GError **error)
{
    gsize count;

    if (!_umk_size_mul(n_tasks * GROUP, search->chunk_k, &count))
        count = G_MAXSIZE / sizeof(guint64);
    search->task_scores = _umk_alloc(count, sizeof(float), _("The list of hits"), error);
    if (search->task_scores == NULL)
        return FALSE;
    search->task_rows = _umk_alloc(count, sizeof(guint64), _("The list of hits"), error);
    search->task_counts = g_new0(guint32, n_tasks * GROUP);
    return search->task_rows != NULL;
}

static void
search_clear(Search *search)
{
    g_free(search->list);
    g_free(search->query_scale);
    g_free(search->task_scores);
    g_free(search->task_rows);
    g_free(search->task_counts);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Search, search_clear)

/* Eight bytes of the mask at a time: most of them are empty where a list is worth it. */
static gboolean
list_allowed(Search *search, gsize n_rows, gsize n_allowed, GError **error)
{
    const guint8 *allowed = search->allowed;
    gsize row = 0, n = 0;
    guint64 word;

    search->list = _umk_alloc(n_allowed, sizeof(guint32), _("The list of rows"), error);
    if (search->list == NULL)
        return FALSE;
    for (; row + sizeof word <= n_rows; row += sizeof word) {
        memcpy(&word, allowed + row, sizeof word);
        for (gsize i = 0; word != 0 && i < sizeof word; i++)
            if (allowed[row + i])
                search->list[n++] = (guint32) (row + i);
    }
    for (; row < n_rows; row++)
        if (allowed[row])
            search->list[n++] = (guint32) row;
    search->n_places = n;
    return TRUE;
}

static gboolean
set_places(Search *search, const UmkIndexQuery *query, GError **error)
{
    const UmkIndexRows *rows = search->vectors;

    search->n_places = rows->n_base + rows->n_tail;
    search->all_wanted =
        query->allowed == NULL && rows->slots == NULL && search->n_places == rows->n_rows;
    if (query->allowed != NULL && query->n_allowed < rows->n_rows / LIST_SHARE)
        return list_allowed(search, rows->n_rows, query->n_allowed, error);
    return TRUE;
}

/* Many queries: one task a group. Few: the places are cut as well. */
static void
set_chunks(Search *search, gsize n_groups)
{
    gsize few = search->list != NULL ? CHUNK_LIST : CHUNK_ROWS;
    gsize row_bytes = MAX(search->n_dims, 1) * sizeof(float);

    search->block = CLAMP(BLOCK_BYTES / row_bytes, 8, 1024);
    search->chunk_rows = n_groups >= 2 * _umk_pool_n_threads() ? search->n_places : few;
    search->n_chunks = (search->n_places + search->chunk_rows - 1) / search->chunk_rows;
    search->chunk_k = (guint) MIN((gsize) search->k, search->chunk_rows);
}

static gboolean
scan_plain(UmkIndexRows *rows,
           UmkMetric metric,
           const UmkIndexQuery *query,
           UmkIndexAnswer *answer,
           UmkRun *run,
           GError **error)
{
    g_auto(Search) search = {
        .vectors = rows,
        .metric = metric,
        .level = _umk_distance_best_level(),
        .n_dims = rows->n_dims,
        .queries = query->queries,
        .n_queries = query->n_queries,
        .allowed = query->allowed,
        .k = query->k,
        .run = run,
    };
    gsize n_groups = (query->n_queries + GROUP - 1) / GROUP;

    if (!set_places(&search, query, error))
        return FALSE;
    set_chunks(&search, n_groups);
    search.query_scale = g_new(double, search.n_queries + 1);
    if (!alloc_tasks(&search, n_groups * search.n_chunks, error))
        return FALSE;
    scale_rows(&search, search.queries, search.n_queries, search.query_scale);
    _umk_parallel_for(n_groups * search.n_chunks, 1, run_tasks, &search);
    if (search.out_of_memory) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE, _("Out of memory"));
        return FALSE;
    }
    if (search.cancelled || !umk_run_check(run, NULL))
        return umk_run_check(run, error);
    merge(&search, answer->counts, answer->rows, answer->scores);
    g_free(answer->plan);
    answer->plan =
        g_strdup_printf("%s rows=%zu", search.list != NULL ? "filter-first" : "scan",
                        search.list != NULL ? search.n_places : rows->n_live);
    answer->recall = 1;
    return TRUE;
}

/* The queries that the product could not settle, together. */
static gboolean
scan_left_over(UmkIndexRows *rows,
               UmkMetric metric,
               const UmkIndexQuery *query,
               UmkIndexAnswer *answer,
               const guint8 *left_over,
               UmkRun *run,
               GError **error)
{
    for (gsize at = 0; at < query->n_queries; at++) {
        UmkIndexQuery some = *query;
        UmkIndexAnswer part = {answer->counts + at, answer->rows + at * query->k,
                               answer->scores + at * query->k, NULL, 1};
        gboolean done;

        if (!left_over[at])
            continue;
        for (some.n_queries = 1; at + 1 < query->n_queries && left_over[at + 1]; at++)
            some.n_queries++;
        some.queries = query->queries + (at + 1 - some.n_queries) * rows->n_dims;
        done = scan_plain(rows, metric, &some, &part, run, error);
        g_free(part.plan);
        if (!done)
            return FALSE;
    }
    return TRUE;
}

gboolean
_umk_index_scan(UmkIndexRows *rows,
                UmkMetric metric,
                const UmkIndexQuery *query,
                UmkIndexAnswer *answer,
                UmkRun *run,
                GError **error)
{
    gboolean fits = rows->slots == NULL && rows->n_tail == 0 &&
                    rows->n_rows >= BATCH_ROWS && query->n_queries >= BATCH_QUERIES &&
                    query->k <= BATCH_HITS &&
                    query->n_allowed >= rows->n_rows / LIST_SHARE;
    g_autofree guint8 *left_over = NULL;

    if (!fits)
        return scan_plain(rows, metric, query, answer, run, error);
    left_over = g_malloc0(query->n_queries);
    if (!_umk_index_scan_batch(rows, metric, query, answer, left_over, run, error) ||
        !scan_left_over(rows, metric, query, answer, left_over, run, error))
        return FALSE;
    g_free(answer->plan);
    answer->plan = g_strdup_printf("scan rows=%zu", rows->n_live);
    answer->recall = 1;
    return TRUE;
}
