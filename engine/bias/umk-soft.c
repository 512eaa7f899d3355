/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Solves for K in the coordinates of the rows' own spread, where the first term is the
 * distance to a diagonal matrix. All matrices here are (r, r), r the rank of WW'. */
#include "bias/umk-soft-private.h"

#include "linalg/umk-dense-private.h"

#include <glib/gi18n-lib.h>

#include <cblas.h>
#include <math.h>
#include <string.h>

#define LEAST_VALUE 1e-12
#define STEP        2.0   /* rho of the alternating directions: the curvature itself */
#define SETTLED     1e-12 /* share of the target's size */

typedef struct {
    gsize d, r;
    const double *basis; /* (r, d) eigenvectors of WW', the first of them */
    const double *roots; /* (r) S */
    double *target;      /* S² as a matrix */
    double *spread;      /* n n' */
    double *along;       /* c (r) */
    double *factors;     /* of I + weight/2 · spread (|c|² I + cc') */
    int *pivots;
    double lambda, weight;
    double size; /* Frobenius norm of the target */
} Soft;

static double
norm(const double *a, gsize n)
{
    return sqrt(cblas_ddot((int) n, a, 1, a, 1));
}

static void
times(const Soft *self, const double *matrix, const double *vector, double *out)
{
    cblas_dgemv(CblasRowMajor, CblasNoTrans, (int) self->r, (int) self->r, 1.0, matrix,
                (int) self->r, vector, 1, 0.0, out, 1);
}

static gboolean
factor(Soft *self, double weight, GError **error)
{
    gsize r = self->r;
    double squared = cblas_ddot((int) r, self->along, 1, self->along, 1);
    g_autofree double *turned = g_new(double, r + 1);

    self->weight = weight;
    times(self, self->spread, self->along, turned);
    for (gsize i = 0; i < r; i++)
        for (gsize j = 0; j < r; j++)
            self->factors[i * r + j] =
                (i == j ? 1.0 : 0.0) +
                0.5 * weight *
                    (squared * self->spread[i * r + j] + turned[i] * self->along[j]);
    return _umk_dense_factor(self->factors, r, self->pivots, error);
}

/* The least |K - target|² + weight |n' K c|² over symmetric K, constraint left out: K =
 * target - weight/2 (p c' + c p') with p = spread K c, which is linear in p. */
static void
solve_free(const Soft *self, const double *target, double *out)
{
    gsize r = self->r;
    g_autofree double *image = g_new(double, r + 1), *p = g_new(double, r + 1);

    times(self, target, self->along, image);
    times(self, self->spread, image, p);
    _umk_dense_solve_factored(self->factors, r, self->pivots, p);
    for (gsize i = 0; i < r; i++)
        for (gsize j = 0; j < r; j++)
            out[i * r + j] =
                target[i * r + j] -
                0.5 * self->weight * (p[i] * self->along[j] + self->along[i] * p[j]);
}

/* The nearest matrix without negative eigenvalues, in place; *least the least one before.
 */
static gboolean
make_positive(const Soft *self, double *matrix, double *least, GError **error)
{
    gsize r = self->r;
    g_autofree double *vectors = g_memdup2(matrix, r * r * sizeof *matrix);
    g_autofree double *values = g_new(double, r + 1);

    if (!_umk_dense_eigen(vectors, r, values, error))
        return FALSE;
    *least = values[0];
    for (gsize k = 0; k < r && values[k] < 0.0; k++)
        cblas_dger(CblasRowMajor, (int) r, (int) r, -values[k], vectors + k * r, 1,
                   vectors + k * r, 1, matrix, (int) r);
    return TRUE;
}

/* |K - positive part of (K - half the gradient)| / |target| */
static gboolean
measure(const Soft *self, const double *k, double *optimality, GError **error)
{
    gsize r = self->r;
    g_autofree double *image = g_new(double, r + 1), *p = g_new(double, r + 1);
    g_autofree double *step = g_new(double, r *r + 1);
    double least;

    times(self, k, self->along, image);
    times(self, self->spread, image, p);
    for (gsize i = 0; i < r; i++)
        for (gsize j = 0; j < r; j++)
            step[i * r + j] =
                self->target[i * r + j] -
                0.5 * self->lambda * (p[i] * self->along[j] + self->along[i] * p[j]);
    if (!make_positive(self, step, &least, error))
        return FALSE;
    for (gsize i = 0; i < r * r; i++)
        step[i] -= k[i];
    *optimality = norm(step, r * r) / self->size;
    return TRUE;
}

