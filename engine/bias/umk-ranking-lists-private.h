/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first k rows of each query among the rows that have a group, and the ranks of the
 * rows that answer it. Order: cosine, highest first; equal cosines, lower row first. */
#pragma once

#include "bias/umk-bias-labels-private.h"
#include "core/umk-run-private.h"

G_BEGIN_DECLS

typedef struct {
    guint32 candidate;
    gsize rank; /* from 1 */
} UmkRankedAnswer;

typedef struct {
    const UmkBiasSet *queries;
    gsize n_queries, n_candidates, n_groups, k;
    guint64 *rows;    /* (n_candidates) rows of the background */
    gint32 *groups;   /* (n_candidates) */
    gsize *sizes;     /* (n_groups) candidates of each */
    guint32 *top;     /* (n_queries, k) candidates */
    gint64 *own;      /* (n_queries) the candidate that is the query itself, or -1 */
    GArray **answers; /* (n_queries) of UmkRankedAnswer; NULL without relevance */
    gsize n_left_out; /* rows without a group or without a direction */
    gboolean has_zero_query;
} UmkRankingLists;

/* k is cut down where there are fewer candidates than that; see is_whole. */
gboolean _umk_ranking_lists_init(UmkRankingLists *self,
                                 const UmkBiasInput *input,
                                 const UmkBiasSet *queries,
                                 const UmkBiasLabels *groups,
                                 gsize k,
                                 UmkRun *run,
                                 GError **error);
void _umk_ranking_lists_clear(UmkRankingLists *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkRankingLists, _umk_ranking_lists_clear)

/* TRUE when the first k are all there is, so that nothing is chosen. */
gboolean _umk_ranking_lists_is_whole(const UmkRankingLists *self);

G_END_DECLS
