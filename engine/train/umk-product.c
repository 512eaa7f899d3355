/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packs the right operand once, then multiplies rows of the left in parallel. */
#include "train/umk-product-private.h"

#include "core/umk-pool-private.h"
#include "linalg/umk-gemm-private.h"

#include <gio/gio.h>

#define ROW_CHUNK 16

typedef struct {
    const float *a;
    const float *packed;
    const float *bias;
    gsize n, k;
    float *out;
    GCancellable *cancellable;
} Job;

static void
multiply_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Job *job = data;

    if (!g_cancellable_is_cancelled(job->cancellable))
        _umk_gemm_raw(job->a + begin * job->k, job->k, end - begin, job->packed, job->n,
                      job->k, job->bias, job->out + begin * job->n, job->n);
}

static void
transpose(const float *a, gsize rows, gsize cols, float *out)
{
    for (gsize i = 0; i < rows; i++)
        for (gsize j = 0; j < cols; j++)
            out[j * rows + i] = a[i * cols + j];
}

void
_umk_product(UmkProduct kind,
             const float *a,
             const float *b,
             gsize m,
             gsize n,
             gsize k,
             const float *bias,
             float *out,
             GCancellable *cancellable)
{
    g_autofree float *packed = g_new(float, _umk_gemm_pack_size(n, k));
    g_autofree float *turned = NULL;
    Job job = {a, packed, bias, n, k, out, cancellable};

    if (m == 0 || n == 0)
        return;
    if (kind == UMK_PRODUCT_TRANSPOSED_LEFT) {
        turned = g_new(float, m *k);
        transpose(a, k, m, turned);
        job.a = turned;
    }
    if (kind == UMK_PRODUCT_TRANSPOSED_RIGHT)
        _umk_gemm_pack_rows(b, k, n, k, packed);
    else
        _umk_gemm_pack_columns(b, n, n, k, packed);
    _umk_parallel_for(m, ROW_CHUNK, multiply_rows, &job);
}
