/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of rankings as a result: figures with intervals, a row a group, a curve a
 * group, and the queries one by one. */
#include "bias/umk-ranking-write-private.h"

#include "bias/umk-bias-control-private.h"
#include "bias/umk-bias-replicates-private.h"
#include "bias/umk-shuffle-private.h"

#include "stats/umk-hypergeometric-private.h"

#include <math.h>

static const struct {
    const char *id, *undefined;
    double neutral, least, most;
} shapes[UMK_RANKING_N_FIGURES] = {
    [UMK_RANKING_MAX_SKEW] = {"max-skew", NULL, 0, 0, (double) NAN},
    [UMK_RANKING_MIN_SKEW] = {"min-skew", "absent", 0, (double) NAN, 0},
    [UMK_RANKING_MAX_SMOOTHED] = {"max-skew-smoothed", NULL, 0, (double) NAN,
                                  (double) NAN},
    [UMK_RANKING_MIN_SMOOTHED] = {"min-skew-smoothed", NULL, 0, (double) NAN,
                                  (double) NAN},
    [UMK_RANKING_NDKL] = {"ndkl", NULL, 0, 0, (double) NAN},
    [UMK_RANKING_KL] = {"kl", NULL, 0, 0, (double) NAN},
    [UMK_RANKING_TOTAL_VARIATION] = {"total-variation", NULL, 0, 0, 1},
    [UMK_RANKING_BIAS_AT_K] = {"bias-at-k", "not-two-groups", 0, -1, 1},
    [UMK_RANKING_EXPOSURE_GAP] = {"exposure-gap", NULL, 0, 0, (double) NAN},
    [UMK_RANKING_RECALL_GAP] = {"recall-gap", "no-relevance", 0, 0, 1},
    [UMK_RANKING_RECALL_RATIO] = {"recall-ratio", "no-relevance", 1, 0, 1},
    [UMK_RANKING_MRR_GAP] = {"mrr-gap", "no-relevance", 0, 0, 1},
    [UMK_RANKING_MRR_RATIO] = {"mrr-ratio", "no-relevance", 1, 0, 1},
    [UMK_RANKING_NDCG_GAP] = {"ndcg-gap", "no-relevance", 0, 0, 1},
    [UMK_RANKING_NDCG_RATIO] = {"ndcg-ratio", "no-relevance", 1, 0, 1},
};

static gboolean
get_interval(const UmkRankingResult *work, gsize at, UmkBiasInterval *interval)
{
    g_autofree double *values = g_new(double, work->n_boot + 1);

    if (work->boot == NULL || !isfinite(work->summary[at]))
        return FALSE;
    for (gsize r = 0; r < work->n_boot; r++)
        values[r] = work->boot[r * work->size + at];
    return _umk_bias_percentiles(values, work->n_boot, work->level, "queries", interval);
}

static const double *
get_permuted(const UmkRankingResult *work, gsize f)
{
    return work->permuted + f * work->n_permuted;
}

/* What can only be more unequal than equal is so even when groups are dealt by lot. Where
 * some deals leave a figure undefined, their mean would be of the others alone. */
static double
find_neutral(const UmkRankingResult *work, gsize f)
{
    if (work->permuted == NULL || f == UMK_RANKING_BIAS_AT_K)
        return shapes[f].neutral;
    for (gsize r = 0; r < work->n_permuted; r++)
        if (isnan(get_permuted(work, f)[r]))
            return shapes[f].neutral;
    return _umk_bias_chance_mean(get_permuted(work, f), work->n_permuted);
}

static gboolean
is_wanted(const UmkRankingResult *work, gsize f)
{
    return f < UMK_RANKING_RECALL_GAP || work->figures.lists->answers != NULL;
}

