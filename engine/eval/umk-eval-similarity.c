/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether vectors find alike what people find alike: the rank correlation of cosines with
 * judgements, over the pairs whose items both have a vector. Pairs that lack one are
 * counted and never filled in. */
#include <umekomi/umk-eval.h>

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-cosine-private.h"
#include "stats/umk-correlation-private.h"
#include "stats/umk-intervals-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define LEVEL     0.95
#define MIN_PAIRS 3

typedef struct {
    double *judged;
    double *cosines[2]; /* of the vectors, and of others to compare them with, or NULL */
    gsize n;
} Pairs;

static void
pairs_clear(Pairs *self)
{
    g_free(self->judged);
    g_free(self->cosines[0]);
    g_free(self->cosines[1]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pairs, pairs_clear)

/* ---- pairs --------------------------------------------------------------------------
 */

static double *
find_cosines(UmkMatrix *vectors, const gint64 *first, const gint64 *second, gsize n)
{
    g_autofree double *scales = _umk_cosine_new_scales(vectors);
    gsize d = umk_matrix_get_n_cols(vectors), n_rows = umk_matrix_get_n_rows(vectors);
    g_autofree double *unit = g_new(double, d + 1);
    double *cosines = g_new(double, n + 1);

    for (gsize i = 0; i < n; i++) {
        cosines[i] = (double) NAN;
        if (first[i] < 0 || second[i] < 0 || (guint64) first[i] >= n_rows ||
            (guint64) second[i] >= n_rows || scales[first[i]] == 0.0 ||
            scales[second[i]] == 0.0)
            continue;
        _umk_cosine_unit_row(vectors, (gsize) first[i], unit);
        cosines[i] = _umk_cosine_dot(
                         unit, umk_matrix_get_row(vectors, (gsize) second[i], NULL), d) *
                     scales[second[i]];
    }
    return cosines;
}

/* Keeps the pairs that have a cosine in all vectors and a judgement. */
static void
pairs_init(Pairs *self,
           UmkMatrix *const vectors[2],
           const gint64 *first,
           const gint64 *second,
           const double *judged,
           gsize n)
{
    gsize kept = 0;

    *self = (Pairs){.judged = g_new(double, n + 1)};
    for (gsize v = 0; v < 2 && vectors[v] != NULL; v++)
        self->cosines[v] = find_cosines(vectors[v], first, second, n);
    for (gsize i = 0; i < n; i++) {
        if (!isfinite(judged[i]) || isnan(self->cosines[0][i]) ||
            (self->cosines[1] != NULL && isnan(self->cosines[1][i])))
            continue;
        self->judged[kept] = judged[i];
        for (gsize v = 0; v < 2 && vectors[v] != NULL; v++)
            self->cosines[v][kept] = self->cosines[v][i];
        kept++;
    }
    self->n = kept;
}

/* ---- intervals ----------------------------------------------------------------------
 */

typedef struct {
    const Pairs *pairs;
    guint64 seed;
    double *out;
} Draws;

static void
draw_pairs(gsize begin, gsize end, guint worker, gpointer data)
{
    const Draws *draws = data;
    gsize n = draws->pairs->n;
    g_autofree double *judged = g_new(double, n + 1);
    g_autofree double *a = g_new(double, n + 1), *b = g_new(double, n + 1);

    for (gsize r = begin; r < end; r++) {
        UmkRng rng;

        _umk_rng_init(&rng, draws->seed, r);
        for (gsize i = 0; i < n; i++) {
            gsize at = _umk_rng_below(&rng, n);

            judged[i] = draws->pairs->judged[at];
            a[i] = draws->pairs->cosines[0][at];
            b[i] = draws->pairs->cosines[1] != NULL ? draws->pairs->cosines[1][at] : 0.0;
        }
        draws->out[r] = _umk_spearman(a, judged, n);
        if (draws->pairs->cosines[1] != NULL)
            draws->out[r] = _umk_spearman(b, judged, n) - draws->out[r];
    }
}

static void
find_interval(
    const Pairs *pairs, guint n_replicates, guint64 seed, double *low, double *high)
{
    g_autofree double *out = g_new(double, n_replicates + 1);
    Draws draws = {pairs, seed, out};
    UmkRange range;

    _umk_parallel_for(n_replicates, 16, draw_pairs, &draws);
    range = _umk_interval_of_draws(out, n_replicates, LEVEL);
    *low = range.low;
    *high = range.high;
}

/**
 * umk_eval_similarity:
 * @vectors: shape (n × d), finite
 * @first: (array length=n_pairs): a row for each pair; less than 0: it has no vector
 * @second: (array length=n_pairs): the other row
 * @judged: (array length=n_pairs): how alike people find the two
 * @n_pairs: how many pairs
 * @n_replicates: how often pairs are drawn anew for the interval; 0: none
 * @seed: of the draws
 * @result: (out caller-allocates): the figures
 * @error: return location for an error
 *
 * Compares cosines with people's judgements. What is not defined (fewer than three pairs,
 * judgements all alike) is NaN.
 *
 * Returns: %FALSE with %UMK_ERROR_INVALID_DATA when numbers are not finite
 */
gboolean
umk_eval_similarity(UmkMatrix *vectors,
                    const gint64 *first,
                    const gint64 *second,
                    const double *judged,
                    gsize n_pairs,
                    guint n_replicates,
                    guint64 seed,
                    UmkSimilarity *result,
                    GError **error)
{
    UmkMatrix *const both[2] = {vectors, NULL};
    g_auto(Pairs) pairs = {0};

    g_return_val_if_fail(vectors != NULL && result != NULL, FALSE);
    g_return_val_if_fail((first && second && judged) || n_pairs == 0, FALSE);
    if (!umk_matrix_check_finite(vectors, error))
        return FALSE;
    pairs_init(&pairs, both, first, second, judged, n_pairs);
    *result = (UmkSimilarity){.n_pairs = n_pairs,
                              .n_covered = pairs.n,
                              .spearman = (double) NAN,
                              .pearson = (double) NAN,
                              .low = (double) NAN,
                              .high = (double) NAN};
    if (pairs.n < MIN_PAIRS)
        return TRUE;
    result->spearman = _umk_spearman(pairs.cosines[0], pairs.judged, pairs.n);
    result->pearson = _umk_pearson(pairs.cosines[0], pairs.judged, pairs.n);
    if (n_replicates > 0 && isfinite(result->spearman))
        find_interval(&pairs, n_replicates, seed, &result->low, &result->high);
    return TRUE;
}

/**
 * umk_eval_similarity_change:
 * @before: shape (n × d), finite
 * @after: shape (n × d), finite: the same items
 * @first: (array length=n_pairs): a row for each pair; less than 0: it has no vector
 * @second: (array length=n_pairs): the other row
 * @judged: (array length=n_pairs): how alike people find the two
 * @n_pairs: how many pairs
 * @n_replicates: how often pairs are drawn anew for the interval; 0: none
 * @seed: of the draws
 * @result: (out caller-allocates): @spearman is that of @after less that of @before, and
 *   the interval is that of the difference; @pearson likewise
 * @error: return location for an error
 *
 * What a change of the vectors costs in similarity. Both are asked the same pairs in each
 * draw, so the interval is that of the change and not of the two by themselves.
 *
 * Returns: %FALSE with %UMK_ERROR_DIMENSION when the vectors are not of the same items,
 *   with %UMK_ERROR_INVALID_DATA when numbers are not finite
 */
gboolean
umk_eval_similarity_change(UmkMatrix *before,
                           UmkMatrix *after,
                           const gint64 *first,
                           const gint64 *second,
                           const double *judged,
                           gsize n_pairs,
                           guint n_replicates,
                           guint64 seed,
                           UmkSimilarity *result,
                           GError **error)
{
    UmkMatrix *const both[2] = {before, after};
    g_auto(Pairs) pairs = {0};

    g_return_val_if_fail(before != NULL && after != NULL && result != NULL, FALSE);
    g_return_val_if_fail((first && second && judged) || n_pairs == 0, FALSE);
    if (umk_matrix_get_n_rows(before) != umk_matrix_get_n_rows(after)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("There are %zu vectors before and %zu after"),
                    umk_matrix_get_n_rows(before), umk_matrix_get_n_rows(after));
        return FALSE;
    }
    if (!umk_matrix_check_finite(before, error) || !umk_matrix_check_finite(after, error))
        return FALSE;
    pairs_init(&pairs, both, first, second, judged, n_pairs);
    *result = (UmkSimilarity){.n_pairs = n_pairs,
                              .n_covered = pairs.n,
                              .spearman = (double) NAN,
                              .pearson = (double) NAN,
                              .low = (double) NAN,
                              .high = (double) NAN};
    if (pairs.n < MIN_PAIRS)
        return TRUE;
    result->spearman = _umk_spearman(pairs.cosines[1], pairs.judged, pairs.n) -
                       _umk_spearman(pairs.cosines[0], pairs.judged, pairs.n);
    result->pearson = _umk_pearson(pairs.cosines[1], pairs.judged, pairs.n) -
                      _umk_pearson(pairs.cosines[0], pairs.judged, pairs.n);
    if (n_replicates > 0 && isfinite(result->spearman))
        find_interval(&pairs, n_replicates, seed, &result->low, &result->high);
    return TRUE;
}
