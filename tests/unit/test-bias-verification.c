/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verification per group: counts of pairs, what an unequal model shows, calibration, and
 * defined answers on bad input. */
#include <umekomi/umekomi.h>

#include "bias-result.h"
#include "bias/umk-trials-private.h"
#include "core/umk-rng-private.h"

#define D 8

/* Speakers of two groups, n_rows each; those of the second group are noisier. */
static UmkBiasInput *
speakers(gsize n_speakers, gsize n_rows, double spread_1, double spread_2, guint64 seed)
{
    gsize n = n_speakers * n_rows;
    g_autofree float *rows = g_new(float, n *D);
    g_autoptr(UmkMatrix) background = NULL;
    g_auto(GStrv) identities = g_new0(char *, n + 1);
    g_autofree const char **groups = g_new0(const char *, n + 1);
    UmkBiasInput *input;
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize s = 0; s < n_speakers; s++) {
        double place[D], spread = s % 2 == 0 ? spread_1 : spread_2;

        for (gsize j = 0; j < D; j++)
            place[j] = _umk_rng_normal(&rng);
        for (gsize i = s * n_rows; i < (s + 1) * n_rows; i++) {
            for (gsize j = 0; j < D; j++)
                rows[i * D + j] = (float) (place[j] + spread * _umk_rng_normal(&rng));
            identities[i] = g_strdup_printf("speaker %zu", s);
            groups[i] = s % 2 == 0 ? "clear" : "noisy";
        }
    }
    background = umk_matrix_new_from_data(n, D, rows, NULL);
    input = umk_bias_input_new(background, NULL);
    g_assert_true(umk_bias_input_set_column(input, "identity",
                                            (const char *const *) identities, n, NULL));
    g_assert_true(umk_bias_input_set_column(input, "group", groups, n, NULL));
    return input;
}

static double
cell(JsonNode *result, const char *row, const char *column)
{
    JsonObject *object = bias_row(result, row);

    g_assert_true(json_object_has_member(object, column));
    g_assert_false(json_object_get_null_member(object, column));
    return json_object_get_double_member(object, column);
}

static void
test_counts(void)
{
    g_autoptr(UmkBiasInput) input = speakers(12, 4, 0.4, 0.4, 11);
    g_autoptr(JsonNode) within = NULL, all = NULL;

    within = bias_measure("verification", input, "replicates=0,permutations=0");
    /* 6 speakers a group: 6 C(4,2) pairs that belong together, C(24,2) less those */
    g_assert_cmpfloat(cell(within, "clear", "target-pairs"), ==, 36);
    g_assert_cmpfloat(cell(within, "clear", "impostor-pairs"), ==, 276 - 36);
    g_assert_cmpfloat(cell(within, "noisy", "n-identities"), ==, 6);
    g_assert_true(bias_has_note(within, "few-identities"));
    g_assert_false(bias_has_note(within, "pairs-sampled"));
    all =
        bias_measure("verification", input, "impostors=all,replicates=0,permutations=0");
    /* each group's own figures do not change, the pooled ones do */
    g_assert_cmpfloat(cell(all, "clear", "eer"), ==, cell(within, "clear", "eer"));
    g_assert_cmpfloat(bias_value(all, "auc"), !=, bias_value(within, "auc"));
}

static void
test_unequal(void)
{
    g_autoptr(UmkBiasInput) input = speakers(60, 4, 0.2, 1.2, 11);
    g_autoptr(JsonNode) result = NULL;

    result = bias_measure("verification", input,
                          "replicates=200,permutations=2000,threshold=0.6");
    g_assert_cmpfloat(cell(result, "clear", "eer"), <, cell(result, "noisy", "eer"));
    g_assert_cmpfloat(cell(result, "clear", "fnmr-at-threshold"), <,
                      cell(result, "noisy", "fnmr-at-threshold"));
    g_assert_cmpfloat(bias_p(result, "fnmr-gap"), <, 0.01);
    g_assert_cmpfloat(bias_value(result, "garbe"), >, 0.1);
    g_assert_cmpfloat(bias_value(result, "fdr"), <, 1.0);
    bias_assert_described(result);
    g_assert_cmpfloat(bias_value(result, "cllr-min"), <=, bias_value(result, "cllr"));
    g_assert_true(json_object_has_member(bias_figure(result, "eer"), "intervals"));
    g_assert_cmpfloat(cell(result, "noisy", "low"), <, cell(result, "noisy", "eer"));
    g_assert_cmpfloat(cell(result, "noisy", "high"), >, cell(result, "noisy", "eer"));
}

