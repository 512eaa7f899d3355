/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to a large collection: the first answer after everything was dropped from the
 * page cache, and answers under conditions of every width.
 * usage: bench-question FOLDER [N_ITEMS N_DIMS]
 * Makes FOLDER/question.ume (and its graph, which takes minutes) where it is not there.
 */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCH      10000
#define N_CLUSTERS 1000
#define N_LATENT   32
#define REPEATS    15

static gsize n_items = 1000000, n_dims = 128;

static void
check(gboolean ok, GError *error)
{
    if (ok)
        return;
    fprintf(stderr, "%s\n", error != NULL ? error->message : "failed");
    exit(1);
}

/* Clusters in few directions, as embeddings have. */
static void
make_rows(guint64 first, gsize n, float *out)
{
    static float *map;
    float latent[N_LATENT];
    UmkRng rng;

    if (map == NULL) {
        map = g_new(float, N_LATENT *n_dims);
        _umk_rng_init(&rng, 42, 0);
        for (gsize i = 0; i < N_LATENT * n_dims; i++)
            map[i] = (float) _umk_rng_normal(&rng);
    }
    for (gsize i = 0; i < n; i++) {
        _umk_rng_init(&rng, 43, (first + i) % N_CLUSTERS);
        for (guint l = 0; l < N_LATENT; l++)
            latent[l] = (float) (_umk_rng_normal(&rng) / sqrt(1 + l));
        _umk_rng_init(&rng, 44, first + i);
        for (guint l = 0; l < N_LATENT; l++)
            latent[l] += (float) (0.6 * _umk_rng_normal(&rng) / sqrt(1 + l));
        for (gsize j = 0; j < n_dims; j++) {
            out[i * n_dims + j] = (float) (0.1 * _umk_rng_normal(&rng));
            for (guint l = 0; l < N_LATENT; l++)
                out[i * n_dims + j] += latent[l] * map[l * n_dims + j];
        }
    }
}

static void
add_batch(UmkCollection *collection, gsize first, gsize n, float *values)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) vectors = NULL;
    GError *error = NULL;

    make_rows(first, n, values);
    for (gsize i = 0; i < n; i++) {
        g_autofree char *id = g_strdup_printf("item %zu", first + i);
        g_autofree char *part = g_strdup_printf("%zu", (first + i) % 10000);
        g_autoptr(UmkItem) item = umk_item_new_for_text(id);

        umk_item_set_id(item, id);
        umk_item_set_field(item, "part", part);
        umk_items_append(items, item);
    }
    vectors = umk_matrix_new_from_data(n, n_dims, values, NULL);
    check(umk_collection_append(collection, "m", items, vectors, &error) &&
              umk_collection_commit(collection, &error),
          error);
}

static void
make_collection(const char *path)
{
    g_autoptr(UmkSpace) space = umk_space_new("s", n_dims, UMK_METRIC_COSINE);
    g_autofree float *values = g_new(float, BATCH *n_dims);
    g_autoptr(UmkCollection) collection = NULL;
    GError *error = NULL;
    gint64 start = g_get_monotonic_time();

    check(umk_space_join(space, "f", n_dims, &error), error);
    collection = umk_collection_create(path, space, &error);
    check(collection != NULL, error);
    check(umk_collection_add_model(collection, "m", "f", n_dims, NULL, &error), error);
    for (gsize first = 0; first < n_items; first += BATCH)
        add_batch(collection, first, MIN(BATCH, n_items - first), values);
    fprintf(stderr, "%zu items in %.1f s\n", n_items,
            (double) (g_get_monotonic_time() - start) / 1e6);
    start = g_get_monotonic_time();
    check(umk_collection_build_index(collection, NULL, NULL, NULL, &error), error);
    fprintf(stderr, "graph in %.1f s\n", (double) (g_get_monotonic_time() - start) / 1e6);
}

static void
forget_file(const char *path)
{
    int fd = open(path, O_RDONLY);

    if (fd < 0)
        return;
    fdatasync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
}

static void
forget(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            forget(path);
        else
            forget_file(path);
    }
    g_clear_pointer(&dir, g_dir_close);
}

