/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures of association: what must hold whatever the vectors are (signs, bounds, scale,
 * the least p), exact counts against visiting every split, defined answers to sets that
 * say little, and the same bytes on one thread and on two. */
#include <umekomi/umekomi.h>

#include "bias/umk-partition-private.h"
#include "bias/umk-resample-private.h"
#include "bias/umk-shuffle-private.h"
#include "core/umk-rng-private.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#define D 12

static const char *const four[] = {"x", "y", "a", "b", NULL};

/* ---- building inputs --------------------------------------------------------------- */

static UmkMatrix *
random_rows(gsize n, guint64 seed, double lean)
{
    g_autofree float *rows = g_new(float, n *D + 1);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n * D; i++)
        rows[i] = (float) (_umk_rng_normal(&rng) + (i % D == 0 ? lean : 0.0));
    return umk_matrix_new_from_data(n, D, rows, NULL);
}

static GStrv
make_names(const char *stem, gsize n)
{
    char **names = g_new0(char *, n + 1);

    for (gsize i = 0; i < n; i++)
        names[i] = g_strdup_printf("%s%zu", stem, i);
    return names;
}

static void
add(UmkBiasInput *input, const char *role, UmkMatrix *rows)
{
    g_auto(GStrv) names = make_names(role, umk_matrix_get_n_rows(rows));
    g_autoptr(GError) error = NULL;

    umk_bias_input_add_set(input, role, NULL, rows, (const char *const *) names, &error);
    g_assert_no_error(error);
}

/* roles[i] gets a random set of sizes[i], leaning one way or the other. */
static UmkBiasInput *
random_input(const char *const roles[4], const gsize sizes[4])
{
    g_autoptr(UmkMatrix) background = random_rows(400, 99, 0.0);
    g_auto(GStrv) names = make_names("word", 400);
    UmkBiasInput *input = umk_bias_input_new(background, (const char *const *) names);

    for (gsize s = 0; s < 4; s++) {
        g_autoptr(UmkMatrix) rows = random_rows(sizes[s], s + 1, s % 2 == 0 ? 0.8 : -0.4);

        add(input, roles[s], rows);
    }
    return input;
}

static char *
measure_text(const char *name, UmkBiasInput *input, const char *options, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_bias_get_params(name, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) local = NULL;

    umk_params_parse(params, options, &local);
    g_assert_no_error(local);
    return umk_bias_measure(name, input, params, 42, NULL, NULL, NULL, error);
}

static gboolean
has_option(const char *measure, const char *option)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_bias_get_params(measure, &n_specs);

    for (gsize i = 0; i < n_specs; i++)
        if (strcmp(specs[i].name, option) == 0)
            return TRUE;
    return FALSE;
}

static JsonObject *
measure(const char *name, UmkBiasInput *input, const char *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = measure_text(name, input, options, &error);
    g_autoptr(JsonNode) root = NULL;

    g_assert_no_error(error);
    g_assert_null(strstr(text, "nan"));
    g_assert_null(strstr(text, "inf"));
    root = json_from_string(text, NULL);
    return json_node_dup_object(root);
}

static JsonObject *
find(JsonObject *result, const char *list, const char *key, const char *value)
{
    JsonArray *array = json_object_get_array_member(result, list);

    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonObject *one = json_array_get_object_element(array, i);

        if (strcmp(json_object_get_string_member(one, key), value) == 0)
            return one;
    }
    return NULL;
}

static double
figure(JsonObject *result, const char *id)
{
    JsonObject *one = find(result, "figures", "id", id);

    g_assert_nonnull(one);
    g_assert_false(json_object_get_null_member(one, "value"));
    return json_object_get_double_member(one, "value");
}

static const char *
undefined_figure(JsonObject *result, const char *id)
{
    JsonObject *one = find(result, "figures", "id", id);

    g_assert_nonnull(one);
    g_assert_true(json_object_get_null_member(one, "value"));
    g_assert_false(json_object_has_member(one, "intervals"));
    return json_object_get_string_member(one, "undefined");
}

static double
p_of(JsonObject *result, const char *alternative)
{
    JsonObject *one = find(result, "tests", "alternative", alternative);

    g_assert_nonnull(one);
    return json_object_get_double_member(one, "p");
}

static gboolean
has_note(JsonObject *result, const char *code)
{
    JsonArray *notes = json_object_get_array_member(result, "notes");

    for (guint i = 0; i < json_array_get_length(notes); i++)
        if (strcmp(json_array_get_string_element(notes, i), code) == 0)
            return TRUE;
    return FALSE;
}

/* ---- properties -------------------------------------------------------------------- */

#define QUICK "replicates=100,controls=20"

