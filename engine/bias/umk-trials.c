/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Error rates over all thresholds in one walk from the highest score down. The cost of
 * detection is that of the NIST evaluations, normalised by the better of accepting all
 * and none. FDR: Freitas Pereira and Marcel, "Fairness in biometrics", 2022; GARBE:
 * Howard, Laird, Sirotin and others, "Evaluating proposed fairness models for face
 * recognition algorithms", 2022, with the n / (n - 1) of the Gini coefficient. */
#include "bias/umk-trials-private.h"

#include <math.h>

static inline double
weight_of(const UmkTrials *self, gsize i)
{
    return self->weights != NULL ? self->weights[i] : 1.0;
}

static void
add_up(const UmkTrials *self, double *targets, double *others)
{
    *targets = *others = 0.0;
    for (gsize i = 0; i < self->n; i++) {
        if (self->targets[i])
            *targets += weight_of(self, i);
        else
            *others += weight_of(self, i);
    }
}

typedef struct {
    double fmr, fnmr, threshold;
} Point;

/* Where FMR - FNMR turns from below 0 to 0 or more. */
static void
cross(const Point *before, const Point *after, UmkTrialFigures *out)
{
    double from = before->fmr - before->fnmr, to = after->fmr - after->fnmr;
    double share = to > from ? -from / (to - from) : 1.0;

    out->eer = before->fmr + share * (after->fmr - before->fmr);
    out->threshold = isfinite(before->threshold) && fabs(from) < fabs(to)
                         ? before->threshold
                         : after->threshold;
}

static double
cost(const Point *point, double prior)
{
    return (prior * point->fnmr + (1 - prior) * point->fmr) / MIN(prior, 1 - prior);
}

void
_umk_trials_measure(const UmkTrials *self, UmkTrialFigures *out)
{
    double n_targets, n_others, targets = 0.0, others = 0.0, area = 0.0;
    Point last = {0.0, 1.0, (double) INFINITY};
    gboolean has_crossed = FALSE;

    add_up(self, &n_targets, &n_others);
    *out = (UmkTrialFigures){(double) NAN, (double) NAN, (double) NAN, (double) NAN,
                             (double) NAN};
    if (n_targets <= 0.0 || n_others <= 0.0)
        return;
    out->min_dcf_p01 = cost(&last, 0.01);
    out->min_dcf_p05 = cost(&last, 0.05);
    for (gsize i = 0; i < self->n;) {
        double score = self->scores[i], own_targets = 0.0, own_others = 0.0;
        Point point = {.threshold = score};

        for (; i < self->n && self->scores[i] == score; i++) {
            if (self->targets[i])
                own_targets += weight_of(self, i);
            else
                own_others += weight_of(self, i);
        }
        targets += own_targets;
        others += own_others;
        area += own_targets * (n_others - others + own_others / 2);
        point.fmr = others / n_others;
        point.fnmr = MAX(1.0 - targets / n_targets, 0.0);
        if (!has_crossed && point.fmr >= point.fnmr) {
            cross(&last, &point, out);
            has_crossed = TRUE;
        }
        out->min_dcf_p01 = MIN(out->min_dcf_p01, cost(&point, 0.01));
        out->min_dcf_p05 = MIN(out->min_dcf_p05, cost(&point, 0.05));
        last = point;
    }
    out->auc = area / (n_targets * n_others);
}

void
_umk_trials_rates(const UmkTrials *self, double threshold, double *fmr, double *fnmr)
{
    double n_targets, n_others, targets = 0.0, others = 0.0;

    add_up(self, &n_targets, &n_others);
    for (gsize i = 0; i < self->n && self->scores[i] >= threshold; i++) {
        if (self->targets[i])
            targets += weight_of(self, i);
        else
            others += weight_of(self, i);
    }
    *fmr = n_others > 0.0 ? others / n_others : (double) NAN;
    *fnmr = n_targets > 0.0 ? (n_targets - targets) / n_targets : (double) NAN;
}

static double
spread(const double *values, gsize n)
{
    double least = (double) INFINITY, most = (double) -INFINITY;
    gsize n_defined = 0;

    for (gsize i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        least = MIN(least, values[i]);
        most = MAX(most, values[i]);
        n_defined++;
    }
    return n_defined > 1 ? most - least : (double) NAN;
}

double
_umk_trials_fdr(const double *fmr, const double *fnmr, gsize n_groups, double alpha)
{
    return 1.0 - (alpha * spread(fmr, n_groups) + (1 - alpha) * spread(fnmr, n_groups));
}

/* Groups that all have a rate of 0 are equal. */
static double
gini(const double *values, gsize n)
{
    double sum = 0.0, differences = 0.0, count = 0.0;

    for (gsize i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        count++;
        sum += values[i];
        for (gsize j = 0; j < n; j++)
            if (!isnan(values[j]))
                differences += fabs(values[i] - values[j]);
    }
    if (count < 2.0)
        return (double) NAN;
    return sum > 0.0 ? differences / (2 * (count - 1) * sum) : 0.0;
}

double
_umk_trials_garbe(const double *fmr, const double *fnmr, gsize n_groups, double alpha)
{
    return alpha * gini(fmr, n_groups) + (1 - alpha) * gini(fnmr, n_groups);
}
