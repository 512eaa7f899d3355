/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Symmetric products of centred rows: the covariance and the Gram matrix, in tiles that
 * are each summed by one task in one order. In double, where that is done in a moment;
 * the covariance of much in float (linalg/umk-pca-covariance-f32.c). */
#include "linalg/umk-pca-parts-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <cblas.h>

#define TILE 128
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

/* ---- in double -----------------------------------------------------------------------
 */

static gboolean
covariance_f64(const UmkPcaInput *input, double *mean, double *square, GError **error)
{
    ProductWork work = {.n_dims = input->n_dims, .square = square, .size = input->n_dims};
    double *block =
        _umk_alloc_aligned(MIN(UMK_PCA_BLOCK_ROWS, input->n_rows) * input->n_dims,
                           sizeof(double), _("A block of rows"), error);
    gboolean done = block != NULL && _umk_pca_mean(input, mean, error);

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
                    double *mean,
                    double *square,
                    GError **error)
{
    double d = (double) input->n_dims, cost = (double) input->n_rows * d * d;

    if (!(cost > FLOAT_FROM ? _umk_pca_covariance_f32 : covariance_f64)(input, mean,
                                                                        square, error))
        return FALSE;
    _umk_pca_mirror(square, input->n_dims, 1.0 / (double) (input->n_rows - 1));
    return TRUE;
}
