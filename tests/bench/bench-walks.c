/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Graph speed and quality as JSON lines: reading, walks and skip-gram on a synthetic
 * power-law graph of BlogCatalog's size, and how well node vectors tell the labels of
 * Cora and Wiki (where the shared data are). Figures are of a run, not a test. */
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "core/umk-run-private.h"
#include "facade/umk-train-private.h"
#include "io/umk-edge-list-private.h"
#include "modalities/graph/umk-walks-private.h"

#include <umekomi/umekomi.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double
wall(void)
{
    return (double) g_get_monotonic_time() * 1e-6;
}

static double
cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

/* An edge list whose ends are drawn by (rank + 10)^-0.67. */
static char *
power_law(gsize n_nodes, gsize n_edges)
{
    GString *text = g_string_sized_new(n_edges * 12);
    g_autofree double *sums = g_new0(double, n_nodes + 1);
    UmkRng rng;

    _umk_rng_init(&rng, 42, 0);
    for (gsize i = 0; i < n_nodes; i++)
        sums[i + 1] = sums[i] + pow((double) i + 10.0, -0.67);
    for (gsize e = 0; e < n_edges; e++) {
        gsize ends[2];

        for (gsize z = 0; z < 2; z++) {
            double at = _umk_rng_uniform(&rng) * sums[n_nodes];
            gsize low = 0, high = n_nodes;

            while (high - low > 1) {
                gsize middle = (low + high) / 2;

                if (sums[middle] <= at)
                    low = middle;
                else
                    high = middle;
            }
            ends[z] = low;
        }
        g_string_append_printf(text, "%" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT "\n", ends[0],
                               ends[1]);
    }
    return g_string_free(text, FALSE);
}

static void
bench_walks(UmkGraph *graph, const char *name, double p, double q)
{
    const UmkWalkParams params = {p, q, 80, 10, 42};
    g_autoptr(UmkWalker) walker = _umk_walker_new(graph, &params, NULL);
    double n_walks = (double) _umk_walker_get_n_walks(walker);
    double from = wall(), from_cpu = cpu(), took, took_cpu;
    guint64 hash = _umk_walker_hash(walker);

    took = wall() - from;
    took_cpu = cpu() - from_cpu;
    printf("{\"bench\":\"walks\",\"graph\":\"%s\",\"p\":%g,\"q\":%g,\"threads\":%u,"
           "\"walks_per_s\":%.0f,\"steps_per_s\":%.0f,\"steps_per_cpu_s\":%.0f,"
           "\"hash\":\"%016" G_GINT64_MODIFIER "x\"}\n",
           name, p, q, _umk_pool_n_threads(), n_walks / took, n_walks * 79.0 / took,
           n_walks * 79.0 / took_cpu, hash);
    fflush(stdout);
}

static UmkMatrix *
bench_training(UmkGraph *graph, const char *name, const char *assignments)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_train_get_node2vec_params(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_auto(UmkRun) run = {0};
    UmkSgnsReport report = {0};
    double from = wall(), from_cpu = cpu(), took, took_cpu;
    UmkMatrix *vectors;

    g_assert_true(umk_params_parse(params, assignments, NULL));
    _umk_run_init(&run, NULL, NULL, NULL);
    vectors = _umk_node2vec_fit(graph, params, &run, &report, NULL);
    took = wall() - from;
    took_cpu = cpu() - from_cpu;
    printf("{\"bench\":\"node2vec\",\"graph\":\"%s\",\"params\":\"%s\",\"threads\":%u,"
           "\"seconds\":%.3f,\"words_per_s\":%.0f,\"words_per_cpu_s\":%.0f,"
           "\"pairs_per_cpu_s\":%.0f,\"loss_first\":%.3f,\"loss_last\":%.3f}\n",
           name, assignments, _umk_pool_n_threads(), took,
           (double) report.n_tokens / took, (double) report.n_tokens / took_cpu,
           (double) report.n_pairs / took_cpu,
           (double) g_array_index(report.losses, float, 0),
           (double) g_array_index(report.losses, float, report.losses->len - 1));
    fflush(stdout);
    _umk_sgns_report_clear(&report);
    return vectors;
}