/* x is the solution with the constraint left out, and becomes the one that meets it. */
static gboolean
alternate(Soft *self, double *x, guint max_iterations, UmkRun *run, GError **error)
{
    gsize n = self->r * self->r;
    g_autofree double *z = g_memdup2(x, n * sizeof *x), *y = g_new0(double, n);
    g_autofree double *aim = g_new(double, n);
    double least, share = 1.0 / (1.0 + 0.5 * STEP);

    if (!factor(self, self->lambda * share, error) ||
        !make_positive(self, z, &least, error))
        return FALSE;
    for (guint turn = 0; turn < max_iterations; turn++) {
        double apart = 0.0, moved = 0.0;

        if (!umk_run_check(run, error))
            return FALSE;
        umk_run_report(run, _("Soft debiasing"), (double) turn / max_iterations);
        for (gsize i = 0; i < n; i++)
            aim[i] = share * (self->target[i] + 0.5 * STEP * (z[i] - y[i]));
        solve_free(self, aim, x);
        for (gsize i = 0; i < n; i++)
            aim[i] = x[i] + y[i];
        if (!make_positive(self, aim, &least, error))
            return FALSE;
        for (gsize i = 0; i < n; i++) {
            double difference = x[i] - aim[i];

            apart += difference * difference;
            moved += (aim[i] - z[i]) * (aim[i] - z[i]);
            y[i] += difference;
        }
        memcpy(z, aim, n * sizeof *z);
        if (sqrt(MAX(apart, moved)) <= SETTLED * self->size)
            break;
    }
    memcpy(x, z, n * sizeof *x);
    return TRUE;
}

/* T = root of I + basis' (S^-1 K S^-1 - I) basis. */
static gboolean
take_root(const Soft *self, const double *k, double *root, GError **error)
{
    gsize d = self->d, r = self->r;
    g_autofree double *inner = g_new(double, r *r + 1), *half = g_new(double, r *d + 1);
    g_autofree double *square = g_new0(double, d *d), *values = g_new(double, d);

    for (gsize i = 0; i < r; i++)
        for (gsize j = 0; j < r; j++)
            inner[i * r + j] =
                k[i * r + j] / (self->roots[i] * self->roots[j]) - (i == j ? 1.0 : 0.0);
    for (gsize i = 0; i < d; i++)
        square[i * d + i] = 1.0;
    if (r > 0) {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) r, (int) d, (int) r,
                    1.0, inner, (int) r, self->basis, (int) d, 0.0, half, (int) d);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int) d, (int) d, (int) r,
                    1.0, self->basis, (int) d, half, (int) d, 1.0, square, (int) d);
    }
    if (!_umk_dense_eigen(square, d, values, error))
        return FALSE;
    memset(root, 0, d * d * sizeof *root);
    for (gsize i = 0; i < d; i++)
        cblas_dsyr(CblasRowMajor, CblasUpper, (int) d, sqrt(MAX(values[i], 0.0)),
                   square + i * d, 1, root, (int) d);
    for (gsize i = 0; i < d; i++)
        for (gsize j = 0; j < i; j++)
            root[i * d + j] = root[j * d + i];
    return TRUE;
}

/* basis' · neutral · basis and basis · direction, each divided by the roots. */
static void
change_coordinates(Soft *self, const UmkSoft *problem)
{
    gsize d = self->d, r = self->r;
    g_autofree double *half = g_new(double, r *d + 1);

    if (r == 0)
        return;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) r, (int) d, (int) d, 1.0,
                self->basis, (int) d, problem->neutral, (int) d, 0.0, half, (int) d);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int) r, (int) r, (int) d, 1.0,
                half, (int) d, self->basis, (int) d, 0.0, self->spread, (int) r);
    for (gsize i = 0; i < r; i++) {
        self->along[i] =
            cblas_ddot((int) d, self->basis + i * d, 1, problem->direction, 1) /
            self->roots[i];
        for (gsize j = 0; j < r; j++)
            self->spread[i * r + j] /= self->roots[i] * self->roots[j];
        self->target[i * r + i] = self->roots[i] * self->roots[i];
    }
    self->size = norm(self->target, r * r);
}

gboolean
_umk_soft_solve(
    const UmkSoft *problem, double *root, double *optimality, UmkRun *run, GError **error)
{
    gsize d = problem->d, first = 0;
    g_autofree double *eigen = g_memdup2(problem->all, d * d * sizeof(double));
    g_autofree double *values = g_new(double, d), *target = NULL, *spread = NULL;
    g_autofree double *along = NULL, *factors = NULL, *k = NULL, *positive = NULL;
    g_autofree int *pivots = NULL;
    Soft self = {.d = d, .lambda = problem->lambda};
    double least = 0.0;

    *optimality = 0.0;
    if (!_umk_dense_eigen(eigen, d, values, error))
        return FALSE;
    while (first < d && !(values[first] > LEAST_VALUE * values[d - 1]))
        first++;
    for (gsize i = first; i < d; i++)
        values[i] = sqrt(values[i]);
    self.r = d - first;
    self.basis = eigen + first * d;
    self.roots = values + first;
    self.target = target = g_new0(double, self.r *self.r + 1);
    self.spread = spread = g_new0(double, self.r *self.r + 1);
    self.along = along = g_new0(double, self.r + 1);
    self.factors = factors = g_new0(double, self.r *self.r + 1);
    self.pivots = pivots = g_new0(int, self.r + 1);
    k = g_new0(double, self.r *self.r + 1);
    change_coordinates(&self, problem);
    if (self.r == 0)
        return take_root(&self, k, root, error);
    if (!factor(&self, self.lambda, error))
        return FALSE;
    solve_free(&self, target, k);
    positive = g_memdup2(k, self.r * self.r * sizeof *k);
    if (!make_positive(&self, positive, &least, error))
        return FALSE;
    if (least < 0.0 && !alternate(&self, k, problem->max_iterations, run, error))
        return FALSE;
    return measure(&self, k, optimality, error) && take_root(&self, k, root, error);
}
