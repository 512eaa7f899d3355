/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Newton's step in the space of the scores f = K alpha + b. With p the probabilities and
 * W = p (1 - p), it solves (K + 1/W) alpha = z - b, z = f + (t - p) / W, through the
 * well-conditioned B = 1 + W^1/2 K W^1/2 (Rasmussen and Williams 2006, algorithm 3.1). A
 * free intercept makes the alphas add up to 0. Steps are halved until the loss falls.
 * Near the end each step squares the error, so a last change of 1e-6 leaves some 1e-12.
 *
 * With K = X X' of more rows than dimensions, B^-1 = 1 - W^1/2 X (1 + X' W X)^-1 X' W^1/2
 * (Woodbury) is a system of as many unknowns as there are dimensions. */
#include "bias/umk-logistic-private.h"

#include <umekomi/umk-error.h>

#include <cblas.h>
#include <glib/gi18n-lib.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#define MAX_STEPS  100
#define MAX_HALVES 40
#define LEAST      1e-12 /* of W: changes the way, not the end */

typedef struct {
    const UmkLogisticProblem *problem;
    gsize n;
    double *scores, *alpha, *next; /* (n) each */
    double *root, *right, *ones;   /* (n) each: W^1/2, two right-hand sides */
    double *matrix;                /* (n, n) B; from rows (d, d) 1 + X' W X */
    double *scaled, *middle;       /* from rows: (n, d) W^1/2 X; (d) */
    double intercept;
} Fit;

static double
softplus(double x)
{
    return x > 0.0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double
kernel_at(const UmkLogisticProblem *problem, gsize i, gsize j)
{
    return problem->kernel[i * problem->n + j] +
           (problem->penalise_intercept ? 1.0 : 0.0);
}

/* From the weights that the rows add up to. */
static void
score_rows(Fit *fit)
{
    const UmkLogisticProblem *problem = fit->problem;
    int n = (int) fit->n, d = (int) problem->d;

    cblas_dgemv(CblasRowMajor, CblasTrans, n, d, 1.0, problem->rows, d, fit->alpha, 1,
                0.0, fit->middle, 1);
    cblas_dgemv(CblasRowMajor, CblasNoTrans, n, d, 1.0, problem->rows, d, fit->middle, 1,
                0.0, fit->scores, 1);
    for (gsize i = 0; i < fit->n; i++)
        fit->scores[i] += fit->intercept;
}

static void
score(Fit *fit)
{
    if (fit->problem->kernel == NULL) {
        score_rows(fit);
        return;
    }
    for (gsize i = 0; i < fit->n; i++) {
        double sum = fit->problem->penalise_intercept ? 0.0 : fit->intercept;

        for (gsize j = 0; j < fit->n; j++)
            sum += kernel_at(fit->problem, i, j) * fit->alpha[j];
        fit->scores[i] = sum;
    }
}

static double
loss(const Fit *fit)
{
    const UmkLogisticProblem *problem = fit->problem;
    double sum = 0.0;

    for (gsize i = 0; i < fit->n; i++) {
        double free = problem->penalise_intercept ? 0.0 : fit->intercept;
        double sign = problem->positive[i] ? -1.0 : 1.0;

        sum += 0.5 * fit->alpha[i] * (fit->scores[i] - free) +
               problem->counts[i] * softplus(sign * fit->scores[i]);
    }
    return sum;
}

/* side -= scaled (1 + X' W X)^-1 scaled' side, by the factor in the matrix. */
static gboolean
solve_side(Fit *fit, double *side)
{
    int n = (int) fit->n, d = (int) fit->problem->d;

    cblas_dgemv(CblasRowMajor, CblasTrans, n, d, 1.0, fit->scaled, d, side, 1, 0.0,
                fit->middle, 1);
    if (LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'L', d, 1, fit->matrix, d, fit->middle, d) != 0)
        return FALSE;
    cblas_dgemv(CblasRowMajor, CblasNoTrans, n, d, -1.0, fit->scaled, d, fit->middle, 1,
                1.0, side, 1);
    return TRUE;
}

static gboolean
solve_rows(Fit *fit)
{
    const UmkLogisticProblem *problem = fit->problem;
    gsize n = fit->n, d = problem->d;

    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < d; j++)
            fit->scaled[i * d + j] = fit->root[i] * problem->rows[i * d + j];
    /* the upper triangle by rows is the lower one by columns */
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int) d, (int) n, 1.0, fit->scaled,
                (int) d, 0.0, fit->matrix, (int) d);
    for (gsize j = 0; j < d; j++)
        fit->matrix[j * d + j] += 1.0;
    return LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'L', (lapack_int) d, fit->matrix,
                          (lapack_int) d) == 0 &&
           solve_side(fit, fit->right) && solve_side(fit, fit->ones);
}

static gboolean
solve_kernel(Fit *fit)
{
    gsize n = fit->n;
    lapack_int size = (lapack_int) n;

    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j <= i; j++)
            fit->matrix[i * n + j] =
                (i == j) + fit->root[i] * fit->root[j] * kernel_at(fit->problem, i, j);
    /* the lower triangle by rows is the upper one by columns */
    return LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', size, fit->matrix, size) == 0 &&
           LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'U', size, 1, fit->matrix, size, fit->right,
                          size) == 0 &&
           LAPACKE_dpotrs(LAPACK_COL_MAJOR, 'U', size, 1, fit->matrix, size, fit->ones,
                          size) == 0;
}

