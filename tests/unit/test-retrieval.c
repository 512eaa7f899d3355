/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Retrieval measures against trec_eval's and NumPy's values, and recall of pairs with
 * ties that can be counted on fingers. */
#include "eval/umk-ranking-private.h"

#include <umekomi/umekomi.h>

#include <json-glib/json-glib.h>

#include <math.h>
#include <string.h>

/* ---- golden ------------------------------------------------------------------------ */

static JsonNode *
read_golden(void)
{
    const char *shared = g_getenv("UMEKOMI_SHARED");
    g_autofree char *path =
        g_build_filename(shared ? shared : "", "golden", "retrieval.json", NULL);
    g_autofree char *text = NULL;
    gsize length;

    return g_file_get_contents(path, &text, &length, NULL) ? json_from_string(text, NULL)
                                                           : NULL;
}

/* "recall@5" -> 5; the whole list without an "@" */
static double
measure(const UmkRanking *ranking, const char *name)
{
    const char *at = strchr(name, '@');
    gsize k = at != NULL ? (gsize) g_ascii_strtoull(at + 1, NULL, 10) : 0;
    g_autofree char *stem = at != NULL ? g_strndup(name, (gsize) (at - name)) : NULL;
    const char *word = stem != NULL ? stem : name;

    if (g_str_equal(word, "P"))
        return _umk_ranking_precision(ranking, k);
    if (g_str_equal(word, "recall"))
        return _umk_ranking_recall(ranking, k);
    if (g_str_equal(word, "hit"))
        return _umk_ranking_hit(ranking, k);
    if (g_str_equal(word, "mrr"))
        return _umk_ranking_reciprocal(ranking, k);
    if (g_str_equal(word, "ndcg_linear"))
        return _umk_ranking_ndcg(ranking, k, UMK_GAIN_LINEAR);
    if (g_str_equal(word, "ndcg_exp"))
        return _umk_ranking_ndcg(ranking, k, UMK_GAIN_EXPONENTIAL);
    if (g_str_equal(word, "map_trec") || g_str_equal(word, "map"))
        return _umk_ranking_average_precision(ranking, k);
    if (g_str_equal(word, "r_precision"))
        return _umk_ranking_r_precision(ranking);
    return (double) NAN; /* a variant that we do not have */
}

static guint
check_order(JsonObject *qrel, JsonObject *scores, JsonObject *expected, UmkTies ties)
{
    g_autoptr(GList) ids = json_object_get_members(scores);
    g_autoptr(GList) judged = json_object_get_members(qrel);
    g_autoptr(GList) names = json_object_get_members(expected);
    gsize n = g_list_length(ids), n_judged = g_list_length(judged), i = 0;
    g_autofree double *values = g_new(double, n);
    g_autofree const char **id = g_new(const char *, n);
    g_autofree gsize *order = g_new(gsize, n);
    g_autofree double *grades = g_new0(double, n);
    g_autofree double *all = g_new0(double, n_judged + 1);
    UmkRanking ranking = {grades, n, all, n_judged};
    JsonArray *wanted = json_object_get_array_member(expected, "order");
    guint n_checked = 0;

    for (GList *l = ids; l != NULL; l = l->next, i++) {
        id[i] = l->data;
        values[i] = json_node_get_double(json_object_get_member(scores, l->data));
    }
    i = 0;
    for (GList *l = judged; l != NULL; l = l->next)
        all[i++] = json_node_get_double(json_object_get_member(qrel, l->data));
    _umk_ranking_order(values, id, n, ties, order);
    for (gsize r = 0; r < n; r++) {
        g_assert_cmpstr(id[order[r]], ==,
                        json_array_get_string_element(wanted, (guint) r));
        if (json_object_has_member(qrel, id[order[r]]))
            grades[r] = json_node_get_double(json_object_get_member(qrel, id[order[r]]));
    }
    for (GList *l = names; l != NULL; l = l->next) {
        double got;

        if (g_str_equal(l->data, "order"))
            continue;
        got = measure(&ranking, l->data);
        if (isnan(got))
            continue;
        g_assert_cmpfloat_with_epsilon(
            got, json_node_get_double(json_object_get_member(expected, l->data)), 1e-12);
        n_checked++;
    }
    return n_checked;
}

static void
test_golden(void)
{
    g_autoptr(JsonNode) root = read_golden();
    JsonArray *cases;
    guint n = 0;

    if (root == NULL) {
        g_test_skip("the shared data are absent");
        return;
    }
    cases = json_object_get_array_member(json_node_get_object(root), "cases");
    for (guint i = 0; i < json_array_get_length(cases); i++) {
        JsonObject *one = json_array_get_object_element(cases, i);
        JsonObject *qrel = json_object_get_object_member(one, "qrel");
        JsonObject *scores = json_object_get_object_member(one, "scores");
        JsonObject *expected = json_object_get_object_member(one, "expected");

        n += check_order(qrel, scores,
                         json_object_get_object_member(expected, "trec_id_desc"),
                         UMK_TIES_ID_DESCENDING);
        n += check_order(qrel, scores, json_object_get_object_member(expected, "id_asc"),
                         UMK_TIES_ID_ASCENDING);
    }
    /* four cases, two orders, seven measures at four depths and four without */
    g_assert_cmpuint(n, ==, 4 * 2 * (7 * 4 + 4));
}

