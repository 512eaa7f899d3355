/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a debias costs where nobody names a file: words of a kind from the control sets
 * and the program's own analogies. Where each kind lies by itself and each relation is
 * one step, all figures are 1 before; a debias that takes out the kinds lowers them. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#define D 64

typedef struct {
    GPtrArray *names;
    GArray *rows; /* float */
    GHashTable *seen;
    UmkRng rng;
} World;

static gboolean
add_word(World *world, const char *name, const float *row)
{
    if (!g_hash_table_add(world->seen, g_utf8_strdown(name, -1)))
        return FALSE;
    g_ptr_array_add(world->names, g_strdup(name));
    g_array_append_vals(world->rows, row, D);
    return TRUE;
}

/* Noise, and a step along an axis. */
static void
make_row(World *world, gsize axis, float step, double noise, float *row)
{
    for (gsize j = 0; j < D; j++)
        row[j] = (float) (noise * _umk_rng_normal(&world->rng)) + (j == axis ? step : 0);
}

static char *
read_asset(const char *name)
{
    g_autofree char *path =
        g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "audit", name, NULL);
    g_autoptr(GError) error = NULL;
    char *text;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

/* Kinds on axes from 2 on. */
static void
add_kinds(World *world)
{
    g_autofree char *text = read_asset("english.json");
    g_autoptr(JsonNode) root = json_from_string(text, NULL);
    JsonArray *sets = json_object_get_array_member(json_node_get_object(root), "sets");
    gsize axis = 2;
    float row[D];

    for (guint i = 0; i < json_array_get_length(sets); i++) {
        JsonObject *set = json_array_get_object_element(sets, i);
        JsonArray *items = json_object_get_array_member(set, "items");

        if (!json_object_has_member(set, "control"))
            continue;
        for (guint j = 0; j < json_array_get_length(items); j++) {
            make_row(world, axis, 4, 0.1, row);
            add_word(world, json_array_get_string_element(items, j), row);
        }
        axis++;
    }
    g_assert_cmpuint(axis, >, 8);
}

/* The second word of a pair is the first and a step of its family. */
static void
add_relations(World *world)
{
    g_autofree char *text = read_asset("analogies/en.tsv");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    float first[D], second[D];
    gsize family = 30;

    for (gsize i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], "\t", -1);

        family += lines[i][0] == ':';
        if (g_strv_length(words) != 4)
            continue;
        for (gsize w = 0; w < 4; w += 2) {
            make_row(world, D - 1, 2, 0.4, first);
            memcpy(second, first, sizeof second);
            second[family] += 6;
            if (add_word(world, words[w], first))
                add_word(world, words[w + 1], second);
        }
    }
}

static void
add_set(World *world, UmkAuditSpec *spec, const char *id, float lean)
{
    g_auto(GStrv) items = g_new0(char *, 9);
    g_autoptr(GError) error = NULL;
    float row[D];

    for (gsize i = 0; i < 8; i++) {
        items[i] = g_strdup_printf("%s-%zu", id, i);
        make_row(world, 0, lean, 0.5, row);
        g_assert_true(add_word(world, items[i], row));
    }
    umk_audit_spec_add_set(spec, id, NULL, "en", (const char *const *) items, &error);
    g_assert_no_error(error);
}

static JsonObject *
find_cost(JsonArray *costs, const char *id)
{
    for (guint i = 0; i < json_array_get_length(costs); i++) {
        JsonObject *cost = json_array_get_object_element(costs, i);

        if (g_str_equal(json_object_get_string_member(cost, "id"), id))
            return cost;
    }
    return NULL;
}

static void
check(JsonArray *costs, const char *id, double least_after, double most_after)
{
    JsonObject *cost = find_cost(costs, id);
    JsonArray *interval;

    g_assert_nonnull(cost);
    g_assert_cmpstr(umk_audit_describe(id), !=, id);
    g_assert_cmpfloat(json_object_get_double_member(cost, "before"), >, 0.97);
    g_assert_cmpfloat(json_object_get_double_member(cost, "after"), >=, least_after);
    g_assert_cmpfloat(json_object_get_double_member(cost, "after"), <=, most_after);
    g_assert_cmpint(json_object_get_int_member(cost, "n"), >, 40);
    interval = json_object_get_array_member(cost, "interval");
    g_assert_cmpfloat(json_array_get_double_element(interval, 0), <=,
                      json_object_get_double_member(cost, "after"));
    g_assert_cmpfloat(json_array_get_double_element(interval, 1), >=,
                      json_object_get_double_member(cost, "after"));
}

