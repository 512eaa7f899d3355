/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measure "verification": whether two rows of one speaker, face or hand are told from
 * two of different ones as well in each group. Rows have an identity and a group. */
#include "bias/umk-bias-replicates-private.h"
#include "bias/umk-verification-figures-private.h"

#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <math.h>

#define FEW_IDENTITIES 10
#define MAX_POINTS     64 /* of a curve */

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
    {.name = "replicates",
     .type = UMK_PARAM_INT,
     .title = N_("Replicates"),
     .help = N_("How often identities are drawn anew for the intervals"),
     .min = 0,
     .max = 1e6,
     .def = 1000},
    {.name = "permutations",
     .type = UMK_PARAM_INT,
     .title = N_("Permutations"),
     .help = N_("How often identities are dealt anew to the groups for the p-value"),
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
    {"identities", N_("identities")},
    {"targets", N_("pairs that belong together")},
    {"impostors", N_("pairs that do not")},
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
    {"neutral-by-chance", N_("figures that are above 0 by chance as well are compared "
                             "with what chance gives")},
    {"det", N_("false non-matches over false matches")},
};

static const struct {
    const char *id, *undefined;
    double neutral, least, most;
    gboolean is_shared; /* compares groups */
} shapes[UMK_VERIFICATION_N_FIGURES] = {
    [UMK_VERIFICATION_EER] = {"eer", NULL, (double) NAN, 0, 1, FALSE},
    [UMK_VERIFICATION_EER_GAP] = {"eer-gap", NULL, 0, 0, 1, TRUE},
    [UMK_VERIFICATION_FMR_GAP] = {"fmr-gap", NULL, 0, 0, 1, TRUE},
    [UMK_VERIFICATION_FNMR_GAP] = {"fnmr-gap", NULL, 0, 0, 1, TRUE},
    [UMK_VERIFICATION_FMR_RATIO] = {"fmr-ratio", "zero-rate", 1, 1, (double) NAN, TRUE},
    [UMK_VERIFICATION_FNMR_RATIO] = {"fnmr-ratio", "zero-rate", 1, 1, (double) NAN, TRUE},
    [UMK_VERIFICATION_FDR] = {"fdr", NULL, 1, 0, 1, TRUE},
    [UMK_VERIFICATION_GARBE] = {"garbe", NULL, 0, 0, 1, TRUE},
    [UMK_VERIFICATION_FMR_GAP_FIXED] = {"fmr-gap-at-threshold", NULL, 0, 0, 1, TRUE},
    [UMK_VERIFICATION_FNMR_GAP_FIXED] = {"fnmr-gap-at-threshold", NULL, 0, 0, 1, TRUE},
    [UMK_VERIFICATION_MIN_DCF_P01] = {"min-dcf-p01", NULL, (double) NAN, 0, 1, FALSE},
    [UMK_VERIFICATION_MIN_DCF_P05] = {"min-dcf-p05", NULL, (double) NAN, 0, 1, FALSE},
    [UMK_VERIFICATION_AUC] = {"auc", NULL, (double) NAN, 0, 1, FALSE},
    [UMK_VERIFICATION_THRESHOLD] = {"threshold", NULL, (double) NAN, -1, 1, FALSE},
};

typedef struct {
    UmkTrialPairs pairs;
    UmkVerification verification;
    double *summary, *boot, *permuted;
    gsize n_boot, n_permuted, size;
    double level;
    gboolean is_calibrated;
    double slope, offset;
    gsize n_targets, n_others;
} Work;

static void
work_clear(Work *self)
{
    _umk_verification_clear(&self->verification);
    _umk_trial_pairs_clear(&self->pairs);
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
    return _umk_bias_percentiles(values, work->n_boot, work->level, "identities",
                                 interval);
}

static const char *
find_reason(const Work *work, UmkVerificationFigure f)
{
    if (work->n_targets == 0)
        return "no-targets";
    if (work->n_others == 0)
        return "no-impostors";
    if (shapes[f].is_shared && isnan(work->summary[UMK_VERIFICATION_FNMR_GAP]))
        return "too-few-groups";
    return shapes[f].undefined != NULL ? shapes[f].undefined : "too-few-groups";
}

static double
cllr_of(const Work *work, gsize list)
{
    UmkTrials trials = _umk_verification_get_trials(&work->verification, list, NULL);

    return work->is_calibrated ? _umk_trials_cllr(&trials, work->slope, work->offset)
                               : (double) NAN;
}

static double
calibration_error_of(const Work *work, gsize list)
{
    UmkTrials trials = _umk_verification_get_trials(&work->verification, list, NULL);

    return work->is_calibrated
               ? _umk_trials_calibration_error(&trials, work->slope, work->offset)
               : (double) NAN;
}

static void
add_plain_figure(JsonBuilder *result, const Work *work, const char *id, double value)
{
    _umk_bias_add_figure(
        result, &(UmkBiasFigure){.id = id,
                                 .value = value,
                                 .undefined = work->n_targets == 0  ? "no-targets"
                                              : work->n_others == 0 ? "no-impostors"
                                                                    : "separable",
                                 .neutral = (double) NAN,
                                 .least = 0,
                                 .most = (double) NAN});
}

