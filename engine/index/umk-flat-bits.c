/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Codes of 1 bit: on which side of the mean a number lies. Rows are compared by how many
 * bits differ. */
#include "index/umk-flat-kind-private.h"

#include "linalg/umk-codes-private.h"

static gsize
bits_stride(gsize n_coded)
{
    return (n_coded + 63) / 64 * sizeof(guint64);
}

static void
bits_begin(UmkFlatCodes *self)
{
    gsize n = self->vectors->n_rows;
    g_autofree double *sums = g_new0(double, self->n_coded + 1);

    self->mean = g_new0(float, self->n_coded + 1);
    for (gsize row = 0; row < n; row++) {
        const float *x = _umk_index_rows_get(self->vectors, row);

        for (gsize i = 0; i < self->n_coded; i++)
            sums[i] += (double) x[i];
    }
    for (gsize i = 0; i < self->n_coded && n > 0; i++)
        self->mean[i] = (float) (sums[i] / (double) n);
}

static float
bits_encode(const UmkFlatCodes *self, float *rest, gpointer code, float *coded)
{
    for (gsize i = 0; i < self->n_coded; i++)
        rest[i] -= self->mean[i];
    _umk_code_bits(rest, self->n_coded, code);
    *coded = 0;
    return 1;
}

static void
bits_prepare(UmkFlatQuery *query, float *rest)
{
    float unused;

    bits_encode(query->self, rest, query->code, &unused);
}

static void
bits_compare(UmkFlatQuery *query, gsize row, gsize n, float *dots)
{
    const UmkFlatCodes *self = query->self;
    const UmkCodeKernels *kernels = _umk_codes_kernels(_umk_codes_best_level());

    kernels->differ_run(
        query->code, (const guint64 *) (gconstpointer) (self->codes + row * self->stride),
        self->stride / sizeof(guint64), n, query->differ + row);
}

const UmkFlatKind _umk_flat_bits = {
    .counts = TRUE,
    .stride = bits_stride,
    .query_bytes = 1,
    .begin = bits_begin,
    .encode = bits_encode,
    .prepare = bits_prepare,
    .compare = bits_compare,
};
