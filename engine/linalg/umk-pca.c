/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Principal components by the smaller of two symmetric matrices: the covariance (n_dims
 * square) or, with fewer rows than dimensions, the Gram matrix of the centred rows. Up to
 * EIGEN_LIMIT its eigenvectors come from LAPACK; above, the few that are wanted come from
 * subspace iteration with a fixed start. */
#include "linalg/umk-pca-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"

#include <glib/gi18n-lib.h>

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#define EIGEN_LIMIT    2048
#define BLOCK_ROWS     2048
#define TILE           128
#define SPARE_VECTORS  16
#define MAX_ITERATIONS 400
#define TOLERANCE      1e-10 /* change of an eigenvalue, relative */
#define NO_VARIANCE    1e-12 /* share of the total below which a direction is noise */

typedef struct {
    const float *rows;
    gsize stride;
    gsize n_rows;
    gsize n_dims;
    gboolean unit_rows;
    UmkRun *run;
} Input;

static double
row_scale(const float *row, gsize n_dims, gboolean unit_rows)
{
    double squared = 0.0;

    if (!unit_rows)
        return 1.0;
    for (gsize i = 0; i < n_dims; i++)
        squared += (double) row[i] * (double) row[i];
    return squared > 0.0 ? 1.0 / sqrt(squared) : 0.0;
}

/* ---- mean ------------------------------------------------------------------------- */

typedef struct {
    const Input *input;
    double *sums; /* (n_blocks, n_dims) */
} MeanWork;

static void
sum_blocks(gsize begin, gsize end, guint worker, gpointer data)
{
    MeanWork *work = data;
    const Input *input = work->input;

    for (gsize row = begin; row < end; row++) {
        double *sums = work->sums + row / BLOCK_ROWS * input->n_dims;
        const float *values = input->rows + row * input->stride;
        double scale = row_scale(values, input->n_dims, input->unit_rows);

        for (gsize i = 0; i < input->n_dims; i++)
            sums[i] += (double) values[i] * scale;
    }
}

static gboolean
find_mean(const Input *input, double *mean, GError **error)
{
    gsize n_blocks = (input->n_rows + BLOCK_ROWS - 1) / BLOCK_ROWS, count;
    MeanWork work = {.input = input};

    memset(mean, 0, input->n_dims * sizeof *mean);
    if (!_umk_size_mul(n_blocks, input->n_dims, &count))
        count = G_MAXSIZE / sizeof(double);
    work.sums = _umk_alloc_aligned(count, sizeof(double), _("The mean"), error);
    if (work.sums == NULL)
        return FALSE;
    _umk_parallel_for(input->n_rows, BLOCK_ROWS, sum_blocks, &work);
    for (gsize block = 0; block < n_blocks; block++)
        for (gsize i = 0; i < input->n_dims; i++)
            mean[i] += work.sums[block * input->n_dims + i];
    for (gsize i = 0; i < input->n_dims && input->n_rows > 0; i++)
        mean[i] /= (double) input->n_rows;
    _umk_free_aligned(work.sums);
    return TRUE;
}

/* ---- centred rows and their products ---------------------------------------------- */

typedef struct {
    const Input *input;
    const double *mean;
    gsize first;
    double *out; /* (n, n_dims) */
} CentreWork;

static void
centre_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    CentreWork *work = data;
    const Input *input = work->input;

    for (gsize row = begin; row < end; row++) {
        const float *values = input->rows + (work->first + row) * input->stride;
        double scale = row_scale(values, input->n_dims, input->unit_rows);
        double *out = work->out + row * input->n_dims;

        for (gsize i = 0; i < input->n_dims; i++)
            out[i] = (double) values[i] * scale - work->mean[i];
    }
}

static void
centre(const Input *input, const double *mean, gsize first, gsize n, double *out)
{
    CentreWork work = {.input = input, .mean = mean, .first = first, .out = out};

    _umk_parallel_for(n, 64, centre_rows, &work);
}

