/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answer to a batch of queries: for each the rows found and their scores, best first.
 */
#include <umekomi/umk-index.h>

#include <string.h>

struct _UmkHits {
    gatomicrefcount refs;
    gsize n_queries;
    guint k;
    guint32 *counts; /* (n_queries) */
    guint64 *rows;   /* (n_queries, k) */
    float *scores;   /* (n_queries, k) */
    char *plan;
    double recall;
};

G_DEFINE_BOXED_TYPE(UmkHits, umk_hits, umk_hits_ref, umk_hits_unref)

/**
 * umk_hits_new:
 * @n_queries: how many queries
 * @k: room for hits a query
 * @counts: (array length=n_queries): hits of each query, at most @k
 * @rows: (array): n_queries × k rows, copied
 * @scores: (array): n_queries × k scores, copied
 *
 * For those who search by other means, or who rename rows.
 *
 * Returns: (transfer full): the hits
 */
UmkHits *
umk_hits_new(gsize n_queries,
             guint k,
             const guint32 *counts,
             const guint64 *rows,
             const float *scores)
{
    return umk_hits_new_planned(n_queries, k, counts, rows, scores, NULL, -1);
}

/**
 * umk_hits_new_planned:
 * @n_queries: how many queries
 * @k: room for hits a query
 * @counts: (array length=n_queries): hits of each query, at most @k
 * @rows: (array): n_queries × k rows, copied
 * @scores: (array): n_queries × k scores, copied
 * @plan: (nullable): how they were found, as umk_hits_get_plan() tells it
 * @recall: share of the true hits that are expected among them; negative if unknown
 *
 * As umk_hits_new(), with the account of the search that goes with them.
 *
 * Returns: (transfer full): the hits
 */
UmkHits *
umk_hits_new_planned(gsize n_queries,
                     guint k,
                     const guint32 *counts,
                     const guint64 *rows,
                     const float *scores,
                     const char *plan,
                     double recall)
{
    UmkHits *self = g_new0(UmkHits, 1);
    gsize n = n_queries * k;

    g_atomic_ref_count_init(&self->refs);
    self->n_queries = n_queries;
    self->k = k;
    self->counts = g_memdup2(counts, n_queries * sizeof *counts);
    self->rows = g_memdup2(rows, n * sizeof *rows);
    self->scores = g_memdup2(scores, n * sizeof *scores);
    self->plan = g_strdup(plan);
    self->recall = recall;
    return self;
}

/**
 * umk_hits_ref:
 * @self: hits
 *
 * Returns: (transfer full): @self
 */
UmkHits *
umk_hits_ref(UmkHits *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_hits_unref:
 * @self: (transfer full): hits
 */
void
umk_hits_unref(UmkHits *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_free(self->counts);
    g_free(self->rows);
    g_free(self->scores);
    g_free(self->plan);
    g_free(self);
}

/**
 * umk_hits_get_n_queries:
 * @self: hits
 *
 * Returns: how many queries they answer
 */
gsize
umk_hits_get_n_queries(UmkHits *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->n_queries;
}

/**
 * umk_hits_get_n_hits:
 * @self: hits
 * @query: which query
 *
 * Returns: how many hits it has: the number asked for, or all that were allowed
 */
guint
umk_hits_get_n_hits(UmkHits *self, gsize query)
{
    g_return_val_if_fail(self != NULL, 0);
    g_return_val_if_fail(query < self->n_queries, 0);
    return self->counts[query];
}

/**
 * umk_hits_get:
 * @self: hits
 * @query: which query
 * @rank: 0 for the nearest
 * @score: (out) (optional): the score; larger is nearer whatever the metric
 *
 * Returns: the row
 */
gsize
umk_hits_get(UmkHits *self, gsize query, guint rank, float *score)
{
    gsize at;

    g_return_val_if_fail(self != NULL, 0);
    g_return_val_if_fail(query < self->n_queries && rank < self->counts[query], 0);
    at = query * self->k + rank;
    if (score != NULL)
        *score = self->scores[at];
    return (gsize) self->rows[at];
}

/**
 * umk_hits_get_plan:
 * @self: hits
 *
 * How they were found, in words that do not change with the language: "scan rows=N"
 * compared every row, "filter-first rows=N" every allowed row, "codes=KIND rows=N
 * rescored=N" looked at compact codes first, "graph ef=N" walked a graph.
 *
 * Returns: (nullable): the plan; %NULL if nobody told
 */
const char *
umk_hits_get_plan(UmkHits *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->plan;
}

/**
 * umk_hits_get_recall:
 * @self: hits
 *
 * Returns: the share of the true nearest that is to be expected among them: 1 if the
 *   answer is exact, what was measured on the index's own rows if it is not, negative if
 *   it was never measured
 */
double
umk_hits_get_recall(UmkHits *self)
{
    g_return_val_if_fail(self != NULL, -1);
    return self->recall;
}
