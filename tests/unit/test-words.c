/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Searching by words: which terms a text has, BM25 beside golden values, and that the
 * derived file follows the collection through every change and every damage. */
#include <umekomi/umekomi.h>

#include "store/umk-collection-private.h"
#include "store/umk-words-private.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include <math.h>
#include <string.h>

/* ---- terms ------------------------------------------------------------------------ */

static gboolean
append_term(const char *term, gsize len, gboolean prefix, gpointer data)
{
    GString *out = data;

    g_string_append(out, out->len > 0 ? " " : "");
    g_string_append_len(out, term, (gssize) len);
    g_string_append(out, prefix ? "*" : "");
    return TRUE;
}

static void
test_terms(void)
{
    static const struct {
        const char *text, *terms, *query;
    } cases[] = {
        {"The CAT's 2 cats.", "the cat s 2 cats", "the cat s 2 cats"},
        {"Café Ångström naı̈ve", "cafe angstrom naıve", "cafe angstrom naıve"},
        {"東京タワー", "東京 京タ タワ ワー ー", "東京 京タ タワ ワー"},
        {"猫", "猫", "猫*"},
        {"黒猫がいる。白猫", "黒猫 猫が がい いる る 白猫 猫",
         "黒猫 猫が がい いる 白猫"},
        {"ﾃﾞｰﾀＢＡＳＥ１", "デー ータ タ base1", "デー ータ base1"},
        {"Straße ΣΊΣΥΦΟΣ", "strasse σίσυφοσ", "strasse σίσυφοσ"},
        {"a・b、c—d_e", "a b c d e", "a b c d e"},
        {"ที่", "ที่", "ที่*"},
        {"", "", ""},
        {" ,.!？ ", "", ""},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) terms = g_string_new(NULL), query = g_string_new(NULL);

        _umk_terms(cases[i].text, -1, FALSE, append_term, terms);
        _umk_terms(cases[i].text, -1, TRUE, append_term, query);
        g_assert_cmpstr(terms->str, ==, cases[i].terms);
        g_assert_cmpstr(query->str, ==, cases[i].query);
    }
    g_assert_null(_umk_words_query("…"));
    {
        g_autofree char *query = _umk_words_query("the 猫\"");

        g_assert_cmpstr(query, ==, "\"the\" OR \"猫\" *");
    }
}

/* ---- BM25 ------------------------------------------------------------------------- */

static void
check_case(JsonObject *bm25)
{
    JsonArray *docs = json_object_get_array_member(bm25, "docs");
    JsonArray *expected = json_object_get_array_member(
        json_object_get_object_member(bm25, "expected"), "plus1");
    g_autofree char *match =
        _umk_words_query(json_object_get_string_member(bm25, "query"));
    guint n = json_array_get_length(docs), n_hits = 0, n_expected = 0;
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;

    g_assert_cmpint(sqlite3_open(":memory:", &db), ==, SQLITE_OK);
    g_assert_true(_umk_words_register(db, NULL));
    if (sqlite3_exec(db, "CREATE VIRTUAL TABLE words USING fts5(body, tokenize = 'umk')",
                     NULL, NULL, NULL) != SQLITE_OK)
        g_error("%s", sqlite3_errmsg(db));
    for (guint i = 0; i < n; i++) {
        char *sql = sqlite3_mprintf("INSERT INTO words (rowid, body) VALUES (%u, %Q)", i,
                                    json_array_get_string_element(docs, i));

        if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
            g_error("%s: %s", sql, sqlite3_errmsg(db));
        sqlite3_free(sql);
        n_expected += json_array_get_double_element(expected, i) != 0;
    }
    sqlite3_prepare_v2(db,
                       "SELECT rowid, umk_bm25(words, ?, ?) FROM words WHERE words "
                       "MATCH ?",
                       -1, &statement, NULL);
    sqlite3_bind_double(statement, 1, json_object_get_double_member(bm25, "k1"));
    sqlite3_bind_double(statement, 2, json_object_get_double_member(bm25, "b"));
    sqlite3_bind_text(statement, 3, match, -1, SQLITE_STATIC);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        double score = json_array_get_double_element(
            expected, (guint) sqlite3_column_int(statement, 0));

        /* The golden file's own tolerance. */
        g_assert_cmpfloat_with_epsilon(sqlite3_column_double(statement, 1), score, 1e-12);
        n_hits++;
    }
    g_assert_cmpuint(n_hits, ==, n_expected);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static void