/* Groups that do not differ: p is below 0.2 as often as that, 8 of 40 times (and more
 * than 17 times once in 3,300). */
static void
test_equal(void)
{
    guint n_small = 0;

    for (guint64 seed = 0; seed < 40; seed++) {
        g_autoptr(UmkBiasInput) input = speakers(20, 4, 0.9, 0.9, seed);
        g_autoptr(JsonNode) result =
            bias_measure("verification", input, "replicates=0,permutations=500");
        double p = bias_p(result, "fnmr-gap");

        g_test_message("p = %g", p);
        n_small += p < 0.2;
    }
    g_assert_cmpuint(n_small, >=, 1);
    g_assert_cmpuint(n_small, <=, 17);
}

/* A draw of the pairs comes near to all of them. */
static void
test_sampled(void)
{
    g_autoptr(UmkBiasInput) input = speakers(80, 6, 0.8, 1.0, 11);
    g_autoptr(JsonNode) all = NULL, some = NULL;

    all = bias_measure("verification", input, "replicates=0,permutations=0");
    some = bias_measure("verification", input, "replicates=0,permutations=0,pairs=12000");
    g_assert_true(bias_has_note(some, "pairs-sampled"));
    /* 6,000 of the pairs at a rate of about 0.2: 4 standard errors are 0.02 */
    bias_assert_figure(some, "eer", bias_value(all, "eer"), 0.02);
    bias_assert_figure(some, "auc", bias_value(all, "auc"), 0.02);
    g_assert_cmpfloat(cell(some, "clear", "target-pairs"), ==, 40 * 15);
}

static void
test_threads(void)
{
    g_autoptr(UmkBiasInput) input = speakers(20, 4, 0.5, 0.9, 11);

    bias_assert_threads("verification", input, "replicates=64,permutations=300");
}

static UmkBiasInput *
labelled(const char *const *identities, const char *const *groups, gsize n)
{
    g_autofree float *rows = g_new(float, n * 2);
    g_autoptr(UmkMatrix) background = NULL;
    UmkBiasInput *input;

    for (gsize i = 0; i < n; i++) {
        rows[2 * i] = (float) cos(0.3 * (double) i);
        rows[2 * i + 1] = (float) sin(0.3 * (double) i);
    }
    background = umk_matrix_new_from_data(n, 2, rows, NULL);
    input = umk_bias_input_new(background, NULL);
    if (identities != NULL)
        umk_bias_input_set_column(input, "identity", identities, n, NULL);
    if (groups != NULL)
        umk_bias_input_set_column(input, "group", groups, n, NULL);
    return input;
}

static void
test_bad_input(void)
{
    static const char *const alone[] = {"a", "b", "c", "d"};
    static const char *const same[] = {"a", "a", "a", ""};
    static const char *const pairs[] = {"a", "a", "b", "b"};
    static const char *const groups[] = {"F", "F", "M", "M"};
    static const char *const crossed[] = {"F", "M", "F", "M"};
    g_autoptr(UmkBiasInput) no_column = labelled(NULL, groups, 4);
    g_autoptr(UmkBiasInput) no_targets = labelled(alone, groups, 4);
    g_autoptr(UmkBiasInput) one = labelled(same, NULL, 4);
    g_autoptr(UmkBiasInput) apart = labelled(pairs, groups, 4);
    g_autoptr(UmkBiasInput) straddling = labelled(pairs, crossed, 4);
    g_autoptr(JsonNode) result = NULL;

    bias_assert_error("verification", no_column, UMK_ERROR_PARAM, "identity");
    result = bias_measure("verification", no_targets, "");
    bias_assert_undefined(result, "eer", "no-targets");
    bias_assert_undefined(result, "fnmr-gap", "no-targets");
    g_clear_pointer(&result, json_node_unref);
    result = bias_measure("verification", one, "");
    bias_assert_undefined(result, "eer", "no-impostors");
    g_assert_true(bias_has_note(result, "left-out-without-label"));
    g_clear_pointer(&result, json_node_unref);
    /* each group has one speaker: no impostors within it, but some among all */
    result = bias_measure("verification", apart, "impostors=all");
    bias_assert_undefined(result, "eer-gap", "too-few-groups");
    bias_assert_figure(result, "eer", 0.0, 0.5);
    g_clear_pointer(&result, json_node_unref);
    result = bias_measure("verification", straddling, "impostors=all");
    g_assert_true(bias_has_note(result, "identity-in-two-groups"));
}

