/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measure "verification": whether two rows of one speaker, face or hand are told from
 * two of different ones as well in each group. Rows have an identity and a group. */
#include "bias/umk-verification-write-private.h"

#include <umekomi/umk-matrix.h>

#include "bias/umk-bias-options-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

enum { WITHIN, ALL };

static const char *const impostors[] = {"within", "all", NULL};

static const UmkParamSpec specs[] = {
    {.name = "impostors",
     .type = UMK_PARAM_CHOICE,
     .title = N_("Impostors"),
     .help = N_("Which rows of others a row is held against: of its group, or of all"),
     .def = WITHIN,
     .choices = impostors},
    {.name = "threshold",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Threshold"),
     .help = N_("A threshold in use, at which the error rates are told as well"),
     .min = -1,
     .max = 1,
     .def = 0.5},
    {.name = "weight",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Weight"),
     .help = N_("How much false matches weigh in FDR and GARBE, from 0 to 1"),
     .min = 0,
     .max = 1,
     .def = 0.5},
    {.name = "pairs",
     .type = UMK_PARAM_INT,
     .title = N_("Pairs"),
     .help = N_("Above so many pairs, draw about so many of them"),
     .min = 100,
     .max = 1e8,
     .def = 100000},
    UMK_BIAS_PARAM_REPLICATES_OF(
        1000, N_("How often identities are drawn anew for the intervals")),
    UMK_BIAS_PARAM_PERMUTATIONS_OF(
        10000, N_("How often identities are dealt anew to the groups for the p-value")),
    UMK_BIAS_PARAM_LEVEL,
    UMK_BIAS_PARAMS_DETECTABLE,
};

static const UmkBiasWord words[] = {
    {"eer", N_("equal error rate")},
    {"eer-gap", N_("difference between groups in the equal error rate")},
    {"fmr-gap", N_("difference between groups in false matches")},
    {"fnmr-gap", N_("difference between groups in false non-matches")},
    {"fmr-ratio", N_("most false matches of a group by the least")},
    {"fnmr-ratio", N_("most false non-matches of a group by the least")},
    {"fdr", N_("fairness discrepancy rate (FDR); 1 is equal")},
    {"garbe", N_("Gini aggregation rate (GARBE); 0 is equal")},
    {"fmr-gap-at-threshold",
     N_("difference between groups in false matches at the threshold in use")},
    {"fnmr-gap-at-threshold",
     N_("difference between groups in false non-matches at the threshold in use")},
    {"min-dcf-p01", N_("least cost of detection, one target in a hundred")},
    {"min-dcf-p05", N_("least cost of detection, one target in twenty")},
    {"auc", N_("chance that a pair that belongs together scores higher")},
    {"threshold", N_("threshold of the equal error rate")},
    {"cllr", N_("cost of the calibrated scores in bits (Cllr)")},
    {"cllr-gap", N_("difference between groups in Cllr")},
    {"cllr-min", N_("least cost of any calibration (minimum Cllr)")},
    {"calibration-error", N_("mean distance between said and true chance")},
    {"fmr", N_("false matches")},
    {"fnmr", N_("false non-matches")},
    {"fmr-at-threshold", N_("false matches at the threshold in use")},
    {"fnmr-at-threshold", N_("false non-matches at the threshold in use")},
    {"n-identities", N_("identities")},
    {"identities", N_("identities drawn anew")},
    {"target-pairs", N_("pairs that belong together")},
    {"impostor-pairs", N_("pairs that do not")},
    {"no-targets", N_("no identity has two rows")},
    {"no-impostors", N_("there are no two identities to tell apart")},
    {"too-few-groups", N_("fewer than two groups have pairs of both kinds")},
    {"zero-rate", N_("a group has no errors, so that there is nothing to divide by")},
    {"no-threshold", N_("no threshold was given")},
    {"separable", N_("no errors are made, so that scores cannot be calibrated")},
    {"pairs-sampled", N_("there are more pairs than were looked at")},
    {"identity-in-two-groups", N_("an identity stands in two groups")},
    {"few-identities", N_("a group has fewer than ten identities")},
    {"left-out-without-label",
     N_("rows without identity, group or direction were left out")},
    {"impostors-within", N_("rows are held against others of their own group")},
    {"impostors-all", N_("rows are held against all others")},
    {"det", N_("false non-matches over false matches")},
};

