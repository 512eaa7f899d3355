/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache of vectors: what is put in comes out to the bit, and whatever is done to its
 * file, the answer is a miss and never an error. */
#include <umekomi/umekomi.h>

#include <glib/gstdio.h>

#include <string.h>

#include "store/umk-vector-cache-private.h"

#define D 64

static char *folder, *path;

static UmkVectorCache *
open_cache(guint64 size)
{
    GError *error = NULL;
    UmkVectorCache *cache = umk_vector_cache_open(path, size, &error);

    g_assert_no_error(error);
    return cache;
}

static void
make(guint n, guint8 *key, float *vector)
{
    memset(key, 0, UMK_VECTOR_CACHE_KEY);
    memcpy(key, &n, sizeof n);
    for (guint i = 0; i < D; i++)
        vector[i] = (float) n + (float) i / D;
}

static void
put(UmkVectorCache *cache, guint from, guint to)
{
    guint8 key[UMK_VECTOR_CACHE_KEY];
    float vector[D];

    _umk_vector_cache_begin(cache);
    for (guint n = from; n < to; n++) {
        make(n, key, vector);
        _umk_vector_cache_put(cache, key, D, vector);
    }
    _umk_vector_cache_end(cache);
}

/* How many of them are there; those that are have the right bits. */
static guint
count(UmkVectorCache *cache, guint from, guint to)
{
    guint8 key[UMK_VECTOR_CACHE_KEY];
    float vector[D], found[D];
    guint hits = 0;

    for (guint n = from; n < to; n++) {
        make(n, key, vector);
        if (!_umk_vector_cache_get(cache, key, D, found))
            continue;
        g_assert_cmpmem(vector, sizeof vector, found, sizeof found);
        hits++;
    }
    return hits;
}

static void
remove_files(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};

    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *file = g_strconcat(path, ends[i], NULL);

        g_unlink(file);
    }
}

static void
test_keeps(void)
{
    UmkVectorCache *cache = open_cache(0);
    guint8 key[UMK_VECTOR_CACHE_KEY];
    float vector[D];

    put(cache, 0, 10);
    g_assert_cmpuint(count(cache, 0, 20), ==, 10);
    umk_vector_cache_unref(cache);
    cache = open_cache(0);
    g_assert_cmpuint(count(cache, 0, 20), ==, 10);
    make(3, key, vector);
    g_assert_false(_umk_vector_cache_get(cache, key, D - 1, vector));
    umk_vector_cache_unref(cache);
    remove_files();
}

static void
test_two_at_once(void)
{
    UmkVectorCache *a = open_cache(0), *b = open_cache(0);

    for (guint i = 0; i < 20; i++) {
        put(a, 2 * i, 2 * i + 1);
        put(b, 2 * i + 1, 2 * i + 2);
    }
    g_assert_cmpuint(count(a, 0, 40), ==, 40);
    g_assert_cmpuint(count(b, 0, 40), ==, 40);
    umk_vector_cache_unref(a);
    umk_vector_cache_unref(b);
    remove_files();
}

static void
test_limit(void)
{
    const guint64 most = 256 << 10;
    UmkVectorCache *cache = open_cache(most);
    GStatBuf info;

    for (guint i = 0; i < 40; i++)
        put(cache, 100 * i, 100 * (i + 1));
    g_assert_cmpuint(count(cache, 3990, 4000), ==, 10); /* the newest stay */
    g_assert_cmpuint(count(cache, 0, 100), ==, 0);
    g_assert_cmpuint(count(cache, 0, 4000), >, 200);
    umk_vector_cache_unref(cache);
    g_assert_cmpint(g_stat(path, &info), ==, 0);
    g_assert_cmpuint((guint64) info.st_size, <=, most + (64 << 10));
    remove_files();
}

/* The file with length bytes at offset overwritten, or cut there (length 0). */
static void
damage(gsize offset, gsize length)
{
    g_autofree char *data = NULL;
    gsize size;

    g_assert_true(g_file_get_contents(path, &data, &size, NULL));
    offset = MIN(offset, size);
    for (gsize i = offset; i < MIN(offset + length, size); i++)
        data[i] = (char) (data[i] ^ (0x35 + (int) i));
    g_assert_true(
        g_file_set_contents(path, data, (gssize) (length > 0 ? size : offset), NULL));
}

static void
test_damage(void)
{
    static const struct {
        gsize offset, length;
    } cases[] = {{0, 16},      {0, 0},       {50, 0},        {100, 400},
                 {5000, 3000}, {5000, 0},    {20000, 20000}, {0, 1 << 20},
                 {60, 4},      {40000, 200}, {30000, 1}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        UmkVectorCache *cache = open_cache(0);
        guint hits;

        put(cache, 0, 200);
        umk_vector_cache_unref(cache);
        damage(cases[i].offset, cases[i].length);
        cache = open_cache(0);
        hits = count(cache, 0, 200); /* checks the bits of those that are left */
        g_test_message("damage %zu: %u of 200 left", i, hits);
        put(cache, 0, 200);
        umk_vector_cache_unref(cache);
        cache = open_cache(0);
        g_assert_cmpuint(count(cache, 0, 200), ==, 200);
        umk_vector_cache_unref(cache);
        remove_files();
    }
}

/* A row whose numbers changed behind its checksum is a miss. */
static void
test_checksum(void)
{
    UmkVectorCache *cache = open_cache(0);
    g_autofree char *data = NULL;
    guint8 key[UMK_VECTOR_CACHE_KEY];
    float vector[D];
    gsize size;
    char *at;

    put(cache, 7, 8);
    umk_vector_cache_unref(cache);
    make(7, key, vector);
    g_assert_true(g_file_get_contents(path, &data, &size, NULL));
    at = memmem(data, size, vector, sizeof vector);
    g_assert_nonnull(at);
    at[20] ^= 1;
    g_assert_true(g_file_set_contents(path, data, (gssize) size, NULL));
    cache = open_cache(0);
    g_assert_cmpuint(count(cache, 7, 8), ==, 0);
    umk_vector_cache_unref(cache);
    remove_files();
}

static void
test_nowhere(void)
{
    g_autofree char *file = g_build_filename(folder, "a file", NULL);
    g_autofree char *below = g_build_filename(file, "cache", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(file, "", 0, NULL));
    g_assert_null(umk_vector_cache_open(below, 0, &error));
    g_assert_nonnull(error);
    g_unlink(file);
}

int
main(int argc, char **argv)
{
    int code;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("umekomi-cache-XXXXXX", NULL);
    path = g_build_filename(folder, "vectors.sqlite", NULL);
    g_test_add_func("/vector-cache/keeps", test_keeps);
    g_test_add_func("/vector-cache/two-at-once", test_two_at_once);
    g_test_add_func("/vector-cache/limit", test_limit);
    g_test_add_func("/vector-cache/damage", test_damage);
    g_test_add_func("/vector-cache/checksum", test_checksum);
    g_test_add_func("/vector-cache/nowhere", test_nowhere);
    code = g_test_run();
    g_rmdir(folder);
    g_free(folder);
    g_free(path);
    return code;
}
