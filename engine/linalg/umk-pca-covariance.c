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

#include <glib/gi18n-lib.h>

#include <cblas.h>

#define TILE 128
#define FLOAT_FROM                                                                       \
    1e9 /* multiply-adds: below, double is done in a fraction of a second */

typedef struct {
    const double *block; /* (n, n_dims), or: */
    const float *block_f32;
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
multiply_tile_f32(const ProductWork *work, gsize row, gsize col)
{
    float sums[TILE * TILE];
    gsize n_row = MIN(work->tile, work->size - row),
          n_col = MIN(work->tile, work->size - col);
    int stride = (int) work->n_dims;

    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int) n_row, (int) n_col,
                (int) work->n, 1.0f, work->block_f32 + row, stride, work->block_f32 + col,
                stride, 0.0f, sums, TILE);
    for (gsize i = 0; i < n_row; i++) {
        double *out = work->square + (row + i) * work->size + col;

        for (gsize j = 0; j < n_col; j++)
            out[j] += (double) sums[i * TILE + j];
    }
}

static void
multiply_tiles(gsize begin, gsize end, guint worker, gpointer data)
{
    const ProductWork *work = data;
    gsize n_tiles = (work->size + work->tile - 1) / work->tile;

    for (gsize task = begin; task < end; task++) {
        gsize row = task / n_tiles, col = task % n_tiles;

        if (row <= col && work->block_f32 != NULL)
            multiply_tile_f32(work, row * work->tile, col * work->tile);
        else if (row <= col)
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

gboolean
_umk_pca_covariance(const UmkPcaInput *input,
                    const double *mean,
                    double *square,
                    GError **error)
{
    ProductWork work = {.n_dims = input->n_dims, .square = square, .size = input->n_dims};
    double d = (double) input->n_dims, cost = (double) input->n_rows * d * d;
    gsize size = cost > FLOAT_FROM ? sizeof(float) : sizeof(double);
    gpointer block =
        _umk_alloc_aligned(MIN(UMK_PCA_BLOCK_ROWS, input->n_rows) * input->n_dims, size,
                           _("A block of rows"), error);
    gboolean done = block != NULL;

    for (gsize first = 0; first < input->n_rows && done; first += UMK_PCA_BLOCK_ROWS) {
        work.n = MIN(UMK_PCA_BLOCK_ROWS, input->n_rows - first);
        umk_run_report(input->run, _("Principal components"),
                       0.9 * (double) first / (double) input->n_rows);
        done = umk_run_check(input->run, error);
        if (done && size == sizeof(float)) {
            work.block_f32 = block;
            _umk_pca_centre_f32(input, mean, first, work.n, block);
            add_product(&work);
        } else if (done) {
            work.block = block;
            _umk_pca_centre(input, mean, first, work.n, block);
            add_product(&work);
        }
    }
    _umk_free_aligned(block);
    if (done)
        _umk_pca_mirror(square, input->n_dims, 1.0 / (double) (input->n_rows - 1));
    return done;
}
