/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WEAT, the single-category test and the set metrics beside the golden values (weat.json,
 * sc_weat.json, set_metrics.json) in double, then once more as a person would call them,
 * on vectors that were rounded to float; and the word2vec column of Caliskan, Bryson and
 * Narayanan (2017) from the vectors in data/words/weat-word2vec: effect sizes to the
 * printed digits, the least p that eight and eight names can have. */
#include <umekomi/umekomi.h>

#include "bias/umk-partition-private.h"
#include "bias/umk-set-metrics-private.h"
#include "bias/umk-weat-private.h"

#include "golden-assoc.h"

#include <math.h>
#include <string.h>

static void
normalize(double *rows, gsize n, gsize d)
{
    for (gsize i = 0; i < n; i++) {
        double length = sqrt(_umk_dot_in_double(rows + i * d, rows + i * d, d));

        for (gsize j = 0; j < d; j++)
            rows[i * d + j] /= length;
    }
}

static UmkPartitionTest
permute(const UmkWeat *weat, guint exact_items)
{
    UmkPartitionInput input = {.values = weat->associations,
                               .n = weat->table->n_targets,
                               .n_first = weat->table->sizes[UMK_SET_X],
                               .tolerance = UMK_NO_SPREAD * weat->table->most,
                               .exact_items = exact_items,
                               .n_samples = 200000,
                               .seed = 42,
                               .level = 0.9999};
    g_auto(UmkRun) run = {0};
    UmkPartitionTest test;

    _umk_run_init(&run, NULL, NULL, NULL);
    g_assert_true(_umk_partition_test(&input, &test, &run, NULL));
    return test;
}

static void
check_weat(JsonObject *one, double within)
{
    static const char *const names[] = {"X", "Y", "A", "B"};
    JsonObject *expected = json_object_get_object_member(one, "expected");
    double figures[UMK_WEAT_N_FIGURES], *rows[UMK_N_SETS];
    g_auto(UmkCosineTable) table = {0};
    g_auto(UmkWeat) weat = {0};
    gsize sizes[UMK_N_SETS], d;
    UmkPartitionTest exact, sampled;

    for (gsize s = 0; s < UMK_N_SETS; s++) {
        rows[s] = golden_table(one, names[s], &sizes[s], &d);
        normalize(rows[s], sizes[s], d);
    }
    g_assert_true(
        _umk_cosine_table_init(&table, (const double *const *) rows, sizes, d, NULL));
    _umk_weat_init(&weat, &table);
    _umk_weat_figures(weat.associations, sizes[0], sizes[1], table.most, figures);
    golden_compare(weat.associations, expected, "s_X", within);
    golden_compare(weat.associations + sizes[0], expected, "s_Y", within);
    golden_compare_one(figures[UMK_WEAT_EFFECT], expected, "effect_size_ddof1", within);
    golden_compare_one(figures[UMK_WEAT_EFFECT_POPULATION], expected, "effect_size_ddof0",
                       within);
    golden_compare_one(figures[UMK_WEAT_DIFFERENCE], expected, "mean_difference", within);
    golden_compare_one(figures[UMK_WEAT_STATISTIC], expected, "statistic_sum", within);
    exact = permute(&weat, 28);
    g_assert_true(exact.exact);
    g_assert_cmpuint(exact.n, ==,
                     (guint64) json_object_get_int_member(expected, "n_partitions"));
    golden_compare_one(exact.greater, expected, "p_greater_ge", within);
    golden_compare_one(exact.two_sided, expected, "p_two_sided_ge", within);
    sampled = permute(&weat, 0);
    g_assert_true(!sampled.exact && sampled.n == 200000);
    g_assert_cmpfloat(sampled.greater_range.low, <=, exact.greater);
    g_assert_cmpfloat(sampled.greater_range.high, >=, exact.greater);
    g_assert_cmpfloat(sampled.two_sided_range.low, <=, exact.two_sided);
    g_assert_cmpfloat(sampled.two_sided_range.high, >=, exact.two_sided);
    for (gsize s = 0; s < UMK_N_SETS; s++)
        g_free(rows[s]);
}

static void
test_weat(void)
{
    g_autoptr(JsonParser) parser = golden_json("weat.json");
    JsonArray *cases = parser != NULL ? golden_cases(parser) : NULL;

    for (guint i = 0; cases != NULL && i < json_array_get_length(cases); i++)
        check_weat(json_array_get_object_element(cases, i), golden_tolerance(parser));
    g_assert_true(cases == NULL || json_array_get_length(cases) >= 8);
}

/* ---- single items ---------------------------------------------------------------------
 */

