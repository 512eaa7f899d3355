/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nearest-neighbour search as tests/bench/search runs it beside peers: data of known
 * making, then one figure a line as JSON. Arguments:
 *
 *   data N D CLUSTERS SEED FOLDER   writes base.f32, queries.f32 and truth.i32 there
 *   graph FOLDER N D EFC THREADS    builds; with 1 thread also asks
 *   exact FOLDER N D                single queries, filters, a batch beside the product
 *   open FOLDER N D                 opens what graph left in FOLDER/graph, first answer
 *
 * The data: an axis j of 48 has scale (j + 1)^-0.5; a point is its cluster's centre plus
 * 0.6 of a draw, mapped to D by a fixed Gaussian matrix, plus noise of 0.1, made unit. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_AXES    48
#define N_QUERIES 1000
#define K         10

extern void openblas_set_num_threads(int n);

static double
cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static double
wall_seconds(void)
{
    return 1e-6 * (double) g_get_monotonic_time();
}

/* ---- data ------------------------------------------------------------------------- */

typedef struct {
    gsize d, n_clusters;
    guint64 seed;
    float *map; /* (d, N_AXES) */
} Recipe;

static void
draw_axes(UmkRng *rng, double weight, float *latent)
{
    for (gsize j = 0; j < N_AXES; j++)
        latent[j] += (float) (weight * _umk_rng_normal(rng) / sqrt((double) j + 1));
}

static void
draw_point(const Recipe *recipe, guint64 number, float *x)
{
    float latent[N_AXES] = {0};
    double squared = 0;
    UmkRng rng, centre;

    _umk_rng_init(&rng, recipe->seed, number);
    _umk_rng_init(&centre, recipe->seed + 1, _umk_rng_below(&rng, recipe->n_clusters));
    draw_axes(&centre, 1, latent);
    draw_axes(&rng, 0.6, latent);
    for (gsize i = 0; i < recipe->d; i++) {
        double sum = 0.1 * _umk_rng_normal(&rng);

        for (gsize j = 0; j < N_AXES; j++)
            sum += (double) (recipe->map[i * N_AXES + j] * latent[j]);
        x[i] = (float) sum;
        squared += sum * sum;
    }
    for (gsize i = 0; i < recipe->d; i++)
        x[i] = (float) ((double) x[i] / sqrt(squared));
}

static UmkMatrix *
draw_points(const Recipe *recipe, guint64 first, gsize n)
{
    float *values = g_new(float, n * recipe->d);
    g_autoptr(GBytes) bytes = g_bytes_new_take(values, n * recipe->d * sizeof *values);

    for (gsize i = 0; i < n; i++)
        draw_point(recipe, first + i, values + i * recipe->d);
    return umk_matrix_new_from_bytes(n, recipe->d, bytes, NULL);
}

static void
write_file(const char *folder, const char *name, gconstpointer data, gsize size)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    if (!g_file_set_contents(path, data, (gssize) size, NULL))
        exit(1);
}

static UmkIndex *
build(const char *method, UmkMatrix *vectors, const char *settings)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_index_get_params(method, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) error = NULL;
    UmkIndex *index = NULL;

    if (umk_params_parse(params, settings, &error))
        index = umk_index_build(method, vectors, UMK_METRIC_DOT, params, NULL, NULL, NULL,
                                &error);
    if (index == NULL) {
        fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
    return index;
}

static int
make_data(gsize n, gsize d, gsize n_clusters, guint64 seed, const char *folder)
{
    Recipe recipe = {d, n_clusters, seed, g_new(float, d *N_AXES)};
    g_autoptr(UmkMatrix) base = NULL, queries = NULL;
    g_autoptr(UmkIndex) index = NULL;
    g_autoptr(UmkHits) hits = NULL;
    gint32 truth[N_QUERIES * K];
    UmkRng rng;

    _umk_rng_init(&rng, seed + 2, 0);
    for (gsize i = 0; i < d * N_AXES; i++)
        recipe.map[i] = (float) _umk_rng_normal(&rng);
    base = draw_points(&recipe, 0, n);
    queries = draw_points(&recipe, n, N_QUERIES);
    index = build("exact", base, "");
    hits = umk_index_search(index, queries, K, NULL, NULL, NULL);
    for (gsize q = 0; q < N_QUERIES; q++)
        for (guint i = 0; i < K; i++)
            truth[q * K + i] = (gint32) umk_hits_get(hits, q, i, NULL);
    write_file(folder, "base.f32", umk_matrix_get_row(base, 0, NULL),
               n * d * sizeof(float));
    write_file(folder, "queries.f32", umk_matrix_get_row(queries, 0, NULL),
               N_QUERIES * d * sizeof(float));
    write_file(folder, "truth.i32", truth, sizeof truth);
    g_free(recipe.map);
    return 0;
}

