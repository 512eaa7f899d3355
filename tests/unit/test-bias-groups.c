/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crossed groups: means that can be counted on fingers, an effect that only the crossing
 * shows, small and empty cells, and defined answers on bad input. */
#include <umekomi/umekomi.h>

#include "bias-result.h"
#include "core/umk-rng-private.h"

static const float plus_x[] = {3, 0};
static const float minus_x[] = {-1, 0};
static const char *const one_name[] = {"one", NULL};

static void
add_set(UmkBiasInput *input, const char *role, const float *row)
{
    g_autoptr(UmkMatrix) rows = umk_matrix_new_from_data(1, 2, row, NULL);

    g_assert_true(umk_bias_input_add_set(input, role, NULL, rows, one_name, NULL));
}

/* Row i has the cosine cosines[i] to the x axis; labels are one letter each. */
static UmkBiasInput *
input_of(const double *cosines, gsize n, const char *first, const char *second)
{
    const char *columns[2] = {first, second};
    static const char *const names[2] = {"group", "group-2"};
    g_autofree float *rows = g_new(float, 2 * n + 1);
    g_autoptr(UmkMatrix) background = NULL;
    UmkBiasInput *input;

    for (gsize i = 0; i < n; i++) {
        rows[2 * i] = (float) (5.0 * cosines[i]);
        rows[2 * i + 1] = (float) (5.0 * sqrt(1.0 - cosines[i] * cosines[i]));
    }
    background = umk_matrix_new_from_data(n, 2, rows, NULL);
    input = umk_bias_input_new(background, NULL);
    for (gsize c = 0; c < 2 && columns[c] != NULL; c++) {
        g_auto(GStrv) labels = g_new0(char *, n + 1);

        for (gsize i = 0; i < n; i++)
            labels[i] =
                columns[c][i] == '.' ? g_strdup("") : g_strndup(columns[c] + i, 1);
        g_assert_true(umk_bias_input_set_column(input, names[c],
                                                (const char *const *) labels, n, NULL));
    }
    return input;
}

static const double eight[] = {0.8, 0.6, 0.4, 0.2, 0.0, -0.2, -0.4, -0.6};

static double
cell(JsonNode *result, const char *row, const char *column)
{
    return json_object_get_double_member(bias_row(result, row), column);
}

static void
test_counted(void)
{
    g_autoptr(UmkBiasInput) input = input_of(eight, 8, "FFFFMMMM", "ooyyooyy");
    g_autoptr(JsonNode) result = NULL;

    add_set(input, "a", plus_x);
    result = bias_measure("groups", input, "least=2");
    /* cosines of float rows: 1e-7 */
    bias_assert_figure(result, "max-gap", 0.7 - -0.5, 1e-6);
    bias_assert_figure(result, "overall-mean", 0.1, 1e-6);
    bias_assert_figure(result, "worst-deviation", 0.6, 1e-6);
    bias_assert_figure(result, "interaction", 0.0, 1e-6);
    g_assert_cmpfloat_with_epsilon(cell(result, "F × y", "mean"), 0.3, 1e-6);
    g_assert_cmpfloat(cell(result, "F × y", "n"), ==, 2);
    g_assert_true(bias_has_note(result, "crossed"));
    g_assert_true(bias_has_note(result, "cosine-to-set"));
}

/* Each grouping alone shows nothing; their crossing does. */
static void
test_interaction(void)
{
    static const double cosines[] = {0.5, 0.5, -0.5, -0.5, -0.5, -0.5, 0.5, 0.5};
    g_autoptr(UmkBiasInput) crossed = input_of(cosines, 8, "FFFFMMMM", "ooyyooyy");
    g_autoptr(UmkBiasInput) alone = input_of(cosines, 8, "FFFFMMMM", NULL);
    g_autoptr(JsonNode) both = NULL, one = NULL;

    add_set(crossed, "a", plus_x);
    add_set(alone, "a", plus_x);
    both = bias_measure("groups", crossed, "least=2");
    one = bias_measure("groups", alone, "least=2");
    bias_assert_figure(one, "max-gap", 0.0, 1e-6);
    bias_assert_undefined(one, "interaction", "one-grouping");
    bias_assert_figure(both, "max-gap", 1.0, 1e-6);
    bias_assert_figure(both, "interaction", 0.5, 1e-6);
    g_assert_cmpfloat_with_epsilon(cell(both, "M × y", "beyond-marginals"), 0.5, 1e-6);
}

/* Swapping the two sets turns the sign, and an axis is the cosine to x - y. */
static void
test_forms(void)
{
    g_autoptr(UmkBiasInput) forth = input_of(eight, 8, "FFFFMMMM", NULL);
    g_autoptr(UmkBiasInput) back = input_of(eight, 8, "FFFFMMMM", NULL);
    g_autoptr(UmkBiasInput) axis = input_of(eight, 8, "FFFFMMMM", NULL);
    g_autoptr(JsonNode) a = NULL, b = NULL, c = NULL;

    add_set(forth, "a", plus_x);
    add_set(forth, "b", minus_x);
    add_set(back, "a", minus_x);
    add_set(back, "b", plus_x);
    add_set(axis, "x", plus_x);
    add_set(axis, "y", minus_x);
    a = bias_measure("groups", forth, "least=2");
    b = bias_measure("groups", back, "least=2");
    c = bias_measure("groups", axis, "least=2");
    bias_assert_figure(a, "overall-mean", 0.2, 1e-6);
    bias_assert_figure(b, "overall-mean", -0.2, 1e-6);
    bias_assert_figure(c, "overall-mean", 0.1, 1e-6);
    g_assert_cmpfloat(bias_value(a, "max-gap"), ==, bias_value(b, "max-gap"));
}

