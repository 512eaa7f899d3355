/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UMAP by stages: the graph of neighbours and its recall, the weights, the layout and its
 * nanoseconds an edge event, then the whole through the public call with the hash of its
 * bytes, the time to the first picture, placing new points, and how soon it stops when it
 * is cancelled. Arguments: a vectors file (default: 5,000 made-up rows of 384
 * dimensions), a file for the coordinates, and anything more for the whole alone. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"
#include "index/umk-knn-graph-private.h"
#include "linalg/umk-distance-private.h"
#include "projection/umk-projection-umap-private.h"

#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define K         14
#define N_PROBES  400 /* rows whose true neighbours are found to measure recall */
#define N_CENTRES 40

typedef struct {
    gint64 wall;
    clock_t cpu;
} Clock;

static Clock
start_clock(void)
{
    return (Clock){.wall = g_get_monotonic_time(), .cpu = clock()};
}

static void
report(const char *what, Clock from, const char *rest)
{
    g_print("{\"bench\": \"umap %s\", \"wall_s\": %.3f, \"cpu_s\": %.3f%s%s}\n", what,
            (double) (g_get_monotonic_time() - from.wall) / 1e6,
            (double) (clock() - from.cpu) / CLOCKS_PER_SEC, *rest ? ", " : "", rest);
}

static UmkMatrix *
made_up(gsize n, gsize n_dims)
{
    float *values = g_new(float, n *n_dims);
    g_autoptr(GBytes) bytes = g_bytes_new_take(values, n * n_dims * sizeof *values);
    g_autofree float *centres = g_new(float, N_CENTRES *n_dims);
    UmkRng rng;

    _umk_rng_init(&rng, 1, 0);
    for (gsize i = 0; i < N_CENTRES * n_dims; i++)
        centres[i] = (float) _umk_rng_normal(&rng);
    for (gsize i = 0; i < n; i++) {
        gsize centre = _umk_rng_below(&rng, N_CENTRES);

        for (gsize j = 0; j < n_dims; j++)
            values[i * n_dims + j] =
                centres[centre * n_dims + j] + 0.5f * (float) _umk_rng_normal(&rng);
    }
    return umk_matrix_new_from_bytes(n, n_dims, bytes, NULL);
}

/* Rows at the distance of the last true neighbour count, whichever was chosen. */
static double
recall_of(UmkMatrix *vectors, const UmkKnnGraph *graph)
{
    gsize n = graph->n, d = umk_matrix_get_n_cols(vectors), n_hits = 0;
    gsize n_probes = MIN(N_PROBES, n);
    g_autofree float *all = g_new(float, n);

    for (gsize p = 0; p < n_probes; p++) {
        gsize row = p * n / n_probes;
        float worst = 0;

        _umk_distance_block(_umk_distance_best_level(), UMK_DISTANCE_SQUARED,
                            umk_matrix_get_row(vectors, row, NULL), d, 1,
                            umk_matrix_get_row(vectors, 0, NULL), d, n, d, all, n);
        all[row] = INFINITY;
        for (guint r = 0; r < graph->k; r++) {
            gsize best = 0;

            for (gsize i = 1; i < n; i++)
                if (all[i] < all[best])
                    best = i;
            worst = all[best];
            all[best] = INFINITY;
        }
        for (guint r = 0; r < graph->k; r++)
            n_hits += graph->distances[row * graph->k + r] <= sqrtf(worst) * 1.000001f;
    }
    return (double) n_hits / (double) (n_probes * graph->k);
}

static gboolean
never(gpointer data)
{
    return FALSE;
}

/* Events of both directions: an edge is due in weight / heaviest of all epochs. */
static double
count_events(const UmkUmapEdges *edges, guint n_epochs)
{
    double heaviest = 0, sum = 0;

    for (gsize e = 0; e < edges->n_edges; e++)
        heaviest = MAX(heaviest, (double) edges->weights[e]);
    for (gsize e = 0; e < edges->n_edges; e++)
        if ((double) edges->weights[e] >= heaviest / n_epochs)
            sum += (double) edges->weights[e] / heaviest;
    return 2 * sum * n_epochs;
}

static void
bench_stages(UmkMatrix *vectors)
{
    gsize n = umk_matrix_get_n_rows(vectors);
    g_autofree float *places = g_new0(float, n * 2 + 2);
    g_autofree char *text = NULL, *layout_text = NULL;
    g_autoptr(UmkKnnGraph) graph = NULL;
    g_autoptr(UmkUmapEdges) edges = NULL;
    g_auto(UmkUmapScales) scales = {0};
    UmkUmapLayoutParams params = {.n_dims = 2,
                                  .n_epochs = n <= 10000 ? 500 : 200,
                                  .n_negatives = 5,
                                  .learning_rate = 1,
                                  .repulsion = 1,
                                  .curve = _umk_umap_fit_curve(1, 0.1),
                                  .seed = 42};
    Clock from = start_clock(), layout_from;
    double events;

    graph = _umk_knn_graph_build(vectors, UMK_METRIC_EUCLIDEAN, K, 42, NULL, NULL);
    layout_from = from;
    from = start_clock();
    text = g_strdup_printf("\"recall\": %.4f, \"exact\": %s", recall_of(vectors, graph),
                           graph->exact ? "true" : "false");
    layout_from.wall += g_get_monotonic_time() - from.wall;
    layout_from.cpu += clock() - from.cpu;
    report("neighbours", layout_from, text);
    from = start_clock();
    _umk_umap_fit_scales(graph, K + 1, &scales, NULL, NULL);
    edges = _umk_umap_fuzzy_union(graph, &scales, NULL, NULL);
    report("weights", from, "");
    from = start_clock();
    _umk_umap_start_pca(vectors, FALSE, 2, 42, places, NULL, NULL);
    report("start", from, "");
    from = start_clock();
    _umk_umap_layout(edges, &params, places, never, NULL, NULL, NULL, NULL);
    events = count_events(edges, params.n_epochs);
    layout_text = g_strdup_printf(
        "\"events\": %.0f, \"ns_an_event_cpu\": %.1f, \"epochs_a_second\": %.0f", events,
        (double) (clock() - from.cpu) / CLOCKS_PER_SEC * 1e9 / events,
        params.n_epochs / ((double) (g_get_monotonic_time() - from.wall) / 1e6));
    report("layout", from, layout_text);
}