static void
test_signs(void)
{
    static const char *const swapped_targets[] = {"y", "x", "a", "b"};
    static const char *const swapped_attributes[] = {"x", "y", "b", "a"};
    static const gsize sizes[] = {6, 9, 5, 7};
    UmkBiasInput *inputs[3] = {random_input(four, sizes),
                               random_input(swapped_targets, sizes),
                               random_input(swapped_attributes, sizes)};
    g_autoptr(JsonObject) plain = measure("weat", inputs[0], QUICK);

    for (gsize i = 1; i < 3; i++) {
        g_autoptr(JsonObject) other = measure("weat", inputs[i], QUICK);

        g_assert_cmpfloat_with_epsilon(figure(other, "effect-size"),
                                       -figure(plain, "effect-size"), 1e-12);
        g_assert_cmpfloat_with_epsilon(figure(other, "statistic"),
                                       -figure(plain, "statistic"), 1e-12);
        g_assert_cmpfloat(p_of(other, "two-sided"), ==, p_of(plain, "two-sided"));
        /* the split that was found is on both sides */
        g_assert_cmpfloat(p_of(other, "greater") + p_of(plain, "greater"), >, 1.0);
    }
    for (gsize i = 0; i < 3; i++)
        umk_bias_input_unref(inputs[i]);
}

static void
test_bounds(void)
{
    for (gsize n_x = 1; n_x <= 7; n_x++)
        for (gsize n_y = 1; n_y <= 7; n_y += 3) {
            const gsize sizes[] = {n_x, n_y, 3, 4};
            g_autoptr(UmkBiasInput) input = random_input(four, sizes);
            g_autoptr(JsonObject) result = measure("weat", input, QUICK);
            JsonObject *effect = find(result, "figures", "id", "effect-size");
            double most = json_object_get_double_member(effect, "most");

            g_assert_cmpfloat(fabs(figure(result, "effect-size")), <=, most + 1e-12);
            if (n_x == n_y)
                g_assert_cmpfloat_with_epsilon(
                    most, 2.0 * sqrt((2.0 * (double) n_x - 1.0) / (2.0 * (double) n_x)),
                    1e-14);
            g_assert_cmpfloat(p_of(result, "greater") *
                                  (double) _umk_n_partitions(n_x + n_y, n_x),
                              >=, 1.0 - 1e-9);
        }
}

static void
test_scale(void)
{
    static const gsize sizes[] = {8, 8, 8, 8};
    g_autoptr(UmkBiasInput) plain = random_input(four, sizes);
    g_autoptr(UmkBiasInput) scaled = umk_bias_input_new(NULL, NULL);
    g_autoptr(JsonObject) before = NULL, after = NULL;

    for (gsize s = 0; s < 4; s++) {
        g_autoptr(UmkMatrix) rows = random_rows(8, s + 1, s % 2 == 0 ? 0.8 : -0.4);
        g_autofree float *values = g_new(float, 8 * D);
        g_autoptr(UmkMatrix) longer = NULL;

        for (gsize i = 0; i < 8 * D; i++) /* powers of two change nothing but exponents */
            values[i] =
                ldexpf(umk_matrix_get_row(rows, i / D, NULL)[i % D], (int) (i / D) - 3);
        longer = umk_matrix_new_from_data(8, D, values, NULL);
        add(scaled, four[s], longer);
    }
    before = measure("weat", plain, QUICK);
    after = measure("weat", scaled, QUICK);
    g_assert_cmpfloat_with_epsilon(figure(before, "effect-size"),
                                   figure(after, "effect-size"), 1e-12);
    g_assert_cmpfloat(p_of(before, "greater"), ==, p_of(after, "greater"));
}

/* ---- the permutation test against visiting every split ----------------------------- */

static UmkPartitionTest
permute(const double *values, gsize n, gsize n_first, guint exact_items)
{
    UmkPartitionInput input = {.values = values,
                               .n = n,
                               .n_first = n_first,
                               .tolerance = 1e-12,
                               .exact_items = exact_items,
                               .n_samples = 300000,
                               .seed = 7,
                               .level = 0.9999};
    g_auto(UmkRun) run = {0};
    UmkPartitionTest test;

    _umk_run_init(&run, NULL, NULL, NULL);
    g_assert_true(_umk_partition_test(&input, &test, &run, NULL));
    return test;
}

/* Every mask, with the plain means. */
static void
count_plainly(
    const double *values, gsize n, gsize n_first, double *greater, double *either)
{
    double found = 0.0, all = 0.0, n_all = 0.0;

    *greater = *either = 0.0;
    for (gsize i = 0; i < n; i++) {
        found += values[i] / (i < n_first ? (double) n_first : -(double) (n - n_first));
        all += values[i];
    }
    for (guint mask = 0; mask < 1u << n; mask++) {
        double sum = 0.0, difference;

        if ((gsize) __builtin_popcount(mask) != n_first)
            continue;
        for (gsize i = 0; i < n; i++)
            sum += mask & (1u << i) ? values[i] : 0.0;
        difference = sum / (double) n_first - (all - sum) / (double) (n - n_first);
        n_all += 1.0;
        *greater += difference >= found - 1e-12;
        *either += fabs(difference) >= fabs(found) - 1e-12;
    }
    *greater /= n_all;
    *either /= n_all;
}

