/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durable appends at several batch sizes, and the time from opening a collection of a
 * million items to its first vector. Arguments: folder to work in (default: where
 * temporary files go), millions of items to open (default 1, of 64 dimensions). */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"

#include <glib/gstdio.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define N_DIMS 384

static void
remove_tree(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        if (g_file_test(child, G_FILE_TEST_IS_DIR))
            remove_tree(child);
        else
            g_unlink(child);
    }
    g_clear_pointer(&dir, g_dir_close);
    g_rmdir(path);
}

static UmkCollection *
create(const char *path, gsize n_dims)
{
    g_autoptr(UmkSpace) space = umk_space_new("bench", n_dims, UMK_METRIC_COSINE);
    g_autoptr(GError) error = NULL;
    UmkCollection *collection;

    umk_space_join(space, "bench", n_dims, NULL);
    collection = umk_collection_create(path, space, &error);
    if (collection == NULL ||
        !umk_collection_add_model(collection, "bench", "bench", n_dims, NULL, &error))
        g_error("%s", error->message);
    return collection;
}

static UmkMatrix *
random_batch(gsize n, gsize n_dims)
{
    float *values = g_new(float, n *n_dims);
    g_autoptr(GBytes) bytes = g_bytes_new_take(values, n * n_dims * sizeof *values);
    UmkRng rng;

    _umk_rng_init(&rng, n, 0);
    for (gsize i = 0; i < n * n_dims; i++)
        values[i] = (float) _umk_rng_uniform(&rng) - 0.5f;
    return umk_matrix_new_from_bytes(n, n_dims, bytes, NULL);
}

static UmkItems *
make_items(guint64 first, gsize n)
{
    UmkItems *items = umk_items_new();

    for (gsize i = 0; i < n; i++) {
        g_autofree char *id =
            g_strdup_printf("pictures/%06" G_GUINT64_FORMAT ".jpg", first + i);
        g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_IMAGE, id);

        umk_item_set_id(item, id);
        umk_item_set_caption(item, id);
        umk_items_append(items, item);
    }
    return items;
}

/* Seconds inside append and commit alone: making the items is the caller's time. */
static double
fill(UmkCollection *collection, gsize batch, gsize n_batches, gsize n_dims)
{
    g_autoptr(UmkMatrix) vectors = random_batch(batch, n_dims);
    g_autoptr(GError) error = NULL;
    gint64 used = 0;

    for (gsize i = 0; i < n_batches; i++) {
        g_autoptr(UmkItems) items = make_items(i * batch, batch);
        gint64 start = g_get_monotonic_time();

        if (!umk_collection_append(collection, "bench", items, vectors, &error) ||
            !umk_collection_commit(collection, &error))
            g_error("%s", error->message);
        used += g_get_monotonic_time() - start;
    }
    return (double) used / 1e6;
}

/* What the disk alone allows: the same bytes by pwrite and fdatasync, and one small sync
 * after each batch for the log of the database. */
static double
floor_seconds(const char *folder, gsize batch, gsize n_batches)
{
    g_autofree char *data = g_build_filename(folder, "floor", NULL);
    g_autofree char *log = g_build_filename(folder, "floor-log", NULL);
    const char *paths[] = {data, log};
    gsize size = batch * (N_DIMS * sizeof(float) + 32),
          log_size = 4096 * (1 + batch / 20);
    g_autofree char *bytes = g_malloc0(MAX(size, log_size));
    int fds[2];
    gint64 start;

    for (int i = 0; i < 2; i++)
        fds[i] = open(paths[i], O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fallocate(fds[0], 0, 0, (off_t) (size * n_batches)) < 0)
        g_error("cannot make room");
    memset(bytes, 85, MAX(size, log_size));
    start = g_get_monotonic_time();
    for (gsize i = 0; i < n_batches; i++)
        if (pwrite(fds[0], bytes, size, (off_t) (i * size)) < 0 ||
            fdatasync(fds[0]) < 0 ||
            pwrite(fds[1], bytes, log_size, (off_t) (i * log_size)) < 0 ||
            fdatasync(fds[1]) < 0)
            g_error("cannot write");
    start = g_get_monotonic_time() - start;
    for (int i = 0; i < 2; i++) {
        close(fds[i]);
        g_unlink(paths[i]);
    }
    return (double) start / 1e6;
}

static void
bench_append(const char *folder, gsize batch, gsize n_batches)
{
    g_autofree char *path = g_build_filename(folder, "append.ume", NULL);
    g_autoptr(UmkCollection) collection = create(path, N_DIMS);
    clock_t cpu = clock();
    double seconds = fill(collection, batch, n_batches, N_DIMS);
    double n = (double) (batch * n_batches);
    double cpu_us = (double) (clock() - cpu) / CLOCKS_PER_SEC * 1e6 / n;

    g_print("{\"bench\":\"store-append\",\"batch\":%" G_GSIZE_FORMAT
            ",\"dims\":%d,\"durable_vectors_per_s\":%.0f,\"disk_alone_per_s\":%.0f,"
            "\"cpu_us_per_vector\":%.2f}\n",
            batch, N_DIMS, n / seconds, n / floor_seconds(folder, batch, n_batches),
            cpu_us);
    g_clear_pointer(&collection, umk_collection_unref);
    remove_tree(path);
}

static void
bench_open(const char *folder, gsize n_items)
{
    g_autofree char *path = g_build_filename(folder, "open.ume", NULL);
    gsize n_dims = 64, batch = 20000;
    double best = 1e9, verify;
    gint64 start;
    UmkCollection *collection = create(path, n_dims);

    fill(collection, batch, n_items / batch, n_dims);
    umk_collection_unref(collection);
    for (guint turn = 0; turn < 5; turn++) {
        g_autoptr(UmkMatrix) vectors = NULL;
        volatile float first;

        start = g_get_monotonic_time();
        collection = umk_collection_open(path, UMK_OPEN_READ, NULL);
        vectors = umk_collection_get_vectors(collection, NULL, NULL, NULL);
        first = umk_matrix_get_row(vectors, n_items / 2, NULL)[0];
        best = MIN(best,
                   (double) (g_get_monotonic_time() - start) / 1e3 + 0 * (double) first);
        umk_collection_unref(collection);
    }
    collection = umk_collection_open(path, UMK_OPEN_READ, NULL);
    start = g_get_monotonic_time();
    g_strfreev(umk_collection_verify(collection, NULL, NULL, NULL, NULL));
    verify = (double) (g_get_monotonic_time() - start) / 1e6;
    umk_collection_unref(collection);
    g_print("{\"bench\":\"store-open\",\"items\":%" G_GSIZE_FORMAT
            ",\"dims\":%" G_GSIZE_FORMAT
            ",\"open_to_first_vector_ms\":%.2f,\"verify_s\":%.2f}\n",
            n_items, n_dims, best, verify);
    remove_tree(path);
}

int
main(int argc, char **argv)
{
    g_autofree char *pattern =
        g_build_filename(argc > 1 ? argv[1] : g_get_tmp_dir(), "umk-bench-XXXXXX", NULL);
    const char *folder = g_mkdtemp(pattern);
    gsize millions = argc > 2 ? (gsize) atoi(argv[2]) : 1;

    if (folder == NULL)
        g_error("cannot make a folder");
    bench_append(folder, 1, 200);
    bench_append(folder, 100, 100);
    bench_append(folder, 1000, 100);
    bench_append(folder, 10000, 10);
    if (millions > 0)
        bench_open(folder, millions * 1000000);
    g_rmdir(folder);
    return 0;
}
