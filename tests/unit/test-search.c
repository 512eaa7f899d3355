/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to a collection: formulas and rank fusion beside golden values, and that
 * filters, words, modalities and vectors together give what a plain loop gives. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"
#include "facade/umk-formula-private.h"
#include "facade/umk-search-private.h"

#include <json-glib/json-glib.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static JsonParser *
load_golden(const char *name)
{
    g_autofree char *path =
        g_build_filename(g_getenv("UMEKOMI_SHARED") ?: "shared", "golden", name, NULL);
    g_autoptr(JsonParser) parser = json_parser_new();

    if (json_parser_load_from_file(parser, path, NULL))
        return g_steal_pointer(&parser);
    g_test_skip("the golden values are not there");
    return NULL;
}

/* ---- formulas --------------------------------------------------------------------- */

static void
test_formula(void)
{
    static const struct {
        const char *text, *terms;
    } cases[] = {
        {"king - man + woman", "king*1 man*-1 woman*1"},
        {"king−man", "king*1 man*-1"},
        {"t-shirt - shirt", "t-shirt*1 shirt*-1"},
        {"-a", "a*-1"},
        {"2*a + 0.5 b - c / 4 + d * 3", "a*2 b*0.5 c*-0.25 d*3"},
        {"2*(a - b)/4 + a", "a*1.5 b*-0.5"},
        {"- (a - (b - c))", "a*-1 b*1 c*-1"},
        {"\"New York\" - 'it''s' + `+`", "New York*1 it's*-1 +*1"},
        {"3d + 2 3d", "3d*3"},
        {"東京 - 日本 + フランス", "東京*1 日本*-1 フランス*1"},
        {"notes.csv#2 + a/b.png", "notes.csv#2*1 a/b.png*1"},
        {"a - a", "a*0"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkFormula) formula = umk_formula_new(cases[i].text, &error);
        g_autoptr(GString) terms = g_string_new(NULL);

        g_assert_no_error(error);
        for (gsize j = 0; j < umk_formula_get_n_terms(formula); j++) {
            double weight;
            const char *name = umk_formula_get_term(formula, j, &weight);

            g_string_append_printf(terms, "%s%s*%g", j > 0 ? " " : "", name, weight);
        }
        g_assert_cmpstr(terms->str, ==, cases[i].terms);
    }
}

static void
test_formula_errors(void)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "column 1: it ends where a name should be"},
        {"king - ", "column 8: it ends where a name"},
        {"king man", "column 6: “m” stands where “+”, “-” or the end"},
        {"猫 + + b", "column 5: “+” stands where a name"},
        {"(a + b", "column 7: it ends where “+”, “-” or “)”"},
        {"a) + b", "column 2: “)” stands"},
        {"\"a", "column 1: the quote \" has no end"},
        {"a * b", "column 5: “b” stands where a number"},
        {"a / 0", "column 1: the weight of “a” is not a number"},
        {"2", "column 2: it ends where a name"},
    };
    g_autoptr(GString) deep = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) wrong = NULL;

        g_assert_null(umk_formula_new(cases[i].text, &wrong));
        g_assert_error(wrong, UMK_ERROR, UMK_ERROR_PARAM);
        if (strstr(wrong->message, cases[i].says) == NULL)
            g_error("%s: %s", cases[i].text, wrong->message);
    }
    for (guint i = 0; i < 60000; i++)
        g_string_append_c(deep, '(');
    g_assert_null(umk_formula_new(deep->str, &error));
    g_assert_nonnull(strstr(error->message, "nested"));
}

static UmkMatrix *
read_matrix(JsonArray *rows)
{
    guint n = json_array_get_length(rows),
          d = json_array_get_length(json_array_get_array_element(rows, 0));
    g_autofree float *values = g_new(float, n *d);

    for (guint i = 0; i < n; i++)
        for (guint j = 0; j < d; j++)
            values[i * d + j] = (float) json_array_get_double_element(
                json_array_get_array_element(rows, i), j);
    return umk_matrix_new_from_data(n, d, values, NULL);
}

