/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measure "ranking": whether a search with neutral queries shows each group as often
 * as it should, and whether what is looked for is found as well for each group. */
#include "bias/umk-bias-replicates-private.h"
#include "bias/umk-ranking-figures-private.h"

#include "stats/umk-hypergeometric-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

enum { POPULATION, EQUAL };

static const char *const targets[] = {"population", "equal", NULL};

static const UmkBiasRole roles[] = {
    {"queries", N_("neutral queries"), TRUE},
};

static const UmkParamSpec specs[] = {
    {.name = "k",
     .type = UMK_PARAM_INT,
     .title = N_("Hits"),
     .help = N_("How many hits of each query are looked at"),
     .min = 1,
     .max = 10000,
     .def = 10},
    {.name = "target",
     .type = UMK_PARAM_CHOICE,
     .title = N_("Target"),
     .help = N_("The share each group should have: as among all rows, or the same"),
     .def = POPULATION,
     .choices = targets},
    {.name = "smoothing",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Smoothing"),
     .help = N_("Counts that are added to each group in the smoothed figures"),
     .min = 0.01,
     .max = 1000,
     .def = 1},
    {.name = "replicates",
     .type = UMK_PARAM_INT,
     .title = N_("Replicates"),
     .help = N_("How often queries are drawn anew for the intervals"),
     .min = 0,
     .max = 1e6,
     .def = 2000},
    {.name = "permutations",
     .type = UMK_PARAM_INT,
     .title = N_("Permutations"),
     .help = N_("How often the groups are dealt anew for the p-values"),
     .min = 0,
     .max = 1e6,
     .def = 10000},
    {.name = "level",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Level"),
     .help = N_("Level of the intervals"),
     .min = 0.5,
     .max = 0.999,
     .def = 0.95},
};

static const UmkBiasWord words[] = {
    {"max-skew", N_("how much the most over-shown group is over-shown (MaxSkew)")},
    {"min-skew", N_("how much the least shown group is under-shown (MinSkew)")},
    {"max-skew-smoothed", N_("MaxSkew with smoothed counts")},
    {"min-skew-smoothed", N_("MinSkew with smoothed counts")},
    {"ndkl", N_("distance of all prefixes from the target (NDKL)")},
    {"kl", N_("divergence of the hits from the target")},
    {"total-variation", N_("share of the hits that would have to change groups")},
    {"bias-at-k", N_("more of the first group than of the second (bias@k)")},
    {"exposure-gap", N_("difference between groups in exposure by target share")},
    {"recall-gap", N_("difference between groups in recall")},
    {"recall-ratio", N_("least recall of a group by the largest")},
    {"mrr-gap", N_("difference between groups in the reciprocal rank")},
    {"mrr-ratio", N_("least reciprocal rank of a group by the largest")},
    {"ndcg-gap", N_("difference between groups in nDCG")},
    {"ndcg-ratio", N_("least nDCG of a group by the largest")},
    {"absent", N_("a group is absent from the hits, so that its skew has no value")},
    {"whole-set", N_("the hits are all rows there are, so that nothing was chosen")},
    {"one-group", N_("there is only one group, so that there is nothing to compare")},
    {"not-two-groups", N_("only defined for two groups")},
    {"no-relevance", N_("it is not known which rows answer the queries, or fewer than "
                        "two groups hold answers")},
    {"one-query", N_("one query says nothing about others")},
    {"no-replicates", N_("nothing was drawn")},
    {"mean-over-queries", N_("figures are means over the queries")},
    {"left-out-without-group", N_("rows without a group or direction were left out")},
    {"own-row-left-out", N_("a query's own row was left out of its hits")},
    {"ties-by-row", N_("equal scores stand in the order of the rows")},
    {"target-population", N_("the target is the share of each group among all rows")},
    {"target-equal", N_("the target is the same share for each group")},
    {"neutral-by-chance", N_("figures that are above 0 by chance as well are compared "
                             "with what chance gives")},
    {"n", N_("rows")},
    {"target", N_("target share")},
    {"proportion", N_("share of the hits")},
    {"low", N_("low end of the interval")},
    {"high", N_("high end of the interval")},
    {"skew", N_("skew")},
    {"skew-smoothed", N_("smoothed skew")},
    {"exposure", N_("share of the exposure")},
    {"recall", N_("recall")},
    {"mrr", N_("reciprocal rank")},
    {"ndcg", N_("nDCG")},
    {"p-greater", N_("chance of so many hits or more")},
    {"p-less", N_("chance of so few hits or fewer")},
    {"p-two-sided", N_("chance of a count no likelier than this")},
    {"queries-over", N_("queries with surprisingly many (p ≤ 0.05)")},
    {"queries-under", N_("queries with surprisingly few (p ≤ 0.05)")},
    {"share-by-rank", N_("share of the group among the first hits")},
};

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

