/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph of a collection: it follows additions, replacements and removals without
 * being made anew, never returns what is gone, and a file that is damaged, foreign, half
 * written or older than a compaction is as if it were not there. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"

#include <glib/gstdio.h>

#include <stdlib.h>
#include <string.h>

#define N_DIMS  16
#define N_FIRST 3000
#define EFFORT  200

typedef struct {
    char *folder, *path, *derived;
    UmkCollection *collection;
} Place;

static void
make_vector(guint number, guint version, float *out)
{
    UmkRng rng;

    _umk_rng_init(&rng, number, version);
    for (guint j = 0; j < N_DIMS; j++)
        out[j] = (float) _umk_rng_normal(&rng);
}

static void
put(UmkCollection *collection, guint first, guint n, guint version)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autofree float *values = g_new(float, n *N_DIMS);
    g_autoptr(UmkMatrix) vectors = NULL;

    for (guint i = 0; i < n; i++) {
        g_autofree char *id = g_strdup_printf("i%u", first + i);
        g_autoptr(UmkItem) item = umk_item_new_for_text(id);

        umk_item_set_id(item, id);
        umk_item_set_field(item, "even", (first + i) % 2 ? "no" : "yes");
        umk_items_append(items, item);
        make_vector(first + i, version, values + i * N_DIMS);
    }
    vectors = umk_matrix_new_from_data(n, N_DIMS, values, NULL);
    g_assert_true(umk_collection_append(collection, "m", items, vectors, NULL));
    g_assert_true(umk_collection_commit(collection, NULL));
}

static void
set_up(Place *place, gconstpointer data)
{
    g_autoptr(UmkSpace) space = umk_space_new("s", N_DIMS, UMK_METRIC_COSINE);

    place->folder = g_dir_make_tmp("umekomi-test-XXXXXX", NULL);
    place->path = g_build_filename(place->folder, "i.ume", NULL);
    place->derived = g_build_filename(place->path, "derived", NULL);
    g_assert_true(umk_space_join(space, "f", N_DIMS, NULL));
    place->collection = umk_collection_create(place->path, space, NULL);
    g_assert_true(
        umk_collection_add_model(place->collection, "m", "f", N_DIMS, NULL, NULL));
    put(place->collection, 0, N_FIRST, 0);
}

static void
tear_down(Place *place, gconstpointer data)
{
    g_autofree char *command = g_strdup_printf("rm -r '%s'", place->folder);

    g_clear_pointer(&place->collection, umk_collection_unref);
    g_assert_cmpint(system(command), ==, 0);
    g_free(place->folder);
    g_free(place->path);
    g_free(place->derived);
}

static char *
index_file(Place *place)
{
    g_autoptr(GDir) dir = g_dir_open(place->derived, 0, NULL);
    const char *name;
    char *found = NULL;

    while ((name = g_dir_read_name(dir)) != NULL) {
        if (!g_str_has_prefix(name, "hnsw."))
            continue;
        g_assert_null(found);
        found = g_build_filename(place->derived, name, NULL);
    }
    return found;
}