static void
check_item(const UmkCosineTable *table, gsize item, JsonObject *expected, double within)
{
    g_autofree double *cosines = g_new(double, table->n_attributes);
    double figures[UMK_WEAT_N_FIGURES];
    UmkCosineTable turned = *table; /* only its sizes and what is largest are looked at */
    UmkWeat weat = {.table = &turned, .associations = cosines};
    UmkPartitionTest test;

    for (gsize i = 0; i < table->n_attributes; i++)
        cosines[i] = table->cosines[i * table->n_targets + item];
    turned.n_targets = table->n_attributes;
    turned.sizes[UMK_SET_X] = table->sizes[UMK_SET_A];
    _umk_weat_figures(cosines, table->sizes[UMK_SET_A], table->sizes[UMK_SET_B],
                      table->most, figures);
    test = permute(&weat, 28);
    golden_compare_one(figures[UMK_WEAT_DIFFERENCE], expected, "association", within);
    golden_compare_one(figures[UMK_WEAT_EFFECT], expected, "effect_size_ddof1", within);
    golden_compare_one(figures[UMK_WEAT_EFFECT_POPULATION], expected, "effect_size_ddof0",
                       within);
    golden_compare_one(test.greater, expected, "p_greater_ge", within);
    golden_compare_one(test.two_sided, expected, "p_two_sided_ge", within);
}

static JsonNode *measure(const char *name, UmkBiasInput *input, const char *options);

static void
add_rows(UmkBiasInput *input, const char *role, JsonObject *one, const char *member)
{
    gsize n, d;
    g_autofree double *rows = golden_table(one, member, &n, &d);
    g_autofree float *rounded = g_new(float, n *d);
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    g_autoptr(UmkMatrix) matrix = NULL;
    g_auto(GStrv) list = NULL;

    for (gsize i = 0; i < n * d; i++)
        rounded[i] = (float) rows[i];
    for (gsize i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("%s%zu", role, i);

        g_strv_builder_add(names, name);
    }
    list = g_strv_builder_end(names);
    matrix = umk_matrix_new_from_data(n, d, rounded, NULL);
    g_assert_true(umk_bias_input_add_set(input, role, NULL, matrix,
                                         (const char *const *) list, NULL));
}

static JsonObject *
nth(JsonNode *result, const char *member, guint i)
{
    return json_array_get_object_element(
        json_object_get_array_member(json_node_get_object(result), member), i);
}

#define ROUNDED 1e-5 /* what float leaves of golden values */

static void
check_items_as_measured(JsonObject *one, JsonArray *expected)
{
    g_autoptr(UmkBiasInput) input = umk_bias_input_new(NULL, NULL);
    g_autoptr(JsonNode) result = NULL;

    add_rows(input, "x", one, "W");
    add_rows(input, "a", one, "A");
    add_rows(input, "b", one, "B");
    result = measure("sc-weat", input, "replicates=100");
    for (guint i = 0; i < json_array_get_length(expected); i++) {
        JsonObject *of = json_array_get_object_element(expected, i);
        JsonObject *row = nth(result, "rows", i);

        golden_compare_one(json_object_get_double_member(row, "effect-size"), of,
                           "effect_size_ddof1", ROUNDED);
        golden_compare_one(json_object_get_double_member(row, "p-two-sided"), of,
                           "p_two_sided_ge", 1e-12);
        g_assert_cmpfloat(json_object_get_double_member(row, "low"), <,
                          json_object_get_double_member(row, "high"));
    }
}

static void
test_sc_weat(void)
{
    g_autoptr(JsonParser) parser = golden_json("sc_weat.json");
    JsonArray *cases = parser != NULL ? golden_cases(parser) : NULL;
    guint n_items = 0;

    for (guint i = 0; cases != NULL && i < json_array_get_length(cases); i++) {
        JsonObject *one = json_array_get_object_element(cases, i);
        JsonArray *expected = json_object_get_array_member(one, "expected");
        double *rows[UMK_N_SETS] = {NULL};
        g_auto(UmkCosineTable) table = {0};
        gsize sizes[UMK_N_SETS] = {0}, d;

        rows[UMK_SET_X] = golden_table(one, "W", &sizes[UMK_SET_X], &d);
        rows[UMK_SET_A] = golden_table(one, "A", &sizes[UMK_SET_A], &d);
        rows[UMK_SET_B] = golden_table(one, "B", &sizes[UMK_SET_B], &d);
        for (gsize s = 0; s < UMK_N_SETS; s++)
            normalize(rows[s], sizes[s], d);
        g_assert_true(
            _umk_cosine_table_init(&table, (const double *const *) rows, sizes, d, NULL));
        for (guint t = 0; t < json_array_get_length(expected); t++, n_items++)
            check_item(&table, t, json_array_get_object_element(expected, t),
                       golden_tolerance(parser));
        check_items_as_measured(one, expected);
        for (gsize s = 0; s < UMK_N_SETS; s++)
            g_free(rows[s]);
    }
    g_assert_true(cases == NULL || n_items >= 8);
}

