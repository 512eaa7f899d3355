/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Error rates of scored pairs, and how groups differ in them, against independent values.
 */
#include "golden-json.h"

#include "bias/umk-trials-private.h"

#include <stdlib.h>

#define TOLERANCE 1e-10

typedef struct {
    double score;
    guint8 target;
} Scored;

typedef struct {
    Scored *all;
    double *scores;
    guint8 *targets;
    gsize n;
} Case;

static int
compare(const void *a, const void *b)
{
    double x = ((const Scored *) a)->score, y = ((const Scored *) b)->score;

    return (x < y) - (x > y);
}

static void
case_add(Case *self, JsonObject *one)
{
    static const char *const members[] = {"nontarget_scores", "target_scores"};

    for (guint8 target = 0; target < 2; target++) {
        gsize n;
        g_autofree double *scores = golden_json_numbers(one, members[target], &n);

        self->all = g_renew(Scored, self->all, self->n + n + 1);
        for (gsize i = 0; i < n; i++)
            self->all[self->n++] = (Scored){scores[i], target};
    }
}

static UmkTrials
case_sort(Case *self)
{
    qsort(self->all, self->n, sizeof *self->all, compare);
    self->scores = g_new(double, self->n + 1);
    self->targets = g_new(guint8, self->n + 1);
    for (gsize i = 0; i < self->n; i++) {
        self->scores[i] = self->all[i].score;
        self->targets[i] = self->all[i].target;
    }
    return (UmkTrials){self->scores, self->targets, NULL, self->n};
}

static void
case_clear(Case *self)
{
    g_free(self->all);
    g_free(self->scores);
    g_free(self->targets);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Case, case_clear)

static void
test_cases(void)
{
    g_autoptr(JsonNode) root = golden_json("verification.json");
    JsonArray *cases;

    if (root == NULL)
        return;
    cases = golden_json_cases(root);
    for (guint i = 0; i < json_array_get_length(cases); i++) {
        JsonObject *one = json_array_get_object_element(cases, i);
        JsonObject *expected = json_object_get_object_member(one, "expected");
        g_auto(Case) scored = {0};
        UmkTrialFigures figures;
        UmkTrials trials;

        g_test_message("%s", json_object_get_string_member(one, "name"));
        case_add(&scored, one);
        trials = case_sort(&scored);
        _umk_trials_measure(&trials, &figures);
        golden_json_compare("EER", figures.eer, golden_json_number(expected, "eer"),
                            TOLERANCE);
        golden_json_compare("AUC", figures.auc, golden_json_number(expected, "auc"),
                            TOLERANCE);
        golden_json_compare("minimum DCF at 0.01", figures.min_dcf_p01,
                            golden_json_number(expected, "min_dcf_p01"), TOLERANCE);
        golden_json_compare("minimum DCF at 0.05", figures.min_dcf_p05,
                            golden_json_number(expected, "min_dcf_p05"), TOLERANCE);
    }
}

static void
test_groups(void)
{
    g_autoptr(JsonNode) root = golden_json("verification.json");
    JsonObject *file, *rates, *expected;
    double fmr[2], fnmr[2], eer[2];
    g_auto(Case) pooled = {0};
    UmkTrialFigures figures;
    UmkTrials trials;

    if (root == NULL)
        return;
    file = json_node_get_object(root);
    rates = json_object_get_object_member(file, "groups_at_threshold_0.9");
    expected = json_object_get_object_member(file, "expected_group");
    for (guint g = 0; g < 2; g++) {
        JsonObject *one = json_array_get_object_element(golden_json_cases(root), g);
        JsonObject *own = json_object_get_object_member(
            rates, json_object_get_string_member(one, "name"));
        g_auto(Case) scored = {0};

        case_add(&scored, one);
        case_add(&pooled, one);
        trials = case_sort(&scored);
        _umk_trials_measure(&trials, &figures);
        eer[g] = figures.eer;
        _umk_trials_rates(&trials, 0.9, &fmr[g], &fnmr[g]);
        golden_json_compare("FMR", fmr[g], golden_json_number(own, "fmr"), TOLERANCE);
        golden_json_compare("FNMR", fnmr[g], golden_json_number(own, "fnmr"), TOLERANCE);
    }
    trials = case_sort(&pooled);
    _umk_trials_measure(&trials, &figures);
    golden_json_compare("pooled EER", figures.eer,
                        golden_json_number(expected, "pooled_eer"), TOLERANCE);
    golden_json_compare("EER gap", fabs(eer[0] - eer[1]),
                        golden_json_number(expected, "eer_gap"), TOLERANCE);
    golden_json_compare("FDR", _umk_trials_fdr(fmr, fnmr, 2, 0.5),
                        golden_json_number(expected, "fdr_alpha_0.5"), TOLERANCE);
    golden_json_compare("GARBE", _umk_trials_garbe(fmr, fnmr, 2, 0.5),
                        golden_json_number(expected, "garbe_alpha_0.5"), TOLERANCE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/verification/cases", test_cases);
    g_test_add_func("/verification/groups", test_groups);
    return g_test_run();
}
