/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Similarity and analogies: golden values, and real vectors with known figures (GloVe,
 * 2,443 words; WordSim-353; Mikolov's questions). */
#include "golden-json.h"

#include "eval/umk-analogies-private.h"
#include "linalg/umk-cosine-private.h"

#include <umekomi/umekomi.h>

#include <string.h>

/* ---- correlation --------------------------------------------------------------------
 */

/* Vectors whose cosines have the order of the values, ties included. */
static UmkMatrix *
turn_into_vectors(const double *values, gsize n)
{
    g_autofree float *rows = g_new0(float, (n + 1) * 2);
    double most = 0.0;

    for (gsize i = 0; i < n; i++)
        most = MAX(most, fabs(values[i]));
    rows[0] = 1.0f;
    for (gsize i = 0; i < n; i++) {
        double cosine = 0.9 * values[i] / most;

        rows[2 * i + 2] = (float) cosine;
        rows[2 * i + 3] = (float) sqrt(1.0 - cosine * cosine);
    }
    return umk_matrix_new_from_data(n + 1, 2, rows, NULL);
}

static void
test_correlation(void)
{
    g_autoptr(JsonNode) root = golden_json("correlation.json");
    JsonArray *cases;

    if (root == NULL)
        return;
    cases = golden_json_cases(root);
    for (guint c = 0; c < json_array_get_length(cases); c++) {
        JsonObject *one = json_array_get_object_element(cases, c);
        JsonObject *expected = json_object_get_object_member(one, "expected");
        gsize n, m;
        g_autofree double *a = golden_json_numbers(one, "a", &n);
        g_autofree double *b = golden_json_numbers(one, "b", &m);
        g_autoptr(UmkMatrix) vectors = turn_into_vectors(a, n);
        g_autofree gint64 *first = g_new0(gint64, n), *second = g_new(gint64, n);
        g_autoptr(GError) error = NULL;
        UmkSimilarity result;

        g_test_message("%s", json_object_get_string_member(one, "name"));
        g_assert_cmpuint(n, ==, m);
        for (gsize i = 0; i < n; i++)
            second[i] = (gint64) i + 1;
        g_assert_true(
            umk_eval_similarity(vectors, first, second, b, n, 0, 1, &result, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(result.n_covered, ==, n);
        golden_json_compare("Spearman", result.spearman,
                            golden_json_number(expected, "spearman"), 1e-10);
    }
}

/* ---- analogies ----------------------------------------------------------------------
 */

/* The numbers of the file have four decimals; ten thousand times as long, they are whole
 * and exact as floats, and cosines do not change. */
static UmkMatrix *
read_vectors(JsonObject *file)
{
    JsonArray *rows = json_object_get_array_member(file, "vectors");
    gsize n = json_array_get_length(rows);
    gsize d = json_array_get_length(json_array_get_array_element(rows, 0));
    g_autofree float *values = g_new(float, n *d);

    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < d; j++)
            values[i * d + j] = (float) round(
                1e4 * json_array_get_double_element(
                          json_array_get_array_element(rows, (guint) i), (guint) j));
    return umk_matrix_new_from_data(n, d, values, NULL);
}

static void
check_analogy(const UmkAnalogySolver *solver,
              JsonObject *one,
              gboolean exclude,
              const char *rows_name,
              const char *scores_name)
{
    JsonObject *expected = json_object_get_object_member(one, "expected");
    gsize question[3], rows[5], n;
    double scores[5];
    g_autofree double *wanted = golden_json_numbers(expected, rows_name, &n);
    static const char *const members[] = {"a", "b", "c"};

    g_assert_cmpuint(n, ==, 5);
    for (gsize i = 0; i < 3; i++)
        question[i] = (gsize) json_object_get_int_member(one, members[i]);
    g_assert_cmpuint(_umk_analogy_solve(solver, question, exclude, 5, rows, scores), ==,
                     5);
    for (gsize i = 0; i < 5; i++)
        golden_json_compare(rows_name, (double) rows[i], wanted[i], 0);
    if (scores_name != NULL) {
        g_autofree double *values = golden_json_numbers(expected, scores_name, &n);

        for (gsize i = 0; i < 5; i++)
            golden_json_compare(scores_name, scores[i], values[i], 1e-10);
    }
}

static void
test_analogies(void)
{
    g_autoptr(JsonNode) root = golden_json("analogy.json");
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autofree double *scales = NULL;
    JsonArray *cases;

    if (root == NULL)
        return;
    cases = golden_json_cases(root);
    vectors = read_vectors(json_node_get_object(root));
    scales = _umk_cosine_new_scales(vectors);
    for (guint c = 0; c < json_array_get_length(cases); c++) {
        JsonObject *one = json_array_get_object_element(cases, c);
        UmkAnalogySolver add = {vectors, scales, UMK_ANALOGY_ADD};
        UmkAnalogySolver mul = {vectors, scales, UMK_ANALOGY_MUL};

        check_analogy(&add, one, TRUE, "3cosadd_top5", "3cosadd_scores");
        check_analogy(&add, one, FALSE, "3cosadd_top5_inputs_allowed", NULL);
        check_analogy(&mul, one, TRUE, "3cosmul_top5", "3cosmul_scores");
    }
}

/* ---- real vectors -------------------------------------------------------------------
 */

typedef struct {
    UmkMatrix *vectors;
    char **names;
    GHashTable *rows; /* name -> row + 1 */
} Words;

static gboolean
words_read(Words *self)
{
    const char *shared = g_getenv("UMEKOMI_SHARED");
    g_autofree char *path =
        g_build_filename(shared != NULL ? shared : "../shared", "data", "words",
                         "glove-2k", "glove.6B.50d.first2443.txt", NULL);
    g_autoptr(GError) error = NULL;

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip_printf("no shared data at %s", path);
        return FALSE;
    }
    self->vectors = umk_vectors_read(path, &self->names, &error);
    g_assert_no_error(error);
    self->rows = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; self->names[i] != NULL; i++)
        if (!g_hash_table_contains(self->rows, self->names[i]))
            g_hash_table_insert(self->rows, self->names[i], GSIZE_TO_POINTER(i + 1));
    return TRUE;
}