static UmkMatrix *
map_floats(const char *folder, const char *name, gsize n, gsize d)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    g_autoptr(GBytes) bytes = file != NULL ? g_mapped_file_get_bytes(file) : NULL;
    UmkMatrix *matrix =
        bytes != NULL ? umk_matrix_new_from_bytes(n, d, bytes, NULL) : NULL;

    if (matrix == NULL) {
        fprintf(stderr, "no %s of %zu x %zu there\n", path, n, d);
        exit(1);
    }
    return matrix;
}

static gint32 *
read_truth(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "truth.i32", NULL);
    char *data;

    if (!g_file_get_contents(path, &data, NULL, NULL))
        exit(1);
    return (gint32 *) (gpointer) data;
}

/* ---- asking ----------------------------------------------------------------------- */

typedef struct {
    UmkMatrix **queries; /* one a matrix, as a person asks */
    gint32 *truth;       /* NULL: none */
    gsize n;
} Questions;

static Questions
questions_new(const char *folder, gsize d)
{
    Questions self = {g_new(UmkMatrix *, N_QUERIES), read_truth(folder), N_QUERIES};
    g_autoptr(UmkMatrix) all = map_floats(folder, "queries.f32", N_QUERIES, d);

    for (gsize q = 0; q < N_QUERIES; q++)
        self.queries[q] =
            umk_matrix_new_from_data(1, d, umk_matrix_get_row(all, q, NULL), NULL);
    return self;
}

static gsize
count_true(UmkHits *hits, const gint32 *truth)
{
    gsize n = 0;

    for (guint i = 0; i < umk_hits_get_n_hits(hits, 0); i++)
        for (gsize j = 0; j < K; j++)
            n += umk_hits_get(hits, 0, i, NULL) == (gsize) truth[j];
    return n;
}

/* The better of two rounds, in processor time: one thread asks, and what else the machine
 * does shall not count. */
static void
ask(const char *what,
    UmkIndex *index,
    const Questions *questions,
    gsize n,
    GBytes *allowed,
    guint ef)
{
    double best = INFINITY, now;
    gsize n_true = 0, n_hits = 0;
    g_autofree char *plan = NULL;

    for (guint round = 0; round < 2; round++) {
        double start = cpu_seconds();

        n_true = n_hits = 0;
        for (gsize q = 0; q < n; q++) {
            g_autoptr(UmkHits) hits = umk_index_search_tuned(
                index, questions->queries[q], K, allowed, 0, ef, NULL, NULL);

            n_true += count_true(hits, questions->truth + q * K);
            n_hits += umk_hits_get_n_hits(hits, 0);
            if (plan == NULL)
                plan = g_strdup(umk_hits_get_plan(hits));
        }
        now = cpu_seconds();
        best = MIN(best, now - start);
    }
    printf("{\"what\": \"%s\", \"ef\": %u, \"plan\": \"%s\", \"recall\": %.4f, "
           "\"hits\": %.3f, \"ms\": %.4f, \"qps\": %.0f}\n",
           what, ef, plan, (double) n_true / (double) (n * K),
           (double) n_hits / (double) n, 1e3 * best / (double) n, (double) n / best);
}

/* ---- the graph -------------------------------------------------------------------- */

