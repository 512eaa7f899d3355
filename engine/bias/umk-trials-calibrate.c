/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores as log-likelihood ratios: Cllr (Brümmer and du Preez, "Application-independent
 * evaluation of speaker detection", 2006), its minimum by pooling adjacent violators, and
 * the affine calibration by logistic regression. Both kinds of pairs weigh alike, so that
 * the figures do not depend on how many there are of each. */
#include "bias/umk-trials-private.h"

#include <math.h>

#define MAX_STEPS 100
#define N_BINS    10

typedef struct {
    double target, other; /* what each pair of a kind weighs; a kind weighs 1/2 */
} Kinds;

static inline double
weight_of(const UmkTrials *self, const Kinds *kinds, gsize i)
{
    double weight = self->weights != NULL ? self->weights[i] : 1.0;

    return weight * (self->targets[i] ? kinds->target : kinds->other);
}

/* FALSE when a kind is missing. */
static gboolean
balance(const UmkTrials *self, Kinds *kinds)
{
    double targets = 0.0, others = 0.0;

    for (gsize i = 0; i < self->n; i++) {
        double weight = self->weights != NULL ? self->weights[i] : 1.0;

        if (self->targets[i])
            targets += weight;
        else
            others += weight;
    }
    *kinds = (Kinds){0.5 / targets, 0.5 / others};
    return targets > 0.0 && others > 0.0;
}

/* ln(1 + e^x) without overflow. */
static double
soft_plus(double x)
{
    return x > 0.0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

double
_umk_trials_cllr(const UmkTrials *self, double slope, double offset)
{
    double sum = 0.0;
    Kinds kinds;

    if (!balance(self, &kinds))
        return (double) NAN;
    for (gsize i = 0; i < self->n; i++) {
        double ratio = slope * self->scores[i] + offset;

        sum += weight_of(self, &kinds, i) * soft_plus(self->targets[i] ? -ratio : ratio);
    }
    return sum / log(2.0);
}

/* The kinds overlap when some other pair scores above some target pair. */
static gboolean
overlaps(const UmkTrials *self)
{
    gboolean has_other = FALSE;

    for (gsize i = 0; i < self->n;) {
        gsize begin = i;
        gboolean target = FALSE, other = FALSE;

        for (; i < self->n && self->scores[i] == self->scores[begin]; i++) {
            target |= self->targets[i] != 0;
            other |= self->targets[i] == 0;
        }
        if (target && (has_other || other))
            return TRUE;
        has_other |= other;
    }
    return FALSE;
}

typedef struct {
    double a, b;             /* gradient */
    double aa, ab, bb, loss; /* Hessian */
} Slopes;

static Slopes
differentiate(const UmkTrials *self, const Kinds *kinds, double slope, double offset)
{
    Slopes sum = {0};

    for (gsize i = 0; i < self->n; i++) {
        double x = self->scores[i], ratio = slope * x + offset;
        double weight = weight_of(self, kinds, i), p = 1.0 / (1.0 + exp(-ratio));
        double miss = weight * (p - (self->targets[i] ? 1.0 : 0.0));
        double curve = weight * p * (1 - p);

        sum.a += miss * x;
        sum.b += miss;
        sum.aa += curve * x * x;
        sum.ab += curve * x;
        sum.bb += curve;
        sum.loss += weight * soft_plus(self->targets[i] ? -ratio : ratio);
    }
    return sum;
}

/* Newton's method; a step that does not lessen the loss is halved. */
gboolean
_umk_trials_calibrate(const UmkTrials *self, double *slope, double *offset)
{
    Kinds kinds;
    Slopes now;

    if (!balance(self, &kinds) || !overlaps(self))
        return FALSE;
    *slope = *offset = 0.0;
    now = differentiate(self, &kinds, *slope, *offset);
    for (int step = 0; step < MAX_STEPS; step++) {
        double det = now.aa * now.bb - now.ab * now.ab, da, db;
        Slopes next = now;

        if (fabs(now.a) + fabs(now.b) < 1e-12)
            return TRUE;
        if (det <= 1e-300)
            return FALSE;
        da = (now.bb * now.a - now.ab * now.b) / det;
        db = (now.aa * now.b - now.ab * now.a) / det;
        for (int half = 0; half < 40; half++, da /= 2, db /= 2) {
            next = differentiate(self, &kinds, *slope - da, *offset - db);
            if (next.loss <= now.loss)
                break;
        }
        if (next.loss > now.loss)
            return TRUE; /* as far as rounding lets it go */
        *slope -= da;
        *offset -= db;
        now = next;
    }
    return fabs(now.a) + fabs(now.b) < 1e-6;
}

typedef struct {
    double targets, others;
} Block;

static double
share(const Block *block)
{
    return block->targets / (block->targets + block->others);
}

/* Blocks from the highest score down whose share of targets falls. */
static gsize
pool(const UmkTrials *self, const Kinds *kinds, Block *blocks)
{
    gsize n = 0;

    for (gsize i = 0; i < self->n;) {
        double score = self->scores[i];
        Block block = {0};

        for (; i < self->n && self->scores[i] == score; i++) {
            if (self->targets[i])
                block.targets += weight_of(self, kinds, i);
            else
                block.others += weight_of(self, kinds, i);
        }
        if (block.targets + block.others <= 0.0)
            continue;
        blocks[n++] = block;
        while (n > 1 && share(&blocks[n - 1]) >= share(&blocks[n - 2])) {
            blocks[n - 2].targets += blocks[n - 1].targets;
            blocks[n - 2].others += blocks[n - 1].others;
            n--;
        }
    }
    return n;
}

double
_umk_trials_min_cllr(const UmkTrials *self)
{
    g_autofree Block *blocks = g_new(Block, self->n + 1);
    double sum = 0.0;
    Kinds kinds;
    gsize n;

    if (!balance(self, &kinds))
        return (double) NAN;
    n = pool(self, &kinds, blocks);
    for (gsize i = 0; i < n; i++) {
        double p = share(&blocks[i]);

        if (blocks[i].targets > 0.0)
            sum -= blocks[i].targets * log2(p);
        if (blocks[i].others > 0.0)
            sum -= blocks[i].others * log2(1 - p);
    }
    return MAX(sum, 0.0);
}

double
_umk_trials_calibration_error(const UmkTrials *self, double slope, double offset)
{
    double said[N_BINS] = {0}, found[N_BINS] = {0}, sum = 0.0;
    Kinds kinds;

    if (!balance(self, &kinds))
        return (double) NAN;
    for (gsize i = 0; i < self->n; i++) {
        double p = 1.0 / (1.0 + exp(-(slope * self->scores[i] + offset)));
        double weight = weight_of(self, &kinds, i);
        gsize bin = MIN((gsize) (p * N_BINS), N_BINS - 1);

        said[bin] += weight * p;
        found[bin] += self->targets[i] ? weight : 0.0;
    }
    for (gsize bin = 0; bin < N_BINS; bin++)
        sum += fabs(said[bin] - found[bin]);
    return sum;
}