static void
check_split(const double *values, gsize n, gsize n_first)
{
    UmkPartitionTest exact = permute(values, n, n_first, 28);
    UmkPartitionTest sampled = permute(values, n, n_first, 0);
    double greater, either, shares = 0.0;

    count_plainly(values, n, n_first, &greater, &either);
    g_assert_true(exact.exact && !sampled.exact);
    g_assert_cmpuint(exact.n, ==, _umk_n_partitions(n, n_first));
    g_assert_cmpfloat_with_epsilon(exact.greater, greater, 1e-12);
    g_assert_cmpfloat_with_epsilon(exact.two_sided, either, 1e-12);
    g_assert_cmpfloat(sampled.greater_range.low, <=, greater);
    g_assert_cmpfloat(sampled.greater_range.high, >=, greater);
    for (gsize i = 0; i < UMK_PARTITION_BINS; i++) {
        shares += exact.shares[i];
        g_assert_cmpfloat_with_epsilon(exact.shares[i], sampled.shares[i], 0.01);
    }
    g_assert_cmpfloat_with_epsilon(shares, 1.0, 1e-12);
}

static void
test_partitions(void)
{
    double values[20];
    UmkRng rng;

    _umk_rng_init(&rng, 3, 0);
    for (gsize n = 2; n <= 18; n += 4)
        for (gsize n_first = 1; n_first < n; n_first += 2) {
            for (gsize i = 0; i < n; i++)
                values[i] = _umk_rng_normal(&rng);
            check_split(values, n, n_first);
            for (gsize i = 0; i < n; i++) /* ties */
                values[i] = (double) _umk_rng_below(&rng, 3);
            check_split(values, n, n_first);
        }
    g_assert_cmpuint(_umk_n_partitions(28, 14), ==, 40116600);
    g_assert_cmpuint(_umk_n_partitions(200, 100), ==, G_MAXUINT64);
}

/* Halves and visiting one by one agree where both can be done: 3 of 60 and 57 of 60. */
static void
test_few_of_many(void)
{
    double values[60], turned[60];
    UmkPartitionTest few, many;
    UmkRng rng;

    _umk_rng_init(&rng, 4, 0);
    for (gsize i = 0; i < 60; i++)
        values[i] = _umk_rng_normal(&rng);
    for (gsize i = 0; i < 60; i++)
        turned[i] = values[(i + 3) % 60];
    few = permute(values, 60, 3, 28);
    many = permute(turned, 60, 57, 28);
    g_assert_true(few.exact && many.exact && few.n == 34220 && many.n == 34220);
    g_assert_cmpfloat(few.two_sided, ==, many.two_sided);
    g_assert_cmpfloat_with_epsilon(few.greater + many.greater, 1.0 + 1.0 / 34220, 1e-12);
}

/* The figure that the exact test knows, dealt one by one. */
static void
difference_figure(const UmkResample *what,
                  const UmkPicks *picks,
                  double *scratch,
                  double *values)
{
    const double *data = what->data;

    (void) scratch;
    values[0] = 0.0;
    for (gsize g = 0; g < 2; g++)
        for (gsize i = 0; i < picks->n[g]; i++)
            values[0] +=
                (g == 0 ? 1.0 : -1.0) * data[picks->items[g][i]] / (double) picks->n[g];
}

static void
test_shuffle(void)
{
    UmkResample what = {
        .n_groups = 2, .sizes = {7, 9}, .n_figures = 1, .figures = difference_figure};
    double data[16], found = 0.0;
    g_autofree double *values = NULL;
    g_auto(UmkRun) run = {0};
    UmkPartitionTest exact;
    UmkBiasTest greater, either, less;
    UmkRng rng;

    _umk_rng_init(&rng, 11, 0);
    for (gsize i = 0; i < 16; i++) {
        data[i] = _umk_rng_normal(&rng) + (i < 7 ? 0.7 : 0.0);
        found += i < 7 ? data[i] / 7.0 : -data[i] / 9.0;
    }
    exact = permute(data, 16, 7, 28);
    what.data = data;
    _umk_run_init(&run, NULL, NULL, NULL);
    values = _umk_shuffle(&what, 0, 50000, 42, &run, NULL);
    greater = _umk_shuffle_test("f", "greater", found, values, 50000, 0.9999, NULL);
    either = _umk_shuffle_test("f", "two-sided", found, values, 50000, 0.9999, NULL);
    less = _umk_shuffle_test("f", "less", found, values, 50000, 0.9999, NULL);
    g_assert_cmpfloat(greater.p_low, <=, exact.greater);
    g_assert_cmpfloat(greater.p_high, >=, exact.greater);
    g_assert_cmpfloat(either.p_low, <=, exact.two_sided);
    g_assert_cmpfloat(either.p_high, >=, exact.two_sided);
    g_assert_cmpfloat(less.p + greater.p, >=, 1.0);
    g_assert_true(isnan(_umk_shuffle_test("f", "less", found, values, 0, 0.9, "x").p));
}