/* Sets that differ in what tells kinds apart where harmful, else in an axis of their own.
 */
static JsonNode *
run(gboolean known_words, gboolean harmful)
{
    World world = {g_ptr_array_new_with_free_func(g_free),
                   g_array_new(FALSE, FALSE, sizeof(float)),
                   g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    g_autoptr(UmkAuditSpec) spec = umk_audit_spec_new();
    g_autoptr(UmkAuditSource) source = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;
    g_autoptr(UmkAudit) audit = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *json = NULL;
    JsonNode *root;

    _umk_rng_init(&world.rng, 4, 0);
    add_set(&world, spec, "x", 2);
    add_set(&world, spec, "y", -2);
    add_set(&world, spec, "a", 1);
    add_set(&world, spec, "b", -1);
    if (known_words) {
        add_kinds(&world);
        add_relations(&world);
    }
    umk_audit_spec_add_test(spec, "t", "weat", "x=x y=y a=a b=b", NULL, &error);
    g_assert_no_error(error);
    umk_audit_spec_set_debias(spec, harmful ? "half-sibling" : "leace", "x=x y=y",
                              harmful ? "ridge=0.001" : NULL, &error);
    g_assert_no_error(error);
    g_ptr_array_add(world.names, NULL);
    matrix = umk_matrix_new_from_data(world.names->len - 1, D,
                                      (const float *) (gconstpointer) world.rows->data,
                                      &error);
    g_assert_no_error(error);
    source = umk_audit_source_new_for_vectors(
        matrix, (const char *const *) world.names->pdata, "test.vec", &error);
    g_assert_no_error(error);
    audit = umk_audit_run(spec, source, 1, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    json = g_strdup(umk_audit_get_json(audit, NULL));
    root = json_from_string(json, &error);
    g_assert_no_error(error);
    g_ptr_array_unref(world.names);
    g_array_unref(world.rows);
    g_hash_table_unref(world.seen);
    return root;
}

static JsonArray *
costs_of(JsonNode *root)
{
    JsonObject *debias =
        json_object_get_object_member(json_node_get_object(root), "debias");

    return json_object_get_array_member(debias, "costs");
}

static void
test_mild(void)
{
    g_autoptr(JsonNode) root = run(TRUE, FALSE);
    JsonArray *costs = costs_of(root);

    check(costs, "similarity-kinds", 0.97, 1);
    check(costs, "retrieval-kinds", 0.97, 1);
    check(costs, "analogies-known", 0.97, 1);
}

/* A regression on sixteen random rows takes out a quarter of the space. */
static void
test_harmful(void)
{
    g_autoptr(JsonNode) root = run(TRUE, TRUE);
    JsonArray *costs = costs_of(root);
    double kept =
        json_object_get_double_member(find_cost(costs, "neighbours-kept"), "after");

    g_assert_cmpfloat(kept, <, 0.9);
    check(costs, "similarity-kinds", 0.5, 1);
    check(costs, "retrieval-kinds", 0.2, 1);
    check(costs, "analogies-known", 0.2, 1);
}

/* Vectors without the words have no such figures. */
static void
test_absent(void)
{
    g_autoptr(JsonNode) root = run(FALSE, FALSE);
    JsonArray *costs = costs_of(root);

    g_assert_null(find_cost(costs, "similarity-kinds"));
    g_assert_null(find_cost(costs, "retrieval-kinds"));
    g_assert_null(find_cost(costs, "analogies-known"));
    g_assert_nonnull(find_cost(costs, "neighbours-kept"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/audit-costs/mild", test_mild);
    g_test_add_func("/audit-costs/harmful", test_harmful);
    g_test_add_func("/audit-costs/absent", test_absent);
    return g_test_run();
}
