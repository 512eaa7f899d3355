/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking for parts of a mapped file ahead; what for is told in the header. Where a system
 * cannot be asked, parts come when they are touched. */
#include "index/umk-ahead-private.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

UmkAhead *
_umk_ahead_new(gconstpointer data, gsize size)
{
    gsize page = (gsize) sysconf(_SC_PAGESIZE), before = (gsize) data % page;
    UmkAhead *self;

    if (size == 0)
        return NULL;
    self = g_new0(UmkAhead, 1);
    self->base = (const guint8 *) data - before;
    self->size = size + before;
    self->settled = G_MAXUINT;
    self->asked = calloc((self->size >> UMK_AHEAD_SHIFT) + 1, sizeof *self->asked);
    if (self->asked == NULL)
        g_clear_pointer(&self, g_free);
    return self;
}

void
_umk_ahead_free(UmkAhead *self)
{
    if (self == NULL)
        return;
    free(self->asked);
    g_free(self);
}

/* The parts first ... end - 1. */
static void
ask(UmkAhead *self, gsize first, gsize end)
{
    gsize from = first << UMK_AHEAD_SHIFT, to = MIN(end << UMK_AHEAD_SHIFT, self->size);

    if (from >= to)
        return;
    atomic_fetch_add_explicit(&self->n_asked, 1, memory_order_relaxed);
#ifdef MADV_WILLNEED
    madvise((gpointer) (self->base + from), to - from, MADV_WILLNEED);
#endif
}

void
_umk_ahead_ask(UmkAhead *self, gsize first, gsize last)
{
    gsize from = first;

    for (gsize part = first; part <= last; part++)
        if (atomic_exchange_explicit(self->asked + part, 1, memory_order_relaxed)) {
            ask(self, from, part);
            from = part + 1;
        }
    ask(self, from, last + 1);
}