static void
add_figures(JsonBuilder *result, const UmkRankingResult *work, const char *undefined)
{
    json_builder_set_member_name(result, "figures");
    json_builder_begin_array(result);
    for (gsize f = 0; f < UMK_RANKING_N_FIGURES; f++) {
        UmkBiasInterval interval;
        UmkBiasFigure figure = {.id = shapes[f].id,
                                .value = (double) NAN,
                                .undefined = undefined ? undefined : shapes[f].undefined,
                                .headline = f == UMK_RANKING_MAX_SKEW,
                                .neutral = shapes[f].neutral,
                                .least = shapes[f].least,
                                .most = shapes[f].most};

        if (undefined == NULL && !is_wanted(work, f))
            continue;
        if (undefined == NULL) {
            figure.value = work->summary[f];
            figure.neutral = find_neutral(work, f);
            figure.n_intervals = get_interval(work, f, &interval);
            figure.intervals = &interval;
        }
        _umk_bias_add_figure(result, &figure);
    }
    json_builder_end_array(result);
}

/* Which way is more unequal: a ratio or MinSkew falls, bias@k may go either way from what
 * chance gives on average. */
static const char *
get_alternative(gsize f)
{
    switch (f) {
    case UMK_RANKING_MIN_SKEW:
    case UMK_RANKING_MIN_SMOOTHED:
    case UMK_RANKING_RECALL_RATIO:
    case UMK_RANKING_MRR_RATIO:
    case UMK_RANKING_NDCG_RATIO:
        return "less";
    case UMK_RANKING_BIAS_AT_K:
        return "two-sided";
    default:
        return "greater";
    }
}

static void
add_test(JsonBuilder *result, const UmkRankingResult *work, gsize f)
{
    const char *alternative = get_alternative(f);
    const double *permuted = get_permuted(work, f);
    g_autofree double *values = g_memdup2(permuted, work->n_permuted * sizeof *permuted);
    double middle = 0.0;
    UmkBiasTest test;

    if (f == UMK_RANKING_BIAS_AT_K)
        middle = _umk_bias_chance_mean(permuted, work->n_permuted);
    for (gsize r = 0; r < work->n_permuted; r++)
        values[r] -= middle;
    test = _umk_shuffle_test(shapes[f].id, alternative, work->summary[f] - middle, values,
                             work->n_permuted, work->level, shapes[f].undefined);
    _umk_bias_add_test(result, &test);
}

static void
add_tests(JsonBuilder *result, const UmkRankingResult *work)
{
    json_builder_set_member_name(result, "tests");
    json_builder_begin_array(result);
    for (gsize f = 0; work->permuted != NULL && f < UMK_RANKING_N_FIGURES; f++)
        if (is_wanted(work, f) && isfinite(work->summary[f]))
            add_test(result, work, f);
    json_builder_end_array(result);
}

static void
add_chance(JsonBuilder *result, const UmkRankingResult *work, UmkParams *params)
{
    UmkBiasInterval interval = {.deviation = (double) NAN};
    UmkBiasNull null = {.of = shapes[UMK_RANKING_MAX_SKEW].id,
                        .kind = "groups-dealt",
                        .alternative = "greater",
                        .found = work->summary[UMK_RANKING_MAX_SKEW],
                        .neutral = find_neutral(work, UMK_RANKING_MAX_SKEW),
                        .values = work->permuted,
                        .n = work->permuted != NULL ? work->n_permuted : 0,
                        .undefined = "not-asked-for"};

    get_interval(work, UMK_RANKING_MAX_SKEW, &interval);
    _umk_bias_add_control(result, &null, work->level);
    _umk_bias_add_detectable_by(result, params, &null, "permutations", interval.deviation,
                                (double) NAN);
}

/* ---- one row a group ----------------------------------------------------------------
 */

typedef struct {
    UmkHypergeometric last; /* of the last query: the one that a single query has */
    gsize n_over, n_under;
} Tails;