test_golden(void)
{
    g_autofree char *path = g_build_filename(g_getenv("UMEKOMI_SHARED") ?: "shared",
                                             "golden", "bm25_rrf.json", NULL);
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonArray *cases;
    guint n = 0;

    if (!json_parser_load_from_file(parser, path, NULL)) {
        g_test_skip("the golden values are not there");
        return;
    }
    cases = json_object_get_array_member(
        json_node_get_object(json_parser_get_root(parser)), "cases");
    for (guint i = 0; i < json_array_get_length(cases); i++) {
        JsonObject *one = json_array_get_object_element(cases, i);

        if (!json_object_has_member(one, "docs"))
            continue;
        check_case(one);
        n++;
    }
    g_assert_cmpuint(n, >=, 4);
}

/* ---- a collection ----------------------------------------------------------------- */

typedef struct {
    char *folder, *path, *derived;
} Place;

static void
set_up(Place *place, gconstpointer data)
{
    place->folder = g_dir_make_tmp("umekomi-test-XXXXXX", NULL);
    place->path = g_build_filename(place->folder, "w.ume", NULL);
    place->derived = g_build_filename(place->path, "derived", NULL);
}

static void
tear_down(Place *place, gconstpointer data)
{
    g_autofree char *command = g_strdup_printf("rm -r '%s'", place->folder);

    g_assert_cmpint(system(command), ==, 0);
    g_free(place->folder);
    g_free(place->path);
    g_free(place->derived);
}

static void
put(UmkCollection *collection, const char *id, const char *caption, const char *text)
{
    static const float zero[2];
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = text != NULL
                                  ? umk_item_new_for_text(text)
                                  : umk_item_new_for_file(UMK_MODALITY_IMAGE, "/p");
    g_autoptr(UmkMatrix) vectors = umk_matrix_new_from_data(1, 2, zero, NULL);

    umk_item_set_id(item, id);
    umk_item_set_caption(item, caption);
    umk_items_append(items, item);
    g_assert_true(umk_collection_append(collection, "m", items, vectors, NULL));
}

static UmkCollection *
make_collection(Place *place)
{
    g_autoptr(UmkSpace) space = umk_space_new("s", 2, UMK_METRIC_COSINE);
    UmkCollection *collection;

    g_assert_true(umk_space_join(space, "f", 2, NULL));
    collection = umk_collection_create(place->path, space, NULL);
    g_assert_true(umk_collection_add_model(collection, "m", "f", 2, NULL, NULL));
    put(collection, "a", NULL, "a cat sat");
    put(collection, "b", "a dog", NULL);
    put(collection, "c", "黒猫がいる", NULL);
    put(collection, "d", "dog", "dog and cat and dog");
    put(collection, "e", NULL, NULL);
    g_assert_true(umk_collection_commit(collection, NULL));
    return collection;
}

/* Ids of the hits with their scores to six places. */
static char *
ask(UmkCollection *collection, const char *query, const guint8 *allowed)
{
    g_auto(UmkRun) run = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(UmkWords) words = NULL;
    g_autoptr(GArray) hits = NULL;

    _umk_run_init(&run, NULL, NULL, NULL);
    words = _umk_collection_get_words(collection, &run, &error);
    g_assert_no_error(error);
    hits = _umk_words_search(words, query, 10, allowed, &run, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < hits->len; i++) {
        const UmkWordHit *hit = &g_array_index(hits, UmkWordHit, i);
        g_autofree char *id = umk_collection_dup_id(collection, hit->row);

        g_string_append_printf(out, "%s=%.6f ", id, hit->score);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *
ids_of(const char *hits)
{
    g_autoptr(GRegex) regex = g_regex_new("=[^ ]* ", 0, 0, NULL);

    return g_regex_replace_literal(regex, hits, -1, 0, "", 0, NULL);
}

static void
assert_ids(UmkCollection *collection, const char *query, const char *ids)
{
    g_autofree char *hits = ask(collection, query, NULL);
    g_autofree char *found = ids_of(hits);

    g_assert_cmpstr(found, ==, ids);
}

/* The one file of words; NULL if there is none, a failure if there are more. */
static char *
kept_file(Place *place)
{
    g_autoptr(GDir) dir = g_dir_open(place->derived, 0, NULL);
    const char *name;
    char *found = NULL;

    while ((name = g_dir_read_name(dir)) != NULL) {
        if (!g_str_has_prefix(name, "words."))
            continue;
        g_assert_null(found);
        found = g_build_filename(place->derived, name, NULL);
    }
    return found;
}

static void
test_search(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = make_collection(place);
    const guint8 allowed[] = {0, 1, 1, 1, 1};
    g_autofree char *some = NULL, *some_ids = NULL, *hits = NULL;

    assert_ids(collection, "CAT", "ad");
    /* Shorter texts first; the caption that its text repeats counts once. */
    assert_ids(collection, "dog", "db");
    assert_ids(collection, "猫", "c");
    assert_ids(collection, "黒猫", "c");
    assert_ids(collection, "白", "");
    assert_ids(collection, "", "");
    assert_ids(collection, "\" OR * NEAR(", "");
    some = ask(collection, "cat", allowed);
    some_ids = ids_of(some);
    g_assert_cmpstr(some_ids, ==, "d");
    /* By hand: N = 4, n = 1, tf = 1, |d| = 5 of a mean of (3 + 2 + 5 + 5) / 4. */
    hits = ask(collection, "黒猫", NULL);
    g_assert_cmpstr(hits, ==, "c=1.059496 ");
    g_assert_cmpfloat_with_epsilon(
        log(1 + 3.5 / 1.5) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 5 / 3.75)), 1.059496, 2e-6);
}