/* How many choices of signs were looked at; their means add up to 0 when they are all. */
static gsize
sign_tests(const char *of,
           const double *values,
           gsize n_values,
           gsize n,
           double level,
           guint64 seed,
           const char *undefined,
           UmkBiasTest tests[2])
{
    g_autofree double *means = NULL;
    g_auto(UmkRun) run = {0};
    double sum = 0.0;
    gsize n_means;

    _umk_run_init(&run, NULL, NULL, NULL);
    g_assert_true(_umk_sign_tests(of, values, n_values, n, level, seed, undefined, tests,
                                  &means, &n_means, &run, NULL));
    for (gsize i = 0; i < n_means; i++)
        sum += means[i];
    if (n_values <= UMK_SIGNS_COUNTED)
        g_assert_cmpfloat(fabs(sum), <, 1e-6);
    return n_means;
}

static void
test_sign_tests(void)
{
    static const double three[] = {1.0, NAN, 2.0, 3.0}, ties[] = {0.1, 0.2, -0.3};
    double many[22];
    UmkBiasTest tests[2], sampled[2];
    UmkRng rng;
    gsize n;

    n = sign_tests("f", three, 4, 100, 0.95, 1, NULL, tests);
    g_assert_cmpuint(n, ==, 8);
    g_assert_cmpfloat(tests[0].p, ==, 1.0 / 8.0);
    g_assert_cmpfloat(tests[1].p, ==, 2.0 / 8.0);
    g_assert_cmpstr(tests[0].method, ==, "exact");
    n = sign_tests("f", ties, 3, 100, 0.95, 1, NULL, tests);
    g_assert_cmpfloat(tests[1].p, ==, 1.0); /* their sum is 0 up to rounding */
    _umk_rng_init(&rng, 12, 0);
    for (gsize i = 0; i < 22; i++) /* two that do not matter make it one to be drawn */
        many[i] = i < 20 ? _umk_rng_normal(&rng) + 0.3 : 0.0;
    n = sign_tests("f", many, 20, 9, 0.95, 1, NULL, tests);
    n = sign_tests("f", many, 22, 50000, 0.9999, 1, NULL, sampled);
    g_assert_cmpstr(sampled[0].method, ==, "sampled");
    for (gsize i = 0; i < 2; i++) {
        g_assert_cmpfloat(sampled[i].p_low, <=, tests[i].p);
        g_assert_cmpfloat(sampled[i].p_high, >=, tests[i].p);
    }
    n = sign_tests("f", NULL, 0, 9, 0.95, 1, "x", tests);
    g_assert_true(isnan(tests[0].p));
    g_assert_cmpuint(n, ==, 0);
}

/* Each of many lists has the test that it has by itself, counted or drawn. */
static void
test_many(void)
{
    enum { LISTS = 19, MOST = 61 };
    static const gsize sizes[][2] = {{12, 5}, {MOST, 30}, {MOST, 40}};
    double values[MOST * LISTS], own[MOST];
    g_auto(UmkRun) run = {0};
    UmkRng rng;

    _umk_run_init(&run, NULL, NULL, NULL);
    _umk_rng_init(&rng, 21, 0);
    for (gsize i = 0; i < MOST * LISTS; i++)
        values[i] = _umk_rng_normal(&rng);
    for (gsize s = 0; s < G_N_ELEMENTS(sizes); s++) {
        UmkPartitionInput input = {.values = values,
                                   .n = sizes[s][0],
                                   .n_first = sizes[s][1],
                                   .tolerance = 1e-12,
                                   .exact_items = 20,
                                   .n_samples = 9000,
                                   .seed = 3,
                                   .stream = 77,
                                   .level = 0.95};
        UmkPartitionTest tests[LISTS], alone;

        g_assert_true(_umk_partition_test_many(&input, LISTS, tests, &run, NULL));
        for (gsize list = 0; list < LISTS; list++) {
            UmkPartitionInput one = input;

            for (gsize i = 0; i < input.n; i++)
                own[i] = values[i * LISTS + list];
            one.values = own;
            g_assert_true(_umk_partition_test(&one, &alone, &run, NULL));
            g_assert_true(alone.exact == (s == 0));
            g_assert_cmpfloat(tests[list].greater, ==, alone.greater);
            g_assert_cmpfloat(tests[list].two_sided, ==, alone.two_sided);
            g_assert_cmpfloat(tests[list].most, ==, alone.most);
            g_assert_cmpmem(tests[list].shares, sizeof alone.shares, alone.shares,
                            sizeof alone.shares);
        }
    }
}

