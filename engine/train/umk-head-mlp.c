/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The head "mlp": x W + b + gelu(x V + c) O, a linear map with a bend beside it. W and b
 * start from the ridge solution, V by chance (normal, variance 1 / n_in), c and O at
 * zero, so that the bend begins as nothing and grows only as far as it helps. The weights
 * lie in the order W, b, V, c, O. With h = x V + c, a = gelu(h) and D the gradient of the
 * output,
 *
 *   dO = a'D,  dh = D O' * gelu'(h),  dV = x'dh,  dc = sum of dh
 *   gelu'(h) = Phi(h) + h phi(h), the normal distribution's function and density */
#include "train/umk-head-private.h"

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-kernels-private.h"
#include "train/umk-product-private.h"

#include <math.h>
#include <string.h>

#define CHUNK 4096

typedef struct {
    gsize v, c, o; /* where they begin */
} Places;

static Places
find_places(const UmkHeadShape *s)
{
    gsize v = s->n_in * s->n_out + s->n_out, c = v + s->n_in * s->n_hidden;

    return (Places){v, c, c + s->n_hidden};
}

static guint
list_blocks(const UmkHeadShape *shape, UmkHeadBlock *blocks)
{
    guint n = _umk_head_list_affine(shape, blocks);

    blocks[n++] = (UmkHeadBlock){shape->n_in, shape->n_hidden, TRUE};
    blocks[n++] = (UmkHeadBlock){1, shape->n_hidden, FALSE};
    blocks[n++] = (UmkHeadBlock){shape->n_hidden, shape->n_out, TRUE};
    return n;
}

static gboolean
start(const UmkHeadShape *shape,
      UmkHeadPairs *pairs,
      guint which,
      float *weights,
      GError **error)
{
    Places at = find_places(shape);
    double spread = 1.0 / sqrt((double) shape->n_in);
    UmkRng rng;

    if (!_umk_head_start_ridge(shape, pairs, which, weights, error))
        return FALSE;
    _umk_rng_init(&rng, pairs->seed, G_MAXUINT64);
    for (gsize i = at.v; i < at.c; i++)
        weights[i] = (float) (spread * _umk_rng_normal(&rng));
    memset(weights + at.c, 0,
           (shape->n_hidden + shape->n_hidden * shape->n_out) * sizeof(float));
    return TRUE;
}

/* A row's cache is h, then a; all the h of a batch come before all the a. */
static gsize
cache_size(const UmkHeadShape *shape)
{
    return 2 * shape->n_hidden;
}

static void
activate(gsize begin, gsize end, guint worker, gpointer data)
{
    _umk_kernel_activate(UMK_ACTIVATION_GELU, (float *) data + begin, end - begin);
}

typedef struct {
    float *out;
    const float *more;
} Sum;

static void
add(gsize begin, gsize end, guint worker, gpointer data)
{
    Sum *sum = data;

    _umk_kernel_add(sum->out + begin, sum->more + begin, end - begin);
}

static void
forward(const UmkHeadShape *shape,
        const float *weights,
        const float *x,
        gsize n,
        float *cache,
        float *out,
        GCancellable *cancellable)
{
    Places at = find_places(shape);
    float *h = cache, *a = cache + n * shape->n_hidden;
    g_autofree float *bend = g_new(float, MAX(n * shape->n_out, 1));
    Sum sum = {out, bend};

    _umk_head_forward_affine(shape, weights, x, n, NULL, out, cancellable);
    _umk_product(UMK_PRODUCT_PLAIN, x, weights + at.v, n, shape->n_hidden, shape->n_in,
                 weights + at.c, h, cancellable);
    if (g_cancellable_is_cancelled(cancellable))
        return;
    memcpy(a, h, n * shape->n_hidden * sizeof(float));
    _umk_parallel_for(n * shape->n_hidden, CHUNK, activate, a);
    _umk_product(UMK_PRODUCT_PLAIN, a, weights + at.o, n, shape->n_out, shape->n_hidden,
                 NULL, bend, cancellable);
    if (!g_cancellable_is_cancelled(cancellable))
        _umk_parallel_for(n * shape->n_out, CHUNK, add, &sum);
}

typedef struct {
    const float *h;
    float *d_h;
} Slope;

static void
apply_slope(gsize begin, gsize end, guint worker, gpointer data)
{
    Slope *slope = data;

    for (gsize i = begin; i < end; i++) {
        double h = (double) slope->h[i];
        double phi = exp(-0.5 * h * h) * 0.3989422804014327; /* 1 / sqrt(2 pi) */

        slope->d_h[i] = (float) ((double) slope->d_h[i] *
                                 (0.5 * (1.0 + erf(h * G_SQRT2 / 2.0)) + h * phi));
    }
}

static void
backward(const UmkHeadShape *shape,
         const float *weights,
         const float *x,
         gsize n,
         float *cache,
         const float *d_out,
         float *gradient,
         GCancellable *cancellable)
{
    Places at = find_places(shape);
    const float *h = cache, *a = cache + n * shape->n_hidden;
    g_autofree float *d_h = g_new(float, MAX(n * shape->n_hidden, 1));
    Slope slope = {h, d_h};

    _umk_head_backward_affine(shape, weights, x, n, NULL, d_out, gradient, cancellable);
    _umk_product(UMK_PRODUCT_TRANSPOSED_LEFT, a, d_out, shape->n_hidden, shape->n_out, n,
                 NULL, gradient + at.o, cancellable);
    _umk_product(UMK_PRODUCT_TRANSPOSED_RIGHT, d_out, weights + at.o, n, shape->n_hidden,
                 shape->n_out, NULL, d_h, cancellable);
    if (g_cancellable_is_cancelled(cancellable))
        return;
    _umk_parallel_for(n * shape->n_hidden, CHUNK, apply_slope, &slope);
    _umk_product(UMK_PRODUCT_TRANSPOSED_LEFT, x, d_h, shape->n_in, shape->n_hidden, n,
                 NULL, gradient + at.v, cancellable);
    memset(gradient + at.c, 0, shape->n_hidden * sizeof(float));
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < shape->n_hidden; j++)
            gradient[at.c + j] += d_h[i * shape->n_hidden + j];
}

static void
export_head(const UmkHeadShape *shape, const float *weights, UmkAligner *aligner)
{
    Places at = find_places(shape);

    _umk_head_export_affine(shape, weights, aligner);
    aligner->n_hidden = shape->n_hidden;
    aligner->hidden = g_memdup2(weights + at.v, (at.c - at.v) * sizeof(float));
    aligner->hidden_bias = g_memdup2(weights + at.c, (at.o - at.c) * sizeof(float));
    aligner->bend =
        g_memdup2(weights + at.o, shape->n_hidden * shape->n_out * sizeof(float));
}

const UmkHeadOps _umk_head_mlp = {
    .name = "mlp",
    .learns = TRUE,
    .has_hidden = TRUE,
    .n_starts = UMK_HEAD_PENALTIES,
    .list_blocks = list_blocks,
    .start = start,
    .cache_size = cache_size,
    .forward = forward,
    .backward = backward,
    .export = export_head,
};