/* The upper tiles of a symmetric product, each summed by one task in one order. */
typedef struct {
    const double *block; /* (n, n_dims) */
    gsize n;
    gsize n_dims;
    gboolean gram;  /* block · blockᵀ instead of blockᵀ · block */
    double *square; /* (size, size) */
    gsize size;
} ProductWork;

static void
multiply_tile(const ProductWork *work, gsize row, gsize col)
{
    int n_row = (int) MIN(TILE, work->size - row),
        n_col = (int) MIN(TILE, work->size - col);
    double *out = work->square + row * work->size + col;
    int stride = (int) work->n_dims;

    if (work->gram)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n_row, n_col, stride, 1.0,
                    work->block + row * work->n_dims, stride,
                    work->block + col * work->n_dims, stride, 1.0, out, (int) work->size);
    else
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n_row, n_col, (int) work->n,
                    1.0, work->block + row, stride, work->block + col, stride, 1.0, out,
                    (int) work->size);
}

static void
multiply_tiles(gsize begin, gsize end, guint worker, gpointer data)
{
    const ProductWork *work = data;
    gsize n_tiles = (work->size + TILE - 1) / TILE;

    for (gsize task = begin; task < end; task++) {
        gsize row = task / n_tiles, col = task % n_tiles;

        if (row <= col)
            multiply_tile(work, row * TILE, col * TILE);
    }
}

static void
add_product(ProductWork *work)
{
    gsize n_tiles = (work->size + TILE - 1) / TILE;

    _umk_parallel_for(n_tiles * n_tiles, 1, multiply_tiles, work);
}

static void
mirror_and_scale(double *square, gsize size, double factor)
{
    for (gsize row = 0; row < size; row++)
        for (gsize col = row; col < size; col++) {
            double value = square[row * size + col] * factor;

            square[row * size + col] = square[col * size + row] = value;
        }
}

static gboolean
make_covariance(const Input *input, const double *mean, double *square, GError **error)
{
    ProductWork work = {.n_dims = input->n_dims, .square = square, .size = input->n_dims};
    double *block = _umk_alloc_aligned(MIN(BLOCK_ROWS, input->n_rows) * input->n_dims,
                                       sizeof(double), _("A block of rows"), error);
    gboolean done = block != NULL;

    for (gsize first = 0; first < input->n_rows && done; first += BLOCK_ROWS) {
        work.n = MIN(BLOCK_ROWS, input->n_rows - first);
        work.block = block;
        umk_run_report(input->run, _("Principal components"),
                       0.9 * (double) first / (double) input->n_rows);
        done = umk_run_check(input->run, error);
        if (done) {
            centre(input, mean, first, work.n, block);
            add_product(&work);
        }
    }
    _umk_free_aligned(block);
    if (done)
        mirror_and_scale(square, input->n_dims, 1.0 / (double) (input->n_rows - 1));
    return done;
}

/* ---- eigenvectors ----------------------------------------------------------------- */

static gboolean
not_converged(GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED,
                _("The principal components did not settle"));
    return FALSE;
}

/* The k largest eigenvalues, descending, and their vectors, (k, size). square is lost. */
static gboolean
eigen_dense(
    double *square, gsize size, gsize k, double *values, double *vectors, GError **error)
{
    g_autofree double *found = g_new(double, size);
    g_autofree lapack_int *support = g_new(lapack_int, 2 * size);
    double *columns =
        _umk_alloc_aligned(size * k, sizeof(double), _("Eigenvectors"), error);
    lapack_int n = (lapack_int) size, n_found = 0, info;

    if (columns == NULL)
        return FALSE;
    /* Column order is the same matrix, for it is symmetric, and spares a transposition.
     */
    info = LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'I', 'U', n, square, n, 0.0, 0.0,
                          n - (lapack_int) k + 1, n, 0.0, &n_found, found, columns, n,
                          support);
    if (info == 0 && n_found == (lapack_int) k)
        for (gsize i = 0; i < k; i++) {
            values[i] = found[k - 1 - i];
            memcpy(vectors + i * size, columns + (k - 1 - i) * size,
                   size * sizeof(double));
        }
    _umk_free_aligned(columns);
    return (info == 0 && n_found == (lapack_int) k) || not_converged(error);
}