/* right and ones become W^1/2 B^-1 of what they hold. */
static gboolean
solve(Fit *fit)
{
    if (fit->problem->kernel != NULL ? !solve_kernel(fit) : !solve_rows(fit))
        return FALSE;
    for (gsize i = 0; i < fit->n; i++) {
        fit->right[i] *= fit->root[i];
        fit->ones[i] *= fit->root[i];
    }
    return TRUE;
}

/* The full step, into next and intercept. */
static gboolean
find_step(Fit *fit, double *intercept)
{
    const UmkLogisticProblem *problem = fit->problem;
    double with_right = 0.0, with_ones = 0.0;

    for (gsize i = 0; i < fit->n; i++) {
        double p = 1.0 / (1.0 + exp(-fit->scores[i]));
        double gradient = problem->counts[i] * ((problem->positive[i] ? 1.0 : 0.0) - p);
        double weight = problem->counts[i] * fmax(p * (1.0 - p), LEAST);

        fit->root[i] = sqrt(weight);
        fit->ones[i] = fit->root[i];
        fit->right[i] =
            weight > 0.0 ? fit->root[i] * fit->scores[i] + gradient / fit->root[i] : 0.0;
    }
    if (!solve(fit))
        return FALSE;
    for (gsize i = 0; i < fit->n; i++) {
        with_right += fit->right[i];
        with_ones += fit->ones[i];
    }
    *intercept = problem->penalise_intercept ? with_right : with_right / with_ones;
    for (gsize i = 0; i < fit->n; i++)
        fit->next[i] = problem->penalise_intercept
                           ? fit->right[i]
                           : fit->right[i] - *intercept * fit->ones[i];
    return TRUE;
}

/* Goes as far towards next as the loss falls; the largest change of a score. */
static double
take_step(Fit *fit, double intercept, double *before)
{
    g_autofree double *from = g_memdup2(fit->alpha, fit->n * sizeof *from);
    g_autofree double *scores = g_memdup2(fit->scores, fit->n * sizeof *scores);
    double from_intercept = fit->intercept, part = 1.0, change = 0.0, after;

    for (guint i = 0; i < MAX_HALVES; i++, part *= 0.5) {
        for (gsize j = 0; j < fit->n; j++)
            fit->alpha[j] = from[j] + part * (fit->next[j] - from[j]);
        fit->intercept = from_intercept + part * (intercept - from_intercept);
        score(fit);
        after = loss(fit);
        if (after <= *before + 1e-14 * fabs(*before)) {
            *before = after;
            break;
        }
    }
    for (gsize j = 0; j < fit->n; j++)
        change =
            fmax(change, fabs(fit->scores[j] - scores[j]) / (1.0 + fabs(fit->scores[j])));
    return change;
}

gboolean
_umk_logistic_fit(const UmkLogisticProblem *problem, double *alpha, double *intercept)
{
    gsize n = problem->n, d = problem->kernel != NULL ? 0 : problem->d;
    gsize m = problem->kernel != NULL ? n : d;
    g_autofree double *memory = g_new0(double, m *m + n * (d + 5) + d + 1);
    Fit fit = {.problem = problem,
               .n = n,
               .alpha = alpha,
               .scores = memory,
               .next = memory + n,
               .root = memory + 2 * n,
               .right = memory + 3 * n,
               .ones = memory + 4 * n,
               .scaled = memory + 5 * n,
               .middle = memory + (5 + d) * n,
               .matrix = memory + (5 + d) * n + d};
    double before;

    if (problem->started) {
        fit.intercept = *intercept;
        score(&fit);
    } else {
        memset(alpha, 0, n * sizeof *alpha);
    }
    before = loss(&fit);
    for (guint step = 0; step < MAX_STEPS; step++) {
        double wanted;

        if (!find_step(&fit, &wanted))
            return FALSE;
        if (take_step(&fit, wanted, &before) < problem->close)
            break;
    }
    *intercept = fit.intercept;
    return TRUE;
}

/* ---- rows -------------------------------------------------------------------------- */

#define CLOSE 1e-8 /* the next step would change less than rounding does */

static double *
dup_products(const double *rows, gsize n, gsize d)
{
    double *kernel = g_new(double, n *n + 1);

    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int) n, (int) n, (int) d, 1.0,
                rows, (int) d, rows, (int) d, 0.0, kernel, (int) n);
    return kernel;
}

gboolean
_umk_logistic_fit_rows(const double *rows,
                       const guint8 *positive,
                       gsize n,
                       gsize d,
                       double strength,
                       double *weights,
                       double *intercept,
                       GError **error)
{
    g_autofree double *kernel = n < d ? dup_products(rows, n, d) : NULL;
    g_autofree double *alpha = g_new0(double, n + 1), *counts = g_new(double, n + 1);
    g_autofree gboolean *classes = g_new(gboolean, n + 1);
    UmkLogisticProblem problem = {.kernel = kernel,
                                  .rows = rows,
                                  .d = d,
                                  .counts = counts,
                                  .n = n,
                                  .positive = classes,
                                  .close = CLOSE};

    for (gsize i = 0; i < n; i++) {
        counts[i] = strength;
        classes[i] = positive[i] != 0;
    }
    if (!_umk_logistic_fit(&problem, alpha, intercept)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED,
                    _("A classifier of %zu vectors could not be found: the vectors are "
                      "too long"),
                    n);
        return FALSE;
    }
    cblas_dgemv(CblasRowMajor, CblasTrans, (int) n, (int) d, 1.0, rows, (int) d, alpha, 1,
                0.0, weights, 1);
    return TRUE;
}
