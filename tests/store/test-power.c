/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Power cuts, simulated for vector files: at a random system call the machine stops, and
 * of what was written since the last sync of a file each 512-byte sector is kept, lost or
 * turned to noise. Killing a process cannot show a missing sync, for the page cache
 * survives it; this can. SQLite's own files are taken at its word.
 * UMEKOMI_POWER_CUTS sets how many cuts (60). */
#include "oracle.h"

#include "core/umk-rng-private.h"
#include "store/umk-collection-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define SECTOR 512

/* What a write covered, before it did. */
typedef struct {
    char *path;
    off_t at;
    size_t length;
    guint8 *old;
} Write;

static GArray *unsynced; /* Write, oldest first */
static guint calls_left; /* 0: the power is off */
static UmkRng rng;

static gboolean
power_is_off(void)
{
    if (calls_left > 0)
        calls_left--;
    errno = EIO;
    return calls_left == 0;
}

static char *
path_of(int fd)
{
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);

    return g_file_read_link(link, NULL);
}

static ssize_t
logged_pwrite(int fd, const void *data, size_t length, off_t at)
{
    Write write = {.path = path_of(fd), .at = at, .length = length};

    if (power_is_off()) {
        g_free(write.path);
        errno = EIO;
        return -1;
    }
    write.old = g_malloc0(length);
    if (pread(fd, write.old, length, at) < 0)
        g_error("cannot read what will be written over");
    g_array_append_val(unsynced, write);
    return pwrite(fd, data, length, at);
}

static int
logged_sync(int fd)
{
    g_autofree char *path = path_of(fd);

    if (power_is_off())
        return -1;
    for (guint i = unsynced->len; i-- > 0;) {
        Write *write = &g_array_index(unsynced, Write, i);

        if (g_strcmp0(write->path, path) != 0)
            continue;
        g_free(write->path);
        g_free(write->old);
        g_array_remove_index(unsynced, i);
    }
    return 0;
}

static int
logged_grow(int fd, off_t from, off_t length)
{
    return power_is_off() ? -1 : fallocate(fd, 0, from, length);
}

static int
start_nothing(int fd, off_t from, off_t length)
{
    return 0;
}

static int
logged_truncate(int fd, off_t length)
{
    return power_is_off() ? -1 : ftruncate(fd, length);
}

static const UmkFileOps logged_ops = {
    .pwrite = logged_pwrite,
    .fdatasync = logged_sync,
    .fsync = logged_sync,
    .grow = logged_grow,
    .start = start_nothing,
    .ftruncate = logged_truncate,
};

static void
lose_sectors(const Write *write)
{
    int fd = open(write->path, O_RDWR);
    guint8 noise[SECTOR];

    /* A file that is gone had nothing committed in it. */
    if (fd < 0)
        return;
    for (size_t done = 0; done < write->length;) {
        off_t at = write->at + (off_t) done;
        size_t n = MIN(SECTOR - (size_t) (at % SECTOR), write->length - done);
        guint64 fate = _umk_rng_below(&rng, 3);

        for (size_t i = 0; i < n; i++)
            noise[i] = (guint8) _umk_rng_next_u64(&rng);
        if (fate > 0 && pwrite(fd, fate == 1 ? write->old + done : noise, n, at) < 0)
            g_error("cannot damage %s", write->path);
        done += n;
    }
    close(fd);
}

static void
lose_unsynced(void)
{
    while (unsynced->len > 0) {
        Write *write = &g_array_index(unsynced, Write, unsynced->len - 1);

        lose_sectors(write);
        g_free(write->path);
        g_free(write->old);
        g_array_set_size(unsynced, unsynced->len - 1);
    }
}

/* Returns the last batch whose commit succeeded. */
static guint64
work_until_dark(const char *path, guint *n_lost)
{
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(GError) error = NULL;
    guint64 batch;

    calls_left = 1 + (guint) _umk_rng_below(&rng, 40);
    collection = _umk_collection_open_with(path, UMK_OPEN_WRITE, &logged_ops, &error);
    g_assert_no_error(error);
    for (batch = umk_collection_get_sequence(collection);
         oracle_run_batch(collection, batch + 1, &error);)
        batch++;
    g_assert_nonnull(error);
    *n_lost += unsynced->len;
    g_clear_pointer(&collection, umk_collection_unref);
    lose_unsynced();
    return batch;
}

static void
test_power(void)
{
    const char *asked = g_getenv("UMEKOMI_POWER_CUTS");
    guint n_cuts = asked != NULL ? (guint) atoi(asked) : 60, n_lost = 0;
    g_autofree char *folder = g_dir_make_tmp("umekomi-power-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "power.ume", NULL);
    g_autofree char *command = g_strdup_printf("rm -r '%s'", folder);
    g_autofree Oracle *oracle = g_new0(Oracle, 1);

    unsynced = g_array_new(FALSE, FALSE, sizeof(Write));
    _umk_rng_init(&rng, 7, 0);
    oracle_create(path);
    oracle->played = 1;
    for (guint i = 0; i < n_cuts; i++) {
        guint64 done = work_until_dark(path, &n_lost);
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkCollection) collection =
            umk_collection_open(path, UMK_OPEN_READ, &error);

        g_assert_no_error(error);
        g_assert_cmpuint(umk_collection_get_sequence(collection), ==, done);
        oracle_assert_equals(oracle, collection, done);
    }
    g_test_message("%u cuts, %u unsynced writes damaged, %" G_GUINT64_FORMAT " batches",
                   n_cuts, n_lost, oracle->played);
    g_assert_cmpuint(oracle->played, >, n_cuts);
    g_array_unref(unsynced);
    g_assert_cmpint(system(command), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/power", test_power);
    return g_test_run();
}