/* ---- set metrics ----------------------------------------------------------------------
 */

static void
load_sets(UmkBiasSets *sets, JsonObject *one, gboolean unit)
{
    static const char *const names[] = {"X", "Y", "A", "B"};

    *sets = (UmkBiasSets){0};
    for (gsize s = 0; s < UMK_N_SETS; s++) {
        sets->rows[s] = golden_table(one, names[s], &sets->sizes[s], &sets->d);
        if (unit)
            normalize(sets->rows[s], sets->sizes[s], sets->d);
    }
}

static void
check_rnd(const UmkBiasSets *sets,
          JsonObject *expected,
          const char *distances,
          const char *cosines,
          double within)
{
    UmkResample what = _umk_rnd_resample(sets);
    gsize n = sets->sizes[UMK_SET_A];
    g_autofree double *each = g_new(double, 2 * n);
    JsonObject *of_distances = json_object_get_object_member(expected, distances);
    JsonObject *of_cosines = json_object_get_object_member(expected, cosines);
    double values[UMK_RND_N_FIGURES];

    _umk_resample_whole(&what, values);
    _umk_rnd_per_attribute(sets, each);
    golden_compare_one(values[UMK_RND_EUCLIDEAN], of_distances, "mean", within);
    golden_compare_one(values[UMK_RND_COSINE], of_cosines, "mean", within);
    golden_compare(each, of_distances, "per_attribute", within);
    golden_compare(each + n, of_cosines, "per_attribute", within);
}

static void
check_mac(const UmkBiasSets *unit, JsonObject *expected, double within)
{
    g_auto(UmkCosineTable) table = {0};
    UmkResample what;
    double value;

    g_assert_true(_umk_cosine_table_init(&table, (const double *const *) unit->rows,
                                         unit->sizes, unit->d, NULL));
    what = _umk_mac_resample(&table);
    _umk_resample_whole(&what, &value);
    golden_compare_one(value, expected, "mac_cosine_distance", within);
}

static void
check_ripa(const UmkBiasSets *raw, JsonObject *expected, double within)
{
    gsize n = raw->sizes[UMK_SET_A];
    g_autofree double *means = g_new(double, n), *deviations = g_new(double, n);
    g_auto(UmkRipa) ripa = {0};
    UmkResample what;
    double value;

    _umk_ripa_init(&ripa, raw);
    what = _umk_ripa_resample(&ripa);
    _umk_resample_whole(&what, &value);
    golden_compare_one(value, expected, "mean", within);
    for (gsize i = 0; i < n; i++)
        _umk_ripa_of_attribute(&ripa, i, &means[i], &deviations[i]);
    golden_compare(means, expected, "per_attribute_mean", within);
    golden_compare(deviations, expected, "per_attribute_sd_ddof0", within);
}

static void
check_rnsb(const UmkBiasSets *raw,
           gboolean penalised,
           JsonObject *expected,
           double within)
{
    g_auto(UmkRnsb) rnsb = {0};
    UmkResample what;
    double value;

    g_assert_true(_umk_rnsb_init(&rnsb, raw, penalised, NULL));
    what = _umk_rnsb_resample(&rnsb);
    _umk_resample_whole(&what, &value);
    golden_compare_one(value, expected, "kl_nats", within);
    golden_compare(rnsb.negative, expected, "p_negative", within);
}

static void
check_metrics_as_measured(JsonObject *one, JsonObject *expected)
{
    static const struct {
        const char *measure, *member, *inner;
    } metrics[] = {{"rnd", "rnd_norm", "mean"},
                   {"mac", "mac_cosine_distance", NULL},
                   {"ect", "ect_spearman", NULL},
                   {"ripa", "ripa", "mean"},
                   {"rnsb", "rnsb_penalised_intercept", "kl_nats"}};
    static const char *const roles[] = {"x", "y", "a", "b"};
    static const char *const names[] = {"X", "Y", "A", "B"};
    g_autoptr(UmkBiasInput) input = umk_bias_input_new(NULL, NULL);

    for (gsize s = 0; s < UMK_N_SETS; s++)
        add_rows(input, roles[s], one, names[s]);
    for (gsize i = 0; i < G_N_ELEMENTS(metrics); i++) {
        g_autoptr(JsonNode) result = NULL;
        double value;

        if (!json_object_has_member(expected, metrics[i].member))
            continue;
        result = measure(metrics[i].measure, input, "replicates=50");
        value = json_object_get_double_member(nth(result, "figures", 0), "value");
        if (metrics[i].inner == NULL)
            golden_compare_one(value, expected, metrics[i].member, ROUNDED);
        else
            golden_compare_one(value,
                               json_object_get_object_member(expected, metrics[i].member),
                               metrics[i].inner, ROUNDED);
    }
}

