/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All figures in one pass over lists of pairs that are sorted once: a draw of identities
 * only changes what a pair weighs. */
#include "bias/umk-verification-figures-private.h"

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"

#include <math.h>
#include <string.h>

static void
append(UmkVerification *self, gsize *at, gsize i)
{
    const UmkTrialPair *pair = &self->pairs->pairs[i];

    self->which[*at] = (guint32) i;
    self->scores[*at] = pair->score;
    self->targets[*at] = pair->target ? 1 : 0;
    self->weights[(*at)++] = pair->weight;
}

void
_umk_verification_init(UmkVerification *self,
                       const UmkTrialPairs *pairs,
                       double fixed,
                       double alpha)
{
    gsize n = 2 * pairs->n + 1, at = 0;
    UmkTrials all;

    *self = (UmkVerification){
        .pairs = pairs, .n_groups = pairs->groups->n, .fixed = fixed, .alpha = alpha};
    self->begins = g_new(gsize, self->n_groups + 2);
    self->which = g_new(guint32, n);
    self->scores = g_new(double, n);
    self->targets = g_new(guint8, n);
    self->weights = g_new(double, n);
    self->begins[0] = 0;
    for (gsize i = 0; i < pairs->n; i++)
        append(self, &at, i);
    self->begins[1] = at;
    for (gsize g = 0; g < self->n_groups; g++) {
        for (gsize i = 0; i < pairs->n; i++)
            if (pairs->pairs[i].group == (gint32) g)
                append(self, &at, i);
        self->begins[g + 2] = at;
    }
    all = _umk_verification_get_trials(self, 0, NULL);
    self->is_calibrated = _umk_trials_calibrate(&all, &self->slope, &self->offset);
}

void
_umk_verification_clear(UmkVerification *self)
{
    g_clear_pointer(&self->begins, g_free);
    g_clear_pointer(&self->which, g_free);
    g_clear_pointer(&self->scores, g_free);
    g_clear_pointer(&self->targets, g_free);
    g_clear_pointer(&self->weights, g_free);
}

gsize
_umk_verification_size(const UmkVerification *self)
{
    return _umk_verification_at(self, UMK_VERIFICATION_N_BLOCKS, 0);
}

UmkTrials
_umk_verification_get_trials(const UmkVerification *self,
                             gsize list,
                             const double *weights)
{
    gsize begin = self->begins[list];

    return (UmkTrials){self->scores + begin, self->targets + begin,
                       (weights != NULL ? weights : self->weights) + begin,
                       self->begins[list + 1] - begin};
}

/* Largest less least, and largest by least, of what is defined. */
static void
compare_groups(const double *values, gsize n, double *gap, double *ratio)
{
    double least = (double) INFINITY, most = (double) -INFINITY;
    gsize n_defined = 0;

    for (gsize i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        n_defined++;
        least = MIN(least, values[i]);
        most = MAX(most, values[i]);
    }
    *gap = n_defined > 1 ? most - least : (double) NAN;
    if (ratio != NULL)
        *ratio = n_defined > 1 && least > 0.0 ? most / least : (double) NAN;
}

static void
summarise_group(const UmkVerification *self,
                const double *weights,
                gsize g,
                double threshold,
                double *out)
{
    UmkTrials trials = _umk_verification_get_trials(self, g + 1, weights);
    double *own = out + _umk_verification_at(self, 0, g);
    gsize step = self->n_groups;
    UmkTrialFigures figures;

    _umk_trials_measure(&trials, &figures);
    own[UMK_VERIFICATION_GROUP_EER * step] = figures.eer;
    own[UMK_VERIFICATION_GROUP_MIN_DCF_P01 * step] = figures.min_dcf_p01;
    own[UMK_VERIFICATION_GROUP_MIN_DCF_P05 * step] = figures.min_dcf_p05;
    own[UMK_VERIFICATION_GROUP_AUC * step] = figures.auc;
    for (gsize i = 0; i < 4; i++)
        own[(UMK_VERIFICATION_GROUP_FMR + i) * step] = (double) NAN;
    if (!isnan(threshold))
        _umk_trials_rates(&trials, threshold, &own[UMK_VERIFICATION_GROUP_FMR * step],
                          &own[UMK_VERIFICATION_GROUP_FNMR * step]);
    if (!isnan(self->fixed))
        _umk_trials_rates(&trials, self->fixed,
                          &own[UMK_VERIFICATION_GROUP_FMR_FIXED * step],
                          &own[UMK_VERIFICATION_GROUP_FNMR_FIXED * step]);
}