/* "a is to b as c is to ?" is b - a + c; the golden scores are dot products of unit rows
 * with the sum, ours are divided by its length. */
static void
check_analogy(UmkMatrix *vectors, UmkIndex *index, JsonObject *one)
{
    guint64 rows[3] = {(guint64) json_object_get_int_member(one, "b"),
                       (guint64) json_object_get_int_member(one, "a"),
                       (guint64) json_object_get_int_member(one, "c")};
    JsonObject *expected = json_object_get_object_member(one, "expected");
    JsonArray *best = json_object_get_array_member(expected, "3cosadd_top5");
    JsonArray *scores = json_object_get_array_member(expected, "3cosadd_scores");
    gsize n = umk_matrix_get_n_rows(vectors);
    g_autoptr(UmkFormula) formula = umk_formula_new("b - a + c", NULL);
    g_autoptr(UmkMatrix) terms = umk_matrix_select_rows(vectors, rows, 3, NULL);
    g_autoptr(UmkMatrix) sum = umk_formula_combine(formula, terms, NULL);
    g_autofree guint8 *bytes = g_malloc(n);
    g_autoptr(GBytes) allowed = NULL;
    g_autoptr(UmkHits) hits = NULL;
    double length = 0;

    memset(bytes, 1, n);
    for (guint i = 0; i < 3; i++)
        bytes[rows[i]] = 0;
    allowed = g_bytes_new(bytes, n);
    for (gsize j = 0; j < umk_matrix_get_n_cols(sum); j++)
        length += pow((double) umk_matrix_get_row(sum, 0, NULL)[j], 2);
    hits = umk_index_search(index, sum, 5, allowed, NULL, NULL);
    for (guint rank = 0; rank < 5; rank++) {
        float score;

        g_assert_cmpuint(umk_hits_get(hits, 0, rank, &score), ==,
                         json_array_get_int_element(best, rank));
        /* float32 against float64. */
        g_assert_cmpfloat_with_epsilon((double) score * sqrt(length),
                                       json_array_get_double_element(scores, rank), 2e-6);
    }
}

static void
test_analogy(void)
{
    g_autoptr(JsonParser) parser = load_golden("analogy.json");
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(UmkIndex) index = NULL;
    JsonObject *root;
    JsonArray *cases;

    if (parser == NULL)
        return;
    root = json_node_get_object(json_parser_get_root(parser));
    vectors = read_matrix(json_object_get_array_member(root, "vectors"));
    index = umk_index_build("exact", vectors, UMK_METRIC_COSINE, NULL, NULL, NULL, NULL,
                            NULL);
    cases = json_object_get_array_member(root, "cases");
    g_assert_cmpuint(json_array_get_length(cases), >=, 3);
    for (guint i = 0; i < json_array_get_length(cases); i++) {
        JsonObject *one = json_array_get_object_element(cases, i);

        if (json_object_has_member(one, "a"))
            check_analogy(vectors, index, one);
    }
}

static void
test_nothing_left(void)
{
    static const float values[] = {1, 2, 0, 0};
    g_autoptr(UmkMatrix) vectors = umk_matrix_new_from_data(2, 2, values, NULL);
    g_autoptr(UmkMatrix) twice = NULL;
    g_autoptr(UmkFormula) zero = umk_formula_new("a - a", NULL);
    g_autoptr(UmkFormula) two = umk_formula_new("a + b", NULL);
    g_autoptr(GError) error = NULL;
    const guint64 first = 0;

    twice = umk_matrix_select_rows(vectors, &first, 1, NULL);
    g_assert_null(umk_formula_combine(zero, twice, &error));
    g_assert_nonnull(strstr(error->message, "comes to nothing"));
    g_clear_error(&error);
    g_assert_null(umk_formula_combine(two, vectors, &error));
    g_assert_nonnull(strstr(error->message, "“b” has no direction"));
}

