/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact search: nothing is built, the index is the matrix. */
#include "index/umk-index-ops-private.h"

#include <glib/gi18n-lib.h>

typedef struct {
    UmkIndexRows *rows;
    UmkMetric metric;
} ExactIndex;

static gboolean
exact_search(gconstpointer data,
             const UmkIndexQuery *query,
             UmkIndexAnswer *answer,
             UmkRun *run,
             GError **error)
{
    const ExactIndex *index = data;

    return _umk_index_scan(index->rows, index->metric, query, answer, run, error);
}

static gpointer
exact_build(const UmkIndexSource *source, UmkRun *run, GError **error)
{
    ExactIndex *index = g_new(ExactIndex, 1);

    *index = (ExactIndex){.rows = source->rows, .metric = source->metric};
    return index;
}

static gpointer
exact_open(const UmkIndexSource *source,
           const UmkIndexSection *sections,
           gsize n_sections,
           GBytes *keep,
           GError **error)
{
    return exact_build(source, NULL, error);
}

const UmkIndexOps _umk_index_exact = {
    .id = "exact",
    .title = N_("Exact (every item is compared)"),
    .build = exact_build,
    .free = g_free,
    .search = exact_search,
    .open = exact_open,
};
