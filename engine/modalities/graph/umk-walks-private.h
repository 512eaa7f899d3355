/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Second-order random walks (node2vec) over a UmkGraph. A walker is immutable and may be
 * used by many threads; walk i is a function of graph, params and i alone. */
#pragma once

#include "io/umk-graph-private.h"

G_BEGIN_DECLS

#define UMK_WALK_END G_MAXUINT32 /* fills the rest of a walk that met a dead end */

typedef struct {
    double return_p;
    double in_out_q;
    guint walk_length;
    guint n_walks; /* from each node */
    guint64 seed;
} UmkWalkParams;

typedef struct _UmkWalker UmkWalker;

/* Needs 8 bytes an arc for a weighted graph and nothing for any other. */
UmkWalker *_umk_walker_new(UmkGraph *graph, const UmkWalkParams *params, GError **error);
void _umk_walker_free(UmkWalker *self);
guint64 _umk_walker_get_n_walks(const UmkWalker *self);
/* Writes walks first .. first+count-1 to out (count, walk_length), in this thread. */
void _umk_walker_fill(const UmkWalker *self, guint64 first, gsize count, guint32 *out);
/* The same on the engine's pool. */
void _umk_walker_fill_parallel(const UmkWalker *self,
                               guint64 first,
                               gsize count,
                               guint32 *out);
/* A digest of all walks that does not depend on who walked when; for tests. */
guint64 _umk_walker_hash(const UmkWalker *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkWalker, _umk_walker_free)

G_END_DECLS
