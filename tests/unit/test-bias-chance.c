/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What chance gives and what sets of a size can show: every measure tells an interval for
 * every figure, a control and a detectable effect, or says why not; what is planted is
 * told from random sets and what is random is not; the share of the folded interval and
 * the power of the detectable effect are as said. */
#include "bias-result.h"

#include "bias/umk-bias-control-private.h"
#include "bias/umk-shuffle-private.h"
#include "core/umk-rng-private.h"
#include "stats/umk-intervals-private.h"

#define D 10
#define N 360 /* rows of the background */

static UmkMatrix *
make_rows(gsize n, guint64 seed, gsize axis, double lean)
{
    g_autofree float *rows = g_new(float, n *D + 1);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n * D; i++)
        rows[i] = (float) (_umk_rng_normal(&rng) + (i % D == axis ? lean : 0.0));
    return umk_matrix_new_from_data(n, D, rows, NULL);
}

static void
add_set(UmkBiasInput *input, const char *role, UmkMatrix *rows)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) names = NULL;

    for (gsize i = 0; i < umk_matrix_get_n_rows(rows); i++) {
        g_autofree char *name = g_strdup_printf("%s%zu", role, i);

        g_strv_builder_add(builder, name);
    }
    names = g_strv_builder_end(builder);
    umk_bias_input_add_set(input, role, NULL, rows, (const char *const *) names, &error);
    g_assert_no_error(error);
}

/* Speakers of five rows each, in two groups and two ages; each row answers one of four
 * queries. */
static void
add_columns(UmkBiasInput *input)
{
    g_autoptr(GStrvBuilder) identities = g_strv_builder_new();
    g_auto(GStrv) names = NULL;
    const char *groups[N], *ages[N], *answers[N];
    static const char *const queries[] = {"queries0", "queries1", "queries2", "queries3"};

    for (gsize i = 0; i < N; i++) {
        g_autofree char *name = g_strdup_printf("p%zu", i / 5);

        g_strv_builder_add(identities, name);
        groups[i] = i / 5 % 2 == 0 ? "f" : "m";
        ages[i] = i / 5 % 3 == 0 ? "old" : "young";
        answers[i] = queries[i % 4];
    }
    names = g_strv_builder_end(identities);
    g_assert_true(umk_bias_input_set_column(input, "identity",
                                            (const char *const *) names, N, NULL));
    g_assert_true(umk_bias_input_set_column(input, "group", groups, N, NULL));
    g_assert_true(umk_bias_input_set_column(input, "group-2", ages, N, NULL));
    g_assert_true(umk_bias_input_set_column(input, "relevant", answers, N, NULL));
}

/* Speakers sound like themselves, so that pairs can be told apart, but not always. */
static UmkMatrix *
make_background(void)
{
    g_autoptr(UmkMatrix) centers = make_rows(N / 5, 70, 0, 0.0);
    g_autoptr(UmkMatrix) noise = make_rows(N, 71, 0, 0.0);
    g_autofree float *rows = g_new(float, N *D);

    for (gsize i = 0; i < N; i++)
        for (gsize j = 0; j < D; j++)
            rows[i * D + j] = umk_matrix_get_row(centers, i / 5, NULL)[j] +
                              umk_matrix_get_row(noise, i, NULL)[j];
    return umk_matrix_new_from_data(N, D, rows, NULL);
}

static UmkBiasInput *
make_input(double lean)
{
    static const struct {
        const char *role;
        gsize n;
        double lean;
    } sets[] = {{"x", 12, 1},  {"y", 12, -1},      {"a", 10, 1},
                {"b", 10, -1}, {"neutral", 60, 0}, {"queries", 4, 0}};
    g_autoptr(UmkMatrix) background = make_background();
    UmkBiasInput *input = umk_bias_input_new(background, NULL);
    double values[12];

    for (gsize s = 0; s < G_N_ELEMENTS(sets); s++) {
        g_autoptr(UmkMatrix) rows = make_rows(sets[s].n, s + 1, 0, sets[s].lean * lean);

        add_set(input, sets[s].role, rows);
    }
    for (gsize i = 0; i < 12; i++)
        values[i] = (double) (i * i % 7);
    g_assert_true(umk_bias_input_set_values(input, "x", values, 12, NULL));
    add_columns(input);
    return input;
}