/* ---- label quality --------------------------------------------------------------- */

#define MAX_CLASSES 32

typedef struct {
    gsize n, d, n_classes;
    const float *x; /* (n, d) */
    const int *y;
    double *w; /* (n_classes, d + 1) */
} Classifier;

static void
scores_of(const Classifier *self, gsize i, double *scores)
{
    double top = -G_MAXDOUBLE, sum = 0.0;

    for (gsize c = 0; c < self->n_classes; c++) {
        const double *w = self->w + c * (self->d + 1);

        scores[c] = w[self->d];
        for (gsize j = 0; j < self->d; j++)
            scores[c] += w[j] * (double) self->x[i * self->d + j];
        top = MAX(top, scores[c]);
    }
    for (gsize c = 0; c < self->n_classes; c++)
        sum += scores[c] = exp(scores[c] - top);
    for (gsize c = 0; c < self->n_classes; c++)
        scores[c] /= sum;
}

/* Softmax regression by Adam on all training rows at once, with the penalty of the usual
 * protocol (C = 1 on the vectors as they are). */
static void
classifier_fit(Classifier *self, const gboolean *training, gsize n_training)
{
    gsize size = self->n_classes * (self->d + 1);
    g_autofree double *slope = g_new0(double, size), *m = g_new0(double, size),
                      *v = g_new0(double, size);

    for (guint step = 1; step <= 200; step++) {
        for (gsize k = 0; k < size; k++)
            slope[k] = self->w[k];
        for (gsize i = 0; i < self->n; i++) {
            double scores[MAX_CLASSES];

            if (!training[i])
                continue;
            scores_of(self, i, scores);
            scores[self->y[i]] -= 1.0;
            for (gsize c = 0; c < self->n_classes; c++) {
                double *g = slope + c * (self->d + 1);

                for (gsize j = 0; j < self->d; j++)
                    g[j] += scores[c] * (double) self->x[i * self->d + j];
                g[self->d] += scores[c];
            }
        }
        for (gsize k = 0; k < size; k++) {
            double g = slope[k] / (double) n_training;

            m[k] = 0.9 * m[k] + 0.1 * g;
            v[k] = 0.99 * v[k] + 0.01 * g * g;
            self->w[k] -= 0.2 * (m[k] / (1.0 - pow(0.9, step))) /
                          (sqrt(v[k] / (1.0 - pow(0.99, step))) + 1e-9);
        }
    }
}

/* Micro- and macro-F1 of the other half. One label a node, so micro-F1 is accuracy. */
static void
measure(const float *x,
        const int *y,
        gsize n,
        gsize d,
        gsize n_classes,
        double *micro,
        double *macro)
{
    *micro = *macro = 0.0;
    for (guint split = 0; split < 2; split++) {
        g_autofree gboolean *training = g_new0(gboolean, n);
        Classifier self = {n, d, n_classes, x, y, g_new0(double, n_classes *(d + 1))};
        double hits[MAX_CLASSES] = {0}, said[MAX_CLASSES] = {0}, is[MAX_CLASSES] = {0};
        double right = 0.0, tested = 0.0;
        gsize n_training = 0;
        UmkRng rng;

        _umk_rng_init(&rng, 1, split);
        for (gsize i = 0; i < n; i++)
            n_training += training[i] = _umk_rng_below(&rng, 2) == 0;
        classifier_fit(&self, training, n_training);
        for (gsize i = 0; i < n; i++) {
            double scores[MAX_CLASSES];
            gsize best = 0;

            if (training[i])
                continue;
            scores_of(&self, i, scores);
            for (gsize c = 1; c < n_classes; c++)
                best = scores[c] > scores[best] ? c : best;
            tested++;
            said[best]++;
            is[y[i]]++;
            hits[best] += (int) best == y[i];
            right += (int) best == y[i];
        }
        *micro += 0.5 * right / tested;
        for (gsize c = 0; c < n_classes; c++)
            *macro += said[c] + is[c] > 0.0
                          ? 0.5 * 2.0 * hits[c] / (said[c] + is[c]) / (double) n_classes
                          : 0.0;
        g_free(self.w);
    }
}

