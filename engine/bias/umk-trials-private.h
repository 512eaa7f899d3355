/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of scored pairs of which some belong together (target pairs) and some do not:
 * a pair is accepted when its score is at least a threshold. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const double *scores;  /* (n), highest first */
    const guint8 *targets; /* (n) TRUE: belong together */
    const double *weights; /* (n) or NULL: all 1 */
    gsize n;
} UmkTrials;

typedef struct {
    double eer;       /* where both error rates meet, between two thresholds linearly */
    double threshold; /* of the two, the one at which they differ least */
    double min_dcf_p01, min_dcf_p05;
    double auc;
} UmkTrialFigures;

/* All NaN when there is no pair of either kind. */
void _umk_trials_measure(const UmkTrials *self, UmkTrialFigures *out);
/* False matches and false non-matches at a threshold; NaN where there is none of a kind.
 */
void
_umk_trials_rates(const UmkTrials *self, double threshold, double *fmr, double *fnmr);

/* Between groups, NaN groups left out; NaN for fewer than two.
 * 1 - [a (largest difference of FMR) + (1 - a) (of FNMR)] */
double
_umk_trials_fdr(const double *fmr, const double *fnmr, gsize n_groups, double alpha);
/* a Gini(FMR) + (1 - a) Gini(FNMR) */
double
_umk_trials_garbe(const double *fmr, const double *fnmr, gsize n_groups, double alpha);

/* The log-likelihood ratio slope * score + offset that fits best (logistic regression,
 * both kinds weighing alike); FALSE when the kinds do not overlap. */
gboolean _umk_trials_calibrate(const UmkTrials *self, double *slope, double *offset);
/* Cost of these ratios in bits; 1 is as good as nothing. */
double _umk_trials_cllr(const UmkTrials *self, double slope, double offset);
/* The least cost that any rising function of the score can have. */
double _umk_trials_min_cllr(const UmkTrials *self);
/* Mean distance between said and true chance in ten bins, both kinds weighing alike. */
double _umk_trials_calibration_error(const UmkTrials *self, double slope, double offset);

G_END_DECLS
