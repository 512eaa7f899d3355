/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bias@k (Wang, Liu and Wang, "Are gender-neutral queries really gender-neutral?", 2021):
 * (N_1 - N_2) / (N_1 + N_2) for two groups, the mean over queries. Exposure of a group:
 * sum of 1 / log2(1 + rank). Parity: recall@k, 1 / rank of the first and nDCG@k of the
 * answers that belong to a group, over the queries that have such an answer. */
#include "bias/umk-ranking-figures-private.h"

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "eval/umk-ranking-private.h"

#include <math.h>
#include <string.h>

static void
rate_skew(UmkRankingFigures *self, gsize q, gint32 *ranking)
{
    const UmkRankingLists *lists = self->lists;
    gsize n = lists->n_queries, n_groups = lists->n_groups;
    double *counts = self->counts + q * n_groups, *values = self->values + q;
    UmkSkew skew;

    for (gsize i = 0; i < lists->k; i++) {
        ranking[i] = lists->groups[lists->top[q * lists->k + i]];
        self->exposures[q * n_groups + (gsize) ranking[i]] +=
            1.0 / log2((double) i + 2.0);
    }
    _umk_skew_measure(&self->target, ranking, lists->k, counts, &skew);
    values[UMK_RANKING_MAX_SKEW * n] = skew.max;
    values[UMK_RANKING_MIN_SKEW * n] = skew.min;
    values[UMK_RANKING_MAX_SMOOTHED * n] = skew.max_smoothed;
    values[UMK_RANKING_MIN_SMOOTHED * n] = skew.min_smoothed;
    values[UMK_RANKING_NDKL * n] = skew.ndkl;
    values[UMK_RANKING_KL * n] = skew.kl;
    values[UMK_RANKING_TOTAL_VARIATION * n] = skew.total_variation;
    values[UMK_RANKING_BIAS_AT_K * n] =
        n_groups == 2 ? (counts[0] - counts[1]) / (counts[0] + counts[1]) : (double) NAN;
}

static void
rate_answers(
    UmkRankingFigures *self, gsize q, gsize group, double *grades, double *judged)
{
    const UmkRankingLists *lists = self->lists;
    const GArray *answers = lists->answers[q];
    gsize block = lists->n_queries * lists->n_groups, at = q * lists->n_groups + group;
    gsize n_judged = 0, first = G_MAXSIZE;
    UmkRanking ranking = {grades, lists->k, judged, 0};

    memset(grades, 0, lists->k * sizeof *grades);
    for (guint i = 0; i < answers->len; i++) {
        const UmkRankedAnswer *answer = &g_array_index(answers, UmkRankedAnswer, i);

        if ((gsize) lists->groups[answer->candidate] != group)
            continue;
        judged[n_judged++] = 1.0;
        first = MIN(first, answer->rank);
        if (answer->rank <= lists->k)
            grades[answer->rank - 1] = 1.0;
    }
    if (n_judged == 0)
        return;
    ranking.n_judged = n_judged;
    self->parity[at] = _umk_ranking_recall(&ranking, lists->k);
    self->parity[block + at] = 1.0 / (double) first;
    self->parity[2 * block + at] = _umk_ranking_ndcg(&ranking, lists->k, UMK_GAIN_LINEAR);
}

static void
rate_parity(UmkRankingFigures *self)
{
    const UmkRankingLists *lists = self->lists;
    g_autofree double *grades = g_new(double, lists->k + 1);

    for (gsize i = 0; i < 3 * lists->n_queries * lists->n_groups; i++)
        self->parity[i] = (double) NAN;
    for (gsize q = 0; lists->answers != NULL && q < lists->n_queries; q++) {
        g_autofree double *judged = g_new(double, lists->answers[q]->len + 1);

        for (gsize g = 0; g < lists->n_groups; g++)
            rate_answers(self, q, g, grades, judged);
    }
}

void
_umk_ranking_figures_init(UmkRankingFigures *self,
                          const UmkRankingLists *lists,
                          const UmkSkewTarget *target)
{
    gsize n = lists->n_queries, cells = n * lists->n_groups;
    g_autofree gint32 *ranking = g_new(gint32, lists->k + 1);

    *self = (UmkRankingFigures){.lists = lists, .target = *target};
    self->values = g_new(double, UMK_RANKING_N_PER_QUERY *n + 1);
    self->exposures = g_new0(double, cells + 1);
    self->counts = g_new0(double, cells + 1);
    self->parity = g_new(double, 3 * cells + 1);
    for (gsize q = 0; q < n; q++)
        rate_skew(self, q, ranking);
    rate_parity(self);
}