typedef struct {
    UmkRankingFigures figures;
    const UmkBiasLabels *labels;
    double *summary;  /* over all queries */
    double *boot;     /* (n_boot, size) or NULL */
    double *permuted; /* (2, n_permuted) or NULL */
    gsize n_boot, n_permuted, size;
    double level;
    double smoothing;
} Work;

static void
work_clear(Work *self)
{
    _umk_ranking_figures_clear(&self->figures);
    g_clear_pointer(&self->summary, g_free);
    g_clear_pointer(&self->boot, g_free);
    g_clear_pointer(&self->permuted, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Work, work_clear)

static gboolean
get_interval(const Work *work, gsize at, UmkBiasInterval *interval)
{
    g_autofree double *values = g_new(double, work->n_boot + 1);

    if (work->boot == NULL || !isfinite(work->summary[at]))
        return FALSE;
    for (gsize r = 0; r < work->n_boot; r++)
        values[r] = work->boot[r * work->size + at];
    return _umk_bias_percentiles(values, work->n_boot, work->level, "queries", interval);
}

/* MaxSkew and NDKL are above 0 even when groups are dealt by lot. */
static double
find_neutral(const Work *work, gsize f)
{
    gsize block = f == UMK_RANKING_NDKL ? 1 : 0;

    if (work->permuted == NULL || (f != UMK_RANKING_MAX_SKEW && f != UMK_RANKING_NDKL))
        return shapes[f].neutral;
    return _umk_bias_chance_mean(work->permuted + block * work->n_permuted,
                                 work->n_permuted);
}

static gboolean
is_wanted(const Work *work, gsize f)
{
    return f < UMK_RANKING_RECALL_GAP || work->figures.lists->answers != NULL;
}

static void
add_figures(JsonBuilder *result, const Work *work, const char *undefined)
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

static void
add_tests(JsonBuilder *result, const Work *work)
{
    static const UmkRankingFigure of[2] = {UMK_RANKING_MAX_SKEW, UMK_RANKING_NDKL};

    json_builder_set_member_name(result, "tests");
    json_builder_begin_array(result);
    for (gsize i = 0; work->permuted != NULL && i < 2; i++) {
        UmkBiasTest test;

        _umk_bias_sampled_test(work->permuted + i * work->n_permuted, work->n_permuted,
                               work->summary[of[i]], shapes[of[i]].id, work->level,
                               &test);
        _umk_bias_add_test(result, &test);
    }
    json_builder_end_array(result);
}

/* ---- one row a group ----------------------------------------------------------------
 */

typedef struct {
    UmkHypergeometric last; /* of the last query: the one that a single query has */
    gsize n_over, n_under;
} Tails;

static Tails
find_tails(const Work *work, gsize group)
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
add_row(JsonBuilder *result, const Work *work, gsize g)
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
    _umk_bias_add_number(result, "n", (double) lists->sizes[g]);
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
        _umk_bias_add_number(result, "p-greater", tails.last.greater);
        _umk_bias_add_number(result, "p-less", tails.last.less);
        _umk_bias_add_number(result, "p-two-sided", tails.last.two_sided);
    }
    _umk_bias_add_number(result, "queries-over", (double) tails.n_over);
    _umk_bias_add_number(result, "queries-under", (double) tails.n_under);
    for (gsize m = 0; lists->answers != NULL && m < 3; m++) {
        static const char *const names[] = {"recall", "mrr", "ndcg"};

        _umk_bias_add_number(
            result, names[m],
            summary[_umk_ranking_at(figures, UMK_RANKING_RECALL + m, g)]);
    }
    json_builder_end_object(result);
}

