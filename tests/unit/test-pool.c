/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/umk-pool-private.h"

#include <stdatomic.h>

typedef struct {
    atomic_uint visits[1000];
    atomic_uint calls;
    guint max_workers;
} Seen;

static void
visit(gsize begin, gsize end, guint worker, gpointer data)
{
    Seen *seen = data;

    g_assert_cmpuint(worker, <, seen->max_workers);
    atomic_fetch_add(&seen->calls, 1);
    for (gsize i = begin; i < end; i++)
        atomic_fetch_add(&seen->visits[i], 1);
}

static void
test_each_once(void)
{
    for (guint n_threads = 1; n_threads <= 4; n_threads++) {
        umk_set_n_threads(n_threads);
        for (guint round = 0; round < 200; round++) {
            Seen seen = {.max_workers = n_threads};

            _umk_parallel_for(1000, 7, visit, &seen);
            g_assert_cmpuint(atomic_load(&seen.calls), ==, 143);
            for (guint i = 0; i < 1000; i++)
                g_assert_cmpuint(atomic_load(&seen.visits[i]), ==, 1);
        }
    }
}

static void
nest(gsize begin, gsize end, guint worker, gpointer data)
{
    for (gsize i = begin; i < end; i++)
        _umk_parallel_for(1000, 100, visit, data);
}

static void
test_nested(void)
{
    Seen seen = {.max_workers = 4};

    umk_set_n_threads(4);
    _umk_parallel_for(20, 1, nest, &seen);
    g_assert_cmpuint(atomic_load(&seen.visits[999]), ==, 20);
    _umk_parallel_for(0, 1, nest, &seen);
}

static gpointer
second_caller(gpointer data)
{
    for (guint round = 0; round < 200; round++) {
        Seen seen = {.max_workers = 4};

        _umk_parallel_for(1000, 10, visit, &seen);
        g_assert_cmpuint(atomic_load(&seen.visits[500]), ==, 1);
    }
    return NULL;
}

static void
test_two_callers(void)
{
    GThread *thread;

    umk_set_n_threads(4);
    thread = g_thread_new("second", second_caller, NULL);
    second_caller(NULL);
    g_thread_join(thread);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/each-once", test_each_once);
    g_test_add_func("/pool/nested", test_nested);
    g_test_add_func("/pool/two-callers", test_two_callers);
    return g_test_run();
}
