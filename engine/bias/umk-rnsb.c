/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figure of relative negative sentiment bias: learns two classes of attributes,
 * judges the targets, and says how far their shares are from equal. */
#include "bias/umk-logistic-private.h"
#include "bias/umk-set-metrics-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define CLOSE        1e-13 /* of a figure */
#define CLOSE_ENOUGH 1e-5  /* of a replicate: Newton's last step squares it */

static const double *
row_of(const UmkBiasSets *sets, gsize set, gsize i)
{
    gsize n = sets->sizes[set];

    return i < n ? sets->rows[set] + i * sets->d
                 : sets->rows[set + 1] + (i - n) * sets->d;
}

static void
judge(const UmkRnsb *self, const double *alpha, double intercept, double *negative)
{
    gsize m = self->sizes[UMK_SET_A] + self->sizes[UMK_SET_B];
    gsize n = self->sizes[UMK_SET_X] + self->sizes[UMK_SET_Y];

    for (gsize t = 0; t < n; t++)
        negative[t] =
            1.0 /
            (1.0 + exp(_umk_dot_in_double(self->cross + t * m, alpha, m) + intercept));
}

/* From the attributes that were picked, without the rows that were not. For the same
 * classes, what was learnt from all attributes is a start. */
static gboolean
learn_again(const UmkRnsb *self,
            const double *counts,
            const gboolean *positive,
            double *alpha,
            double *intercept)
{
    gsize m = self->sizes[UMK_SET_A] + self->sizes[UMK_SET_B], n = 0;
    g_autofree gsize *kept = g_new(gsize, m + 1);
    g_autofree double *memory = g_new(double, m *(m + 2) + 1);
    g_autofree gboolean *classes = g_new(gboolean, m + 1);
    double *kernel = memory, *weights = memory + m * m, *found = weights + m;
    UmkLogisticProblem problem = {.kernel = kernel,
                                  .counts = weights,
                                  .positive = classes,
                                  .penalise_intercept = self->penalised,
                                  .started = !self->dealt,
                                  .close = CLOSE_ENOUGH};

    for (gsize i = 0; i < m; i++)
        if (counts[i] > 0.0)
            kept[n++] = i;
    for (gsize i = 0; i < n; i++) {
        weights[i] = counts[kept[i]];
        classes[i] = positive[kept[i]];
        found[i] = weights[i] * self->alpha[kept[i]];
        for (gsize j = 0; j < n; j++)
            kernel[i * n + j] = self->kernel[kept[i] * m + kept[j]];
    }
    problem.n = n;
    *intercept = self->intercept;
    if (!_umk_logistic_fit(&problem, found, intercept))
        return FALSE;
    for (gsize i = 0; i < m; i++)
        alpha[i] = 0.0;
    for (gsize i = 0; i < n; i++)
        alpha[kept[i]] = found[i];
    return TRUE;
}

static gboolean
learn_all(UmkRnsb *self)
{
    gsize n_a = self->sizes[UMK_SET_A], m = n_a + self->sizes[UMK_SET_B];
    g_autofree double *counts = g_new(double, m + 1);
    g_autofree gboolean *positive = g_new(gboolean, m + 1);
    UmkLogisticProblem problem = {.kernel = self->kernel,
                                  .counts = counts,
                                  .n = m,
                                  .positive = positive,
                                  .penalise_intercept = self->penalised,
                                  .close = CLOSE};

    for (gsize i = 0; i < m; i++) {
        counts[i] = 1.0;
        positive[i] = i < n_a;
    }
    if (!_umk_logistic_fit(&problem, self->alpha, &self->intercept))
        return FALSE;
    judge(self, self->alpha, self->intercept, self->negative);
    return TRUE;
}

