/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Graph readers and second-order walks. */
#include "io/umk-edge-list-private.h"
#include "io/umk-graph-format-private.h"
#include "io/umk-graphml-private.h"
#include "modalities/graph/umk-walks-private.h"

#include <umekomi/umekomi.h>

#include <math.h>
#include <string.h>

/* ---- edge lists ------------------------------------------------------------------ */

static UmkGraph *
read_list(const char *text, gboolean directed)
{
    GError *error = NULL;
    UmkGraph *graph = _umk_graph_parse(text, strlen(text), directed, &error);

    g_assert_no_error(error);
    g_assert_nonnull(graph);
    return graph;
}

static guint32
node(const UmkGraph *graph, const char *name)
{
    for (guint32 v = 0; v < graph->n_nodes; v++)
        if (g_str_equal(graph->names[v], name))
            return v;
    g_error("no node “%s”", name);
}

static double
weight(const UmkGraph *graph, const char *source, const char *target)
{
    gint64 arc = _umk_graph_find_arc(graph, node(graph, source), node(graph, target));

    if (arc < 0)
        return 0.0;
    return graph->weights != NULL ? (double) graph->weights[arc] : 1.0;
}

static void
test_list_delimiters(void)
{
    const char *const cases[] = {
        "a b\nb c\n",
        "a\tb\nb\tc\n",
        "a,b\nb,c\n",
        "a b\r\nb c\r\n",
        "  a   b  \n\n b c",
        "a , b\nb ,c\n",
        "\xEF\xBB\xBF"
        "a b\nb c\n",
        "# x\na b\n% y\nb c\n",
        "source,target\na,b\nb,c\n",
        "to\tfrom\nb\ta\nc\tb\n",
        "\"a\",\"b\"\nb,c\n",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(UmkGraph) graph = read_list(cases[i], FALSE);

        g_assert_cmpuint(graph->n_nodes, ==, 3);
        g_assert_cmpuint(graph->n_arcs, ==, 4);
        g_assert_true(graph->symmetric);
        g_assert_null(graph->weights);
        g_assert_cmpfloat(weight(graph, "a", "b"), ==, 1.0);
        g_assert_cmpfloat(weight(graph, "c", "b"), ==, 1.0);
        g_assert_cmpfloat(weight(graph, "a", "c"), ==, 0.0);
    }
}

static void
test_list_names(void)
{
    g_autoptr(UmkGraph) commas =
        read_list("\"New York\",\"say \"\"hi\"\"\"\n東京,\"a,b\"\n01,1\n", FALSE);
    g_autoptr(UmkGraph) blanks =
        read_list("\"New York\" Oslo 2\nOslo São_Paulo 1\n", FALSE);
    g_autoptr(UmkGraph) tabs = read_list("New York\tSan José\n", FALSE);

    g_assert_cmpuint(commas->n_nodes, ==, 6);
    g_assert_cmpfloat(weight(commas, "New York", "say \"hi\""), ==, 1.0);
    g_assert_cmpfloat(weight(commas, "東京", "a,b"), ==, 1.0);
    g_assert_cmpfloat(weight(commas, "01", "1"), ==, 1.0);
    g_assert_cmpfloat(weight(blanks, "Oslo", "New York"), ==, 2.0);
    g_assert_cmpfloat(weight(tabs, "New York", "San José"), ==, 1.0);
}

