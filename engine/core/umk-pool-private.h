/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's one thread pool. Chunks are cut by n and chunk alone, never by the number
 * of threads, so work that writes per chunk gives the same result on 1 or N threads. */
#pragma once

#include <umekomi/umk-types.h>

/* worker is 0 .. _umk_pool_n_threads() - 1 and unique among the chunks that run at once.
 */
typedef void (*UmkPoolFunc)(gsize begin, gsize end, guint worker, gpointer data);

guint _umk_pool_n_threads(void);
/* How many threads a loop begun here would run on: 1 inside another loop. */
guint _umk_pool_n_idle(void);
void _umk_parallel_for(gsize n, gsize chunk, UmkPoolFunc func, gpointer data);