/* Few of everything: what is tested is that it is there. */
static const char *
get_quick(const char *measure)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_bias_get_params(measure, &n_specs);
    gboolean replicates = FALSE, permutations = FALSE, controls = FALSE;

    for (gsize i = 0; i < n_specs; i++) {
        replicates |= strcmp(specs[i].name, "replicates") == 0;
        permutations |= strcmp(specs[i].name, "permutations") == 0;
        controls |= strcmp(specs[i].name, "controls") == 0;
    }
    if (replicates && permutations)
        return controls ? "replicates=60,permutations=100,controls=100"
                        : "replicates=60,permutations=100";
    if (replicates)
        return controls ? "replicates=60,controls=100" : "replicates=60";
    return "";
}

/* ---- every measure ----------------------------------------------------------------- */

static JsonObject *
member(JsonNode *result, const char *name)
{
    JsonObject *root = json_node_get_object(result);

    g_assert_true(json_object_has_member(root, name));
    return json_object_get_object_member(root, name);
}

static void
assert_words(JsonObject *object, const char *name)
{
    const char *code = json_object_get_string_member(object, name);

    g_assert_cmpstr(umk_bias_describe(code), !=, code);
}

static void
check_figure(const char *measure, JsonObject *figure)
{
    gboolean counted = json_object_has_member(figure, "count");
    const char *id = json_object_get_string_member(figure, "id");

    if (json_object_get_null_member(figure, "value"))
        assert_words(figure, "undefined");
    else if (!counted && !json_object_has_member(figure, "intervals"))
        g_error("%s has no interval for %s", measure, id);
}

static void
check_measure(const char *measure, UmkBiasInput *input)
{
    g_autoptr(JsonNode) result = bias_measure(measure, input, get_quick(measure));
    JsonObject *root = json_node_get_object(result);
    JsonArray *figures = json_object_get_array_member(root, "figures");
    JsonArray *tests = json_object_get_array_member(root, "tests");
    JsonObject *control = member(result, "control");
    JsonObject *detectable = member(result, "detectable");
    const char *headline = NULL;
    gboolean has_p = FALSE;

    for (guint i = 0; i < json_array_get_length(figures); i++) {
        JsonObject *figure = json_array_get_object_element(figures, i);

        check_figure(measure, figure);
        if (json_object_has_member(figure, "headline"))
            headline = json_object_get_string_member(figure, "id");
    }
    for (guint i = 0; i < json_array_get_length(tests); i++) {
        JsonObject *test = json_array_get_object_element(tests, i);

        has_p |= g_strcmp0(json_object_get_string_member(test, "of"), headline) == 0 &&
                 !json_object_get_null_member(test, "p");
    }
    if (!has_p)
        g_error("%s has no p-value", measure);
    g_assert_cmpstr(json_object_get_string_member(control, "of"), ==, headline);
    g_assert_cmpint(json_object_get_int_member(control, "n"), >, 50);
    g_assert_cmpfloat(json_object_get_double_member(control, "sd"), >, 0.0);
    g_assert_cmpfloat(json_object_get_double_member(control, "low"), <,
                      json_object_get_double_member(control, "high"));
    assert_words(control, "kind");
    g_assert_cmpstr(json_object_get_string_member(detectable, "of"), ==, headline);
    assert_words(detectable, "from");
    if (json_object_get_null_member(detectable, "effect"))
        assert_words(detectable, "undefined");
    else
        g_assert_cmpfloat(json_object_get_double_member(detectable, "effect"), >, 0.0);
    bias_assert_described(result);
}

static void
test_every_measure(void)
{
    g_auto(GStrv) measures = umk_bias_list_measures();
    g_autoptr(UmkBiasInput) input = make_input(0.8);

    for (gsize m = 0; measures[m] != NULL; m++)
        check_measure(measures[m], input);
    g_assert_cmpuint(g_strv_length(measures), ==, 16);
}