static int
run_graph(const char *folder, gsize n, gsize d, const char *efc, guint threads)
{
    static const guint efs[] = {12, 16, 20, 24, 32, 40, 48, 56, 64, 80, 96, 128, 256};
    g_autoptr(UmkMatrix) base = map_floats(folder, "base.f32", n, d);
    Questions questions = questions_new(folder, d);
    g_autofree char *settings = g_strdup_printf("ef-construction=%s", efc);
    g_autofree char *path = g_build_filename(folder, "graph", NULL);
    g_autoptr(UmkIndex) index = NULL;
    double cpu, wall;

    umk_set_n_threads(threads);
    cpu = cpu_seconds();
    wall = wall_seconds();
    index = build("hnsw", base, settings);
    printf("{\"what\": \"build\", \"threads\": %u, \"cpu\": %.2f, \"wall\": %.2f, "
           "\"bytes\": %.1f}\n",
           threads, cpu_seconds() - cpu, wall_seconds() - wall,
           (double) umk_index_get_memory(index) / (double) n);
    fflush(stdout);
    if (threads > 1)
        return 0;
    for (gsize i = 0; i < G_N_ELEMENTS(efs); i++)
        ask("graph", index, &questions, N_QUERIES, NULL, efs[i]);
    umk_index_save(index, path, NULL, NULL, NULL);
    return 0;
}

static GBytes *
allow(gsize n, double share)
{
    guint8 *mask = g_new0(guint8, n);
    UmkRng rng;

    _umk_rng_init(&rng, 7, 7);
    for (gsize row = 0; row < n; row++)
        mask[row] = _umk_rng_uniform(&rng) < share;
    return g_bytes_new_take(mask, n);
}

/* Recall against the scan with the same filter. */
static void
ask_filtered(UmkIndex *graph, UmkIndex *exact, const Questions *questions, gsize n)
{
    static const double shares[] = {0.5, 0.1, 0.01, 0.0001, 0};
    Questions own = *questions;

    own.truth = g_new(gint32, N_QUERIES * K);
    for (gsize i = 0; i < G_N_ELEMENTS(shares); i++) {
        g_autoptr(GBytes) allowed = allow(n, shares[i]);
        g_autofree char *what = g_strdup_printf("filter %g", shares[i]);

        memset(own.truth, 0xff, N_QUERIES * K * sizeof *own.truth);
        for (gsize q = 0; q < 200; q++) {
            g_autoptr(UmkHits) hits =
                umk_index_search(exact, questions->queries[q], K, allowed, NULL, NULL);

            for (guint j = 0; j < umk_hits_get_n_hits(hits, 0); j++)
                own.truth[q * K + j] = (gint32) umk_hits_get(hits, 0, j, NULL);
        }
        ask(what, graph, &own, 200, allowed, 0);
    }
    g_free(own.truth);
}

static int
run_open(const char *folder, gsize n, gsize d)
{
    Questions questions = questions_new(folder, d);
    g_autofree char *path = g_build_filename(folder, "graph", NULL);
    double start = wall_seconds();
    g_autoptr(UmkMatrix) base = map_floats(folder, "base.f32", n, d);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkIndex) index = umk_index_open(path, base, NULL, FALSE, &error);
    g_autoptr(UmkHits) hits = NULL;
    g_autoptr(UmkIndex) exact = NULL;
    double opened = wall_seconds() - start;

    if (index == NULL) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    hits =
        umk_index_search_tuned(index, questions.queries[0], K, NULL, 0, 64, NULL, NULL);
    printf("{\"what\": \"open\", \"ms\": %.2f, \"first_ms\": %.2f}\n", 1e3 * opened,
           1e3 * (wall_seconds() - start));
    umk_set_n_threads(1);
    exact = build("exact", base, "");
    ask_filtered(index, exact, &questions, n);
    return 0;
}

/* ---- exact ------------------------------------------------------------------------ */

/* What one thread can read: eight sums over the base, the better of three. */
static double
read_bandwidth(UmkMatrix *base)
{
    gsize size;
    const guint64 *words = g_bytes_get_data(umk_matrix_get_bytes(base), &size);
    double best = 0;

    for (guint turn = 0; turn < 3; turn++) {
        double start = cpu_seconds(), gb_s;
        guint64 sums[8] = {0};
        volatile guint64 sink;

        for (gsize i = 0; i + 8 <= size / 8; i += 8)
            for (int lane = 0; lane < 8; lane++)
                sums[lane] ^= words[i + (gsize) lane];
        sink =
            sums[0] ^ sums[1] ^ sums[2] ^ sums[3] ^ sums[4] ^ sums[5] ^ sums[6] ^ sums[7];
        (void) sink;
        gb_s = (double) size / (cpu_seconds() - start) / 1e9;
        best = MAX(best, gb_s);
    }
    return best;
}

