/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The head "linear": x W + b, learnt by contrast. It starts from the ridge solution,
 * which a few hundred pairs determine well, so that learning only has to improve on it.
 * What every head that begins with x W + b shares is here as well. */
#include "train/umk-head-private.h"

#include "train/umk-product-private.h"

#include <string.h>

guint
_umk_head_list_affine(const UmkHeadShape *shape, UmkHeadBlock *blocks)
{
    blocks[0] = (UmkHeadBlock){shape->n_in, shape->n_out, TRUE};
    blocks[1] = (UmkHeadBlock){1, shape->n_out, FALSE};
    return 2;
}

gsize
_umk_head_no_cache(const UmkHeadShape *shape)
{
    return 0;
}

void
_umk_head_forward_affine(const UmkHeadShape *shape,
                         const float *weights,
                         const float *x,
                         gsize n,
                         float *cache,
                         float *out,
                         GCancellable *cancellable)
{
    _umk_product(UMK_PRODUCT_PLAIN, x, weights, n, shape->n_out, shape->n_in,
                 weights + shape->n_in * shape->n_out, out, cancellable);
}

void
_umk_head_backward_affine(const UmkHeadShape *shape,
                          const float *weights,
                          const float *x,
                          gsize n,
                          float *cache,
                          const float *d_out,
                          float *gradient,
                          GCancellable *cancellable)
{
    float *bias = gradient + shape->n_in * shape->n_out;

    _umk_product(UMK_PRODUCT_TRANSPOSED_LEFT, x, d_out, shape->n_in, shape->n_out, n,
                 NULL, gradient, cancellable);
    memset(bias, 0, shape->n_out * sizeof(float));
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < shape->n_out; j++)
            bias[j] += d_out[i * shape->n_out + j];
}

void
_umk_head_export_affine(const UmkHeadShape *shape,
                        const float *weights,
                        UmkAligner *aligner)
{
    gsize n = shape->n_in * shape->n_out;

    aligner->weight = g_memdup2(weights, n * sizeof(float));
    aligner->bias = g_memdup2(weights + n, shape->n_out * sizeof(float));
}

const UmkHeadOps _umk_head_linear = {
    .name = "linear",
    .learns = TRUE,
    .n_starts = UMK_HEAD_PENALTIES,
    .list_blocks = _umk_head_list_affine,
    .start = _umk_head_start_ridge,
    .cache_size = _umk_head_no_cache,
    .forward = _umk_head_forward_affine,
    .backward = _umk_head_backward_affine,
    .export = _umk_head_export_affine,
};