static void
test_threads(void)
{
    g_auto(GStrv) measures = umk_bias_list_measures();
    g_autoptr(UmkBiasInput) input = make_input(0.4);

    for (gsize m = 0; measures[m] != NULL; m++)
        bias_assert_threads(measures[m], input, get_quick(measures[m]));
}

/* ---- random sets ------------------------------------------------------------------- */

static double
share_as_large(const char *measure, UmkBiasInput *input)
{
    g_autoptr(JsonNode) result = bias_measure(measure, input, get_quick(measure));

    return json_object_get_double_member(member(result, "control"), "as_large");
}

/* What leans is rare among random sets; what does not lean is not, whatever the measure:
 * the shares of rows that are themselves random are spread over all of 0 to 1. */
static void
test_random_sets(void)
{
    static const char *const all[] = {"weat", "sc-weat", "rnd", "rnsb",
                                      "mac",  "ect",     "ripa"};
    g_autoptr(UmkMatrix) background = make_rows(N, 5, 0, 0.0);

    for (gsize m = 0; m < G_N_ELEMENTS(all); m++) {
        double sum = 0.0;

        for (guint64 round = 0; round < 40; round++) {
            g_autoptr(UmkBiasInput) input = umk_bias_input_new(background, NULL);
            static const char *const roles[] = {"x", "y", "a", "b"};

            for (gsize s = 0; s < 4; s++) {
                g_autoptr(UmkMatrix) rows = make_rows(8, 1000 + 4 * round + s, 0,
                                                      s < 2 ? 0.0 : 1.5 - 3.0 * (s > 2));

                add_set(input, roles[s], rows);
            }
            sum += share_as_large(all[m], input) / 40.0;
        }
        if (sum < 0.5 - 4.0 * 0.29 / sqrt(40) || sum > 0.5 + 4.0 * 0.29 / sqrt(40))
            g_error("%s calls random sets %.3f as rare as random sets", all[m], sum);
    }
}

static void
test_planted(void)
{
    static const char *const all[] = {"weat", "rnd", "rnsb", "ect", "ripa"};
    g_autoptr(UmkBiasInput) input = make_input(1.5);

    for (gsize m = 0; m < G_N_ELEMENTS(all); m++)
        g_assert_cmpfloat(share_as_large(all[m], input), <, 0.1);
}

/* Without rows outside the sets there are no random sets, and the reason is given. */
static void
test_no_background(void)
{
    static const char *const all[] = {"weat", "sc-weat", "rnd", "rnsb",
                                      "mac",  "ect",     "ripa"};
    static const char *const roles[] = {"x", "y", "a", "b"};

    for (gsize m = 0; m < G_N_ELEMENTS(all); m++) {
        g_autoptr(UmkBiasInput) input = umk_bias_input_new(NULL, NULL);
        g_autoptr(JsonNode) result = NULL;

        for (gsize s = 0; s < 4; s++) {
            g_autoptr(UmkMatrix) rows = make_rows(8, s, 0, 0.0);

            add_set(input, roles[s], rows);
        }
        result = bias_measure(all[m], input, "replicates=50");
        g_assert_cmpstr(
            json_object_get_string_member(member(result, "control"), "undefined"), ==,
            "no-background");
    }
}