typedef struct {
    const double *square;
    gsize size;
    gsize width;
    const double *from; /* (size, width) */
    double *to;         /* (size, width) */
} ApplyWork;

static void
apply_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    ApplyWork *work = data;

    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) (end - begin),
                (int) work->width, (int) work->size, 1.0,
                work->square + begin * work->size, (int) work->size, work->from,
                (int) work->width, 0.0, work->to + begin * work->width,
                (int) work->width);
}

static gboolean
orthonormalise(double *basis, gsize size, gsize width, double *tau)
{
    lapack_int m = (lapack_int) size, n = (lapack_int) width;

    return LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, m, n, basis, n, tau) == 0 &&
           LAPACKE_dorgqr(LAPACK_ROW_MAJOR, m, n, n, basis, n, tau) == 0;
}

/* Rayleigh-Ritz: turns the basis into the best eigenvectors within its span. */
static gboolean
rotate(const double *basis,
       const double *image,
       gsize size,
       gsize width,
       double *small,
       double *values,
       double *rotated)
{
    int n = (int) size, w = (int) width;

    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, w, w, n, 1.0, basis, w, image, w,
                0.0, small, w);
    mirror_and_scale(small, width, 1.0);
    if (LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'U', w, small, w, values) != 0)
        return FALSE;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, w, w, 1.0, basis, w, small,
                w, 0.0, rotated, w);
    return TRUE;
}

static gboolean
eigen_few(const double *square,
          gsize size,
          gsize k,
          double *values,
          double *vectors,
          UmkRun *run,
          GError **error)
{
    gsize width = MIN(size, k + SPARE_VECTORS);
    double *memory = _umk_alloc_aligned(size * width * 3 + width * width + 3 * width,
                                        sizeof(double), _("Eigenvectors"), error);
    double *basis = memory, *image, *rotated, *small, *tau, *now, *before;
    gboolean settled = FALSE, done = memory != NULL;
    UmkRng rng;

    if (!done)
        return FALSE;
    image = basis + size * width;
    rotated = image + size * width;
    small = rotated + size * width;
    tau = small + width * width;
    now = tau + width;
    before = now + width;
    _umk_rng_init(&rng, 0x756d656b6f6d69, 0);
    for (gsize i = 0; i < size * width; i++)
        basis[i] = _umk_rng_normal(&rng);
    done = orthonormalise(basis, size, width, tau) || not_converged(error);
    for (guint turn = 0; done && !settled && turn < MAX_ITERATIONS; turn++) {
        ApplyWork work = {square, size, width, basis, image};

        if (!umk_run_check(run, error)) {
            done = FALSE;
            break;
        }
        _umk_parallel_for(size, 256, apply_rows, &work);
        if (!rotate(basis, image, size, width, small, now, rotated)) {
            done = not_converged(error);
            break;
        }
        settled = turn > 0;
        for (gsize i = width - k; i < width; i++)
            settled &= fabs(now[i] - before[i]) <= TOLERANCE * fabs(now[width - 1]);
        memcpy(before, now, width * sizeof *now);
        memcpy(basis, image, size * width * sizeof *basis);
        done = settled || orthonormalise(basis, size, width, tau) || not_converged(error);
    }
    /* Not settled after so many turns means neighbouring values that no layout tells
     * apart: what there is spans the right directions. */
    for (gsize i = 0; i < k && done; i++) {
        values[i] = now[width - 1 - i];
        for (gsize j = 0; j < size; j++)
            vectors[i * size + j] = rotated[j * width + width - 1 - i];
    }
    _umk_free_aligned(memory);
    return done;
}

