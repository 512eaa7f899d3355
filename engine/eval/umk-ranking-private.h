/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures of one ranked list against graded judgements, as trec_eval defines them:
 * a document without a judgement has grade 0, a grade above 0 is relevant, the discount
 * of rank r is 1 / log2(r + 1), and the ideal list holds every judged document, ranked or
 * not. Lists are ordered by score, highest first; equal scores by one of two rules. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    UMK_TIES_ID_ASCENDING,  /* the rule of everything in Umekomi */
    UMK_TIES_ID_DESCENDING, /* trec_eval's */
} UmkTies;

typedef enum {
    UMK_GAIN_LINEAR,      /* the grade, as trec_eval has it */
    UMK_GAIN_EXPONENTIAL, /* 2^grade - 1, Burges et al. 2005 */
} UmkGain;

/* order (n): which document stands at each rank. A NaN score ranks last. */
void _umk_ranking_order(
    const double *scores, const char *const *ids, gsize n, UmkTies ties, gsize *order);

/* What stands at each rank, and all that is judged. */
typedef struct {
    const double *grades; /* (n_ranked), best rank first; 0: not judged */
    gsize n_ranked;
    const double *judged; /* (n_judged), in any order */
    gsize n_judged;
} UmkRanking;

/* k = 0 reads the whole list. Without a relevant document each of them is 0. */
double _umk_ranking_precision(const UmkRanking *self, gsize k);
double _umk_ranking_recall(const UmkRanking *self, gsize k);
double _umk_ranking_hit(const UmkRanking *self, gsize k);
double _umk_ranking_reciprocal(const UmkRanking *self, gsize k);
double _umk_ranking_ndcg(const UmkRanking *self, gsize k, UmkGain gain);
double _umk_ranking_average_precision(const UmkRanking *self, gsize k);
double _umk_ranking_r_precision(const UmkRanking *self);

G_END_DECLS