/* Few pictures among many texts are all looked at before any are drawn. */
static void
test_few_of_a_modality(void)
{
    enum { ROWS = 6000 };
    static const char *const roles[] = {"x", "y", "a", "b"};
    g_autoptr(UmkMatrix) background = make_rows(ROWS, 5, 0, 0.0);
    g_autoptr(UmkBiasInput) input = umk_bias_input_new(background, NULL);
    g_autofree const char **labels = g_new(const char *, ROWS);
    g_autoptr(JsonNode) result = NULL;

    for (gsize i = 0; i < ROWS; i++)
        labels[i] = i % 150 == 0 ? "image" : "text"; /* 40, of which 32 are needed */
    g_assert_true(umk_bias_input_set_column(input, "modality", labels, ROWS, NULL));
    for (gsize s = 0; s < 4; s++) {
        static const UmkModality images[8] = {UMK_MODALITY_IMAGE, UMK_MODALITY_IMAGE,
                                              UMK_MODALITY_IMAGE, UMK_MODALITY_IMAGE,
                                              UMK_MODALITY_IMAGE, UMK_MODALITY_IMAGE,
                                              UMK_MODALITY_IMAGE, UMK_MODALITY_IMAGE};
        g_autoptr(UmkMatrix) rows = make_rows(8, 20 + s, 0, 0.0);

        add_set(input, roles[s], rows);
        g_assert_true(umk_bias_input_set_modalities(input, roles[s], images, 8, NULL));
    }
    result = bias_measure("weat", input, "replicates=20,controls=50");
    g_assert_cmpint(json_object_get_int_member(member(result, "control"), "n"), ==, 50);
}

/* ---- what can be found ------------------------------------------------------------- */

static void
test_critical(void)
{
    double values[100];
    UmkBiasNull null = {.alternative = "two-sided", .values = values, .n = 100};

    for (gsize i = 0; i < 100; i++)
        values[i] = (i % 2 == 0 ? 1.0 : -1.0) * (double) (i + 1);
    g_assert_cmpfloat(_umk_bias_critical(&null, 0.05), ==, 96.0);
    null.alternative = "greater";
    g_assert_cmpfloat(_umk_bias_critical(&null, 0.02), ==, 97.0);
    null.alternative = "less";
    g_assert_cmpfloat(_umk_bias_critical(&null, 0.02), ==, 98.0);
    null.neutral = 10.0;
    g_assert_cmpfloat(_umk_bias_critical(&null, 0.02), ==, 108.0);
    g_assert_true(isnan(_umk_bias_critical(&null, 0.005)));
    for (gsize i = 0; i < 100; i++) /* the rarest are ten */
        values[i] = i < 10 ? 1.0 : 0.0;
    null.alternative = "greater";
    null.neutral = 0.0;
    g_assert_true(isnan(_umk_bias_critical(&null, 0.05)));
    g_assert_cmpfloat(_umk_bias_critical(&null, 0.1), ==, 1.0);
}

#define SAMPLE 16

/* A sample's p by signs, and the effect that it calls detectable at 0.05 and 0.8. */
static double
test_sample(double effect, guint64 stream, double *detectable)
{
    g_auto(UmkBiasNull) null = {.alternative = "two-sided"};
    g_auto(UmkRun) run = {0};
    double values[SAMPLE];
    UmkBiasTest tests[2];
    UmkRng rng;

    _umk_run_init(&run, NULL, NULL, NULL);
    _umk_rng_init(&rng, 9, stream);
    for (gsize i = 0; i < SAMPLE; i++)
        values[i] = _umk_rng_normal(&rng) + effect;
    g_assert_true(_umk_sign_tests("f", values, SAMPLE, 100, 0.95, 1, NULL, tests,
                                  &null.values, &null.n, &run, NULL));
    *detectable = _umk_bias_critical(&null, 0.05) +
                  0.8416 * _umk_deviation_of(values, SAMPLE) / sqrt(SAMPLE);
    return tests[1].p;
}

/* Of samples whose mean is the detectable effect about four in five have p <= 0.05. */
static void
test_power(void)
{
    double effect = 0.0, one;
    guint found = 0;

    for (guint round = 0; round < 40; round++) {
        test_sample(0.0, round, &one);
        effect += one / 40.0;
    }
    for (guint round = 0; round < 400; round++)
        found += test_sample(effect, 1000 + round, &one) <= 0.05;
    g_assert_cmpuint(found, >=,
                     280); /* 320 wanted, deviation 8, and effect is estimated */
    g_assert_cmpuint(found, <=, 360);
}

/* ---- the folded share -------------------------------------------------------------- */

