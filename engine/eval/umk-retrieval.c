/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recall of pairs: each query has one right answer among the candidates. Candidates that
 * score as the right one does are tied with it, and every figure is its expectation over
 * the orders of the tied (McSherry and Najork, "Computing information retrieval
 * performance measures efficiently in the presence of tied scores", 2008): with b better
 * and t tied others, the rank is one of b + 1 … b + t + 1, all as likely. */
#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-retrieval.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-run-private.h"
#include "linalg/umk-distance-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <stdlib.h>

#define QUERY_CHUNK 8
#define CANDIDATES  1024

typedef struct {
    gsize n_better;
    gsize n_tied; /* besides the right one */
} Place;

typedef struct {
    UmkMatrix *queries, *candidates;
    const guint32 *right;
    const float *lengths; /* (n_candidates), squared; NULL unless cosine */
    UmkMetric metric;
    Place *places;
    GCancellable *cancellable;
} Job;

static inline float
finish(const Job *job, float value, gsize candidate)
{
    if (job->metric == UMK_METRIC_EUCLIDEAN)
        return -value;
    if (job->lengths == NULL)
        return value;
    return job->lengths[candidate] > 0.0f ? value / sqrtf(job->lengths[candidate]) : 0.0f;
}

/* The length of the query divides all its scores alike, so it is left out. */
static void
rank_queries(gsize begin, gsize end, guint worker, gpointer data)
{
    Job *job = data;
    UmkDistanceLevel level = _umk_distance_best_level();
    UmkDistanceKind kind =
        job->metric == UMK_METRIC_EUCLIDEAN ? UMK_DISTANCE_SQUARED : UMK_DISTANCE_DOT;
    gsize n = umk_matrix_get_n_rows(job->candidates), d;
    g_autofree float *scores = g_new(float, CANDIDATES);

    for (gsize q = begin; q < end; q++) {
        const float *query = umk_matrix_get_row(job->queries, q, &d);
        gsize right = job->right != NULL ? job->right[q] : q;
        float own;

        _umk_distance_block(level, kind, query, d, 1,
                            umk_matrix_get_row(job->candidates, right, NULL), d, 1, d,
                            &own, 1);
        own = finish(job, own, right);
        for (gsize first = 0; first < n; first += CANDIDATES) {
            gsize count = MIN(n - first, CANDIDATES);

            if (g_cancellable_is_cancelled(job->cancellable))
                return;
            _umk_distance_block(level, kind, query, d, 1,
                                umk_matrix_get_row(job->candidates, first, NULL), d,
                                count, d, scores, count);
            for (gsize i = 0; i < count; i++) {
                float score = finish(job, scores[i], first + i);

                job->places[q].n_better += score > own;
                job->places[q].n_tied += score == own && first + i != right;
            }
        }
    }
}

/* The chance that the rank is at most k. */
static double
found_within(const Place *place, gsize k)
{
    if (place->n_better >= k)
        return 0.0;
    return MIN(1.0, (double) (k - place->n_better) / (double) (place->n_tied + 1));
}

static double
mean_reciprocal(const Place *place)
{
    double sum = 0.0;

    for (gsize t = 0; t <= place->n_tied; t++)
        sum += 1.0 / (double) (place->n_better + t + 1);
    return sum / (double) (place->n_tied + 1);
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

static void
summarise(const Place *places, gsize n, gsize n_candidates, UmkRecall *out)
{
    g_autofree double *ranks = g_new(double, MAX(n, 1));
    UmkRecall recall = {.n_queries = n, .n_candidates = n_candidates};

    for (gsize i = 0; i < n; i++) {
        recall.at_1 += found_within(&places[i], 1) / (double) n;
        recall.at_5 += found_within(&places[i], 5) / (double) n;
        recall.at_10 += found_within(&places[i], 10) / (double) n;
        recall.reciprocal_rank += mean_reciprocal(&places[i]) / (double) n;
        ranks[i] = (double) places[i].n_better + 1.0 + (double) places[i].n_tied / 2.0;
    }
    qsort(ranks, n, sizeof *ranks, compare_doubles);
    recall.median_rank = n > 0 ? (ranks[(n - 1) / 2] + ranks[n / 2]) / 2.0 : 0.0;
    recall.chance_at_1 = MIN(1.0, 1.0 / (double) n_candidates);
    recall.chance_at_5 = MIN(1.0, 5.0 / (double) n_candidates);
    recall.chance_at_10 = MIN(1.0, 10.0 / (double) n_candidates);
    recall.chance_rank = ((double) n_candidates + 1.0) / 2.0;
    *out = recall;
}

static gboolean
check(UmkMatrix *queries, UmkMatrix *candidates, const guint32 *right, GError **error)
{
    gsize n = umk_matrix_get_n_rows(queries), n_rows = umk_matrix_get_n_rows(candidates);

    if (n == 0 || n_rows == 0 || (right == NULL && n > n_rows) ||
        umk_matrix_get_n_cols(queries) != umk_matrix_get_n_cols(candidates)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("Queries of %zu × %zu numbers cannot be asked of candidates of "
                      "%zu × %zu"),
                    n, umk_matrix_get_n_cols(queries), n_rows,
                    umk_matrix_get_n_cols(candidates));
        return FALSE;
    }
    for (gsize i = 0; right != NULL && i < n; i++) {
        if (right[i] >= n_rows) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The right answer of query %zu is row %u, but there are %zu "
                          "candidates"),
                        i, right[i], n_rows);
            return FALSE;
        }
    }
    return umk_matrix_check_finite(queries, error) &&
           umk_matrix_check_finite(candidates, error);
}

/**
 * umk_recall_measure:
 * @queries: shape (n × d) vectors
 * @candidates: shape (m × d) vectors among which each query has one right answer
 * @right: (nullable) (array): for each query the row of its right answer; %NULL: row i
 *   answers query i
 * @metric: how vectors are compared
 * @recall: (out caller-allocates): the figures
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Asks each query for its right answer and says how often it is found, beside what a lot
 * would find. Tied answers are counted by their expectation; see #UmkRecall. The figures
 * do not depend on the number of threads nor on the processor.
 *
 * Returns: %FALSE with %UMK_ERROR_DIMENSION if the shapes do not fit, with
 *   %UMK_ERROR_INVALID_DATA for a row that does not exist or numbers that are not finite
 */
gboolean
umk_recall_measure(UmkMatrix *queries,
                   UmkMatrix *candidates,
                   const guint32 *right,
                   UmkMetric metric,
                   UmkRecall *recall,
                   GCancellable *cancellable,
                   GError **error)
{
    Job job = {queries, candidates, right, NULL, metric, NULL, cancellable};
    g_autofree Place *places = NULL;
    g_autofree float *lengths = NULL;
    gsize n, m, d;

    g_return_val_if_fail(queries != NULL && candidates != NULL && recall != NULL, FALSE);
    if (!check(queries, candidates, right, error))
        return FALSE;
    n = umk_matrix_get_n_rows(queries);
    m = umk_matrix_get_n_rows(candidates);
    d = umk_matrix_get_n_cols(candidates);
    places = g_new0(Place, n);
    if (metric == UMK_METRIC_COSINE && d > 0) {
        lengths = g_new(float, m);
        _umk_distance_self(_umk_distance_best_level(),
                           umk_matrix_get_row(candidates, 0, NULL), d, m, d, lengths);
    }
    job.places = places;
    job.lengths = lengths;
    _umk_parallel_for(n, QUERY_CHUNK, rank_queries, &job);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return FALSE;
    summarise(places, n, m, recall);
    return TRUE;
}