static void
add_rows(JsonBuilder *result, const Work *work)
{
    static const char *const columns[] = {"n",    "target", "proportion",    "low",
                                          "high", "skew",   "skew-smoothed", "exposure"};
    static const char *const tails[] = {"p-greater", "p-less", "p-two-sided"};
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
add_items(JsonBuilder *result, const Work *work)
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
add_curve(JsonBuilder *result, const Work *work, gsize group)
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

static gsize
count_present(const UmkRankingLists *lists)
{
    gsize n_present = 0;

    for (gsize g = 0; g < lists->n_groups; g++)
        n_present += lists->sizes[g] > 0;
    return n_present;
}

/* What makes every figure undefined. */
static const char *
find_obstacle(const UmkRankingLists *lists)
{
    if (lists->n_queries == 0)
        return "empty-set";
    if (lists->has_zero_query)
        return "zero-vector";
    if (count_present(lists) < 2)
        return "one-group";
    return _umk_ranking_lists_is_whole(lists) ? "whole-set" : NULL;
}

static double *
share_target(const UmkRankingLists *lists, gboolean equal)
{
    double *shares = g_new(double, lists->n_groups + 1);

    for (gsize g = 0; g < lists->n_groups; g++) {
        shares[g] = (double) lists->sizes[g] / (double) lists->n_candidates;
        if (equal && lists->sizes[g] > 0)
            shares[g] = 1.0 / (double) count_present(lists);
    }
    return shares;
}

static void
resample(Work *work, UmkParams *params, guint64 seed)
{
    gsize n = work->figures.lists->n_queries;
    g_autofree guint32 *all = g_new(guint32, n + 1);

    for (gsize q = 0; q < n; q++)
        all[q] = (guint32) q;
    work->size = _umk_ranking_figures_size(&work->figures);
    work->summary = g_new(double, work->size + 1);
    _umk_ranking_summarise(&work->figures, all, n, work->summary);
    work->n_boot = n > 1 ? (gsize) umk_params_get_int(params, "replicates") : 0;
    if (work->n_boot > 0)
        work->boot = _umk_ranking_bootstrap(&work->figures, work->n_boot, seed);
    work->n_permuted = (gsize) umk_params_get_int(params, "permutations");
    if (work->n_permuted > 0)
        work->permuted =
            _umk_ranking_permute(&work->figures, work->n_permuted, seed ^ 0x5ca1ab1eULL);
}

static void
write_result(JsonBuilder *result, Work *work, gboolean equal)
{
    add_figures(result, work, NULL);
    add_tests(result, work);
    add_items(result, work);
    if (work->permuted != NULL)
        _umk_bias_add_chance(result, work->permuted, work->n_permuted,
                             work->summary[UMK_RANKING_MAX_SKEW], work->level);
    add_rows(result, work);
    json_builder_set_member_name(result, "series");
    json_builder_begin_array(result);
    for (gsize g = 0; g < work->labels->n; g++)
        add_curve(result, work, g);
    json_builder_end_array(result);
    add_notes(result, work->figures.lists, equal, work->permuted != NULL);
}

static gboolean
measure(const UmkBiasInput *input,
        UmkParams *params,
        guint64 seed,
        JsonBuilder *result,
        UmkRun *run,
        GError **error)
{
    g_auto(UmkBiasLabels) labels = {0};
    g_auto(UmkRankingLists) lists = {0};
    g_auto(Work)
        work = {.labels = &labels, .level = umk_params_get_double(params, "level")};
    g_autofree double *shares = NULL;
    gboolean equal = umk_params_get_int(params, "target") == EQUAL;
    const char *obstacle;

    if (!_umk_bias_labels_read(&labels, input, "ranking", "group", error) ||
        !_umk_ranking_lists_init(&lists, input, _umk_bias_input_get_set(input, "queries"),
                                 &labels, (gsize) umk_params_get_int(params, "k"), run,
                                 error))
        return FALSE;
    obstacle = find_obstacle(&lists);
    if (obstacle != NULL) {
        add_figures(result, &work, obstacle);
        add_notes(result, &lists, equal, FALSE);
        return TRUE;
    }
    work.smoothing = umk_params_get_double(params, "smoothing");
    shares = share_target(&lists, equal);
    _umk_ranking_figures_init(&work.figures, &lists,
                              &(UmkSkewTarget){shares, labels.n, work.smoothing});
    resample(&work, params, seed);
    if (!umk_run_check(run, error))
        return FALSE;
    write_result(result, &work, equal);
    return TRUE;
}

const UmkBiasMeasureOps _umk_bias_ranking = {
    .id = "ranking",
    .title = N_("Search fairness"),
    .help = N_("Whether neutral queries show each group as often as they should"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = measure,
};