/* Share of the exact hits that the graph finds, over queries of its own. */
static double
recall_of(UmkCollection *collection, const char *where, gboolean *by_graph)
{
    g_autoptr(UmkSearch) search = umk_search_new(collection);
    g_autoptr(UmkFilter) filter = where != NULL ? umk_filter_new(where, NULL) : NULL;
    g_autofree char *plan = NULL;
    guint n_found = 0, n_true = 0;

    umk_search_set_filter(search, filter);
    for (guint q = 0; q < 20; q++) {
        g_autoptr(UmkMatrix) query = NULL;
        g_autoptr(UmkHits) exact = NULL, found = NULL;
        g_autoptr(GError) error = NULL;
        float values[N_DIMS];

        make_vector(900000 + q, 0, values);
        query = umk_matrix_new_from_data(1, N_DIMS, values, NULL);
        umk_search_set_vectors(search, query);
        umk_search_set_effort(search, 0, 0);
        umk_search_set_index(search, "exact");
        exact = umk_search_run(search, 10, NULL, NULL, NULL, &error);
        g_assert_no_error(error);
        umk_search_set_index(search, "hnsw");
        umk_search_set_effort(search, 0, EFFORT);
        found = umk_search_run(search, 10, NULL, NULL, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(umk_hits_get_n_hits(found, 0), ==,
                         umk_hits_get_n_hits(exact, 0));
        n_true += umk_hits_get_n_hits(exact, 0);
        for (guint i = 0; i < umk_hits_get_n_hits(exact, 0); i++) {
            float score;
            gsize row = umk_hits_get(found, 0, i, &score);

            if (where != NULL) {
                g_autofree char *id = umk_collection_dup_id(collection, row);

                g_assert_cmpint(atoi(id + 1) % 2, ==, 0);
            }
            for (guint j = 0; j < umk_hits_get_n_hits(exact, 0); j++) {
                float same;

                if (umk_hits_get(exact, 0, j, &same) == row) {
                    /* Scored with the floats themselves. */
                    g_assert_cmpfloat_with_epsilon((double) same, (double) score, 1e-6);
                    n_found++;
                }
            }
        }
    }
    plan = umk_search_dup_plan(search);
    *by_graph = strstr(plan, "index hnsw: graph") != NULL;
    return (double) n_found / n_true;
}

/* With candidates twenty times the hits on 3,000 random vectors of 16 dimensions nothing
 * but a broken graph misses one in twenty. */
static void
assert_good(UmkCollection *collection)
{
    gboolean by_graph;

    g_assert_cmpfloat(recall_of(collection, NULL, &by_graph), >=, 0.95);
    g_assert_true(by_graph);
    g_assert_cmpfloat(recall_of(collection, "even = 'yes'", &by_graph), >=, 0.95);
}

/* The item whose vector is asked for comes first; NULL if it is gone. */
static void
assert_found(UmkCollection *collection, guint number, guint version, gboolean there)
{
    g_autoptr(UmkSearch) search = umk_search_new(collection);
    g_autoptr(UmkMatrix) query = NULL;
    g_autoptr(UmkHits) hits = NULL;
    g_autofree char *id = NULL, *wanted = g_strdup_printf("i%u", number);
    float values[N_DIMS], score;

    make_vector(number, version, values);
    query = umk_matrix_new_from_data(1, N_DIMS, values, NULL);
    umk_search_set_vectors(search, query);
    umk_search_set_index(search, "hnsw");
    umk_search_set_effort(search, 0, EFFORT);
    hits = umk_search_run(search, 1, NULL, NULL, NULL, NULL);
    id = umk_collection_dup_id(collection, umk_hits_get(hits, 0, 0, &score));
    if (there) {
        g_assert_cmpstr(id, ==, wanted);
        g_assert_cmpfloat((double) score, >, 0.9999);
    } else {
        g_assert_cmpfloat((double) score, <, 0.9999);
    }
}

static gsize
made_from(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, ".", -1);
    guint n = g_strv_length(parts);

    return (gsize) g_ascii_strtoull(parts[n - 3], NULL, 10);
}

static void
test_changes(Place *place, gconstpointer data)
{
    g_autofree char *first = NULL, *same = NULL, *second = NULL, *third = NULL;

    g_assert_null(index_file(place));
    assert_good(place->collection);
    first = index_file(place);
    g_assert_nonnull(first);
    /* A few changes are caught up with; the file stays. */
    put(place->collection, N_FIRST, 100, 0);
    put(place->collection, 7, 1, 1);
    g_assert_true(umk_collection_remove(place->collection, "i8", NULL));
    g_assert_true(umk_collection_commit(place->collection, NULL));
    assert_found(place->collection, N_FIRST + 50, 0, TRUE);
    assert_found(place->collection, 7, 1, TRUE);
    assert_found(place->collection, 7, 0, FALSE);
    assert_found(place->collection, 8, 0, FALSE);
    assert_good(place->collection);
    same = index_file(place);
    g_assert_cmpstr(same, ==, first);
    /* Many: it is written anew, from the old one. */
    put(place->collection, N_FIRST + 100, 400, 0);
    assert_good(place->collection);
    second = index_file(place);
    g_assert_cmpuint(made_from(second), >, made_from(first));
    /* Opened as it is by the next. */
    g_clear_pointer(&place->collection, umk_collection_unref);
    place->collection = umk_collection_open(place->path, UMK_OPEN_READ, NULL);
    assert_found(place->collection, N_FIRST + 450, 0, TRUE);
    assert_found(place->collection, 7, 0, FALSE);
    assert_found(place->collection, 8, 0, FALSE);
    assert_good(place->collection);
    third = index_file(place);
    g_assert_cmpstr(third, ==, second);
}