static void
words_clear(Words *self)
{
    g_clear_pointer(&self->vectors, umk_matrix_unref);
    g_clear_pointer(&self->names, g_strfreev);
    g_clear_pointer(&self->rows, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)

static gint64
find_word(const Words *words, const char *word)
{
    g_autofree char *folded = g_utf8_strdown(word, -1);

    return (gint64) GPOINTER_TO_SIZE(g_hash_table_lookup(words->rows, folded)) - 1;
}

static char **
read_lines(const char *folder, const char *middle, const char *name)
{
    const char *shared = g_getenv("UMEKOMI_SHARED");
    g_autofree char *path = g_build_filename(shared != NULL ? shared : "../shared",
                                             "data", folder, middle, name, NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        g_test_skip_printf("no shared data at %s", path);
        return NULL;
    }
    return g_strsplit(g_strchomp(text), "\n", -1);
}

static void
test_wordsim(void)
{
    g_auto(Words) words = {0};
    g_auto(GStrv) lines = read_lines("similarity", "words-en", "EN-WS-353-ALL.txt");
    g_autofree gint64 *first = NULL, *second = NULL;
    g_autofree double *judged = NULL;
    g_autoptr(GError) error = NULL;
    UmkSimilarity result, change;
    gsize n;

    if (lines == NULL || !words_read(&words))
        return;
    n = g_strv_length(lines);
    first = g_new(gint64, n);
    second = g_new(gint64, n);
    judged = g_new(double, n);
    for (gsize i = 0; i < n; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], "\t", 3);

        first[i] = find_word(&words, fields[0]);
        second[i] = find_word(&words, fields[1]);
        judged[i] = g_ascii_strtod(fields[2], NULL);
    }
    g_assert_true(umk_eval_similarity(words.vectors, first, second, judged, n, 500, 42,
                                      &result, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(result.n_pairs, ==, 353);
    g_assert_cmpuint(result.n_covered, ==, 137);
    golden_json_compare("Spearman", result.spearman, 0.614, 0.0005);
    g_assert_cmpfloat(result.low, <, 0.58);
    g_assert_cmpfloat(result.high, >, 0.65);
    g_assert_true(umk_eval_similarity_change(words.vectors, words.vectors, first, second,
                                             judged, n, 100, 42, &change, &error));
    golden_json_compare("no change", change.spearman, 0.0, 0.0);
    golden_json_compare("no change", change.low, 0.0, 0.0);
}

static void
test_questions(void)
{
    g_auto(Words) words = {0};
    g_auto(GStrv) lines = read_lines("words", "loader-files", "questions-words.txt");
    g_autofree gint64 *rows = NULL;
    g_autoptr(GError) error = NULL;
    UmkAnalogies result;
    gsize n = 0;

    if (lines == NULL || !words_read(&words))
        return;
    rows = g_new(gint64, 4 * g_strv_length(lines));
    for (gsize i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], " ", -1);

        if (*lines[i] == ':' || g_strv_length(fields) != 4)
            continue;
        for (gsize j = 0; j < 4; j++)
            rows[4 * n + j] = find_word(&words, fields[j]);
        n++;
    }
    g_assert_true(umk_eval_analogies(words.vectors, rows, n, UMK_ANALOGY_ADD, &result,
                                     NULL, NULL, NULL, NULL, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(result.n_questions, ==, 19544);
    g_assert_cmpuint(result.n_covered, ==, 961);
    g_assert_cmpuint(result.n_right, ==, 646);
    g_assert_cmpuint(result.n_right_open, <, result.n_right);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/similarity/correlation", test_correlation);
    g_test_add_func("/similarity/analogies", test_analogies);
    g_test_add_func("/similarity/wordsim", test_wordsim);
    g_test_add_func("/similarity/questions", test_questions);
    return g_test_run();
}