/* What was planted is found by every measure that has a test, and chance is not. */
static void
test_planted(void)
{
    static const char *const all[] = {"rnd", "ripa", "rnsb"};
    static const gsize sizes[] = {12, 12, 10, 10};

    for (gsize planted = 0; planted < 2; planted++) {
        g_autoptr(UmkBiasInput) input = umk_bias_input_new(NULL, NULL);

        for (gsize s = 0; s < 4; s++) {
            double lean = planted == 0 ? 0.0 : s % 2 == 0 ? 3.0 : -3.0;
            g_autoptr(UmkMatrix) rows = random_rows(sizes[s], 20 + s, lean);

            add(input, four[s], rows);
        }
        for (gsize m = 0; m < G_N_ELEMENTS(all); m++) {
            g_autoptr(JsonObject) result =
                measure(all[m], input, "replicates=10,permutations=2000");
            double p =
                p_of(result, strcmp(all[m], "rnsb") == 0 ? "greater" : "two-sided");

            if (planted == 0)
                g_assert_cmpfloat(p, >, 0.02);
            else
                g_assert_cmpfloat(p, <, 0.002);
        }
    }
}

/* ---- resampling -------------------------------------------------------------------- */

static void
mean_figure(const UmkResample *what,
            const UmkPicks *picks,
            double *scratch,
            double *values)
{
    const double *data = what->data;

    (void) scratch;
    values[0] = 0.0;
    for (gsize i = 0; i < picks->n[0]; i++)
        values[0] += data[picks->items[0][i]] / (double) picks->n[0];
}

/* The interval of a mean is near to the one of the t distribution, and covers it. */
static void
test_coverage(void)
{
    const UmkResampleWay way = {"targets", 1u};
    guint covered[2] = {0};
    double data[30];
    UmkRng rng;

    _umk_rng_init(&rng, 5, 0);
    for (guint round = 0; round < 200; round++) {
        UmkResample what = {.n_groups = 1,
                            .sizes = {30},
                            .n_figures = 1,
                            .figures = mean_figure,
                            .data = data};
        g_auto(UmkResampled) resampled = {0};
        g_auto(UmkRun) run = {0};

        for (gsize i = 0; i < 30; i++)
            data[i] = _umk_rng_normal(&rng);
        _umk_run_init(&run, NULL, NULL, NULL);
        g_assert_true(
            _umk_resample_all(&what, &way, 1, 500, 0.9, round, &resampled, &run, NULL));
        g_assert_cmpuint(resampled.n_intervals[0], ==, 2);
        for (gsize i = 0; i < 2; i++)
            covered[i] +=
                resampled.intervals[i].low <= 0.0 && resampled.intervals[i].high >= 0.0;
    }
    for (gsize i = 0; i < 2; i++) {
        g_assert_cmpuint(covered[i], >=, 165); /* 180 expected, deviation 4.2 */
        g_assert_cmpuint(covered[i], <=, 196);
    }
}

/* ---- sets that say little ---------------------------------------------------------- */

static void
test_all_equal(void)
{
    static const char *const measures[] = {"weat", "sc-weat", "ect"};
    static const char *const ids[] = {"effect-size", "mean-effect-size", "ect"};
    g_autofree float *rows = g_new(float, 5 * D);
    g_autoptr(UmkMatrix) matrix = NULL;
    g_autoptr(UmkBiasInput) input = umk_bias_input_new(NULL, NULL);

    for (gsize i = 0; i < 5 * D; i++)
        rows[i] = 0.25f + (float) (i % D);
    matrix = umk_matrix_new_from_data(5, D, rows, NULL);
    for (gsize s = 0; s < 4; s++)
        add(input, four[s], matrix);
    for (gsize m = 0; m < G_N_ELEMENTS(measures); m++) {
        g_autoptr(JsonObject) result = measure(measures[m], input, "replicates=100");

        g_assert_cmpstr(undefined_figure(result, ids[m]), ==, "no-spread");
        g_assert_true(has_note(result, "duplicates"));
        g_assert_true(has_note(result, "target-is-attribute"));
        if (m == 0) {
            g_assert_true(has_note(result, "overlapping-attributes"));
            g_assert_cmpfloat(p_of(result, "greater"), ==, 1.0);
            g_assert_true(has_note(result, "overlapping-targets"));
        }
    }
}

