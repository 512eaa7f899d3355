/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The word sets that come with the program: every id once, nothing empty, no word twice
 * in a set or in two opposed sets, titles and reasons in both languages, licences; and
 * every test made of sets there are. */
#include <umekomi/umekomi.h>

#include <json-glib/json-glib.h>

#include <string.h>

typedef struct {
    JsonNode *root;
    JsonArray *sets, *tests;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = umk_audit_dup_library(&error);
    JsonObject *object;

    g_assert_no_error(error);
    fixture->root = json_from_string(text, &error);
    g_assert_no_error(error);
    object = json_node_get_object(fixture->root);
    fixture->sets = json_object_get_array_member(object, "sets");
    fixture->tests = json_object_get_array_member(object, "tests");
    g_assert_cmpuint(json_array_get_length(fixture->sets), >, 60);
    g_assert_cmpuint(json_array_get_length(fixture->tests), >, 25);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    json_node_unref(fixture->root);
}

static void
check_both_languages(JsonObject *object, const char *member)
{
    const char *id = json_object_get_string_member(object, "id");
    JsonNode *node = json_object_get_member(object, member);
    const char *en, *ja;

    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
        g_error("%s: %s is not in two languages", id, member);
    en = json_object_get_string_member_with_default(json_node_get_object(node), "en", "");
    ja = json_object_get_string_member_with_default(json_node_get_object(node), "ja", "");
    if (en[0] == '\0' || ja[0] == '\0' || strcmp(en, ja) == 0)
        g_error("%s: %s lacks a language", id, member);
}

static JsonObject *
find_set(Fixture *fixture, const char *id)
{
    for (guint i = 0; i < json_array_get_length(fixture->sets); i++) {
        JsonObject *set = json_array_get_object_element(fixture->sets, i);

        if (strcmp(json_object_get_string_member(set, "id"), id) == 0)
            return set;
    }
    g_error("there is no set %s", id);
}

static gboolean
contains(JsonArray *items, const char *word)
{
    for (guint i = 0; i < json_array_get_length(items); i++)
        if (strcmp(json_array_get_string_element(items, i), word) == 0)
            return TRUE;
    return FALSE;
}

static void
check_items(JsonObject *set)
{
    const char *id = json_object_get_string_member(set, "id");
    JsonArray *items = json_object_get_array_member(set, "items");
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    g_assert_cmpuint(json_array_get_length(items), >=, 4);
    for (guint i = 0; i < json_array_get_length(items); i++) {
        const char *word = json_array_get_string_element(items, i);
        char *composed = g_utf8_normalize(word, -1, G_NORMALIZE_NFC);
        g_autofree char *stripped = g_strstrip(g_strdup(word));

        g_assert_cmpstr(composed, ==, word);
        g_assert_cmpstr(stripped, ==, word);
        if (!g_hash_table_add(seen, composed))
            g_error("%s: “%s” is there twice", id, word);
    }
}

static void
test_sets(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < json_array_get_length(fixture->sets); i++) {
        JsonObject *set = json_array_get_object_element(fixture->sets, i);
        const char *id = json_object_get_string_member(set, "id");
        const char *partner =
            json_object_get_string_member_with_default(set, "pairs_with", NULL);

        if (!g_hash_table_add(ids, (gpointer) id))
            g_error("there are two sets %s", id);
        check_both_languages(set, "title");
        check_both_languages(set, "rationale");
        g_assert_cmpstr(json_object_get_string_member(set, "source"), !=, "");
        g_assert_cmpstr(json_object_get_string_member(set, "licence"), !=, "");
        g_assert_cmpstr(json_object_get_string_member(set, "language"), !=, "");
        check_items(set);
        if (partner != NULL) {
            JsonObject *other = find_set(fixture, partner);

            g_assert_cmpstr(json_object_get_string_member(other, "pairs_with"), ==, id);
            g_assert_cmpuint(
                json_array_get_length(json_object_get_array_member(set, "items")), ==,
                json_array_get_length(json_object_get_array_member(other, "items")));
        }
    }
}

/* No word in two sets of a test: not in opposed ones, and not in a target and an
 * attribute. */