static void
test_small_cells(void)
{
    g_autoptr(UmkBiasInput) input = input_of(eight, 8, "FFFFFFMM", "oooyyyoo");
    g_autoptr(JsonNode) result = NULL;

    add_set(input, "a", plus_x);
    result = bias_measure("groups", input, "least=3");
    /* M × o has 2 rows and the lowest mean, but is not compared; M × y is empty */
    bias_assert_figure(result, "max-gap", 0.6, 1e-6);
    g_assert_cmpfloat(cell(result, "M × o", "small-cell"), ==, 1);
    g_assert_cmpfloat(cell(result, "F × o", "small-cell"), ==, 0);
    g_assert_true(json_object_get_null_member(bias_row(result, "M × y"), "mean"));
    g_assert_true(bias_has_note(result, "small-cell"));
    g_assert_true(bias_has_note(result, "empty-cell"));
    g_clear_pointer(&result, json_node_unref);
    result = bias_measure("groups", input, "");
    bias_assert_undefined(result, "max-gap", "too-few-cells");
}

static void
test_bad_input(void)
{
    static const float both_ways[] = {1, 0};
    g_autoptr(UmkBiasInput) no_role = input_of(eight, 8, "FFFFMMMM", NULL);
    g_autoptr(UmkBiasInput) half_axis = input_of(eight, 8, "FFFFMMMM", NULL);
    g_autoptr(UmkBiasInput) no_axis = input_of(eight, 8, "FFFFMMMM", NULL);
    g_autoptr(UmkBiasInput) none = input_of(eight, 8, "........", NULL);
    g_autoptr(UmkBiasInput) some = input_of(eight, 8, "FF..MM..", NULL);
    g_autoptr(JsonNode) result = NULL;

    bias_assert_error("groups", no_role, UMK_ERROR_PARAM, "role");
    add_set(half_axis, "x", plus_x);
    bias_assert_error("groups", half_axis, UMK_ERROR_PARAM, "axis");
    add_set(no_axis, "x", plus_x);
    add_set(no_axis, "y", both_ways);
    result = bias_measure("groups", no_axis, "");
    bias_assert_undefined(result, "max-gap", "zero-vector");
    g_clear_pointer(&result, json_node_unref);
    add_set(none, "a", plus_x);
    bias_assert_error("groups", none, UMK_ERROR_INVALID_DATA, "group");
    add_set(some, "a", plus_x);
    result = bias_measure("groups", some, "least=2");
    g_assert_true(bias_has_note(result, "left-out-without-group"));
    bias_assert_figure(result, "max-gap", 0.7 - -0.1, 1e-6);
}

/* Rows of length 1 around x by a normal angle; the second half is turned by shift. */
static UmkBiasInput *
halves(double shift, guint64 seed)
{
    double cosines[60];
    char labels[61] = {0};
    UmkBiasInput *input;
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < 60; i++) {
        cosines[i] = cos(1.2 + 0.2 * _umk_rng_normal(&rng) + (i < 30 ? 0.0 : shift));
        labels[i] = i < 30 ? 'F' : 'M';
    }
    input = input_of(cosines, 60, labels, NULL);
    add_set(input, "a", plus_x);
    return input;
}

static void
test_p(void)
{
    g_autoptr(UmkBiasInput) far = halves(0.3, 5);
    g_autoptr(JsonNode) result = bias_measure("groups", far, "permutations=2000");
    JsonObject *gap = bias_figure(result, "max-gap");
    JsonObject *interval =
        json_array_get_object_element(json_object_get_array_member(gap, "intervals"), 0);
    guint n_small = 0;

    g_assert_cmpfloat(bias_p(result, "max-gap"), <=, 1.0 / 2001.0 + 1e-12);
    g_assert_cmpfloat(json_object_get_double_member(interval, "low"), >, 0.0);
    g_assert_cmpfloat(
        json_object_get_double_member(bias_figure(result, "max-gap"), "neutral"), >, 0.0);
    g_assert_true(bias_has_note(result, "neutral-by-chance"));
    g_assert_cmpfloat(json_object_get_double_member(interval, "low"), <,
                      bias_value(result, "max-gap"));
    /* the same place: p below 0.2 about 8 of 40 times, more than 17 once in 3,300 */
    for (guint64 seed = 0; seed < 40; seed++) {
        g_autoptr(UmkBiasInput) same = halves(0.0, seed);
        g_autoptr(JsonNode) none =
            bias_measure("groups", same, "permutations=500,replicates=0");

        n_small += bias_p(none, "max-gap") < 0.2;
    }
    g_assert_cmpuint(n_small, >=, 1);
    g_assert_cmpuint(n_small, <=, 17);
}

static void
test_threads(void)
{
    g_autoptr(UmkBiasInput) input = halves(0.1, 9);

    bias_assert_threads("groups", input, "permutations=200,replicates=200");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bias-groups/counted", test_counted);
    g_test_add_func("/bias-groups/interaction", test_interaction);
    g_test_add_func("/bias-groups/forms", test_forms);
    g_test_add_func("/bias-groups/small-cells", test_small_cells);
    g_test_add_func("/bias-groups/bad-input", test_bad_input);
    g_test_add_func("/bias-groups/p", test_p);
    g_test_add_func("/bias-groups/threads", test_threads);
    return g_test_run();
}