static void
test_sets_of_one(void)
{
    static const gsize sizes[] = {1, 1, 1, 1};
    g_autoptr(UmkBiasInput) input = random_input(four, sizes);
    g_autoptr(JsonObject) result = measure("weat", input, QUICK);
    JsonObject *effect = find(result, "figures", "id", "effect-size");
    JsonObject *detectable = json_object_get_object_member(result, "detectable");

    g_assert_cmpfloat_with_epsilon(fabs(figure(result, "effect-size")), sqrt(2.0), 1e-12);
    g_assert_false(json_object_has_member(effect, "intervals"));
    g_assert_cmpfloat(p_of(result, "two-sided"), ==, 1.0);
    g_assert_true(has_note(result, "few-items"));
    g_assert_true(has_note(result, "too-few-for-interval"));
    g_assert_true(json_object_get_null_member(detectable, "effect"));
    g_assert_cmpstr(json_object_get_string_member(detectable, "undefined"), ==,
                    "too-few-items");
}

/* Three and three split in twenty ways: no two-sided p is below 0.1. */
static void
test_too_few_partitions(void)
{
    static const gsize sizes[] = {3, 3, 4, 4};
    g_autoptr(UmkBiasInput) input = random_input(four, sizes);
    g_autoptr(JsonObject) result = measure("weat", input, QUICK);

    g_assert_cmpstr(json_object_get_string_member(
                        json_object_get_object_member(result, "detectable"), "undefined"),
                    ==, "too-few-partitions");
}

static void
test_empty_set(void)
{
    static const char *const all[] = {"weat", "sc-weat", "rnd", "rnsb", "mac", "ect"};
    static const char *const ids[] = {
        "effect-size", "mean-association", "rnd", "rnsb", "mac", "ect"};

    for (gsize empty = 0; empty < 4; empty++)
        for (gsize m = 0; m < G_N_ELEMENTS(all); m++) {
            gsize sizes[] = {5, 5, 5, 5};
            g_autoptr(UmkBiasInput) input = NULL;
            g_autoptr(JsonObject) result = NULL;

            sizes[empty] = 0;
            input = random_input(four, sizes);
            result = measure(all[m], input, "replicates=50");
            if ((m == 1 && empty == 1) || ((m == 2 || m == 5) && empty == 3))
                continue; /* the measure does not look at that set */
            g_assert_cmpstr(undefined_figure(result, ids[m]), ==, "empty-set");
        }
}

static void
test_unequal_pairs(void)
{
    static const gsize sizes[] = {4, 5, 3, 3};
    g_autoptr(UmkBiasInput) input = random_input(four, sizes);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = measure_text("ripa", input, "", &error);

    g_assert_null(text);
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_assert_nonnull(strstr(error->message, "4"));
    g_assert_nonnull(strstr(error->message, "5"));
}

static void
test_pair_without_difference(void)
{
    static const gsize sizes[] = {4, 4, 3, 3};
    g_autoptr(UmkBiasInput) input = umk_bias_input_new(NULL, NULL);
    g_autoptr(JsonObject) result = NULL;

    for (gsize s = 0; s < 4; s++) { /* x and y are the same rows */
        g_autoptr(UmkMatrix) rows = random_rows(sizes[s], s == 1 ? 1 : s + 1, 0.0);

        add(input, four[s], rows);
    }
    result = measure("ripa", input, "replicates=50");
    g_assert_cmpstr(undefined_figure(result, "ripa"), ==, "no-spread");
    g_assert_true(has_note(result, "pair-without-difference"));
}

static void
test_wefat(void)
{
    static const gsize sizes[] = {12, 1, 5, 5};
    double values[12];
    g_autoptr(UmkBiasInput) input = random_input(four, sizes);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = measure_text("wefat", input, "", &error);
    g_autoptr(JsonObject) items = NULL, result = NULL, flat = NULL;
    JsonArray *rows;

    g_assert_null(text);
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    items = measure("sc-weat", input, "replicates=0");
    rows = json_object_get_array_member(items, "rows");
    for (guint i = 0; i < 12; i++) /* the figures themselves: they agree perfectly */
        values[i] =
            3.0 + 2.0 * json_object_get_double_member(
                            json_array_get_object_element(rows, i), "effect-size");
    g_assert_true(umk_bias_input_set_values(input, "x", values, 12, NULL));
    result = measure("wefat", input, "replicates=200");
    g_assert_cmpfloat_with_epsilon(figure(result, "pearson"), 1.0, 1e-9);
    g_assert_cmpfloat_with_epsilon(figure(result, "spearman"), 1.0, 1e-12);
    for (guint i = 0; i < 12; i++)
        values[i] = 0.5;
    g_assert_true(umk_bias_input_set_values(input, "x", values, 12, NULL));
    flat = measure("wefat", input, "replicates=200");
    g_assert_cmpstr(undefined_figure(flat, "pearson"), ==, "no-spread");
}

