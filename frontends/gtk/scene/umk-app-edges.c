/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sorts the engine's pairs by both ends. */
#include "umk-app-edges.h"

#include <glib/gi18n.h>

UmkAppEdges *
umk_app_edges_ref(UmkAppEdges *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_edges_unref(UmkAppEdges *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references))
        return;
    g_free(self->offsets);
    g_free(self->targets);
    g_free(self);
}

/* pairs: guint32, ascending; what is beyond n_rows is left out. Going through them once
 * for the lower ends and once for the higher keeps the targets of a node in order. */
UmkAppEdges *
umk_app_edges_new(gsize n_rows, GBytes *pairs)
{
    UmkAppEdges *self = g_new0(UmkAppEdges, 1);
    gsize size, n;
    const guint32 *pair = g_bytes_get_data(pairs, &size);
    g_autofree guint32 *next = NULL;

    n = size / (2 * sizeof(guint32));
    g_atomic_ref_count_init(&self->references);
    self->n_rows = n_rows;
    self->offsets = g_new0(guint32, n_rows + 2);
    self->targets = g_new(guint32, 2 * n + 1);
    for (gsize i = 0; i < n; i++)
        if (pair[2 * i] < n_rows && pair[2 * i + 1] < n_rows)
            for (guint end = 0; end < 2; end++)
                self->offsets[pair[2 * i + end] + 1]++;
    for (gsize row = 0; row < n_rows; row++)
        self->offsets[row + 1] += self->offsets[row];
    next = g_memdup2(self->offsets, (n_rows + 1) * sizeof *next);
    for (guint end = 0; end < 2; end++)
        for (gsize i = 0; i < n; i++)
            if (pair[2 * i] < n_rows && pair[2 * i + 1] < n_rows)
                self->targets[next[pair[2 * i + 1 - end]]++] = pair[2 * i + end];
    return self;
}

const guint32 *
umk_app_edges_at(const UmkAppEdges *self, guint32 row, gsize *n)
{
    if (row >= self->n_rows) {
        *n = 0;
        return NULL;
    }
    *n = self->offsets[row + 1] - self->offsets[row];
    return self->targets + self->offsets[row];
}

static gpointer
edges_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    UmkAppSource *source = data;
    g_autoptr(UmkCollection) reader = umk_app_source_dup_reader(source);
    g_autoptr(GBytes) pairs = umk_collection_dup_edges(reader, cancellable, error);

    return pairs != NULL ? umk_app_edges_new(umk_app_source_get_n_items(source), pairs)
                         : NULL;
}

UmkAppJob *
umk_app_edges_find(UmkAppSource *source, UmkAppJobDone done, GObject *owner)
{
    return umk_app_job_start(_("Reading the edges"), edges_work, g_object_ref(source),
                             g_object_unref, (GDestroyNotify) umk_app_edges_unref, done,
                             owner);
}