void
_umk_verification_summarise(const UmkVerification *self,
                            const double *weights,
                            double *out)
{
    UmkTrials all = _umk_verification_get_trials(self, 0, weights);
    gsize n = self->n_groups;
    const double *groups = out + UMK_VERIFICATION_N_FIGURES;
    const double *fmr = groups + UMK_VERIFICATION_GROUP_FMR * n;
    const double *fnmr = groups + UMK_VERIFICATION_GROUP_FNMR * n;
    UmkTrialFigures figures;

    _umk_trials_measure(&all, &figures);
    for (gsize g = 0; g < n; g++)
        summarise_group(self, weights, g, figures.threshold, out);
    out[UMK_VERIFICATION_EER] = figures.eer;
    out[UMK_VERIFICATION_THRESHOLD] = figures.threshold;
    out[UMK_VERIFICATION_MIN_DCF_P01] = figures.min_dcf_p01;
    out[UMK_VERIFICATION_MIN_DCF_P05] = figures.min_dcf_p05;
    out[UMK_VERIFICATION_AUC] = figures.auc;
    out[UMK_VERIFICATION_CLLR] = out[UMK_VERIFICATION_CALIBRATION_ERROR] = (double) NAN;
    out[UMK_VERIFICATION_CLLR_MIN] = _umk_trials_min_cllr(&all);
    if (self->is_calibrated) {
        out[UMK_VERIFICATION_CLLR] = _umk_trials_cllr(&all, self->slope, self->offset);
        out[UMK_VERIFICATION_CALIBRATION_ERROR] =
            _umk_trials_calibration_error(&all, self->slope, self->offset);
    }
    compare_groups(groups, n, &out[UMK_VERIFICATION_EER_GAP], NULL);
    compare_groups(fmr, n, &out[UMK_VERIFICATION_FMR_GAP],
                   &out[UMK_VERIFICATION_FMR_RATIO]);
    compare_groups(fnmr, n, &out[UMK_VERIFICATION_FNMR_GAP],
                   &out[UMK_VERIFICATION_FNMR_RATIO]);
    compare_groups(groups + UMK_VERIFICATION_GROUP_FMR_FIXED * n, n,
                   &out[UMK_VERIFICATION_FMR_GAP_FIXED], NULL);
    compare_groups(groups + UMK_VERIFICATION_GROUP_FNMR_FIXED * n, n,
                   &out[UMK_VERIFICATION_FNMR_GAP_FIXED], NULL);
    out[UMK_VERIFICATION_FDR] = _umk_trials_fdr(fmr, fnmr, n, self->alpha);
    out[UMK_VERIFICATION_GARBE] = _umk_trials_garbe(fmr, fnmr, n, self->alpha);
}

/* ---- resampling ---------------------------------------------------------------------
 */

typedef struct {
    const UmkVerification *figures;
    guint64 seed;
    double *out;
    guint32 *members; /* identities, group by group */
    gsize *begins;    /* (n_groups + 1) */
    double *refused;  /* (identities) weight of pairs below the threshold */
    double *totals;   /* (identities) weight of pairs that belong together */
} Draws;

static void
draws_init(Draws *self, const UmkVerification *figures, guint64 seed)
{
    const UmkTrialPairs *pairs = figures->pairs;
    gsize n = 0;

    *self = (Draws){.figures = figures, .seed = seed};
    self->members = g_new(guint32, pairs->identities->n + 1);
    self->begins = g_new(gsize, figures->n_groups + 1);
    for (gsize g = 0; g < figures->n_groups; g++) {
        self->begins[g] = n;
        for (gsize i = 0; i < pairs->identities->n; i++)
            if (pairs->group_of[i] == (gint32) g)
                self->members[n++] = (guint32) i;
    }
    self->begins[figures->n_groups] = n;
}

static void
draws_clear(Draws *self)
{
    g_free(self->members);
    g_free(self->begins);
    g_free(self->refused);
    g_free(self->totals);
}

static void
draw_identities(const Draws *draws, UmkRng *rng, guint32 *counts)
{
    memset(counts, 0, draws->figures->pairs->identities->n * sizeof *counts);
    for (gsize g = 0; g < draws->figures->n_groups; g++) {
        gsize begin = draws->begins[g], n = draws->begins[g + 1] - begin;

        for (gsize i = 0; i < n; i++)
            counts[draws->members[begin + _umk_rng_below(rng, n)]]++;
    }
}

