/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Codes beside an exact index: the table of kinds, and making them row by row. */
#include "index/umk-flat-kind-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define TAKE_CHUNK   256
#define SCORED_AGAIN 400 /* rows, where nothing is proved */

/* The kinds, from the largest codes to the smallest; names and kinds in one order. */
const char *const _umk_flat_names[] = {"none", "f16", "int8", "binary", NULL};

static const UmkFlatKind *const kinds[] = {
    NULL,
    &_umk_flat_half,
    &_umk_flat_int8,
    &_umk_flat_bits,
};

G_STATIC_ASSERT(G_N_ELEMENTS(kinds) + 1 == G_N_ELEMENTS(_umk_flat_names));

typedef struct {
    UmkFlatCodes *self;
    const guint32 *rows;
    UmkFlatError *errors; /* (n), of each */
} Taking;

static void
take_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Taking *taking = data;
    UmkFlatCodes *self = taking->self;
    gsize n_dims = self->vectors->n_dims;
    g_autofree float *scratch = g_new0(float, n_dims + 1);

    for (gsize i = begin; i < end; i++) {
        gsize row = taking->rows[i];
        const float *x = _umk_index_rows_get(self->vectors, row);
        float unused;

        if (!self->kind->counts) {
            _umk_flat_estimate_row(self, row, x, scratch, taking->errors + i);
            continue;
        }
        if (n_dims > 0)
            memcpy(scratch, x, n_dims * sizeof *x);
        self->kind->encode(self, scratch, self->codes + row * self->stride, &unused);
    }
}

static gboolean
grow(UmkFlatCodes *self, gsize room, GError **error)
{
    guint8 *codes;

    if (room <= self->room)
        return TRUE;
    if (self->room > 0)
        room += room / 4;
    codes = _umk_alloc_aligned(room, self->stride, _("The codes"), error);
    if (codes == NULL)
        return FALSE;
    if (self->n_rows > 0)
        memcpy(codes, self->codes, self->n_rows * self->stride);
    _umk_free_aligned(self->codes);
    self->codes = codes;
    if (!self->kind->counts) {
        self->scales = g_renew(float, self->scales, room);
        self->biases = g_renew(float, self->biases, room);
    }
    self->room = room;
    return TRUE;
}

gboolean
_umk_flat_codes_take(
    UmkFlatCodes *self, const guint32 *rows, gsize n, UmkRun *run, GError **error)
{
    g_autofree UmkFlatError *errors = g_new0(UmkFlatError, n + 1);
    Taking taking = {self, rows, errors};

    if (!umk_run_check(run, error) || !grow(self, self->vectors->n_rows, error))
        return FALSE;
    self->n_rows = self->vectors->n_rows;
    _umk_parallel_for(n, TAKE_CHUNK, take_rows, &taking);
    for (gsize i = 0; i < n; i++) {
        self->largest.e0 = MAX(self->largest.e0, errors[i].e0);
        self->largest.e1 = MAX(self->largest.e1, errors[i].e1);
        self->largest.e2 = MAX(self->largest.e2, errors[i].e2);
    }
    return TRUE;
}

UmkFlatCodes *
_umk_flat_codes_new(UmkIndexRows *vectors,
                    UmkMetric metric,
                    const char *name,
                    gsize n_coded,
                    guint n_again,
                    UmkRun *run,
                    GError **error)
{
    UmkFlatCodes *self = g_new0(UmkFlatCodes, 1);
    g_autofree guint32 *rows = g_new(guint32, vectors->n_rows + 1);
    gsize kind = 1;

    while (strcmp(_umk_flat_names[kind], name) != 0)
        kind++;
    *self = (UmkFlatCodes){
        .vectors = vectors,
        .metric = metric,
        .kind = kinds[kind],
        .name = _umk_flat_names[kind],
        .n_coded = n_coded > 0 ? MIN(n_coded, vectors->n_dims) : vectors->n_dims,
        .n_again = n_again,
    };
    if (n_again == 0 && (self->kind->counts || n_coded > 0))
        self->n_again = SCORED_AGAIN;
    self->stride = self->kind->stride(self->n_coded);
    if (self->kind->begin != NULL)
        self->kind->begin(self);
    for (gsize row = 0; row < vectors->n_rows; row++)
        rows[row] = (guint32) row;
    if (!_umk_flat_codes_take(self, rows, vectors->n_rows, run, error))
        g_clear_pointer(&self, _umk_flat_codes_free);
    return self;
}

void
_umk_flat_codes_free(UmkFlatCodes *self)
{
    _umk_free_aligned(self->codes);
    g_free(self->mean);
    g_free(self->scales);
    g_free(self->biases);
    g_free(self);
}

gsize
_umk_flat_codes_memory(const UmkFlatCodes *self)
{
    gsize row = self->stride;

    if (!self->kind->counts)
        row += 2 * sizeof(float);
    return self->room * row;
}

gboolean
_umk_flat_codes_is_exact(const UmkFlatCodes *self)
{
    return self->n_again == 0;
}
