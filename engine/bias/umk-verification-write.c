/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a verification as a result: figures with intervals, a row a group, and
 * for each group the curve of its errors. */
#include "bias/umk-verification-write-private.h"

#include "bias/umk-bias-control-private.h"
#include "bias/umk-bias-replicates-private.h"

#include <math.h>

#define FEW_IDENTITIES 10
#define MAX_POINTS     64 /* of a curve */

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
    [UMK_VERIFICATION_CLLR] = {"cllr", "separable", (double) NAN, 0, (double) NAN, FALSE},
    [UMK_VERIFICATION_CLLR_MIN] = {"cllr-min", "separable", (double) NAN, 0, (double) NAN,
                                   FALSE},
    [UMK_VERIFICATION_CALIBRATION_ERROR] = {"calibration-error", "separable",
                                            (double) NAN, 0, (double) NAN, FALSE},
};

static gboolean
get_interval(const UmkVerificationResult *work, gsize at, UmkBiasInterval *interval)
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
find_reason(const UmkVerificationResult *work, UmkVerificationFigure f)
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
cllr_of(const UmkVerificationResult *work, gsize list)
{
    UmkTrials trials = _umk_verification_get_trials(&work->verification, list, NULL);

    return work->verification.is_calibrated
               ? _umk_trials_cllr(&trials, work->verification.slope,
                                  work->verification.offset)
               : (double) NAN;
}

static double
calibration_error_of(const UmkVerificationResult *work, gsize list)
{
    UmkTrials trials = _umk_verification_get_trials(&work->verification, list, NULL);

    return work->verification.is_calibrated
               ? _umk_trials_calibration_error(&trials, work->verification.slope,
                                               work->verification.offset)
               : (double) NAN;
}

static void
add_figures(JsonBuilder *result, const UmkVerificationResult *work)
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
    json_builder_end_array(result);
}

static void
add_tests(JsonBuilder *result, const UmkVerificationResult *work)
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
}

static void
add_chance(JsonBuilder *result, const UmkVerificationResult *work, UmkParams *params)
{
    UmkBiasInterval interval = {.deviation = (double) NAN};
    UmkBiasNull null = {.of = "fnmr-gap",
                        .kind = "identities-dealt",
                        .alternative = "greater",
                        .found = work->summary[UMK_VERIFICATION_FNMR_GAP],
                        .values = work->permuted,
                        .n = work->permuted != NULL ? work->n_permuted : 0,
                        .undefined = "not-asked-for"};

    if (isnan(null.found))
        null.undefined = find_reason(work, UMK_VERIFICATION_FNMR_GAP);
    if (work->permuted != NULL)
        null.neutral = _umk_bias_chance_mean(work->permuted, work->n_permuted);
    get_interval(work, UMK_VERIFICATION_FNMR_GAP, &interval);
    _umk_bias_add_control(result, &null, work->level);
    _umk_bias_add_detectable_by(result, params, &null, "permutations", interval.deviation,
                                1.0);
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
count_identities(const UmkVerificationResult *work, gsize group)
{
    gsize n = 0;

    for (gsize i = 0; i < work->pairs.identities->n; i++)
        n += work->pairs.group_of[i] == (gint32) group;
    return n;
}

void
_umk_verification_count(const UmkTrials *trials, gsize *n_targets, gsize *n_others)
{
    *n_targets = 0;
    for (gsize i = 0; i < trials->n; i++)
        *n_targets += trials->targets[i] != 0;
    *n_others = trials->n - *n_targets;
}

static void
add_row(JsonBuilder *result, const UmkVerificationResult *work, gsize g)
{
    const UmkVerification *verification = &work->verification;
    UmkTrials trials = _umk_verification_get_trials(verification, g + 1, NULL);
    UmkBiasInterval interval = {.low = (double) NAN, .high = (double) NAN};
    gsize n_targets, n_others;

    _umk_verification_count(&trials, &n_targets, &n_others);
    get_interval(work, _umk_verification_at(verification, UMK_VERIFICATION_GROUP_EER, g),
                 &interval);
    json_builder_begin_object(result);
    _umk_bias_add_text(result, "label", work->pairs.groups->names[g]);
    _umk_bias_add_count(result, "n", work->pairs.rows_of[g]);
    _umk_bias_add_count(result, "n-identities", count_identities(work, g));
    _umk_bias_add_count(result, "target-pairs", n_targets);
    _umk_bias_add_count(result, "impostor-pairs", n_others);
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
add_rows(JsonBuilder *result, const UmkVerificationResult *work)
{
    static const char *const first[] = {"n", "n-identities", "target-pairs",
                                        "impostor-pairs"};
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
add_curves(JsonBuilder *result, const UmkVerificationResult *work)
{
    json_builder_set_member_name(result, "series");
    json_builder_begin_array(result);
    for (gsize g = 0; g < work->verification.n_groups; g++) {
        UmkTrials trials = _umk_verification_get_trials(&work->verification, g + 1, NULL);
        gsize n_targets, n_others;

        _umk_verification_count(&trials, &n_targets, &n_others);
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
add_notes(JsonBuilder *result, const UmkVerificationResult *work, gboolean is_open)
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

void
_umk_verification_write(JsonBuilder *result,
                        const UmkVerificationResult *work,
                        UmkParams *params,
                        gboolean is_open)
{
    add_figures(result, work);
    add_tests(result, work);
    add_chance(result, work, params);
    add_rows(result, work);
    add_curves(result, work);
    add_notes(result, work, is_open);
}
