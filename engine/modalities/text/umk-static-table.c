/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Means over the rows of a mapped table. */
#include "modalities/text/umk-static-table-private.h"

#include <inttypes.h>

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#define MAX_DIMS 65536

static const char *const names[] = {"embeddings", "embedding.weight", "0"};

static const char *
find_name(UmkWeights *weights)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (_umk_weights_has(weights, names[i]))
            return names[i];
    return NULL;
}

gboolean
_umk_static_table_probe(UmkWeights *weights)
{
    UmkTensorView view;
    const char *name = find_name(weights);

    return name != NULL && _umk_weights_view(weights, name, &view) && view.n_axes == 2;
}

static gsize
get_size(UmkDType dtype)
{
    switch (dtype) {
    case UMK_DTYPE_F64:
    case UMK_DTYPE_I64:
        return 8;
    case UMK_DTYPE_F32:
    case UMK_DTYPE_I32:
        return 4;
    case UMK_DTYPE_F16:
    case UMK_DTYPE_BF16:
    case UMK_DTYPE_I16:
        return 2;
    case UMK_DTYPE_I8:
    case UMK_DTYPE_U8:
        return 1;
    case UMK_DTYPE_BOOL:
    case UMK_DTYPE_OTHER:
    default:
        return 0;
    }
}

static gboolean
is_float(UmkDType dtype)
{
    return dtype == UMK_DTYPE_F64 || dtype == UMK_DTYPE_F32 || dtype == UMK_DTYPE_F16 ||
           dtype == UMK_DTYPE_BF16;
}

static gboolean
bind_rows(UmkStaticTable *self, UmkWeights *weights, GError **error)
{
    const char *name = find_name(weights);

    if (name == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("There is no tensor “embeddings” and no “embedding.weight”"));
        return FALSE;
    }
    _umk_weights_view(weights, name, &self->rows);
    if (self->rows.n_axes != 2 || self->rows.shape[0] == 0 || self->rows.shape[1] == 0 ||
        self->rows.shape[1] > MAX_DIMS) {
        g_autofree char *shape =
            _umk_shape_to_string(self->rows.shape, self->rows.n_axes);

        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The tensor “%s” has shape %s, expected tokens by 1 to %d numbers"),
                    name, shape, MAX_DIMS);
        return FALSE;
    }
    if (!is_float(self->rows.dtype) && self->rows.dtype != UMK_DTYPE_I8) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The tensor “%s” is stored in a type that is none of F32, F16, "
                      "BF16, F64 and I8"),
                    name);
        return FALSE;
    }
    self->n_tokens = self->rows.shape[0];
    self->n_dims = self->rows.shape[1];
    return TRUE;
}

static gboolean
bad_tensor(const char *name, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The tensor “%s” should be one number a token"), name);
    return FALSE;
}

static gint64
get_row(const UmkStaticTable *self, gsize token)
{
    gint32 narrow;
    gint64 wide;

    if (self->mapping.data == NULL)
        return (gint64) token;
    if (self->mapping.dtype == UMK_DTYPE_I32) {
        memcpy(&narrow, self->mapping.data + token * sizeof narrow, sizeof narrow);
        return (gint32) GUINT32_FROM_LE((guint32) narrow);
    }
    memcpy(&wide, self->mapping.data + token * sizeof wide, sizeof wide);
    return (gint64) GUINT64_FROM_LE((guint64) wide);
}

static gboolean
bind_mapping(UmkStaticTable *self, UmkWeights *weights, GError **error)
{
    if (!_umk_weights_view(weights, "mapping", &self->mapping))
        return TRUE;
    if (self->mapping.n_axes != 1 ||
        (self->mapping.dtype != UMK_DTYPE_I32 && self->mapping.dtype != UMK_DTYPE_I64))
        return bad_tensor("mapping", error);
    self->n_tokens = self->mapping.shape[0];
    for (gsize i = 0; i < self->n_tokens; i++) {
        gint64 row = get_row(self, i);

        if (row < 0 || (guint64) row >= self->rows.shape[0]) {
            g_set_error(
                error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("“mapping” gives token %zu row %" PRId64 ", but there are %zu rows"), i,
                row, self->rows.shape[0]);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
_umk_static_table_bind(UmkStaticTable *self, UmkWeights *weights, GError **error)
{
    memset(self, 0, sizeof *self);
    if (!bind_rows(self, weights, error) || !bind_mapping(self, weights, error))
        return FALSE;
    if (!_umk_weights_view(weights, "weights", &self->weights))
        return TRUE;
    if (self->weights.n_axes != 1 || !is_float(self->weights.dtype) ||
        self->weights.shape[0] != self->n_tokens)
        return bad_tensor("weights", error);
    return TRUE;
}

gsize
_umk_static_table_scratch_size(const UmkStaticTable *self)
{
    return _umk_arena_round(2 * self->n_dims) + self->n_dims;
}

static double
get_weight(const UmkStaticTable *self, guint32 token)
{
    const guint8 *at;
    double wide;
    float weight;

    if (self->weights.data == NULL)
        return 1.0;
    at = self->weights.data + token * get_size(self->weights.dtype);
    if (self->weights.dtype == UMK_DTYPE_F64) {
        memcpy(&wide, at, sizeof wide);
        return wide;
    }
    _umk_dtype_to_float(self->weights.dtype, at, 1, &weight);
    return (double) weight;
}

gsize
_umk_static_table_mean(const UmkStaticTable *self,
                       const guint32 *ids,
                       gsize n_ids,
                       guint32 skip,
                       gsize most,
                       float *scratch,
                       float *out)
{
    double *sum = (double *) (gpointer) scratch;
    float *row = scratch + _umk_arena_round(2 * self->n_dims);
    gsize n = 0, size = self->n_dims * get_size(self->rows.dtype);

    memset(sum, 0, self->n_dims * sizeof *sum);
    for (gsize i = 0; i < n_ids && n < most; i++) {
        double weight;

        if (ids[i] == skip)
            continue;
        n++;
        weight = get_weight(self, ids[i]);
        _umk_dtype_to_float(self->rows.dtype,
                            self->rows.data + (gsize) get_row(self, ids[i]) * size,
                            self->n_dims, row);
        for (gsize j = 0; j < self->n_dims; j++)
            sum[j] += weight * (double) row[j];
    }
    for (gsize j = 0; j < self->n_dims; j++)
        out[j] = n > 0 ? (float) (sum[j] / (double) n) : 0.0f;
    return n;
}