/* ---- fusion ----------------------------------------------------------------------- */

static void
check_fusion(JsonObject *rrf, JsonObject *expected)
{
    JsonArray *lists = json_object_get_array_member(rrf, "lists");
    guint n = json_array_get_length(lists);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(g_free);
    g_autofree gsize *lengths = g_new(gsize, n);
    g_autoptr(GArray) fused = NULL;

    g_assert_cmpint(json_object_get_int_member(rrf, "k"), ==, (gint64) UMK_RANK_CONSTANT);
    for (guint i = 0; i < n; i++) {
        JsonArray *list = json_array_get_array_element(lists, i);
        guint64 *row = g_new(guint64, json_array_get_length(list) + 1);

        lengths[i] = json_array_get_length(list);
        for (guint j = 0; j < lengths[i]; j++)
            row[j] = (guint64) json_array_get_string_element(list, j)[0];
        g_ptr_array_add(rows, row);
    }
    fused = _umk_fuse_ranks((const guint64 *const *) rows->pdata, lengths, n);
    g_assert_cmpuint(fused->len, ==, json_object_get_size(expected));
    for (guint i = 0; i < fused->len; i++) {
        const UmkRanked *ranked = &g_array_index(fused, UmkRanked, i);
        const char name[] = {(char) ranked->row, '\0'};

        g_assert_cmpfloat_with_epsilon(
            ranked->score, json_object_get_double_member(expected, name), 1e-12);
        if (i > 0)
            g_assert_cmpfloat(ranked->score, <=,
                              g_array_index(fused, UmkRanked, i - 1).score);
    }
}

static void
test_fusion(void)
{
    g_autoptr(JsonParser) parser = load_golden("bm25_rrf.json");
    JsonArray *cases;
    guint n = 0;

    if (parser == NULL)
        return;
    cases = json_object_get_array_member(
        json_node_get_object(json_parser_get_root(parser)), "cases");
    for (guint i = 0; i < json_array_get_length(cases); i++) {
        JsonObject *one = json_array_get_object_element(cases, i);

        if (!json_object_has_member(one, "rrf"))
            continue;
        check_fusion(json_object_get_object_member(one, "rrf"),
                     json_object_get_object_member(one, "expected"));
        n++;
    }
    g_assert_cmpuint(n, ==, 1);
}

static void
test_fusion_ties(void)
{
    const guint64 a[] = {9, 4}, b[] = {4, 9}, c[] = {7};
    const guint64 *const lists[] = {a, b, c};
    const gsize lengths[] = {2, 2, 1};
    g_autoptr(GArray) fused = _umk_fuse_ranks(lists, lengths, 3);

    g_assert_cmpuint(g_array_index(fused, UmkRanked, 0).row, ==, 4);
    g_assert_cmpuint(g_array_index(fused, UmkRanked, 1).row, ==, 9);
    g_assert_cmpuint(g_array_index(fused, UmkRanked, 2).row, ==, 7);
}

/* ---- a collection ----------------------------------------------------------------- */

#define N_ITEMS 500
#define N_DIMS  12

typedef struct {
    char *folder;
    UmkCollection *collection;
    float values[N_ITEMS][N_DIMS];
} Place;