/* After any change the words are what they would be if made anew. */
static void
assert_as_new(Place *place, UmkCollection *collection)
{
    static const char *const queries[] = {"cat", "dog and a", "猫", "黒猫 bird"};
    g_autoptr(GPtrArray) before = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *kept = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(queries); i++)
        g_ptr_array_add(before, ask(collection, queries[i], NULL));
    kept = kept_file(place);
    g_assert_nonnull(kept);
    g_assert_cmpint(g_unlink(kept), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
        g_autoptr(UmkCollection) reader =
            umk_collection_open(place->path, UMK_OPEN_READ, NULL);
        g_autofree char *anew = ask(reader, queries[i], NULL);

        g_assert_cmpstr(before->pdata[i], ==, anew);
    }
}

static void
test_changes(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = make_collection(place);

    assert_as_new(place, collection);
    put(collection, "f", NULL, "a bird, a cat");
    put(collection, "b", NULL, "no longer");
    /* Not committed: seen, but not kept. */
    assert_ids(collection, "bird", "f");
    assert_ids(collection, "dog", "d");
    g_assert_true(umk_collection_commit(collection, NULL));
    assert_ids(collection, "longer", "b");
    assert_as_new(place, collection);
    g_assert_true(umk_collection_remove(collection, "a", NULL));
    g_assert_true(umk_collection_commit(collection, NULL));
    assert_ids(collection, "cat", "fd");
    assert_as_new(place, collection);
    /* Removed and back under the same id, before the words are looked at again. */
    g_assert_true(umk_collection_remove(collection, "d", NULL));
    put(collection, "d", NULL, "bird cat bird");
    g_assert_true(umk_collection_commit(collection, NULL));
    assert_ids(collection, "bird", "df");
    assert_as_new(place, collection);
    g_assert_true(umk_collection_compact(collection, NULL, NULL, NULL, NULL));
    assert_ids(collection, "bird", "df");
    assert_as_new(place, collection);
}

/* values: a note of each of the five items, or NULL. */
static void
write_notes(UmkCollection *collection, const char *const *values)
{
    g_assert_true(umk_collection_set_column(
        collection, "note", values, umk_collection_get_n_items(collection), NULL));
    g_assert_true(umk_collection_commit(collection, NULL));
}

/* What a person has written about an item is found, and no more once it is rubbed out,
 * though nothing else of the item has changed. */
static void
test_notes(Place *place, gconstpointer data)
{
    static const char *const first[] = {NULL, "zebra", NULL, NULL, "zebra crossing"};
    static const char *const second[] = {"zebra", NULL, NULL, "a \"note\" on note", NULL};
    static const char *const none[] = {NULL, NULL, NULL, NULL, NULL};
    g_autoptr(UmkCollection) collection = make_collection(place);

    assert_ids(collection, "zebra", "");
    write_notes(collection, first);
    assert_ids(collection, "zebra", "eb");
    assert_ids(collection, "dog", "db");
    assert_as_new(place, collection);
    write_notes(collection, second);
    assert_ids(collection, "zebra", "a");
    assert_ids(collection, "crossing", "");
    assert_ids(collection, "note", "d");
    assert_as_new(place, collection);
    /* replaced as a whole: its note goes with it */
    put(collection, "a", NULL, "no cat");
    g_assert_true(umk_collection_commit(collection, NULL));
    assert_ids(collection, "zebra", "");
    assert_as_new(place, collection);
    write_notes(collection, none);
    assert_ids(collection, "note", "");
    assert_ids(collection, "dog", "db");
    assert_as_new(place, collection);
}

