/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Codes of 8 bits: whole numbers times the row's own scale, for the rows and for the
 * query, so that products are sums of whole numbers. */
#include "index/umk-flat-kind-private.h"

#include "linalg/umk-codes-private.h"

#include <math.h>

static gsize
int8_stride(gsize n_coded)
{
    return _umk_code_stride(n_coded);
}

static float
encode(float *rest, gsize n_coded, gint8 *code)
{
    float scale = _umk_code_from_floats(rest, n_coded, code);

    for (gsize i = 0; i < n_coded; i++)
        rest[i] -= scale * (float) code[i];
    return scale;
}

static float
int8_encode(const UmkFlatCodes *self, float *rest, gpointer code, float *coded)
{
    float scale = encode(rest, self->n_coded, code);

    *coded = scale * sqrtf((float) _umk_code_square(code, self->stride));
    return scale;
}

static void
int8_prepare(UmkFlatQuery *query, float *rest)
{
    query->scale = encode(rest, query->self->n_coded, query->code);
}

static void
int8_compare(UmkFlatQuery *query, gsize row, gsize n, float *dots)
{
    const UmkFlatCodes *self = query->self;
    const UmkCodeKernels *kernels = _umk_codes_kernels(_umk_codes_best_level());
    gint32 whole[UMK_FLAT_BLOCK];

    kernels->dot_run(query->code, (const gint8 *) self->codes + row * self->stride,
                     self->stride, n, whole);
    for (gsize i = 0; i < n; i++)
        dots[i] = (float) whole[i];
}

const UmkFlatKind _umk_flat_int8 = {
    .stride = int8_stride,
    .query_bytes = 1,
    .encode = int8_encode,
    .prepare = int8_prepare,
    .compare = int8_compare,
};
