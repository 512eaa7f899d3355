/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replays the seeds of one fuzz target: each as it is, cut off at many places, and with
 * bytes changed by a fixed sequence. The target must neither crash nor read out of
 * bounds; run under a sanitizer or valgrind this is a small fuzzer without clang. */
#include "core/umk-rng-private.h"

#include <glib.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define N_CUTS  64
#define N_FLIPS 200

/* A copy on the heap of just that size, so that a read past the end is seen. */
static void
feed(const guint8 *data, gsize size)
{
    g_autofree guint8 *copy = g_malloc(size ? size : 1);

    if (size > 0)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
}

static void
replay(const char *path)
{
    g_autofree char *text = NULL;
    g_autofree guint8 *data = NULL;
    UmkRng rng;
    gsize size;

    g_assert_true(g_file_get_contents(path, &text, &size, NULL));
    data = (guint8 *) g_memdup2(text, size);
    feed(data, size);
    for (gsize i = 0; i < N_CUTS; i++)
        feed(data, size * i / N_CUTS);
    _umk_rng_init(&rng, size, 0);
    for (gsize i = 0; i < N_FLIPS && size > 0; i++) {
        guint n_changes = 1 + (guint) _umk_rng_below(&rng, 4);

        memcpy(data, text, size);
        for (guint j = 0; j < n_changes; j++) {
            /* The start of a file holds its lengths and types: visit it more often. */
            gsize range = _umk_rng_below(&rng, 2) ? size : MIN(size, 64);

            data[_umk_rng_below(&rng, range)] = (guint8) _umk_rng_next_u64(&rng);
        }
        feed(data, size);
    }
}

int
main(int argc, char **argv)
{
    g_autoptr(GDir) dir = argc > 1 ? g_dir_open(argv[1], 0, NULL) : NULL;
    const char *name;
    guint n_seeds = 0;

    if (dir == NULL) {
        fprintf(stderr, "usage: %s FOLDER-OF-SEEDS\n", argv[0]);
        return 2;
    }
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(argv[1], name, NULL);

        if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
            continue;
        replay(path);
        n_seeds++;
    }
    printf("%u seeds, %d variants each\n", n_seeds, 1 + N_CUTS + N_FLIPS);
    return n_seeds > 0 ? 0 : 1;
}
