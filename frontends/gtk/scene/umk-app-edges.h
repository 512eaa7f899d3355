/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The edges of the graphs of a collection, from each node's side. Immutable, shared by
 * reference; read by a job. */
#pragma once

#include "umk-app-job.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

typedef struct {
    gatomicrefcount references;
    gsize n_rows;
    guint32 *offsets; /* n_rows + 1 */
    guint32 *targets; /* rows, ascending at each node */
} UmkAppEdges;

/* Result: UmkAppEdges. */
UmkAppJob *umk_app_edges_find(UmkAppSource *source, UmkAppJobDone done, GObject *owner);
UmkAppEdges *umk_app_edges_new(gsize n_rows, GBytes *pairs);
UmkAppEdges *umk_app_edges_ref(UmkAppEdges *self);
void umk_app_edges_unref(UmkAppEdges *self);
/* The other ends; transfer none. */
const guint32 *umk_app_edges_at(const UmkAppEdges *self, guint32 row, gsize *n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppEdges, umk_app_edges_unref)

G_END_DECLS
