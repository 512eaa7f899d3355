/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UMAP's curve, scales, fuzzy set and labels beside umap-learn's, on the rows of
 * golden/umap/umap.json (made by make-golden.py there). Its numbers are floats that its
 * bisection leaves within 1e-5, and scipy's fit of the curve ends at 1e-8. */
#include <umekomi/umekomi.h>

#include "index/umk-knn-graph-private.h"
#include "projection/umk-projection-umap-density-private.h"
#include "projection/umk-projection-umap-private.h"

#include <json-glib/json-glib.h>
#include <math.h>

#define TOLERANCE 1e-5

static JsonObject *
load(JsonParser *parser)
{
    g_autofree char *path =
        g_test_build_filename(G_TEST_DIST, "golden", "umap", "umap.json", NULL);
    g_autoptr(GError) error = NULL;

    json_parser_load_from_file(parser, path, &error);
    g_assert_no_error(error);
    return json_node_get_object(json_parser_get_root(parser));
}

static double
number(JsonArray *array, gsize i)
{
    return json_array_get_double_element(array, (guint) i);
}

static UmkMatrix *
read_rows(JsonObject *root)
{
    JsonArray *rows = json_object_get_array_member(root, "rows");
    gsize n = json_array_get_length(rows);
    gsize d = json_array_get_length(json_array_get_array_element(rows, 0));
    g_autofree float *values = g_new(float, n *d);

    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < d; j++)
            values[i * d + j] =
                (float) number(json_array_get_array_element(rows, (guint) i), j);
    return umk_matrix_new_from_data(n, d, values, NULL);
}

static void
test_curve(void)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonArray *curves = json_object_get_array_member(load(parser), "curves");

    for (guint i = 0; i < json_array_get_length(curves); i++) {
        JsonObject *one = json_array_get_object_element(curves, i);
        UmkUmapCurve curve =
            _umk_umap_fit_curve(json_object_get_double_member(one, "spread"),
                                json_object_get_double_member(one, "min_dist"));

        g_assert_cmpfloat_with_epsilon(curve.a, json_object_get_double_member(one, "a"),
                                       TOLERANCE);
        g_assert_cmpfloat_with_epsilon(curve.b, json_object_get_double_member(one, "b"),
                                       TOLERANCE);
    }
    g_assert_cmpuint(json_array_get_length(curves), >=, 6);
}

/* Same pairs, same weights, whatever the order. Pairs that one side leaves out for
 * having no weight count as 0. */
static void
compare_edges(const UmkUmapEdges *edges, JsonObject *expected)
{
    JsonArray *heads = json_object_get_array_member(expected, "heads");
    JsonArray *tails = json_object_get_array_member(expected, "tails");
    JsonArray *weights = json_object_get_array_member(expected, "weights");
    g_autofree double *difference = g_new0(double, edges->n * edges->n);

    for (gsize e = 0; e < edges->n_edges; e++) {
        g_assert_cmpuint(edges->heads[e], <, edges->tails[e]);
        difference[edges->heads[e] * edges->n + edges->tails[e]] +=
            (double) edges->weights[e];
    }
    for (guint e = 0; e < json_array_get_length(heads); e++)
        difference[(gsize) json_array_get_int_element(heads, e) * edges->n +
                   (gsize) json_array_get_int_element(tails, e)] -= number(weights, e);
    for (gsize i = 0; i < edges->n * edges->n; i++)
        g_assert_cmpfloat(fabs(difference[i]), <=, TOLERANCE);
}

static void
check_metric(JsonObject *root, const char *name, UmkMetric metric)
{
    g_autoptr(UmkMatrix) rows = read_rows(root);
    JsonObject *expected = json_object_get_object_member(
        json_object_get_object_member(root, "metrics"), name);
    JsonArray *sigma = json_object_get_array_member(expected, "sigma");
    JsonArray *rho = json_object_get_array_member(expected, "rho");
    JsonArray *label_array = json_object_get_array_member(root, "labels");
    guint n_neighbors = (guint) json_object_get_int_member(root, "n_neighbors");
    g_autofree gint32 *labels = g_new(gint32, json_array_get_length(label_array));
    static const char *const label_weights[] = {"0.2", "0.5", "0.9"};
    g_autoptr(UmkKnnGraph) graph =
        _umk_knn_graph_build_exact(rows, metric, n_neighbors - 1, NULL, NULL);
    g_auto(UmkUmapScales) scales = {0};
    g_autoptr(UmkUmapEdges) edges = NULL;

    for (guint i = 0; i < json_array_get_length(label_array); i++)
        labels[i] = (gint32) json_array_get_int_element(label_array, i);
    g_assert_true(_umk_umap_fit_scales(graph, n_neighbors, &scales, NULL, NULL));
    for (gsize i = 0; i < graph->n; i++) {
        g_assert_cmpfloat_with_epsilon((double) scales.sigma[i], number(sigma, i),
                                       TOLERANCE * MAX(1.0, number(sigma, i)));
        g_assert_cmpfloat_with_epsilon((double) scales.rho[i], number(rho, i),
                                       TOLERANCE * MAX(1.0, number(rho, i)));
    }
    edges = _umk_umap_fuzzy_union(graph, &scales, NULL, NULL);
    compare_edges(edges, json_object_get_object_member(expected, "edges"));
    for (gsize w = 0; w < G_N_ELEMENTS(label_weights); w++) {
        g_autoptr(UmkUmapEdges) joined =
            _umk_umap_fuzzy_union(graph, &scales, NULL, NULL);

        g_assert_true(_umk_umap_apply_labels(
            joined, labels, g_ascii_strtod(label_weights[w], NULL), NULL, NULL));
        compare_edges(joined, json_object_get_object_member(
                                  json_object_get_object_member(expected, "supervised"),
                                  label_weights[w]));
    }
}

static void
test_fuzzy_set(void)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonObject *root = load(parser);

    check_metric(root, "euclidean", UMK_METRIC_EUCLIDEAN);
    check_metric(root, "cosine", UMK_METRIC_COSINE);
}

/* The peer's distances are single-precision sums of squares, and the logarithm of the
 * squared radius doubles their relative error. */
static void
test_radii(void)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonObject *root = load(parser);
    JsonArray *expected = json_object_get_array_member(root, "radii");
    g_autoptr(UmkMatrix) rows = read_rows(root);
    guint n_neighbors = (guint) json_object_get_int_member(root, "n_neighbors");
    g_autoptr(UmkKnnGraph) graph = _umk_knn_graph_build_exact(
        rows, UMK_METRIC_EUCLIDEAN, n_neighbors - 1, NULL, NULL);
    g_auto(UmkUmapScales) scales = {0};
    g_autoptr(UmkUmapEdges) edges = NULL;
    g_autoptr(UmkUmapDensities) densities = NULL;

    g_assert_true(_umk_umap_fit_scales(graph, n_neighbors, &scales, NULL, NULL));
    edges = _umk_umap_fuzzy_union(graph, &scales, NULL, NULL);
    densities = _umk_umap_densities_new(
        edges, graph,
        _umk_umap_least_weight(edges,
                               (guint) json_object_get_int_member(root, "n_epochs")),
        2.0, NULL, NULL);
    for (gsize i = 0; i < graph->n; i++)
        g_assert_cmpfloat_with_epsilon(_umk_umap_densities_get_radii(densities)[i],
                                       number(expected, i), TOLERANCE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/umap/curve", test_curve);
    g_test_add_func("/umap/fuzzy-set", test_fuzzy_set);
    g_test_add_func("/umap/radii", test_radii);
    return g_test_run();
}
