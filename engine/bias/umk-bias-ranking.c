/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measure "ranking": whether a search with neutral queries shows each group as often
 * as it should, and whether what is looked for is found as well for each group. The
 * p-values are our own: the groups are dealt anew to the rows, which keep their ranks,
 * and each figure is computed again; for one query and one group that is the
 * hypergeometric distribution, which stands in the table of groups. */
#include "bias/umk-ranking-write-private.h"

#include "bias/umk-bias-options-private.h"

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
    UMK_BIAS_PARAM_REPLICATES_OF(
        2000, N_("How often queries are drawn anew for the intervals")),
    UMK_BIAS_PARAM_PERMUTATIONS_OF(
        10000, N_("How often the groups are dealt anew for the p-values")),
    UMK_BIAS_PARAM_LEVEL,
    UMK_BIAS_PARAMS_DETECTABLE,
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
    {"queries", N_("queries drawn anew")},
    {"n", N_("rows")},
    {"target", N_("target share")},
    {"proportion", N_("share of the hits")},
    {"low", N_("lower end of the interval")},
    {"high", N_("upper end of the interval")},
    {"skew", N_("skew: 0 is as the target")},
    {"skew-smoothed", N_("smoothed skew")},
    {"exposure", N_("share of the exposure")},
    {"recall", N_("share of its answers found (recall)")},
    {"mrr", N_("reciprocal rank")},
    {"ndcg", N_("nDCG")},
    {"tail-greater", N_("chance of so many hits or more")},
    {"tail-less", N_("chance of so few hits or fewer")},
    {"tail-two-sided", N_("chance of a count no likelier than this")},
    {"queries-over", N_("queries with surprisingly many (p ≤ 0.05)")},
    {"queries-under", N_("queries with surprisingly few (p ≤ 0.05)")},
    {"share-by-rank", N_("share of the group among the first hits")},
};

static void
work_clear(UmkRankingResult *self)
{
    _umk_ranking_figures_clear(&self->figures);
    g_clear_pointer(&self->summary, g_free);
    g_clear_pointer(&self->boot, g_free);
    g_clear_pointer(&self->permuted, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkRankingResult, work_clear)

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
resample(UmkRankingResult *work, UmkParams *params, guint64 seed)
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
    g_auto(UmkRankingResult)
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
        _umk_ranking_write(result, &work, &lists, params, equal, obstacle);
        return TRUE;
    }
    work.smoothing = umk_params_get_double(params, "smoothing");
    shares = share_target(&lists, equal);
    _umk_ranking_figures_init(&work.figures, &lists,
                              &(UmkSkewTarget){shares, labels.n, work.smoothing});
    resample(&work, params, seed);
    if (!umk_run_check(run, error))
        return FALSE;
    _umk_ranking_write(result, &work, &lists, params, equal, NULL);
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