static void
add_calibration(JsonBuilder *result, const Work *work)
{
    UmkTrials all = _umk_verification_get_trials(&work->verification, 0, NULL);

    add_plain_figure(result, work, "cllr", cllr_of(work, 0));
    add_plain_figure(result, work, "cllr-min", _umk_trials_min_cllr(&all));
    add_plain_figure(result, work, "calibration-error", calibration_error_of(work, 0));
}

static void
add_figures(JsonBuilder *result, const Work *work)
{
    json_builder_set_member_name(result, "figures");
    json_builder_begin_array(result);
    for (gsize f = 0; f < UMK_VERIFICATION_N_FIGURES; f++) {
        UmkBiasInterval interval;
        UmkBiasFigure figure = {.id = shapes[f].id,
                                .value = work->summary[f],
                                .undefined = find_reason(work, f),
                                .headline = f == UMK_VERIFICATION_FNMR_GAP,
                                .neutral = shapes[f].neutral,
                                .least = shapes[f].least,
                                .most = shapes[f].most,
                                .intervals = &interval};

        if (isnan(work->verification.fixed) &&
            (f == UMK_VERIFICATION_FMR_GAP_FIXED || f == UMK_VERIFICATION_FNMR_GAP_FIXED))
            continue;
        if (f == UMK_VERIFICATION_FNMR_GAP && work->permuted != NULL)
            figure.neutral = _umk_bias_chance_mean(work->permuted, work->n_permuted);
        figure.n_intervals = get_interval(work, f, &interval);
        _umk_bias_add_figure(result, &figure);
    }
    add_calibration(result, work);
    json_builder_end_array(result);
}

static void
add_tests(JsonBuilder *result, Work *work)
{
    double gap = work->summary[UMK_VERIFICATION_FNMR_GAP];
    UmkBiasTest test;

    json_builder_set_member_name(result, "tests");
    json_builder_begin_array(result);
    if (work->permuted != NULL) {
        _umk_bias_sampled_test(work->permuted, work->n_permuted, gap, "fnmr-gap",
                               work->level, &test);
        _umk_bias_add_test(result, &test);
    }
    json_builder_end_array(result);
    if (work->permuted != NULL)
        _umk_bias_add_chance(result, work->permuted, work->n_permuted, gap, work->level);
}

/* ---- one row a group ----------------------------------------------------------------
 */

static const struct {
    const char *id;
    UmkVerificationBlock block;
    gboolean is_fixed;
} columns[] = {
    {"eer", UMK_VERIFICATION_GROUP_EER, FALSE},
    {"fmr", UMK_VERIFICATION_GROUP_FMR, FALSE},
    {"fnmr", UMK_VERIFICATION_GROUP_FNMR, FALSE},
    {"fmr-at-threshold", UMK_VERIFICATION_GROUP_FMR_FIXED, TRUE},
    {"fnmr-at-threshold", UMK_VERIFICATION_GROUP_FNMR_FIXED, TRUE},
    {"min-dcf-p01", UMK_VERIFICATION_GROUP_MIN_DCF_P01, FALSE},
    {"min-dcf-p05", UMK_VERIFICATION_GROUP_MIN_DCF_P05, FALSE},
    {"auc", UMK_VERIFICATION_GROUP_AUC, FALSE},
};

static gsize
count_identities(const Work *work, gsize group)
{
    gsize n = 0;

    for (gsize i = 0; i < work->pairs.identities->n; i++)
        n += work->pairs.group_of[i] == (gint32) group;
    return n;
}

static void
count_kinds(const UmkTrials *trials, gsize *n_targets, gsize *n_others)
{
    *n_targets = 0;
    for (gsize i = 0; i < trials->n; i++)
        *n_targets += trials->targets[i] != 0;
    *n_others = trials->n - *n_targets;
}

static void
add_row(JsonBuilder *result, const Work *work, gsize g)
{
    const UmkVerification *verification = &work->verification;
    UmkTrials trials = _umk_verification_get_trials(verification, g + 1, NULL);
    UmkBiasInterval interval = {.low = (double) NAN, .high = (double) NAN};
    gsize n_targets, n_others;

    count_kinds(&trials, &n_targets, &n_others);
    get_interval(work, _umk_verification_at(verification, UMK_VERIFICATION_GROUP_EER, g),
                 &interval);
    json_builder_begin_object(result);
    _umk_bias_add_text(result, "label", work->pairs.groups->names[g]);
    _umk_bias_add_number(result, "n", (double) work->pairs.rows_of[g]);
    _umk_bias_add_number(result, "identities", (double) count_identities(work, g));
    _umk_bias_add_number(result, "targets", (double) n_targets);
    _umk_bias_add_number(result, "impostors", (double) n_others);
    if (n_targets == 0 || n_others == 0)
        _umk_bias_add_text(result, "undefined",
                           n_targets == 0 ? "no-targets" : "no-impostors");
    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
        if (columns[i].is_fixed && isnan(verification->fixed))
            continue;
        _umk_bias_add_number(
            result, columns[i].id,
            work->summary[_umk_verification_at(verification, columns[i].block, g)]);
        if (i == 0) {
            _umk_bias_add_number(result, "low", interval.low);
            _umk_bias_add_number(result, "high", interval.high);
        }
    }
    _umk_bias_add_number(result, "cllr", cllr_of(work, g + 1));
    _umk_bias_add_number(result, "cllr-min", _umk_trials_min_cllr(&trials));
    _umk_bias_add_number(result, "calibration-error", calibration_error_of(work, g + 1));
    json_builder_end_object(result);
}

