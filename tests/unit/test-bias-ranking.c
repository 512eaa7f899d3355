/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Search fairness on rankings that can be counted on fingers, and its defined answers on
 * bad input. Hypergeometric numbers: sums of binomial coefficients as whole numbers of
 * any length, divided once (Python 3.11 fractions). */
#include <umekomi/umekomi.h>

#include "bias-result.h"
#include "bias/umk-skew-private.h"
#include "core/umk-rng-private.h"
#include "stats/umk-hypergeometric-private.h"

/* Rows on a quarter of a circle, so that a query along x finds them in their order. */
static UmkMatrix *
fan(gsize n)
{
    g_autofree float *rows = g_new(float, 2 * n);

    for (gsize i = 0; i < n; i++) {
        double angle = 1.5 * (double) (i + 1) / (double) n;

        rows[2 * i] = (float) (2.0 * cos(angle));
        rows[2 * i + 1] = (float) (2.0 * sin(angle));
    }
    return umk_matrix_new_from_data(n, 2, rows, NULL);
}

static UmkBiasInput *
input_of(const char *groups, const char *const *names)
{
    gsize n = strlen(groups);
    g_autoptr(UmkMatrix) background = fan(n);
    UmkBiasInput *input = umk_bias_input_new(background, names);
    g_autofree char **labels = g_new0(char *, n + 1);

    for (gsize i = 0; i < n; i++)
        labels[i] = groups[i] == '.' ? g_strdup("") : g_strndup(groups + i, 1);
    umk_bias_input_set_column(input, "group", (const char *const *) labels, n, NULL);
    for (gsize i = 0; i < n; i++)
        g_free(labels[i]);
    return input;
}

static void
ask(UmkBiasInput *input, const float *queries, const char *const *names)
{
    gsize n = g_strv_length((char **) names);
    g_autoptr(UmkMatrix) rows = umk_matrix_new_from_data(n, 2, queries, NULL);
    g_autoptr(GError) error = NULL;

    umk_bias_input_add_set(input, "queries", NULL, rows, names, &error);
    g_assert_no_error(error);
}

static const float along_x[] = {1, 0, 0, 1};
static const char *const one_name[] = {"person", NULL};
static const char *const two_names[] = {"person", "face", NULL};

static void
test_counted(void)
{
    g_autoptr(UmkBiasInput) input = input_of("FFFMFMMMMM", NULL);
    g_autoptr(JsonNode) result = NULL;
    JsonObject *row;

    ask(input, along_x, one_name);
    result = bias_measure("ranking", input, "k=3,permutations=5000");
    /* three F of three; 4 of 10 are F: MaxSkew ln(1 / 0.4) */
    bias_assert_figure(result, "max-skew", log(2.5), 1e-12);
    bias_assert_undefined(result, "min-skew", "absent");
    bias_assert_figure(result, "max-skew-smoothed", log(4.0 / 5.0 / 0.4), 1e-12);
    bias_assert_figure(result, "kl", log(2.5), 1e-12);
    bias_assert_figure(result, "total-variation", 0.6, 1e-12);
    bias_assert_figure(result, "bias-at-k", 1.0, 1e-12);
    row = bias_row(result, "F");
    /* C(4,3) / C(10,3) = 4 / 120 */
    g_assert_cmpfloat_with_epsilon(json_object_get_double_member(row, "p-greater"),
                                   4.0 / 120.0, 1e-12);
    g_assert_cmpfloat_with_epsilon(json_object_get_double_member(row, "p-less"), 1.0,
                                   1e-12);
    g_assert_true(json_object_get_null_member(bias_row(result, "M"), "skew"));
    g_assert_cmpstr(json_object_get_string_member(bias_row(result, "M"), "undefined"), ==,
                    "absent");
    /* the same event by dealing groups anew, and its exact chance: F F F or M M M with
     * M so skewed never counts, for ln(1 / 0.6) is less */
    g_assert_cmpfloat_with_epsilon(bias_p(result, "max-skew"), 4.0 / 120.0, 0.01);
}

static void
test_own_row(void)
{
    static const char *const names[] = {"person", "b", "c", "d", "e", "f", NULL};
    g_autoptr(UmkBiasInput) with = input_of("FFMFMM", names);
    g_autoptr(UmkBiasInput) without = input_of("FFMFMM", NULL);
    g_autoptr(JsonNode) left = NULL, kept = NULL;

    ask(with, along_x, one_name);
    ask(without, along_x, one_name);
    left = bias_measure("ranking", with, "k=2");
    kept = bias_measure("ranking", without, "k=2");
    bias_assert_figure(left, "bias-at-k", 0.0, 1e-12);
    bias_assert_figure(kept, "bias-at-k", 1.0, 1e-12);
    g_assert_true(bias_has_note(left, "own-row-left-out"));
}