/* Random sets need rows that are in no set: of names or of the same numbers. */
static void
test_controls(void)
{
    static const gsize sizes[] = {6, 6, 6, 6};
    g_autoptr(UmkBiasInput) input = random_input(four, sizes);
    g_autoptr(UmkMatrix) rows = random_rows(24, 1, 0.0);
    g_autoptr(UmkBiasInput) bare = umk_bias_input_new(rows, NULL);
    g_autoptr(JsonObject) result = measure("weat", input, "replicates=10"), none = NULL;
    JsonObject *control = json_object_get_object_member(result, "control");

    g_assert_cmpint(json_object_get_int_member(control, "n"), ==, 1000);
    g_assert_cmpfloat(fabs(json_object_get_double_member(control, "mean")), <, 0.15);
    g_assert_cmpfloat(json_object_get_double_member(control, "low"), <, 0.0);
    g_assert_cmpfloat(json_object_get_double_member(control, "high"), >, 0.0);
    for (gsize s = 0; s < 4; s++) {
        g_autoptr(UmkMatrix) set =
            umk_matrix_new_from_data(6, D, umk_matrix_get_row(rows, 6 * s, NULL), NULL);

        add(bare, four[s], set);
    }
    none = measure("weat", bare, "replicates=10");
    g_assert_cmpstr(json_object_get_string_member(
                        json_object_get_object_member(none, "control"), "undefined"),
                    ==, "too-few-background-rows");
}

/* Pictures lie apart from texts; with the means taken out only what is asked remains. */
static void
test_modalities(void)
{
    static const UmkModality pictures[] = {UMK_MODALITY_IMAGE, UMK_MODALITY_IMAGE,
                                           UMK_MODALITY_IMAGE, UMK_MODALITY_IMAGE,
                                           UMK_MODALITY_IMAGE};
    static const gsize sizes[] = {5, 5, 6, 6};
    g_autoptr(UmkBiasInput) input = random_input(four, sizes);
    g_autoptr(JsonObject) plain = NULL, centred = NULL, known = NULL, none = NULL;
    const char *labels[400];

    g_assert_true(umk_bias_input_set_modalities(input, "x", pictures, 5, NULL));
    g_assert_true(umk_bias_input_set_modalities(input, "y", pictures, 5, NULL));
    plain = measure("weat", input, QUICK);
    centred = measure("weat", input, QUICK ",center-modalities=yes");
    g_assert_true(has_note(plain, "modality-gap"));
    g_assert_true(has_note(centred, "modalities-centred"));
    g_assert_cmpfloat(figure(plain, "effect-size"), ==,
                      figure(centred, "effect-size-uncentred"));
    g_assert_cmpfloat(figure(plain, "effect-size-centred"), ==,
                      figure(centred, "effect-size"));
    g_assert_cmpstr(json_object_get_string_member(
                        json_object_get_object_member(plain, "control"), "undefined"),
                    ==, "background-of-one-modality");
    for (gsize i = 0; i < 400; i++) /* 100 rows are pictures: enough for 10 targets */
        labels[i] = i % 4 == 0 ? "image" : "text";
    g_assert_true(umk_bias_input_set_column(input, "modality", labels, 400, NULL));
    known = measure("weat", input, QUICK);
    g_assert_cmpint(
        json_object_get_int_member(json_object_get_object_member(known, "control"), "n"),
        ==, 20);
    for (gsize i = 0; i < 400; i++)
        labels[i] = "text";
    g_assert_true(umk_bias_input_set_column(input, "modality", labels, 400, NULL));
    none = measure("weat", input, QUICK);
    g_assert_cmpstr(json_object_get_string_member(
                        json_object_get_object_member(none, "control"), "undefined"),
                    ==, "too-few-background-rows");
}

/* ---- the whole --------------------------------------------------------------------- */

static void
test_same_bytes(void)
{
    static const gsize sizes[] = {20, 20, 9, 7}; /* too many splits to be counted */
    g_auto(GStrv) measures = umk_bias_list_measures();
    double values[20];

    for (gsize i = 0; i < 20; i++)
        values[i] = (double) i;
    for (gsize m = 0; measures[m] != NULL; m++) {
        char *texts[3] = {NULL};
        g_autoptr(UmkBiasInput) input = random_input(four, sizes);
        g_auto(GStrv) roles = umk_bias_list_roles(measures[m], TRUE);
        gboolean known = TRUE;

        for (gsize r = 0; roles[r] != NULL; r++)
            known = known && g_strv_contains(four, roles[r]);
        if (!known)
            continue;
        g_assert_true(umk_bias_input_set_values(input, "x", values, 20, NULL));
        for (guint i = 0; i < 3; i++) {
            umk_set_n_threads(i == 0 ? 1 : 2);
            texts[i] = measure_text(
                measures[m], input,
                has_option(measures[m], "replicates") ? "replicates=300" : "", NULL);
        }
        umk_set_n_threads(0);
        g_assert_cmpstr(texts[0], ==, texts[1]);
        g_assert_cmpstr(texts[0], ==, texts[2]);
        for (guint i = 0; i < 3; i++)
            g_clear_pointer(&texts[i], g_free);
    }
}

