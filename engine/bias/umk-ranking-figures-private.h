/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of many rankings: one value a query, their mean over queries, and the same
 * over any draw of queries. */
#pragma once

#include "bias/umk-ranking-lists-private.h"
#include "bias/umk-skew-private.h"

G_BEGIN_DECLS

typedef enum {
    /* one a query */
    UMK_RANKING_MAX_SKEW,
    UMK_RANKING_MIN_SKEW,
    UMK_RANKING_MAX_SMOOTHED,
    UMK_RANKING_MIN_SMOOTHED,
    UMK_RANKING_NDKL,
    UMK_RANKING_KL,
    UMK_RANKING_TOTAL_VARIATION,
    UMK_RANKING_BIAS_AT_K,
    UMK_RANKING_N_PER_QUERY,
    /* of all queries together */
    UMK_RANKING_EXPOSURE_GAP = UMK_RANKING_N_PER_QUERY,
    UMK_RANKING_RECALL_GAP,
    UMK_RANKING_RECALL_RATIO,
    UMK_RANKING_MRR_GAP,
    UMK_RANKING_MRR_RATIO,
    UMK_RANKING_NDCG_GAP,
    UMK_RANKING_NDCG_RATIO,
    UMK_RANKING_N_FIGURES,
} UmkRankingFigure;

/* What follows the figures in a summary: blocks of one value a group. */
typedef enum {
    UMK_RANKING_PROPORTION,
    UMK_RANKING_EXPOSURE, /* share of the exposure */
    UMK_RANKING_RECALL,
    UMK_RANKING_MRR,
    UMK_RANKING_NDCG,
    UMK_RANKING_N_BLOCKS,
} UmkRankingBlock;

typedef struct {
    const UmkRankingLists *lists;
    UmkSkewTarget target;
    double *values;    /* (UMK_RANKING_N_PER_QUERY, n_queries) */
    double *exposures; /* (n_queries, n_groups) */
    double *counts;    /* (n_queries, n_groups) */
    double *parity;    /* (3, n_queries, n_groups): recall, 1/rank, nDCG; NaN: no answer
                          of that group */
} UmkRankingFigures;

void _umk_ranking_figures_init(UmkRankingFigures *self,
                               const UmkRankingLists *lists,
                               const UmkSkewTarget *target);
void _umk_ranking_figures_clear(UmkRankingFigures *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkRankingFigures, _umk_ranking_figures_clear)

gsize _umk_ranking_figures_size(const UmkRankingFigures *self);
static inline gsize
_umk_ranking_at(const UmkRankingFigures *self, UmkRankingBlock block, gsize group)
{
    return UMK_RANKING_N_FIGURES + (gsize) block * self->lists->n_groups + group;
}
/* out (size): the figures over the queries drawn; NaN where not defined. */
void _umk_ranking_summarise(const UmkRankingFigures *self,
                            const guint32 *draw,
                            gsize n_draw,
                            double *out);
/* out (n_replicates, size): each over as many queries drawn with replacement. */
double *
_umk_ranking_bootstrap(const UmkRankingFigures *self, gsize n_replicates, guint64 seed);
/* All figures when the groups are dealt anew to the candidates: (UMK_RANKING_N_FIGURES,
 * n_replicates). What stands in several lists has one group in all of them, and an answer
 * keeps its rank: were groups nothing to the ranking, any deal would be as likely. */
double *
_umk_ranking_permute(const UmkRankingFigures *self, gsize n_replicates, guint64 seed);

G_END_DECLS