/* ---- pairs ------------------------------------------------------------------------- */

static UmkRecall
recall_of(gsize n,
          const float *queries,
          gsize m,
          const float *candidates,
          const guint32 *right,
          UmkMetric metric)
{
    g_autoptr(UmkMatrix) q = umk_matrix_new_from_data(n, 2, queries, NULL);
    g_autoptr(UmkMatrix) c = umk_matrix_new_from_data(m, 2, candidates, NULL);
    UmkRecall recall;
    GError *error = NULL;

    umk_recall_measure(q, c, right, metric, &recall, NULL, &error);
    g_assert_no_error(error);
    return recall;
}

static void
test_recall(void)
{
    /* by the angle: 0, 30, 60, 90 degrees, of different lengths */
    static const float candidates[] = {2, 0, 0.866f, 0.5f, 1, 1.732f, 0, 5};
    static const float queries[] = {1, 0.1f, 0.1f, 1, 1, 0.2f};
    static const guint32 right[] = {0, 2, 0};
    UmkRecall cosine = recall_of(3, queries, 4, candidates, right, UMK_METRIC_COSINE);
    UmkRecall dot = recall_of(3, queries, 4, candidates, right, UMK_METRIC_DOT);

    g_assert_cmpuint(cosine.n_queries, ==, 3);
    g_assert_cmpuint(cosine.n_candidates, ==, 4);
    /* ranks 1, 2 and 1: (1, 0.2) is at 11 degrees */
    g_assert_cmpfloat_with_epsilon(cosine.at_1, 2.0 / 3.0, 1e-12);
    g_assert_cmpfloat_with_epsilon(cosine.at_5, 1.0, 1e-12);
    g_assert_cmpfloat_with_epsilon(cosine.median_rank, 1.0, 1e-12);
    g_assert_cmpfloat_with_epsilon(cosine.reciprocal_rank, 2.5 / 3.0, 1e-12);
    g_assert_cmpfloat_with_epsilon(cosine.chance_at_1, 0.25, 1e-12);
    g_assert_cmpfloat_with_epsilon(cosine.chance_at_10, 1.0, 1e-12);
    g_assert_cmpfloat_with_epsilon(cosine.chance_rank, 2.5, 1e-12);
    /* products 2, .92, 1.17, .5 | .2, .59, 1.83, 5 | 2, .97, 1.35, 1: ranks 1, 2, 1 */
    g_assert_cmpfloat_with_epsilon(dot.at_1, 2.0 / 3.0, 1e-12);
}

/* A model that gives everything the same vector finds by chance, and says so. */
static void
test_constant(void)
{
    float same[40];
    UmkRecall recall;

    for (gsize i = 0; i < 40; i += 2) {
        same[i] = 0.3f;
        same[i + 1] = 0.7f;
    }
    recall = recall_of(20, same, 20, same, NULL, UMK_METRIC_COSINE);
    g_assert_cmpfloat_with_epsilon(recall.at_1, recall.chance_at_1, 1e-12);
    g_assert_cmpfloat_with_epsilon(recall.at_5, recall.chance_at_5, 1e-12);
    g_assert_cmpfloat_with_epsilon(recall.at_10, recall.chance_at_10, 1e-12);
    g_assert_cmpfloat_with_epsilon(recall.median_rank, 10.5, 1e-12);
    recall = recall_of(20, same, 20, same, NULL, UMK_METRIC_EUCLIDEAN);
    g_assert_cmpfloat_with_epsilon(recall.at_5, 0.25, 1e-12);
}

static void
test_bad_input(void)
{
    static const float numbers[] = {1, 2, 3, 4};
    static const guint32 outside[] = {0, 2};
    g_autoptr(UmkMatrix) two = umk_matrix_new_from_data(2, 2, numbers, NULL);
    g_autoptr(UmkMatrix) one = umk_matrix_new_from_data(1, 4, numbers, NULL);
    g_autoptr(UmkMatrix) none = umk_matrix_new_from_data(0, 2, numbers, NULL);
    g_autoptr(GCancellable) cancelled = g_cancellable_new();
    UmkRecall recall;
    g_autoptr(GError) error = NULL;

    g_assert_false(
        umk_recall_measure(two, one, NULL, UMK_METRIC_COSINE, &recall, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_false(
        umk_recall_measure(none, two, NULL, UMK_METRIC_COSINE, &recall, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_false(
        umk_recall_measure(two, two, outside, UMK_METRIC_COSINE, &recall, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_cancellable_cancel(cancelled);
    g_assert_false(umk_recall_measure(two, two, NULL, UMK_METRIC_COSINE, &recall,
                                      cancelled, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/retrieval/golden", test_golden);
    g_test_add_func("/retrieval/recall", test_recall);
    g_test_add_func("/retrieval/constant", test_constant);
    g_test_add_func("/retrieval/bad-input", test_bad_input);
    return g_test_run();
}