static void
test_set_metrics(void)
{
    g_autoptr(JsonParser) parser = golden_json("set_metrics.json");
    JsonArray *cases = parser != NULL ? golden_cases(parser) : NULL;

    for (guint i = 0; cases != NULL && i < json_array_get_length(cases); i++) {
        JsonObject *one = json_array_get_object_element(cases, i);
        JsonObject *expected = json_object_get_object_member(one, "expected");
        double within = golden_tolerance(parser), value;
        g_auto(UmkBiasSets) raw = {0}, unit = {0};
        UmkResample what;

        load_sets(&raw, one, FALSE);
        load_sets(&unit, one, TRUE);
        check_rnd(&raw, expected, "rnd_norm", "rnd_cos_similarity", within);
        check_rnd(&unit, expected, "rnd_norm_unit_inputs",
                  "rnd_cos_similarity_unit_inputs", within);
        check_mac(&unit, expected, within);
        what = _umk_ect_resample(&raw);
        _umk_resample_whole(&what, &value);
        golden_compare_one(value, expected, "ect_spearman", within);
        if (json_object_has_member(expected, "ripa"))
            check_ripa(&raw, json_object_get_object_member(expected, "ripa"), within);
        check_rnsb(&raw, TRUE,
                   json_object_get_object_member(expected, "rnsb_penalised_intercept"),
                   within);
        check_rnsb(&raw, FALSE,
                   json_object_get_object_member(expected, "rnsb_free_intercept"),
                   within);
        check_metrics_as_measured(one, expected);
    }
    g_assert_true(cases == NULL || json_array_get_length(cases) >= 2);
}

/* ---- Caliskan's table -----------------------------------------------------------------
 */

static const struct {
    const char *sets[4];
    const char *printed;
    double p; /* one-sided, to p_within; 0: only that it is below 1e-5 */
    double p_within;
} caliskan[] = {
    {{"flowers", "insects", "pleasant_5", "unpleasant_5a"}, "1.54", 0, 0},
    {{"instruments", "weapons", "pleasant_5", "unpleasant_5a"}, "1.63", 0, 0},
    {{"male_names", "female_names", "career", "family"}, "1.89", 1.0 / 12870, 1e-15},
    {{"math", "arts", "male_terms", "female_terms"}, "0.97", 0.02269, 5e-6},
    {{"science", "arts_2", "male_terms_2", "female_terms_2"}, "1.24", 0.00404, 5e-6},
    {{"mental_disease", "physical_disease", "temporary", "permanent"},
     "1.30",
     0.00758,
     5e-6},
};

static GHashTable *
index_names(char **names)
{
    GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; names[i] != NULL; i++)
        g_hash_table_insert(index, names[i], GUINT_TO_POINTER(i + 1));
    return index;
}

/* Words that the vectors do not have are left out, as the published figures do. */
static void
add_set(UmkBiasInput *input,
        const char *role,
        JsonArray *words,
        UmkMatrix *vectors,
        GHashTable *index)
{
    gsize d = umk_matrix_get_n_cols(vectors), n = 0;
    guint n_words = json_array_get_length(words);
    g_autofree float *rows = g_new(float, n_words *d);
    g_autofree const char **names = g_new0(const char *, n_words + 1);
    g_autoptr(UmkMatrix) matrix = NULL;

    for (guint i = 0; i < n_words; i++) {
        const char *word = json_array_get_string_element(words, i);
        guint at = GPOINTER_TO_UINT(g_hash_table_lookup(index, word));

        if (at == 0)
            continue;
        memcpy(rows + n * d, umk_matrix_get_row(vectors, at - 1, NULL), d * sizeof *rows);
        names[n++] = word;
    }
    matrix = umk_matrix_new_from_data(n, d, rows, NULL);
    g_assert_true(umk_bias_input_add_set(input, role, NULL, matrix, names, NULL));
}