static Tails
find_tails(const UmkRankingResult *work, gsize group)
{
    const UmkRankingLists *lists = work->figures.lists;
    Tails tails = {0};

    for (gsize q = 0; q < lists->n_queries; q++) {
        gboolean has_own = lists->own[q] >= 0;
        gboolean own = has_own && lists->groups[lists->own[q]] == (gint32) group;

        if (!_umk_hypergeometric(
                lists->n_candidates - has_own, lists->sizes[group] - own, lists->k,
                (guint64) work->figures.counts[q * lists->n_groups + group], &tails.last))
            continue;
        tails.n_over += tails.last.greater <= 0.05;
        tails.n_under += tails.last.less <= 0.05;
    }
    return tails;
}

static void
add_row(JsonBuilder *result, const UmkRankingResult *work, gsize g)
{
    const UmkRankingFigures *figures = &work->figures;
    const UmkRankingLists *lists = figures->lists;
    const double *summary = work->summary;
    double share = summary[_umk_ranking_at(figures, UMK_RANKING_PROPORTION, g)];
    double n = (double) (lists->k * lists->n_queries), target = figures->target.target[g];
    UmkBiasInterval interval = {.low = (double) NAN, .high = (double) NAN};
    Tails tails = find_tails(work, g);

    get_interval(work, _umk_ranking_at(figures, UMK_RANKING_PROPORTION, g), &interval);
    json_builder_begin_object(result);
    _umk_bias_add_text(result, "label", work->labels->names[g]);
    _umk_bias_add_count(result, "n", lists->sizes[g]);
    _umk_bias_add_number(result, "target", target);
    _umk_bias_add_number(result, "proportion", share);
    _umk_bias_add_number(result, "low", interval.low);
    _umk_bias_add_number(result, "high", interval.high);
    _umk_bias_add_number(result, "skew",
                         _umk_skew_of(share * n, n, target, 0.0, lists->n_groups));
    if (share == 0.0)
        _umk_bias_add_text(result, "undefined", "absent");
    _umk_bias_add_number(
        result, "skew-smoothed",
        _umk_skew_of(share * n, n, target, work->smoothing, lists->n_groups));
    _umk_bias_add_number(result, "exposure",
                         summary[_umk_ranking_at(figures, UMK_RANKING_EXPOSURE, g)]);
    if (lists->n_queries == 1) {
        _umk_bias_add_number(result, "tail-greater", tails.last.greater);
        _umk_bias_add_number(result, "tail-less", tails.last.less);
        _umk_bias_add_number(result, "tail-two-sided", tails.last.two_sided);
    }
    _umk_bias_add_count(result, "queries-over", tails.n_over);
    _umk_bias_add_count(result, "queries-under", tails.n_under);
    for (gsize m = 0; lists->answers != NULL && m < 3; m++) {
        static const char *const names[] = {"recall", "mrr", "ndcg"};

        _umk_bias_add_number(
            result, names[m],
            summary[_umk_ranking_at(figures, UMK_RANKING_RECALL + m, g)]);
    }
    json_builder_end_object(result);
}

static void
add_rows(JsonBuilder *result, const UmkRankingResult *work)
{
    static const char *const columns[] = {"n",    "target", "proportion",    "low",
                                          "high", "skew",   "skew-smoothed", "exposure"};
    static const char *const tails[] = {"tail-greater", "tail-less", "tail-two-sided"};
    static const char *const parity[] = {"recall", "mrr", "ndcg"};
    const UmkRankingLists *lists = work->figures.lists;

    json_builder_set_member_name(result, "columns");
    json_builder_begin_array(result);
    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++)
        json_builder_add_string_value(result, columns[i]);
    for (gsize i = 0; lists->n_queries == 1 && i < 3; i++)
        json_builder_add_string_value(result, tails[i]);
    json_builder_add_string_value(result, "queries-over");
    json_builder_add_string_value(result, "queries-under");
    for (gsize i = 0; lists->answers != NULL && i < 3; i++)
        json_builder_add_string_value(result, parity[i]);
    json_builder_end_array(result);
    json_builder_set_member_name(result, "rows");
    json_builder_begin_array(result);
    for (gsize g = 0; g < lists->n_groups; g++)
        add_row(result, work, g);
    json_builder_end_array(result);
}

