/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Principal components by the smaller of two symmetric matrices: the covariance (n_dims
 * square) or, with fewer rows than dimensions, the Gram matrix of the centred rows; or,
 * where both are large, without either. The parts are in umk-pca-*.c. */
#include "linalg/umk-pca-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-pca-parts-private.h"

#include <glib/gi18n-lib.h>

#include <cblas.h>
#include <math.h>
#include <string.h>

#define NO_VARIANCE 1e-12 /* share of the total below which a direction is noise */
#define ROW_CHUNK   120   /* rows that one task places */
#define ROW_BLOCK   24    /* rows that it centres at a time */

/* ---- putting it together ---------------------------------------------------------- */

static double
trace(const double *square, gsize size)
{
    double sum = 0.0;

    for (gsize i = 0; i < size; i++)
        sum += square[i * size + i];
    return sum;
}

static gboolean
fit_covariance(const UmkPcaInput *input, UmkPca *pca, gsize k, GError **error)
{
    gsize d = input->n_dims;
    double *square =
        _umk_alloc_aligned(d * d, sizeof(double), _("The covariance"), error);
    gboolean done;

    if (square == NULL)
        return FALSE;
    done = _umk_pca_covariance(input, pca->mean, square, error);
    if (done) {
        pca->total = trace(square, d);
        done = _umk_pca_eigen(square, d, k, pca->variance, pca->basis, input->run, error);
    }
    _umk_free_aligned(square);
    return done;
}

/* With X centred, eigenvectors u of X·Xᵀ give directions Xᵀ·u / |Xᵀ·u|. */
static gboolean
fit_gram(const UmkPcaInput *input, UmkPca *pca, gsize k, GError **error)
{
    gsize n = input->n_rows, d = input->n_dims, count;
    g_autofree double *vectors = g_new0(double, n *k);
    double *rows, *square;
    gboolean done = FALSE;

    if (!_umk_size_mul(n, d, &count))
        count = G_MAXSIZE / sizeof(double);
    rows = _umk_alloc_aligned(count, sizeof(double), _("The centred rows"), error);
    square = rows != NULL
                 ? _umk_alloc_aligned(n * n, sizeof(double), _("The Gram matrix"), error)
                 : NULL;
    if (square != NULL && umk_run_check(input->run, error) &&
        _umk_pca_mean(input, pca->mean, error)) {
        _umk_pca_centre(input, pca->mean, 0, n, rows);
        _umk_pca_gram(rows, n, d, square);
        _umk_pca_mirror(square, n, 1.0 / (double) (n - 1));
        pca->total = trace(square, n);
        done = _umk_pca_eigen(square, n, k, pca->variance, vectors, input->run, error);
    }
    for (gsize i = 0; i < k && done; i++) {
        double *direction = pca->basis + i * d, length;

        cblas_dgemv(CblasRowMajor, CblasTrans, (int) n, (int) d, 1.0, rows, (int) d,
                    vectors + i * n, 1, 0.0, direction, 1);
        length = cblas_dnrm2((int) d, direction, 1);
        if (length > 0.0)
            cblas_dscal((int) d, 1.0 / length, direction, 1);
    }
    _umk_free_aligned(rows);
    _umk_free_aligned(square);
    return done;
}

static void
settle_direction(UmkPca *pca, gsize component)
{
    double *direction = pca->basis + component * pca->n_dims, largest = 0.0;
    gsize at = 0;

    if (!(pca->variance[component] > NO_VARIANCE * pca->total)) {
        pca->variance[component] = 0.0;
        memset(direction, 0, pca->n_dims * sizeof *direction);
        return;
    }
    for (gsize i = 0; i < pca->n_dims; i++)
        largest = MAX(largest, fabs(direction[i]));
    /* The first of those that rounding cannot tell from the largest. */
    while (fabs(direction[at]) < largest * (1.0 - 1e-6))
        at++;
    for (gsize i = 0; i < pca->n_dims && direction[at] < 0.0; i++)
        if (i != at)
            direction[i] = -direction[i];
    direction[at] = fabs(direction[at]);
}

gboolean
_umk_pca_no_memory(GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("There is no memory for the principal components"));
    return FALSE;
}

/* The columns that rows are multiplied with to get their coordinates. */
static gboolean
pack_basis(UmkPca *self, gboolean whiten)
{
    gsize count = self->n_components * self->n_dims;
    g_autofree float *basis = g_new(float, count + 1);

    for (gsize i = 0; i < count; i++) {
        double variance = self->variance[i / self->n_dims];
        double scale = whiten && variance > 0.0 ? 1.0 / sqrt(variance) : 1.0;

        basis[i] = (float) (self->basis[i] * scale);
    }
    _umk_packed_free(self->packed);
    self->packed = _umk_packed_new(basis, self->n_components, self->n_dims);
    return self->packed != NULL;
}

gboolean
_umk_pca_whiten(UmkPca *self, GError **error)
{
    return pack_basis(self, TRUE) || _umk_pca_no_memory(error);
}