static void
test_many_queries(void)
{
    g_autoptr(UmkBiasInput) input = input_of("FFFMFMMMMM", NULL);
    g_autoptr(JsonNode) result = NULL;

    ask(input, along_x, two_names);
    result = bias_measure("ranking", input, "k=3");
    /* the other query, along y, finds M M M */
    bias_assert_figure(result, "max-skew", (log(2.5) + log(1 / 0.6)) / 2, 1e-12);
    bias_assert_figure(result, "bias-at-k", 0.0, 1e-12);
    bias_assert_undefined(result, "min-skew", "absent");
    g_assert_true(json_object_has_member(bias_figure(result, "ndkl"), "intervals"));
    g_assert_true(bias_has_note(result, "mean-over-queries"));
    g_assert_cmpfloat(
        json_object_get_double_member(bias_figure(result, "max-skew"), "neutral"), >,
        0.0);
    g_assert_true(bias_has_note(result, "neutral-by-chance"));
}

static void
test_parity(void)
{
    static const char *const relevant[] = {"person", "",     "", "face|person", "", "",
                                           "",       "face", "", "face"};
    g_autoptr(UmkBiasInput) input = input_of("FFFMFMMMMM", NULL);
    g_autoptr(JsonNode) result = NULL;
    double mrr_m = (1.0 / 4 + 1.0 / 1) / 2;

    g_assert_true(umk_bias_input_set_column(input, "relevant", relevant, 10, NULL));
    ask(input, along_x, two_names);
    result = bias_measure("ranking", input, "k=3");
    /* F: person finds it first. M: person's is fourth; face finds first and third of 3 */
    bias_assert_figure(result, "recall-gap", 1.0 - (0.0 + 2.0 / 3) / 2, 1e-12);
    bias_assert_figure(result, "mrr-gap", 1.0 - mrr_m, 1e-12);
    bias_assert_figure(result, "mrr-ratio", mrr_m, 1e-12);
}

/* Every answer that has no number has a reason. */
static void
test_bad_input(void)
{
    static const float zero[] = {0, 0};
    static const char *const nothing[] = {NULL};
    g_autoptr(UmkBiasInput) whole = input_of("FFMM", NULL);
    g_autoptr(UmkBiasInput) single = input_of("FFFF.", NULL);
    g_autoptr(UmkBiasInput) blank = input_of("FFMMM", NULL);
    g_autoptr(UmkBiasInput) empty = input_of("FFMMM", NULL);
    g_autoptr(UmkBiasInput) unlabelled = input_of(".....", NULL);
    g_autoptr(JsonNode) result = NULL;

    ask(whole, along_x, one_name);
    result = bias_measure("ranking", whole, "k=10");
    bias_assert_undefined(result, "max-skew", "whole-set");
    g_clear_pointer(&result, json_node_unref);
    ask(single, along_x, one_name);
    result = bias_measure("ranking", single, "k=2");
    bias_assert_undefined(result, "max-skew", "one-group");
    g_assert_true(bias_has_note(result, "left-out-without-group"));
    g_clear_pointer(&result, json_node_unref);
    ask(blank, zero, one_name);
    result = bias_measure("ranking", blank, "k=2");
    bias_assert_undefined(result, "max-skew", "zero-vector");
    g_clear_pointer(&result, json_node_unref);
    ask(empty, zero, nothing);
    result = bias_measure("ranking", empty, "k=2");
    bias_assert_undefined(result, "max-skew", "empty-set");
    ask(unlabelled, along_x, one_name);
    bias_assert_error("ranking", unlabelled, UMK_ERROR_INVALID_DATA, "group");
}

static void
test_needs_column(void)
{
    g_autoptr(UmkMatrix) background = fan(6);
    g_autoptr(UmkBiasInput) input = umk_bias_input_new(background, NULL);

    bias_assert_error("ranking", input, UMK_ERROR_PARAM, "queries");
    ask(input, along_x, one_name);
    bias_assert_error("ranking", input, UMK_ERROR_PARAM, "group");
}

