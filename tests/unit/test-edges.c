/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edges between the nodes of a collection, read back from the graphs it was made of. */
#include <umekomi/umekomi.h>

#include <glib/gstdio.h>
#include <string.h>

static char *folder;

static void
write_file(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static UmkCollection *
make(const char *name, const char *const *graphs)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(UmkSpace) space = umk_space_new("edges", 8, UMK_METRIC_COSINE);
    g_autoptr(UmkIngestReport) report = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();
    g_auto(GStrv) files = NULL;
    UmkCollection *collection = umk_collection_create(path, space, &error);

    g_assert_no_error(error);
    for (gsize i = 0; graphs[i] != NULL; i++) {
        g_autofree char *file = g_build_filename(folder, graphs[i], NULL);

        g_strv_builder_add(paths, file);
    }
    files = g_strv_builder_end(paths);
    report = umk_collection_ingest(collection, umk_registry_get_default(),
                                   (const char *const *) files, NULL, NULL, NULL, NULL,
                                   &error);
    g_assert_no_error(error);
    return collection;
}

static gboolean
has_edge(UmkCollection *collection, GBytes *edges, const char *a, const char *b)
{
    gsize size, x, y;
    const guint32 *pair = g_bytes_get_data(edges, &size);

    g_assert_true(umk_collection_find(collection, a, &x));
    g_assert_true(umk_collection_find(collection, b, &y));
    for (gsize i = 0; i < size / 8; i++)
        if (pair[2 * i] == MIN(x, y) && pair[2 * i + 1] == MAX(x, y))
            return TRUE;
    return FALSE;
}

static void
test_two_graphs(void)
{
    const char *const graphs[] = {"one.edgelist", "two.edgelist", NULL};
    g_autoptr(UmkCollection) collection = make("two.ume", graphs);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) edges = umk_collection_dup_edges(collection, NULL, &error);
    gsize size;
    const guint32 *pair;

    g_assert_no_error(error);
    pair = g_bytes_get_data(edges, &size);
    /* a-b, b-c, c-a; a-b, b-d. A loop is no edge, one that is given twice is one. */
    g_assert_cmpuint(size, ==, 5 * 2 * sizeof(guint32));
    for (gsize i = 0; i < size / 8; i++) {
        g_assert_cmpuint(pair[2 * i], <, pair[2 * i + 1]);
        if (i > 0)
            g_assert_true(
                pair[2 * i] > pair[2 * i - 2] ||
                (pair[2 * i] == pair[2 * i - 2] && pair[2 * i + 1] > pair[2 * i - 1]));
    }
    g_assert_true(has_edge(collection, edges, "one.edgelist#a", "one.edgelist#b"));
    g_assert_true(has_edge(collection, edges, "one.edgelist#a", "one.edgelist#c"));
    g_assert_true(has_edge(collection, edges, "two.edgelist#d", "two.edgelist#b"));
    g_assert_false(has_edge(collection, edges, "one.edgelist#a", "two.edgelist#b"));
    g_assert_false(has_edge(collection, edges, "two.edgelist#a", "two.edgelist#d"));
}

static void
test_removed_node(void)
{
    const char *const graphs[] = {"one.edgelist", NULL};
    g_autoptr(UmkCollection) collection = make("removed.ume", graphs);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) edges = NULL;

    g_assert_true(umk_collection_remove(collection, "one.edgelist#c", &error));
    g_assert_true(umk_collection_commit(collection, &error));
    edges = umk_collection_dup_edges(collection, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_bytes_get_size(edges), ==, 2 * sizeof(guint32));
    g_assert_true(has_edge(collection, edges, "one.edgelist#a", "one.edgelist#b"));
}

static void
test_no_graph(void)
{
    const char *const graphs[] = {NULL};
    g_autoptr(UmkCollection) collection = make("none.ume", graphs);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) edges = umk_collection_dup_edges(collection, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(g_bytes_get_size(edges), ==, 0);
}

static void
test_file_gone(void)
{
    const char *const graphs[] = {"gone.edgelist", NULL};
    g_autofree char *path = g_build_filename(folder, graphs[0], NULL);
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(GError) error = NULL;

    write_file(graphs[0], "a\tb\nb\tc\n");
    collection = make("gone.ume", graphs);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_null(umk_collection_dup_edges(collection, NULL, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

static void
test_cancelled(void)
{
    const char *const graphs[] = {"one.edgelist", NULL};
    g_autoptr(UmkCollection) collection = make("cancelled.ume", graphs);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;

    g_cancellable_cancel(cancellable);
    g_assert_null(umk_collection_dup_edges(collection, cancellable, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("umekomi-edges-XXXXXX", NULL);
    write_file("one.edgelist", "a\tb\nb\tc\nc\ta\nb\ta\na\ta\n");
    write_file("two.edgelist", "a\tb\nb\td\n");
    g_test_add_func("/edges/two-graphs", test_two_graphs);
    g_test_add_func("/edges/removed-node", test_removed_node);
    g_test_add_func("/edges/no-graph", test_no_graph);
    g_test_add_func("/edges/file-gone", test_file_gone);
    g_test_add_func("/edges/cancelled", test_cancelled);
    return g_test_run();
}
