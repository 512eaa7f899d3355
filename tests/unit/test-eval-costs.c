/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a change of vectors costs: similarity, analogies and neighbours where the answer
 * can be counted, their intervals, threads, and defined answers on bad input. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"
#include "stats/umk-intervals-private.h"

#include <math.h>
#include <string.h>

static UmkMatrix *
noise(gsize n, gsize d, guint64 seed)
{
    g_autofree float *rows = g_new(float, n *d);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n * d; i++)
        rows[i] = (float) _umk_rng_normal(&rng);
    return umk_matrix_new_from_data(n, d, rows, NULL);
}

/* ---- similarity ---------------------------------------------------------------------
 */

static const float places[] = {1, 0, 4, 3, 0, 2, 0, 0};
static const gint64 first[] = {0, 0, 1, 0, 0, -1};
static const gint64 second[] = {0, 1, 2, 2, 3, 1};

static void
ask(const double *judged, gsize n, UmkSimilarity *result)
{
    g_autoptr(UmkMatrix) vectors = umk_matrix_new_from_data(4, 2, places, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(
        umk_eval_similarity(vectors, first, second, judged, n, 50, 1, result, &error));
    g_assert_no_error(error);
}

static void
test_similarity(void)
{
    /* cosines 1, 0.8, 0.6, 0; a pair with a zero vector and one with no vector */
    static const double falling[] = {9, 8, 7, 1, 9, 9};
    static const double rising[] = {1, 2, 3, 4, 0, 0};
    static const double alike[] = {5, 5, 5, 5, 0, 1};
    UmkSimilarity result;

    ask(falling, 6, &result);
    g_assert_cmpuint(result.n_pairs, ==, 6);
    g_assert_cmpuint(result.n_covered, ==, 4);
    g_assert_cmpfloat(result.spearman, ==, 1.0);
    ask(rising, 6, &result);
    g_assert_cmpfloat(result.spearman, ==, -1.0);
    ask(alike, 6, &result);
    g_assert_true(isnan(result.spearman) && isnan(result.low));
    ask(falling, 2, &result);
    g_assert_cmpuint(result.n_covered, ==, 2);
    g_assert_true(isnan(result.spearman));
    ask(NULL, 0, &result);
    g_assert_cmpuint(result.n_covered, ==, 0);
}

/* The change between two sets of vectors: its interval is narrower than that of either,
 * for the pairs are the same. */
static void
test_change(void)
{
    enum { N = 60 };
    g_autoptr(UmkMatrix) before = noise(N, 10, 3), other = noise(N, 9, 3);
    g_autofree float *moved =
        g_memdup2(umk_matrix_get_row(before, 0, NULL), N * 10 * sizeof(float));
    g_autoptr(UmkMatrix) after = NULL, short_one = noise(N - 1, 10, 3);
    gint64 a[N], b[N];
    double judged[N];
    UmkSimilarity change, one;
    g_autoptr(GError) error = NULL;
    UmkRng rng;

    _umk_rng_init(&rng, 5, 0);
    for (gsize i = 0; i < N * 10; i++)
        moved[i] += (float) (0.1 * _umk_rng_normal(&rng));
    after = umk_matrix_new_from_data(N, 10, moved, NULL);
    for (gsize i = 0; i < N; i++) {
        a[i] = (gint64) i;
        b[i] = (gint64) ((i + 7) % N);
        judged[i] = _umk_rng_normal(&rng);
    }
    g_assert_true(umk_eval_similarity_change(before, after, a, b, judged, N, 300, 1,
                                             &change, NULL));
    g_assert_true(umk_eval_similarity(before, a, b, judged, N, 300, 1, &one, NULL));
    g_assert_cmpfloat(change.high - change.low, <, (one.high - one.low) / 2);
    g_assert_cmpfloat(change.low, <=, change.spearman);
    g_assert_cmpfloat(change.high, >=, change.spearman);
    g_assert_true(
        umk_eval_similarity_change(before, other, a, b, judged, N, 0, 1, &change, NULL));
    g_assert_true(isnan(change.low));
    g_assert_false(umk_eval_similarity_change(before, short_one, a, b, judged, N, 0, 1,
                                              &change, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
}

/* ---- analogies ----------------------------------------------------------------------
 */

/* man, woman, king, queen, and a stranger; a row of zeros is never asked for. */
static const float royal[] = {1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0, -1, 0, 0, 0, 0};

static void
test_analogies(void)
{
    static const gint64 questions[] = {0, 1, 2, 3, 0, 1, 2, 4,  0, 1,
                                       2, 5, 0, 1, 9, 3, 1, -1, 2, 3};
    g_autoptr(UmkMatrix) vectors = umk_matrix_new_from_data(6, 3, royal, NULL);
    UmkAnalogies result;

    for (int method = UMK_ANALOGY_ADD; method <= UMK_ANALOGY_MUL; method++) {
        g_assert_true(umk_eval_analogies(vectors, questions, 5, (UmkAnalogyMethod) method,
                                         &result, NULL, NULL, NULL, NULL, NULL));
        /* the third asks for a zero row, the fourth for one that is not, the fifth lacks
         * one */
        g_assert_cmpuint(result.n_questions, ==, 5);
        g_assert_cmpuint(result.n_covered, ==, 2);
        g_assert_cmpuint(result.n_right, ==, 1);
        g_assert_cmpfloat(result.low, >, 0.0);
        g_assert_cmpfloat(result.high, <, 1.0);
    }
    g_assert_true(umk_eval_analogies(vectors, NULL, 0, UMK_ANALOGY_ADD, &result, NULL,
                                     NULL, NULL, NULL, NULL));
    g_assert_true(isnan(result.low));
}

static void
test_analogy_threads(void)
{
    enum { N = 300 };
    g_autoptr(UmkMatrix) vectors = noise(200, 12, 9);
    gint64 questions[N * 4];
    UmkAnalogies one, two;
    UmkRng rng;

    memset(&one, 0, sizeof one);
    memset(&two, 0, sizeof two);
    _umk_rng_init(&rng, 1, 0);
    for (gsize i = 0; i < N * 4; i++)
        questions[i] = (gint64) _umk_rng_below(&rng, 200);
    umk_set_n_threads(1);
    g_assert_true(umk_eval_analogies(vectors, questions, N, UMK_ANALOGY_MUL, &one, NULL,
                                     NULL, NULL, NULL, NULL));
    umk_set_n_threads(2);
    g_assert_true(umk_eval_analogies(vectors, questions, N, UMK_ANALOGY_MUL, &two, NULL,
                                     NULL, NULL, NULL, NULL));
    umk_set_n_threads(0);
    g_assert_cmpmem(&one, sizeof one, &two, sizeof two);
}

static void
test_cancelled(void)
{
    static const gint64 question[] = {0, 1, 2, 3};
    g_autoptr(UmkMatrix) vectors = umk_matrix_new_from_data(6, 3, royal, NULL);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    UmkAnalogies result;

    g_cancellable_cancel(cancellable);
    g_assert_false(umk_eval_analogies(vectors, question, 1, UMK_ANALOGY_ADD, &result,
                                      NULL, cancellable, NULL, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* ---- churn --------------------------------------------------------------------------
 */

static void
compare(UmkMatrix *before, UmkMatrix *after, guint k, gsize n_sample, UmkChurn *result)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(umk_eval_churn(before, after, UMK_METRIC_COSINE, k, n_sample, 7, result,
                                 NULL, NULL, NULL, &error));
    g_assert_no_error(error);
}

static void
test_churn(void)
{
    enum { N = 400, K = 10 };
    g_autoptr(UmkMatrix) vectors = noise(N, 8, 1), others = noise(N, 8, 2);
    g_autofree float *longer =
        g_memdup2(umk_matrix_get_row(vectors, 0, NULL), N * 8 * sizeof(float));
    g_autoptr(UmkMatrix) stretched = NULL;
    UmkChurn result, sampled;

    compare(vectors, vectors, K, 0, &result);
    g_assert_cmpfloat(result.kept, ==, 1.0);
    g_assert_cmpfloat(result.jaccard, ==, 1.0);
    g_assert_cmpfloat(result.low, ==, 1.0);
    for (gsize i = 0; i < N * 8; i++)
        longer[i] *= 2.0f;
    stretched = umk_matrix_new_from_data(N, 8, longer, NULL);
    compare(vectors, stretched, K, 0, &result);
    g_assert_cmpfloat(result.kept, ==, 1.0);
    /* by chance k / (n - 1) are kept: 0.025, standard error 0.0025 over 4,000 places */
    compare(vectors, others, K, 0, &result);
    g_assert_cmpfloat_with_epsilon(result.kept, 10.0 / 399.0, 0.0125);
    g_assert_cmpfloat(result.low, <, result.kept);
    g_assert_cmpfloat(result.high, >, result.kept);
    compare(vectors, others, K, 100, &sampled);
    g_assert_cmpuint(sampled.n_sample, ==, 100);
    g_assert_cmpuint(sampled.n_rows, ==, N);
}

static void
test_churn_errors(void)
{
    g_autoptr(UmkMatrix) ten = noise(10, 3, 1), nine = noise(9, 3, 1);
    g_autoptr(GError) error = NULL;
    UmkChurn result;

    g_assert_false(umk_eval_churn(ten, nine, UMK_METRIC_COSINE, 3, 0, 1, &result, NULL,
                                  NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_false(umk_eval_churn(ten, ten, UMK_METRIC_COSINE, 10, 0, 1, &result, NULL,
                                  NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
}

/* ---- intervals ----------------------------------------------------------------------
 */

static void
test_intervals(void)
{
    double values[] = {4, (double) NAN, 1, 3, 2, 5};
    double few[] = {(double) NAN, (double) NAN, (double) NAN, 1, 2};
    UmkRange range = _umk_interval_of_draws(values, 6, 0.5);

    g_assert_cmpfloat(range.low, ==, 2.0);
    g_assert_cmpfloat(range.high, ==, 4.0);
    range = _umk_interval_of_draws(few, 3, 0.5);
    g_assert_true(isnan(range.low) && isnan(range.high));
    /* 8 of 10 at 95 %, from Wilson's formula with z = 1.959963984540054 */
    range = _umk_interval_wilson(8, 10, 0.95);
    g_assert_cmpfloat_with_epsilon(range.low, 0.4901624715, 1e-9);
    g_assert_cmpfloat_with_epsilon(range.high, 0.9433178485, 1e-9);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eval-costs/similarity", test_similarity);
    g_test_add_func("/eval-costs/change", test_change);
    g_test_add_func("/eval-costs/analogies", test_analogies);
    g_test_add_func("/eval-costs/analogy-threads", test_analogy_threads);
    g_test_add_func("/eval-costs/cancelled", test_cancelled);
    g_test_add_func("/eval-costs/churn", test_churn);
    g_test_add_func("/eval-costs/churn-errors", test_churn_errors);
    g_test_add_func("/eval-costs/intervals", test_intervals);
    return g_test_run();
}
