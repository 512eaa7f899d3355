/* SPDX-License-Identifier: GPL-3.0-or-later */
/* node2vec on published graphs. Sizes were counted by an independent script (different
 * names, different unordered pairs, self-loops); the two sides of Zachary's karate club
 * are those of his paper (J. Anthropological Research 33, 1977, table 1). */
#include "facade/umk-train-private.h"

#include <umekomi/umekomi.h>

#include <math.h>

static char *
shared_file(const char *name)
{
    const char *shared = g_getenv("UMEKOMI_SHARED");
    char *path;

    if (shared == NULL)
        return NULL;
    path = g_build_filename(shared, "data", "graphs", name, NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        g_clear_pointer(&path, g_free);
    return path;
}

static void
test_sizes(void)
{
    static const struct {
        const char *file;
        guint n_nodes, n_edges, n_loops;
    } cases[] = {
        {"karate/karate.edgelist", 34, 77, 0},
        {"cora/edges.txt", 2708, 5278, 0},
        {"wiki/edges.txt", 2405, 12761, 1165},
        {"airports/brazil-airports.edgelist", 131, 1074, 71},
        {"airports/europe-airports.edgelist", 399, 5995, 2},
        {"airports/usa-airports.edgelist", 1190, 13599, 0},
        {"ppi/PPI.ungraph", 3890, 38739, 894},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = shared_file(cases[i].file);
        g_autoptr(UmkItem) item = NULL;
        g_autoptr(UmkGraph) graph = NULL;
        g_autoptr(GError) error = NULL;

        if (path == NULL) {
            g_test_skip("no shared data");
            return;
        }
        item = umk_item_new_for_file(UMK_MODALITY_GRAPH, path);
        graph = _umk_graph_load(item, FALSE, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(graph->n_nodes, ==, cases[i].n_nodes);
        g_assert_cmpuint(graph->n_arcs, ==, 2 * cases[i].n_edges - cases[i].n_loops);
    }
}

static double
cosine(UmkMatrix *vectors, gsize a, gsize b)
{
    gsize d;
    const float *x = umk_matrix_get_row(vectors, a, &d),
                *y = umk_matrix_get_row(vectors, b, &d);
    double dot = 0.0, xx = 0.0, yy = 0.0;

    for (gsize i = 0; i < d; i++) {
        dot += (double) x[i] * (double) y[i];
        xx += (double) x[i] * (double) x[i];
        yy += (double) y[i] * (double) y[i];
    }
    return dot / sqrt(xx * yy);
}

/* Each member is, on the mean, nearer to its own faction than to the other; two of those
 * who stand between (3, 9, 10, 20) may fall either way. */
static void
test_karate_factions(void)
{
    static const gboolean with_officer[35] = {
        [10] = TRUE, [15] = TRUE, [16] = TRUE, [19] = TRUE, [21] = TRUE, [23] = TRUE,
        [24] = TRUE, [25] = TRUE, [26] = TRUE, [27] = TRUE, [28] = TRUE, [29] = TRUE,
        [30] = TRUE, [31] = TRUE, [32] = TRUE, [33] = TRUE, [34] = TRUE,
    };
    g_autofree char *path = shared_file("karate/karate.edgelist");
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(UmkItem) item = NULL;
    g_autoptr(UmkItems) nodes = NULL;
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GError) error = NULL;
    const UmkParamSpec *specs;
    gsize n_specs;
    guint n_right = 0;

    if (path == NULL) {
        g_test_skip("no shared data");
        return;
    }
    specs = umk_train_get_node2vec_params(&n_specs);
    params = umk_params_new(specs, n_specs);
    g_assert_true(umk_params_parse(
        params, "dims=16 epochs=20 window=5 walk-length=20 q=0.5", &error));
    item = umk_item_new_for_file(UMK_MODALITY_GRAPH, path);
    vectors = umk_train_node2vec(item, params, &nodes, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    for (gsize a = 0; a < 34; a++) {
        guint64 name =
            g_ascii_strtoull(umk_item_get_id(umk_items_get(nodes, a)), NULL, 10);
        double sums[2] = {0.0, 0.0}, counts[2] = {0.0, 0.0};

        for (gsize b = 0; b < 34; b++) {
            guint64 other =
                g_ascii_strtoull(umk_item_get_id(umk_items_get(nodes, b)), NULL, 10);

            if (a == b)
                continue;
            sums[with_officer[other]] += cosine(vectors, a, b);
            counts[with_officer[other]]++;
        }
        n_right += with_officer[name] == (sums[1] / counts[1] > sums[0] / counts[0]);
    }
    g_test_message("%u of 34 on their own side", n_right);
    g_assert_cmpuint(n_right, >=, 32);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/node2vec/sizes", test_sizes);
    g_test_add_func("/node2vec/karate-factions", test_karate_factions);
    return g_test_run();
}