static JsonNode *
measure(const char *name, UmkBiasInput *input, const char *options)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_bias_get_params(name, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    umk_params_parse(params, options, &error);
    g_assert_no_error(error);
    text = umk_bias_measure(name, input, params, 42, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return json_from_string(text, NULL);
}

/* Measured by another program on the same vectors, targets and attributes drawn anew:
 * some published effects do not survive it. */
static const struct {
    gsize test;
    double low, high;
} fragile[] = {{2, 1.74, 1.92}, {3, -0.44, 1.67}, {5, -0.65, 1.78}};

#define BOOTSTRAP 0.05 /* what two bootstraps of thousands differ by */

static void
check_interval(gsize i, JsonObject *figure)
{
    JsonArray *intervals = json_object_get_array_member(figure, "intervals");
    gboolean expected = FALSE, found = FALSE;

    for (gsize f = 0; f < G_N_ELEMENTS(fragile); f++)
        for (guint k = 0; i == fragile[f].test && k < json_array_get_length(intervals);
             k++) {
            JsonObject *one = json_array_get_object_element(intervals, k);

            if (strcmp(json_object_get_string_member(one, "over"),
                       "targets-and-attributes") != 0 ||
                strcmp(json_object_get_string_member(one, "method"), "percentile") != 0)
                continue;
            found = TRUE;
            g_assert_cmpfloat_with_epsilon(json_object_get_double_member(one, "low"),
                                           fragile[f].low, BOOTSTRAP);
            g_assert_cmpfloat_with_epsilon(json_object_get_double_member(one, "high"),
                                           fragile[f].high, BOOTSTRAP);
        }
    for (gsize f = 0; f < G_N_ELEMENTS(fragile); f++)
        expected = expected || fragile[f].test == i;
    g_assert_true(found == expected);
}

static void
check_published(gsize i, UmkBiasInput *input)
{
    g_autoptr(JsonNode) root =
        measure("weat", input, "replicates=10000,permutations=200000");
    JsonObject *result = json_node_get_object(root);
    JsonObject *figure =
        json_array_get_object_element(json_object_get_array_member(result, "figures"), 0);
    JsonObject *test =
        json_array_get_object_element(json_object_get_array_member(result, "tests"), 0);
    double p = json_object_get_double_member(test, "p");
    g_autofree char *printed =
        g_strdup_printf("%.2f", json_object_get_double_member(figure, "value"));

    g_assert_cmpstr(json_object_get_string_member(figure, "id"), ==, "effect-size");
    g_assert_cmpstr(json_object_get_string_member(test, "alternative"), ==, "greater");
    g_assert_cmpstr(printed, ==, caliskan[i].printed);
    if (caliskan[i].p == 0.0)
        g_assert_cmpfloat(p, <, 1e-5);
    else
        g_assert_cmpfloat(fabs(p - caliskan[i].p), <=, caliskan[i].p_within);
    check_interval(i, figure);
    /* random sets of other words of the same file exist and mean less */
    g_assert_cmpfloat(json_object_get_double_member(
                          json_object_get_object_member(result, "control"), "as_large"),
                      <, 0.5);
}

static void
test_caliskan(void)
{
    static const char *const roles[] = {"x", "y", "a", "b"};
    const char *shared = g_getenv("UMEKOMI_SHARED");
    g_autofree char *folder = g_build_filename(shared ? shared : "/nonexistent", "data",
                                               "words", "weat-word2vec", NULL);
    g_autofree char *words = g_build_filename(folder, "WEAT.json", NULL);
    g_autofree char *path = g_build_filename(folder, "weat_w2v____old.txt", NULL);
    g_autoptr(JsonParser) parser = json_parser_new();
    g_auto(GStrv) names = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GHashTable) index = NULL;

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("the shared reference data are absent");
        return;
    }
    vectors = umk_vectors_read(path, &names, &error);
    g_assert_no_error(error);
    json_parser_load_from_file(parser, words, &error);
    g_assert_no_error(error);
    index = index_names(names);
    for (gsize i = 0; i < G_N_ELEMENTS(caliskan); i++) {
        g_autoptr(UmkBiasInput) input =
            umk_bias_input_new(vectors, (const char *const *) names);

        for (gsize s = 0; s < 4; s++)
            add_set(
                input, roles[s],
                json_object_get_array_member(golden_root(parser), caliskan[i].sets[s]),
                vectors, index);
        check_published(i, input);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/association/weat", test_weat);
    g_test_add_func("/golden/association/sc-weat", test_sc_weat);
    g_test_add_func("/golden/association/set-metrics", test_set_metrics);
    g_test_add_func("/golden/association/caliskan", test_caliskan);
    return g_test_run();
}