void
_umk_ranking_figures_clear(UmkRankingFigures *self)
{
    g_clear_pointer(&self->values, g_free);
    g_clear_pointer(&self->exposures, g_free);
    g_clear_pointer(&self->counts, g_free);
    g_clear_pointer(&self->parity, g_free);
}

gsize
_umk_ranking_figures_size(const UmkRankingFigures *self)
{
    return _umk_ranking_at(self, UMK_RANKING_N_BLOCKS, 0);
}

/* NaN as soon as one query has no value. */
static double
mean_of(const double *values, const guint32 *draw, gsize n)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++)
        sum += values[draw[i]];
    return sum / (double) n;
}

/* Largest less least, and least by largest, of what is defined; NaN for under two. */
static void
compare_groups(const double *values, gsize n, double *gap, double *ratio)
{
    double least = (double) INFINITY, most = (double) -INFINITY;
    gsize n_defined = 0;

    for (gsize i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        n_defined++;
        least = MIN(least, values[i]);
        most = MAX(most, values[i]);
    }
    *gap = n_defined > 1 ? most - least : (double) NAN;
    if (ratio != NULL)
        *ratio = n_defined > 1 && most > 0.0 ? least / most : (double) NAN;
}

/* Shares of a sum over the queries. */
static void
share_out(
    const double *amounts, gsize n_groups, const guint32 *draw, gsize n, double *shares)
{
    double total = 0.0;

    for (gsize g = 0; g < n_groups; g++) {
        shares[g] = 0.0;
        for (gsize i = 0; i < n; i++)
            shares[g] += amounts[draw[i] * n_groups + g];
        total += shares[g];
    }
    for (gsize g = 0; g < n_groups; g++)
        shares[g] /= total;
}

static void
average_defined(
    const double *values, gsize n_groups, const guint32 *draw, gsize n, double *means)
{
    for (gsize g = 0; g < n_groups; g++) {
        double sum = 0.0;
        gsize count = 0;

        for (gsize i = 0; i < n; i++) {
            double value = values[draw[i] * n_groups + g];

            if (!isnan(value)) {
                sum += value;
                count++;
            }
        }
        means[g] = count > 0 ? sum / (double) count : (double) NAN;
    }
}

void
_umk_ranking_summarise(const UmkRankingFigures *self,
                       const guint32 *draw,
                       gsize n_draw,
                       double *out)
{
    gsize n_groups = self->lists->n_groups, n = self->lists->n_queries;
    double *exposure = out + _umk_ranking_at(self, UMK_RANKING_EXPOSURE, 0);
    double least = (double) INFINITY, most = (double) -INFINITY;

    for (gsize f = 0; f < UMK_RANKING_N_PER_QUERY; f++)
        out[f] = mean_of(self->values + f * n, draw, n_draw);
    share_out(self->counts, n_groups, draw, n_draw,
              out + _umk_ranking_at(self, UMK_RANKING_PROPORTION, 0));
    share_out(self->exposures, n_groups, draw, n_draw, exposure);
    for (gsize g = 0; g < n_groups; g++) {
        if (self->target.target[g] <= 0.0)
            continue;
        least = MIN(least, exposure[g] / self->target.target[g]);
        most = MAX(most, exposure[g] / self->target.target[g]);
    }
    out[UMK_RANKING_EXPOSURE_GAP] = most - least;
    for (gsize m = 0; m < 3; m++) {
        double *means = out + _umk_ranking_at(self, UMK_RANKING_RECALL + m, 0);

        average_defined(self->parity + m * n * n_groups, n_groups, draw, n_draw, means);
        compare_groups(means, n_groups, &out[UMK_RANKING_RECALL_GAP + 2 * m],
                       &out[UMK_RANKING_RECALL_RATIO + 2 * m]);
    }
}

/* ---- resampling ---------------------------------------------------------------------
 */

typedef struct {
    const UmkRankingFigures *figures;
    guint64 seed;
    gsize n_replicates;
    double *out;
    const guint32 *places; /* permute: (n_places) candidates that groups are dealt to */
    gsize n_places;
} Draws;

