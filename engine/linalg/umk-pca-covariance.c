/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Symmetric products of centred rows: the covariance and the Gram matrix, in tiles that
 * are each summed by one task in one order.
 *
 * A block of 2,048 centred rows in float loses no more than the rows themselves lost when
 * they were rounded to float, and takes half the time of double; blocks are added in
 * double. Small work is done in double throughout. */
#include "linalg/umk-pca-parts-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-gemm-private.h"

#include <glib/gi18n-lib.h>

#include <cblas.h>

#define TILE  128
#define STRIP 96 /* columns of the covariance that one task makes */
#define FLOAT_FROM                                                                       \
    1e9 /* multiply-adds: below, double is done in a fraction of a second */

typedef struct {
    const double *block; /* (n, n_dims) */
    gsize n;
    gsize n_dims;
    gboolean gram;  /* block · blockᵀ instead of blockᵀ · block */
    double *square; /* (size, size) */
    gsize size;
    gsize tile;
} ProductWork;

static void
multiply_tile(const ProductWork *work, gsize row, gsize col)
{
    int n_row = (int) MIN(work->tile, work->size - row),
        n_col = (int) MIN(work->tile, work->size - col);
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
    gsize n_tiles = (work->size + work->tile - 1) / work->tile;

    for (gsize task = begin; task < end; task++) {
        gsize row = task / n_tiles, col = task % n_tiles;

        if (row <= col)
            multiply_tile(work, row * work->tile, col * work->tile);
    }
}

static void
add_product(ProductWork *work)
{
    gsize n_tiles = (work->size + TILE - 1) / TILE;

    /* Tiles of one size, so that no task is left with a sliver. */
    work->tile = MIN(TILE, ((work->size + n_tiles - 1) / n_tiles + 7) & ~(gsize) 7);
    n_tiles = (work->size + work->tile - 1) / work->tile;
    _umk_parallel_for(n_tiles * n_tiles, 1, multiply_tiles, work);
}

void
_umk_pca_gram(const double *rows, gsize n_rows, gsize n_dims, double *square)
{
    ProductWork work = {.block = rows,
                        .n = n_rows,
                        .n_dims = n_dims,
                        .gram = TRUE,
                        .square = square,
                        .size = n_rows};

    add_product(&work);
}

/* ---- in float ------------------------------------------------------------------------
 */

/* A block both ways: columns as rows to multiply with, and packed to multiply. */
typedef struct {
    const float *block; /* (n, n_dims) */
    gsize n;
    gsize n_dims;
    float *columns; /* (n_dims, n) */
    UmkPacked *packed;
    float *products; /* (workers, STRIP, n_dims) */
    double *square;
} FloatWork;

/* Sixteen rows at a time, so that what is written is whole cache lines. */
static void
turn_columns(gsize begin, gsize end, guint worker, gpointer data)
{
    const FloatWork *work = data;
    gsize d = work->n_dims, n = work->n;

    for (gsize row = 0; row < n; row += 16) {
        gsize n_rows = MIN(16, n - row);
        const float *from = work->block + row * d;

        for (gsize col = begin; col < end; col++) {
            float *to = work->columns + col * n + row;

            if (n_rows == 16)
                for (gsize i = 0; i < 16; i++)
                    to[i] = from[i * d + col];
            else
                for (gsize i = 0; i < n_rows; i++)
                    to[i] = from[i * d + col];
        }
    }
}

/* One strip of the square from its diagonal to the right border. */
static void
multiply_strip(gsize begin, gsize end, guint worker, gpointer data)
{
    const FloatWork *work = data;
    gsize d = work->n_dims, first = begin / UMK_GEMM_SPLIT * UMK_GEMM_SPLIT;
    float *out = work->products + (gsize) worker * STRIP * d;
    UmkGemmEnd plain = {0};

    _umk_gemm_packed_part(work->columns + begin * work->n, work->n, end - begin,
                          work->packed, first, d - first, &plain, out, d);
    for (gsize row = begin; row < end; row++) {
        const float *sums = out + (row - begin) * d;
        double *to = work->square + row * d;

        for (gsize col = row; col < d; col++)
            to[col] += (double) sums[col];
    }
}

static void
add_block(FloatWork *work)
{
    _umk_parallel_for(work->n_dims, STRIP, turn_columns, work);
    _umk_packed_fill(work->packed, 0, work->columns, work->n_dims);
    _umk_parallel_for(work->n_dims, STRIP, multiply_strip, work);
}

static gboolean
covariance_f32(const UmkPcaInput *input,
               const double *mean,
               double *square,
               GError **error)
{
    gsize d = input->n_dims, n_rows = MIN(UMK_PCA_BLOCK_ROWS, input->n_rows);
    float *memory =
        _umk_alloc_aligned(2 * n_rows * d + (gsize) _umk_pool_n_threads() * STRIP * d,
                           sizeof(float), _("A block of rows"), error);
    FloatWork work = {.block = memory, .n_dims = d, .square = square};
    gboolean done = memory != NULL;

    for (gsize first = 0; first < input->n_rows && done; first += work.n) {
        work.n = MIN(n_rows, input->n_rows - first);
        umk_run_report(input->run, _("Principal components"),
                       0.9 * (double) first / (double) input->n_rows);
        done = umk_run_check(input->run, error);
        if (!done)
            break;
        if (work.packed == NULL || _umk_packed_get_k(work.packed) != work.n) {
            _umk_packed_free(work.packed);
            work.packed = _umk_packed_new_empty(d, work.n);
            done = work.packed != NULL || _umk_pca_no_memory(error);
        }
        if (done) {
            work.columns = memory + n_rows * d;
            work.products = memory + 2 * n_rows * d;
            _umk_pca_centre_f32(input, mean, first, work.n, memory);
            add_block(&work);
        }
    }
    _umk_packed_free(work.packed);
    _umk_free_aligned(memory);
    return done;
}

/* ---- in double -----------------------------------------------------------------------
 */

static gboolean
covariance_f64(const UmkPcaInput *input,
               const double *mean,
               double *square,
               GError **error)
{
    ProductWork work = {.n_dims = input->n_dims, .square = square, .size = input->n_dims};
    double *block =
        _umk_alloc_aligned(MIN(UMK_PCA_BLOCK_ROWS, input->n_rows) * input->n_dims,
                           sizeof(double), _("A block of rows"), error);
    gboolean done = block != NULL;

    work.block = block;
    for (gsize first = 0; first < input->n_rows && done; first += UMK_PCA_BLOCK_ROWS) {
        work.n = MIN(UMK_PCA_BLOCK_ROWS, input->n_rows - first);
        umk_run_report(input->run, _("Principal components"),
                       0.9 * (double) first / (double) input->n_rows);
        done = umk_run_check(input->run, error);
        if (done) {
            _umk_pca_centre(input, mean, first, work.n, block);
            add_product(&work);
        }
    }
    _umk_free_aligned(block);
    return done;
}

gboolean
_umk_pca_covariance(const UmkPcaInput *input,
                    const double *mean,
                    double *square,
                    GError **error)
{
    double d = (double) input->n_dims, cost = (double) input->n_rows * d * d;

    if (!(cost > FLOAT_FROM ? covariance_f32 : covariance_f64)(input, mean, square,
                                                               error))
        return FALSE;
    _umk_pca_mirror(square, input->n_dims, 1.0 / (double) (input->n_rows - 1));
    return TRUE;
}