static gboolean
eigen(double *square,
      gsize size,
      gsize k,
      double *values,
      double *vectors,
      UmkRun *run,
      GError **error)
{
    umk_run_report(run, _("Principal components"), 0.9);
    return size <= EIGEN_LIMIT ? eigen_dense(square, size, k, values, vectors, error)
                               : eigen_few(square, size, k, values, vectors, run, error);
}

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
fit_covariance(const Input *input, UmkPca *pca, gsize k, GError **error)
{
    gsize d = input->n_dims;
    double *square =
        _umk_alloc_aligned(d * d, sizeof(double), _("The covariance"), error);
    gboolean done;

    if (square == NULL)
        return FALSE;
    done = make_covariance(input, pca->mean, square, error);
    if (done) {
        pca->total = trace(square, d);
        done = eigen(square, d, k, pca->variance, pca->basis, input->run, error);
    }
    _umk_free_aligned(square);
    return done;
}

/* With X centred, eigenvectors u of X·Xᵀ give directions Xᵀ·u / |Xᵀ·u|. */
static gboolean
fit_gram(const Input *input, UmkPca *pca, gsize k, GError **error)
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
    if (square != NULL && umk_run_check(input->run, error)) {
        ProductWork work = {rows, n, d, TRUE, square, n};

        centre(input, pca->mean, 0, n, rows);
        add_product(&work);
        mirror_and_scale(square, n, 1.0 / (double) (n - 1));
        pca->total = trace(square, n);
        done = eigen(square, n, k, pca->variance, vectors, input->run, error);
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
    Input input = {rows, stride, n_rows, n_dims, unit_rows, run};
    g_autoptr(UmkPca) self = g_new0(UmkPca, 1);
    gsize k = MIN(n_components, MIN(n_rows, n_dims));
    gboolean done = TRUE;

    self->n_dims = n_dims;
    self->n_components = n_components;
    self->unit_rows = unit_rows;
    self->mean = g_new0(double, n_dims + 1);
    self->basis = g_new0(double, n_components *n_dims + 1);
    self->variance = g_new0(double, n_components + 1);
    if (!umk_run_check(run, error) || !find_mean(&input, self->mean, error))
        return NULL;
    if (n_rows >= 2 && k > 0)
        done = n_rows < n_dims ? fit_gram(&input, self, k, error)
                               : fit_covariance(&input, self, k, error);
    if (!done)
        return NULL;
    for (gsize i = 0; i < n_components && n_dims > 0; i++)
        settle_direction(self, i);
    umk_run_report(run, _("Principal components"), 1.0);
    return g_steal_pointer(&self);
}

void
_umk_pca_free(UmkPca *self)
{
    if (self == NULL)
        return;
    g_free(self->mean);
    g_free(self->basis);
    g_free(self->variance);
    g_free(self);
}

/* ---- coordinates ------------------------------------------------------------------ */

typedef struct {
    const UmkPca *pca;
    const float *rows;
    gsize stride;
    float *coords;
    gsize out_stride;
} TransformWork;

static double
project(const UmkPca *pca, const float *row, double scale, const double *direction)
{
    double sums[4] = {0.0, 0.0, 0.0, 0.0};
    gsize i = 0;

    for (; i + 4 <= pca->n_dims; i += 4)
        for (int lane = 0; lane < 4; lane++)
            sums[lane] +=
                ((double) row[i + (gsize) lane] * scale - pca->mean[i + (gsize) lane]) *
                direction[i + (gsize) lane];
    for (; i < pca->n_dims; i++)
        sums[0] += ((double) row[i] * scale - pca->mean[i]) * direction[i];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

static void
transform_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    TransformWork *work = data;
    const UmkPca *pca = work->pca;

    for (gsize row = begin; row < end; row++) {
        const float *values = work->rows + row * work->stride;
        double scale = row_scale(values, pca->n_dims, pca->unit_rows);

        for (gsize i = 0; i < pca->n_components; i++)
            work->coords[row * work->out_stride + i] =
                (float) project(pca, values, scale, pca->basis + i * pca->n_dims);
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
    TransformWork work = {self, rows, stride, coords, out_stride};

    _umk_parallel_for(n_rows, 256, transform_rows, &work);
}