static void
draw_queries(gsize begin, gsize end, guint worker, gpointer data)
{
    Draws *draws = data;
    gsize n = draws->figures->lists->n_queries;
    gsize size = _umk_ranking_figures_size(draws->figures);
    g_autofree guint32 *draw = g_new(guint32, n + 1);

    for (gsize r = begin; r < end; r++) {
        UmkRng rng;

        _umk_rng_init(&rng, draws->seed, r);
        for (gsize i = 0; i < n; i++)
            draw[i] = (guint32) _umk_rng_below(&rng, n);
        _umk_ranking_summarise(draws->figures, draw, n, draws->out + r * size);
    }
}

double *
_umk_ranking_bootstrap(const UmkRankingFigures *self, gsize n_replicates, guint64 seed)
{
    Draws draws = {self, seed, n_replicates, NULL, NULL, 0};

    draws.out = g_new(double, n_replicates *_umk_ranking_figures_size(self) + 1);
    _umk_parallel_for(n_replicates, 16, draw_queries, &draws);
    return draws.out;
}

/* Deals the groups of all candidates to the places, without replacement. */
static void
deal(const UmkRankingLists *lists, UmkRng *rng, gsize *left, gint32 *dealt, gsize n)
{
    gsize total = lists->n_candidates;

    memcpy(left, lists->sizes, lists->n_groups * sizeof *left);
    for (gsize i = 0; i < n; i++) {
        gsize at = _umk_rng_below(rng, total--);
        gint32 group = 0;

        while (at >= left[group])
            at -= left[group++];
        left[group]--;
        dealt[i] = group;
    }
}

static void
deal_groups(gsize begin, gsize end, guint worker, gpointer data)
{
    Draws *draws = data;
    UmkRankingLists lists = *draws->figures->lists;
    g_autofree gint32 *dealt = g_new(gint32, draws->n_places + 1);
    g_autofree gint32 *groups =
        g_memdup2(lists.groups, (lists.n_candidates + 1) * sizeof *groups);
    g_autofree gsize *left = g_new(gsize, lists.n_groups + 1);
    g_autofree guint32 *all = g_new(guint32, lists.n_queries + 1);
    g_autofree double *out = g_new(double, _umk_ranking_figures_size(draws->figures) + 1);

    for (gsize q = 0; q < lists.n_queries; q++)
        all[q] = (guint32) q;
    lists.groups = groups;
    for (gsize r = begin; r < end; r++) {
        g_auto(UmkRankingFigures) figures = {0};
        UmkRng rng;

        _umk_rng_init(&rng, draws->seed, r);
        deal(&lists, &rng, left, dealt, draws->n_places);
        for (gsize i = 0; i < draws->n_places; i++)
            groups[draws->places[i]] = dealt[i];
        _umk_ranking_figures_init(&figures, &lists, &draws->figures->target);
        _umk_ranking_summarise(&figures, all, lists.n_queries, out);
        for (gsize f = 0; f < UMK_RANKING_N_FIGURES; f++)
            draws->out[f * draws->n_replicates + r] = out[f];
    }
}

static void
add_place(guint32 candidate, guint8 *known, guint32 *places, gsize *n_places)
{
    if (!known[candidate])
        places[(*n_places)++] = candidate;
    known[candidate] = 1;
}

/* The candidates that stand in any list or answer any query, in the order in which they
 * are met. */
static guint32 *
list_places(const UmkRankingLists *lists, gsize *n_places)
{
    guint32 *places = g_new(guint32, lists->n_candidates + 1);
    g_autofree guint8 *known = g_new0(guint8, lists->n_candidates + 1);

    *n_places = 0;
    for (gsize i = 0; i < lists->n_queries * lists->k; i++)
        add_place(lists->top[i], known, places, n_places);
    for (gsize q = 0; lists->answers != NULL && q < lists->n_queries; q++)
        for (guint i = 0; i < lists->answers[q]->len; i++)
            add_place(g_array_index(lists->answers[q], UmkRankedAnswer, i).candidate,
                      known, places, n_places);
    return places;
}

double *
_umk_ranking_permute(const UmkRankingFigures *self, gsize n_replicates, guint64 seed)
{
    Draws draws = {self, seed, n_replicates, NULL, NULL, 0};
    g_autofree guint32 *places = list_places(self->lists, &draws.n_places);

    draws.places = places;
    draws.out = g_new(double, UMK_RANKING_N_FIGURES *n_replicates + 1);
    _umk_parallel_for(n_replicates, 16, deal_groups, &draws);
    return draws.out;
}
