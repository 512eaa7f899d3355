/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often the right answer is among the first: recall of paired vectors. */
#ifndef UMK_RETRIEVAL_H
#define UMK_RETRIEVAL_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

/**
 * UmkRecall:
 * @n_queries: queries that were asked
 * @n_candidates: answers each was to choose from
 * @at_1: share of queries whose right answer is the first, 0 to 1
 * @at_5: share whose right answer is among the first five
 * @at_10: share whose right answer is among the first ten
 * @chance_at_1: what @at_1 would be if answers were drawn by lot
 * @chance_at_5: likewise for @at_5
 * @chance_at_10: likewise for @at_10
 * @median_rank: the middle of the right answers' ranks, from 1
 * @chance_rank: what @median_rank would be if answers were drawn by lot
 * @reciprocal_rank: mean of 1 / rank
 *
 * Recall of one set of queries. Answers with the same score share their ranks: each
 * figure is its mean over all orders of them, so that a model that gives every answer the
 * same score comes out at chance.
 */
typedef struct {
    gsize n_queries;
    gsize n_candidates;
    double at_1;
    double at_5;
    double at_10;
    double chance_at_1;
    double chance_at_5;
    double chance_at_10;
    double median_rank;
    double chance_rank;
    double reciprocal_rank;
} UmkRecall;

gboolean umk_recall_measure(UmkMatrix *queries,
                            UmkMatrix *candidates,
                            const guint32 *right,
                            UmkMetric metric,
                            UmkRecall *recall,
                            GCancellable *cancellable,
                            GError **error);

G_END_DECLS

#endif
