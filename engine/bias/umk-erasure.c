/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Closed forms only; what they are stands in the header. */
#include "bias/umk-erasure-private.h"

#include "core/umk-alloc-private.h"
#include "linalg/umk-dense-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <cblas.h>
#include <math.h>
#include <string.h>

#define BLOCK         1024
#define LEAST_VALUE   1e-12 /* share of the largest eigenvalue that is still variance */
#define LEAST_RELATED 1e-8  /* a correlation that is more than rounding */
#define LEAST_DIFFER  1e-10 /* share of the largest singular value that is a direction */

void
_umk_erasure_clear(UmkErasure *self)
{
    g_clear_pointer(&self->mean, g_free);
    g_clear_pointer(&self->left, g_free);
    g_clear_pointer(&self->right, g_free);
}

void
_umk_erasure_apply(const UmkErasure *self, const double *x, double *out)
{
    gsize d = self->d;
    g_autofree double *along = g_new0(double, self->rank + 1);

    for (gsize k = 0; k < self->rank; k++)
        for (gsize j = 0; j < d; j++)
            along[k] +=
                self->right[k * d + j] * (x[j] - (self->mean ? self->mean[j] : 0.0));
    for (gsize j = 0; j < d; j++) {
        double sum = 0.0;

        for (gsize k = 0; k < self->rank; k++)
            sum += self->left[k * d + j] * along[k];
        out[j] = x[j] - sum;
    }
}

void
_umk_erasure_give(UmkErasure *self, UmkDebias *to)
{
    if (self->mean != NULL) {
        memcpy(to->shift, self->mean, self->d * sizeof(double));
        memcpy(to->back, self->mean, self->d * sizeof(double));
    }
    _umk_debias_take_low_rank(to, self->rank, g_steal_pointer(&self->left),
                              g_steal_pointer(&self->right));
}

static double *
new_doubles(gsize rows, gsize cols, GError **error)
{
    double *new = _umk_alloc(rows, MAX(cols, 1) * sizeof(double), _("A debias"), error);

    if (new != NULL)
        memset(new, 0, rows * MAX(cols, 1) * sizeof *new);
    return new;
}

/* ---- LEACE ------------------------------------------------------------------------ */

typedef struct {
    const UmkGroups *groups;
    UmkMatrix *background; /* or NULL */
    gboolean unit;
    gsize n_background;
} Sample;

/* count rows from first on, the background's before those of the groups. */
static void
take_rows(const Sample *self, gsize first, gsize count, double *out)
{
    gsize d = self->groups->d;

    for (gsize i = 0; i < count; i++) {
        gsize row = first + i;

        if (row >= self->n_background) {
            memcpy(out + i * d, self->groups->rows + (row - self->n_background) * d,
                   d * sizeof *out);
        } else {
            const float *from = umk_matrix_get_row(self->background, row, NULL);

            for (gsize j = 0; j < d; j++)
                out[i * d + j] = (double) from[j];
            if (self->unit)
                _umk_make_unit(out + i * d, d);
        }
    }
}

/* mean (d) and the upper half of the covariance (d, d), block by block. */
static gboolean
find_covariance(
    const Sample *self, double *mean, double *covariance, UmkRun *run, GError **error)
{
    gsize d = self->groups->d, n = self->n_background + self->groups->n;
    g_autofree double *block = new_doubles(MIN(n, BLOCK), d, error);
    double scale = 1.0 / (double) MAX(n, 2);

    if (block == NULL)
        return FALSE;
    for (gsize first = 0; first < n; first += BLOCK) {
        gsize count = MIN(n - first, BLOCK);

        take_rows(self, first, count, block);
        for (gsize i = 0; i < count; i++)
            for (gsize j = 0; j < d; j++)
                mean[j] += block[i * d + j];
    }
    for (gsize j = 0; j < d; j++)
        mean[j] /= (double) n;
    for (gsize first = 0; first < n; first += BLOCK) {
        gsize count = MIN(n - first, BLOCK);

        if (!umk_run_check(run, error))
            return FALSE;
        umk_run_report(run, _("Covariance"), (double) first / (double) n);
        take_rows(self, first, count, block);
        for (gsize i = 0; i < count; i++)
            for (gsize j = 0; j < d; j++)
                block[i * d + j] -= mean[j];
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int) d, (int) count, scale,
                    block, (int) d, 1.0, covariance, (int) d);
    }
    return TRUE;
}

/* cross (n_groups, d): covariance of each coordinate with belonging to each group. */
static void
find_cross(const UmkGroups *groups, double *cross)
{
    gsize d = groups->d, n = groups->n;
    g_autofree double *mean = g_new0(double, d + 1);
    double share[UMK_MAX_GROUPS] = {0};

    for (gsize i = 0; i < n; i++) {
        for (gsize j = 0; j < d; j++)
            mean[j] += groups->rows[i * d + j] / (double) n;
        share[groups->groups[i]] += 1.0 / (double) n;
    }
    for (gsize i = 0; i < n; i++)
        for (gsize g = 0; g < groups->n_groups; g++) {
            double z = (groups->groups[i] == g ? 1.0 : 0.0) - share[g];

            for (gsize j = 0; j < d; j++)
                cross[g * d + j] += z * (groups->rows[i * d + j] - mean[j]) / (double) n;
        }
}