/* All vectors alike: every pair scores the same, which is no better than a coin. */
static void
test_constant(void)
{
    static const float rows[12] = {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
    static const char *const identities[] = {"a", "a", "b", "b", "c", "c"};
    g_autoptr(UmkMatrix) background = umk_matrix_new_from_data(6, 2, rows, NULL);
    g_autoptr(UmkBiasInput) input = umk_bias_input_new(background, NULL);
    g_autoptr(JsonNode) result = NULL;

    umk_bias_input_set_column(input, "identity", identities, 6, NULL);
    result = bias_measure("verification", input, "replicates=10");
    bias_assert_figure(result, "eer", 0.5, 1e-12);
    bias_assert_figure(result, "auc", 0.5, 1e-12);
    bias_assert_figure(result, "cllr-min", 1.0, 1e-12);
    bias_assert_undefined(result, "eer-gap", "too-few-groups");
}

/* Ratios that are right: calibration finds slope 1 and offset 0, and Cllr its minimum.
 * Scores of targets are normal around +1, of others around -1, both of variance 2, so
 * that the score is the log-likelihood ratio. */
static void
test_calibration(void)
{
    enum { N = 20000 };
    g_autofree double *scores = g_new(double, 2 * N);
    g_autofree guint8 *targets = g_new0(guint8, 2 * N);
    UmkTrials trials = {scores, targets, NULL, 2 * N};
    double slope, offset, last = 1e9;
    UmkRng rng;

    _umk_rng_init(&rng, 3, 0);
    for (gsize i = 0; i < 2 * N; i++) {
        targets[i] = (guint8) (i % 2);
        scores[i] = (i % 2 ? 1.0 : -1.0) + sqrt(2.0) * _umk_rng_normal(&rng);
    }
    for (gsize gap = 2 * N; gap > 1;) { /* sort both arrays, highest first */
        gap = MAX(gap / 2, 1);
        for (gsize i = gap; i < 2 * N; i++)
            for (gsize j = i; j >= gap && scores[j] > scores[j - gap]; j -= gap) {
                double score = scores[j];
                guint8 target = targets[j];

                scores[j] = scores[j - gap], scores[j - gap] = score;
                targets[j] = targets[j - gap], targets[j - gap] = target;
            }
    }
    for (gsize i = 0; i < 2 * N; i++) {
        g_assert_cmpfloat(scores[i], <=, last);
        last = scores[i];
    }
    g_assert_true(_umk_trials_calibrate(&trials, &slope, &offset));
    g_assert_cmpfloat_with_epsilon(slope, 1.0, 0.05);
    g_assert_cmpfloat_with_epsilon(offset, 0.0, 0.05);
    g_assert_cmpfloat(_umk_trials_cllr(&trials, slope, offset), <=,
                      _umk_trials_cllr(&trials, 1.0, 0.0));
    g_assert_cmpfloat_with_epsilon(_umk_trials_cllr(&trials, 1.0, 0.0),
                                   _umk_trials_min_cllr(&trials), 0.01);
    g_assert_cmpfloat(_umk_trials_calibration_error(&trials, slope, offset), <, 0.02);
    g_assert_cmpfloat(_umk_trials_cllr(&trials, 5.0, 0.0), >, 1.0);
    g_assert_cmpfloat_with_epsilon(_umk_trials_cllr(&trials, 0.0, 0.0), 1.0, 1e-9);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bias-verification/counts", test_counts);
    g_test_add_func("/bias-verification/unequal", test_unequal);
    g_test_add_func("/bias-verification/equal", test_equal);
    g_test_add_func("/bias-verification/sampled", test_sampled);
    g_test_add_func("/bias-verification/threads", test_threads);
    g_test_add_func("/bias-verification/bad-input", test_bad_input);
    g_test_add_func("/bias-verification/constant", test_constant);
    g_test_add_func("/bias-verification/calibration", test_calibration);
    return g_test_run();
}
