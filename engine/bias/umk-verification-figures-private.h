/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a verification, of all pairs and of each group's, and the same with
 * identities drawn anew. */
#pragma once

#include "bias/umk-trial-pairs-private.h"

G_BEGIN_DECLS

typedef enum {
    UMK_VERIFICATION_EER,
    UMK_VERIFICATION_EER_GAP,
    UMK_VERIFICATION_FMR_GAP,
    UMK_VERIFICATION_FNMR_GAP,
    UMK_VERIFICATION_FMR_RATIO,
    UMK_VERIFICATION_FNMR_RATIO,
    UMK_VERIFICATION_FDR,
    UMK_VERIFICATION_GARBE,
    UMK_VERIFICATION_FMR_GAP_FIXED, /* at the threshold that was given */
    UMK_VERIFICATION_FNMR_GAP_FIXED,
    UMK_VERIFICATION_MIN_DCF_P01,
    UMK_VERIFICATION_MIN_DCF_P05,
    UMK_VERIFICATION_AUC,
    UMK_VERIFICATION_THRESHOLD,
    UMK_VERIFICATION_CLLR, /* of the calibration that all pairs gave */
    UMK_VERIFICATION_CLLR_MIN,
    UMK_VERIFICATION_CALIBRATION_ERROR,
    UMK_VERIFICATION_N_FIGURES,
} UmkVerificationFigure;

/* Blocks of one value a group behind the figures. */
typedef enum {
    UMK_VERIFICATION_GROUP_EER,
    UMK_VERIFICATION_GROUP_FMR, /* at the threshold of the pooled EER */
    UMK_VERIFICATION_GROUP_FNMR,
    UMK_VERIFICATION_GROUP_FMR_FIXED,
    UMK_VERIFICATION_GROUP_FNMR_FIXED,
    UMK_VERIFICATION_GROUP_MIN_DCF_P01,
    UMK_VERIFICATION_GROUP_MIN_DCF_P05,
    UMK_VERIFICATION_GROUP_AUC,
    UMK_VERIFICATION_N_BLOCKS,
} UmkVerificationBlock;

/* The pairs of all, then of each group, in the order of their scores. */
typedef struct {
    const UmkTrialPairs *pairs;
    gsize n_groups;
    double fixed; /* a threshold, or NaN */
    double alpha; /* of FDR and GARBE */
    gboolean is_calibrated;
    double slope, offset;
    gsize *begins;  /* (n_groups + 2) where each list begins */
    guint32 *which; /* pairs */
    double *scores; /* of them */
    guint8 *targets;
    double *weights;
} UmkVerification;

void _umk_verification_init(UmkVerification *self,
                            const UmkTrialPairs *pairs,
                            double fixed,
                            double alpha);
void _umk_verification_clear(UmkVerification *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkVerification, _umk_verification_clear)

static inline gsize
_umk_verification_at(const UmkVerification *self, UmkVerificationBlock block, gsize group)
{
    return UMK_VERIFICATION_N_FIGURES + (gsize) block * self->n_groups + group;
}
gsize _umk_verification_size(const UmkVerification *self);
/* List 0 holds all pairs, list g + 1 those of group g; weights or NULL: their own. */
UmkTrials _umk_verification_get_trials(const UmkVerification *self,
                                       gsize list,
                                       const double *weights);
/* out (size); weights of every list entry, or NULL. */
void _umk_verification_summarise(const UmkVerification *self,
                                 const double *weights,
                                 double *out);
/* (n_replicates, size): identities drawn with replacement within each group. A pair of
 * two drawn copies of the same identity is no pair. */
double *_umk_verification_bootstrap(const UmkVerification *self,
                                    gsize n_replicates,
                                    guint64 seed);
/* (n_replicates): the FNMR gap at a threshold when identities are dealt anew to the
 * groups. */
double *_umk_verification_permute(const UmkVerification *self,
                                  double threshold,
                                  gsize n_replicates,
                                  guint64 seed);

G_END_DECLS