static void
replicate(gsize begin, gsize end, guint worker, gpointer data)
{
    const Draws *draws = data;
    const UmkVerification *self = draws->figures;
    const gint32 *identity = self->pairs->identities->codes;
    gsize n = self->begins[self->n_groups + 1], size = _umk_verification_size(self);
    g_autofree guint32 *counts = g_new(guint32, self->pairs->identities->n + 1);
    g_autofree double *weights = g_new(double, n + 1);

    for (gsize r = begin; r < end; r++) {
        UmkRng rng;

        _umk_rng_init(&rng, draws->seed, r);
        draw_identities(draws, &rng, counts);
        for (gsize i = 0; i < n; i++) {
            const UmkTrialPair *pair = &self->pairs->pairs[self->which[i]];
            double times = counts[identity[pair->a]];

            if (!pair->target)
                times *= counts[identity[pair->b]];
            weights[i] = times * pair->weight;
        }
        _umk_verification_summarise(self, weights, draws->out + r * size);
    }
}

double *
_umk_verification_bootstrap(const UmkVerification *self, gsize n_replicates, guint64 seed)
{
    double *out = g_new(double, n_replicates *_umk_verification_size(self) + 1);
    Draws draws;

    draws_init(&draws, self, seed);
    draws.out = out;
    _umk_parallel_for(n_replicates, 4, replicate, &draws);
    draws_clear(&draws);
    return out;
}

/* Only identities that have a pair of their own can be dealt. */
static void
keep_those_with_pairs(Draws *draws)
{
    gsize kept = 0, begin = 0;

    for (gsize g = 0; g < draws->figures->n_groups; g++) {
        gsize end = draws->begins[g + 1];

        draws->begins[g] = kept;
        for (gsize i = begin; i < end; i++)
            if (draws->totals[draws->members[i]] > 0.0)
                draws->members[kept++] = draws->members[i];
        begin = end;
    }
    draws->begins[draws->figures->n_groups] = kept;
}

static void
deal(gsize begin, gsize end, guint worker, gpointer data)
{
    const Draws *draws = data;
    gsize n_groups = draws->figures->n_groups, n = draws->begins[n_groups];
    g_autofree guint32 *order = g_new(guint32, n + 1);
    g_autofree double *rates = g_new(double, n_groups + 1);

    for (gsize r = begin; r < end; r++) {
        UmkRng rng;

        _umk_rng_init(&rng, draws->seed, r);
        memcpy(order, draws->members, n * sizeof *order);
        for (gsize i = n; i > 1; i--) {
            gsize j = _umk_rng_below(&rng, i);
            guint32 kept = order[i - 1];

            order[i - 1] = order[j];
            order[j] = kept;
        }
        for (gsize g = 0; g < n_groups; g++) {
            double refused = 0.0, total = 0.0;

            for (gsize i = draws->begins[g]; i < draws->begins[g + 1]; i++) {
                refused += draws->refused[order[i]];
                total += draws->totals[order[i]];
            }
            rates[g] = total > 0.0 ? refused / total : (double) NAN;
        }
        compare_groups(rates, n_groups, &draws->out[r], NULL);
    }
}

double *
_umk_verification_permute(const UmkVerification *self,
                          double threshold,
                          gsize n_replicates,
                          guint64 seed)
{
    const UmkTrialPairs *pairs = self->pairs;
    double *out = g_new(double, n_replicates + 1);
    Draws draws;

    draws_init(&draws, self, seed);
    draws.out = out;
    draws.refused = g_new0(double, pairs->identities->n + 1);
    draws.totals = g_new0(double, pairs->identities->n + 1);
    for (gsize i = 0; i < pairs->n; i++) {
        const UmkTrialPair *pair = &pairs->pairs[i];
        gint32 identity = pairs->identities->codes[pair->a];

        if (!pair->target || pair->group < 0)
            continue;
        draws.totals[identity] += pair->weight;
        draws.refused[identity] += pair->score < threshold ? pair->weight : 0.0;
    }
    keep_those_with_pairs(&draws);
    _umk_parallel_for(n_replicates, 64, deal, &draws);
    draws_clear(&draws);
    return out;
}
