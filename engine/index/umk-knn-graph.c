/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph of nearest neighbours: its memory, and which way it is made. */
#include "index/umk-knn-graph-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "index/umk-knn-approximate-private.h"
#include "index/umk-knn-exact-private.h"

#include <glib/gi18n-lib.h>

UmkKnnGraph *
_umk_knn_graph_new(gsize n, guint k, GError **error)
{
    g_autoptr(UmkKnnGraph) self = g_new0(UmkKnnGraph, 1);
    gsize count;

    if (n >= G_MAXUINT32) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("%zu items are too many for a graph of neighbours"), n);
        return NULL;
    }
    self->n = n;
    self->k = (guint) MIN((gsize) k, n > 0 ? n - 1 : 0);
    if (!_umk_size_mul(n, self->k, &count))
        count = G_MAXSIZE / sizeof(guint32);
    self->ids = _umk_alloc(count + 1, sizeof(guint32), _("The neighbours"), error);
    if (self->ids == NULL)
        return NULL;
    self->distances = _umk_alloc(count + 1, sizeof(float), _("The neighbours"), error);
    return self->distances != NULL ? g_steal_pointer(&self) : NULL;
}

void
_umk_knn_graph_free(UmkKnnGraph *self)
{
    if (self == NULL)
        return;
    g_free(self->ids);
    g_free(self->distances);
    g_free(self);
}

static UmkKnnGraph *
build(UmkMatrix *vectors,
      UmkMetric metric,
      guint k,
      gboolean exact,
      guint64 seed,
      UmkRun *run,
      GError **error)
{
    g_auto(UmkKnnRows) rows = {0};
    g_autoptr(UmkKnnGraph) graph =
        _umk_knn_graph_new(umk_matrix_get_n_rows(vectors), k, error);

    if (graph == NULL || !_umk_knn_rows_init(&rows, vectors, metric, run, error))
        return NULL;
    graph->exact = exact || !_umk_knn_approximate_suits(&rows, graph->k);
    if (graph->exact ? !_umk_knn_exact(&rows, graph, run, error)
                     : !_umk_knn_approximate(&rows, graph, seed, run, error))
        return NULL;
    return g_steal_pointer(&graph);
}

UmkKnnGraph *
_umk_knn_graph_build_exact(
    UmkMatrix *vectors, UmkMetric metric, guint k, UmkRun *run, GError **error)
{
    return build(vectors, metric, k, TRUE, 0, run, error);
}

UmkKnnGraph *
_umk_knn_graph_build(UmkMatrix *vectors,
                     UmkMetric metric,
                     guint k,
                     guint64 seed,
                     UmkRun *run,
                     GError **error)
{
    return build(vectors, metric, k, FALSE, seed, run, error);
}