static void
bench_labels(const char *name, const char *assignments)
{
    const char *shared = g_getenv("UMEKOMI_SHARED");
    g_autofree char *edges =
        g_build_filename(shared ? shared : "", "data", "graphs", name, "edges.txt", NULL);
    g_autofree char *labels = g_build_filename(shared ? shared : "", "data", "graphs",
                                               name, "labels.txt", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_GRAPH, edges);
    g_autoptr(UmkGraph) graph = _umk_graph_load(item, FALSE, NULL);
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree float *x = NULL;
    g_autofree int *y = NULL;
    double micro, macro;
    gsize d, n_classes = 0;

    if (graph == NULL || !g_file_get_contents(labels, &text, NULL, NULL))
        return;
    vectors = bench_training(graph, name, assignments);
    lines = g_strsplit(text, "\n", -1);
    for (gsize i = 0; lines[i] != NULL; i++) {
        char *blank = strchr(lines[i], ' ');

        if (blank == NULL)
            continue;
        *blank = '\0';
        g_hash_table_insert(known, lines[i], blank + 1);
    }
    d = umk_matrix_get_n_cols(vectors);
    x = g_new(float, graph->n_nodes *d);
    y = g_new0(int, graph->n_nodes);
    for (guint32 v = 0; v < graph->n_nodes; v++) {
        const float *row = umk_matrix_get_row(vectors, v, NULL);
        const char *label = g_hash_table_lookup(known, graph->names[v]);

        y[v] = label != NULL
                   ? (int) CLAMP(g_ascii_strtoll(label, NULL, 10), 0, MAX_CLASSES - 1)
                   : 0;
        n_classes = MAX(n_classes, (gsize) y[v] + 1);
        memcpy(x + v * d, row, d * sizeof(float));
    }
    measure(x, y, graph->n_nodes, d, n_classes, &micro, &macro);
    printf("{\"bench\":\"labels\",\"graph\":\"%s\",\"params\":\"%s\",\"train_share\":0.5,"
           "\"n_classes\":%" G_GSIZE_FORMAT ",\"micro_f1\":%.3f,\"macro_f1\":%.3f}\n",
           name, assignments, n_classes, micro, macro);
    fflush(stdout);
}

int
main(void)
{
    const gsize n_nodes = 10312, n_edges = 347000;
    g_autofree char *text = power_law(n_nodes, n_edges);
    g_autoptr(UmkGraph) graph = NULL;
    g_autoptr(UmkMatrix) vectors = NULL;
    double from = wall(), took;

    graph = _umk_edge_list_parse(text, strlen(text), FALSE, NULL);
    took = wall() - from;
    printf("{\"bench\":\"edge-list\",\"nodes\":%u,\"edges\":%u,\"seconds\":%.4f,"
           "\"edges_per_s\":%.0f}\n",
           graph->n_nodes, graph->n_arcs / 2, took, (double) n_edges / took);
    bench_walks(graph, "power-law-10k", 1, 1);
    bench_walks(graph, "power-law-10k", 0.25, 0.25);
    bench_walks(graph, "power-law-10k", 4, 0.5);
    bench_walks(graph, "power-law-10k", 0.5, 2);
    vectors = bench_training(graph, "power-law-10k", "p=0.25 q=0.25 walks=5");
    bench_labels("cora", "walks=10");
    bench_labels("wiki", "walks=10");
    return 0;
}
