/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of matrices that change with every step of training. Each output is one chain
 * of additions, so the bits do not depend on the number of threads. */
#pragma once

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

typedef enum {
    UMK_PRODUCT_PLAIN,            /* b (k, n)  */
    UMK_PRODUCT_TRANSPOSED_RIGHT, /* b (n, k)  */
    UMK_PRODUCT_TRANSPOSED_LEFT,  /* a (k, m), b (k, n) */
} UmkProduct;

/* out (m, n) = a b + bias; bias (n) may be NULL. Returns early, with out undefined, once
 * cancelled. */
void _umk_product(UmkProduct kind,
                  const float *a,
                  const float *b,
                  gsize m,
                  gsize n,
                  gsize k,
                  const float *bias,
                  float *out,
                  GCancellable *cancellable);

G_END_DECLS
