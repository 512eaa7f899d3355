/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WEAT beside golden/weat.json, and the word2vec column of Caliskan, Bryson and Narayanan
 * (2017) from the vectors in data/words/weat-word2vec: effect sizes to the printed
 * digits, the least p that eight and eight names can have. */
#include <umekomi/umekomi.h>

#include "bias/umk-partition-private.h"
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
measure(UmkBiasInput *input, const char *options)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_bias_get_params("weat", &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    umk_params_parse(params, options, &error);
    g_assert_no_error(error);
    text = umk_bias_measure("weat", input, params, 42, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return json_from_string(text, NULL);
}

static void
check_published(gsize i, UmkBiasInput *input)
{
    g_autoptr(JsonNode) root = measure(input, "replicates=200,permutations=200000");
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
    g_test_add_func("/golden/association/caliskan", test_caliskan);
    return g_test_run();
}