static void
work_clear(UmkVerificationResult *self)
{
    _umk_verification_clear(&self->verification);
    _umk_trial_pairs_clear(&self->pairs);
    g_clear_pointer(&self->summary, g_free);
    g_clear_pointer(&self->boot, g_free);
    g_clear_pointer(&self->permuted, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkVerificationResult, work_clear)

static void
resample(UmkVerificationResult *work, UmkParams *params, guint64 seed)
{
    const UmkVerification *verification = &work->verification;
    UmkTrials all = _umk_verification_get_trials(verification, 0, NULL);

    _umk_verification_count(&all, &work->n_targets, &work->n_others);
    work->size = _umk_verification_size(verification);
    work->summary = g_new(double, work->size + 1);
    _umk_verification_summarise(verification, NULL, work->summary);
    work->n_boot = (gsize) umk_params_get_int(params, "replicates");
    if (work->n_boot > 0 && work->n_targets > 0 && work->n_others > 0)
        work->boot = _umk_verification_bootstrap(verification, work->n_boot, seed);
    work->n_permuted = (gsize) umk_params_get_int(params, "permutations");
    if (work->n_permuted > 0 && isfinite(work->summary[UMK_VERIFICATION_FNMR_GAP]))
        work->permuted = _umk_verification_permute(
            verification, work->summary[UMK_VERIFICATION_THRESHOLD], work->n_permuted,
            seed ^ 0x5ca1ab1eULL);
}

/* Without a column "group" all rows are of one. */
static gboolean
read_groups(UmkBiasLabels *groups, const UmkBiasInput *input, GError **error)
{
    g_autofree const char **one = NULL;
    gsize n = umk_matrix_get_n_rows(input->background);

    if (_umk_bias_input_get_column(input, "group") != NULL)
        return _umk_bias_labels_read(groups, input, "verification", "group", error);
    one = g_new(const char *, n + 1);
    for (gsize i = 0; i < n; i++)
        one[i] = "all";
    _umk_bias_labels_init(groups, one, n);
    return TRUE;
}

static gboolean
measure(const UmkBiasInput *input,
        UmkParams *params,
        guint64 seed,
        JsonBuilder *result,
        UmkRun *run,
        GError **error)
{
    g_auto(UmkBiasLabels) identities = {0}, groups = {0};
    g_auto(UmkVerificationResult)
        work = {.level = umk_params_get_double(params, "level")};
    gboolean is_open = umk_params_get_int(params, "impostors") == ALL;
    double fixed = umk_params_is_set(params, "threshold")
                       ? umk_params_get_double(params, "threshold")
                       : (double) NAN;

    if (!_umk_bias_labels_read(&identities, input, "verification", "identity", error) ||
        !read_groups(&groups, input, error) ||
        !_umk_trial_pairs_init(&work.pairs, input->background, &identities, &groups,
                               is_open, (gsize) umk_params_get_int(params, "pairs"), seed,
                               run, error))
        return FALSE;
    _umk_verification_init(&work.verification, &work.pairs, fixed,
                           umk_params_get_double(params, "weight"));
    resample(&work, params, seed);
    if (!umk_run_check(run, error))
        return FALSE;
    _umk_verification_write(result, &work, params, is_open);
    return TRUE;
}

const UmkBiasMeasureOps _umk_bias_verification = {
    .id = "verification",
    .title = N_("Verification"),
    .help = N_("Whether speakers, faces or hands are told apart as well in each group"),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = measure,
};