static void
fill(Place *place)
{
    static const char *const texts[] = {"red bicycle", "a blue bicycle on grass",
                                        "赤い自転車", "grass", "red red wine"};
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) vectors = NULL;
    UmkRng rng;

    _umk_rng_init(&rng, 3, 0);
    for (guint i = 0; i < N_ITEMS; i++) {
        g_autofree char *id = g_strdup_printf("i%u", i);
        g_autofree char *year = g_strdup_printf("%u", 1980 + i % 50);
        g_autoptr(UmkItem) item =
            i % 4 == 0 ? umk_item_new_for_file(UMK_MODALITY_IMAGE, "/p.png")
                       : umk_item_new_for_text(texts[i % 5]);

        umk_item_set_id(item, id);
        umk_item_set_caption(item, texts[i % 5]);
        umk_item_set_field(item, "year", year);
        umk_items_append(items, item);
        for (guint j = 0; j < N_DIMS; j++)
            place->values[i][j] = (float) _umk_rng_normal(&rng);
    }
    /* Equal vectors, so that ties are met. */
    memcpy(place->values[400], place->values[20], sizeof place->values[0]);
    vectors = umk_matrix_new_from_data(N_ITEMS, N_DIMS, place->values[0], NULL);
    g_assert_true(umk_collection_append(place->collection, "m", items, vectors, NULL));
    g_assert_true(umk_collection_commit(place->collection, NULL));
}

static void
set_up(Place *place, gconstpointer data)
{
    g_autoptr(UmkSpace) space = umk_space_new("s", N_DIMS, UMK_METRIC_COSINE);
    g_autofree char *path = NULL;

    place->folder = g_dir_make_tmp("umekomi-test-XXXXXX", NULL);
    path = g_build_filename(place->folder, "s.ume", NULL);
    g_assert_true(umk_space_join(space, "f", N_DIMS, NULL));
    place->collection = umk_collection_create(path, space, NULL);
    g_assert_true(
        umk_collection_add_model(place->collection, "m", "f", N_DIMS, NULL, NULL));
    fill(place);
}

static void
tear_down(Place *place, gconstpointer data)
{
    g_autofree char *command = g_strdup_printf("rm -r '%s'", place->folder);

    umk_collection_unref(place->collection);
    g_assert_cmpint(system(command), ==, 0);
    g_free(place->folder);
}

static double
cosine(const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;

    for (guint i = 0; i < N_DIMS; i++) {
        ab += (double) a[i] * (double) b[i];
        aa += (double) a[i] * (double) a[i];
        bb += (double) b[i] * (double) b[i];
    }
    return ab / sqrt(aa * bb);
}

static const float *sort_query;
static const Place *sort_place;

static int
by_cosine(const void *a, const void *b)
{
    guint left = *(const guint *) a, right = *(const guint *) b;
    double x = cosine(sort_place->values[left], sort_query),
           y = cosine(sort_place->values[right], sort_query);

    return x != y ? (x > y ? -1 : 1) : (int) left - (int) right;
}

static gboolean
is_wanted(guint i)
{
    return i % 4 == 0 && 1980 + i % 50 >= 2020;
}

/* Every number of hits from 1 to more than there are. */
static void
test_filtered(Place *place, gconstpointer data)
{
    g_autoptr(UmkSearch) search = umk_search_new(place->collection);
    g_autoptr(UmkFilter) filter =
        umk_filter_new("modality = \"image\" and year >= 2020", NULL);
    g_autoptr(UmkMatrix) query =
        umk_matrix_new_from_data(1, N_DIMS, place->values[20], NULL);
    guint wanted[N_ITEMS], n = 0;
    g_autofree char *plan = NULL;

    for (guint i = 0; i < N_ITEMS; i++)
        if (is_wanted(i))
            wanted[n++] = i;
    sort_query = place->values[20];
    sort_place = place;
    qsort(wanted, n, sizeof *wanted, by_cosine);
    umk_search_set_vectors(search, query);
    umk_search_set_filter(search, filter);
    for (guint k = 1; k < n + 10; k += 7) {
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkHits) hits = umk_search_run(search, k, NULL, NULL, NULL, &error);

        g_assert_no_error(error);
        g_assert_cmpuint(umk_hits_get_n_hits(hits, 0), ==, MIN(k, n));
        for (guint rank = 0; rank < MIN(k, n); rank++)
            g_assert_cmpuint(umk_hits_get(hits, 0, rank, NULL), ==, wanted[rank]);
    }
    plan = umk_search_dup_plan(search);
    g_assert_nonnull(strstr(plan, "25 of 500 items allowed"));
}