/* Milliseconds from opening to the first hit's id. */
static double
ask_first(const char *path, guint number)
{
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkSearch) search = NULL;
    g_autoptr(UmkMatrix) query = NULL;
    g_autoptr(UmkHits) hits = NULL;
    g_autofree float *values = g_new(float, n_dims);
    g_autofree char *id = NULL;
    GError *error = NULL;
    gint64 start;

    make_rows(5000000 + number, 1, values);
    query = umk_matrix_new_from_data(1, n_dims, values, NULL);
    start = g_get_monotonic_time();
    collection = umk_collection_open(path, UMK_OPEN_READ, &error);
    check(collection != NULL, error);
    search = umk_search_new(collection);
    umk_search_set_vectors(search, query);
    hits = umk_search_run(search, 10, NULL, NULL, NULL, &error);
    check(hits != NULL, error);
    id = umk_collection_dup_id(collection, umk_hits_get(hits, 0, 0, NULL));
    check(id != NULL, NULL);
    return (double) (g_get_monotonic_time() - start) / 1e3;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return x < y ? -1 : x > y;
}

/* So that what the next asks for is in memory. */
static void
ask_beside(const char *path, guint number)
{
    if (fork() == 0) {
        ask_first(path, number);
        _exit(0);
    }
    wait(NULL);
}

/* In a process of its own each time, so that nothing stays mapped. */
static void
measure_first(const char *path, gboolean cold)
{
    double times[REPEATS];

    for (guint i = 0; i < REPEATS; i++) {
        int ends[2];

        if (cold)
            forget(path);
        else
            ask_beside(path, i);
        check(pipe(ends) == 0, NULL);
        if (fork() == 0) {
            double time = ask_first(path, i);

            _exit(write(ends[1], &time, sizeof time) != sizeof time);
        }
        check(read(ends[0], &times[i], sizeof times[i]) == sizeof times[i], NULL);
        close(ends[0]);
        close(ends[1]);
        wait(NULL);
    }
    qsort(times, REPEATS, sizeof *times, compare);
    printf("{\"bench\":\"first-answer\",\"items\":%zu,\"dims\":%zu,\"cold\":%s,"
           "\"median_ms\":%.2f,\"min_ms\":%.2f,\"max_ms\":%.2f}\n",
           n_items, n_dims, cold ? "true" : "false", times[REPEATS / 2], times[0],
           times[REPEATS - 1]);
}

/* Warm, the collection open: condition and search in one. */
static void
measure_filtered(const char *path)
{
    static const char *const conditions[] = {NULL,         "part < 5000", "part < 1000",
                                             "part < 100", "part < 1",    "part < 0"};
    g_autoptr(UmkCollection) collection = umk_collection_open(path, UMK_OPEN_READ, NULL);
    g_autofree float *values = g_new(float, n_dims);

    for (gsize c = 0; c < G_N_ELEMENTS(conditions); c++) {
        g_autoptr(UmkFilter) filter =
            conditions[c] ? umk_filter_new(conditions[c], NULL) : NULL;
        g_autoptr(UmkSearch) search = umk_search_new(collection);
        g_autofree char *plan = NULL;
        double times[5];
        guint n_hits = 0;

        umk_search_set_filter(search, filter);
        for (guint i = 0; i < G_N_ELEMENTS(times); i++) {
            g_autoptr(UmkMatrix) query = NULL;
            g_autoptr(UmkHits) hits = NULL;
            gint64 start;

            make_rows(6000000 + i, 1, values);
            query = umk_matrix_new_from_data(1, n_dims, values, NULL);
            umk_search_set_vectors(search, query);
            start = g_get_monotonic_time();
            hits = umk_search_run(search, 10, NULL, NULL, NULL, NULL);
            times[i] = (double) (g_get_monotonic_time() - start) / 1e3;
            n_hits = umk_hits_get_n_hits(hits, 0);
        }
        qsort(times, G_N_ELEMENTS(times), sizeof *times, compare);
        plan = umk_search_dup_plan(search);
        printf("{\"bench\":\"where\",\"items\":%zu,\"condition\":\"%s\",\"hits\":%u,"
               "\"median_ms\":%.2f,\"plan\":\"%s\"}\n",
               n_items, conditions[c] ? conditions[c] : "", n_hits, times[2], plan);
    }
}

int
main(int argc, char **argv)
{
    g_autofree char *path = NULL;

    if (argc < 2) {
        fprintf(stderr, "usage: bench-question FOLDER [N_ITEMS N_DIMS]\n");
        return 2;
    }
    if (argc > 3) {
        n_items = (gsize) atol(argv[2]);
        n_dims = (gsize) atol(argv[3]);
    }
    path = g_build_filename(argv[1], "question.ume", NULL);
    if (!umk_collection_probe(path)) {
        int status = 1;

        /* Made by another process: a thread pool does not survive a fork. */
        if (fork() == 0) {
            make_collection(path);
            _exit(0);
        }
        wait(&status);
        check(status == 0, NULL);
    }
    measure_first(path, TRUE);
    measure_first(path, FALSE);
    measure_filtered(path);
    return 0;
}