static void
test_compacted(Place *place, gconstpointer data)
{
    g_autofree char *old = NULL, *content = NULL, *file = NULL;
    gsize size;

    assert_good(place->collection);
    old = index_file(place);
    g_assert_true(g_file_get_contents(old, &content, &size, NULL));
    for (guint i = 0; i < 50; i++) {
        g_autofree char *id = g_strdup_printf("i%u", i);

        g_assert_true(umk_collection_remove(place->collection, id, NULL));
    }
    g_assert_true(umk_collection_commit(place->collection, NULL));
    put(place->collection, N_FIRST, 50, 0);
    g_assert_true(umk_collection_compact(place->collection, NULL, NULL, NULL, NULL));
    /* As a reader of the old state would leave it. */
    g_assert_true(g_file_set_contents(old, content, (gssize) size, NULL));
    assert_found(place->collection, 1000, 0, TRUE);
    assert_found(place->collection, 20, 0, FALSE);
    assert_found(place->collection, N_FIRST + 20, 0, TRUE);
    assert_good(place->collection);
    file = index_file(place);
    g_assert_cmpuint(made_from(file), >, made_from(old));
}

static void
test_damage(Place *place, gconstpointer data)
{
    g_autofree char *path = NULL, *content = NULL, *half = NULL;
    gsize size;

    assert_good(place->collection);
    path = index_file(place);
    g_assert_true(g_file_get_contents(path, &content, &size, NULL));
    for (guint i = 0; i < 12; i++) {
        g_autoptr(UmkCollection) reader = NULL;
        g_autofree char *damaged = g_memdup2(content, size);
        gsize length = i < 6 ? size : size * (i - 6) / 6;

        /* The header, its table and stamp; then files that end too early. */
        if (i < 6)
            damaged[i * 40] ^= 0x10;
        g_assert_true(g_file_set_contents(path, damaged, (gssize) length, NULL));
        reader = umk_collection_open(place->path, UMK_OPEN_READ, NULL);
        assert_found(reader, 1234, 0, TRUE);
        if (i == 3)
            assert_good(reader);
    }
    /* What a crash in the middle of writing leaves beside the old one. */
    g_assert_true(g_file_set_contents(path, content, (gssize) size, NULL));
    half = g_strconcat(path, ".a1b2c3", NULL);
    g_assert_true(g_file_set_contents(half, content, (gssize) size / 2, NULL));
    {
        g_autoptr(UmkCollection) reader =
            umk_collection_open(place->path, UMK_OPEN_READ, NULL);

        assert_good(reader);
    }
}

/* Not made where nobody asked for it; not offered where items have two models. */
static void
test_when(Place *place, gconstpointer data)
{
    g_autoptr(UmkSearch) search = umk_search_new(place->collection);
    g_autoptr(UmkMatrix) query = NULL;
    g_autoptr(UmkHits) hits = NULL, both = NULL;
    g_autofree char *plan = NULL;
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = umk_item_new_for_text("other");
    g_autoptr(UmkSpace) space = NULL;
    g_autoptr(GBytes) bytes =
        umk_space_to_bytes(umk_collection_get_space(place->collection));
    float values[N_DIMS];

    make_vector(5, 0, values);
    query = umk_matrix_new_from_data(1, N_DIMS, values, NULL);
    umk_search_set_vectors(search, query);
    hits = umk_search_run(search, 3, NULL, NULL, NULL, NULL);
    g_assert_null(index_file(place));
    space = umk_space_new_from_bytes(bytes, NULL);
    g_assert_true(umk_space_join(space, "g", N_DIMS, NULL));
    g_assert_true(umk_collection_set_space(place->collection, space, NULL));
    g_assert_true(
        umk_collection_add_model(place->collection, "n", "g", N_DIMS, NULL, NULL));
    umk_item_set_id(item, "other");
    umk_items_append(items, item);
    g_assert_true(umk_collection_append(place->collection, "n", items, query, NULL));
    g_assert_true(umk_collection_commit(place->collection, NULL));
    umk_search_set_index(search, "hnsw");
    both = umk_search_run(search, 3, NULL, NULL, NULL, NULL);
    g_assert_cmpuint(umk_hits_get_n_hits(both, 0), ==, 3);
    g_assert_cmpuint(umk_hits_get(both, 0, 1, NULL), ==, N_FIRST);
    plan = umk_search_dup_plan(search);
    g_assert_nonnull(strstr(plan, "exactly"));
    g_assert_null(index_file(place));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/search-index/changes", Place, NULL, set_up, test_changes, tear_down);
    g_test_add("/search-index/compacted", Place, NULL, set_up, test_compacted, tear_down);
    g_test_add("/search-index/damage", Place, NULL, set_up, test_damage, tear_down);
    g_test_add("/search-index/when", Place, NULL, set_up, test_when, tear_down);
    return g_test_run();
}