static void
add_rows(JsonBuilder *result, const Work *work)
{
    static const char *const first[] = {"n", "identities", "targets", "impostors"};
    static const char *const last[] = {"cllr", "cllr-min", "calibration-error"};

    json_builder_set_member_name(result, "columns");
    json_builder_begin_array(result);
    for (gsize i = 0; i < G_N_ELEMENTS(first); i++)
        json_builder_add_string_value(result, first[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
        if (columns[i].is_fixed && isnan(work->verification.fixed))
            continue;
        json_builder_add_string_value(result, columns[i].id);
        if (i == 0) {
            json_builder_add_string_value(result, "low");
            json_builder_add_string_value(result, "high");
        }
    }
    for (gsize i = 0; i < G_N_ELEMENTS(last); i++)
        json_builder_add_string_value(result, last[i]);
    json_builder_end_array(result);
    json_builder_set_member_name(result, "rows");
    json_builder_begin_array(result);
    for (gsize g = 0; g < work->verification.n_groups; g++)
        add_row(result, work, g);
    json_builder_end_array(result);
}

/* ---- curves and notes ---------------------------------------------------------------
 */

static void
add_axis(JsonBuilder *result, const char *member, const UmkTrials *trials, gboolean fmr)
{
    gsize n_points = MIN(trials->n, MAX_POINTS);

    json_builder_set_member_name(result, member);
    json_builder_begin_array(result);
    for (gsize i = 0; i < n_points; i++) {
        gsize at = n_points > 1 ? i * (trials->n - 1) / (n_points - 1) : 0;
        double false_match, miss;

        _umk_trials_rates(trials, trials->scores[at], &false_match, &miss);
        json_builder_add_double_value(result, fmr ? false_match : miss);
    }
    json_builder_end_array(result);
}

static void
add_curves(JsonBuilder *result, const Work *work)
{
    json_builder_set_member_name(result, "series");
    json_builder_begin_array(result);
    for (gsize g = 0; g < work->verification.n_groups; g++) {
        UmkTrials trials = _umk_verification_get_trials(&work->verification, g + 1, NULL);
        gsize n_targets, n_others;

        count_kinds(&trials, &n_targets, &n_others);
        if (n_targets == 0 || n_others == 0)
            continue;
        json_builder_begin_object(result);
        _umk_bias_add_text(result, "id", "det");
        _umk_bias_add_text(result, "label", work->pairs.groups->names[g]);
        add_axis(result, "x", &trials, TRUE);
        add_axis(result, "y", &trials, FALSE);
        json_builder_end_object(result);
    }
    json_builder_end_array(result);
}

static void
add_notes(JsonBuilder *result, const Work *work, gboolean is_open)
{
    gboolean is_small = FALSE;

    for (gsize g = 0; g < work->verification.n_groups; g++)
        is_small |= count_identities(work, g) < FEW_IDENTITIES;
    json_builder_set_member_name(result, "notes");
    json_builder_begin_array(result);
    json_builder_add_string_value(result, is_open ? "impostors-all" : "impostors-within");
    if (work->permuted != NULL)
        json_builder_add_string_value(result, "neutral-by-chance");
    if (work->pairs.is_sampled)
        json_builder_add_string_value(result, "pairs-sampled");
    if (work->pairs.has_straddler)
        json_builder_add_string_value(result, "identity-in-two-groups");
    if (is_small)
        json_builder_add_string_value(result, "few-identities");
    if (work->pairs.n_left_out > 0)
        json_builder_add_string_value(result, "left-out-without-label");
    json_builder_end_array(result);
}

static void
resample(Work *work, UmkParams *params, guint64 seed)
{
    const UmkVerification *verification = &work->verification;
    UmkTrials all = _umk_verification_get_trials(verification, 0, NULL);

    count_kinds(&all, &work->n_targets, &work->n_others);
    work->size = _umk_verification_size(verification);
    work->summary = g_new(double, work->size + 1);
    _umk_verification_summarise(verification, NULL, work->summary);
    work->is_calibrated = _umk_trials_calibrate(&all, &work->slope, &work->offset);
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
    g_auto(Work) work = {.level = umk_params_get_double(params, "level")};
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
    add_figures(result, &work);
    add_tests(result, &work);
    add_rows(result, &work);
    add_curves(result, &work);
    add_notes(result, &work, is_open);
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