static void
test_list_weights(void)
{
    g_autoptr(UmkGraph) plain = read_list("a b 0.5\nb c 2e0\nc a\n", FALSE);
    g_autoptr(UmkGraph) sums = read_list("a b 1\nb a 2\nc c 4\nd a 0\n", FALSE);
    g_autoptr(UmkGraph) twice = read_list("a b\nb a\na b\nc c\n", FALSE);
    g_autoptr(UmkGraph) named = read_list("Source,Target,Type,Weight\na,b,Undirected,4\n"
                                          "b,c,Undirected,5\n",
                                          FALSE);

    g_assert_cmpfloat(weight(plain, "b", "a"), ==, 0.5);
    g_assert_cmpfloat(weight(plain, "c", "b"), ==, 2.0);
    g_assert_cmpfloat(weight(plain, "a", "c"), ==, 1.0);
    g_assert_cmpfloat(weight(sums, "a", "b"), ==, 3.0);
    g_assert_cmpfloat(weight(sums, "c", "c"), ==, 4.0);
    g_assert_cmpuint(sums->n_nodes, ==, 4);
    g_assert_cmpuint(_umk_graph_get_degree(sums, node(sums, "d")), ==, 0);
    g_assert_cmpuint(twice->n_arcs, ==, 3); /* a-b both ways, c-c once */
    g_assert_cmpfloat(weight(named, "a", "b"), ==, 4.0);
}

static void
test_list_directed(void)
{
    g_autoptr(UmkGraph) graph = read_list("a b\nb c\nc b\n", TRUE);

    g_assert_false(graph->symmetric);
    g_assert_cmpuint(graph->n_arcs, ==, 3);
    g_assert_cmpfloat(weight(graph, "b", "a"), ==, 0.0);
    g_assert_cmpfloat(weight(graph, "c", "b"), ==, 1.0);
}