static void
test_item(Place *place, gconstpointer data)
{
    g_autoptr(UmkSearch) search = umk_search_new(place->collection);
    g_autoptr(UmkHits) hits = NULL;
    float score;

    umk_search_set_item(search, 20);
    umk_search_exclude(search, 400);
    hits = umk_search_run(search, N_ITEMS, NULL, NULL, NULL, NULL);
    g_assert_cmpuint(umk_hits_get_n_hits(hits, 0), ==, N_ITEMS - 2);
    umk_hits_get(hits, 0, 0, &score);
    g_assert_cmpfloat((double) score, <, 0.999);
}

static double
score_by(UmkMetric metric, const float *a, const float *b)
{
    double sum = 0;

    if (metric == UMK_METRIC_COSINE)
        return cosine(a, b);
    for (guint i = 0; i < N_DIMS; i++)
        sum += metric == UMK_METRIC_DOT
                   ? (double) a[i] * (double) b[i]
                   : ((double) a[i] - (double) b[i]) * ((double) a[i] - (double) b[i]);
    return metric == UMK_METRIC_DOT ? sum : -sqrt(sum);
}

/* In a space of cosines, by every metric: what a plain loop scores, in its order. */
static void
test_metric(Place *place, gconstpointer data)
{
    g_autoptr(UmkSearch) search = umk_search_new(place->collection);
    gsize found[3][20];

    umk_search_set_item(search, 7);
    umk_search_set_index(search, "hnsw"); /* made for cosines: the others do without */
    for (guint m = 0; m <= UMK_METRIC_EUCLIDEAN; m++) {
        g_autoptr(UmkHits) hits = NULL;
        double best = -G_MAXDOUBLE;

        umk_search_set_metric(search, (UmkMetric) m);
        hits = umk_search_run(search, 20, NULL, NULL, NULL, NULL);
        g_assert_cmpuint(umk_hits_get_n_hits(hits, 0), ==, 20);
        for (guint i = 0; i < N_ITEMS; i++)
            if (i != 7)
                best = MAX(best,
                           score_by((UmkMetric) m, place->values[i], place->values[7]));
        for (guint rank = 0; rank < 20; rank++) {
            float score, before = G_MAXFLOAT;
            gsize row = umk_hits_get(hits, 0, rank, &score);

            found[m][rank] = row;
            if (rank > 0)
                umk_hits_get(hits, 0, rank - 1, &before);
            g_assert_cmpfloat((double) score, <=, (double) before);
            /* sums of N_DIMS floats of size 1: rounding is some 1e-6 of them */
            g_assert_cmpfloat_with_epsilon(
                (double) score,
                score_by((UmkMetric) m, place->values[row], place->values[7]), 1e-4);
            if (rank == 0)
                g_assert_cmpfloat_with_epsilon((double) score, best, 1e-4);
        }
    }
    /* or the metric made no difference here, and nothing was tested */
    for (guint m = 0; m < UMK_METRIC_EUCLIDEAN; m++)
        g_assert_cmpint(memcmp(found[m], found[m + 1], sizeof found[m]), !=, 0);
}

static void
test_words(Place *place, gconstpointer data)
{
    g_autoptr(UmkSearch) search = umk_search_new(place->collection);
    g_autoptr(UmkFilter) filter = umk_filter_new("year = 1984", NULL);
    g_autoptr(UmkHits) hits = NULL, none = NULL;
    float first, second;

    umk_search_set_words(search, "red");
    hits = umk_search_run(search, N_ITEMS, NULL, NULL, NULL, NULL);
    g_assert_cmpuint(umk_hits_get_n_hits(hits, 0), ==, 2 * N_ITEMS / 5);
    /* "red red wine" before "red bicycle"; equal ones by row. */
    g_assert_cmpuint(umk_hits_get(hits, 0, 0, &first), ==, 4);
    g_assert_cmpuint(umk_hits_get(hits, 0, 1, &second), ==, 9);
    g_assert_cmpfloat(first, ==, second);
    umk_search_set_words(search, "grass");
    umk_search_set_filter(search, filter);
    none = umk_search_run(search, N_ITEMS, NULL, NULL, NULL, NULL);
    g_assert_cmpuint(umk_hits_get_n_hits(none, 0), ==, 0);
}