static void
check_overlap(Fixture *fixture, JsonObject *test, const char *one, const char *other)
{
    JsonObject *roles = json_object_get_object_member(test, "roles");
    JsonObject *a = find_set(fixture, json_object_get_string_member(roles, one));
    JsonObject *b = find_set(fixture, json_object_get_string_member(roles, other));
    JsonArray *items = json_object_get_array_member(a, "items");

    for (guint i = 0; i < json_array_get_length(items); i++)
        if (contains(json_object_get_array_member(b, "items"),
                     json_array_get_string_element(items, i)))
            g_error("%s: “%s” is in %s and %s", json_object_get_string_member(test, "id"),
                    json_array_get_string_element(items, i), one, other);
}

static void
test_tests(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    static const char roles[] = "xyab";

    for (guint i = 0; i < json_array_get_length(fixture->tests); i++) {
        JsonObject *test = json_array_get_object_element(fixture->tests, i);

        if (!g_hash_table_add(ids, (gpointer) json_object_get_string_member(test, "id")))
            g_error("there are two tests %s", json_object_get_string_member(test, "id"));
        check_both_languages(test, "title");
        g_assert_cmpstr(json_object_get_string_member(test, "measure"), !=, "");
        for (gsize j = 0; roles[j] != '\0'; j++)
            for (gsize k = 0; k < j; k++) {
                const char one[] = {roles[j], '\0'}, other[] = {roles[k], '\0'};

                check_overlap(fixture, test, one, other);
            }
    }
}

/* The published lists, where the shared copy of them is. */
static void
test_published(Fixture *fixture, gconstpointer data)
{
    static const struct {
        const char *own, *published;
    } pairs[] = {
        {"flowers", "flowers"},
        {"insects", "insects"},
        {"pleasant", "pleasant_5"},
        {"unpleasant", "unpleasant_5a"},
        {"male-names", "male_names"},
        {"female-names", "female_names"},
        {"career", "career"},
        {"family", "family"},
        {"math", "math"},
        {"arts", "arts"},
        {"male-terms", "male_terms"},
        {"female-terms", "female_terms"},
    };
    const char *shared = g_getenv("UMEKOMI_SHARED");
    g_autofree char *path = g_build_filename(shared ? shared : "", "data", "words",
                                             "weat-word2vec", "WEAT.json", NULL);
    g_autofree char *text = NULL;
    g_autoptr(JsonNode) root = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        g_test_skip("the shared data are absent");
        return;
    }
    root = json_from_string(text, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
        JsonArray *own =
            json_object_get_array_member(find_set(fixture, pairs[i].own), "items");
        JsonArray *published =
            json_object_get_array_member(json_node_get_object(root), pairs[i].published);

        g_assert_cmpuint(json_array_get_length(own), ==,
                         json_array_get_length(published));
        for (guint j = 0; j < json_array_get_length(own); j++)
            g_assert_cmpstr(json_array_get_string_element(own, j), ==,
                            json_array_get_string_element(published, j));
    }
}

static void
test_lists(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) all = umk_audit_list_tests(NULL, &error);
    g_auto(GStrv) japanese = umk_audit_list_tests("ja", &error);
    g_auto(GStrv) sets = umk_audit_list_sets("ja", &error);

    g_assert_no_error(error);
    for (int i = 1; i <= 10; i++) {
        g_autofree char *id = g_strdup_printf("weat-%d", i);

        g_assert_true(g_strv_contains((const char *const *) all, id));
    }
    g_assert_cmpuint(g_strv_length(japanese), <, g_strv_length(all));
    g_assert_true(
        g_strv_contains((const char *const *) japanese, "ja-occupation-gender"));
    g_assert_true(g_strv_contains((const char *const *) sets, "ja-kin-female"));
    g_assert_false(g_strv_contains((const char *const *) sets, "flowers"));
}

int
main(int argc, char **argv)
{
    const struct {
        const char *path;
        void (*func)(Fixture *fixture, gconstpointer data);
    } cases[] = {{"/audit-library/sets", test_sets},
                 {"/audit-library/tests", test_tests},
                 {"/audit-library/published", test_published},
                 {"/audit-library/lists", test_lists}};

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_test_add(cases[i].path, Fixture, NULL, set_up, cases[i].func, tear_down);
    return g_test_run();
}
