/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads that were left to themselves, for what they run cannot be told to stop. */
#pragma once

#include <pthread.h>

#include <glib.h>

G_BEGIN_DECLS

/* Called by who leaves the thread. When the process ends before the thread has, the
 * thread is stopped where it is, so that it does not run on in a library that is being
 * taken down. */
void _umk_left_thread_add(pthread_t thread);

/* Called by the thread itself, last. */
void _umk_left_thread_ended(void);

G_END_DECLS
