/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kind of index implements. To add one: a file with a constant UmkIndexOps, a line
 * in meson.build, a line in the table of umk-index.c. */
#pragma once

#include <umekomi/umk-index.h>
#include <umekomi/umk-matrix.h>

#include "core/umk-run-private.h"

G_BEGIN_DECLS

typedef struct {
    const char *id;    /* lower case, words joined by '-' */
    const char *title; /* for people, translatable */
    const UmkParamSpec *params;
    gsize n_params;
    /* vectors are finite, outlive the index and do not change; params fit the table */
    gpointer (*build)(UmkMatrix *vectors,
                      UmkMetric metric,
                      UmkParams *params,
                      UmkRun *run,
                      GError **error);
    void (*free)(gpointer index);
    /* queries are finite and of the right dimension, 1 <= k <= rows. allowed is NULL or
     * one byte a row. Writes counts (n_queries), rows and scores (n_queries, k): score
     * descending, equal scores by row. Callable from several threads at once. */
    gboolean (*search)(gconstpointer index,
                       UmkMatrix *queries,
                       guint k,
                       const guint8 *allowed,
                       guint32 *counts,
                       guint64 *rows,
                       float *scores,
                       UmkRun *run,
                       GError **error);
} UmkIndexOps;

extern const UmkIndexOps _umk_index_exact;

G_END_DECLS