/* A reader of an older state that keeps its words after a compaction gave items other
 * numbers: what it kept is not built on. */
static void
test_compacted(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = make_collection(place);
    g_autoptr(UmkCollection) reader = NULL;

    g_assert_true(umk_collection_remove(collection, "a", NULL));
    g_assert_true(umk_collection_commit(collection, NULL));
    reader = umk_collection_open(place->path, UMK_OPEN_READ, NULL);
    g_assert_true(umk_collection_compact(collection, NULL, NULL, NULL, NULL));
    assert_ids(reader, "dog", "db");
    assert_ids(collection, "dog", "db");
    assert_ids(collection, "猫", "c");
}

static void
test_damage(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = make_collection(place);
    g_autofree char *sound = NULL, *path = NULL, *content = NULL;
    gsize size;

    g_clear_pointer(&collection, umk_collection_unref);
    collection = umk_collection_open(place->path, UMK_OPEN_READ, NULL);
    sound = ask(collection, "cat dog 猫", NULL);
    path = kept_file(place);
    g_assert_true(g_file_get_contents(path, &content, &size, NULL));
    for (guint i = 0; i < 40; i++) {
        g_autoptr(UmkCollection) reader = NULL;
        g_autofree char *hits = NULL, *repaired = NULL;
        gsize at = size * i / 40;
        g_autofree char *damaged = g_memdup2(content, size);

        damaged[at] ^= (char) (1 << i % 8);
        g_assert_true(
            g_file_set_contents(path, damaged, (gssize) (i % 5 == 0 ? at : size), NULL));
        reader = umk_collection_open(place->path, UMK_OPEN_READ, NULL);
        hits = ask(reader, "cat dog 猫", NULL);
        g_assert_cmpstr(hits, ==, sound);
        repaired = kept_file(place);
        g_assert_nonnull(repaired);
        if (strcmp(repaired, path) != 0) {
            g_free(path);
            path = g_steal_pointer(&repaired);
            g_clear_pointer(&content, g_free);
            g_assert_true(g_file_get_contents(path, &content, &size, NULL));
        }
    }
}

/* Another collection's file under this one's name. */
static void
test_foreign(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = make_collection(place);
    Place other;
    g_autoptr(UmkCollection) second = NULL;
    g_autofree char *own = NULL, *foreign = NULL, *content = NULL, *name = NULL,
                    *to = NULL;
    gsize size;

    set_up(&other, NULL);
    second = make_collection(&other);
    put(second, "z", NULL, "zebra");
    g_assert_true(umk_collection_commit(second, NULL));
    g_clear_pointer(&second, umk_collection_unref);
    second = umk_collection_open(other.path, UMK_OPEN_READ, NULL);
    assert_ids(second, "zebra", "z");
    put(collection, "y", NULL, "yak");
    g_assert_true(umk_collection_commit(collection, NULL));
    foreign = kept_file(&other);
    name = g_path_get_basename(foreign);
    to = g_build_filename(place->derived, name, NULL);
    g_assert_true(g_file_get_contents(foreign, &content, &size, NULL));
    g_assert_true(g_file_set_contents(to, content, (gssize) size, NULL));
    assert_ids(collection, "zebra", "");
    assert_ids(collection, "yak", "y");
    tear_down(&other, NULL);
}

static void
test_cancel(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = make_collection(place);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_auto(UmkRun) run = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *kept = NULL;

    g_cancellable_cancel(cancellable);
    _umk_run_init(&run, cancellable, NULL, NULL);
    g_assert_null(_umk_collection_get_words(collection, &run, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    kept = kept_file(place);
    g_assert_null(kept);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/words/terms", test_terms);
    g_test_add_func("/words/golden", test_golden);
    g_test_add("/words/search", Place, NULL, set_up, test_search, tear_down);
    g_test_add("/words/changes", Place, NULL, set_up, test_changes, tear_down);
    g_test_add("/words/notes", Place, NULL, set_up, test_notes, tear_down);
    g_test_add("/words/compacted", Place, NULL, set_up, test_compacted, tear_down);
    g_test_add("/words/damage", Place, NULL, set_up, test_damage, tear_down);
    g_test_add("/words/foreign", Place, NULL, set_up, test_foreign, tear_down);
    g_test_add("/words/cancel", Place, NULL, set_up, test_cancel, tear_down);
    return g_test_run();
}