/* eigen (d, d) rows; roots (d): the square root of each eigenvalue, 0 below the cut. From
 * cross, left and right. */
static gboolean
find_map(UmkErasure *self,
         const double *eigen,
         const double *roots,
         const double *cross,
         gsize n_groups,
         GError **error)
{
    gsize d = self->d, k = MIN(n_groups, d), most = 0;
    g_autofree double *white = g_new0(double, n_groups *d + 1), *s = g_new(double, k + 1);
    g_autofree double *vt = g_new(double, k *d + 1);

    /* Rows of white are (V diag(1/root) V' cross_g)' in the basis V: the rotation back is
     * left out, as it would cancel. */
    for (gsize g = 0; g < n_groups; g++)
        for (gsize i = 0; i < d; i++)
            if (roots[i] > 0.0)
                white[g * d + i] = _umk_dot(eigen + i * d, cross + g * d, d) / roots[i];
    if (!_umk_dense_svd(white, n_groups, d, s, NULL, vt, error))
        return FALSE;
    while (most < k && s[most] > LEAST_RELATED)
        most++;
    self->rank = most;
    self->left = new_doubles(most, d, error);
    self->right = self->left != NULL ? new_doubles(most, d, error) : NULL;
    if (self->right == NULL)
        return FALSE;
    for (gsize r = 0; r < most; r++)
        for (gsize i = 0; i < d; i++) {
            const double *vector = eigen + i * d;
            double u = vt[r * d + i];

            if (!(roots[i] > 0.0))
                continue;
            for (gsize j = 0; j < d; j++) {
                self->left[r * d + j] += u * roots[i] * vector[j];
                self->right[r * d + j] += u / roots[i] * vector[j];
            }
        }
    return TRUE;
}

static void
take_roots(UmkErasure *self, double *values)
{
    double least = LEAST_VALUE * MAX(values[self->d - 1], 0.0);

    for (gsize i = 0; i < self->d; i++) {
        self->covariance_rank += values[i] > least;
        values[i] = values[i] > least ? sqrt(values[i]) : 0.0;
    }
}

gboolean
_umk_leace(UmkErasure *self,
           const UmkGroups *groups,
           UmkMatrix *background,
           gboolean unit,
           UmkRun *run,
           GError **error)
{
    gsize d = groups->d;
    Sample sample = {.groups = groups,
                     .background = background,
                     .unit = unit,
                     .n_background =
                         background != NULL ? umk_matrix_get_n_rows(background) : 0};
    g_autofree double *eigen = NULL, *values = g_new0(double, d + 1);
    g_autofree double *cross = g_new0(double, groups->n_groups *d + 1);

    *self = (UmkErasure){.d = d};
    self->mean = g_new0(double, d + 1);
    eigen = new_doubles(d, d, error);
    if (eigen == NULL || !find_covariance(&sample, self->mean, eigen, run, error) ||
        !_umk_dense_eigen(eigen, d, values, error)) {
        _umk_erasure_clear(self);
        return FALSE;
    }
    take_roots(self, values);
    find_cross(groups, cross);
    if (!find_map(self, eigen, values, cross, groups->n_groups, error)) {
        _umk_erasure_clear(self);
        return FALSE;
    }
    return TRUE;
}

/* ---- the others ------------------------------------------------------------------- */

gboolean
_umk_erase_span(UmkErasure *self, const double *rows, gsize n, gsize d, GError **error)
{
    gsize k = MIN(n, d), rank = 0;
    g_autofree double *copy = g_memdup2(rows, n * d * sizeof *rows);
    g_autofree double *s = g_new0(double, k + 1), *vt = g_new(double, k *d + 1);

    *self = (UmkErasure){.d = d};
    if (!_umk_dense_svd(copy, n, d, s, NULL, vt, error))
        return FALSE;
    while (rank < k && s[rank] > LEAST_DIFFER * s[0] && s[rank] > 0.0)
        rank++;
    self->rank = rank;
    self->left = g_memdup2(vt, (d * rank + 1) * sizeof *vt);
    self->right = g_memdup2(vt, (d * rank + 1) * sizeof *vt);
    return TRUE;
}

gboolean
_umk_half_sibling(
    UmkErasure *self, const double *rows, gsize n, gsize d, double ridge, GError **error)
{
    gsize k = MIN(n, d);
    g_autofree double *copy = g_memdup2(rows, n * d * sizeof *rows);
    g_autofree double *s = g_new0(double, k + 1), *vt = g_new(double, k *d + 1);

    /* With D' = U S V': D (D'D + aI)^-1 D' = V S² / (S² + a) V'. */
    *self = (UmkErasure){.d = d, .rank = k};
    if (!_umk_dense_svd(copy, n, d, s, NULL, vt, error))
        return FALSE;
    self->left = g_new(double, d *k + 1);
    self->right = g_memdup2(vt, (d * k + 1) * sizeof *vt);
    for (gsize r = 0; r < k; r++)
        for (gsize j = 0; j < d; j++)
            self->left[r * d + j] = vt[r * d + j] * s[r] * s[r] / (s[r] * s[r] + ridge);
    return TRUE;
}