/* Both rankings whole, fused by the formula here. */
static void
test_hybrid(Place *place, gconstpointer data)
{
    g_autoptr(UmkSearch) search = umk_search_new(place->collection);
    g_autoptr(UmkMatrix) query =
        umk_matrix_new_from_data(1, N_DIMS, place->values[7], NULL);
    g_autoptr(UmkHits) by_vectors = NULL, by_words = NULL, both = NULL;
    double scores[N_ITEMS] = {0};
    float last = G_MAXFLOAT;
    gsize last_row = 0;

    umk_search_set_vectors(search, query);
    by_vectors = umk_search_run(search, N_ITEMS, NULL, NULL, NULL, NULL);
    umk_search_set_vectors(search, NULL);
    umk_search_set_words(search, "自転車");
    by_words = umk_search_run(search, N_ITEMS, NULL, NULL, NULL, NULL);
    g_assert_cmpuint(umk_hits_get_n_hits(by_words, 0), ==, N_ITEMS / 5);
    umk_search_set_vectors(search, query);
    both = umk_search_run(search, N_ITEMS, NULL, NULL, NULL, NULL);
    for (guint rank = 0; rank < umk_hits_get_n_hits(by_vectors, 0); rank++)
        scores[umk_hits_get(by_vectors, 0, rank, NULL)] += 1 / (60.0 + rank + 1);
    for (guint rank = 0; rank < umk_hits_get_n_hits(by_words, 0); rank++)
        scores[umk_hits_get(by_words, 0, rank, NULL)] += 1 / (60.0 + rank + 1);
    g_assert_cmpuint(umk_hits_get_n_hits(both, 0), ==, N_ITEMS);
    for (guint rank = 0; rank < N_ITEMS; rank++) {
        float score;
        gsize row = umk_hits_get(both, 0, rank, &score);

        g_assert_cmpfloat(score, ==, (float) scores[row]);
        g_assert_true(score < last || (score == last && row > last_row));
        last = score;
        last_row = row;
    }
}

static void
test_errors(Place *place, gconstpointer data)
{
    g_autoptr(UmkSearch) search = umk_search_new(place->collection);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;

    g_assert_null(umk_search_run(search, 3, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_clear_error(&error);
    umk_search_set_words(search, "red");
    g_cancellable_cancel(cancellable);
    g_assert_null(umk_search_run(search, 3, cancellable, NULL, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/search/formula", test_formula);
    g_test_add_func("/search/formula-errors", test_formula_errors);
    g_test_add_func("/search/analogy", test_analogy);
    g_test_add_func("/search/nothing-left", test_nothing_left);
    g_test_add_func("/search/fusion", test_fusion);
    g_test_add_func("/search/fusion-ties", test_fusion_ties);
    g_test_add("/search/filtered", Place, NULL, set_up, test_filtered, tear_down);
    g_test_add("/search/item", Place, NULL, set_up, test_item, tear_down);
    g_test_add("/search/metric", Place, NULL, set_up, test_metric, tear_down);
    g_test_add("/search/words", Place, NULL, set_up, test_words, tear_down);
    g_test_add("/search/hybrid", Place, NULL, set_up, test_hybrid, tear_down);
    g_test_add("/search/errors", Place, NULL, set_up, test_errors, tear_down);
    return g_test_run();
}