static void
test_list_errors(void)
{
    const struct {
        const char *text, *says;
    } cases[] = {
        {"a b\nc\n", "Line 2: one column"},
        {"alone", "Line 1: one column"},
        {"a b 1\na c x\n", "Line 2: “x”"},
        {"a b\n\n# c\na c -1\n", "Line 4: “-1”"},
        {"a b nan\n", "Line 1: “nan”"},
        {"a b inf\n", "“inf”"},
        {"a b 1e99\n", "“1e99”"},
        {"a b 1 2\n", "Line 1: 4 columns"},
        {"a,b\n,c\n", "Line 2: a node has an empty name"},
        {"a,\"b\nc,d\n", "Line 1: a quote is opened"},
        {"a,\"b\"x\n", "Line 1: text follows"},
        {"a \xff\n", "Line 1: a name is not valid UTF-8"},
        {"source,target,weight\na\n", "Line 2: "},
        {"", "no edge"},
        {"# nothing\n\n", "no edge"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(
            _umk_edge_list_parse(cases[i].text, strlen(cases[i].text), FALSE, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, cases[i].says));
    }
    {
        g_autoptr(GError) error = NULL;

        g_assert_null(_umk_edge_list_parse("a b\0c d\n", 8, FALSE, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    }
}

/* ---- GraphML --------------------------------------------------------------------- */

#define GRAPHML(body)                                                                    \
    "<?xml version=\"1.0\"?><graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"   \
    "<key id=\"l\" for=\"node\" attr.name=\"label\" attr.type=\"string\"/>"              \
    "<key id=\"n\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>"               \
    "<key id=\"w\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\">"              \
    "<default>2</default></key>" body "</graphml>"

static void
test_graphml(void)
{
    g_autoptr(UmkGraph) graph = read_list(
        GRAPHML("<graph edgedefault=\"undirected\">"
                "<node id=\"1\"><data key=\"n\">uno</data><data key=\"l\"> 一つ "
                "</data></node>"
                "<node id=\"2\"><data key=\"n\">due</data></node><node id=\"3\"/>"
                "<node id=\"4\"><data key=\"l\"><![CDATA[a < b]]></data></node>"
                "<edge source=\"1\" target=\"2\"><data key=\"w\">0.5</data></edge>"
                "<edge source=\"2\" target=\"4\"/>"
                "<edge source=\"4\" target=\"5\" directed=\"true\"/></graph>"),
        TRUE);

    g_assert_cmpuint(graph->n_nodes, ==, 5);
    g_assert_false(graph->symmetric);
    g_assert_cmpfloat(weight(graph, "2", "1"), ==, 0.5);
    g_assert_cmpfloat(weight(graph, "4", "2"), ==, 2.0);
    g_assert_cmpfloat(weight(graph, "4", "5"), ==, 2.0);
    g_assert_cmpfloat(weight(graph, "5", "4"), ==, 0.0);
    g_assert_cmpuint(_umk_graph_get_degree(graph, node(graph, "3")), ==, 0);
    g_assert_cmpstr(_umk_graph_get_label(graph, 0), ==, "一つ");
    g_assert_cmpstr(_umk_graph_get_label(graph, 1), ==, "due");
    g_assert_cmpstr(_umk_graph_get_label(graph, 2), ==, "3");
    g_assert_cmpstr(_umk_graph_get_label(graph, 3), ==, "a < b");
}

static void
test_graphml_nested_and_yed(void)
{
    g_autoptr(UmkGraph) graph = read_list(
        "<graphml xmlns:y=\"http://www.yworks.com/xml/graphml\"><graph "
        "edgedefault=\"directed\">"
        "<node id=\"a\"><data key=\"d6\"><y:ShapeNode><y:NodeLabel>Alpha</y:NodeLabel>"
        "</y:ShapeNode></data><graph><node id=\"b\"/><edge source=\"b\" "
        "target=\"a\"/></graph>"
        "</node></graph></graphml>",
        FALSE);

    g_assert_cmpuint(graph->n_nodes, ==, 2);
    g_assert_cmpuint(graph->n_arcs, ==, 1);
    g_assert_cmpstr(_umk_graph_get_label(graph, 0), ==, "Alpha");
}

static void
test_graphml_errors(void)
{
    const char *const cases[] = {
        "<graphml>",
        "<graphml></graphml>",
        "<svg><graphml/></svg>",
        "<graphml><graph><node/></graph></graphml>",
        "<graphml><graph><edge source=\"a\"/></graph></graphml>",
        "<graphml><graph><hyperedge/></graph></graphml>",
        GRAPHML("<graph><edge source=\"a\" target=\"b\"><data "
                "key=\"w\">x</data></edge></graph>"),
        "<!DOCTYPE graphml [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>"
        "<graphml><graph><node id=\"&b;\"/></graph></graphml>",
        "<!DOCTYPE graphml [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>"
        "<graphml><graph><node id=\"a\"><data>&e;</data></node></graph></graphml>",
        "",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(_umk_graphml_parse(cases[i], strlen(cases[i]), &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
        g_test_message("%s", error->message);
    }
}

/* ---- walks ----------------------------------------------------------------------- */

static const guint8 karate[][2] = {
    {1, 2},   {1, 3},   {1, 4},   {1, 5},   {1, 6},   {1, 7},   {1, 8},   {1, 9},
    {1, 11},  {1, 12},  {1, 13},  {1, 14},  {1, 18},  {1, 20},  {1, 22},  {1, 32},
    {2, 3},   {2, 4},   {2, 8},   {2, 14},  {2, 18},  {2, 20},  {2, 22},  {2, 31},
    {3, 4},   {3, 8},   {3, 9},   {3, 10},  {3, 14},  {3, 28},  {3, 29},  {3, 33},
    {4, 8},   {4, 13},  {4, 14},  {5, 7},   {5, 11},  {6, 7},   {6, 11},  {6, 17},
    {7, 17},  {9, 31},  {9, 33},  {9, 34},  {10, 34}, {14, 34}, {15, 33}, {15, 34},
    {16, 33}, {16, 34}, {19, 33}, {19, 34}, {20, 34}, {21, 33}, {21, 34}, {23, 33},
    {23, 34}, {24, 26}, {24, 28}, {24, 30}, {24, 33}, {24, 34}, {25, 26}, {25, 28},
    {25, 32}, {26, 32}, {27, 30}, {27, 34}, {28, 34}, {29, 32}, {29, 34}, {30, 33},
    {30, 34}, {31, 33}, {31, 34}, {32, 33}, {32, 34}, {33, 34},
};

/* Zachary's club: every edge, and if asked a weight from 1 to 5, and if asked one way in
 * two of three. */
static UmkGraph *
make_karate(gboolean weighted, gboolean directed)
{
    g_autoptr(UmkGraphBuilder) builder = _umk_graph_builder_new();
    GError *error = NULL;
    UmkGraph *graph;

    for (gsize i = 0; i < G_N_ELEMENTS(karate); i++) {
        g_autofree char *a = g_strdup_printf("%d", karate[i][i % 3 == 1]);
        g_autofree char *b = g_strdup_printf("%d", karate[i][i % 3 != 1]);
        guint32 u = _umk_graph_builder_add_node(builder, a, &error);
        guint32 v = _umk_graph_builder_add_node(builder, b, &error);

        _umk_graph_builder_add_edge(builder, u, v,
                                    weighted ? (double) (i * 7 % 5 + 1) : 1.0,
                                    directed && i % 3 != 0, &error);
    }
    _umk_graph_builder_set_weighted(builder, weighted);
    graph = _umk_graph_builder_build(builder, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(graph->n_nodes, ==, 34);
    return graph;
}

/* Chance of a chi-square of that many degrees to be this large (Wilson and Hilferty
 * 1931). */
static double
chi_square_p(double chi, double df)
{
    double z = (cbrt(chi / df) - (1.0 - 2.0 / (9.0 * df))) / sqrt(2.0 / (9.0 * df));

    return 0.5 * erfc(z / sqrt(2.0));
}

/* Counts of (t, v, x) over all walks against the analytic law, state by state. */
static void
check_law(UmkGraph *graph, double p, double q, guint n_walks)
{
    const gsize n = graph->n_nodes, length = 80;
    const UmkWalkParams params = {p, q, (guint) length, n_walks, 20260101};
    g_autoptr(UmkWalker) walker = _umk_walker_new(graph, &params, NULL);
    gsize n_all = (gsize) _umk_walker_get_n_walks(walker);
    g_autofree guint32 *walks = g_new(guint32, n_all * length);
    g_autofree guint32 *counts = g_new0(guint32, n * n * n);
    double chi = 0.0, df = 0.0, n_steps = 0.0;

    _umk_walker_fill_parallel(walker, 0, n_all, walks);
    for (gsize w = 0; w < n_all; w++) {
        const guint32 *walk = walks + w * length;

        for (gsize i = 2; i < length && walk[i] != UMK_WALK_END; i++) {
            g_assert_cmpint(_umk_graph_find_arc(graph, walk[i - 1], walk[i]), >=, 0);
            counts[(walk[i - 2] * n + walk[i - 1]) * n + walk[i]]++;
        }
    }
    for (guint32 t = 0; t < n; t++) {
        for (guint32 v = 0; v < n; v++) {
            const guint32 *seen = counts + (t * n + v) * n;
            double sum = 0.0, total = 0.0, pooled = 0.0, pooled_seen = 0.0, cells = 0.0;
            double law[34] = {0};

            for (guint32 i = graph->offsets[v]; i < graph->offsets[v + 1]; i++) {
                guint32 x = graph->targets[i];

                law[x] = graph->weights != NULL ? (double) graph->weights[i] : 1.0;
                if (x == t)
                    law[x] /= p;
                else if (_umk_graph_find_arc(graph, t, x) < 0)
                    law[x] /= q;
                sum += law[x];
                total += seen[x];
            }
            n_steps += total;
            for (guint32 x = 0; x < n && total > 0; x++) {
                double expected = total * law[x] / sum;

                if (expected >= 5.0) {
                    chi += (seen[x] - expected) * (seen[x] - expected) / expected;
                    cells++;
                } else {
                    pooled += expected;
                    pooled_seen += seen[x];
                }
            }
            if (pooled >= 5.0) {
                chi += (pooled_seen - pooled) * (pooled_seen - pooled) / pooled;
                cells++;
            }
            df += MAX(cells - 1.0, 0.0);
        }
    }
    g_test_message("p %g q %g: %.0f steps, chi-square %.1f on %.0f, P %.4f", p, q,
                   n_steps, chi, df, chi_square_p(chi, df));
    if (n_walks >= 400 && graph->symmetric)
        g_assert_cmpfloat(n_steps, >=, 1e6);
    g_assert_cmpfloat(chi_square_p(chi, df), >, 0.001);
}

static void
test_walk_law(void)
{
    const double settings[][2] = {{1, 1}, {0.25, 0.25}, {4, 0.5}, {0.5, 4}};

    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
        for (guint kind = 0; kind < 4; kind++) {
            g_autoptr(UmkGraph) graph = make_karate(kind & 1, kind & 2);

            /* directed walks meet dead ends: more of them make up the steps */
            check_law(graph, settings[i][0], settings[i][1], kind & 2 ? 1500 : 400);
        }
    }
}

/* Where the return mass, and the exact fallback, do most of the work. */
static void
test_walk_law_extremes(void)
{
    const double settings[][2] = {
        {0.01, 1}, {0.001, 0.5}, {1, 500}, {1000, 1000}, {50, 0.01}};

    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
        for (guint kind = 0; kind < 4; kind++) {
            g_autoptr(UmkGraph) graph = make_karate(kind & 1, kind & 2);

            check_law(graph, settings[i][0], settings[i][1], 100);
        }
    }
}

static void
test_walk_threads(void)
{
    g_autoptr(UmkGraph) graph = make_karate(TRUE, FALSE);
    const UmkWalkParams params = {0.25, 4, 80, 50, 7};
    guint64 hash = 0;

    for (guint n_threads = 1; n_threads <= 4; n_threads++) {
        g_autoptr(UmkWalker) walker = NULL;

        umk_set_n_threads(n_threads);
        walker = _umk_walker_new(graph, &params, NULL);
        if (n_threads == 1)
            hash = _umk_walker_hash(walker);
        g_assert_cmpuint(_umk_walker_hash(walker), ==, hash);
    }
    umk_set_n_threads(0);
}

static void
test_walk_starts(void)
{
    g_autoptr(UmkGraph) graph = make_karate(FALSE, FALSE);
    const UmkWalkParams params = {1, 1, 2, 3, 7};
    g_autoptr(UmkWalker) walker = _umk_walker_new(graph, &params, NULL);
    guint32 walks[3 * 34 * 2];

    _umk_walker_fill(walker, 0, 3 * 34, walks);
    for (gsize round = 0; round < 3; round++) {
        guint seen[34] = {0};

        for (gsize i = 0; i < 34; i++)
            seen[walks[(round * 34 + i) * 2]]++;
        for (gsize v = 0; v < 34; v++)
            g_assert_cmpuint(seen[v], ==, 1);
    }
}

static void
test_walk_dead_ends(void)
{
    g_autoptr(UmkGraph) graph = read_list("a b\nb c\nd d 0\n", TRUE);
    const UmkWalkParams params = {1, 0.5, 4, 1, 7};
    g_autoptr(UmkWalker) walker = _umk_walker_new(graph, &params, NULL);
    guint32 walks[4 * 4];

    _umk_walker_fill(walker, 0, 4, walks);
    for (gsize w = 0; w < 4; w++) {
        guint32 start = walks[w * 4];
        gsize length = start == node(graph, "a") ? 3 : start == node(graph, "b") ? 2 : 1;

        for (gsize i = 0; i < 4; i++)
            g_assert_true((walks[w * 4 + i] == UMK_WALK_END) == (i >= length));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/edge-list/delimiters", test_list_delimiters);
    g_test_add_func("/edge-list/names", test_list_names);
    g_test_add_func("/edge-list/weights", test_list_weights);
    g_test_add_func("/edge-list/directed", test_list_directed);
    g_test_add_func("/edge-list/errors", test_list_errors);
    g_test_add_func("/graphml/read", test_graphml);
    g_test_add_func("/graphml/nested-and-yed", test_graphml_nested_and_yed);
    g_test_add_func("/graphml/errors", test_graphml_errors);
    g_test_add_func("/walks/law", test_walk_law);
    g_test_add_func("/walks/law-extremes", test_walk_law_extremes);
    g_test_add_func("/walks/threads", test_walk_threads);
    g_test_add_func("/walks/starts", test_walk_starts);
    g_test_add_func("/walks/dead-ends", test_walk_dead_ends);
    return g_test_run();
}
