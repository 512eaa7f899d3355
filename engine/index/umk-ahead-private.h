/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks the system for parts of a mapped file before they are touched. A walk knows all
 * the nodes it is going to look at next; touched one by one in a file that is not in
 * memory, each would be waited for alone, asked for together they come together. Every
 * part is asked for once. */
#pragma once

#include <umekomi/umk-types.h>

#include <stdatomic.h>

G_BEGIN_DECLS

#define UMK_AHEAD_SHIFT 13 /* parts of 8 KiB */

typedef struct {
    const guint8 *base; /* begins a page */
    gsize size;
    atomic_uchar *asked; /* (size >> UMK_AHEAD_SHIFT, and one) */
    atomic_uint n_asked; /* how often anything was */
    atomic_uint settled; /* what that was when a walk ended that asked for nothing */
} UmkAhead;

/* NULL when there is no memory for it, or nothing to be asked for. */
UmkAhead *_umk_ahead_new(gconstpointer data, gsize size);
void _umk_ahead_free(UmkAhead *self);
/* Those of the parts first ... last that nobody has asked for, in one go where they lie
 * together. */
void _umk_ahead_ask(UmkAhead *self, gsize first, gsize last);

/* Callable from several threads; from and n lie in the data, n > 0. */
static inline void
_umk_ahead(UmkAhead *self, gconstpointer from, gsize n)
{
    gsize at, last;

    if (self == NULL)
        return;
    at = (gsize) ((const guint8 *) from - self->base);
    last = (at + n - 1) >> UMK_AHEAD_SHIFT;
    for (gsize part = at >> UMK_AHEAD_SHIFT; part <= last; part++)
        if (!atomic_load_explicit(self->asked + part, memory_order_relaxed)) {
            _umk_ahead_ask(self, part, last);
            return;
        }
}

static inline guint
_umk_ahead_n_asked(UmkAhead *self)
{
    return self != NULL ? atomic_load_explicit(&self->n_asked, memory_order_relaxed) : 0;
}

/* Whether it pays to look far ahead: not where walks find everything in memory. */
static inline gboolean
_umk_ahead_is_busy(UmkAhead *self)
{
    return self != NULL && _umk_ahead_n_asked(self) !=
                               atomic_load_explicit(&self->settled, memory_order_relaxed);
}

/* A walk ends that began when n_asked was this. */
static inline void
_umk_ahead_settle(UmkAhead *self, guint n_asked)
{
    if (self != NULL && _umk_ahead_n_asked(self) == n_asked)
        atomic_store_explicit(&self->settled, n_asked, memory_order_relaxed);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAhead, _umk_ahead_free)

G_END_DECLS