static void
check_words(JsonNode *node)
{
    static const char *const members[] = {"id", "undefined", "over", "method"};

    if (JSON_NODE_HOLDS_ARRAY(node)) {
        JsonArray *array = json_node_get_array(node);

        for (guint i = 0; i < json_array_get_length(array); i++)
            check_words(json_array_get_element(array, i));
    } else if (JSON_NODE_HOLDS_OBJECT(node)) {
        JsonObject *object = json_node_get_object(node);
        g_autoptr(GList) names = json_object_get_members(object);

        for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
            if (json_object_has_member(object, members[i])) {
                const char *code = json_object_get_string_member(object, members[i]);

                if (!g_strv_contains(
                        (const char *const[]){"exact", "sampled", "analytic", NULL},
                        code))
                    g_assert_cmpstr(umk_bias_describe(code), !=, code);
            }
        for (GList *at = names; at != NULL; at = at->next)
            check_words(json_object_get_member(object, at->data));
    }
}

/* Every code that these results hold can be said in words. */
static void
test_words(void)
{
    static const char *const all[] = {"weat", "sc-weat", "wefat", "rnd",
                                      "rnsb", "mac",     "ect",   "ripa"};
    static const gsize sizes[] = {3, 3, 4, 4};
    static const double values[] = {1.0, 2.0, 4.0};

    for (gsize m = 0; m < G_N_ELEMENTS(all); m++) {
        g_autoptr(UmkBiasInput) input = random_input(four, sizes);
        g_autofree char *text = NULL;
        g_autoptr(JsonNode) root = NULL;
        JsonObject *result;

        g_assert_true(umk_bias_input_set_values(input, "x", values, 3, NULL));
        text = measure_text(all[m], input, "replicates=30", NULL);
        root = json_from_string(text, NULL);
        check_words(root);
        result = json_node_get_object(root);
        for (gsize list = 0; list < 2; list++) {
            const char *member = list == 0 ? "notes" : "columns";
            JsonArray *codes = json_object_has_member(result, member)
                                   ? json_object_get_array_member(result, member)
                                   : NULL;

            for (guint i = 0; codes != NULL && i < json_array_get_length(codes); i++) {
                const char *code = json_array_get_string_element(codes, i);

                g_assert_cmpstr(umk_bias_describe(code), !=, code);
            }
        }
        g_assert_nonnull(umk_bias_get_title(all[m]));
    }
}

static void
test_cancelled(void)
{
    static const gsize sizes[] = {20, 20, 9, 7};
    g_autoptr(UmkBiasInput) input = random_input(four, sizes);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();

    g_cancellable_cancel(cancellable);
    for (gsize m = 0; m < 2; m++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = umk_bias_measure(m == 0 ? "weat" : "sc-weat", input, NULL,
                                                 1, cancellable, NULL, NULL, &error);

        g_assert_null(text);
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/association/signs", test_signs);
    g_test_add_func("/association/bounds", test_bounds);
    g_test_add_func("/association/scale", test_scale);
    g_test_add_func("/association/partitions", test_partitions);
    g_test_add_func("/association/few-of-many", test_few_of_many);
    g_test_add_func("/association/shuffle", test_shuffle);
    g_test_add_func("/association/sign-tests", test_sign_tests);
    g_test_add_func("/association/many", test_many);
    g_test_add_func("/association/planted", test_planted);
    g_test_add_func("/association/coverage", test_coverage);
    g_test_add_func("/association/all-equal", test_all_equal);
    g_test_add_func("/association/sets-of-one", test_sets_of_one);
    g_test_add_func("/association/too-few-partitions", test_too_few_partitions);
    g_test_add_func("/association/empty-set", test_empty_set);
    g_test_add_func("/association/unequal-pairs", test_unequal_pairs);
    g_test_add_func("/association/pair-without-difference", test_pair_without_difference);
    g_test_add_func("/association/wefat", test_wefat);
    g_test_add_func("/association/controls", test_controls);
    g_test_add_func("/association/modalities", test_modalities);
    g_test_add_func("/association/same-bytes", test_same_bytes);
    g_test_add_func("/association/words", test_words);
    g_test_add_func("/association/cancelled", test_cancelled);
    return g_test_run();
}