static gboolean
fit(const UmkPcaInput *input, UmkPca *pca, gsize k, UmkPcaSolver solver, GError **error)
{
    gsize size = MIN(input->n_rows, input->n_dims);

    if (solver == UMK_PCA_AUTO)
        solver = size > UMK_PCA_EIGEN_LIMIT && k + UMK_PCA_SPARE_VECTORS < size / 4
                     ? UMK_PCA_RANDOMISED
                     : UMK_PCA_EXACT;
    pca->randomised = solver == UMK_PCA_RANDOMISED;
    if (pca->randomised)
        return _umk_pca_mean(input, pca->mean, error) &&
               _umk_pca_randomised(input, pca, k, error);
    return input->n_rows < input->n_dims ? fit_gram(input, pca, k, error)
                                         : fit_covariance(input, pca, k, error);
}

UmkPca *
_umk_pca_fit_by(UmkPcaSolver solver,
                const float *rows,
                gsize stride,
                gsize n_rows,
                gsize n_dims,
                gsize n_components,
                gboolean unit_rows,
                UmkRun *run,
                GError **error)
{
    UmkPcaInput input = {rows, stride, n_rows, n_dims, unit_rows, run};
    g_autoptr(UmkPca) self = g_new0(UmkPca, 1);
    gsize k = MIN(n_components, MIN(n_rows, n_dims));

    self->n_dims = n_dims;
    self->n_components = n_components;
    self->unit_rows = unit_rows;
    self->mean = g_new0(double, n_dims + 1);
    self->basis = g_new0(double, n_components *n_dims + 1);
    self->variance = g_new0(double, n_components + 1);
    /* OpenBLAS is set to one thread when the pool is first asked for its size. */
    (void) _umk_pool_n_threads();
    if (!umk_run_check(run, error))
        return NULL;
    if (n_rows < 2 || k == 0 ? !_umk_pca_mean(&input, self->mean, error)
                             : !fit(&input, self, k, solver, error))
        return NULL;
    for (gsize i = 0; i < n_components && n_dims > 0; i++)
        settle_direction(self, i);
    if (!pack_basis(self, FALSE)) {
        _umk_pca_no_memory(error);
        return NULL;
    }
    umk_run_report(run, _("Principal components"), 1.0);
    return g_steal_pointer(&self);
}

UmkPca *
_umk_pca_fit(const float *rows,
             gsize stride,
             gsize n_rows,
             gsize n_dims,
             gsize n_components,
             gboolean unit_rows,
             UmkRun *run,
             GError **error)
{
    return _umk_pca_fit_by(UMK_PCA_AUTO, rows, stride, n_rows, n_dims, n_components,
                           unit_rows, run, error);
}

void
_umk_pca_free(UmkPca *self)
{
    if (self == NULL)
        return;
    g_free(self->mean);
    g_free(self->basis);
    g_free(self->variance);
    _umk_packed_free(self->packed);
    g_free(self);
}

/* ---- coordinates ------------------------------------------------------------------ */

typedef struct {
    const UmkPca *pca;
    const float *rows;
    gsize stride;
    float *coords;
    gsize out_stride;
    float *mean, *rest; /* (n_dims), the mean as float and what that leaves */
} TransformWork;

/* Rows less the mean, which is taken away in two parts where a row is as it is: what is
 * left is then as near as if it had been done in double. */
static void
centre_rows(const TransformWork *work, gsize first, gsize n, float *centred)
{
    const UmkPca *pca = work->pca;
    gsize d = pca->n_dims;

    for (gsize row = 0; row < n; row++, centred += d) {
        const float *values = work->rows + (first + row) * work->stride;
        double scale = _umk_pca_row_scale(values, d, pca->unit_rows);

        if (pca->unit_rows)
            for (gsize i = 0; i < d; i++)
                centred[i] = (float) ((double) values[i] * scale - pca->mean[i]);
        else
            for (gsize i = 0; i < d; i++)
                centred[i] = (values[i] - work->mean[i]) - work->rest[i];
    }
}

/* One chain of additions a coordinate, which the rows beside it do not change. */
static void
transform_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    TransformWork *work = data;
    g_autofree float *centred = g_new(float, ROW_BLOCK * work->pca->n_dims + 1);

    for (gsize row = begin; row < end; row += ROW_BLOCK) {
        gsize n = MIN(ROW_BLOCK, end - row);

        centre_rows(work, row, n, centred);
        _umk_gemm_packed(centred, n, work->pca->packed, NULL,
                         work->coords + row * work->out_stride, work->out_stride);
    }
}

void
_umk_pca_transform(const UmkPca *self,
                   const float *rows,
                   gsize stride,
                   gsize n_rows,
                   float *coords,
                   gsize out_stride)
{
    g_autofree float *mean = g_new(float, 2 * self->n_dims + 1);
    TransformWork work = {.pca = self,
                          .rows = rows,
                          .stride = stride,
                          .coords = coords,
                          .out_stride = out_stride,
                          .mean = mean,
                          .rest = mean + self->n_dims};

    for (gsize i = 0; i < self->n_dims; i++) {
        work.mean[i] = (float) self->mean[i];
        work.rest[i] = (float) (self->mean[i] - (double) work.mean[i]);
    }
    _umk_parallel_for(n_rows, ROW_CHUNK, transform_rows, &work);
}
