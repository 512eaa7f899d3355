/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Newton's method with halved steps. Where there are fewer rows than dimensions the rows
 * are first written in a basis of their own span, which changes nothing: the solution
 * lies in it and the penalty is the same in every orthonormal basis. */
#include "bias/umk-classifier-private.h"

#include "linalg/umk-dense-private.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#define MAX_STEPS 100
#define CUT       1e-12 /* share of the largest eigenvalue that is still a direction */

typedef struct {
    const double *rows; /* (n, d) */
    const guint8 *positive;
    gsize n, d;
    double strength;
} Problem;

/* log(1 + exp(t)) */
static double
soft_plus(double t)
{
    return t > 0.0 ? t + log1p(exp(-t)) : log1p(exp(t));
}

/* point (d + 1): weights, intercept. */
static double
find_loss(const Problem *self, const double *point)
{
    double loss = 0.5 * cblas_ddot((int) self->d, point, 1, point, 1);

    for (gsize i = 0; i < self->n; i++) {
        double t = cblas_ddot((int) self->d, self->rows + i * self->d, 1, point, 1) +
                   point[self->d];

        loss += self->strength * soft_plus(self->positive[i] ? -t : t);
    }
    return loss;
}

/* gradient (d + 1), hessian (d + 1, d + 1); scaled is room for (n, d + 1). */
static void
find_slopes(const Problem *self,
            const double *point,
            double *gradient,
            double *hessian,
            double *scaled)
{
    gsize d = self->d, m = d + 1;

    memset(hessian, 0, m * m * sizeof *hessian);
    memcpy(gradient, point, d * sizeof *gradient);
    gradient[d] = 0.0;
    for (gsize i = 0; i < self->n; i++) {
        const double *row = self->rows + i * d;
        double t = cblas_ddot((int) d, row, 1, point, 1) + point[d];
        double p = t > 0.0 ? 1.0 / (1.0 + exp(-t)) : exp(t) / (1.0 + exp(t));
        double slope = self->strength * (p - (self->positive[i] ? 1.0 : 0.0));
        double root = sqrt(self->strength * p * (1.0 - p));

        cblas_daxpy((int) d, slope, row, 1, gradient, 1);
        gradient[d] += slope;
        for (gsize j = 0; j < d; j++)
            scaled[i * m + j] = root * row[j];
        scaled[i * m + d] = root;
    }
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int) m, (int) self->n, 1.0,
                scaled, (int) m, 0.0, hessian, (int) m);
    for (gsize j = 0; j < d; j++)
        hessian[j * m + j] += 1.0;
    hessian[d * m + d] += 1e-12; /* of rows whose side is beyond doubt */
}

static gboolean
descend(const Problem *self, double *point, GError **error)
{
    gsize m = self->d + 1;
    g_autofree double *hessian = g_new(double, m *m), *step = g_new(double, m);
    g_autofree double *scaled = g_new(double, self->n *m), *next = g_new(double, m);
    double loss = find_loss(self, point);

    for (guint turn = 0; turn < MAX_STEPS; turn++) {
        double size = 1.0, slope, found = loss;

        find_slopes(self, point, step, hessian, scaled);
        memcpy(next, step, m * sizeof *next);
        /* LAPACK's lower triangle by columns is our upper one by rows. */
        if (!_umk_dense_solve_positive(hessian, m, step, 1, error))
            return FALSE;
        slope = cblas_ddot((int) m, step, 1, next, 1);
        if (slope <= 1e-24 * (1.0 + loss))
            break;
        for (; size > 1e-9; size *= 0.5) {
            for (gsize j = 0; j < m; j++)
                next[j] = point[j] - size * step[j];
            found = find_loss(self, next);
            if (found <= loss - 1e-4 * size * slope ||
                size * slope < 1e-14 * (1.0 + loss))
                break;
        }
        if (!(found <= loss))
            break;
        memcpy(point, next, m * sizeof *point);
        if (loss - found <= 1e-16 * (1.0 + loss) && size == 1.0 && slope < 1e-14)
            break;
        loss = found;
    }
    return TRUE;
}

/* Coordinates of the rows in their own span: (n, rank), and the basis (rank, d). */
static gboolean
span_rows(const double *rows,
          gsize n,
          gsize d,
          double **coordinates,
          double **basis,
          gsize *rank,
          GError **error)
{
    g_autofree double *gram = g_new0(double, n *n), *values = g_new(double, n);
    gsize r = 0;

    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasNoTrans, (int) n, (int) d, 1.0, rows,
                (int) d, 0.0, gram, (int) n);
    if (!_umk_dense_eigen(gram, n, values, error))
        return FALSE;
    *coordinates = g_new0(double, n *n + 1);
    *basis = g_new0(double, n *d + 1);
    for (gsize i = n; i-- > 0 && values[i] > CUT * values[n - 1];)
        r++;
    for (gsize k = 0; k < r; k++) {
        const double *vector = gram + (n - 1 - k) * n;
        double root = sqrt(values[n - 1 - k]);

        for (gsize i = 0; i < n; i++) {
            (*coordinates)[i * r + k] = vector[i] * root;
            cblas_daxpy((int) d, vector[i] / root, rows + i * d, 1, *basis + k * d, 1);
        }
    }
    *rank = r;
    return TRUE;
}

gboolean
_umk_classifier_fit(const double *rows,
                    const guint8 *positive,
                    gsize n,
                    gsize d,
                    double strength,
                    double *weights,
                    double *intercept,
                    GError **error)
{
    Problem self = {
        .rows = rows, .positive = positive, .n = n, .d = d, .strength = strength};
    g_autofree double *coordinates = NULL, *basis = NULL;
    g_autofree double *point = g_new0(double, d + 1);

    if (n < d) {
        if (!span_rows(rows, n, d, &coordinates, &basis, &self.d, error))
            return FALSE;
        self.rows = coordinates;
    }
    if (!descend(&self, point, error))
        return FALSE;
    *intercept = point[self.d];
    if (basis == NULL) {
        memcpy(weights, point, d * sizeof *weights);
        return TRUE;
    }
    memset(weights, 0, d * sizeof *weights);
    for (gsize k = 0; k < self.d; k++)
        cblas_daxpy((int) d, point[k], basis + k * d, 1, weights, 1);
    return TRUE;
}