gboolean
_umk_rnsb_init(UmkRnsb *self,
               const UmkBiasSets *sets,
               gboolean penalise_intercept,
               GError **error)
{
    gsize m = sets->sizes[UMK_SET_A] + sets->sizes[UMK_SET_B];
    gsize n = sets->sizes[UMK_SET_X] + sets->sizes[UMK_SET_Y];

    *self = (UmkRnsb){.penalised = penalise_intercept};
    for (gsize s = 0; s < UMK_N_SETS; s++)
        self->sizes[s] = sets->sizes[s];
    self->kernel = _umk_alloc(m * m, sizeof(double), "the products", error);
    self->cross = _umk_alloc(m * n, sizeof(double), "the products", error);
    self->negative = g_new0(double, n + 1);
    self->alpha = g_new0(double, m + 1);
    if (self->kernel == NULL || self->cross == NULL)
        return FALSE;
    for (gsize i = 0; i < m; i++) {
        const double *row = row_of(sets, UMK_SET_A, i);

        for (gsize j = 0; j < m; j++)
            self->kernel[i * m + j] =
                _umk_dot_in_double(row, row_of(sets, UMK_SET_A, j), sets->d);
        for (gsize t = 0; t < n; t++)
            self->cross[t * m + i] =
                _umk_dot_in_double(row_of(sets, UMK_SET_X, t), row, sets->d);
    }
    if (sets->sizes[UMK_SET_A] > 0 && sets->sizes[UMK_SET_B] > 0 && !learn_all(self)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED,
                    _("rnsb could not learn “%s” from “%s”: the vectors are too long"),
                    sets->sets[UMK_SET_A]->title, sets->sets[UMK_SET_B]->title);
        return FALSE;
    }
    return TRUE;
}

void
_umk_rnsb_clear(UmkRnsb *self)
{
    g_clear_pointer(&self->kernel, g_free);
    g_clear_pointer(&self->cross, g_free);
    g_clear_pointer(&self->negative, g_free);
    g_clear_pointer(&self->alpha, g_free);
}

/* scratch: counts, alpha, then the shares of all targets. */
static const double *
shares_of(const UmkRnsb *self, const UmkPicks *picks, double *scratch)
{
    gsize n_a = self->sizes[UMK_SET_A], m = n_a + self->sizes[UMK_SET_B];
    double *counts = scratch, *alpha = scratch + m, *negative = scratch + 2 * m;
    g_autofree gboolean *positive = NULL;
    double intercept;

    if (picks->whole[UMK_SET_A] && picks->whole[UMK_SET_B])
        return self->negative;
    positive = g_new0(gboolean, m + 1);
    for (gsize i = 0; i < m; i++) {
        counts[i] = 0.0;
        positive[i] = !self->dealt && i < n_a;
    }
    for (gsize i = 0; i < picks->n[UMK_SET_A]; i++) {
        counts[picks->items[UMK_SET_A][i]] += 1.0;
        positive[picks->items[UMK_SET_A][i]] = TRUE;
    }
    for (gsize i = 0; i < picks->n[UMK_SET_B]; i++)
        counts[(self->dealt ? 0 : n_a) + picks->items[UMK_SET_B][i]] += 1.0;
    if (!learn_again(self, counts, positive, alpha, &intercept))
        return NULL;
    judge(self, alpha, intercept, negative);
    return negative;
}

static void
rnsb_figures(const UmkResample *what,
             const UmkPicks *picks,
             double *scratch,
             double *values)
{
    const UmkRnsb *self = what->data;
    const double *negative = shares_of(self, picks, scratch);
    gsize n = picks->n[UMK_SET_X] + picks->n[UMK_SET_Y], n_x = picks->n[UMK_SET_X];
    double sum = 0.0, divergence = 0.0;

    values[0] = NAN;
    if (negative == NULL || n < 2)
        return;
    for (guint pass = 0; pass < 2; pass++)
        for (gsize i = 0; i < n; i++) {
            double share =
                i < n_x
                    ? negative[picks->items[UMK_SET_X][i]]
                    : negative[self->sizes[UMK_SET_X] + picks->items[UMK_SET_Y][i - n_x]];

            if (pass == 0)
                sum += share;
            else if (share > 0.0)
                divergence += share / sum * log(share / sum * (double) n);
        }
    values[0] = divergence;
}

UmkResample
_umk_rnsb_resample(const UmkRnsb *self)
{
    UmkResample what = {
        .n_groups = UMK_N_SETS, .n_figures = 1, .figures = rnsb_figures, .data = self};

    for (gsize g = 0; g < UMK_N_SETS; g++)
        what.sizes[g] = self->sizes[g];
    what.n_scratch = 2 * (what.sizes[UMK_SET_A] + what.sizes[UMK_SET_B]) +
                     what.sizes[UMK_SET_X] + what.sizes[UMK_SET_Y];
    return what;
}