/* All cosines equal: the order of the rows, whatever the groups are called. */
static void
test_ties(void)
{
    static const char *const groups[] = {"M", "F", "M", "F", "F", "F"};
    g_autofree float *rows = g_new(float, 12);
    g_autoptr(UmkMatrix) background = NULL;
    g_autoptr(UmkBiasInput) input = NULL;
    g_autoptr(JsonNode) result = NULL;

    for (gsize i = 0; i < 12; i++)
        rows[i] = 1.0f;
    background = umk_matrix_new_from_data(6, 2, rows, NULL);
    input = umk_bias_input_new(background, NULL);
    umk_bias_input_set_column(input, "group", groups, 6, NULL);
    ask(input, along_x, one_name);
    result = bias_measure("ranking", input, "k=3");
    bias_assert_figure(result, "bias-at-k", (1.0 - 2.0) / 3.0, 1e-12);
}

/* NDKL is 0 if and only if every prefix is as the target. */
static void
test_ndkl_property(void)
{
    static const double target[] = {1.0};
    static const double halves[] = {0.5, 0.5};
    static const gint32 all_one[] = {0, 0, 0};
    static const gint32 mixed[] = {0, 1, 1, 0};
    double counts[2];
    UmkSkew skew;

    _umk_skew_measure(&(UmkSkewTarget){target, 1, 1}, all_one, 3, counts, &skew);
    g_assert_cmpfloat(skew.ndkl, ==, 0.0);
    _umk_skew_measure(&(UmkSkewTarget){halves, 2, 1}, mixed, 4, counts, &skew);
    g_assert_cmpfloat(skew.kl, ==, 0.0);
    g_assert_cmpfloat(skew.ndkl, >, 0.0);
}

static void
test_threads(void)
{
    g_autoptr(UmkBiasInput) input = input_of("FFFMFMMMMMFFMMFMFMFMMMFMFFFFMMMM", NULL);
    g_autofree float *queries = g_new(float, 24);
    char *names[13] = {NULL};

    for (gsize i = 0; i < 12; i++) {
        queries[2 * i] = (float) cos(0.1 * (double) i);
        queries[2 * i + 1] = (float) sin(0.1 * (double) i);
        names[i] = g_strdup_printf("q%zu", i);
    }
    ask(input, queries, (const char *const *) names);
    bias_assert_threads("ranking", input, "k=5,replicates=300,permutations=300");
    for (gsize i = 0; i < 12; i++)
        g_free(names[i]);
}

static void
test_hypergeometric(void)
{
    static const struct {
        guint64 total, marked, drawn, seen;
        double less, greater, two_sided;
    } cases[] = {
        {20, 7, 12, 4, 0.60835913312693501, 0.74922600619195046, 1},
        {100, 40, 10, 9, 0.99995103146306352, 0.00099674667119142401,
         0.00099674667119142401},
        {1000, 500, 50, 40, 0.9999983474198475, 7.4838525471901118e-06,
         1.4967705094380224e-05},
        {100000, 3, 20, 1, 0.99999988601254042, 0.00059988600570019378,
         0.00059988600570019378},
        {5000, 2500, 2500, 1100, 1.2590960612641393e-17, 1, 2.5181921225282787e-17},
    };
    UmkHypergeometric tails;

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_true(_umk_hypergeometric(cases[i].total, cases[i].marked, cases[i].drawn,
                                          cases[i].seen, &tails));
        g_assert_cmpfloat_with_epsilon(tails.less / cases[i].less, 1.0, 1e-9);
        g_assert_cmpfloat_with_epsilon(tails.greater / cases[i].greater, 1.0, 1e-9);
        g_assert_cmpfloat_with_epsilon(tails.two_sided / cases[i].two_sided, 1.0, 1e-9);
    }
    g_assert_false(_umk_hypergeometric(10, 11, 3, 1, &tails));
    g_assert_false(_umk_hypergeometric(10, 4, 11, 1, &tails));
    g_assert_false(_umk_hypergeometric(10, 4, 3, 4, &tails));
    g_assert_false(_umk_hypergeometric(10, 8, 5, 2, &tails));
    g_assert_true(_umk_hypergeometric(0, 0, 0, 0, &tails));
    g_assert_cmpfloat(tails.two_sided, ==, 1.0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bias-ranking/counted", test_counted);
    g_test_add_func("/bias-ranking/own-row", test_own_row);
    g_test_add_func("/bias-ranking/many-queries", test_many_queries);
    g_test_add_func("/bias-ranking/parity", test_parity);
    g_test_add_func("/bias-ranking/bad-input", test_bad_input);
    g_test_add_func("/bias-ranking/needs-column", test_needs_column);
    g_test_add_func("/bias-ranking/ties", test_ties);
    g_test_add_func("/bias-ranking/ndkl", test_ndkl_property);
    g_test_add_func("/bias-ranking/threads", test_threads);
    g_test_add_func("/bias-ranking/hypergeometric", test_hypergeometric);
    return g_test_run();
}
