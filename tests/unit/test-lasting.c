/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that lasts: whole, zero, apart, from any thread, given back in any order. */
#include <glib.h>

#include <string.h>

#include "core/umk-alloc-private.h"
#include "core/umk-lasting-private.h"

#define N 120

static gsize
size_of(guint i)
{
    static const gsize sizes[] = {1, 64, 4000, 590000, 2 << 20, 9437184, 80u << 20};

    return sizes[i % 59 == 0 ? 6 : i % 17 == 0 ? 5 : i % 5];
}

/* Fills each piece, its last byte too, and looks whether another one wrote there. */
static gpointer
use(gpointer seed)
{
    guint8 *pieces[N] = {NULL};
    g_autoptr(GRand) rand = g_rand_new_with_seed(GPOINTER_TO_UINT(seed));
    gboolean good = TRUE;

    for (guint turn = 0; turn < 4 * N; turn++) {
        guint i = (guint) g_rand_int_range(rand, 0, N);
        gsize size = size_of(i);

        if (pieces[i] != NULL) {
            good &= pieces[i][0] == (guint8) i && pieces[i][size - 1] == (guint8) i;
            _umk_free_lasting(g_steal_pointer(&pieces[i]));
            continue;
        }
        pieces[i] = _umk_lasting_take(size);
        good &= pieces[i] != NULL && (gsize) pieces[i] % UMK_ALIGN == 0 &&
                pieces[i][0] == 0 && pieces[i][size / 2] == 0 && pieces[i][size - 1] == 0;
        memset(pieces[i], (int) (guint8) i, MIN(size, 4096));
        pieces[i][size - 1] = (guint8) i;
    }
    for (guint i = 0; i < N; i++)
        _umk_free_lasting(pieces[i]);
    return GINT_TO_POINTER(good);
}

static void
test_pieces(void)
{
    g_assert_true(GPOINTER_TO_INT(use(GUINT_TO_POINTER(1))));
}

static void
test_threads(void)
{
    GThread *threads[4];

    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("use", use, GUINT_TO_POINTER(i + 2));
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        g_assert_true(GPOINTER_TO_INT(g_thread_join(threads[i])));
}

static void
test_too_large(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(_umk_lasting_take(G_MAXSIZE));
    g_assert_null(_umk_lasting_take(G_MAXSIZE / 2));
    g_assert_null(_umk_alloc_lasting(G_MAXSIZE / 8, 16, "A test", &error));
    g_assert_nonnull(error);
    _umk_free_lasting(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lasting/pieces", test_pieces);
    g_test_add_func("/lasting/threads", test_threads);
    g_test_add_func("/lasting/too-large", test_too_large);
    return g_test_run();
}