/* The product of the batch alone, by OpenBLAS, in blocks that fit the cache. */
static double
product_alone(const float *base, const float *queries, gsize n, gsize d)
{
    gsize block = 2048;
    g_autofree float *out = g_new(float, N_QUERIES *block);
    double best = INFINITY, now;

    for (guint turn = 0; turn < 2; turn++) {
        double start = cpu_seconds();

        for (gsize row = 0; row < n; row += block) {
            gsize rows = MIN(block, n - row);

            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, N_QUERIES, (int) rows,
                        (int) d, 1, queries, (int) d, base + row * d, (int) d, 0, out,
                        (int) block);
        }
        now = cpu_seconds();
        best = MIN(best, now - start);
    }
    return best;
}

static void
run_batch(UmkIndex *index, UmkMatrix *base, UmkMatrix *queries, gsize n, gsize d)
{
    double best = INFINITY, product, now;

    for (guint turn = 0; turn < 2; turn++) {
        double start = cpu_seconds();
        g_autoptr(UmkHits) hits = umk_index_search(index, queries, K, NULL, NULL, NULL);

        now = cpu_seconds();
        best = MIN(best, now - start);
    }
    product = product_alone(umk_matrix_get_row(base, 0, NULL),
                            umk_matrix_get_row(queries, 0, NULL), n, d);
    printf("{\"what\": \"batch\", \"s\": %.3f, \"product_s\": %.3f, \"ratio\": %.3f, "
           "\"gflops\": %.1f}\n",
           best, product, best / product, 2e-9 * (double) (n * d) * N_QUERIES / best);
}

static int
run_exact(const char *folder, gsize n, gsize d)
{
    static const char *const settings[] = {"", "codes=f16", "codes=int8", "codes=binary"};
    g_autoptr(UmkMatrix) base = map_floats(folder, "base.f32", n, d);
    g_autoptr(UmkMatrix) queries = map_floats(folder, "queries.f32", N_QUERIES, d);
    Questions questions = questions_new(folder, d);
    double bandwidth;

    openblas_set_num_threads(1);
    umk_set_n_threads(1);
    bandwidth = read_bandwidth(base);
    printf("{\"what\": \"read\", \"gb_s\": %.2f, \"scan_at_that_ms\": %.3f}\n", bandwidth,
           (double) (n * d) * 4e-6 / bandwidth);
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
        double cpu = cpu_seconds();
        g_autoptr(UmkIndex) index = build("exact", base, settings[i]);

        printf("{\"what\": \"exact %s\", \"cpu\": %.3f, \"bytes\": %.1f}\n", settings[i],
               cpu_seconds() - cpu, (double) umk_index_get_memory(index) / (double) n);
        ask("exact", index, &questions, 200, NULL, 0);
        if (i == 0)
            run_batch(index, base, queries, n, d);
    }
    return 0;
}

static gsize
number(const char *text)
{
    return (gsize) g_ascii_strtoull(text, NULL, 10);
}

int
main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (g_str_equal(what, "data") && argc == 7)
        return make_data(number(argv[2]), number(argv[3]), number(argv[4]),
                         number(argv[5]), argv[6]);
    if (g_str_equal(what, "graph") && argc == 7)
        return run_graph(argv[2], number(argv[3]), number(argv[4]), argv[5],
                         (guint) number(argv[6]));
    if (g_str_equal(what, "exact") && argc == 5)
        return run_exact(argv[2], number(argv[3]), number(argv[4]));
    if (g_str_equal(what, "open") && argc == 5)
        return run_open(argv[2], number(argv[3]), number(argv[4]));
    fprintf(stderr, "usage: see the top of bench-search.c\n");
    return 2;
}