typedef struct {
    gint64 from;
    gint64 first;
    guint n_layouts;
} Watch;

static void
watch_layout(UmkMatrix *layout, guint epoch, guint n_epochs, gpointer data)
{
    Watch *watch = data;

    if (watch->n_layouts++ == 0)
        watch->first = g_get_monotonic_time() - watch->from;
}

static void
bench_transform(UmkProjection *projection, UmkMatrix *vectors)
{
    gsize n = MIN(umk_matrix_get_n_rows(vectors), 1000);
    g_autofree guint64 *rows = g_new(guint64, n + 1);
    g_autoptr(UmkMatrix) many = NULL, one = NULL, first = NULL, placed = NULL;
    Clock from;

    for (gsize i = 0; i < n; i++)
        rows[i] = i;
    many = umk_matrix_select_rows(vectors, rows, n, NULL);
    one = umk_matrix_select_rows(vectors, rows, 1, NULL);
    from = start_clock();
    first = umk_projection_transform(projection, one, NULL);
    if (first == NULL)
        return;
    report("first new point", from, "");
    from = start_clock();
    for (guint i = 0; i < 100; i++) {
        g_autoptr(UmkMatrix) again = umk_projection_transform(projection, one, NULL);
    }
    report("100 calls of one new point", from, "");
    from = start_clock();
    placed = umk_projection_transform(projection, many, NULL);
    report("1000 new points", from, "");
}

static double
bench_whole(UmkMatrix *vectors, const char *output)
{
    g_autoptr(UmkFitting) fitting = umk_fitting_new();
    g_autoptr(UmkProjection) projection = NULL;
    g_autofree char *text = NULL, *hash = NULL;
    struct rusage usage;
    double seconds;
    Clock from = start_clock();
    Watch watch = {.from = from.wall};

    umk_fitting_set_layout_func(fitting, watch_layout, &watch, NULL);
    projection =
        umk_projection_fit_live("umap", vectors, NULL, fitting, NULL, NULL, NULL, NULL);
    seconds = (double) (g_get_monotonic_time() - from.wall) / 1e6;
    hash = g_compute_checksum_for_bytes(
        G_CHECKSUM_SHA256, umk_matrix_get_bytes(umk_projection_get_coords(projection)));
    getrusage(RUSAGE_SELF, &usage);
    text = g_strdup_printf(
        "\"threads\": %u, \"first_picture_s\": %.3f, \"layouts\": %u, \"peak_mb\": %ld, "
        "\"hash\": \"%.16s\"",
        umk_get_n_threads(), (double) watch.first / 1e6, watch.n_layouts,
        usage.ru_maxrss / 1024, hash);
    report("whole", from, text);
    if (output != NULL)
        umk_vectors_write(output, umk_projection_get_coords(projection), NULL, "f32",
                          NULL);
    bench_transform(projection, vectors);
    return seconds;
}

typedef struct {
    GCancellable *cancellable;
    gint64 delay;
    gint64 cancelled;
} Stop;

static gpointer
stop_later(gpointer data)
{
    Stop *stop = data;

    g_usleep((gulong) stop->delay);
    stop->cancelled = g_get_monotonic_time();
    g_cancellable_cancel(stop->cancellable);
    return NULL;
}

/* Cancelled at several points of its way, how long until the call returns. */
static void
bench_cancel(UmkMatrix *vectors, double seconds)
{
    gint64 worst = 0;
    Clock from = start_clock();
    g_autofree char *text = NULL;

    for (int turn = 0; turn < 8; turn++) {
        g_autoptr(GCancellable) cancellable = g_cancellable_new();
        g_autoptr(UmkProjection) projection = NULL;
        Stop stop = {.cancellable = cancellable,
                     .delay = (gint64) (seconds * 1e6 * (turn + 0.5) / 10)};
        GThread *thread = g_thread_new("stop", stop_later, &stop);

        projection =
            umk_projection_fit("umap", vectors, NULL, cancellable, NULL, NULL, NULL);
        if (projection == NULL)
            worst = MAX(worst, g_get_monotonic_time() - stop.cancelled);
        g_thread_join(thread);
    }
    text = g_strdup_printf("\"worst_ms\": %.1f", (double) worst / 1e3);
    report("cancel", from, text);
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    double seconds;
    g_autoptr(UmkMatrix) vectors =
        argc > 1 ? umk_vectors_read(argv[1], NULL, &error) : made_up(5000, 384);

    if (vectors == NULL) {
        g_printerr("%s\n", error->message);
        return 1;
    }
    seconds = bench_whole(vectors, argc > 2 ? argv[2] : NULL);
    if (argc > 3)
        return 0;
    bench_stages(vectors);
    bench_cancel(vectors, seconds);
    return 0;
}
