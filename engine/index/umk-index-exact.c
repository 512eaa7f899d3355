/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact search: every allowed row is scored, block by block, while the block is in cache.
 * Scores come from one fixed summation order and the best k from a total order, so the
 * answer is the same bits for any batch, chunking and number of threads. Nothing is
 * built: the index is the matrix. */
#include "index/umk-index-ops-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-distance-private.h"
#include "linalg/umk-topk-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define GROUP       64           /* queries that share a pass over the rows   */
#define BLOCK_BYTES (256 * 1024) /* rows scored at once: half a second-level cache */
#define CHUNK_ROWS  16384        /* rows of one task when queries are few      */

typedef struct {
    UmkMatrix *vectors;
    UmkMetric metric;
} ExactIndex;

typedef struct {
    const ExactIndex *index;
    UmkDistanceLevel level;
    const float *rows; /* (n_rows, n_dims) */
    gsize n_rows;
    gsize n_dims;
    const float *queries; /* (n_queries, n_dims) */
    gsize n_queries;
    double *query_scale; /* (n_queries), 1 / length; cosine alone */
    const guint8 *allowed;
    guint k;
    gsize block;      /* rows */
    gsize chunk_rows; /* rows of a task */
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

/* ---- one block of rows against one group of queries ------------------------------- */

/* Dot products or squared distances become scores, larger is nearer. */
static void
finish_scores(
    const Search *search, gsize query, const Scratch *scratch, float *scores, gsize n)
{
    if (search->index->metric == UMK_METRIC_EUCLIDEAN) {
        for (gsize i = 0; i < n; i++)
            scores[i] = -sqrtf(scores[i]);
    } else if (search->index->metric == UMK_METRIC_COSINE) {
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

/* A run of rows that are all allowed. */
static void
score_run(const Search *search,
          gsize first_query,
          gsize n_queries,
          gsize first_row,
          gsize n_rows,
          const Scratch *scratch,
          UmkTopK *best)
{
    const float *rows = search->rows + first_row * search->n_dims;
    UmkDistanceKind kind = search->index->metric == UMK_METRIC_EUCLIDEAN
                               ? UMK_DISTANCE_SQUARED
                               : UMK_DISTANCE_DOT;

    _umk_distance_block(search->level, kind,
                        search->queries + first_query * search->n_dims, search->n_dims,
                        n_queries, rows, search->n_dims, n_rows, search->n_dims,
                        scratch->scores, search->block);
    if (search->index->metric == UMK_METRIC_COSINE)
        scale_rows(search, rows, n_rows, scratch->row_scale);
    for (gsize q = 0; q < n_queries; q++) {
        float *scores = scratch->scores + q * search->block;

        finish_scores(search, first_query + q, scratch, scores, n_rows);
        _umk_topk_push_run(best + q, scores, n_rows, first_row);
    }
}

static void
score_block(const Search *search,
            gsize first_query,
            gsize n_queries,
            gsize first_row,
            gsize n_rows,
            const Scratch *scratch,
            UmkTopK *best)
{
    gsize end = first_row + n_rows;

    if (search->allowed == NULL) {
        score_run(search, first_query, n_queries, first_row, n_rows, scratch, best);
        return;
    }
    for (gsize row = first_row; row < end;) {
        gsize begin;

        while (row < end && !search->allowed[row])
            row++;
        for (begin = row; row < end && search->allowed[row];)
            row++;
        if (row > begin)
            score_run(search, first_query, n_queries, begin, row - begin, scratch, best);
    }
}

/* ---- tasks ------------------------------------------------------------------------ */

static void
run_task(Search *search, gsize task, const Scratch *scratch)
{
    gsize group = task / search->n_chunks, chunk = task % search->n_chunks;
    gsize first_query = group * GROUP, n = MIN(GROUP, search->n_queries - first_query);
    gsize begin = chunk * search->chunk_rows;
    gsize end = MIN(search->n_rows, begin + search->chunk_rows);
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
    g_free(search->query_scale);
    g_free(search->task_scores);
    g_free(search->task_rows);
    g_free(search->task_counts);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Search, search_clear)

static gboolean
exact_search(gconstpointer data,
             UmkMatrix *queries,
             guint k,
             const guint8 *allowed,
             guint32 *counts,
             guint64 *rows,
             float *scores,
             UmkRun *run,
             GError **error)
{
    const ExactIndex *index = data;
    g_auto(Search) search = {
        .index = index,
        .level = _umk_distance_best_level(),
        .rows = umk_matrix_get_row(index->vectors, 0, NULL),
        .n_rows = umk_matrix_get_n_rows(index->vectors),
        .n_dims = umk_matrix_get_n_cols(index->vectors),
        .queries = umk_matrix_get_row(queries, 0, NULL),
        .n_queries = umk_matrix_get_n_rows(queries),
        .allowed = allowed,
        .k = k,
        .run = run,
    };
    gsize n_groups = (search.n_queries + GROUP - 1) / GROUP;
    gsize row_bytes = MAX(search.n_dims, 1) * sizeof(float);

    search.block = CLAMP(BLOCK_BYTES / row_bytes, 8, 1024);
    /* Many queries: one task a group. Few: the rows are cut as well. */
    search.chunk_rows =
        n_groups >= 2 * _umk_pool_n_threads() ? search.n_rows : CHUNK_ROWS;
    search.n_chunks = (search.n_rows + search.chunk_rows - 1) / search.chunk_rows;
    search.chunk_k = (guint) MIN((gsize) k, search.chunk_rows);
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
    merge(&search, counts, rows, scores);
    return TRUE;
}

static gpointer
exact_build(
    UmkMatrix *vectors, UmkMetric metric, UmkParams *params, UmkRun *run, GError **error)
{
    ExactIndex *index = g_new(ExactIndex, 1);

    *index = (ExactIndex){.vectors = umk_matrix_ref(vectors), .metric = metric};
    return index;
}

static void
exact_free(gpointer data)
{
    ExactIndex *index = data;

    umk_matrix_unref(index->vectors);
    g_free(index);
}

const UmkIndexOps _umk_index_exact = {
    .id = "exact",
    .title = N_("Exact (every item is compared)"),
    .build = exact_build,
    .free = exact_free,
    .search = exact_search,
};