static void
test_folded(void)
{
    static const double shares[] = {0.5, 0.52, 0.6, 0.9};
    UmkRange plain = _umk_interval_wilson(70, 100, 0.95);
    UmkBiasInterval folded = _umk_folded_share_interval(70, 100, 0.95, "items");
    UmkBiasInterval same = _umk_folded_share_interval(30, 100, 0.95, "items");
    UmkBiasInterval half = _umk_folded_share_interval(52, 100, 0.95, "items");

    g_assert_cmpfloat(folded.low, ==, plain.low); /* far from one half nothing changes */
    g_assert_cmpfloat(folded.high, ==, plain.high);
    g_assert_cmpfloat_with_epsilon(same.low, folded.low, 1e-12);
    g_assert_cmpfloat_with_epsilon(same.high, folded.high, 1e-12);
    g_assert_cmpfloat(half.low, ==, 0.5);
    g_assert_cmpfloat(half.high, >=, 1.0 - _umk_interval_wilson(52, 100, 0.95).low);
    for (gsize s = 0; s < G_N_ELEMENTS(shares); s++) {
        guint covered = 0;
        UmkRng rng;

        _umk_rng_init(&rng, 3, s);
        for (guint round = 0; round < 1000; round++) {
            guint k = 0;
            UmkBiasInterval interval;

            for (guint i = 0; i < 100; i++)
                k += _umk_rng_uniform(&rng) < shares[s];
            interval = _umk_folded_share_interval(MAX(k, 100 - k), 100, 0.9, "items");
            covered += interval.low <= shares[s] && shares[s] <= interval.high;
        }
        g_assert_cmpuint(covered, >=, 870); /* 900 wanted, deviation 9.5 */
    }
}

/* ---- parity ------------------------------------------------------------------------ */

/* Four rows, two to a group, the first two found, one query: the groups of the answers
 * can be dealt in six ways, of which two are as unequal as can be. */
static void
test_parity(void)
{
    static const float rows[] = {1, 0, 0.9f, 0.1f, -0.9f, 0.1f, -1, 0};
    static const char *const groups[] = {"f", "f", "m", "m"};
    static const char *const answers[] = {"queries0", "queries0", "queries0", "queries0"};
    static const float query[] = {1, 0.05f};
    g_autoptr(UmkMatrix) background = umk_matrix_new_from_data(4, 2, rows, NULL);
    g_autoptr(UmkMatrix) asked = umk_matrix_new_from_data(1, 2, query, NULL);
    g_autoptr(UmkBiasInput) input = umk_bias_input_new(background, NULL);
    g_autoptr(JsonNode) result = NULL;
    JsonArray *own;
    JsonObject *test;

    add_set(input, "queries", asked);
    g_assert_true(umk_bias_input_set_column(input, "group", groups, 4, NULL));
    g_assert_true(umk_bias_input_set_column(input, "relevant", answers, 4, NULL));
    result = bias_measure("ranking", input, "k=2,permutations=20000,level=0.999");
    bias_assert_figure(result, "recall-gap", 1.0, 1e-12);
    test = bias_find(result, "tests", "of", "recall-gap");
    own = json_object_get_array_member(test, "p_interval");
    g_assert_cmpfloat(json_array_get_double_element(own, 0), <=, 1.0 / 3.0);
    g_assert_cmpfloat(json_array_get_double_element(own, 1), >=, 1.0 / 3.0);
    g_assert_cmpfloat(bias_p(result, "recall-ratio"), <, 0.36);
    g_assert_cmpfloat(bias_p(result, "max-skew"), <, 0.36);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bias-chance/every-measure", test_every_measure);
    g_test_add_func("/bias-chance/threads", test_threads);
    g_test_add_func("/bias-chance/random-sets", test_random_sets);
    g_test_add_func("/bias-chance/planted", test_planted);
    g_test_add_func("/bias-chance/no-background", test_no_background);
    g_test_add_func("/bias-chance/few-of-a-modality", test_few_of_a_modality);
    g_test_add_func("/bias-chance/critical", test_critical);
    g_test_add_func("/bias-chance/power", test_power);
    g_test_add_func("/bias-chance/folded", test_folded);
    g_test_add_func("/bias-chance/parity", test_parity);
    return g_test_run();
}