/* ---- queries and curves -------------------------------------------------------------
 */

static void
add_items(JsonBuilder *result, const UmkRankingResult *work)
{
    const UmkRankingLists *lists = work->figures.lists;
    gsize n = lists->n_queries;
    g_autofree guint32 *draw = g_new(guint32, n + 1);
    g_autofree double *out = g_new(double, work->size + 1);

    json_builder_set_member_name(result, "items");
    json_builder_begin_array(result);
    for (gsize q = 0; q < n; q++) {
        for (gsize i = 0, at = 0; i < n; i++)
            if (i != q)
                draw[at++] = (guint32) i;
        out[UMK_RANKING_MAX_SKEW] = (double) NAN;
        if (n > 1)
            _umk_ranking_summarise(&work->figures, draw, n - 1, out);
        _umk_bias_add_item(result, "queries", lists->queries->names[q],
                           work->figures.values[UMK_RANKING_MAX_SKEW * n + q],
                           out[UMK_RANKING_MAX_SKEW]);
    }
    json_builder_end_array(result);
}

static void
add_curve(JsonBuilder *result, const UmkRankingResult *work, gsize group)
{
    const UmkRankingLists *lists = work->figures.lists;
    double count = 0.0;

    json_builder_begin_object(result);
    _umk_bias_add_text(result, "id", "share-by-rank");
    _umk_bias_add_text(result, "label", work->labels->names[group]);
    json_builder_set_member_name(result, "x");
    json_builder_begin_array(result);
    for (gsize i = 0; i < lists->k; i++)
        json_builder_add_int_value(result, (gint64) i + 1);
    json_builder_end_array(result);
    json_builder_set_member_name(result, "y");
    json_builder_begin_array(result);
    for (gsize i = 0; i < lists->k; i++) {
        for (gsize q = 0; q < lists->n_queries; q++)
            count += lists->groups[lists->top[q * lists->k + i]] == (gint32) group;
        json_builder_add_double_value(result,
                                      count / (double) ((i + 1) * lists->n_queries));
    }
    json_builder_end_array(result);
    json_builder_end_object(result);
}

static void
add_notes(JsonBuilder *result,
          const UmkRankingLists *lists,
          gboolean equal,
          gboolean by_chance)
{
    gboolean any_own = FALSE;

    for (gsize q = 0; q < lists->n_queries; q++)
        any_own |= lists->own[q] >= 0;
    json_builder_set_member_name(result, "notes");
    json_builder_begin_array(result);
    json_builder_add_string_value(result, equal ? "target-equal" : "target-population");
    json_builder_add_string_value(result, "ties-by-row");
    json_builder_add_string_value(result, lists->n_queries == 1 ? "one-query"
                                                                : "mean-over-queries");
    if (by_chance)
        json_builder_add_string_value(result, "neutral-by-chance");
    if (lists->n_left_out > 0)
        json_builder_add_string_value(result, "left-out-without-group");
    if (any_own)
        json_builder_add_string_value(result, "own-row-left-out");
    json_builder_end_array(result);
}

void
_umk_ranking_write(JsonBuilder *result,
                   const UmkRankingResult *work,
                   const UmkRankingLists *lists,
                   UmkParams *params,
                   gboolean equal,
                   const char *obstacle)
{
    add_figures(result, work, obstacle);
    if (obstacle != NULL) {
        add_notes(result, lists, equal, FALSE);
        return;
    }
    add_tests(result, work);
    add_chance(result, work, params);
    add_items(result, work);
    add_rows(result, work);
    json_builder_set_member_name(result, "series");
    json_builder_begin_array(result);
    for (gsize g = 0; g < work->labels->n; g++)
        add_curve(result, work, g);
    json_builder_end_array(result);
    add_notes(result, lists, equal, work->permuted != NULL);
}
